"""The partition of the solid into compartments, cut by a plane.

A point belongs to the compartment whose capsules' surface is nearest, after the tissue has been bent
(`synthem.kernels.solid.bending`): an additively weighted Voronoi diagram in three dimensions. Its cells are in one
piece, since capsules of different compartments do not overlap.

Capsules that may matter are listed for bricks of the block (`synthem.kernels.solid.bricks`). In a section they are
sifted again for every patch; where more than one compartment is left, its pixels are scored.
"""

from __future__ import annotations

from enum import IntEnum, auto
from typing import Annotated, NamedTuple

import numpy as np

from synthem.kernels._jit import helper
from synthem.kernels._math import HALF, ONE, QUARTER, TINY, ZERO, clamp01
from synthem.kernels._records import Doubles, Ints
from synthem.kernels.solid.bending import PATCH, Field

__all__ = ["LANES", "STEEPEST", "Bodies", "Row", "bent_middle", "place_pixels", "score_patch", "sift", "sift_patch"]

LANES = PATCH * PATCH
STEEPEST = 1.12
"""Largest change of a score per distance: capsules taper."""
FAR = np.float32(1e9)
LEAST_ANGLE2 = np.float32(0.16)
"""Squared difference of two gradients, unit vectors, that is taken at least."""


class Bodies(NamedTuple):
    """Capsules of compartments in nm, sorted by compartment."""

    ends: Annotated[Doubles, "f8[:,::1]"]  # (n, 6): z, y, x of both ends
    radii: Annotated[Doubles, "f8[:,::1]"]  # (n, 2): at both
    owners: Annotated[Ints, "i8[::1]"]  # number of the compartment, from 1


class Row(IntEnum):
    """Start of each row of the work space, for the pixels of a patch."""

    @staticmethod
    def _generate_next_value_(name: str, start: int, count: int, last_values: list[int]) -> int:
        return (max(last_values) + LANES) if last_values else 0

    Z = auto()  # bent place of a pixel, from the corner of the patch
    Y = auto()
    X = auto()
    SCORE = auto()  # of the compartment that is scored: signed distance
    LEVEL = SCORE  # later: grey of the wall
    OFFSET_Z = auto()  # from the nearest point of its nearest axis
    OFFSET_Y = auto()
    OFFSET_X = auto()
    OFFSET = auto()  # its length
    OPACITY = OFFSET  # later: that of the wall
    SCORE1 = auto()  # of the nearest compartment
    OWNER1 = auto()
    GRADIENT_Z1 = auto()  # of its score
    GRADIENT_Y1 = auto()
    GRADIENT_X1 = auto()
    SCORE2 = auto()  # of the second
    OWNER2 = auto()
    GRADIENT_Z2 = auto()
    GRADIENT_Y2 = auto()
    GRADIENT_X2 = auto()
    SCORE3 = auto()  # of the third
    MARK = SCORE3  # later: 1 within a membrane, 2 and more within a density, 0 elsewhere
    DISTANCE = auto()  # from the border
    SLANT = auto()  # share of the normal of the border that is along z
    WIDTH_NOISE = auto()
    GREY_NOISE = auto()
    CLEFT = auto()  # half-width of the gap within the membrane
    HALF_WIDTH = auto()
    JUNCTION = auto()  # half of how much farther the third compartment is than the second


@helper
def surface_distance(ends, radii, k, z, y, x):
    """Return the distance of a point from the surface of a capsule; negative within."""
    dz, dy, dx = ends[k, 3] - ends[k, 0], ends[k, 4] - ends[k, 1], ends[k, 5] - ends[k, 2]
    rz, ry, rx = z - ends[k, 0], y - ends[k, 1], x - ends[k, 2]
    t = min(max((rz * dz + ry * dy + rx * dx) / (dz * dz + dy * dy + dx * dx + 1e-6), 0.0), 1.0)
    rz, ry, rx = rz - t * dz, ry - t * dy, rx - t * dx
    return np.sqrt(rz * rz + ry * ry + rx * rx) - (radii[k, 0] + t * (radii[k, 1] - radii[k, 0]))


@helper
def sift(bodies, items, first, last, point, own, reach, scores, out, at):
    """Keep the capsules that may matter around a point; return the end of the list.

    Where scores change by `own` / 2 at most, those of a compartment are kept that may be its nearest, and compartments
    that may come within `reach` of the nearest one.
    """
    nearest, stop, n = 1e18, at, first
    for k in range(first, last):
        scores[k - first] = surface_distance(bodies.ends, bodies.radii, items[k], point[0], point[1], point[2])
        nearest = min(nearest, scores[k - first])
    while n < last:
        begin, least = n, 1e18
        while n < last and bodies.owners[items[n]] == bodies.owners[items[begin]]:
            least, n = min(least, scores[n - first]), n + 1
        if least > nearest + own + reach:
            continue
        for k in range(begin, n):
            if scores[k - first] <= least + own:
                if stop < out.size:
                    out[stop] = items[k]
                stop += 1
    return stop


@helper
def field_lanes(fields, one, j, i, down, right, lanes, row):
    """Write a field at the pixels of a patch, and add ``down`` and ``right`` per pixel."""
    step = np.float32(1.0 / PATCH)
    a, b, c, d = fields[one, j, i], fields[one, j, i + 1], fields[one, j + 1, i], fields[one, j + 1, i + 1]
    for v in range(PATCH):
        fy = np.float32(v) * step
        start, stop = a + fy * (c - a), b + fy * (d - b)
        rise, base = step * (stop - start) + right, start + np.float32(v) * down
        for u in range(PATCH):
            lanes[row + v * PATCH + u] = base + np.float32(u) * rise


@helper
def place_pixels(fields, j, i, pixel, lanes):
    """Write where the pixels of a patch lie once the tissue is bent: `Row.Z` to `X`, from the corner of the patch."""
    side = np.float32(pixel)
    field_lanes(fields, Field.SHIFT_Z, j, i, ZERO, ZERO, lanes, Row.Z)
    field_lanes(fields, Field.SHIFT_Y, j, i, side, ZERO, lanes, Row.Y)
    field_lanes(fields, Field.SHIFT_X, j, i, ZERO, side, lanes, Row.X)


@helper
def bent_middle(fields, j, i, corner, pixel):
    """Return the mean of the bent corners of a patch."""
    z, y, x = ZERO, ZERO, ZERO
    for v in range(2):
        for u in range(2):
            z += QUARTER * fields[Field.SHIFT_Z, j + v, i + u]
            y += QUARTER * fields[Field.SHIFT_Y, j + v, i + u]
            x += QUARTER * fields[Field.SHIFT_X, j + v, i + u]
    half = 0.5 * PATCH * pixel
    return corner[0] + z, corner[1] + half + y, corner[2] + half + x


@helper
def sift_patch(bodies, items, first, last, corner, middle, fields, j, i, pixel, reach, scores, few):
    """Keep the capsules that matter in a patch; return their number, and the owner of all pixels, or 0."""
    square = 0.0
    z, y, x = middle[0] - corner[0], middle[1] - corner[1], middle[2] - corner[2]
    side = PATCH * pixel
    for v in range(2):  # the pixels lie within the hull of the bent corners
        for u in range(2):
            dz = fields[Field.SHIFT_Z, j + v, i + u] - z
            dy = fields[Field.SHIFT_Y, j + v, i + u] + v * side - y
            dx = fields[Field.SHIFT_X, j + v, i + u] + u * side - x
            square = max(square, dz * dz + dy * dy + dx * dx)
    own = 2.0 * STEEPEST * np.sqrt(square) + 0.01
    count = sift(bodies, items, first, last, middle, own, reach, scores, few, 0)
    owner = bodies.owners[few[0]]
    for n in range(1, count):
        if bodies.owners[few[n]] != owner:
            return count, 0
    return count, owner


@helper
def score_capsule(ends, radii, k, corner, fresh, lanes):
    """Score a capsule at the pixels of a patch: `Row.SCORE` to `OFFSET` keep the nearest of a compartment."""
    z0, y0, x0 = (
        np.float32(ends[k, 0] - corner[0]),
        np.float32(ends[k, 1] - corner[1]),
        np.float32(ends[k, 2] - corner[2]),
    )
    dz, dy, dx = (
        np.float32(ends[k, 3] - ends[k, 0]),
        np.float32(ends[k, 4] - ends[k, 1]),
        np.float32(ends[k, 5] - ends[k, 2]),
    )
    radius, taper = np.float32(radii[k, 0]), np.float32(radii[k, 1] - radii[k, 0])
    scale = ONE / (dz * dz + dy * dy + dx * dx + TINY)
    for p in range(LANES):
        rz, ry, rx = lanes[Row.Z + p] - z0, lanes[Row.Y + p] - y0, lanes[Row.X + p] - x0
        t = clamp01((rz * dz + ry * dy + rx * dx) * scale)
        rz, ry, rx = rz - t * dz, ry - t * dy, rx - t * dx
        d = np.sqrt(rz * rz + ry * ry + rx * rx)
        s = d - (radius + t * taper)
        if fresh:
            lanes[Row.SCORE + p], lanes[Row.OFFSET + p] = s, d
            lanes[Row.OFFSET_Z + p], lanes[Row.OFFSET_Y + p], lanes[Row.OFFSET_X + p] = rz, ry, rx
            continue
        # one of both is 1, the other 0: a choice would become a masked store, which is slow on many processors
        new = ONE if s < lanes[Row.SCORE + p] else ZERO
        old = ONE - new
        lanes[Row.SCORE + p] = new * s + old * lanes[Row.SCORE + p]
        lanes[Row.OFFSET_Z + p] = new * rz + old * lanes[Row.OFFSET_Z + p]
        lanes[Row.OFFSET_Y + p] = new * ry + old * lanes[Row.OFFSET_Y + p]
        lanes[Row.OFFSET_X + p] = new * rx + old * lanes[Row.OFFSET_X + p]
        lanes[Row.OFFSET + p] = new * d + old * lanes[Row.OFFSET + p]


@helper
def merge_owner(owner, lanes):
    """Merge a scored compartment into the nearest: `Row.SCORE1` to `SCORE3`."""
    for p in range(LANES):
        inverse, s = ONE / (lanes[Row.OFFSET + p] + TINY), lanes[Row.SCORE + p]
        gz, gy, gx = (
            lanes[Row.OFFSET_Z + p] * inverse,
            lanes[Row.OFFSET_Y + p] * inverse,
            lanes[Row.OFFSET_X + p] * inverse,
        )
        s1, c1, s2, c2, s3 = (
            lanes[Row.SCORE1 + p],
            lanes[Row.OWNER1 + p],
            lanes[Row.SCORE2 + p],
            lanes[Row.OWNER2 + p],
            lanes[Row.SCORE3 + p],
        )
        z1, y1, x1 = lanes[Row.GRADIENT_Z1 + p], lanes[Row.GRADIENT_Y1 + p], lanes[Row.GRADIENT_X1 + p]
        z2, y2, x2 = lanes[Row.GRADIENT_Z2 + p], lanes[Row.GRADIENT_Y2 + p], lanes[Row.GRADIENT_X2 + p]
        best, second = s < s1, s < s2
        lanes[Row.SCORE3 + p] = s2 if second else (s if s < s3 else s3)
        s2, c2 = s if second else s2, owner if second else c2
        z2, y2, x2 = gz if second else z2, gy if second else y2, gx if second else x2
        lanes[Row.SCORE2 + p], lanes[Row.OWNER2 + p] = s1 if best else s2, c1 if best else c2
        lanes[Row.GRADIENT_Z2 + p], lanes[Row.GRADIENT_Y2 + p] = z1 if best else z2, y1 if best else y2
        lanes[Row.GRADIENT_X2 + p] = x1 if best else x2
        lanes[Row.SCORE1 + p], lanes[Row.OWNER1 + p] = s if best else s1, owner if best else c1
        lanes[Row.GRADIENT_Z1 + p], lanes[Row.GRADIENT_Y1 + p] = gz if best else z1, gy if best else y1
        lanes[Row.GRADIENT_X1 + p] = gx if best else x1


@helper
def score_patch(bodies, few, count, corner, rounding, lanes):
    """Find, at the pixels of a patch, the nearest compartments, the border between them, and where a third is near."""
    for p in range(LANES):
        lanes[Row.SCORE1 + p], lanes[Row.SCORE2 + p], lanes[Row.SCORE3 + p] = FAR, FAR, FAR
        lanes[Row.OWNER1 + p], lanes[Row.OWNER2 + p] = ZERO, ZERO
        lanes[Row.GRADIENT_Z1 + p], lanes[Row.GRADIENT_Y1 + p], lanes[Row.GRADIENT_X1 + p] = ZERO, ZERO, ZERO
        lanes[Row.GRADIENT_Z2 + p], lanes[Row.GRADIENT_Y2 + p], lanes[Row.GRADIENT_X2 + p] = ZERO, ZERO, ZERO
    n = 0
    while n < count:
        owner, start = bodies.owners[few[n]], n
        while n < count and bodies.owners[few[n]] == owner:
            score_capsule(bodies.ends, bodies.radii, few[n], corner, n == start, lanes)
            n += 1
        merge_owner(np.float32(owner), lanes)
    per_rounding = ONE / (np.float32(rounding) + TINY)
    for p in range(LANES):
        z = lanes[Row.GRADIENT_Z2 + p] - lanes[Row.GRADIENT_Z1 + p]
        y = lanes[Row.GRADIENT_Y2 + p] - lanes[Row.GRADIENT_Y1 + p]
        x = lanes[Row.GRADIENT_X2 + p] - lanes[Row.GRADIENT_X1 + p]
        square = z * z + y * y + x * x
        per = ONE / np.sqrt(square if square > LEAST_ANGLE2 else LEAST_ANGLE2)
        gap = (lanes[Row.SCORE2 + p] - lanes[Row.SCORE1 + p]) * per
        near = ONE - (lanes[Row.SCORE3 + p] - lanes[Row.SCORE2 + p]) * per_rounding
        far = ONE - HALF * gap * per_rounding
        near, far = near if near > ZERO else ZERO, far if far > ZERO else ZERO
        lanes[Row.DISTANCE + p] = gap - QUARTER * np.float32(rounding) * near * near * far
        lanes[Row.SLANT + p] = abs(z) * per
        lanes[Row.JUNCTION + p] = HALF * (lanes[Row.SCORE3 + p] - lanes[Row.SCORE2 + p])
