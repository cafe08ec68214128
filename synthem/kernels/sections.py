"""Greys of damaged sections: folds, cracks, precipitate."""

from __future__ import annotations

from enum import auto

import numpy as np

from synthem.kernels._jit import helper, kernel
from synthem.kernels._math import HALF, ONE, ZERO, clamp, clamp01, lerp, segment_distance
from synthem.kernels.columns import Columns
from synthem.kernels.resample import TearColumn, place

__all__ = ["BandColumn", "SpeckColumn", "paint_crack", "paint_fold", "paint_specks"]

SEEN = np.float32(3.0)
"""Change of a grey, in levels, from which on a pixel counts as changed."""


class BandColumn(Columns):
    """Appearance of a fold or of a crack."""

    OPACITY = auto()  # share of the light that a further layer of the section takes; unused for cracks
    LEVEL = auto()  # grey of the gap of a crack
    EDGE = auto()  # opacity of the dark edges
    REACH = auto()  # of the edges, in pixels


class SpeckColumn(Columns):
    """A grain: all points within a radius of a segment."""

    ROW = auto()  # one end
    COL = auto()
    END_ROW = auto()
    END_COL = auto()
    RADIUS = auto()
    LEVEL = auto()  # grey
    OPACITY = auto()


@helper
def on_line(plane, axis, line, position):
    """Return the grey at a position along a line, interpolated."""
    position = clamp(position, 0.0, plane.shape[axis] - 1.0)
    first = int(position)
    second = min(first + 1, plane.shape[axis] - 1)
    near = plane[line, first] if axis == 1 else plane[first, line]
    far = plane[line, second] if axis == 1 else plane[second, line]
    return lerp(near, far, np.float32(position - first))


@helper
def edge_shade(distance, band):
    """Return the share of light that is left at a distance from an edge."""
    away = distance / band[BandColumn.REACH]
    return ONE - band[BandColumn.EDGE] * np.exp(-away * away)


@kernel("f8[:,::1], i8, f4[:,::1], f4[::1], f8, f4[:,::1], u1[:,::1]")
def paint_fold(tears, axis, before, band, slant, grey, mask):
    """Paint a fold: three layers of the section over each other, with darker bends and a shadow beside.

    Parameters
    ----------
    tears, axis
        As in `synthem.kernels.resample.tear_field`.
    before : (H, W) float32
        Greys before tissue was moved.
    band : (4,) float32
        See `BandColumn`.
    slant : float
        Distance from the fold per pixel along a line, 0 to 1.
    grey : (H, W) float32
        Changed in place.
    mask : (H, W) uint8
        Receives 1 where greys were changed by `SEEN` levels or more.
    """
    opacity = band[BandColumn.OPACITY] / np.float32(255.0)
    through = ONE - band[BandColumn.OPACITY]
    beside = 2.5 * band[BandColumn.REACH] / slant
    for line in range(tears.shape[0]):
        first, last = tears[line, TearColumn.FIRST], tears[line, TearColumn.LAST]
        start = tears[line, TearColumn.BEFORE]
        third = (tears[line, TearColumn.AFTER] - start) / 3.0
        width = last - first
        rise = np.float32(clamp01(np.float32(width * slant * 0.25)))  # what ends in a point has no edges left
        for position in range(int(max(first - beside, 0.0)), int(min(last + beside, grey.shape[axis] - 1.0)) + 1):
            row, col = place(axis, line, position)
            old = grey[row, col]
            distance = np.float32(slant * min(abs(position - first), abs(position - last)))
            value = old
            if first < position and position < last:
                share = (position - first) / width
                value = on_line(before, axis, line, start + third * share)
                value *= through + opacity * on_line(before, axis, line, start + third * (2.0 - share))
                value *= through + opacity * on_line(before, axis, line, start + third * (2.0 + share))
            value *= lerp(ONE, edge_shade(distance, band), rise)
            grey[row, col] = value
            mask[row, col] |= np.uint8(abs(value - old) >= SEEN)


@kernel("f8[:,::1], i8, f4[::1], f8, f4[:,::1], u1[:,::1]")
def paint_crack(tears, axis, band, slant, grey, mask):
    """Paint a crack: an empty gap between dark edges.

    Parameters
    ----------
    tears, axis, band, slant, grey, mask
        As in `paint_fold`.
    """
    beside = 2.5 * band[BandColumn.REACH] / slant
    for line in range(tears.shape[0]):
        first, last = tears[line, TearColumn.GAP_FIRST], tears[line, TearColumn.GAP_LAST]
        if last <= first:
            continue
        rise = np.float32(clamp01(np.float32((last - first) * slant * 0.25)))
        for position in range(int(max(first - beside, 0.0)), int(min(last + beside, grey.shape[axis] - 1.0)) + 1):
            row, col = place(axis, line, position)
            old = grey[row, col]
            inside = np.float32(min(position - first, last - position))  # negative beyond the gap
            gap = clamp01(inside + HALF)
            value = old * lerp(ONE, edge_shade(min(inside, ZERO) * np.float32(slant), band), rise)
            value = lerp(value, band[BandColumn.LEVEL], gap)
            grey[row, col] = value
            mask[row, col] |= np.uint8(abs(value - old) >= SEEN)


@kernel("f4[:,::1], f4[:,::1], u1[:,::1]")
def paint_specks(specks, grey, mask):
    """Paint crisp grains.

    Parameters
    ----------
    specks : (n, 7) float32
        See `SpeckColumn`.
    grey : (H, W) float32
        Changed in place.
    mask : (H, W) uint8
        Receives 1 where a grain covers at least half of a pixel.
    """
    height, width = grey.shape
    for k in range(specks.shape[0]):
        y0, x0 = specks[k, SpeckColumn.ROW], specks[k, SpeckColumn.COL]
        y1, x1 = specks[k, SpeckColumn.END_ROW], specks[k, SpeckColumn.END_COL]
        level, opacity = specks[k, SpeckColumn.LEVEL], specks[k, SpeckColumn.OPACITY]
        radius = specks[k, SpeckColumn.RADIUS]
        reach = radius + ONE
        for row in range(max(int(np.floor(min(y0, y1) - reach)), 0), min(int(max(y0, y1) + reach) + 1, height)):
            for col in range(max(int(np.floor(min(x0, x1) - reach)), 0), min(int(max(x0, x1) + reach) + 1, width)):
                distance = segment_distance(np.float32(row), np.float32(col), y0, x0, y1, x1)
                cover = clamp01(radius - distance + HALF)
                grey[row, col] = lerp(grey[row, col], level, opacity * cover)
                mask[row, col] |= np.uint8(cover >= HALF)
