"""Smooth fields in the solid: how the tissue is bent, and what varies slowly in it.

Fields are known at nodes: at the corners of patches of `PATCH` x `PATCH` pixels, in planes every few sections. Between
nodes they are linear along each axis. Patches and planes are counted from the origin of the tissue, not from that of a
block. All bodies are bent alike: whatever lies apart, within one another or in one piece does so afterwards.
"""

from __future__ import annotations

from enum import auto
from typing import Annotated, NamedTuple

import numpy as np

from synthem.kernels._jit import helper, kernel
from synthem.kernels._math import lerp
from synthem.kernels.columns import Columns
from synthem.kernels.hashing import hash_unit

__all__ = ["PATCH", "Field", "Grid", "bend_fields", "fields_of_section"]

PATCH = 8
"""Side of a patch in pixels."""
BEYOND = 1 << 20
"""Added to coordinates of lattices, so that they are positive."""
STEEPNESS = 1.4
"""Change of the fields of tubules across a unit of their lattice, across the tubules, in the mean."""


class Field(Columns):
    """Fields: shifts in nm, and numbers of zero mean and about unit standard deviation."""

    SHIFT_Z = auto()
    SHIFT_Y = auto()
    SHIFT_X = auto()
    WIDTH = auto()  # of membranes
    GREY = auto()  # of membranes
    COARSE = auto()  # texture of cytoplasm
    TUBULE = auto()  # about how far from a tubule, in nm: two of them
    OTHER_TUBULE = auto()


class Grid(NamedTuple):
    """Where a block lies: numbers of its first row, column and plane of nodes, and the distances of these."""

    row: Annotated[int, "i8"]
    column: Annotated[int, "i8"]
    plane: Annotated[int, "i8"]  # number of its first plane of nodes
    pixel: Annotated[float, "f8"]  # side of a pixel in nm
    depth: Annotated[float, "f8"]  # distance of planes of nodes in nm


@helper
def smooth_noise(key, z, y, x):
    """Return smooth noise from -1 to 1 with features about one unit wide."""
    k, j, i = int(np.floor(z)), int(np.floor(y)), int(np.floor(x))
    fz, fy, fx = z - k, y - j, x - i
    wz, wy, wx = fz * fz * (3.0 - 2.0 * fz), fy * fy * (3.0 - 2.0 * fy), fx * fx * (3.0 - 2.0 * fx)
    total = 0.0
    for down in range(2):
        plane, row = (k + down + BEYOND) * 2097152, j + BEYOND
        a, b = hash_unit(key, plane + row, i + BEYOND), hash_unit(key, plane + row, i + 1 + BEYOND)
        c, d = hash_unit(key, plane + row + 1, i + BEYOND), hash_unit(key, plane + row + 1, i + 1 + BEYOND)
        level = lerp(lerp(a, b, wx), lerp(c, d, wx), wy)
        total += level * (wz if down else 1.0 - wz)
    return 2.0 * total - 1.0


@kernel(Grid, "i8, f8[::1], f8[::1], f4[:,:,:,::1]")
def bend_fields(grid, key, shifts, waves, out):
    """Compute all fields at the nodes of a block.

    Parameters
    ----------
    grid : Grid
        Where the block lies.
    key : int
        Key of the tissue.
    shifts : (2,) float64
        Amplitudes in nm of the coarse and of the fine shift.
    waves : (4,) float64
        Size in nm of the features of the coarse and of the fine shift, of the coarse texture, and distance of tubules.
    out : (8, d, h, w) float32
        Receives the fields of `Field` at the planes and corners that enclose the block.
    """
    top, left = grid.row // PATCH, grid.column // PATCH
    for k in range(out.shape[1]):
        z = (grid.plane + k) * grid.depth
        for j in range(out.shape[2]):
            y = (top + j) * PATCH * grid.pixel
            for i in range(out.shape[3]):
                x = (left + i) * PATCH * grid.pixel
                for axis in range(3):
                    coarse = smooth_noise(key + axis, z / waves[0], y / waves[0], x / waves[0])
                    fine = smooth_noise(key + 8 + axis, z / waves[1], y / waves[1], x / waves[1])
                    out[axis, k, j, i] = shifts[0] * coarse + shifts[1] * fine
                for one in range(2):
                    noise = smooth_noise(key + 16 + one, z / waves[1], y / waves[1], x / waves[1])
                    out[Field.WIDTH + one, k, j, i] = 3.0 * noise
                wide = smooth_noise(key + 24, z / waves[2], y / waves[2], x / waves[2])
                wide += 0.5 * smooth_noise(key + 25, 2.0 * z / waves[2], 2.0 * y / waves[2], 2.0 * x / waves[2])
                wide += 0.25 * smooth_noise(key + 26, 4.0 * z / waves[2], 4.0 * y / waves[2], 4.0 * x / waves[2])
                out[Field.COARSE, k, j, i] = 2.6 * wide
                for one in range(2):
                    noise = smooth_noise(key + 32 + one, z / waves[3], y / waves[3], x / waves[3])
                    noise += 0.4 * smooth_noise(
                        key + 34 + one, 2.0 * z / waves[3], 2.0 * y / waves[3], 2.0 * x / waves[3]
                    )
                    out[Field.TUBULE + one, k, j, i] = noise * waves[3] / STEEPNESS


@kernel(Grid, "f8, f4[:,:,:,::1], f4[:,:,::1]")
def fields_of_section(grid, z, fields, out):
    """Write the fields at the corners of patches in one section of a block.

    Parameters
    ----------
    grid : Grid
        Where the block lies.
    z : float
        Depth of the section in nm.
    fields : (8, d, h, w) float32
        What `bend_fields` found.
    out : (8, h, w) float32
        Receives them.
    """
    at = int(np.floor(z / grid.depth))
    k, share = at - grid.plane, np.float32(z / grid.depth - at)
    for one in range(out.shape[0]):
        for j in range(out.shape[1]):
            for i in range(out.shape[2]):
                out[one, j, i] = lerp(fields[one, k, j, i], fields[one, k + 1, j, i], share)
