"""Texture of the cytoplasm of the solid, in one section."""

from __future__ import annotations

from typing import Annotated, NamedTuple

import numpy as np

from synthem.kernels._jit import helper, kernel
from synthem.kernels._math import lerp
from synthem.kernels._records import Floats
from synthem.kernels.hashing import hash_unit
from synthem.kernels.optics import CALM, OWN, RUN, TextureColumn, texture_run
from synthem.kernels.planes import Planes
from synthem.kernels.solid.bending import PATCH, Field, Grid

__all__ = ["SolidTextures", "add_piece", "add_solid_texture", "depth_in", "field_at", "fine_at", "shade_compartments"]


class SolidTextures(NamedTuple):
    """Periodic textures of unit standard deviation; their rows go on for `RUN` more numbers."""

    first: Annotated[Floats, "Array(f4, 3, 'C', readonly=True)"]  # (d, h, w + RUN)
    second: Annotated[Floats, "Array(f4, 3, 'C', readonly=True)"]  # of other periods
    granules: Annotated[Floats, "Array(f4, 3, 'C', readonly=True)"]  # of one size, and of a third period
    per_nm: Annotated[float, "f8"]  # planes per nm of depth


@helper
def add_piece(bank, plane, share, row, col, weight, out):
    """Add a run of a texture between two of its planes."""
    deep, high, wide = bank.shape[0], bank.shape[1], bank.shape[2] - RUN
    at = col % wide
    above, below = (
        bank[plane % deep, row % high, at : at + out.size],
        bank[(plane + 1) % deep, row % high, at : at + out.size],
    )
    near, far = np.float32(weight * (1.0 - share)), np.float32(weight * share)
    for n in range(out.size):
        out[n] += near * above[n] + far * below[n]


@helper
def depth_in(textures, z):
    """Return the plane of a texture above a depth, the share of the way to the next, and what keeps its contrast."""
    place = z * textures.per_nm
    plane = int(np.floor(place))
    share = place - plane
    return plane, share, np.sqrt(1.0 / (share * share + (1.0 - share) * (1.0 - share)))


@helper
def field_at(fields, one, j, i, down, across):
    """Return a field within a patch, given its upper left corner and the share of the way to the others."""
    upper = lerp(fields[one, j, i], fields[one, j, i + 1], across)
    return lerp(upper, lerp(fields[one, j + 1, i], fields[one, j + 1, i + 1], across), down)


@helper
def fine_at(textures, plane, row, col):
    """Return the fine texture at a pixel of one of its planes."""
    first, second = textures.first, textures.second
    one = first[plane % first.shape[0], row % first.shape[1], col % (first.shape[2] - RUN)]
    other = second[plane % second.shape[0], row % second.shape[1], col % (second.shape[2] - RUN)]
    return np.float32(0.70710678) * (one + other)


@kernel(SolidTextures, Grid, "f8, f4[:,:,::1], f4[:,::1], f4[::1]", Planes, "f4[:,::1]")
def add_solid_texture(textures, grid, z, fields, cells, cytoplasm, planes, rows):
    """Add texture, speckle and the brightness of each compartment to cytoplasm of even grey.

    Parameters
    ----------
    textures : SolidTextures
        Fine textures.
    grid : Grid
        Where the block lies.
    z : float
        Depth of the section in nm.
    fields : (8, h, w) float32
        Fields at the corners of patches.
    cells : (2, n) float32
        Brightness of each compartment, and amplitude of its texture.
    cytoplasm : (10,) float32
        See `synthem.kernels.optics.TextureColumn`.
    planes : Planes
        Greys are changed in place.
    rows : (4, W) float32 or wider
        Scratch.
    """
    grey, label, compartments = planes.grey, planes.label, planes.compartments
    height, width = label.shape
    plane, share, contrast = depth_in(textures, z)
    weight = np.sqrt(0.5) * contrast  # of each of two textures
    first_row, first_col = grid.row, grid.column
    top_patch, left_patch = first_row // PATCH, first_col // PATCH
    step = np.float32(1.0 / PATCH)
    for row in range(height):
        at = first_row + row
        j, fy = at // PATCH - top_patch, np.float32(at % PATCH) * step
        for col in range(width):
            owner, i = np.uint32(compartments[row, col]), (first_col + col) // PATCH - left_patch
            fx = np.float32((first_col + col) % PATCH) * step
            rows[2, col] = field_at(fields, Field.COARSE, j, i, fy, fx)
            rows[0, col], rows[1, col], rows[3, col] = cells[0, owner], cells[1, owner], np.float32(0.0)
        for left in range(0, width, RUN):
            stop = min(left + RUN, width)
            fine = rows[3, left:stop]
            add_piece(textures.first, plane, share, at, first_col + left, weight, fine)
            add_piece(textures.second, plane, share, at, first_col + left, weight, fine)
            level, amplitude = rows[0, left:stop], rows[1, left:stop]
            texture_run(
                rows[2, left:stop], fine, level, amplitude, cytoplasm, label[row, left:stop], grey[row, left:stop]
            )


@kernel("i8[::1], i8, f4[::1], Array(f4, 1, 'C', readonly=True), f4[:,::1]")
def shade_compartments(keys, key, cytoplasm, quantiles, cells):
    """Write how bright each compartment is, and how strong its texture.

    Parameters
    ----------
    keys : (n,) int64
        Keys of the compartments.
    key : int
        Key of the tissue.
    cytoplasm : (10,) float32
        See `synthem.kernels.optics.TextureColumn`.
    quantiles : (q,) float32
        Equally likely values of the normal distribution.
    cells : (2, n) float32
        Receives brightness and amplitude.
    """
    for n in range(keys.size):
        bright = quantiles[int(hash_unit(key, keys[n], 51) * quantiles.size)]
        own = quantiles[int(hash_unit(key, keys[n], 52) * quantiles.size)]
        cells[0, n] = cytoplasm[TextureColumn.COMPARTMENT_SD] * bright
        cells[1, n] = np.exp(cytoplasm[TextureColumn.VARIATION] * (OWN * own - CALM * bright))
