"""Sections whose tissue an artefact has moved: the fields that bend it, where it is seen."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from synthem.kernels.solid.bending import PATCH, Field, Grid
from synthem.tiles.section_artifacts import SectionArtifact, displacement_nm

__all__ = ["moved_fields"]

Floats = npt.NDArray[np.float32]


def moved_fields(
    artifacts: Sequence[SectionArtifact],
    depths: tuple[float, float],
    grid: Grid,
    nodes: tuple[int, int],
    bend: Callable[[Grid, tuple[int, int, int]], Floats],
) -> tuple[Grid, Floats, float]:
    """Return the fields of a section that is moved, so that they lead to the tissue that is seen.

    Parameters
    ----------
    artifacts : sequence of SectionArtifact
        Those that move the section.
    depths : (float, float)
        First and last depth of the section in nm.
    grid : Grid
        Where the block lies.
    nodes : (int, int)
        Its nodes along rows and columns.
    bend : callable
        Given a grid and the numbers of its planes, rows and columns of nodes, returns the fields there.

    Returns
    -------
    Grid
        That of the section.
    (8, d, h, w) float32 array
        Its fields, at the nodes of the block; shifts lead to the tissue that is seen there.
    float
        How far tissue is moved, in nm.
    """
    plane, side = math.floor(depths[0] / grid.depth), PATCH * grid.pixel
    planes = math.floor(depths[1] / grid.depth) + 2 - plane
    top, left = grid.row // PATCH, grid.column // PATCH
    firsts = zip((top, left), nodes, strict=True)
    y, x = np.meshgrid(*(first + np.arange(n, dtype=np.float64) for first, n in firsts), indexing="ij")
    moved = displacement_nm(artifacts, side * y, side * x)
    far = float(np.abs(moved).max())
    around = math.ceil(far / side) + 1
    wide = Grid((top - around) * PATCH, (left - around) * PATCH, plane, grid.pixel, grid.depth)
    fields = bend(wide, (planes, nodes[0] + 2 * around, nodes[1] + 2 * around))
    at = np.stack([y - top + around, x - left + around]) + moved / side
    low = np.floor(at).astype(np.intp)
    (j, i), (down, right) = low, (at - low).astype(np.float32)
    out = (1.0 - down) * ((1.0 - right) * fields[:, :, j, i] + right * fields[:, :, j, i + 1])
    out += down * ((1.0 - right) * fields[:, :, j + 1, i] + right * fields[:, :, j + 1, i + 1])
    out[Field.SHIFT_Y : Field.SHIFT_X + 1] += moved[:, None].astype(np.float32)
    return grid._replace(plane=plane), np.ascontiguousarray(out, np.float32), far
