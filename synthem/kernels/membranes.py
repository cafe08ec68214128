"""Painting of compartments and of the membranes between them.

The distance to a border is ``(s2 - s1) / |grad s2 - grad s1|`` with the signed distances s1 and s2 from the two
nearest compartments: exact to first order. It is less near a third compartment, which rounds junctions.
"""

from __future__ import annotations

import numpy as np

from synthem.kernels._jit import helper, kernel
from synthem.kernels.hashing import hash_unit
from synthem.kernels.partition import BLOCK

__all__ = ["LANE_ROWS", "paint_membranes"]

LANES = BLOCK * BLOCK
LANE_ROWS = 16
FAR = np.float32(1e6)


@helper
def warp_block(warp, j, i, lanes):
    """Write the warped positions of a block's pixels into rows 0 and 1 of `lanes`."""
    step = np.float32(1.0 / BLOCK)
    for axis in range(2):
        n0, n1, n2, n3 = warp[axis, j, i], warp[axis, j, i + 1], warp[axis, j + 1, i], warp[axis, j + 1, i + 1]
        down, across = np.float32(1 - axis), np.float32(axis)
        base = np.float32((i if axis else j) * BLOCK)
        for v in range(BLOCK):
            fy = np.float32(v)
            start = base + down * fy + n0 + fy * step * (n2 - n0)
            slope = across + step * (n1 + fy * step * (n3 - n1) - n0 - fy * step * (n2 - n0))
            for u in range(BLOCK):
                lanes[axis * LANES + v * BLOCK + u] = start + np.float32(u) * slope


@helper
def score_group(capsules, items, first, stop, lanes):
    """Score one compartment at every pixel of a block.

    `lanes` is one flat array of rows of `LANES` numbers, so that the compiler sees that the rows do not
    overlap and uses vector instructions. Rows: 0 y, 1 x, 2 signed distance, 3 and 4 offset from the nearest
    point of the nearest axis, 5 length of that offset.
    """
    one, zero, tiny = np.float32(1.0), np.float32(0.0), np.float32(1e-6)
    for m in range(first, stop):
        k = items[m]
        y0, x0, radius = capsules[k, 0], capsules[k, 1], capsules[k, 4]
        dy, dx = capsules[k, 2] - y0, capsules[k, 3] - x0
        scale, fresh = one / (dy * dy + dx * dx + tiny), m == first
        for p in range(LANES):
            ry, rx = lanes[p] - y0, lanes[LANES + p] - x0
            t = (ry * dy + rx * dx) * scale
            t = t if t > zero else zero
            t = t if t < one else one
            ry -= t * dy
            rx -= t * dx
            d = np.sqrt(ry * ry + rx * rx)
            less = (d - radius < lanes[2 * LANES + p]) | fresh
            lanes[2 * LANES + p] = d - radius if less else lanes[2 * LANES + p]
            lanes[3 * LANES + p] = ry if less else lanes[3 * LANES + p]
            lanes[4 * LANES + p] = rx if less else lanes[4 * LANES + p]
            lanes[5 * LANES + p] = d if less else lanes[5 * LANES + p]


@helper
def score_block(capsules, items, first, last, lanes):
    """Find the three nearest compartments of every pixel of a block.

    Rows of `lanes` written: 6-8 the three lowest scores, 9 and 10 the compartments of the lowest two,
    11 and 12 the gradient of the lowest, 13 and 14 that of the second.
    """
    one, tiny = np.float32(1.0), np.float32(1e-6)
    for p in range(LANES):
        lanes[6 * LANES + p] = FAR
        lanes[7 * LANES + p] = FAR
        lanes[8 * LANES + p] = FAR
        for row in (9, 11, 12):  # they become those of the second where there is no second
            lanes[row * LANES + p] = np.float32(0.0)
    n = first
    while n < last:
        owner = capsules[items[n], 5]
        stop = n + 1
        while stop < last and capsules[items[stop], 5] == owner:
            stop += 1
        score_group(capsules, items, n, stop, lanes)
        n = stop
        for p in range(LANES):
            inverse = one / (lanes[5 * LANES + p] + tiny)
            s, gy, gx = lanes[2 * LANES + p], lanes[3 * LANES + p] * inverse, lanes[4 * LANES + p] * inverse
            s1, s2, s3 = lanes[6 * LANES + p], lanes[7 * LANES + p], lanes[8 * LANES + p]
            c1, gy1, gx1 = lanes[9 * LANES + p], lanes[11 * LANES + p], lanes[12 * LANES + p]
            c2, gy2, gx2 = lanes[10 * LANES + p], lanes[13 * LANES + p], lanes[14 * LANES + p]
            best, second = s < s1, s < s2
            third = s if s < s3 else s3
            low2, own2 = s if second else s2, owner if second else c2
            gy2, gx2 = gy if second else gy2, gx if second else gx2
            lanes[8 * LANES + p] = s2 if second else third
            lanes[7 * LANES + p] = s1 if best else low2
            lanes[10 * LANES + p] = c1 if best else own2
            lanes[13 * LANES + p] = gy1 if best else gy2
            lanes[14 * LANES + p] = gx1 if best else gx2
            lanes[6 * LANES + p] = s if best else s1
            lanes[9 * LANES + p] = owner if best else c1
            lanes[11 * LANES + p] = gy if best else gy1
            lanes[12 * LANES + p] = gx if best else gx1


@helper
def border_distances(lanes, rounding, widest):
    """Write the distance of every pixel from the nearest border into row 15 of `lanes`; tell if any is near."""
    near_border = False
    half, one, two, zero = np.float32(0.5), np.float32(1.0), np.float32(2.0), np.float32(0.0)
    steep, depth = one / (rounding + np.float32(1e-6)), np.float32(0.25) * rounding
    for p in range(LANES):
        s1, s2 = lanes[6 * LANES + p], lanes[7 * LANES + p]
        cos = lanes[11 * LANES + p] * lanes[13 * LANES + p] + lanes[12 * LANES + p] * lanes[14 * LANES + p]
        slope2 = two - two * cos
        slope2 = slope2 if slope2 > np.float32(0.16) else np.float32(0.16)
        d = (s2 - s1) / np.sqrt(slope2)
        near, far = one - (lanes[8 * LANES + p] - s2) * steep, one - half * d * steep
        near, far = near if near > zero else zero, far if far > zero else zero
        d -= depth * near * near * far
        lanes[15 * LANES + p] = d
        near_border |= d <= widest
    return near_border


@helper
def noise_block(bank, key, j, i, row, lanes):
    """Write smooth noise for a block into a row of `lanes`: the bank stretched four times, shifted by the key."""
    wrap, quarter, half = bank.shape[0] - 1, np.float32(0.25), BLOCK // 2
    for cell in range(4):
        down, right = cell // 2, cell % 2
        y, x = (2 * j + down + key) & wrap, (2 * i + right + (key >> 12)) & wrap
        y1, x1 = (y + 1) & wrap, (x + 1) & wrap
        a, b, c, d = bank[y, x], bank[y, x1], bank[y1, x], bank[y1, x1]
        for v in range(half):
            fy = np.float32(v) * quarter
            start, slope = a + fy * (c - a), quarter * (b + fy * (d - b) - a - fy * (c - a))
            first = row * LANES + (down * half + v) * BLOCK + right * half
            for u in range(half):
                lanes[first + u] = start + np.float32(u) * slope


@helper
def line_character(key, c1, c2, look):
    """Return what belongs to a whole line: its usual half-width, and its kind.

    The kind is 0; or 1, oblique; or more, double: by how much more is a factor of the width of its cleft.
    """
    low, high = int(min(c1, c2)), int(max(c1, c2))
    vary = hash_unit(key + 1, low, high) + hash_unit(key + 2, low, high) - np.float32(1.0)
    draw, one = hash_unit(key, low, high), np.float32(1.0)
    half = look[0] * np.exp(look[2] * np.float32(2.45) * vary)
    if draw < look[3]:
        return half, one
    gap = (draw - one + look[6]) / (look[6] + np.float32(1e-9))  # 0 to 1 where the line is double
    return half, np.float32(1.5) + gap if gap > 0 else np.float32(0.0)


@helper
def find_lines(lanes, key, look):
    """Write what belongs to the line beside each pixel: half-width into row 3, kind into row 4."""
    known1, known2 = np.float32(-1.0), np.float32(-1.0)
    usual, kind = look[0], np.float32(0.0)
    for p in range(LANES):
        c1, c2 = lanes[9 * LANES + p], lanes[10 * LANES + p]
        near = lanes[15 * LANES + p] <= look[4]
        if near and (c1 + c2 != known1 + known2 or abs(c1 - c2) != abs(known1 - known2)):
            usual, kind = line_character(key, c1, c2, look)
            known1, known2 = c1, c2
        lanes[3 * LANES + p], lanes[4 * LANES + p] = usual, kind


@helper
def shade_lines(lanes, look):
    """Write the half-width of membranes at each pixel into row 3, and their grey into row 4."""
    zero, half_of, one = np.float32(0.0), np.float32(0.5), np.float32(1.0)
    for p in range(LANES):
        d, noise, shade, kind = lanes[15 * LANES + p], lanes[2 * LANES + p], lanes[5 * LANES + p], lanes[4 * LANES + p]
        half = lanes[3 * LANES + p] * (one + look[1] * noise * (one + half_of * look[1] * noise))  # nearly exp
        broad = half_of + noise
        broad = broad if broad > zero else zero
        broad = broad if broad < one else one
        broad = broad if kind == one else zero
        cleft = look[7] * (kind - one) * (one + half_of * noise)
        cleft = cleft if (kind > one) & (cleft > zero) else zero
        half += broad * (look[4] - half) + cleft
        half = half if half < look[4] else look[4]
        aslant = look[5] + look[13] * shade
        level = look[9] + look[10] * shade
        level += broad * (aslant - level)
        level = look[8] if abs(d) < cleft else level
        within = -half_of * d  # within a junction membranes lie aslant
        within = within if within > zero else zero
        level += (within if within < one else one) * (aslant - level)
        across = (d if d > zero else zero) / half  # darkest in the middle
        lanes[3 * LANES + p] = half
        lanes[4 * LANES + p] = level + look[12] * across * across


@helper
def own_block(top, left, lanes, compartments):
    """Give the pixels of a scored block to their compartments; return how many rows and columns the block has.

    Where a pixel belongs to somebody already its distance from borders becomes large.
    """
    rows, cols = min(BLOCK, compartments.shape[0] - top), min(BLOCK, compartments.shape[1] - left)
    for v in range(rows):
        line = compartments[top + v, left : left + cols]
        for u in range(cols):
            taken = line[u] != 0
            line[u] = line[u] if taken else np.int32(lanes[9 * LANES + v * BLOCK + u])
            lanes[15 * LANES + v * BLOCK + u] = FAR if taken else lanes[15 * LANES + v * BLOCK + u]
    return rows, cols


@helper
def paint_block(top, left, rows, cols, lanes, code, grey, label):
    """Paint the membranes of one block."""
    for v in range(rows):
        codes, greys = label[top + v, left : left + cols], grey[top + v, left : left + cols]
        for u in range(cols):
            p = v * BLOCK + u
            marked = (lanes[15 * LANES + p] < lanes[3 * LANES + p]) & (codes[u] == 0)
            codes[u] = code if marked else codes[u]
            greys[u] = lanes[4 * LANES + p] if marked else greys[u]


@kernel(
    "f4[:,::1], i4[:,:,::1], i4[::1], i8, f4[:,:,::1], Array(f4, 2, 'C', readonly=True), f4[::1], i8, "
    "f4[::1], i4[:,::1], f4[:,::1], u1[:,::1]"
)
def paint_membranes(capsules, spans, items, key, warp, bank, look, code, lanes, compartments, grey, label):
    """Fill the compartments and paint the membranes.

    Parameters
    ----------
    capsules : (n, 6) float32
        Capsules, sorted by their compartment number, which is in the last column.
    spans, items : (h, w, 2), (m,) int32
        Result of `find_candidates`.
    key : int
        Key of the noise and of the properties of single lines.
    warp : (3, h, w) float32
        Result of `warp_field`.
    bank : (b, w) float32
        Periodic smooth texture, unit standard deviation; b is a power of two.
    look : (14,) float32
        0 half-width, 1 sd of its logarithm along a line, 2 from line to line, 3 share of oblique lines,
        4 their half-width (no line is wider), 5 their grey, 6 share of double lines, 7 half-width of the cleft,
        8 its grey, 9 grey of lines, 10 its sd along a line, 11 rounding of junctions, 12 how much paler lines are
        at their edge, 13 sd of the grey where lines are oblique.
    code : int
        Label code of membranes.
    lanes : (LANE_ROWS * 64,) float32
        Scratch.
    compartments : (H, W) int32
        Pixels that are not 0 already belong to somebody (barriers) and stay; the rest is filled.
    grey : (H, W) float32
    label : (H, W) uint8
        Changed in place where a membrane runs.
    """
    height, width = label.shape
    for j in range(spans.shape[0]):
        for i in range(spans.shape[1]):
            first, last = np.int64(spans[j, i, 0]), np.int64(spans[j, i, 1])
            if last - first > 1:
                warp_block(warp, j, i, lanes)
                score_block(capsules, items, first, last, lanes)
                near_border = border_distances(lanes, look[11], look[4])
                rows, cols = own_block(j * BLOCK, i * BLOCK, lanes, compartments)
                if near_border:
                    for layer in range(2):
                        noise_block(bank, key + 40_503 * layer, j, i, 2 + 3 * layer, lanes)
                    find_lines(lanes, key, look)
                    shade_lines(lanes, look)
                    paint_block(j * BLOCK, i * BLOCK, rows, cols, lanes, code, grey, label)
                continue
            owner = np.int32(capsules[items[first], 5])
            for row in range(j * BLOCK, min((j + 1) * BLOCK, height)):
                line = compartments[row, i * BLOCK : min((i + 1) * BLOCK, width)]
                for col in range(line.size):
                    line[col] = owner if line[col] == 0 else line[col]
