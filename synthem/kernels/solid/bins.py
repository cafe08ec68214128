"""Bins: which of many capsules lie near a place in the solid. Lengths are nanometres, points are (z, y, x)."""

from __future__ import annotations

from typing import Annotated, NamedTuple

import numpy as np

from synthem.kernels._jit import helper, kernel
from synthem.kernels._records import Doubles, Ints

__all__ = [
    "Bins",
    "Capsules",
    "Region",
    "bin_balls",
    "bin_capsules",
    "bin_span",
    "bound_capsules",
    "measure_bins",
    "segment_gap",
]

NUDGE = 1e-9
"""Added to squared lengths."""


class Capsules(NamedTuple):
    """Capsules that taper, and to whom they belong."""

    ends: Annotated[Doubles, "f8[:,::1]"]  # (n, 6): z, y, x of both
    radii: Annotated[Doubles, "f8[:,::1]"]  # (n, 2): at both ends
    owners: Annotated[Ints, "i8[::1]"]


class Region(NamedTuple):
    """A box of a tissue."""

    key: Annotated[int, "i8"]  # of the tissue
    low: Annotated[Doubles, "f8[::1]"]  # (3,): corners
    high: Annotated[Doubles, "f8[::1]"]


class Bins(NamedTuple):
    """Balls around capsules, sorted into bins."""

    low: Annotated[Doubles, "f8[::1]"]  # (3,): corner of the first bin
    side: Annotated[float, "f8"]
    sizes: Annotated[Ints, "i8[::1]"]  # (3,): number of bins along each axis
    starts: Annotated[Ints, "i8[::1]"]  # those of bin b are items[starts[b] : starts[b + 1]]
    items: Annotated[Ints, "i8[::1]"]  # (n,): rows of the capsules
    balls: Annotated[Doubles, "f8[:,::1]"]  # (n, 4): middle and radius, in the order of the items
    widest: Annotated[float, "f8"]


@helper
def bound_capsules(capsules, balls):
    """Write middle and radius of a ball around each capsule; return the largest radius."""
    widest = 0.0
    for m in range(balls.shape[0]):
        square = 0.0
        for axis in range(3):
            balls[m, axis] = 0.5 * (capsules.ends[m, axis] + capsules.ends[m, axis + 3])
            square += (capsules.ends[m, axis + 3] - capsules.ends[m, axis]) ** 2
        balls[m, 3] = 0.5 * np.sqrt(square) + max(capsules.radii[m, 0], capsules.radii[m, 1])
        widest = max(widest, balls[m, 3])
    return widest


@helper
def measure_bins(points, side, low, sizes):
    """Write the corner of the box around points, and the number of bins along each axis; return that of all."""
    total = 1
    for axis in range(3):
        least, most = np.inf, -np.inf
        for n in range(points.shape[0]):
            least, most = min(least, points[n, axis]), max(most, points[n, axis])
        low[axis] = least
        sizes[axis] = int((most - least) / side) + 1
        total *= sizes[axis]
    return total


@helper
def bin_balls(points, low, side, sizes, which, starts, items, sorted_balls):
    """Sort balls into bins: those of bin b are ``items[starts[b] : starts[b + 1]]``. `starts` has two more than bins.

    Balls beyond the bins belong to the nearest one. They are copied in their new order.
    """
    for k in range(starts.size):
        starts[k] = 0
    for n in range(points.shape[0]):
        place = 0
        for axis in range(3):
            at = int(np.floor((points[n, axis] - low[axis]) / side))
            place = place * sizes[axis] + min(max(at, 0), sizes[axis] - 1)
        which[n] = place
        starts[place + 2] += 1
    for k in range(2, starts.size):
        starts[k] += starts[k - 1]
    for n in range(points.shape[0]):
        place = which[n] + 1
        items[starts[place]] = n
        for c in range(4):
            sorted_balls[starts[place], c] = points[n, c]
        starts[place] += 1


@kernel(Capsules, "f8")
def bin_capsules(capsules, width):
    """Sort capsules into bins, by balls around them.

    Parameters
    ----------
    capsules : Capsules
        The capsules.
    width : float
        Side of a bin, relative to the largest radius of a ball.

    Returns
    -------
    Bins
    """
    n = capsules.owners.size
    balls, sorted_balls, low, sizes = np.empty((n, 4)), np.empty((n, 4)), np.zeros(3), np.ones(3, np.int64)
    widest = bound_capsules(capsules, balls)
    side = width * widest + 1.0
    starts = np.empty((measure_bins(balls, side, low, sizes) if n else 1) + 2, np.int64)
    which, items = np.empty(n, np.int64), np.empty(n, np.int64)
    bin_balls(balls, low, side, sizes, which, starts, items, sorted_balls)
    return Bins(low, side, sizes, starts, items, sorted_balls, widest)


@helper
def bin_span(centre, reach, low, side, sizes, axis):
    """Return the first bin within reach along an axis, and the one after the last."""
    first, last = int(np.floor((centre - reach - low) / side)), int(np.floor((centre + reach - low) / side))
    return max(first, 0), min(last, sizes[axis] - 1) + 1


@helper
def segment_gap(ends, k, others, m):
    """Return the vector from the axis of one capsule to that of another, where they come closest, and both places.

    Places are 0 to 1 along each axis (C. Ericson, Real-time collision detection, 2005, 5.1.9).
    """
    uz, uy, ux = ends[k, 3] - ends[k, 0], ends[k, 4] - ends[k, 1], ends[k, 5] - ends[k, 2]
    vz, vy, vx = others[m, 3] - others[m, 0], others[m, 4] - others[m, 1], others[m, 5] - others[m, 2]
    wz, wy, wx = ends[k, 0] - others[m, 0], ends[k, 1] - others[m, 1], ends[k, 2] - others[m, 2]
    a, e = uz * uz + uy * uy + ux * ux + NUDGE, vz * vz + vy * vy + vx * vx + NUDGE
    b, c, f = uz * vz + uy * vy + ux * vx, uz * wz + uy * wy + ux * wx, vz * wz + vy * wy + vx * wx
    down = a * e - b * b
    s = min(max((b * f - c * e) / down, 0.0), 1.0) if down > 1e-6 * a * e else 0.0
    t = (b * s + f) / e
    if t < 0.0:
        t, s = 0.0, min(max(-c / a, 0.0), 1.0)
    elif t > 1.0:
        t, s = 1.0, min(max((b - c) / a, 0.0), 1.0)
    return t * vz - wz - s * uz, t * vy - wy - s * uy, t * vx - wx - s * ux, s, t
