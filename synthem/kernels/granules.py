"""Granules of the cytoplasm of a tile: round spots of one size, where a table of spots exceeds a threshold."""

from __future__ import annotations

from enum import auto
from typing import Annotated, NamedTuple

import numpy as np

from synthem.kernels._jit import kernel
from synthem.kernels._math import HALF, ONE, clamp01, normal
from synthem.kernels._records import Floats
from synthem.kernels.columns import Columns
from synthem.kernels.hashing import hash_unit
from synthem.kernels.optics import RUN, highest, pick
from synthem.kernels.planes import Planes

__all__ = ["GranuleColumn", "GranuleTables", "add_granules", "scatter_spots"]

STEEP, FLAT = 5.0, 0.15
"""By how much the height of a spot falls over one radius, and over which share of it, from the middle to the edge, it
does not."""
EDGE = np.float32(0.6)
"""Difference of height across the edge of a granule."""


class GranuleColumn(Columns):
    """Amount and grey of granules. Greys are levels 0 to 255."""

    THRESHOLD = auto()  # height of spots above which there is a granule
    THRESHOLD_SD = auto()  # between compartments
    CLUSTERING = auto()  # change of the threshold per standard deviation of the coarse texture
    LEVEL = auto()
    OPACITY = auto()


class GranuleTables(NamedTuple):
    """Tables shared by all tiles."""

    spots: Annotated[Floats, "Array(f4, 2, 'C', readonly=True)"]  # (b, b + RUN): periodic, of `scatter_spots`
    coarse: Annotated[Floats, "Array(f4, 2, 'C', readonly=True)"]  # likewise, of unit standard deviation
    quantiles: Annotated[Floats, "Array(f4, 1, 'C', readonly=True)"]  # of the normal distribution; a power of two


@kernel("i8, i8, f8, f4[:,::1]")
def scatter_spots(key, count, radius, out):
    """Scatter round spots over a periodic table. Each has a normal height, which falls from its edge on.

    Parameters
    ----------
    key : int
        Key of their places and heights.
    count : int
        Cells along each side, each with one spot at a random place.
    radius : float
        Radius of a spot in pixels.
    out : (b, b) float32
        Receives the greatest height at each pixel; what is two radii from any spot keeps what it had.
    """
    side, size = out.shape[0] / count, out.shape[0]
    reach = int(2.0 * radius) + 1
    for j in range(count):
        for i in range(count):
            y, x = (j + hash_unit(key, j, i)) * side, (i + hash_unit(key + 1, j, i)) * side
            height = normal(hash_unit(key + 2, j, i), hash_unit(key + 3, j, i))
            top, left = int(np.floor(y)), int(np.floor(x))
            for row in range(top - reach, top + reach + 2):
                for col in range(left - reach, left + reach + 2):
                    away = np.sqrt((row - y) ** 2 + (col - x) ** 2) / radius - 1.0
                    if away < 1.0:
                        here = np.float32(height - STEEP * max(away, -FLAT))
                        out[row % size, col % size] = max(out[row % size, col % size], here)


@kernel(GranuleTables, "UniTuple(i8, 4), i8, f4[::1]", Planes)
def add_granules(tables, shifts, start, looks, planes):
    """Paint granules where there is no label.

    Parameters
    ----------
    tables : GranuleTables
        Textures and quantiles.
    shifts : (int, int, int, int)
        Where the coarse texture and the spots are read: row and column of each.
    start : int
        Where the numbers of the compartments start among the quantiles.
    looks : (5,) float32
        See `GranuleColumn`.
    planes : Planes
        Greys are changed in place.
    """
    spots, coarse, quantiles = tables
    down, right, low, aside = shifts
    grey, label, compartments = planes.grey, planes.label, planes.compartments
    height, width = label.shape
    period, per_edge = coarse.shape[0], ONE / EDGE
    level, opacity = looks[GranuleColumn.LEVEL], looks[GranuleColumn.OPACITY]
    clustering = looks[GranuleColumn.CLUSTERING]
    thresholds = np.empty(highest(compartments) + 1, np.float32)
    for owner in range(thresholds.size):
        own = pick(quantiles, start + 3, owner)
        thresholds[owner] = looks[GranuleColumn.THRESHOLD] + looks[GranuleColumn.THRESHOLD_SD] * own
    for row in range(height):
        for left in range(0, width, RUN):
            stop = min(left + RUN, width)
            at, to = (left + right) % period, (left + aside) % period
            wide = coarse[(row + down) % period, at : at + stop - left]
            narrow = spots[(row + low) % period, to : to + stop - left]
            labels, cells, line = label[row, left:stop], compartments[row, left:stop], grey[row, left:stop]
            for p in range(line.size):
                over = narrow[p] - thresholds[np.uint32(cells[p])] - clustering * wide[p]
                share = clamp01(over * per_edge + HALF) * opacity
                value = line[p] + share * (level - line[p])
                line[p] = value if labels[p] == 0 else line[p]
