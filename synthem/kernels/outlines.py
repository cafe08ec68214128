"""Outlines of a few dozen points: too small for vectors, too many for Python."""

from __future__ import annotations

import numpy as np

from synthem.kernels._jit import helper, kernel

__all__ = ["arc", "density_outline", "sheath_rings", "walled_body_rings"]

POLE, SLIM = 0.1, 0.6
"""How much broader the rim of a mitochondrion is at its poles than at its sides, relative to its width, when it is
round, and what is added when it is slim."""
AROUND, EDGE = 0.68, 0.75
"""Length, relative to that of a density, of the dense cytoplasm beside it, and of its soft edge and cleft."""
MOST_BEND = 2.2
"""Most bend, in radians, of the line along which the compartments beside a density touch, unless it bends more."""


@helper
def clamp(value, low, high):
    """Return a number cut to a range."""
    return min(max(value, low), high)


@helper
def sum_waves(heights, table, out):
    """Write the sum of the rows of a table, each times its height, to the rows of an array, one after the other."""
    count = out.shape[1]
    for row in range(out.shape[0]):
        for k in range(count):
            out[row, k] = 0.0
        for n in range(heights.size):
            for k in range(count):
                out[row, k] += heights[n] * table[n, row * count + k]


@helper
def bump(k, count, at, width):
    """Return a bell curve around a place of a ring of points."""
    away = count / 2 - abs(abs(k - at) - count / 2)
    return np.exp(-0.5 * (away / width) ** 2)


@helper
def shift_inwards(ring, distance, sign, out):
    """Shift the points of a ring, which runs from the column axis towards the row axis, along its normals.

    They go inwards if the sign is 1, outwards if it is -1.
    """
    count = ring.shape[0]
    for k in range(count):
        before, after = (k - 1) if k > 0 else count - 1, (k + 1) if k + 1 < count else 0
        dy, dx = ring[after, 0] - ring[before, 0], ring[after, 1] - ring[before, 1]
        step = sign * distance[k] / (np.sqrt(dy * dy + dx * dx) + 1e-9)
        out[k, 0], out[k, 1] = ring[k, 0] + dx * step, ring[k, 1] - dy * step


@kernel("f8[::1], Array(f8, 2, 'C', readonly=True), f8, f8, f8, f8, f8, f8, f8, f8, f8, i8, f8[:,:,::1]")
def sheath_rings(heights, table, radius, flattening, mean, at, width, swelling, opening, wrap, gap, start, rings):
    """Write the rings of a myelinated axon.

    Parameters
    ----------
    heights, table : (m,), (m, 2 * k) float64
        Waves whose sum are the deviations of the outline, and of the thickness of the sheath, relative to their means.
    radius, flattening : float
        Long half-axis in pixels, and short over long axis.
    mean : float
        Mean thickness in pixels.
    at, width, swelling : float
        Where the sheath is thicker, in points; over how many points, and by how much of the mean.
    opening : float
        Number of points, opposite that place, where there is no sheath; 0 for a closed one.
    wrap : float
        Width of what lies around the sheath.
    gap, start : float, int
        Distance of a last ring from the inner one, and the point at which it starts.
    rings : (4, k, 2) float64
        Receive the outline, the inner and the outermost ring, and the one within the inner.

    Returns
    -------
    tuple of float
        Short half-axis, largest and mean thickness, and distance of the farthest point of the outline.
    """
    count = rings.shape[1]
    waves, thickness, cover = np.empty((2, count)), np.empty(count), np.empty(count)
    sum_waves(heights, table, waves)
    outer = rings[0]
    high, wide, reach, depth, total = 0.0, 1e-9, 0.0, 0.0, 0.0
    for k in range(count):
        turn = 2.0 * np.pi * k / count
        size = radius * (1.0 + clamp(waves[0, k], -0.15, 0.15))
        y, x = size * flattening * np.sin(turn), size * np.cos(turn)
        outer[k, 0], outer[k, 1] = y, x
        high, wide, reach = max(high, abs(y)), max(wide, abs(x)), max(reach, y * y + x * x)
        wave = 1.0 + waves[1, k] + swelling * bump(k, count, at, width)
        thickness[k] = max(mean * clamp(wave, 0.5, 2.0), 3.0)
        if opening > 0.0:
            away = count / 2 - abs(abs(k - at) - count / 2)
            thickness[k] *= clamp((abs(away - count / 2) - opening / 2) / 3.0 + 1.0, 0.0, 1.0)
        depth, total, cover[k] = max(depth, thickness[k]), total + thickness[k], wrap
    shift_inwards(outer, thickness, 1.0, rings[1])
    for k in range(count):
        rings[2, k, 0], rings[2, k, 1] = rings[1, (k + start) % count, 0], rings[1, (k + start) % count, 1]
        thickness[k] = gap
    shift_inwards(rings[2], thickness, 1.0, rings[3])
    shift_inwards(outer, cover, -1.0, rings[2])
    return radius * high / wide, depth, total / count, np.sqrt(reach)


@kernel("f8[::1], Array(f8, 2, 'C', readonly=True), f8, f8, f8, f8, f8, f8, f8, f8, f8, f8, f8[:,:,::1], f8[:,::1]")
def walled_body_rings(heights, table, length, width, bend, rim, at, bulge, most, down, right, radius, rings, around):
    """Write the outline of a mitochondrion, the inner edge of its rim, and capsules around it.

    The outline is a superellipse laid along an arc: an ellipse when round, with blunt ends when long. The rim is
    broader at the poles, where it is cut obliquely.

    Parameters
    ----------
    heights, table : (m,), (m, 2 * k) float64
        Waves whose sum are the deviations of the outline, and of the width of the rim, relative to their means.
    length, width, bend : float
        Full extent along and across in pixels, total change of direction of the centre line in radians.
    rim : float
        Mean width of the rim in pixels.
    at, bulge : float
        Where the rim is broader, in points, and by how many pixels.
    most : float
        Largest width of the rim in pixels.
    down, right, radius : float
        Where the middle of the capsules lies, and their radius, in pixels.
    rings : (2, k, 2) float64
        Receive the rings.
    around : (m, 5) float64
        Receives the capsules, along the centre line.

    Returns
    -------
    float
        Mean width of the rim.
    """
    count, last = rings.shape[1], around.shape[0]
    waves, widths, midline = np.empty((2, count)), np.empty(count), np.empty((last + 1, 2))
    sum_waves(heights, table, waves)
    total, outer = 0.0, rings[0]
    power = min(1.0, 0.45 + 0.55 * width / length)
    straight = abs(bend) < 1e-3
    curve = length / (1.0 if straight else bend)
    arc(max(length - width, 1.0), bend * max(0.0, 1.0 - width / length), down, midline)
    for k in range(last):
        around[k, 0], around[k, 1], around[k, 2] = midline[k, 0], right + midline[k, 1], midline[k + 1, 0]
        around[k, 3], around[k, 4] = right + midline[k + 1, 1], radius
    for k in range(count):
        turn = 2.0 * np.pi * k / count
        y, cos = 0.5 * width * np.sin(turn), np.cos(turn)
        x = 0.5 * length * np.sign(cos) * abs(cos) ** power
        if not straight:
            y, x = curve - (curve - y) * np.cos(x / curve), (curve - y) * np.sin(x / curve)
        size = 1.0 + clamp(waves[0, k], -0.06, 0.06)
        outer[k, 0], outer[k, 1] = size * y, size * x
        share = 1.0 + waves[1, k] + (POLE + SLIM * (1.0 - width / length)) * (cos**4 - 0.3)
        widths[k] = clamp(rim * share + bulge * bump(k, count, at, count / 9), 2.0, most)
        total += widths[k]
    shift_inwards(outer, widths, 1.0, rings[1])
    return total / count


@kernel(
    "f8[::1], Array(f8, 2, 'C', readonly=True), f8, f8, f8, f8, f8, f8, f8, f8, f8[:,::1], f8[:,:,::1], f8[:,:,::1]"
)
def density_outline(heights, table, length, width, bend, row, aside, core, radius, further, outline, lines, sides):
    """Write outline and inner lines of a postsynaptic density, and what lies before and behind it.

    Parameters
    ----------
    heights, table : (m,), (m, k) float64
        Waves whose sum are the deviations of the width, relative to its mean; k is odd.
    length, width, bend : float
        Length and width in pixels, total bend in radians.
    row : float
        Row of the middle.
    aside : float
        How far behind the membrane the core lies, in pixels.
    core : float
        Length of the core relative to that of the density.
    radius : float
        Radius of the compartment behind it; the one before it has 0.8 of that.
    further : float
        By how many pixels the line along which both compartments touch is longer than the density.
    outline : (2 * k, 2) float64
        Receives one side, and the other side back.
    lines : (4, k // 2, 2) float64
        Receive lines along the membrane: dense cytoplasm before and behind the density, its core, and the middle of
        its edge and cleft.
    sides : (2, m, 5) float64
        Receive the capsules before and behind it: m - 1 that touch along a longer line, and one for
        the compartment.
    """
    count, last = table.shape[1], sides.shape[1] - 1
    waves, path, line = np.empty((1, count)), np.empty((count, 2)), np.empty((last + 1, 2))
    sum_waves(heights, table, waves)
    arc(length, bend, row, path)
    most = max(abs(bend), MOST_BEND)
    arc(length + further, clamp(bend * (length + further) / length, -most, most), row, line)
    arc(core * length, core * bend, row + aside, lines[2])
    arc(AROUND * length, AROUND * bend, row - 0.38 * width, lines[0])
    arc(AROUND * length, AROUND * bend, row + 0.62 * width, lines[1])
    arc(EDGE * length, EDGE * bend, row, lines[3])
    reach, spread = max(0.31 * width + 2.5, 0.39 * width), max(0.0, 0.5 * length - radius)
    for side in range(2):
        sign, share = 2.0 * side - 1.0, 0.8 + 0.2 * side
        for k in range(last):
            capsule = sides[side, k]
            dy, dx = line[k + 1, 0] - line[k, 0], line[k + 1, 1] - line[k, 1]
            scale = sign * reach / np.sqrt(dy * dy + dx * dx)
            for end in range(2):
                capsule[2 * end], capsule[2 * end + 1] = line[k + end, 0] + scale * dx, line[k + end, 1] - scale * dy
            capsule[4] = reach
        away, room = row + sign * share * (radius + 1.5), sides[side, last]
        room[0], room[1], room[2], room[3], room[4] = away, -spread, away, spread, share * radius
    for k in range(count):
        before, after = max(k - 1, 0), min(k + 1, count - 1)
        dy, dx = path[after, 0] - path[before, 0], path[after, 1] - path[before, 1]
        end = np.sqrt(max(1.0 - abs(2.0 * k / (count - 1) - 1.0) ** 5, 0.02))
        step = 0.5 * width * end * (1.0 + clamp(waves[0, k], -0.3, 0.3)) / np.sqrt(dy * dy + dx * dx)
        y, x, back = path[k, 0] + 0.12 * width, path[k, 1], 2 * count - 1 - k
        outline[k, 0], outline[k, 1] = y - dx * step, x + dy * step
        outline[back, 0], outline[back, 1] = y + dx * step, x - dy * step


@helper
def arc(length, bend, row, out):
    """Write an arc of a circle, its middle at a row and column 0, and tangent there to the column axis."""
    last = out.shape[0] - 1
    straight = abs(bend) < 1e-3
    radius = length / (1.0 if straight else bend)
    for k in range(last + 1):
        share = k / last - 0.5
        angle = bend * share
        out[k, 0] = row if straight else row + (radius - radius * np.cos(angle))
        out[k, 1] = length * share if straight else radius * np.sin(angle)
