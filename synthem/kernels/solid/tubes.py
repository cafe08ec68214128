"""Tubes: what lies within compartments of the solid, painted in one section.

A tube is a chain of capsules with a shell: a mitochondrion, a sheath of myelin, a vesicle, a thin line. It is bent with
the tissue, so it stays within its compartment.
"""

from __future__ import annotations

from enum import auto
from typing import Annotated, NamedTuple

import numpy as np

from synthem.kernels._jit import helper, kernel
from synthem.kernels._math import ONE, TINY, ZERO, clamp01, lerp
from synthem.kernels._records import Codes, Doubles, Floats, Ints
from synthem.kernels.columns import Columns
from synthem.kernels.planes import Planes
from synthem.kernels.solid.bending import PATCH, Field, Grid
from synthem.kernels.solid.partition import LANES, Row, field_lanes, place_pixels, score_capsule

__all__ = ["TubeColumn", "Tubes", "paint_tubes"]


class TubeColumn(Columns):
    """Appearance of a tube. Greys are levels, lengths nm, angles radians."""

    RIM_WIDTH = auto()
    SHARPNESS = auto()  # 1: the rim ends at its width; 0: it fades into the interior
    RIM_LEVEL = auto()
    LEVEL = auto()  # of the interior
    TEXTURE_SD = auto()  # of the interior
    OPACITY = auto()  # of the rim
    INNER_OPACITY = auto()
    SOFTNESS = auto()  # distance over which it fades out beyond its surface
    RIDGES = auto()  # amplitude of parallel ridges
    PERIOD = auto()  # of the ridges
    RIDGE_Z = auto()  # direction across them
    RIDGE_Y = auto()
    RIDGE_X = auto()
    PHASE = auto()


class Tubes(NamedTuple):
    """Tubes as chains of capsules in nm, one after the other."""

    ends: Annotated[Doubles, "f8[:,::1]"]  # (n, 6): z, y, x of both ends
    radii: Annotated[Doubles, "f8[:,::1]"]  # (n, 2): at both
    starts: Annotated[Ints, "i8[::1]"]  # (m + 1,): where each tube starts
    codes: Annotated[Codes, "u1[:,::1]"]  # (m, 3): label of rim and interior, and lowest code that is not covered
    ids: Annotated[Ints, "i8[::1]"]  # (m,): of objects, 0: none
    looks: Annotated[Floats, "f4[:,::1]"]  # (m, 14), see `TubeColumn`


@helper
def tube_box(tubes, m, grid, z, shift, out):
    """Write first and last patch of a tube along rows and columns; tell whether the section may cut it."""
    reach = shift + tubes.looks[m, TubeColumn.SOFTNESS]
    low_y, low_x, high_y, high_x, seen = np.inf, np.inf, -np.inf, -np.inf, False
    for k in range(tubes.starts[m], tubes.starts[m + 1]):
        r = max(tubes.radii[k, 0], tubes.radii[k, 1]) + reach
        if min(tubes.ends[k, 0], tubes.ends[k, 3]) - r > z or max(tubes.ends[k, 0], tubes.ends[k, 3]) + r < z:
            continue
        low_y, high_y = (
            min(low_y, min(tubes.ends[k, 1], tubes.ends[k, 4]) - r),
            max(high_y, max(tubes.ends[k, 1], tubes.ends[k, 4]) + r),
        )
        low_x, high_x = (
            min(low_x, min(tubes.ends[k, 2], tubes.ends[k, 5]) - r),
            max(high_x, max(tubes.ends[k, 2], tubes.ends[k, 5]) + r),
        )
        seen = True
    if not seen:
        return False
    side = PATCH * grid.pixel
    out[0], out[1] = int(np.floor(low_y / side)), int(np.floor(high_y / side))
    out[2], out[3] = int(np.floor(low_x / side)), int(np.floor(high_x / side))
    return True


@helper
def score_tube(tubes, m, corner, side, lanes):
    """Score a tube at the pixels of a patch; tell whether any lies within it or within its softness."""
    fresh, soft = True, tubes.looks[m, TubeColumn.SOFTNESS]
    for k in range(tubes.starts[m], tubes.starts[m + 1]):
        r = max(tubes.radii[k, 0], tubes.radii[k, 1]) + soft + 100.0
        y0, y1 = min(tubes.ends[k, 1], tubes.ends[k, 4]) - r, max(tubes.ends[k, 1], tubes.ends[k, 4]) + r
        x0, x1 = min(tubes.ends[k, 2], tubes.ends[k, 5]) - r, max(tubes.ends[k, 2], tubes.ends[k, 5]) + r
        if (y0 > corner[1] + side) | (y1 < corner[1]) | (x0 > corner[2] + side) | (x1 < corner[2]):
            continue
        score_capsule(tubes.ends, tubes.radii, k, corner, fresh, lanes)
        fresh = False
    if fresh:
        return False
    nearest = lanes[Row.SCORE + 0]
    for p in range(LANES):
        nearest = lanes[Row.SCORE + p] if lanes[Row.SCORE + p] < nearest else nearest
    return nearest <= soft


@helper
def shade_tube(look, corner, lanes):
    """Write grey and opacity of a tube at the pixels of a patch: `Row.SCORE1` and `SCORE2`."""
    per_rim, sharp = ONE / (look[TubeColumn.RIM_WIDTH] + TINY), look[TubeColumn.SHARPNESS]
    rim, inner = look[TubeColumn.RIM_LEVEL], look[TubeColumn.LEVEL]
    opacity, inside = look[TubeColumn.OPACITY], look[TubeColumn.INNER_OPACITY]
    per_soft, ridges = ONE / (look[TubeColumn.SOFTNESS] + TINY), look[TubeColumn.RIDGES]
    z, y, x = look[TubeColumn.RIDGE_Z], look[TubeColumn.RIDGE_Y], look[TubeColumn.RIDGE_X]
    per_period, phase = ONE / (look[TubeColumn.PERIOD] + TINY), look[TubeColumn.PHASE]
    texture_sd, soft = look[TubeColumn.TEXTURE_SD], look[TubeColumn.SOFTNESS]
    start = (corner[0] * z + corner[1] * y + corner[2] * x) * per_period + phase
    base = np.float32(start - np.floor(start))
    for p in range(LANES):
        t = -lanes[Row.SCORE + p] * per_rim
        hard, fading = ZERO if t < ONE else ONE, clamp01(t)
        share = lerp(fading * fading, hard, sharp)
        place = (lanes[Row.Z + p] * z + lanes[Row.Y + p] * y + lanes[Row.X + p] * x) * per_period + base
        place += np.float32(0.35) * lanes[Row.WIDTH_NOISE + p]
        wave = abs(place - np.floor(place) - np.float32(0.5)) * np.float32(4.0) - ONE  # a triangle
        level = inner + ridges * wave + texture_sd * lanes[Row.GREY_NOISE + p]
        cover = lerp(opacity, inside, share)
        out = clamp01(ONE - lanes[Row.SCORE + p] * per_soft)
        cover = cover if lanes[Row.SCORE + p] <= ZERO else opacity * out * out * (ONE if soft > ZERO else ZERO)
        lanes[Row.SCORE1 + p], lanes[Row.SCORE2 + p] = lerp(rim, level, share), cover


@helper
def write_tube(tubes, m, lanes, top, left, first_row, first_col, planes):
    """Write the pixels of a patch that a tube covers to the planes."""
    grey, label, ids, _ = planes
    rim_code, code, limit = tubes.codes[m, 0], tubes.codes[m, 1], tubes.codes[m, 2]
    width, ident = tubes.looks[m, TubeColumn.RIM_WIDTH], np.int32(tubes.ids[m])
    for v in range(max(0, first_row - top), min(PATCH, first_row + label.shape[0] - top)):
        row = top + v - first_row
        for u in range(max(0, first_col - left), min(PATCH, first_col + label.shape[1] - left)):
            p, col = v * PATCH + u, left + u - first_col
            score, cover = lanes[Row.SCORE + p], lanes[Row.SCORE2 + p]
            inside = score <= ZERO
            if (label[row, col] >= (limit if inside else 1)) | (cover <= ZERO):
                continue
            grey[row, col] = lerp(grey[row, col], lanes[Row.SCORE1 + p], cover)
            mark = rim_code if score > -width else code
            if inside & (mark > 0):
                label[row, col], ids[row, col] = mark, ident


@kernel(Tubes, Grid, "f8, f4[:,:,::1], f8, f4[::1]", Planes)
def paint_tubes(tubes, grid, z, fields, shift, lanes, planes):
    """Paint the tubes that a section cuts, in their order.

    Parameters
    ----------
    tubes : Tubes
        All of them.
    grid : Grid
        Where the block lies.
    z : float
        Depth of the section in nm.
    fields : (6, h, w) float32
        Fields at the corners of patches.
    shift : float
        Farthest that the tissue is bent, in nm.
    lanes : (w,) float32
        Scratch: see `synthem.kernels.solid.partition.Row`.
    planes : Planes
        Changed in place.
    """
    box, side = np.empty(4, np.int64), PATCH * grid.pixel
    first_row, first_col = grid.row, grid.column
    height, width = planes.label.shape
    top_patch, left_patch = first_row // PATCH, first_col // PATCH
    last_row, last_col = (first_row + height - 1) // PATCH, (first_col + width - 1) // PATCH
    for m in range(tubes.ids.size):
        if not tube_box(tubes, m, grid, z, shift, box):
            continue
        for j in range(max(box[0], top_patch), min(box[1], last_row) + 1):
            for i in range(max(box[2], left_patch), min(box[3], last_col) + 1):
                corner = z, j * side, i * side
                place_pixels(fields, j - top_patch, i - left_patch, grid.pixel, lanes)
                if not score_tube(tubes, m, corner, side, lanes):
                    continue
                field_lanes(fields, Field.WIDTH, j - top_patch, i - left_patch, ZERO, ZERO, lanes, Row.WIDTH_NOISE)
                field_lanes(fields, Field.GREY, j - top_patch, i - left_patch, ZERO, ZERO, lanes, Row.GREY_NOISE)
                shade_tube(tubes.looks[m], corner, lanes)
                write_tube(tubes, m, lanes, j * PATCH, i * PATCH, first_row, first_col, planes)
