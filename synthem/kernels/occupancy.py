"""Free space: the occupancy raster, the clearance grid and the search for a pose.

A footprint is a set of capsules. The clearance grid has a node every `SPACING` pixels and
reaches `PAD` pixels beyond the tile; it holds the distance to the nearest thing placed. Its opposite edges meet:
things that leave it on one side come in on the other. So the grid has no edge with more room than elsewhere, and the
tile is a window on tissue that is the same everywhere.
"""

from __future__ import annotations

import numpy as np

from synthem.kernels._jit import helper, kernel
from synthem.kernels._math import ONE, TINY, from_axis, lerp, segment_distance
from synthem.kernels.capsules import CapsuleColumn, ends_of
from synthem.kernels.hashing import hash_unit
from synthem.kernels.raster import VECTOR

__all__ = [
    "FOUND",
    "FURTHEST",
    "INVALID",
    "NO_ROOM",
    "PAD",
    "REACH",
    "SPACING",
    "WIDEST_FOOTPRINT",
    "lower_clearance",
    "place_footprint",
]

SPACING = 4
PAD = 48
FURTHEST = 1e6  # limit of all coordinates, in pixels: kernels turn them into integers
WIDEST_FOOTPRINT = 1e4  # limit of the numbers of a footprint, in pixels: its time grows with its area
WINDOW = 96
"""Largest number of nodes along each axis in a search for free ones: its time does not grow with the tile."""
PROBES = 96
"""Random places to look at for a footprint; the last eighth are angles at the place with most room."""
REACH = 96.0
"""Around a footprint, clearances are exact up to this distance in pixels; beyond it they may be too large, which costs
attempts and nothing else."""
FOUND, NO_ROOM, INVALID = range(3)
"""Status of a search: a pose; none; a footprint that is not of finite numbers below `WIDEST_FOOTPRINT`."""


@helper
def depth_of_origin(capsules):
    """Return how deep the origin lies inside a footprint; 0 outside."""
    depth = 0.0
    for k in range(capsules.shape[0]):
        depth = max(depth, capsules[k, CapsuleColumn.RADIUS] - segment_distance(0.0, 0.0, *ends_of(capsules, k)))
    return depth


@helper
def turn_into(capsules, first, last, row, col, angle, out):
    """Turn capsules `first` to `last` from the column axis towards the row axis, then shift them."""
    cos, sin = np.cos(angle), np.sin(angle)
    for k in range(first, last):
        for end in range(0, 4, 2):  # row and column of both ends
            y, x = capsules[k, end], capsules[k, end + 1]
            out[k, end] = row + cos * y + sin * x
            out[k, end + 1] = col - sin * y + cos * x
        out[k, CapsuleColumn.RADIUS] = capsules[k, CapsuleColumn.RADIUS]


@helper
def largest(values):
    """Return the largest of some numbers; 0 if all are negative."""
    most = 0.0
    for k in range(values.size):
        most = max(most, values[k])
    return most


@helper
def capsule_row(capsules, k, y, x, step, count, out):
    """Write the signed distances of `count` points (y, x), (y, x + step), ... from a capsule.

    Those of up to `VECTOR` - 1 more are written, too.
    """
    row, col, end_row, end_col = ends_of(capsules, k)
    y0, x0, radius = np.float32(row), np.float32(col), np.float32(capsules[k, CapsuleColumn.RADIUS])
    dy, dx = np.float32(end_row) - y0, np.float32(end_col) - x0
    scale = ONE / (dy * dy + dx * dx + TINY)
    down, right = np.float32(y) - y0, np.float32(x) - x0
    for i in range((count + VECTOR - 1) // VECTOR * VECTOR):
        ry, rx = from_axis(down, right + np.float32(np.int32(i)) * step, dy, dx, scale)
        out[i] = np.sqrt(ry * ry + rx * rx) - radius


@helper
def rows_and_cols(capsules, k, reach, height, width):
    """Return first and last row, first and last column (exclusive) of the pixels within reach of a capsule."""
    (y0, x0, y1, x1), wide = ends_of(capsules, k), capsules[k, CapsuleColumn.RADIUS] + reach
    top, bottom = max(0, int(np.ceil(min(y0, y1) - wide))), min(height, int(np.floor(max(y0, y1) + wide)) + 1)
    left, right = max(0, int(np.ceil(min(x0, x1) - wide))), min(width, int(np.floor(max(x0, x1) + wide)) + 1)
    return top, bottom, left, max(left, right)


@helper
def any_occupied(codes):
    """Tell whether any code of a row differs from 0."""
    every = np.uint8(0)
    for x in range(codes.size):
        every |= codes[x]
    return every != 0


@helper
def row_hits(codes, away, margins):
    """Tell whether any pixel of a row that is occupied is nearer than the margin of its code."""
    x = 0
    while x < away.size and (codes[x] == 0 or away[x] > margins[codes[x]]):
        x += 1
    return x < away.size


@helper
def capsules_hit(occupied, capsules, margins, row):
    """Tell whether capsules come nearer to occupied pixels than `margins[code]` allows; `row` is scratch.

    Every eighth row is looked at first: most hits are there.
    """
    height, width = occupied.shape
    most = largest(margins)
    for phase in range(8):
        for k in range(capsules.shape[0]):
            top, bottom, left, right = rows_and_cols(capsules, k, most, height, width)
            away = row[: right - left]
            for y in range(top + phase, bottom, 8):
                codes = occupied[y, left:right]
                if any_occupied(codes):
                    capsule_row(capsules, k, y, left, ONE, away.size, row)
                    if row_hits(codes, away, margins):
                        return True
    return False


@helper
def clearance_at(clearance, y, x):
    """Return the clearance at a point, linear between nodes."""
    height, width = clearance.shape
    v, u = (y + PAD) / SPACING, (x + PAD) / SPACING
    if v < 0 or v >= height:
        v -= height * np.floor(v / height)
    if u < 0 or u >= width:
        u -= width * np.floor(u / width)
    j, i = min(int(v), height - 1), min(int(u), width - 1)
    below, right = j + 1 if j + 1 < height else 0, i + 1 if i + 1 < width else 0
    fy, fx = v - j, u - i
    top = lerp(clearance[j, i], clearance[j, right], fx)
    low = lerp(clearance[below, i], clearance[below, right], fx)
    return lerp(top, low, fy)


@helper
def capsule_fits(clearance, capsules, k, spare):
    """Tell whether a capsule has room, `spare` pixels included, by samples along its axis."""
    y0, x0, y1, x1 = ends_of(capsules, k)
    dy, dx = y1 - y0, x1 - x0
    steps = int(np.sqrt(dy * dy + dx * dx) / SPACING) + 1
    for step in range(steps + 1):
        y, x = y0 + step / steps * dy, x0 + step / steps * dx
        if clearance_at(clearance, y, x) < capsules[k, CapsuleColumn.RADIUS] + spare:
            return False
    return True


@helper
def roomiest_node(clearance, low, high_y, high_x, key):
    """Return, of the nodes in a window between `low` and `high`, the one with most clearance."""
    top = low + int(hash_unit(key, high_y, low) * (max(high_y - low - WINDOW, 0) + 1))
    left = low + int(hash_unit(key + 1, high_x, low) * (max(high_x - low - WINDOW, 0) + 1))
    best_j, best_i = top, left
    for j in range(top, min(top + WINDOW, high_y)):
        for i in range(left, min(left + WINDOW, high_x)):
            if clearance[j, i] > clearance[best_j, best_i]:
                best_j, best_i = j, i
    return best_j, best_i


@kernel("u1[:,::1], f4[:,::1], f8[:,::1], f8[::1], f8, b1, i8, i8")
def place_footprint(occupied, clearance, capsules, margins, inset, beyond, key, code):
    """Search for a pose at which a footprint fits, and occupy it.

    Parameters
    ----------
    occupied : (H, W) uint8
        Kind codes of placed footprints, 0 where free; changed in place.
    clearance : (h, w) float32
        Distance to the nearest thing placed, per grid node; lowered in place.
    capsules : (k, 5) float64
        The footprint in local coordinates.
    margins : (codes,) float64
        Distance to keep from each kind.
    inset : float
        Least distance of the origin inside the edges of the tile; negative: it may lie outside by so much.
    beyond : bool
        Place the origin outside the tile only.
    key : int
        Key of the poses that are tried.
    code : int
        Kind code of the footprint.

    Returns
    -------
    status : int
        `FOUND`, `NO_ROOM` or `INVALID`.
    tried : int
        Number of poses tried.
    row, col, angle : float
        Pose in pixels and radians.
    seen : bool
        Whether any pixel of the footprint is in the tile.
    """
    height, width = occupied.shape
    for k in range(capsules.shape[0]):
        for column in range(5):
            if not abs(capsules[k, column]) < WIDEST_FOOTPRINT:  # true for NaN
                return INVALID, 0, 0.0, 0.0, 0.0, False
    low = int(np.ceil((PAD + inset) / SPACING))
    high_y = int((PAD + height - 1 - inset) // SPACING) + 1
    high_x = int((PAD + width - 1 - inset) // SPACING) + 1
    if not beyond and (high_y <= low or high_x <= low):
        return NO_ROOM, 0, 0.0, 0.0, 0.0, False
    most = largest(margins)
    need = depth_of_origin(capsules) + most
    row_scratch = np.empty(max(width, clearance.shape[1]) + VECTOR, np.float32)
    placed = np.empty(capsules.shape)
    roomy_j, roomy_i, tried = -1, -1, 0
    start = np.int64(0)  # a literal would compile helpers once more
    for probe in range(1, PROBES + 1):
        down, across = hash_unit(key, probe, code), hash_unit(key + 1, probe, code)
        j, i = low + int(down * (high_y - low)), low + int(across * (high_x - low))
        if beyond:
            j, i = int(down * clearance.shape[0]), int(across * clearance.shape[1])
            if (low <= j < high_y and low <= i < high_x) or clearance[j, i] < need:
                continue
        elif probe > PROBES - PROBES // 8:
            if roomy_j < 0:
                roomy_j, roomy_i = roomiest_node(clearance, low, high_y, high_x, key)
            j, i = roomy_j, roomy_i
        elif clearance[j, i] < need:
            continue
        tried += 1
        row = (j + hash_unit(key + 2, probe, code) - 0.5) * SPACING - PAD
        col = (i + hash_unit(key + 3, probe, code) - 0.5) * SPACING - PAD
        angle = hash_unit(key + 4, probe, code) * 2.0 * np.pi
        turn_into(capsules, start, capsules.shape[0], row, col, angle, placed)
        # the grid tells most misfits at once; it is a little off near small things: in the tile, pixels decide
        spare = most if beyond else -0.25 * SPACING
        k = start
        while k < placed.shape[0] and capsule_fits(clearance, placed, k, spare):
            k += 1
        if k < placed.shape[0] or capsules_hit(occupied, placed, margins, row_scratch):
            continue
        seen = occupy_capsules(occupied, placed, code, row_scratch)
        lower_around(clearance, placed, start, placed.shape[0], REACH, row_scratch)
        return FOUND, tried, row, col, angle, seen
    return NO_ROOM, tried, 0.0, 0.0, 0.0, False


@helper
def occupy_capsules(occupied, capsules, code, row):
    """Write capsules into the occupancy raster; tell whether they have any pixel there. `row` is scratch."""
    height, width = occupied.shape
    seen = False
    for k in range(capsules.shape[0]):
        top, bottom, left, right = rows_and_cols(capsules, k, 0.0, height, width)
        away = row[: right - left]
        for y in range(top, bottom):
            codes = occupied[y, left:right]
            capsule_row(capsules, k, y, left, ONE, away.size, row)
            for x in range(away.size):
                codes[x] = code if away[x] <= 0 else codes[x]
                seen |= away[x] <= 0
    return seen


@helper
def lower_around(clearance, capsules, first, last, reach, row):
    """Lower the clearance of nodes within `reach` pixels of capsules `first` to `last`; `row` is scratch."""
    height, width = clearance.shape
    for k in range(first, last):
        (y0, x0, y1, x1), wide = ends_of(capsules, k), capsules[k, CapsuleColumn.RADIUS] + reach
        j0, j1 = node_range(y0, y1, wide)
        i0, i1 = node_range(x0, x1, wide)
        for j in range(j0, j1):
            i = i0
            while i < i1:  # up to the edge at which the grid goes on at its other side
                at = i % width
                many = min(i1 - i, width - at)
                line, away = clearance[j % height, at : at + many], row[:many]
                capsule_row(capsules, k, j * SPACING - PAD, i * SPACING - PAD, np.float32(SPACING), many, row)
                for n in range(many):
                    line[n] = away[n] if away[n] < line[n] else line[n]
                i += many


@kernel("f4[:,::1], f8[:,::1], f8")
def lower_clearance(clearance, capsules, reach):
    """Lower a clearance grid around capsules.

    Parameters
    ----------
    clearance : (h, w) float32
        Distance of every grid node from placed footprints; lowered in place.
    capsules : (n, 5) float64
        Capsules in the tile.
    reach : float
        Distance from them up to which it is lowered, in pixels.
    """
    scratch = np.empty(clearance.shape[1] + VECTOR, np.float32)
    lower_around(clearance, capsules, np.int64(0), capsules.shape[0], reach, scratch)


@helper
def node_range(start, end, wide):
    """Return the first and last node (exclusive) from `wide` pixels before a stretch to as many after it."""
    low, high = min(start, end) - wide + PAD, max(start, end) + wide + PAD
    return int(np.floor(low / SPACING)), int(np.floor(high / SPACING)) + 2
