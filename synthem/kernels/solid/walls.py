"""Walls: membranes between compartments of the solid and the densities on them, painted in one section.

A membrane is a slab around the border between two compartments. How broad a plane shows it follows from the angle at
which it cuts the slab; so does how hazy it looks.
"""

from __future__ import annotations

from enum import auto
from typing import Annotated, NamedTuple

import numpy as np

from synthem.kernels._jit import helper, kernel
from synthem.kernels._math import HALF, ONE, TINY, ZERO, clamp01, lerp
from synthem.kernels._records import Doubles, Floats, Int32s, Ints
from synthem.kernels.columns import Columns
from synthem.kernels.hashing import hash_unit
from synthem.kernels.membranes import MembraneColumn
from synthem.kernels.planes import Planes
from synthem.kernels.solid.bending import PATCH, Field, Grid
from synthem.kernels.solid.bricks import BRICK, Bricks
from synthem.kernels.solid.falloff import smooth_end
from synthem.kernels.solid.partition import (
    FAR,
    LANES,
    STEEPEST,
    Bodies,
    Row,
    bent_middle,
    field_lanes,
    place_pixels,
    score_patch,
    sift_patch,
)

__all__ = ["PlateColumn", "Scratch", "Walls", "paint_walls"]

FARTHEST = np.float32(2.45)
"""Largest deviation of the width of a membrane, in standard deviations of its logarithm."""
UPRIGHT, LYING = np.float32(0.6), np.float32(0.95)
"""Share of the normal of a membrane along z up to which it looks cut across, and from which it looks cut along."""
DEFOCUS_ALONG = np.float32(0.3)
"""Along-membrane to between-membrane ratio of defocus variation."""


CORE_SHARE = np.float32(0.64)
"""Radius of the dark core of a density relative to that of the density."""
PER_JUNCTION = np.float32(1.0 / 30.0)
"""Reciprocal of how far in nm from a third compartment the ends of a density are rounded."""
PER_EDGE = np.float32(1.0 / 15.0)
"""Reciprocal of the width in nm of the soft edge around a density."""
FUZZ = 160.0
"""Farthest in nm that a density, with its fuzz, reaches from the wall."""


class PlateColumn(Columns):
    """A density on the wall between two compartments. Lengths are nm, greys levels."""

    PRE = auto()  # number of the presynaptic compartment
    POST = auto()
    Z = auto()  # middle
    Y = auto()
    X = auto()
    RADIUS = auto()
    PRE_DEPTH = auto()  # from the middle of the wall, in the middle
    POST_DEPTH = auto()
    ID = auto()
    LEVEL = auto()
    CORE_LEVEL = auto()  # beside the wall
    CORE_OPACITY = auto()
    FUZZ_LEVEL = auto()  # on the postsynaptic side, without a label
    FUZZ_OPACITY = auto()
    FUZZ_REACH = auto()
    ZONE_LEVEL = auto()  # on the presynaptic side
    ZONE_OPACITY = auto()
    ZONE_REACH = auto()
    TEXTURE_SD = auto()
    END_LEVEL = auto()  # towards which it pales at its ends
    END_OPACITY = auto()  # at one end
    OTHER_END_OPACITY = auto()
    END_REACH = auto()
    END_Z = auto()  # direction of that end
    END_Y = auto()
    END_X = auto()
    FLANK_LEVEL = auto()  # towards which it pales at its flanks
    PRE_FLANK_OPACITY = auto()
    POST_FLANK_OPACITY = auto()
    FLANK_REACH = auto()
    EDGE_LEVEL = auto()  # beside it, without a label
    EDGE_OPACITY = auto()


class Scratch(NamedTuple):
    """Work space of a section."""

    lanes: Annotated[Floats, "f4[::1]"]  # see `Row`
    scores: Annotated[Doubles, "f8[::1]"]  # as many as a brick has items at most
    few: Annotated[Ints, "i8[::1]"]  # likewise
    distances: Annotated[Floats, "f4[:,::1]"]  # (H, W): of each pixel from the nearest wall in nm, or far


class Walls(NamedTuple):
    """How walls look, in nm."""

    membrane: Annotated[Floats, "f4[::1]"]  # see `MembraneColumn`
    keys: Annotated[Ints, "i8[::1]"]  # of each compartment, by its number
    plates: Annotated[Doubles, "f8[:,::1]"]  # see `PlateColumn`
    key: Annotated[int, "i8"]
    code: Annotated[int, "i8"]  # label code of membranes
    plate_code: Annotated[int, "i8"]  # and of densities
    rough: Annotated[Int32s, "i4[::1]"]  # numbers of the plates that come near the section


@helper
def wall_character(key, first, second, membrane):
    """Return the usual half-width of a wall, and the half-width of the gap within it, or 0."""
    low, high = min(first, second), max(first, second)
    vary = hash_unit(key + 1, low, high) + hash_unit(key + 2, low, high) - ONE
    draw, double = hash_unit(key, low, high), membrane[MembraneColumn.DOUBLE_SHARE]
    half = membrane[MembraneColumn.HALF_WIDTH] * np.exp(membrane[MembraneColumn.WIDTH_SD_BETWEEN] * FARTHEST * vary)
    share = (draw - ONE + double) / (double + np.float32(1e-9))  # 0 to 1 where the membrane is double
    return half, membrane[MembraneColumn.CLEFT_HALF_WIDTH] * (HALF + share) if share > ZERO else ZERO


@helper
def find_walls(lanes, walls, widest):
    """Write `Row.HALF_WIDTH` and `CLEFT`, of the gap, of the wall beside each pixel that is within `widest` of one."""
    known1, known2 = np.float32(-1.0), np.float32(-1.0)
    half, gap = walls.membrane[MembraneColumn.HALF_WIDTH], ZERO
    for p in range(LANES):
        if lanes[Row.DISTANCE + p] <= widest:
            c1, c2 = lanes[Row.OWNER1 + p], lanes[Row.OWNER2 + p]
            if c1 + c2 != known1 + known2 or abs(c1 - c2) != abs(known1 - known2):
                half, gap = wall_character(walls.key, walls.keys[int(c1)], walls.keys[int(c2)], walls.membrane)
                known1, known2 = c1, c2
        lanes[Row.HALF_WIDTH + p], lanes[Row.CLEFT + p] = half, gap


@helper
def paint_slab(lanes, membrane):
    """Write the paint of membranes at the pixels of a patch: `Row.LEVEL`, `OPACITY`, and `MARK`, 1 within one."""
    usual, along = membrane[MembraneColumn.HALF_WIDTH], membrane[MembraneColumn.WIDTH_SD_ALONG]
    line_level, line_sd = membrane[MembraneColumn.LEVEL], membrane[MembraneColumn.LEVEL_SD]
    line_fade, paler = membrane[MembraneColumn.FADE], membrane[MembraneColumn.DEFOCUS]
    oblique_level, oblique_sd = membrane[MembraneColumn.OBLIQUE_LEVEL], membrane[MembraneColumn.OBLIQUE_SD]
    oblique_fade, cleft_level = membrane[MembraneColumn.OBLIQUE_FADE], membrane[MembraneColumn.CLEFT_LEVEL]
    shadow, per_reach = membrane[MembraneColumn.EDGE_SHADOW], ONE / (membrane[MembraneColumn.EDGE_SHADOW_REACH] + TINY)
    per_width = HALF / (FARTHEST * usual * membrane[MembraneColumn.WIDTH_SD_BETWEEN] + TINY)
    per_slant, thickest = ONE / (LYING - UPRIGHT), membrane[MembraneColumn.WIDEST_HALF_WIDTH]
    for p in range(LANES):
        d, half, noise, grey_noise = (
            lanes[Row.DISTANCE + p],
            lanes[Row.HALF_WIDTH + p],
            lanes[Row.WIDTH_NOISE + p],
            lanes[Row.GREY_NOISE + p],
        )
        defocus = clamp01(HALF + per_width * (half - usual) + DEFOCUS_ALONG * noise)
        half *= ONE + along * noise * (ONE + HALF * along * noise)  # nearly exp
        cleft = lanes[Row.CLEFT + p] * (ONE + HALF * noise)
        cleft = cleft if cleft > ZERO else ZERO
        half += cleft
        half = half if half < thickest else thickest
        broad = clamp01((lanes[Row.SLANT + p] - UPRIGHT) * per_slant)
        level = lerp(
            line_level + line_sd * grey_noise + defocus * paler, oblique_level + oblique_sd * grey_noise, broad
        )
        level = cleft_level if (abs(d) < cleft) & (broad < HALF) else level
        fade = lerp(line_fade, oblique_fade, broad)
        across = (d if d > ZERO else ZERO) / half  # darkest in the middle
        beyond = clamp01(ONE - (d - half) * per_reach)
        inside, outside = ONE - fade * across * across, shadow * (ONE - fade) * beyond * beyond
        lanes[Row.LEVEL + p], lanes[Row.OPACITY + p] = level, outside if d >= half else inside
        lanes[Row.MARK + p] = ONE if d < half else ZERO


@helper
def lens(share):
    """Return how thick a density is so far from its middle, as shares of its radius and of its thickness there."""
    square = share * share
    left = ONE - square * square
    return np.sqrt(left) if left > ZERO else ZERO


@helper
def shade_plate(plate, d, depth, away, toward, noise, post):
    """Return the grey of a density so far from the wall and from its middle, and so far towards one of its ends."""
    radius = np.float32(plate[PlateColumn.RADIUS])
    core = clamp01(ONE - d / (depth + TINY)) * np.float32(plate[PlateColumn.CORE_OPACITY])
    core *= smooth_end(away - CORE_SHARE * radius, ONE / ((ONE - CORE_SHARE) * radius))
    level = lerp(np.float32(plate[PlateColumn.LEVEL]), np.float32(plate[PlateColumn.CORE_LEVEL]), core)
    one, other = np.float32(plate[PlateColumn.END_OPACITY]), np.float32(plate[PlateColumn.OTHER_END_OPACITY])
    end = smooth_end(radius - away, ONE / np.float32(plate[PlateColumn.END_REACH] + 1e-6))
    level = lerp(level, np.float32(plate[PlateColumn.END_LEVEL]), end * lerp(other, one, HALF + HALF * toward))
    opacity = np.float32(plate[PlateColumn.POST_FLANK_OPACITY] if post else plate[PlateColumn.PRE_FLANK_OPACITY])
    flank = opacity * smooth_end(depth - d, ONE / np.float32(plate[PlateColumn.FLANK_REACH] + 1e-6))
    level = lerp(level, np.float32(plate[PlateColumn.FLANK_LEVEL]), flank)
    return level + np.float32(plate[PlateColumn.TEXTURE_SD]) * noise


@helper
def blend(level, opacity, own_level, own_opacity):
    """Return grey and opacity of two layers of paint, the second on top."""
    total = own_opacity + opacity * (ONE - own_opacity)
    return lerp(level, own_level, own_opacity / (total + TINY)), total


@helper
def paint_plate(lanes, plate, number, corner):
    """Paint a density where the wall between its two compartments runs; its `Row.MARK` is 2 and its number."""
    pre, post = np.float32(plate[PlateColumn.PRE]), np.float32(plate[PlateColumn.POST])
    z, y, x = (
        np.float32(plate[PlateColumn.Z] - corner[0]),
        np.float32(plate[PlateColumn.Y] - corner[1]),
        np.float32(plate[PlateColumn.X] - corner[2]),
    )
    tz, ty, tx = (
        np.float32(plate[PlateColumn.END_Z]),
        np.float32(plate[PlateColumn.END_Y]),
        np.float32(plate[PlateColumn.END_X]),
    )
    radius, before, behind = (
        np.float32(plate[PlateColumn.RADIUS]),
        np.float32(plate[PlateColumn.PRE_DEPTH]),
        np.float32(plate[PlateColumn.POST_DEPTH]),
    )
    edge_level, edge = np.float32(plate[PlateColumn.EDGE_LEVEL]), np.float32(plate[PlateColumn.EDGE_OPACITY])
    for p in range(LANES):
        c1, c2 = lanes[Row.OWNER1 + p], lanes[Row.OWNER2 + p]
        if not (((c1 == pre) & (c2 == post)) | ((c1 == post) & (c2 == pre))):
            continue
        rz, ry, rx = lanes[Row.Z + p] - z, lanes[Row.Y + p] - y, lanes[Row.X + p] - x
        away, d = np.sqrt(rz * rz + ry * ry + rx * rx), lanes[Row.DISTANCE + p]
        depth = (behind if c1 == post else before) * lens(away / radius)
        depth *= lens(ONE - clamp01(lanes[Row.JUNCTION + p] * PER_JUNCTION))
        if (d <= depth) & (away <= radius):
            toward = (rz * tz + ry * ty + rx * tx) / (away + TINY)
            level = shade_plate(plate, d, depth, away, toward, lanes[Row.GREY_NOISE + p], c1 == post)
            lanes[Row.LEVEL + p], lanes[Row.OPACITY + p], lanes[Row.MARK + p] = level, ONE, number
            continue
        out, aside = d - depth if d > depth else ZERO, away - radius if away > radius else ZERO
        beyond = np.sqrt(out * out + aside * aside)
        reach = plate[PlateColumn.FUZZ_REACH] if c1 == post else plate[PlateColumn.ZONE_REACH]
        share = clamp01(ONE - beyond / np.float32(reach + 1e-6))
        opacity = plate[PlateColumn.FUZZ_OPACITY] if c1 == post else plate[PlateColumn.ZONE_OPACITY]
        level = np.float32(plate[PlateColumn.FUZZ_LEVEL] if c1 == post else plate[PlateColumn.ZONE_LEVEL])
        share *= np.float32(opacity)
        dark = lerp(lanes[Row.LEVEL + p], level, share) if level < lanes[Row.LEVEL + p] else lanes[Row.LEVEL + p]
        opaque = lanes[Row.OPACITY + p] + share * (ONE - lanes[Row.OPACITY + p])
        mixed = lerp(level, dark, lanes[Row.OPACITY + p] / (opaque + TINY))
        mixed, opaque = blend(mixed, opaque, edge_level, edge * smooth_end(beyond, PER_EDGE))
        lanes[Row.LEVEL + p], lanes[Row.OPACITY + p] = mixed, opaque


@helper
def write_patch(lanes, walls, top, left, first_row, first_col, distances, planes):
    """Write the pixels of a patch to the planes: compartments, membranes and densities; and how far walls are."""
    grey, label, ids, compartments = planes
    code, plate_code = np.uint8(walls.code), np.uint8(walls.plate_code)
    for v in range(max(0, first_row - top), min(PATCH, first_row + label.shape[0] - top)):
        row = top + v - first_row
        for u in range(max(0, first_col - left), min(PATCH, first_col + label.shape[1] - left)):
            p, col = v * PATCH + u, left + u - first_col
            compartments[row, col], distances[row, col] = np.int32(lanes[Row.OWNER1 + p]), lanes[Row.DISTANCE + p]
            grey[row, col] = lerp(grey[row, col], lanes[Row.LEVEL + p], lanes[Row.OPACITY + p])
            mark = lanes[Row.MARK + p]
            if mark > ONE:
                label[row, col] = plate_code
                ids[row, col] = np.int32(walls.plates[int(mark) - 2, PlateColumn.ID])
            elif mark > ZERO:
                label[row, col] = code


@helper
def fill_patch(owner, top, left, first_row, first_col, distances, planes):
    """Give all pixels of a patch to one compartment, far from any wall."""
    compartments = planes.compartments
    for v in range(max(0, first_row - top), min(PATCH, first_row + compartments.shape[0] - top)):
        line, away = compartments[top + v - first_row], distances[top + v - first_row]
        for col in range(max(0, left - first_col), min(line.size, left + PATCH - first_col)):
            line[col], away[col] = owner, FAR


@kernel(Bodies, Bricks, Grid, "f8, f4[:,:,::1]", Walls, Scratch, Planes)
def paint_walls(bodies, bricks, grid, z, fields, walls, scratch, planes):
    """Divide a section into compartments, and paint the membranes and densities between them.

    Parameters
    ----------
    bodies : Bodies
        Capsules of the compartments.
    bricks : Bricks
        Which of them may matter where.
    grid : Grid
        Where the block lies.
    z : float
        Depth of the section in nm.
    fields : (8, h, w) float32
        Fields at the corners of patches, of `fields_of_section`.
    walls : Walls
        How walls look.
    scratch : Scratch
        Work space.
    planes : Planes
        Compartments are written; grey, label and ids where a wall runs.
    """
    lanes, scores, few, _ = scratch
    membrane, first_row, first_col = walls.membrane, grid.row, grid.column
    widest, rounding = membrane[MembraneColumn.PAINTED_WITHIN], float(membrane[MembraneColumn.ROUNDING])
    height, width = planes.label.shape
    layer = int(np.floor(z / grid.depth)) - grid.plane
    top_patch, left_patch = first_row // PATCH, first_col // PATCH
    for j in range(top_patch, (first_row + height - 1) // PATCH + 1):
        for i in range(left_patch, (first_col + width - 1) // PATCH + 1):
            v, u = j - top_patch, i - left_patch
            corner = z, j * PATCH * grid.pixel, i * PATCH * grid.pixel
            near, reach, middle = False, float(widest), bent_middle(fields, v, u, corner, grid.pixel)
            for n in range(walls.rough.size):
                plate = walls.plates[walls.rough[n]]
                far = plate[PlateColumn.RADIUS] + FUZZ
                dz, dy = plate[PlateColumn.Z] - middle[0], plate[PlateColumn.Y] - middle[1]
                dx = plate[PlateColumn.X] - middle[2]
                if dz * dz + dy * dy + dx * dx < far * far:
                    near, reach = True, FUZZ
            b_j, b_i = j // BRICK - first_row // (BRICK * PATCH), i // BRICK - first_col // (BRICK * PATCH)
            first, last = bricks.spans[layer, b_j, b_i, 0], bricks.spans[layer, b_j, b_i, 1]
            border = 2.0 * STEEPEST * reach + rounding
            count, owner = sift_patch(
                bodies, bricks.items, first, last, corner, middle, fields, v, u, grid.pixel, border, scores, few
            )
            if owner:
                fill_patch(np.int32(owner), j * PATCH, i * PATCH, first_row, first_col, scratch.distances, planes)
                continue
            place_pixels(fields, v, u, grid.pixel, lanes)
            score_patch(bodies, few, count, corner, rounding, lanes)
            field_lanes(fields, Field.WIDTH, v, u, ZERO, ZERO, lanes, Row.WIDTH_NOISE)
            field_lanes(fields, Field.GREY, v, u, ZERO, ZERO, lanes, Row.GREY_NOISE)
            find_walls(lanes, walls, widest)
            paint_slab(lanes, membrane)
            if near:
                for n in range(walls.rough.size):
                    number = walls.rough[n]
                    paint_plate(lanes, walls.plates[number], np.float32(number + 2), corner)
            write_patch(lanes, walls, j * PATCH, i * PATCH, first_row, first_col, scratch.distances, planes)
