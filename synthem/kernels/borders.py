"""The compartments nearest to every pixel, and the distance from the borders between them.

The distance to a border is ``(s2 - s1) / |grad s2 - grad s1|`` with the signed distances s1 and s2 from the two
nearest compartments: exact to first order. It is less near a third compartment, which rounds junctions.

The three nearest compartments are found at every second pixel, at nodes in the middle of 2 x 2 pixels, for patches of
2 x 2 blocks. Scores at the pixels of a block follow from those of their node and its gradients.

Work space is one flat array of rows of `LANES` numbers, so that the compiler sees that the rows do not overlap and uses
vector instructions. For the same reason helpers get slices and count from zero.
"""

from __future__ import annotations

import numpy as np

from synthem.kernels._jit import helper
from synthem.kernels.partition import BLOCK, FAR, PATCH

__all__ = [
    "BLOCKS",
    "LANES",
    "LANE_ROWS",
    "NODES",
    "SIDE",
    "score_nodes",
    "score_pixels",
    "slope_nodes",
    "warp_nodes",
]

LANES = BLOCK * BLOCK
LANE_ROWS = 29
SIDE = BLOCK // 2
NODES = SIDE * SIDE
BLOCKS = (PATCH // BLOCK) ** 2


@helper
def warp_nodes(warp, top, left, lanes):
    """Write where the warp puts the nodes of a patch, and what it makes of one pixel there.

    Rows of `lanes` written: 0 y, 1 x, 22 and 23 their change from row to row, 24 and 25 from column to column. The
    nodes of a block follow each other. Blocks outside the tile get the nodes of others.
    """
    half, step = np.float32(0.5), np.float32(1.0 / BLOCK)
    for block in range(BLOCKS):
        j, i = min(top + block // 2, warp.shape[1] - 2), min(left + block % 2, warp.shape[2] - 2)
        for axis in range(2):
            n0, n1, n2, n3 = warp[axis, j, i], warp[axis, j, i + 1], warp[axis, j + 1, i], warp[axis, j + 1, i + 1]
            start, base = np.float32((i if axis else j) * BLOCK) + n0, axis * LANES + block * NODES
            down, across = np.float32(1 - axis) + step * (n2 - n0), np.float32(axis) + step * (n1 - n0)
            twist = step * step * (n3 - n1 - n2 + n0)
            for v in range(SIDE):
                out, y = lanes[base + v * SIDE :], np.float32(2 * v) + half
                right, middle = across + y * twist, start + y * down
                for u in range(SIDE):
                    x = np.float32(2 * u) + half
                    out[u] = middle + x * right
                    out[22 * LANES + u] = down + x * twist
                    out[24 * LANES + u] = right


@helper
def score_group(capsules, items, first, stop, lanes):
    """Score one compartment at every node of a patch.

    Rows of `lanes`: 0 y, 1 x, 2 signed distance, 3 and 4 offset from the nearest point of the nearest axis, 5 length
    of that offset.
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
def merge_group(owner, lanes):
    """Merge a scored compartment into the three nearest.

    Rows of `lanes` changed: 13-15 the three lowest scores; 8, 10 and 12 their compartments; 16-21 their gradients.
    """
    one, tiny = np.float32(1.0), np.float32(1e-6)
    for p in range(LANES):
        inverse = one / (lanes[5 * LANES + p] + tiny)
        s, gy, gx = lanes[2 * LANES + p], lanes[3 * LANES + p] * inverse, lanes[4 * LANES + p] * inverse
        s1, c1, gy1, gx1 = lanes[13 * LANES + p], lanes[8 * LANES + p], lanes[16 * LANES + p], lanes[17 * LANES + p]
        s2, c2, gy2, gx2 = lanes[14 * LANES + p], lanes[10 * LANES + p], lanes[18 * LANES + p], lanes[19 * LANES + p]
        s3, c3, gy3, gx3 = lanes[15 * LANES + p], lanes[12 * LANES + p], lanes[20 * LANES + p], lanes[21 * LANES + p]
        best, second, third = s < s1, s < s2, s < s3
        s3, c3 = s if third else s3, owner if third else c3
        gy3, gx3 = gy if third else gy3, gx if third else gx3
        lanes[15 * LANES + p], lanes[12 * LANES + p] = s2 if second else s3, c2 if second else c3
        lanes[20 * LANES + p], lanes[21 * LANES + p] = gy2 if second else gy3, gx2 if second else gx3
        s2, c2 = s if second else s2, owner if second else c2
        gy2, gx2 = gy if second else gy2, gx if second else gx2
        lanes[14 * LANES + p], lanes[10 * LANES + p] = s1 if best else s2, c1 if best else c2
        lanes[18 * LANES + p], lanes[19 * LANES + p] = gy1 if best else gy2, gx1 if best else gx2
        lanes[13 * LANES + p], lanes[8 * LANES + p] = s if best else s1, owner if best else c1
        lanes[16 * LANES + p], lanes[17 * LANES + p] = gy if best else gy1, gx if best else gx1


@helper
def score_nodes(capsules, items, first, last, lanes):
    """Find the three nearest compartments of every node of a patch; see `merge_group`."""
    zero = np.float32(0.0)
    for p in range(LANES):
        lanes[13 * LANES + p], lanes[14 * LANES + p], lanes[15 * LANES + p] = FAR, FAR, FAR
        for row in (8, 10, 12, 16, 17, 18, 19, 20, 21):  # what they hold while there are fewer than three
            lanes[row * LANES + p] = zero
    n = first
    while n < last:
        owner = capsules[items[n], 5]
        stop = n + 1
        while stop < last and capsules[items[stop], 5] == owner:
            stop += 1
        score_group(capsules, items, n, stop, lanes)
        merge_group(owner, lanes)
        n = stop


@helper
def per_distance(y1, x1, y2, x2):
    """Return the reciprocal length of the difference of two unit vectors, which is taken as 0.4 at least."""
    one, two, least = np.float32(1.0), np.float32(2.0), np.float32(0.16)
    square = two - two * (y1 * y2 + x1 * x2)
    return one / np.sqrt(square if square > least else least)


@helper
def rounded(gap, beyond, rounding):
    """Return the distance from a border, made less where a third compartment is near."""
    half, one, zero = np.float32(0.5), np.float32(1.0), np.float32(0.0)
    steep = one / (rounding + np.float32(1e-6))
    near, far = one - beyond * steep, one - half * gap * steep
    near, far = near if near > zero else zero, far if far > zero else zero
    return gap - np.float32(0.25) * rounding * near * near * far


@helper
def slope_nodes(lanes, rounding, widest):
    """Find, at the nodes of a patch, how scores change from pixel to pixel, and how near a border may be.

    Rows of `lanes` written: 26-28 distance per difference of the scores of compartments 1 and 2, 1 and 3, 2 and 3;
    16-21 change of scores over half a row and over half a column; 9 the least distance from a border among the pixels
    of the node; 11 whether that is within `widest`: 1 if so, else 0.
    """
    half, one, zero = np.float32(0.5), np.float32(1.0), np.float32(0.0)
    for p in range(LANES):
        y1, x1, y2, x2 = lanes[16 * LANES + p], lanes[17 * LANES + p], lanes[18 * LANES + p], lanes[19 * LANES + p]
        y3, x3 = lanes[20 * LANES + p], lanes[21 * LANES + p]
        per12 = per_distance(y1, x1, y2, x2)
        per13, per23 = per_distance(y1, x1, y3, x3), per_distance(y2, x2, y3, x3)
        lanes[26 * LANES + p], lanes[27 * LANES + p], lanes[28 * LANES + p] = per12, per13, per23
        yv, xv = half * lanes[22 * LANES + p], half * lanes[23 * LANES + p]
        yu, xu = half * lanes[24 * LANES + p], half * lanes[25 * LANES + p]
        v1, u1 = y1 * yv + x1 * xv, y1 * yu + x1 * xu
        v2, u2 = y2 * yv + x2 * xv, y2 * yu + x2 * xu
        v3, u3 = y3 * yv + x3 * xv, y3 * yu + x3 * xu
        lanes[16 * LANES + p], lanes[17 * LANES + p], lanes[18 * LANES + p], lanes[19 * LANES + p] = v1, u1, v2, u2
        lanes[20 * LANES + p], lanes[21 * LANES + p] = v3, u3
        gap = lanes[14 * LANES + p] - lanes[13 * LANES + p] - abs(v2 - v1) - abs(u2 - u1)
        beyond = lanes[15 * LANES + p] - lanes[14 * LANES + p] - abs(v3 - v2) - abs(u3 - u2)
        least = per13 if per13 < per23 else per23
        least = least if (beyond < zero) & (least < per12) else per12
        d = rounded(gap * least, beyond, rounding)
        lanes[9 * LANES + p] = d
        lanes[11 * LANES + p] = one if d <= widest else zero


@helper
def score_pixels(nodes, rounding, widest, lanes):
    """Find the nearest compartment and the distance from the nearest border at the pixels of a block.

    Rows of `lanes` written: 6 and 7 kind and half-width of the line beside the node; 8 and 10 the two nearest
    compartments; 9 the distance; 11 whether that is within `widest` and the line is another than beside the node: 1
    if so, else 0. The pixels above and left of all nodes come first, then those above and right, below and left.
    """
    one, zero = np.float32(1.0), np.float32(0.0)
    for phase in range(4):
        down, right = np.float32(phase // 2 * 2 - 1), np.float32(phase % 2 * 2 - 1)
        out = lanes[phase * NODES :]
        for n in range(NODES):
            s1 = nodes[13 * LANES + n] + down * nodes[16 * LANES + n] + right * nodes[17 * LANES + n]
            s2 = nodes[14 * LANES + n] + down * nodes[18 * LANES + n] + right * nodes[19 * LANES + n]
            s3 = nodes[15 * LANES + n] + down * nodes[20 * LANES + n] + right * nodes[21 * LANES + n]
            c1, c2, c3 = nodes[8 * LANES + n], nodes[10 * LANES + n], nodes[12 * LANES + n]
            turned = s2 < s1
            low, high = s2 if turned else s1, s1 if turned else s2
            own, other = c2 if turned else c1, c1 if turned else c2
            per12, per13, per23 = nodes[26 * LANES + n], nodes[27 * LANES + n], nodes[28 * LANES + n]
            per3 = per23 if turned else per13
            lowest, among = s3 < low, s3 < high  # where the third has become the nearest, and the second or nearest
            gap = (s3 if among else high) - low
            gap = low - s3 if lowest else gap
            d = gap * (per3 if among else per12)
            beyond = high - s3 if among else s3 - high
            beyond = high - low if lowest else beyond
            d = rounded(d, beyond, rounding)
            out[6 * LANES + n], out[7 * LANES + n] = nodes[6 * LANES + n], nodes[7 * LANES + n]
            out[8 * LANES + n] = c3 if lowest else own
            second = c3 if among else other
            out[9 * LANES + n], out[10 * LANES + n] = d, own if lowest else second
            out[11 * LANES + n] = one if among & (d <= widest) else zero
