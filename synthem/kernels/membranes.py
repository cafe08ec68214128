"""Painting of compartments and of the membranes between them."""

from __future__ import annotations

import numpy as np

from synthem.kernels._jit import helper, kernel
from synthem.kernels.borders import (
    BLOCKS,
    LANE_ROWS,
    LANES,
    NODES,
    SIDE,
    score_nodes,
    score_pixels,
    slope_nodes,
    warp_nodes,
)
from synthem.kernels.hashing import hash_unit
from synthem.kernels.partition import BLOCK, PATCH

__all__ = ["LANE_ROWS", "paint_membranes"]

CELLS = PATCH // 4
FARTHEST = np.float32(2.45)
"""How many standard deviations the width of a line may be off."""
SLANT_ALONG = np.float32(0.6)
"""How much the share of an oblique line that is as wide as can be varies along it, per unit of noise."""
SYNAPTIC = np.float32(1.45)
"""How much wider than others the lines are on which a density lies."""
HAZE_ALONG = np.float32(0.3)
"""How much the haze varies along a line, of what it varies between lines."""


@helper
def noise_block(bank, key, j, i, row):
    """Write smooth noise for the pixels of a block: the bank stretched four times, shifted by the key.

    They are in the order of `score_pixels`.
    """
    wrap, quarter = bank.shape[0] - 1, np.float32(0.25)
    at = 2 * i + (key >> 12)
    left, middle, right = at & wrap, (at + 1) & wrap, (at + 2) & wrap
    for v in range(BLOCK):
        y, fy = 2 * j + v // SIDE + key, np.float32(v % SIDE) * quarter
        above, below = bank[y & wrap], bank[(y + 1) & wrap]
        a, b, c = above[left], above[middle], above[right]
        da, db, dc = fy * (below[left] - a), fy * (below[middle] - b), fy * (below[right] - c)
        first, second = a + da, b + db
        one, two = quarter * (b + db - a - da), quarter * (c + dc - b - db)
        for phase in range(2):
            out = row[(v % 2 * 2 + phase) * NODES + v // 2 * SIDE :]
            for u in range(SIDE):
                x = np.float32(2 * (u % 2) + phase)
                out[u] = first + x * one if u < SIDE // 2 else second + x * two


@helper
def line_character(key, c1, c2, facing, look):
    """Return what belongs to a whole line: its usual half-width, and its kind.

    The kind is 0; or 1, oblique; or more, double: by how much more is a factor of the width of its cleft.
    """
    low, high = int(min(c1, c2)), int(max(c1, c2))
    vary = hash_unit(key + 1, low, high) + hash_unit(key + 2, low, high) - np.float32(1.0)
    draw, one = hash_unit(key, low, high), np.float32(1.0)
    half = look[0] * np.exp(look[2] * FARTHEST * vary)
    if facing[low] == high:
        return SYNAPTIC * half, np.float32(0.0)
    if draw < look[3]:
        return half, one
    gap = (draw - one + look[6]) / (look[6] + np.float32(1e-9))  # 0 to 1 where the line is double
    return half, np.float32(1.5) + gap if gap > 0 else np.float32(0.0)


@helper
def any_marked(marks):
    """Tell whether any of the first `NODES` numbers is more than 0."""
    found = False
    for p in range(NODES):
        found |= marks[p] > 0
    return found


@helper
def find_lines(lanes, key, facing, look):
    """Write what belongs to the line beside each pixel or node of which row 11 says so: kind and half-width.

    They go to rows 6 and 7.
    """
    known1, known2 = np.float32(-1.0), np.float32(-1.0)
    usual, kind = look[0], np.float32(0.0)
    for start in range(0, LANES, NODES):
        if not any_marked(lanes[11 * LANES + start :]):  # most are not: look at them side by side
            continue
        for p in range(start, start + NODES):
            if lanes[11 * LANES + p] > 0:
                c1, c2 = lanes[8 * LANES + p], lanes[10 * LANES + p]
                if c1 + c2 != known1 + known2 or abs(c1 - c2) != abs(known1 - known2):
                    usual, kind = line_character(key, c1, c2, facing, look)
                    known1, known2 = c1, c2
                lanes[6 * LANES + p], lanes[7 * LANES + p] = kind, usual


@helper
def widest_lines(bank, key, top, left, look, lanes):
    """Write into row 5 whether a membrane may reach the pixels of each node of a patch: 1 if so, else 0.

    The noise that widens lines is linear between values of the bank, so that no membrane is wider than with the
    largest of them.
    """
    zero, half_of, one, wrap = np.float32(0.0), np.float32(0.5), np.float32(1.0), bank.shape[0] - 1
    noise = -one
    for v in range(CELLS + 1):
        for u in range(CELLS + 1):
            noise = max(noise, bank[(CELLS * top + v + key) & wrap, (CELLS * left + u + (key >> 12)) & wrap])
    wider = one + look[1] * noise * (one + half_of * look[1] * noise)
    aslant, cleft = half_of + SLANT_ALONG * noise > zero, look[7] * (one + half_of * noise)
    widest, reach = look[14], look[18]
    for p in range(LANES):
        kind, half = lanes[6 * LANES + p], lanes[7 * LANES + p] * wider
        half += (kind - one) * cleft if kind > one else zero
        half = widest if ((kind == one) & aslant) | (half > widest) else half
        half += reach
        lanes[5 * LANES + p] = one if (lanes[11 * LANES + p] > zero) & (lanes[9 * LANES + p] < half) else zero


@helper
def crossed_block(lanes):
    """Tell whether a membrane or a border may run through a block of a patch."""
    crossed = False
    for p in range(NODES):
        crossed |= (lanes[5 * LANES + p] > 0) | (lanes[8 * LANES + p] != lanes[8 * LANES])
    return crossed


@helper
def unit(value):
    """Return a number no less than 0 and no more than 1."""
    value = value if value > np.float32(0.0) else np.float32(0.0)
    return value if value < np.float32(1.0) else np.float32(1.0)


@helper
def shade_lines(lanes, look):
    """Write what is painted at each pixel of a block: grey to row 12, opacity to row 4.

    The compartment, row 8, becomes negative where the membrane is. Wide lines are hazy: paler. Beyond a line a shade
    fades out.
    """
    zero, half_of, one, tiny = np.float32(0.0), np.float32(0.5), np.float32(1.0), np.float32(1e-6)
    usual, along, aslant_level, aslant_sd, aslant_half = look[0], look[1], look[5], look[13], look[14]
    gap, gap_level, line_level, line_sd, haze = look[7], look[8], look[9], look[10], look[15]
    line_fade, aslant_fade, beyond_edge, per_reach = look[12], look[16], look[17], one / (look[18] + tiny)
    per_width = half_of / (FARTHEST * usual * look[2] + tiny)
    for p in range(LANES):
        d, noise, shade, kind = lanes[9 * LANES + p], lanes[2 * LANES + p], lanes[5 * LANES + p], lanes[6 * LANES + p]
        half, owner = lanes[7 * LANES + p], lanes[8 * LANES + p]
        hazy = unit(half_of + per_width * (half - usual) + HAZE_ALONG * noise)
        half *= one + along * noise * (one + half_of * along * noise)  # nearly exp
        broad = unit(half_of + SLANT_ALONG * noise) if kind == one else zero
        cleft = gap * (kind - one) * (one + half_of * noise)
        cleft = cleft if (kind > one) & (cleft > zero) else zero
        half += broad * (aslant_half - half) + cleft
        half = half if half < aslant_half else aslant_half
        aslant = aslant_level + aslant_sd * shade
        level = line_level + line_sd * shade + hazy * haze
        level += broad * (aslant - level)
        level = gap_level if abs(d) < cleft else level
        level += unit(-half_of * d) * (aslant - level)  # within a junction membranes lie aslant
        fade = line_fade + broad * (aslant_fade - line_fade)
        across = (d if d > zero else zero) / half  # darkest in the middle
        beyond = unit(one - (d - half) * per_reach)
        inside, outside = one - fade * across * across, beyond_edge * (one - fade) * beyond * beyond
        lanes[12 * LANES + p], lanes[8 * LANES + p] = level, -owner if d < half else owner
        lanes[4 * LANES + p] = outside if d >= half else inside


@helper
def fill_block(owner, j, i, compartments):
    """Give the pixels of a block that are nobody's to one compartment."""
    for row in range(j * BLOCK, min((j + 1) * BLOCK, compartments.shape[0])):
        line = compartments[row, i * BLOCK : min((i + 1) * BLOCK, compartments.shape[1])]
        for col in range(line.size):
            line[col] = owner if line[col] == 0 else line[col]


@helper
def paint_block(j, i, lanes, code, compartments, grey, label):
    """Give the pixels of a block to their compartments, and paint the membranes.

    Pixels that belong to somebody already stay as they are.
    """
    top, left = j * BLOCK, i * BLOCK
    rows, cols = min(BLOCK, label.shape[0] - top), min(BLOCK, label.shape[1] - left)
    for v in range(rows):
        mine = lanes[v % 2 * 2 * NODES + v // 2 * SIDE :]
        owners, greys = compartments[top + v, left : left + cols], grey[top + v, left : left + cols]
        codes = label[top + v, left : left + cols]
        for u in range(cols):
            p = u % 2 * NODES + u // 2
            owner, old, code_before, grey_before = mine[8 * LANES + p], owners[u], codes[u], greys[u]
            free = old == 0
            painted = grey_before + mine[4 * LANES + p] * (mine[12 * LANES + p] - grey_before)
            owners[u] = np.int32(abs(owner)) if free else old
            codes[u] = code if free & (owner < 0) & (code_before == 0) else code_before
            greys[u] = painted if free & (code_before == 0) else grey_before


@kernel(
    "f4[:,::1], i4[:,:,::1], i4[::1], i4[::1], i8, f4[:,:,::1], Array(f4, 2, 'C', readonly=True), f4[::1], i8, "
    "f4[:,::1], i4[:,::1], f4[:,::1], u1[:,::1]"
)
def paint_membranes(capsules, spans, items, facing, key, warp, bank, look, code, lanes, compartments, grey, label):
    """Fill the compartments and paint the membranes.

    Parameters
    ----------
    capsules : (n, 6) float32
        Capsules, sorted by their compartment number, which is in the last column.
    spans, items : (h, w, 2), (m,) int32
        Result of `find_candidates`: the capsules that decide each patch.
    facing : (c,) int32
        For each compartment number another one: the line between them is synaptic, broader than others and neither
        oblique nor double. 0 is none.
    key : int
        Key of the noise and of the properties of single lines.
    warp : (3, h, w) float32
        Result of `warp_field`.
    bank : (b, w) float32
        Periodic smooth texture, unit standard deviation; b is a power of two.
    look : (19,) float32
        0 half-width, 1 sd of its logarithm along a line, 2 from line to line, 3 share of oblique lines,
        4 distance from a border up to which anything is painted, 5 grey of oblique lines, 6 share of double lines,
        7 half-width of the cleft, 8 its grey, 9 grey of lines, 10 its sd along a line, 11 rounding of junctions,
        12 how transparent lines are at their edge, 13 sd of the grey where lines are oblique, 14 half-width of oblique
        lines (no line is wider), 15 how much paler the widest lines are, 16 how transparent oblique lines are at their
        edge, 17 opacity of the shade beyond a line, of that at its edge, 18 how far the shade reaches.
    code : int
        Label code of membranes.
    lanes : (2, LANE_ROWS * 64) float32
        Scratch.
    compartments : (H, W) int32
        Pixels that are not 0 already belong to somebody (barriers) and stay; the rest is filled.
    grey : (H, W) float32
    label : (H, W) uint8
        Changed in place where a membrane runs.
    """
    nodes, pixels = lanes[0], lanes[1]
    for patch_j in range(spans.shape[0]):
        for patch_i in range(spans.shape[1]):
            warp_nodes(warp, 2 * patch_j, 2 * patch_i, nodes)
            first, last = np.int64(spans[patch_j, patch_i, 0]), np.int64(spans[patch_j, patch_i, 1])
            score_nodes(capsules, items, first, last, nodes)
            slope_nodes(nodes, look[11], look[4])
            find_lines(nodes, key, facing, look)
            widest_lines(bank, key, patch_j, patch_i, look, nodes)
            for block in range(BLOCKS):
                j, i = 2 * patch_j + block // 2, 2 * patch_i + block % 2
                if j * BLOCK >= label.shape[0] or i * BLOCK >= label.shape[1]:
                    continue
                if not crossed_block(nodes[block * NODES :]):
                    fill_block(np.int32(nodes[8 * LANES + block * NODES]), j, i, compartments)
                    continue
                score_pixels(nodes[block * NODES :], look[11], look[4], pixels)
                find_lines(pixels, key, facing, look)
                for layer in range(2):
                    noise_block(bank, key + 40_503 * layer, j, i, pixels[(2 + 3 * layer) * LANES :])
                shade_lines(pixels, look)
                paint_block(j, i, pixels, code, compartments, grey, label)
