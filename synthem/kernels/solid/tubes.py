"""Tubes: what lies within compartments of the solid, painted in one section.

A tube is a chain of capsules with a shell: a mitochondrion, a sheath of myelin, a vesicle, a thin line. It is bent with
the tissue, so it stays within its compartment.
"""

from __future__ import annotations

from enum import auto
from typing import Annotated, NamedTuple

import numpy as np

from synthem.kernels._jit import helper, kernel
from synthem.kernels._math import HALF, ONE, TINY, TWO, ZERO, clamp01, lerp
from synthem.kernels._records import Codes, Doubles, Floats, Ints
from synthem.kernels.columns import Columns
from synthem.kernels.planes import Planes
from synthem.kernels.solid.bending import PATCH, Field, Grid
from synthem.kernels.solid.falloff import smooth_end
from synthem.kernels.solid.partition import FAR, LANES, Row, field_lanes, place_pixels, score_capsule
from synthem.kernels.solid.texture import SolidTextures, fine_at
from synthem.kernels.solid.walls import Scratch

__all__ = ["WALL_FELT", "TubeColumn", "Tubes", "paint_tubes"]

FOUR = np.float32(4.0)
PRESSED, UNFELT = np.float32(30.0), np.float32(16.0)
"""How deep in nm a tube that ends before a wall lies along it, and how much deeper it no longer feels it."""
WALL_FELT = 46.0
"""Both together."""
LAYERS = np.float32(0.7)
"""Darkness of the layers of a band, as a share of its height."""
PER_BAND = np.float32(1.0 / 10.0)
"""Reciprocal of the width in nm of the edges of a band."""
GOLDEN, GOLDEN_TURNS = np.float32(0.61803399), 4096.0
"""By how much of a period slits are shifted from ridge to ridge, and after how many ridges this begins anew."""
PER_FADE, PER_INNER = np.float32(1.0 / 12.5), np.float32(1.0 / 15.0)
"""Reciprocals of the distances in nm over which a rim fades at its outer and beyond its inner edge."""


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
    SHEET_Z = auto()  # a direction along them
    SHEET_Y = auto()
    SHEET_X = auto()
    SLIT = auto()  # height of pale slits on top of the ridges
    SLIT_PERIOD = auto()  # along the ridges
    SLIT_RARITY = auto()  # from about -1, nearly everywhere, to 1.7, nowhere
    CORE = auto()  # height of the middle above what is near the rim
    CORE_DEPTH = auto()  # of the middle below the surface
    FADE = auto()  # how much paler the rim is at its outer edge
    INNER_EDGE = auto()  # opacity of the rim beyond its width
    OUTER_OPACITY = auto()  # of the rim beyond the surface
    OUTER_REACH = auto()
    HALO_LEVEL = auto()  # of what surrounds it
    HALO_OPACITY = auto()
    HALO_REACH = auto()
    BEYOND = auto()  # distance from the surface up to which anything is painted
    WALL = auto()  # distance from walls at which it ends, pressed flat; 0: it ends at its surface alone
    BAND = auto()  # height of a pale band within the rim above the rest of it; 0: there is none
    BAND_EDGE = auto()  # width of the rim on either side of the band
    LAMELLA = auto()  # distance of the layers of the band


class Tubes(NamedTuple):
    """Tubes as chains of capsules in nm, one after the other."""

    ends: Annotated[Doubles, "f8[:,::1]"]  # (n, 6): z, y, x of both ends
    radii: Annotated[Doubles, "f8[:,::1]"]  # (n, 2): at both
    starts: Annotated[Ints, "i8[::1]"]  # (m + 1,): where each tube starts
    codes: Annotated[Codes, "u1[:,::1]"]  # (m, 3): label of rim and interior, and lowest code that is not covered
    ids: Annotated[Ints, "i8[::1]"]  # (m,): of objects, 0: none
    hosts: Annotated[Ints, "i8[::1]"]  # (m,): number of the compartment in which each lies
    looks: Annotated[Floats, "f4[:,::1]"]  # (m, 34), see `TubeColumn`


@helper
def tube_box(tubes, m, grid, z, shift, out):
    """Write first and last patch of a tube along rows and columns; tell whether the section may cut it."""
    reach = shift + tubes.looks[m, TubeColumn.BEYOND]
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
    """Score a tube at the pixels of a patch; tell whether any lies within it or where it is seen around it."""
    fresh, soft = True, tubes.looks[m, TubeColumn.BEYOND]
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
def felt_depth(away):
    """Return how deep a point so far from where a tube ends before a wall lies, as far as the wall is felt."""
    more = away - PRESSED
    if more <= ZERO:
        return away
    return PRESSED + more / (ONE - more / UNFELT) if more < UNFELT else FAR


@helper
def press_tube(wall, host, lanes, distances, compartments, patch, corner):
    """Let a tube end before the walls of its compartment; the patch and the block begin at row and column."""
    (top, left), (first_row, first_col) = patch, corner
    for v in range(max(0, first_row - top), min(PATCH, first_row + distances.shape[0] - top)):
        row = top + v - first_row
        for u in range(max(0, first_col - left), min(PATCH, first_col + distances.shape[1] - left)):
            p, col = v * PATCH + u, left + u - first_col
            away = distances[row, col] - wall
            beyond = -felt_depth(away) if compartments[row, col] == host else away + TWO * wall
            lanes[Row.SCORE + p] = beyond if beyond > lanes[Row.SCORE + p] else lanes[Row.SCORE + p]


@helper
def triangle(place):
    """Return a wave of period 1 that rises to 1 at whole numbers and falls to -1 between them."""
    return abs(place - np.floor(place) - HALF) * FOUR - ONE


@helper
def relieve_tube(look, corner, lanes):
    """Write the ridges of a tube and the slits on them at the pixels of a patch: `Row.SCORE3`."""
    ridges, slit, rarity = look[TubeColumn.RIDGES], look[TubeColumn.SLIT], look[TubeColumn.SLIT_RARITY]
    z, y, x = look[TubeColumn.RIDGE_Z], look[TubeColumn.RIDGE_Y], look[TubeColumn.RIDGE_X]
    az, ay, ax = look[TubeColumn.SHEET_Z], look[TubeColumn.SHEET_Y], look[TubeColumn.SHEET_X]
    bz, by, bx = y * ax - x * ay, x * az - z * ax, z * ay - y * az  # the other direction along the ridges
    per_period, phase = ONE / (look[TubeColumn.PERIOD] + TINY), look[TubeColumn.PHASE]
    per_slit = ONE / (look[TubeColumn.SLIT_PERIOD] + TINY)
    start = (corner[0] * z + corner[1] * y + corner[2] * x) * per_period + phase
    turns = np.floor(start)
    base, first = np.float32(start - turns), np.float32(turns - GOLDEN_TURNS * np.floor(turns / GOLDEN_TURNS))
    along, beside = (
        (corner[0] * az + corner[1] * ay + corner[2] * ax) * per_slit,
        (corner[0] * bz + corner[1] * by + corner[2] * bx) * per_slit,
    )
    along, beside = np.float32(along - np.floor(along)), np.float32(beside - np.floor(beside))
    for p in range(LANES):
        pz, py, px = lanes[Row.Z + p], lanes[Row.Y + p], lanes[Row.X + p]
        place = (pz * z + py * y + px * x) * per_period + base + np.float32(0.35) * lanes[Row.WIDTH_NOISE + p]
        ridge = np.floor(place + HALF) + first  # slits of neighbouring ridges begin elsewhere
        one = triangle((pz * az + py * ay + px * ax) * per_slit + along + GOLDEN * ridge)
        other = triangle((pz * bz + py * by + px * bx) * per_slit + beside + GOLDEN * GOLDEN * ridge)
        wave = triangle(place)
        gate = clamp01(np.float32(1.5) * (one + np.float32(0.7) * other - rarity))
        lanes[Row.SCORE3 + p] = ridges * wave + slit * gate * clamp01(TWO * wave - HALF)


@helper
def shade_tube(look, lanes):
    """Write grey and opacity of a tube at the pixels of a patch: `Row.SCORE1` and `SCORE2`."""
    width, per_rim = look[TubeColumn.RIM_WIDTH], ONE / (look[TubeColumn.RIM_WIDTH] + TINY)
    sharp, inner_edge = look[TubeColumn.SHARPNESS], look[TubeColumn.INNER_EDGE]
    rim, inner, fade = look[TubeColumn.RIM_LEVEL], look[TubeColumn.LEVEL], look[TubeColumn.FADE]
    opacity, inside = look[TubeColumn.OPACITY], look[TubeColumn.INNER_OPACITY]
    core, per_core = look[TubeColumn.CORE], ONE / (look[TubeColumn.CORE_DEPTH] + TINY)
    for p in range(LANES):
        depth = -lanes[Row.SCORE + p]
        t = depth * per_rim
        hard, fading = ZERO if t < ONE else ONE, clamp01(t)
        share = lerp(fading * fading, hard, sharp)
        middle = clamp01(depth * per_core)
        level = inner + lanes[Row.SCORE3 + p] + core * middle * (TWO - middle)
        level = lerp(level, rim, inner_edge * smooth_end(depth - width, PER_INNER))
        edge = rim + fade * smooth_end(depth, PER_FADE)
        cover = lerp(opacity, inside, share) if depth >= ZERO else ZERO
        lanes[Row.SCORE1 + p], lanes[Row.SCORE2 + p] = lerp(edge, level, share), cover


@helper
def shade_band(look, lanes):
    """Add the pale band of a rim, with dark layers in it, to the grey of a tube at the pixels of a patch."""
    band, edge, inner = look[TubeColumn.BAND], look[TubeColumn.BAND_EDGE], look[TubeColumn.RIM_WIDTH]
    per_lamella = ONE / look[TubeColumn.LAMELLA]
    for p in range(LANES):
        depth = -lanes[Row.SCORE + p]
        within = clamp01((depth - edge) * PER_BAND) * clamp01((inner - edge - depth) * PER_BAND)
        wave = triangle((depth - edge) * per_lamella + HALF)
        lanes[Row.SCORE1 + p] += band * within * (ONE - LAYERS * clamp01(-wave))


@helper
def shade_surroundings(look, lanes):
    """Write grey and opacity of what surrounds a tube at the pixels beyond its surface."""
    rim, opacity = look[TubeColumn.RIM_LEVEL], look[TubeColumn.OPACITY]
    soft, per_soft = look[TubeColumn.SOFTNESS], ONE / (look[TubeColumn.SOFTNESS] + TINY)
    outer, per_outer = look[TubeColumn.OUTER_OPACITY], ONE / (look[TubeColumn.OUTER_REACH] + TINY)
    halo, per_halo = look[TubeColumn.HALO_OPACITY], ONE / (look[TubeColumn.HALO_REACH] + TINY)
    halo_level = look[TubeColumn.HALO_LEVEL]
    for p in range(LANES):
        away = lanes[Row.SCORE + p]
        out = clamp01(ONE - away * per_soft)
        near = opacity * out * out * (ONE if soft > ZERO else ZERO) + outer * smooth_end(away, per_outer)
        far = halo * smooth_end(away, per_halo) * (ONE - near)
        cover = near + far
        level = (near * rim + far * halo_level) / (cover + TINY)
        lanes[Row.SCORE1 + p] = lanes[Row.SCORE1 + p] if away <= ZERO else level
        lanes[Row.SCORE2 + p] = lanes[Row.SCORE2 + p] if away <= ZERO else cover


@helper
def write_tube(tubes, m, lanes, textures, plane, patch, corner, planes):
    """Write the pixels of a patch that a tube covers to the planes; the patch and the block begin at row and column."""
    grey, label, ids, _ = planes
    rim_code, code, limit = tubes.codes[m, 0], tubes.codes[m, 1], tubes.codes[m, 2]
    (top, left), (first_row, first_col) = patch, corner
    width, ident = tubes.looks[m, TubeColumn.RIM_WIDTH], np.int32(tubes.ids[m])
    rough = tubes.looks[m, TubeColumn.TEXTURE_SD]
    for v in range(max(0, first_row - top), min(PATCH, first_row + label.shape[0] - top)):
        row = top + v - first_row
        for u in range(max(0, first_col - left), min(PATCH, first_col + label.shape[1] - left)):
            p, col = v * PATCH + u, left + u - first_col
            score, cover = lanes[Row.SCORE + p], lanes[Row.SCORE2 + p]
            inside = score <= ZERO
            if (label[row, col] >= (limit if inside else 1)) | (cover <= ZERO):
                continue
            grey[row, col] = lerp(grey[row, col], lanes[Row.SCORE1 + p], cover)
            if rough > ZERO and score <= -width:
                grey[row, col] += rough * fine_at(textures, plane, top + v, left + u)
            mark = rim_code if score > -width else code
            if inside & (mark > 0):
                label[row, col], ids[row, col] = mark, ident


@kernel(Tubes, Grid, "f8, f4[:,:,::1], f8", Scratch, SolidTextures, Planes)
def paint_tubes(tubes, grid, z, fields, shift, scratch, textures, planes):
    """Paint the tubes that a section cuts, in their order.

    Parameters
    ----------
    tubes : Tubes
        All of them.
    grid : Grid
        Where the block lies.
    z : float
        Depth of the section in nm.
    fields : (8, h, w) float32
        Fields at the corners of patches.
    shift : float
        Farthest that the tissue is bent, in nm.
    scratch : Scratch
        Work space, with how far walls are as `synthem.kernels.solid.walls.paint_walls` leaves it.
    textures : SolidTextures
        Fine textures, of interiors.
    planes : Planes
        Changed in place.
    """
    box, side, lanes = np.empty(4, np.int64), PATCH * grid.pixel, scratch.lanes
    first_row, first_col = grid.row, grid.column
    height, width = planes.label.shape
    top_patch, left_patch = first_row // PATCH, first_col // PATCH
    last_row, last_col = (first_row + height - 1) // PATCH, (first_col + width - 1) // PATCH
    plane = int(np.floor(z * textures.per_nm))
    for m in range(tubes.ids.size):
        look = tubes.looks[m]
        if not tube_box(tubes, m, grid, z, shift, box):
            continue
        for j in range(max(box[0], top_patch), min(box[1], last_row) + 1):
            for i in range(max(box[2], left_patch), min(box[3], last_col) + 1):
                corner = z, j * side, i * side
                place_pixels(fields, j - top_patch, i - left_patch, grid.pixel, lanes)
                if not score_tube(tubes, m, corner, side, lanes):
                    continue
                patch, start = (j * PATCH, i * PATCH), (first_row, first_col)
                if look[TubeColumn.WALL] > ZERO:
                    wall, own = look[TubeColumn.WALL], planes.compartments
                    press_tube(wall, tubes.hosts[m], lanes, scratch.distances, own, patch, start)
                if (look[TubeColumn.RIDGES] > ZERO) | (look[TubeColumn.SLIT] > ZERO):
                    field_lanes(fields, Field.WIDTH, j - top_patch, i - left_patch, ZERO, ZERO, lanes, Row.WIDTH_NOISE)
                    relieve_tube(look, corner, lanes)
                else:
                    for p in range(LANES):
                        lanes[Row.SCORE3 + p] = ZERO
                shade_tube(look, lanes)
                if look[TubeColumn.BAND] != ZERO:
                    shade_band(look, lanes)
                if look[TubeColumn.BEYOND] > ZERO:
                    shade_surroundings(look, lanes)
                write_tube(tubes, m, lanes, textures, plane, patch, start, planes)
