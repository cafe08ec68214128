"""Painting of compartments and of the membranes between them."""

from __future__ import annotations

from enum import auto
from typing import Annotated, NamedTuple

import numpy as np

from synthem.kernels._jit import helper, kernel
from synthem.kernels._math import HALF, ONE, QUARTER, TINY, ZERO, clamp01, lerp
from synthem.kernels._records import Floats, Int32s
from synthem.kernels.borders import (
    BLOCKS,
    LANES,
    NODES,
    SIDE,
    Row,
    score_nodes,
    score_pixels,
    slope_nodes,
    warp_nodes,
)
from synthem.kernels.columns import Columns
from synthem.kernels.hashing import hash_unit
from synthem.kernels.partition import BLOCK, PATCH
from synthem.kernels.planes import Planes

__all__ = ["WORK_SPACE", "MembraneColumn", "Partition", "paint_membranes"]

WORK_SPACE = (2, len(Row) * LANES)
"""Shape of the work space of `paint_membranes`."""
CELLS = PATCH // 4
FARTHEST = np.float32(2.45)
"""Largest deviation of the width of a line, in standard deviations of its logarithm."""
SLANT_ALONG = np.float32(0.6)
"""Change of the share of full width along an oblique line, per unit of noise."""
SYNAPTIC = np.float32(1.45)
"""Width of lines on which a density lies, relative to that of others."""
DEFOCUS_ALONG = np.float32(0.3)
"""Along-line to between-line ratio of defocus variation."""


class MembraneColumn(Columns):
    """Appearance of membranes. Lengths are pixels, greys levels 0 to 255."""

    HALF_WIDTH = auto()
    WIDTH_SD_ALONG = auto()  # standard deviation of the logarithm of the half-width along a line
    WIDTH_SD_BETWEEN = auto()  # and from line to line
    WIDEST_HALF_WIDTH = auto()  # of oblique lines; no line is wider
    PAINTED_WITHIN = auto()  # distance from a border beyond which only compartments are filled
    ROUNDING = auto()  # of junctions
    LEVEL = auto()
    LEVEL_SD = auto()  # standard deviation of the grey along a line
    FADE = auto()  # transparency of lines at their edge
    DEFOCUS = auto()  # excess grey of the widest lines
    OBLIQUE_SHARE = auto()
    OBLIQUE_LEVEL = auto()
    OBLIQUE_SD = auto()
    OBLIQUE_FADE = auto()
    DOUBLE_SHARE = auto()
    CLEFT_HALF_WIDTH = auto()
    CLEFT_LEVEL = auto()
    EDGE_SHADOW = auto()  # opacity of the shadow beyond a line, relative to that at the edge of the line
    EDGE_SHADOW_REACH = auto()


class Partition(NamedTuple):
    """The partition of a tile into compartments."""

    capsules: Annotated[Floats, "f4[:,::1]"]  # (n, 6), see `CapsuleColumn`, sorted by compartment
    spans: Annotated[Int32s, "i4[:,:,::1]"]  # of `find_candidates`: which capsules decide each patch
    items: Annotated[Int32s, "i4[::1]"]
    warp: Annotated[Floats, "f4[:,:,::1]"]  # of `synthem.kernels.warp.warp_field`
    facing: Annotated[Int32s, "i4[::1]"]  # for each compartment another one, or 0: the line between them is synaptic


@helper
def noise_block(bank, key, j, i, row):
    """Write smooth noise for the pixels of a block: the bank stretched four times, shifted by the key.

    They are in the order of `score_pixels`.
    """
    wrap = bank.shape[0] - 1
    at = 2 * i + (key >> 12)
    left, middle, right = at & wrap, (at + 1) & wrap, (at + 2) & wrap
    for v in range(BLOCK):
        y, fy = 2 * j + v // SIDE + key, np.float32(v % SIDE) * QUARTER
        above, below = bank[y & wrap], bank[(y + 1) & wrap]
        a, b, c = above[left], above[middle], above[right]
        da, db, dc = fy * (below[left] - a), fy * (below[middle] - b), fy * (below[right] - c)
        first, second = a + da, b + db
        rise, next_rise = QUARTER * (b + db - a - da), QUARTER * (c + dc - b - db)
        for phase in range(2):
            out = row[(v % 2 * 2 + phase) * NODES + v // 2 * SIDE :]
            for u in range(SIDE):
                x = np.float32(2 * (u % 2) + phase)
                out[u] = first + x * rise if u < SIDE // 2 else second + x * next_rise


@helper
def line_character(key, c1, c2, facing, membrane):
    """Return the usual half-width and the kind of a whole line.

    Kinds: 0 plain, 1 oblique, more than 1 double; the excess over 1 is a factor of the width of the cleft.
    """
    low, high = int(min(c1, c2)), int(max(c1, c2))
    vary = hash_unit(key + 1, low, high) + hash_unit(key + 2, low, high) - ONE
    draw, double = hash_unit(key, low, high), membrane[MembraneColumn.DOUBLE_SHARE]
    half = membrane[MembraneColumn.HALF_WIDTH] * np.exp(membrane[MembraneColumn.WIDTH_SD_BETWEEN] * FARTHEST * vary)
    if facing[low] == high:
        return SYNAPTIC * half, ZERO
    if draw < membrane[MembraneColumn.OBLIQUE_SHARE]:
        return half, ONE
    gap = (draw - ONE + double) / (double + np.float32(1e-9))  # 0 to 1 where the line is double
    return half, np.float32(1.5) + gap if gap > 0 else ZERO


@helper
def any_marked(marks):
    """Tell whether any of the first `NODES` numbers is more than 0."""
    found = False
    for p in range(NODES):
        found |= marks[p] > 0
    return found


@helper
def find_lines(lanes, key, facing, membrane):
    """Write `Row.KIND` and `HALF_WIDTH` of the line beside each pixel or node whose `Row.LINE_DUE` is 1."""
    known1, known2 = np.float32(-1.0), np.float32(-1.0)
    usual, kind = membrane[MembraneColumn.HALF_WIDTH], ZERO
    for start in range(0, LANES, NODES):
        if not any_marked(lanes[Row.LINE_DUE + start :]):  # most are not: look at them side by side
            continue
        for p in range(start, start + NODES):
            if lanes[Row.LINE_DUE + p] > 0:
                c1, c2 = lanes[Row.OWNER1 + p], lanes[Row.OWNER2 + p]
                if c1 + c2 != known1 + known2 or abs(c1 - c2) != abs(known1 - known2):
                    usual, kind = line_character(key, c1, c2, facing, membrane)
                    known1, known2 = c1, c2
                lanes[Row.KIND + p], lanes[Row.HALF_WIDTH + p] = kind, usual


@helper
def widest_lines(bank, key, top, left, membrane, lanes):
    """Write `Row.REACHED`: whether a membrane may reach the pixels of each node of a patch.

    The noise that widens lines is linear between values of the bank: a membrane is widest at the largest of them.
    """
    along, wrap, noise = membrane[MembraneColumn.WIDTH_SD_ALONG], bank.shape[0] - 1, -ONE
    for v in range(CELLS + 1):
        for u in range(CELLS + 1):
            noise = max(noise, bank[(CELLS * top + v + key) & wrap, (CELLS * left + u + (key >> 12)) & wrap])
    wider = ONE + along * noise * (ONE + HALF * along * noise)
    aslant = HALF + SLANT_ALONG * noise > ZERO
    cleft = membrane[MembraneColumn.CLEFT_HALF_WIDTH] * (ONE + HALF * noise)
    widest, reach = membrane[MembraneColumn.WIDEST_HALF_WIDTH], membrane[MembraneColumn.EDGE_SHADOW_REACH]
    for p in range(LANES):
        kind, half = lanes[Row.KIND + p], lanes[Row.HALF_WIDTH + p] * wider
        half += (kind - ONE) * cleft if kind > ONE else ZERO
        unknown = lanes[Row.LINE_DUE + p] > ONE  # some pixel may lie beside another line
        half = widest if ((kind == ONE) & aslant) | (half > widest) | unknown else half
        half += reach
        lanes[Row.REACHED + p] = ONE if (lanes[Row.LINE_DUE + p] > ZERO) & (lanes[Row.DISTANCE + p] < half) else ZERO


@helper
def crossed_block(lanes):
    """Tell whether a membrane or a border may run through a block of a patch."""
    crossed = False
    for p in range(NODES):
        crossed |= (lanes[Row.REACHED + p] > 0) | (lanes[Row.OWNER1 + p] != lanes[Row.OWNER1 + 0])
    return crossed


@helper
def paint_lines(lanes, membrane):
    """Write the paint of each pixel of a block: `Row.GREY` and `OPACITY`.

    `Row.OWNER1` becomes negative where the membrane is. Wide lines are out of focus: paler. Beyond a line an edge
    shadow fades out.
    """
    usual, along = membrane[MembraneColumn.HALF_WIDTH], membrane[MembraneColumn.WIDTH_SD_ALONG]
    line_level, line_sd = membrane[MembraneColumn.LEVEL], membrane[MembraneColumn.LEVEL_SD]
    line_fade, paler = membrane[MembraneColumn.FADE], membrane[MembraneColumn.DEFOCUS]
    oblique_level, oblique_sd = membrane[MembraneColumn.OBLIQUE_LEVEL], membrane[MembraneColumn.OBLIQUE_SD]
    oblique_fade, widest = membrane[MembraneColumn.OBLIQUE_FADE], membrane[MembraneColumn.WIDEST_HALF_WIDTH]
    cleft_half, cleft_level = membrane[MembraneColumn.CLEFT_HALF_WIDTH], membrane[MembraneColumn.CLEFT_LEVEL]
    shadow, per_reach = membrane[MembraneColumn.EDGE_SHADOW], ONE / (membrane[MembraneColumn.EDGE_SHADOW_REACH] + TINY)
    per_width = HALF / (FARTHEST * usual * membrane[MembraneColumn.WIDTH_SD_BETWEEN] + TINY)
    for p in range(LANES):
        d, kind, owner = lanes[Row.DISTANCE + p], lanes[Row.KIND + p], lanes[Row.OWNER1 + p]
        noise, grey_noise, half = lanes[Row.WIDTH_NOISE + p], lanes[Row.GREY_NOISE + p], lanes[Row.HALF_WIDTH + p]
        defocus = clamp01(HALF + per_width * (half - usual) + DEFOCUS_ALONG * noise)
        half *= ONE + along * noise * (ONE + HALF * along * noise)  # nearly exp
        broad = clamp01(HALF + SLANT_ALONG * noise) if kind == ONE else ZERO
        cleft = cleft_half * (kind - ONE) * (ONE + HALF * noise)
        cleft = cleft if (kind > ONE) & (cleft > ZERO) else ZERO
        half += broad * (widest - half) + cleft
        half = half if half < widest else widest
        oblique = oblique_level + oblique_sd * grey_noise
        level = line_level + line_sd * grey_noise + defocus * paler
        level = lerp(level, oblique, broad)
        level = cleft_level if abs(d) < cleft else level
        level = lerp(level, oblique, clamp01(-HALF * d))  # within a junction membranes lie aslant
        fade = lerp(line_fade, oblique_fade, broad)
        across = (d if d > ZERO else ZERO) / half  # darkest in the middle
        beyond = clamp01(ONE - (d - half) * per_reach)
        inside, outside = ONE - fade * across * across, shadow * (ONE - fade) * beyond * beyond
        lanes[Row.GREY + p], lanes[Row.OWNER1 + p] = level, -owner if d < half else owner
        lanes[Row.OPACITY + p] = outside if d >= half else inside


@helper
def fill_block(owner, j, i, compartments):
    """Give those pixels of a block that have no compartment yet to one."""
    for row in range(j * BLOCK, min((j + 1) * BLOCK, compartments.shape[0])):
        line = compartments[row, i * BLOCK : min((i + 1) * BLOCK, compartments.shape[1])]
        for col in range(line.size):
            line[col] = owner if line[col] == 0 else line[col]


@helper
def paint_block(j, i, lanes, code, compartments, grey, label):
    """Give the pixels of a block to their compartments, and paint the membranes.

    Pixels that have a compartment already stay as they are.
    """
    top, left = j * BLOCK, i * BLOCK
    rows, cols = min(BLOCK, label.shape[0] - top), min(BLOCK, label.shape[1] - left)
    for v in range(rows):
        mine = lanes[v % 2 * 2 * NODES + v // 2 * SIDE :]
        owners, greys = compartments[top + v, left : left + cols], grey[top + v, left : left + cols]
        codes = label[top + v, left : left + cols]
        for u in range(cols):
            p = u % 2 * NODES + u // 2
            owner, old, code_before, grey_before = mine[Row.OWNER1 + p], owners[u], codes[u], greys[u]
            free = old == 0
            painted = lerp(grey_before, mine[Row.GREY + p], mine[Row.OPACITY + p])
            owners[u] = np.int32(abs(owner)) if free else old
            codes[u] = code if free & (owner < 0) & (code_before == 0) else code_before
            greys[u] = painted if free & (code_before == 0) else grey_before


@kernel(Partition, "f4[::1], i8, i8, Array(f4, 2, 'C', readonly=True), f4[:,::1]", Planes)
def paint_membranes(partition, membrane, code, key, bank, lanes, planes):
    """Fill the compartments and paint the membranes.

    Parameters
    ----------
    partition : Partition
        The compartments. Lines between those that face each other are broad and plain.
    membrane : (19,) float32
        See `MembraneColumn`.
    code : int
        Label code of membranes.
    key : int
        Key of the noise and of the properties of single lines.
    bank : (b, w) float32
        Periodic smooth texture, unit standard deviation; b is a power of two.
    lanes : WORK_SPACE float32
        Scratch: see `synthem.kernels.borders.Row`.
    planes : Planes
        Grey and label are changed where a membrane runs. Pixels of barriers have their compartments already and stay;
        others are filled.
    """
    capsules, spans, items, warp, facing = partition
    compartments, grey, label = planes.compartments, planes.grey, planes.label
    nodes, pixels = lanes[0], lanes[1]
    rounding, widest = membrane[MembraneColumn.ROUNDING], membrane[MembraneColumn.PAINTED_WITHIN]
    for patch_j in range(spans.shape[0]):
        for patch_i in range(spans.shape[1]):
            warp_nodes(warp, 2 * patch_j, 2 * patch_i, nodes)
            first, last = np.int64(spans[patch_j, patch_i, 0]), np.int64(spans[patch_j, patch_i, 1])
            score_nodes(capsules, items, first, last, nodes)
            slope_nodes(nodes, rounding, widest)
            find_lines(nodes, key, facing, membrane)
            widest_lines(bank, key, patch_j, patch_i, membrane, nodes)
            for block in range(BLOCKS):
                j, i = 2 * patch_j + block // 2, 2 * patch_i + block % 2
                if j * BLOCK >= label.shape[0] or i * BLOCK >= label.shape[1]:
                    continue
                if not crossed_block(nodes[block * NODES :]):
                    fill_block(np.int32(nodes[Row.OWNER1 + block * NODES]), j, i, compartments)
                    continue
                score_pixels(nodes[block * NODES :], rounding, widest, pixels)
                find_lines(pixels, key, facing, membrane)
                noise_block(bank, key, j, i, pixels[Row.WIDTH_NOISE + 0 :])
                noise_block(bank, key + 40_503, j, i, pixels[Row.GREY_NOISE + 0 :])
                paint_lines(pixels, membrane)
                paint_block(j, i, pixels, code, compartments, grey, label)
