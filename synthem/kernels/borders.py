"""The compartments nearest to every pixel, and the distance from the borders between them.

The distance to a border is ``(s2 - s1) / |grad s2 - grad s1|`` with the signed distances s1 and s2 from the two
nearest compartments: exact to first order. It is less near a third compartment, which rounds junctions.

The three nearest compartments are found at every second pixel, at nodes in the middle of 2 x 2 pixels, for patches of
2 x 2 blocks. Scores at the pixels of a block follow from those of their node and its gradients.

Work space is one flat array of rows of `LANES` numbers, named by `Row`: so the compiler sees that the rows do not
overlap, and uses vector instructions. For the same reason helpers get slices and count from zero.
"""

from __future__ import annotations

from enum import IntEnum, auto

import numpy as np

from synthem.kernels._jit import helper
from synthem.kernels._math import HALF, ONE, QUARTER, TINY, TWO, ZERO, from_axis
from synthem.kernels.capsules import CapsuleColumn, ends_of
from synthem.kernels.partition import BLOCK, FAR, PATCH

__all__ = ["BLOCKS", "LANES", "NODES", "SIDE", "Row", "score_nodes", "score_pixels", "slope_nodes", "warp_nodes"]

LANES = BLOCK * BLOCK
SIDE = BLOCK // 2
NODES = SIDE * SIDE
BLOCKS = (PATCH // BLOCK) ** 2
LEAST_ANGLE2 = np.float32(0.16)
"""Squared difference of two gradients, unit vectors, that is taken at least."""


class Row(IntEnum):
    """Start of each row of the work space, for the nodes of a patch or the pixels of a block."""

    @staticmethod
    def _generate_next_value_(name: str, start: int, count: int, last_values: list[int]) -> int:
        return (max(last_values) + LANES) if last_values else 0

    Y = auto()  # warped place of a node
    X = auto()
    Y_DOWN = auto()  # change from pixel to pixel down the rows
    X_DOWN = auto()
    Y_RIGHT = auto()  # and along the rows
    X_RIGHT = auto()

    SCORE = auto()  # of the compartment that is scored: signed distance
    OFFSET_Y = auto()  # offset from the nearest point of its nearest axis
    OFFSET_X = auto()
    OFFSET = auto()  # length of that offset

    SCORE1 = auto()  # of the nearest compartment
    SCORE2 = auto()  # of the second
    SCORE3 = auto()  # of the third
    OWNER1 = auto()  # number of the nearest compartment; negative where a membrane is painted
    OWNER2 = auto()
    OWNER3 = auto()
    GRADIENT_Y1 = auto()  # of the scores
    GRADIENT_X1 = auto()
    GRADIENT_Y2 = auto()
    GRADIENT_X2 = auto()
    GRADIENT_Y3 = auto()
    GRADIENT_X3 = auto()
    DOWN1 = GRADIENT_Y1  # change of the scores over half a row; takes the place of the gradients
    RIGHT1 = GRADIENT_X1  # and over half a column
    DOWN2 = GRADIENT_Y2
    RIGHT2 = GRADIENT_X2
    DOWN3 = GRADIENT_Y3
    RIGHT3 = GRADIENT_X3
    PER12 = auto()  # distance per difference of the scores of compartments 1 and 2
    PER13 = auto()
    PER23 = auto()

    DISTANCE = auto()  # from the nearest border; of a node the least among its pixels
    LINE_DUE = auto()  # 1 where the line beside must be looked up, else 0
    KIND = auto()  # of the line beside
    HALF_WIDTH = auto()  # of the line beside
    REACHED = auto()  # 1 where a membrane may reach the pixels of a node, else 0
    WIDTH_NOISE = auto()  # at a pixel
    GREY_NOISE = auto()
    GREY = auto()  # painted at a pixel
    OPACITY = auto()


@helper
def warp_nodes(warp, top, left, lanes):
    """Write the warped places of the nodes of a patch, and their change from pixel to pixel: `Row.Y` to `X_RIGHT`.

    The nodes of a block follow each other. Blocks outside the tile get the nodes of others.
    """
    step = np.float32(1.0 / BLOCK)
    for block in range(BLOCKS):
        j, i = min(top + block // 2, warp.shape[1] - 2), min(left + block % 2, warp.shape[2] - 2)
        for axis in range(2):
            n0, n1, n2, n3 = warp[axis, j, i], warp[axis, j, i + 1], warp[axis, j + 1, i], warp[axis, j + 1, i + 1]
            start, base = np.float32((i if axis else j) * BLOCK) + n0, axis * LANES + block * NODES
            down, across = np.float32(1 - axis) + step * (n2 - n0), np.float32(axis) + step * (n1 - n0)
            twist = step * step * (n3 - n1 - n2 + n0)
            for v in range(SIDE):
                out, y = lanes[base + v * SIDE :], np.float32(2 * v) + HALF
                right, middle = across + y * twist, start + y * down
                for u in range(SIDE):
                    x = np.float32(2 * u) + HALF
                    out[Row.Y + u] = middle + x * right
                    out[Row.Y_DOWN + u] = down + x * twist
                    out[Row.Y_RIGHT + u] = right


@helper
def score_group(capsules, items, first, stop, lanes):
    """Score one compartment at every node of a patch: `Row.SCORE` to `OFFSET`."""
    for m in range(first, stop):
        k = items[m]
        (y0, x0, y1, x1), radius = ends_of(capsules, k), capsules[k, CapsuleColumn.RADIUS]
        dy, dx = y1 - y0, x1 - x0
        scale, fresh = ONE / (dy * dy + dx * dx + TINY), m == first
        for p in range(LANES):
            ry, rx = from_axis(lanes[Row.Y + p] - y0, lanes[Row.X + p] - x0, dy, dx, scale)
            d = np.sqrt(ry * ry + rx * rx)
            less = (d - radius < lanes[Row.SCORE + p]) | fresh
            lanes[Row.SCORE + p] = d - radius if less else lanes[Row.SCORE + p]
            lanes[Row.OFFSET_Y + p] = ry if less else lanes[Row.OFFSET_Y + p]
            lanes[Row.OFFSET_X + p] = rx if less else lanes[Row.OFFSET_X + p]
            lanes[Row.OFFSET + p] = d if less else lanes[Row.OFFSET + p]


@helper
def merge_group(owner, lanes):
    """Merge a scored compartment into the three nearest: `Row.SCORE1` to `GRADIENT_X3`."""
    for p in range(LANES):
        inverse = ONE / (lanes[Row.OFFSET + p] + TINY)
        s, gy, gx = lanes[Row.SCORE + p], lanes[Row.OFFSET_Y + p] * inverse, lanes[Row.OFFSET_X + p] * inverse
        s1, c1, gy1, gx1 = (
            lanes[Row.SCORE1 + p],
            lanes[Row.OWNER1 + p],
            lanes[Row.GRADIENT_Y1 + p],
            lanes[Row.GRADIENT_X1 + p],
        )
        s2, c2, gy2, gx2 = (
            lanes[Row.SCORE2 + p],
            lanes[Row.OWNER2 + p],
            lanes[Row.GRADIENT_Y2 + p],
            lanes[Row.GRADIENT_X2 + p],
        )
        s3, c3, gy3, gx3 = (
            lanes[Row.SCORE3 + p],
            lanes[Row.OWNER3 + p],
            lanes[Row.GRADIENT_Y3 + p],
            lanes[Row.GRADIENT_X3 + p],
        )
        best, second, third = s < s1, s < s2, s < s3
        s3, c3 = s if third else s3, owner if third else c3
        gy3, gx3 = gy if third else gy3, gx if third else gx3
        lanes[Row.SCORE3 + p], lanes[Row.OWNER3 + p] = s2 if second else s3, c2 if second else c3
        lanes[Row.GRADIENT_Y3 + p], lanes[Row.GRADIENT_X3 + p] = gy2 if second else gy3, gx2 if second else gx3
        s2, c2 = s if second else s2, owner if second else c2
        gy2, gx2 = gy if second else gy2, gx if second else gx2
        lanes[Row.SCORE2 + p], lanes[Row.OWNER2 + p] = s1 if best else s2, c1 if best else c2
        lanes[Row.GRADIENT_Y2 + p], lanes[Row.GRADIENT_X2 + p] = gy1 if best else gy2, gx1 if best else gx2
        lanes[Row.SCORE1 + p], lanes[Row.OWNER1 + p] = s if best else s1, owner if best else c1
        lanes[Row.GRADIENT_Y1 + p], lanes[Row.GRADIENT_X1 + p] = gy if best else gy1, gx if best else gx1


@helper
def score_nodes(capsules, items, first, last, lanes):
    """Find the three nearest compartments of every node of a patch; see `merge_group`."""
    for p in range(LANES):  # values while there are fewer than three
        lanes[Row.SCORE1 + p], lanes[Row.SCORE2 + p], lanes[Row.SCORE3 + p] = FAR, FAR, FAR
        lanes[Row.OWNER1 + p], lanes[Row.OWNER2 + p], lanes[Row.OWNER3 + p] = ZERO, ZERO, ZERO
        lanes[Row.GRADIENT_Y1 + p], lanes[Row.GRADIENT_X1 + p] = ZERO, ZERO
        lanes[Row.GRADIENT_Y2 + p], lanes[Row.GRADIENT_X2 + p] = ZERO, ZERO
        lanes[Row.GRADIENT_Y3 + p], lanes[Row.GRADIENT_X3 + p] = ZERO, ZERO
    n = first
    while n < last:
        owner = capsules[items[n], CapsuleColumn.OWNER]
        stop = n + 1
        while stop < last and capsules[items[stop], CapsuleColumn.OWNER] == owner:
            stop += 1
        score_group(capsules, items, n, stop, lanes)
        merge_group(owner, lanes)
        n = stop


@helper
def per_distance(y1, x1, y2, x2):
    """Return the reciprocal length of the difference of two unit vectors; see `LEAST_ANGLE2`."""
    square = TWO - TWO * (y1 * y2 + x1 * x2)
    return ONE / np.sqrt(square if square > LEAST_ANGLE2 else LEAST_ANGLE2)


@helper
def rounded(gap, beyond, rounding):
    """Return the distance from a border, less near a third compartment.

    `gap` is the distance before rounding, `beyond` the distance of the third compartment beyond the second.
    """
    steep = ONE / (rounding + TINY)
    near, far = ONE - beyond * steep, ONE - HALF * gap * steep
    near, far = near if near > ZERO else ZERO, far if far > ZERO else ZERO
    return gap - QUARTER * rounding * near * near * far


@helper
def slope_nodes(lanes, rounding, widest):
    """Find, at the nodes of a patch, the change of scores from pixel to pixel, and the least distance from a border.

    Rows written: `Row.PER12` to `PER23`, `DOWN1` to `RIGHT3` in place of the gradients, `DISTANCE`, and `LINE_DUE`
    where that is within `widest`: 2 where a third compartment may come between, and so another line, else 1.
    """
    for p in range(LANES):
        y1, x1 = lanes[Row.GRADIENT_Y1 + p], lanes[Row.GRADIENT_X1 + p]
        y2, x2 = lanes[Row.GRADIENT_Y2 + p], lanes[Row.GRADIENT_X2 + p]
        y3, x3 = lanes[Row.GRADIENT_Y3 + p], lanes[Row.GRADIENT_X3 + p]
        per12 = per_distance(y1, x1, y2, x2)
        per13, per23 = per_distance(y1, x1, y3, x3), per_distance(y2, x2, y3, x3)
        lanes[Row.PER12 + p], lanes[Row.PER13 + p], lanes[Row.PER23 + p] = per12, per13, per23
        yv, xv = HALF * lanes[Row.Y_DOWN + p], HALF * lanes[Row.X_DOWN + p]
        yu, xu = HALF * lanes[Row.Y_RIGHT + p], HALF * lanes[Row.X_RIGHT + p]
        v1, u1 = y1 * yv + x1 * xv, y1 * yu + x1 * xu
        v2, u2 = y2 * yv + x2 * xv, y2 * yu + x2 * xu
        v3, u3 = y3 * yv + x3 * xv, y3 * yu + x3 * xu
        lanes[Row.DOWN1 + p], lanes[Row.RIGHT1 + p] = v1, u1
        lanes[Row.DOWN2 + p], lanes[Row.RIGHT2 + p] = v2, u2
        lanes[Row.DOWN3 + p], lanes[Row.RIGHT3 + p] = v3, u3
        gap = lanes[Row.SCORE2 + p] - lanes[Row.SCORE1 + p] - abs(v2 - v1) - abs(u2 - u1)
        beyond = lanes[Row.SCORE3 + p] - lanes[Row.SCORE2 + p] - abs(v3 - v2) - abs(u3 - u2)
        least = per13 if per13 < per23 else per23
        least = least if (beyond < ZERO) & (least < per12) else per12
        d = rounded(gap * least, beyond, rounding)
        lanes[Row.DISTANCE + p] = d
        due = TWO if beyond < ZERO else ONE
        lanes[Row.LINE_DUE + p] = due if d <= widest else ZERO


@helper
def score_pixels(nodes, rounding, widest, lanes):
    """Find the nearest compartment and the distance from the nearest border at the pixels of a block.

    Rows written: `Row.OWNER1` and `OWNER2`, `DISTANCE`, `KIND` and `HALF_WIDTH` of the line beside the node, and
    `LINE_DUE` where the line within `widest` is another than that. The pixels above and left of all nodes come first,
    then those above and right, below and left, below and right.
    """
    for phase in range(4):
        down, right = np.float32(phase // 2 * 2 - 1), np.float32(phase % 2 * 2 - 1)
        out = lanes[phase * NODES :]
        for n in range(NODES):
            s1 = nodes[Row.SCORE1 + n] + down * nodes[Row.DOWN1 + n] + right * nodes[Row.RIGHT1 + n]
            s2 = nodes[Row.SCORE2 + n] + down * nodes[Row.DOWN2 + n] + right * nodes[Row.RIGHT2 + n]
            s3 = nodes[Row.SCORE3 + n] + down * nodes[Row.DOWN3 + n] + right * nodes[Row.RIGHT3 + n]
            c1, c2, c3 = nodes[Row.OWNER1 + n], nodes[Row.OWNER2 + n], nodes[Row.OWNER3 + n]
            turned = s2 < s1
            low, high = s2 if turned else s1, s1 if turned else s2
            own, other = c2 if turned else c1, c1 if turned else c2
            per12, per13, per23 = nodes[Row.PER12 + n], nodes[Row.PER13 + n], nodes[Row.PER23 + n]
            per3 = per23 if turned else per13
            lowest, among = s3 < low, s3 < high  # where the third has become the nearest, and the second or nearest
            gap = (s3 if among else high) - low
            gap = low - s3 if lowest else gap
            d = gap * (per3 if among else per12)
            beyond = high - s3 if among else s3 - high
            beyond = high - low if lowest else beyond
            d = rounded(d, beyond, rounding)
            out[Row.KIND + n], out[Row.HALF_WIDTH + n] = nodes[Row.KIND + n], nodes[Row.HALF_WIDTH + n]
            out[Row.OWNER1 + n] = c3 if lowest else own
            second = c3 if among else other
            out[Row.DISTANCE + n], out[Row.OWNER2 + n] = d, own if lowest else second
            out[Row.LINE_DUE + n] = ONE if among & (d <= widest) else ZERO
