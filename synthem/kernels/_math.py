"""Constants and short formulas that kernels share."""

from __future__ import annotations

import numpy as np

from synthem.kernels._jit import helper

__all__ = [
    "HALF",
    "ONE",
    "QUARTER",
    "TINY",
    "TWO",
    "ZERO",
    "between",
    "clamp",
    "clamp01",
    "from_axis",
    "lerp",
    "normal",
    "segment_distance",
]

ZERO, QUARTER, HALF, ONE, TWO = np.float32(0.0), np.float32(0.25), np.float32(0.5), np.float32(1.0), np.float32(2.0)
TINY = np.float32(1e-6)
"""Added to what is divided by, where it may be 0."""


@helper
def clamp(value, low, high):
    """Return a number cut to a range."""
    return min(max(value, low), high)


@helper
def clamp01(value):
    """Return a float32 cut to the range from 0 to 1."""
    value = value if value > ZERO else ZERO
    return value if value < ONE else ONE


@helper
def lerp(start, end, share):
    """Return the number at a share, 0 to 1, of the way from one number to another."""
    return start + share * (end - start)


@helper
def between(limits, share):
    """Return the number at a share, 0 to 1, of a range."""
    return lerp(limits[0], limits[1], share)


@helper
def normal(first, second):
    """Return a normal number, made of two uniform ones (Box and Muller, 1958)."""
    return np.sqrt(-2.0 * np.log(1.0 - first)) * np.cos(2.0 * np.pi * second)


@helper
def from_axis(ry, rx, dy, dx, scale):
    """Return the offset of a point from the nearest point of a segment.

    All are float32: the offset (ry, rx) of the point from the start of the segment, the extent (dy, dx) of the segment,
    and the reciprocal of its squared length.
    """
    t = clamp01((ry * dy + rx * dx) * scale)
    return ry - t * dy, rx - t * dx


@helper
def segment_distance(y, x, y0, x0, y1, x1):
    """Return the distance of a point from a segment."""
    dy, dx = y1 - y0, x1 - x0
    ry, rx = y - y0, x - x0
    length2 = dy * dy + dx * dx
    if length2 > 0:
        t = min(max((ry * dy + rx * dx) / length2, 0), 1)
        ry -= t * dy
        rx -= t * dx
    return np.sqrt(ry * ry + rx * rx)
