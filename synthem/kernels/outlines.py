"""Outlines of a few dozen points: too small for vectors, too many for Python."""

from __future__ import annotations

from enum import auto

import numpy as np

from synthem.kernels._jit import helper, kernel
from synthem.kernels._math import clamp
from synthem.kernels.capsules import CapsuleColumn
from synthem.kernels.columns import Columns

__all__ = [
    "BodyColumn",
    "DensityColumn",
    "SheathColumn",
    "arc",
    "density_outline",
    "sheath_rings",
    "walled_body_rings",
]

POLE, SLIM = 0.1, 0.6
"""Excess width of the wall at the poles over that at the sides, relative to its mean: of a round body; its increase
for a slim one."""
AROUND, EDGE = 0.68, 0.75
"""Length, relative to that of a density, of the dense cytoplasm beside it, and of its soft edge and cleft."""
LEAST_SHEATH, LEAST_WALL = 15.0, 10.0
"""Least thickness of a sheath and of a wall, in nm."""
MOST_WALL = 0.42
"""Largest width of a wall relative to that of its body, so that a lumen is left."""
CALM_SLIM = 8.0
"""Reciprocal of the width over the length below which deviations of an outline shrink, so that its ends do not fold."""
LEAST_SHIFT = 0.1
"""Share of the width of a wall that is tried at least, where it is narrower than usual."""
LEAST_LUMEN, MOST_SLANT, ROUNDING = 0.2, 1.25, 5
"""Least radius of a lumen relative to that of the outline there; by how much a sheath is thicker along a radius; over
how many points to either side it rounds the corners of the lumen."""
MOST_BEND = 2.2
"""Upper limit of the bend of the contact line, in radians, unless the density itself bends more."""


class SheathColumn(Columns):
    """Shape of a sheath of myelin. Lengths are nanometres; places and widths along the ring are points of it."""

    RADIUS = auto()  # long half-axis
    FLATTENING = auto()  # short over long axis
    THICKNESS = auto()  # mean
    SWELLING = auto()  # excess thickness at one place, relative to the mean
    SWELLING_AT = auto()  # that place
    SWELLING_WIDTH = auto()
    OPENING = auto()  # points opposite that place where there is no sheath; 0 for a closed one
    OUTER_WIDTH = auto()  # of the membrane around the sheath
    TONGUE_GAP = auto()  # distance of the inner tongue from the inner ring
    TONGUE_AT = auto()  # point at which the inner tongue starts


class BodyColumn(Columns):
    """Shape of a body with a wall. Lengths are nanometres, angles radians."""

    LENGTH = auto()
    WIDTH = auto()
    BEND = auto()  # total change of direction of the centre line
    WALL = auto()  # mean width of the wall
    WALL_MOST = auto()  # largest width of the wall
    BULGE = auto()  # excess width of the wall at one place
    BULGE_AT = auto()  # that place, in points of the outline
    ROOM_ROW = auto()  # middle of the capsules around
    ROOM_COL = auto()
    ROOM_RADIUS = auto()  # radius of the capsules around


class DensityColumn(Columns):
    """Shape of a postsynaptic density. Lengths are nanometres, angles radians."""

    LENGTH = auto()
    WIDTH = auto()
    BEND = auto()  # total change of direction of the centre line
    ROW = auto()  # of the middle
    CORE_ASIDE = auto()  # distance of the core behind the membrane
    CORE_SHARE = auto()  # length of the core relative to that of the density
    SPINE_RADIUS = auto()  # of the compartment behind; the one before has 0.8 of that
    CONTACT_BEYOND = auto()  # excess length of the line along which both compartments touch


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


@helper
def encloses(ring, y, x):
    """Tell whether a point lies within a ring, by the parity of the edges to its right."""
    inside, last = False, ring.shape[0] - 1
    for k in range(ring.shape[0]):
        ay, ax, by, bx = ring[last, 0], ring[last, 1], ring[k, 0], ring[k, 1]
        if ((ay > y) != (by > y)) and x < ax + (y - ay) * (bx - ax) / (by - ay):
            inside = not inside
        last = k
    return inside


@helper
def keep_inside(outer, inner):
    """Draw points that were shifted inwards, and out again on the other side, back to where they came from."""
    for k in range(outer.shape[0]):
        share = 1.0
        while share > LEAST_SHIFT and not encloses(outer, inner[k, 0], inner[k, 1]):
            share *= 0.5
            inner[k, 0], inner[k, 1] = 0.5 * (inner[k, 0] + outer[k, 0]), 0.5 * (inner[k, 1] + outer[k, 1])
        if share <= LEAST_SHIFT:
            inner[k, 0], inner[k, 1] = outer[k, 0], outer[k, 1]


@helper
def lay_inside(ring, thickness, mean, out):
    """Lay a thickness, measured across a ring around the origin, off along its radii; return the least radius left."""
    count, least = ring.shape[0], np.inf
    for k in range(count):
        before, after = (k - ROUNDING) % count, (k + ROUNDING) % count
        dy, dx = ring[after, 0] - ring[before, 0], ring[after, 1] - ring[before, 1]
        y, x = ring[k, 0], ring[k, 1]
        size, around = np.sqrt(y * y + x * x), 0.0
        for n in range(-ROUNDING, ROUNDING + 1):
            other = (k + n) % count
            around += np.sqrt(ring[other, 0] ** 2 + ring[other, 1] ** 2) / (2 * ROUNDING + 1)
        slant = size * np.sqrt(dy * dy + dx * dx) / (abs(dy * x - dx * y) + 1e-9)
        corner = max(size - around, 0.0) * min(thickness[k] / mean, 1.0)
        left = max(size - corner - thickness[k] * min(slant, MOST_SLANT), LEAST_LUMEN * size)
        out[k, 0], out[k, 1] = y * left / size, x * left / size
        least = min(least, left)
    return least


@kernel("f8[::1], Array(f8, 2, 'C', readonly=True), f8[::1], f8[::1], f8[:,:,::1]")
def sheath_rings(heights, table, sides, sheath, rings):
    """Write the rings of a myelinated axon.

    The sheath is laid off along the radii of the outline, so that no ring crosses itself at a corner; there it is
    thicker, since the lumen is rounder than the outline.

    Parameters
    ----------
    heights, table : (m,), (m, 2 * k) float64
        Waves whose sum are the deviations of the outline, and of the thickness of the sheath, relative to their means.
    sides : (k,) float64
        Factors of the radius of the outline that give it flat sides and corners.
    sheath : (10,) float64
        See `SheathColumn`.
    rings : (4, k, 2) float64
        Receive the outline, the inner and the outermost ring, and the one along which the inner tongue lies.

    Returns
    -------
    tuple of float
        Short half-axis, largest and mean thickness, and distance of the nearest point of the inner ring.
    """
    count, radius, mean = rings.shape[1], sheath[SheathColumn.RADIUS], sheath[SheathColumn.THICKNESS]
    at, width = sheath[SheathColumn.SWELLING_AT], sheath[SheathColumn.SWELLING_WIDTH]
    opening, start = sheath[SheathColumn.OPENING], int(sheath[SheathColumn.TONGUE_AT])
    waves, thickness, cover = np.empty((2, count)), np.empty(count), np.empty(count)
    sum_waves(heights, table, waves)
    outer = rings[0]
    high, wide, depth, total = 0.0, 1e-9, 0.0, 0.0
    for k in range(count):
        turn = 2.0 * np.pi * k / count
        size = radius * (1.0 + clamp(waves[0, k], -0.15, 0.15)) * sides[k]
        y, x = size * sheath[SheathColumn.FLATTENING] * np.sin(turn), size * np.cos(turn)
        outer[k, 0], outer[k, 1] = y, x
        high, wide = max(high, abs(y)), max(wide, abs(x))
        wave = 1.0 + waves[1, k] + sheath[SheathColumn.SWELLING] * bump(k, count, at, width)
        thickness[k] = max(mean * clamp(wave, 0.5, 2.0), LEAST_SHEATH)
        if opening > 0.0:
            away = count / 2 - abs(abs(k - at) - count / 2)
            thickness[k] *= clamp((abs(away - count / 2) - opening / 2) / 3.0 + 1.0, 0.0, 1.0)
        depth, total, cover[k] = max(depth, thickness[k]), total + thickness[k], sheath[SheathColumn.OUTER_WIDTH]
    room = lay_inside(outer, thickness, mean, rings[1])
    for k in range(count):
        rings[2, k, 0], rings[2, k, 1] = rings[1, (k + start) % count, 0], rings[1, (k + start) % count, 1]
        thickness[k] = sheath[SheathColumn.TONGUE_GAP]
    shift_inwards(rings[2], thickness, 1.0, rings[3])
    shift_inwards(outer, cover, -1.0, rings[2])
    return radius * high / wide, depth, total / count, room


@kernel("f8[::1], Array(f8, 2, 'C', readonly=True), f8[::1], f8[:,:,::1], f8[:,::1]")
def walled_body_rings(heights, table, body, rings, around):
    """Write the outline of a body with a wall, the inner edge of the wall, and capsules around it.

    The outline is a superellipse laid along an arc: an ellipse when round, with blunt ends when long. The wall is
    broader at the poles, where it is cut obliquely.

    Parameters
    ----------
    heights, table : (m,), (m, 2 * k) float64
        Waves whose sum are the deviations of the outline, and of the width of the wall, relative to their means.
    body : (10,) float64
        See `BodyColumn`.
    rings : (2, k, 2) float64
        Receive the outline and the inner edge.
    around : (m, 5) float64
        Receives the capsules, along the centre line.

    Returns
    -------
    float
        Mean width of the wall.
    """
    count, last = rings.shape[1], around.shape[0]
    length, width, bend = body[BodyColumn.LENGTH], body[BodyColumn.WIDTH], body[BodyColumn.BEND]
    right, wall = body[BodyColumn.ROOM_COL], body[BodyColumn.WALL]
    waves, widths, midline = np.empty((2, count)), np.empty(count), np.empty((last + 1, 2))
    sum_waves(heights, table, waves)
    total, outer, most = 0.0, rings[0], min(body[BodyColumn.WALL_MOST], MOST_WALL * width)
    power = min(1.0, 0.45 + 0.55 * width / length)
    straight, calm = abs(bend) < 1e-3, min(1.0, CALM_SLIM * width / length)
    curve = length / (1.0 if straight else bend)
    arc(max(length - width, 5.0), bend * max(0.0, 1.0 - width / length), body[BodyColumn.ROOM_ROW], midline)
    for k in range(last):
        around[k, CapsuleColumn.Y0], around[k, CapsuleColumn.X0] = midline[k, 0], right + midline[k, 1]
        around[k, CapsuleColumn.Y1], around[k, CapsuleColumn.X1] = midline[k + 1, 0], right + midline[k + 1, 1]
        around[k, CapsuleColumn.RADIUS] = body[BodyColumn.ROOM_RADIUS]
    for k in range(count):
        turn = 2.0 * np.pi * k / count
        y, cos = 0.5 * width * np.sin(turn), np.cos(turn)
        x = 0.5 * length * np.sign(cos) * abs(cos) ** power
        if not straight:
            y, x = curve - (curve - y) * np.cos(x / curve), (curve - y) * np.sin(x / curve)
        size = 1.0 + calm * clamp(waves[0, k], -0.06, 0.06)
        outer[k, 0], outer[k, 1] = size * y, size * x
        share = 1.0 + waves[1, k] + (POLE + SLIM * (1.0 - width / length)) * (cos**4 - 0.3)
        bulge = body[BodyColumn.BULGE] * bump(k, count, body[BodyColumn.BULGE_AT], count / 9)
        widths[k] = clamp(wall * share + bulge, LEAST_WALL, most)
        total += widths[k]
    shift_inwards(outer, widths, 1.0, rings[1])
    keep_inside(outer, rings[1])
    return total / count


@kernel("f8[::1], Array(f8, 2, 'C', readonly=True), f8[::1], f8[:,::1], f8[:,:,::1], f8[:,:,::1]")
def density_outline(heights, table, density, outline, lines, sides):
    """Write outline and inner lines of a postsynaptic density, and the compartments before and behind it.

    Parameters
    ----------
    heights, table : (m,), (m, k) float64
        Waves whose sum are the deviations of the width, relative to its mean; k is odd.
    density : (8,) float64
        See `DensityColumn`.
    outline : (2 * k, 2) float64
        Receives one side, and the other side back.
    lines : (4, k // 2, 2) float64
        Receive lines along the membrane: dense cytoplasm before and behind the density, its core, and the middle of
        its edge and cleft.
    sides : (2, m, 5) float64
        Receive the capsules before and behind it: m - 1 that touch along the contact line, and one for the
        compartment.
    """
    count, last = table.shape[1], sides.shape[1] - 1
    length, width, bend = density[DensityColumn.LENGTH], density[DensityColumn.WIDTH], density[DensityColumn.BEND]
    row, core = density[DensityColumn.ROW], density[DensityColumn.CORE_SHARE]
    radius = density[DensityColumn.SPINE_RADIUS]
    contact = length + density[DensityColumn.CONTACT_BEYOND]
    waves, path, line = np.empty((1, count)), np.empty((count, 2)), np.empty((last + 1, 2))
    sum_waves(heights, table, waves)
    arc(length, bend, row, path)
    most = max(abs(bend), MOST_BEND)
    arc(contact, clamp(bend * contact / length, -most, most), row, line)
    arc(core * length, core * bend, row + density[DensityColumn.CORE_ASIDE], lines[2])
    arc(AROUND * length, AROUND * bend, row - 0.38 * width, lines[0])
    arc(AROUND * length, AROUND * bend, row + 0.62 * width, lines[1])
    arc(EDGE * length, EDGE * bend, row, lines[3])
    reach, spread = max(0.31 * width + 12.5, 0.39 * width), max(0.0, 0.5 * length - radius)
    for side in range(2):
        sign, share = 2.0 * side - 1.0, 0.8 + 0.2 * side
        for k in range(last):
            capsule = sides[side, k]
            dy, dx = line[k + 1, 0] - line[k, 0], line[k + 1, 1] - line[k, 1]
            scale = sign * reach / np.sqrt(dy * dy + dx * dx)
            capsule[CapsuleColumn.Y0], capsule[CapsuleColumn.X0] = line[k, 0] + scale * dx, line[k, 1] - scale * dy
            capsule[CapsuleColumn.Y1] = line[k + 1, 0] + scale * dx
            capsule[CapsuleColumn.X1] = line[k + 1, 1] - scale * dy
            capsule[CapsuleColumn.RADIUS] = reach
        away, room = row + sign * share * (radius + 7.5), sides[side, last]
        room[CapsuleColumn.Y0], room[CapsuleColumn.X0] = away, -spread
        room[CapsuleColumn.Y1], room[CapsuleColumn.X1] = away, spread
        room[CapsuleColumn.RADIUS] = share * radius
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
