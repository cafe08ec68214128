"""Displacement: the field of a tear across the tile, and all planes moved by a field."""

from __future__ import annotations

from enum import auto

import numpy as np

from synthem.kernels._jit import helper, kernel
from synthem.kernels._math import clamp, lerp
from synthem.kernels.columns import Columns
from synthem.kernels.planes import Planes

__all__ = ["TearColumn", "move_planes", "tear_field"]


class TearColumn(Columns):
    """A tear along one line of pixels, which is a row or a column of the tile. Positions are pixels along the line.

    The line shows tissue up to `FIRST` and from `LAST` on. On both sides the tissue is stretched evenly.
    """

    FIRST = auto()
    LAST = auto()
    BEFORE = auto()  # position in the clean tile of what is seen at FIRST
    AFTER = auto()  # and at LAST
    SLOPE_BEFORE = auto()  # clean pixels per pixel before FIRST
    SLOPE_AFTER = auto()  # and after LAST
    GAP_FIRST = auto()  # between these, pixels are lost
    GAP_LAST = auto()


@helper
def place(axis, line, position):
    """Return row and column of a position on a line; the line is a row if it runs along axis 1."""
    return (line, position) if axis == 1 else (position, line)


@helper
def source_at(tear, position):
    """Return the clean position of what a line shows at a position; between the edges of a tear it is in between."""
    first, last = tear[TearColumn.FIRST], tear[TearColumn.LAST]
    if position <= first:
        return tear[TearColumn.BEFORE] - (first - position) * tear[TearColumn.SLOPE_BEFORE]
    if position >= last:
        return tear[TearColumn.AFTER] + (position - last) * tear[TearColumn.SLOPE_AFTER]
    return lerp(tear[TearColumn.BEFORE], tear[TearColumn.AFTER], (position - first) / (last - first))


@kernel("f8[:,::1], i8, f4[:,:,::1], u1[:,::1]")
def tear_field(tears, axis, displacement, lost):
    """Write the displacement along one axis, and which pixels are lost.

    Parameters
    ----------
    tears : (lines, 8) float64
        See `TearColumn`; one per row if `axis` is 1, one per column if it is 0.
    axis : int
        The axis along which pixels move.
    displacement : (2, H, W) float32
        Receives the field.
    lost : (H, W) uint8
        Receives 0 or 1.
    """
    span = lost.shape[axis]
    for line in range(tears.shape[0]):
        tear = tears[line]
        gap_first, gap_last = tear[TearColumn.GAP_FIRST], tear[TearColumn.GAP_LAST]
        for position in range(span):
            row, col = place(axis, line, position)
            source = clamp(source_at(tear, position), 0.0, span - 1.0)
            displacement[axis, row, col] = source - position
            displacement[1 - axis, row, col] = 0.0
            lost[row, col] = gap_first < position and position < gap_last


@kernel("Array(f4, 3, 'C', readonly=True), Array(u1, 2, 'C', readonly=True)", Planes, Planes)
def move_planes(displacement, lost, planes, moved):
    """Move the planes of a tile: labels by nearest neighbour, greys by linear interpolation.

    Parameters
    ----------
    displacement : (2, H, W) float32
        Where each pixel comes from; points beyond the tile count as its edge.
    lost : (H, W) uint8
        Pixels that get no label.
    planes, moved : Planes
        What is moved, and what receives the result; greys of lost pixels, too.
    """
    grey, label, ids, compartments = planes
    moved_grey, moved_label, moved_ids, moved_compartments = moved
    height, width = grey.shape
    for row in range(height):
        for col in range(width):
            y = clamp(row + np.float64(displacement[0, row, col]), 0.0, height - 1.0)
            x = clamp(col + np.float64(displacement[1, row, col]), 0.0, width - 1.0)
            top, left = int(y), int(x)
            low, right = min(top + 1, height - 1), min(left + 1, width - 1)
            fx, fy = np.float32(x - left), np.float32(y - top)
            above = lerp(grey[top, left], grey[top, right], fx)
            moved_grey[row, col] = lerp(above, lerp(grey[low, left], grey[low, right], fx), fy)
            near, at = int(y + 0.5), int(x + 0.5)
            seen = 1 - lost[row, col]
            moved_label[row, col] = label[near, at] * seen
            moved_ids[row, col] = ids[near, at] * seen
            moved_compartments[row, col] = compartments[near, at] * seen
