"""Random lines: smooth numbers along an axis, and paths that cross a tile."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Crossing", "closing", "draw_crossing", "smoothstep", "wander"]

Line = npt.NDArray[np.floating[Any]]

MIDDLE = 0.3
"""A path crosses the middle of a tile at most so far from its centre, as a share of the tile."""


def smoothstep(x: Line) -> Line:
    """Return 0 up to 0, 1 from 1 on, and a smooth rise between."""
    x = np.clip(x, 0.0, 1.0)
    rise: Line = x * x * (3.0 - 2.0 * x)
    return rise


def wander(rng: np.random.Generator, count: int, step: float, *, kinked: bool = False) -> Line:
    """Draw smooth numbers with a mean of 0 and a standard deviation of about 1.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of randomness.
    count : int
        How many.
    step : float
        Distance over which they change, at least 1.
    kinked : bool
        Whether they go straight on from knot to knot, rather than smoothly.
    """
    step = max(step, 1.0)
    knots = rng.standard_normal(int(count / step) + 3) * 1.15  # between knots, numbers are nearer to 0
    places = np.arange(count) / step + rng.random()
    left = places.astype(np.int64)
    share = places - left if kinked else smoothstep(places - left)
    return (1.0 - share) * knots[left] + share * knots[left + 1]


@dataclass(frozen=True, eq=False)
class Crossing:
    """A path across a tile that meets each line of pixels once.

    Parameters
    ----------
    axis : int
        Axis of the lines: 1 if it crosses rows, as an upright path does, 0 if it crosses columns.
    centres : (lines,) float64 array
        Where it meets each line, in pixels along it; may lie beyond the tile.
    angle : float
        Its direction in radians, from columns towards rows.
    span : int
        Length of a line.
    slant : float
        Distance from the path per pixel along a line.
    """

    axis: int
    centres: Line
    angle: float
    span: int
    slant: float


def draw_crossing(
    rng: np.random.Generator,
    shape: tuple[int, int],
    angle: float,
    waves: tuple[tuple[float, float], ...],
    *,
    kinked: bool = False,
) -> Crossing:
    """Draw a path across a tile.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of randomness.
    shape : (int, int)
        Of the tile.
    angle : float
        Direction in radians, from columns towards rows.
    waves : tuple of (float, float)
        Deviations from a straight line: standard deviation and wavelength, in pixels.
    kinked : bool
        Whether the path has kinks.
    """
    axis = 1 if abs(math.sin(angle)) >= abs(math.cos(angle)) else 0
    lines, span = shape[1 - axis], shape[axis]
    tilt = math.cos(angle) / math.sin(angle) if axis == 1 else math.sin(angle) / math.cos(angle)
    middle = (span - 1) * (0.5 + MIDDLE * (2.0 * rng.random() - 1.0))
    centres: Line = middle + tilt * (np.arange(lines, dtype=np.float64) - 0.5 * (lines - 1))
    for deviation, length in waves:
        centres += deviation * wander(rng, lines, length, kinked=kinked)
    return Crossing(axis, centres, angle, span, 1.0 / math.hypot(1.0, tilt))


def closing(path: Crossing, widths: Line) -> Line:
    """Return a factor of the widths with which a band along a path stays within the tile: it closes near its edge."""
    room = np.minimum(path.centres, path.span - 1 - path.centres)
    return smoothstep(room / np.maximum(1.5 * widths, 1e-6))
