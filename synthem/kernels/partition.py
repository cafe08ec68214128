"""Partition of a tile into compartments: which capsules decide which pixels.

Every compartment is a set of capsules (segments with a radius). A pixel belongs to the compartment
whose surface is nearest (an additively weighted Voronoi diagram of capsules), after a smooth warp
that makes the borders irregular and fades out near claims: claims are kept to the pixel. The search for the few
capsules that matter goes from bins by way of regions to blocks. Candidates are kept per 16x16 patch and are exhaustive:
same result as brute force.
"""

from __future__ import annotations

from enum import IntEnum, auto

import numpy as np

from synthem.kernels._jit import helper, kernel
from synthem.kernels._math import HALF, ONE, QUARTER, TINY, TWO, ZERO, clamp, from_axis, lerp
from synthem.kernels.capsules import CapsuleColumn, ends_of
from synthem.kernels.columns import Columns
from synthem.kernels.raster import add_crossings

__all__ = ["BLOCK", "PATCH", "fill_owner", "find_candidates", "lower_to_borders"]

BLOCK = 8
PATCH = 2 * BLOCK
REGION = 32
BIN = 128
LANES = (REGION // BLOCK) ** 2
CENTRE = 0.5 * (BLOCK - 1) / BLOCK
FAR = np.float32(1e6)


class PoolRow(Columns):
    """Rows of a pool of capsules, sorted by compartment."""

    Y0 = auto()  # start of the axis
    X0 = auto()
    DY = auto()  # extent of the axis
    DX = auto()
    SCALE = auto()  # reciprocal of its squared length
    RADIUS = auto()
    OWNER = auto()  # compartment number
    INDEX = auto()  # of the capsule among all


POOL_ROWS = len(PoolRow)


class BlockRow(IntEnum):
    """Start of each row of the work space for the blocks of a region, `LANES` numbers each."""

    @staticmethod
    def _generate_next_value_(name: str, start: int, count: int, last_values: list[int]) -> int:
        return count * LANES

    Y = auto()  # warped centre
    X = auto()
    SLACK = auto()  # largest distance of its warped pixels from there
    SCORE1 = auto()  # of the nearest compartment
    SCORE2 = auto()  # of the second
    OWNER1 = auto()  # number of the nearest compartment
    THRESHOLD = auto()  # capsules of the compartment that score no more than this are kept


BLOCK_NUMBERS = len(BlockRow) * LANES


@kernel("f8[:,::1], i8[::1], i8[::1], f8[:,::1], i8[::1], i4[:,::1]")
def fill_owner(points, ring_starts, owners, crossings, counts, compartments):
    """Give the inside of each barrier ring to its compartment; `crossings` and `counts` are scratch."""
    height, width = compartments.shape
    for ring in range(owners.size):
        for row in range(height):
            counts[row] = 0
        add_crossings(points, ring_starts[ring], ring_starts[ring + 1], crossings, counts)
        for row in range(height):
            for pair in range(0, counts[row] - 1, 2):
                first = max(0, int(np.ceil(crossings[row, pair])))
                for col in range(first, min(width, int(np.ceil(crossings[row, pair + 1])))):
                    compartments[row, col] = owners[ring]


@helper
def score_pool(pool, count, y, x, scores):
    """Write the signed distance of a point from each capsule of a pool; see `PoolRow`."""
    for n in range(count):
        dy, dx, scale = pool[PoolRow.DY, n], pool[PoolRow.DX, n], pool[PoolRow.SCALE, n]
        ry, rx = from_axis(y - pool[PoolRow.Y0, n], x - pool[PoolRow.X0, n], dy, dx, scale)
        scores[n] = np.sqrt(ry * ry + rx * rx) - pool[PoolRow.RADIUS, n]


@helper
def keep_near(pool, count, y, x, slack, extra, scores, least, out):
    """Copy the capsules that can matter within `slack` of a point to `out`; return their number.

    A compartment matters if its score is, anywhere within `slack`, at most `extra` above that of the second nearest.
    `scores` and `least` are scratch.
    """
    score_pool(pool, count, y, x, scores)
    s1, s2, group, n = FAR, FAR, 0, 0
    while n < count:
        c, best = pool[PoolRow.OWNER, n], scores[n]
        n += 1
        while n < count and pool[PoolRow.OWNER, n] == c:
            best = min(best, scores[n])
            n += 1
        s1, s2 = min(s1, best), max(s1, min(s2, best))
        least[group] = best
        group += 1
    slack *= TWO
    limit = s2 + slack + extra
    kept, group, last = 0, -1, -ONE
    for k in range(count):
        group += pool[PoolRow.OWNER, k] != last
        last = pool[PoolRow.OWNER, k]
        if (least[group] <= limit) & (scores[k] <= least[group] + slack):
            for row in range(POOL_ROWS):
                out[row, kept] = pool[row, k]
            kept += 1
    return kept


@helper
def score_blocks(pool, count, lanes, scores, least):
    """Score the capsules of a pool at the centres of all blocks of a region, and find the two lowest of each block.

    They go to rows `BlockRow.SCORE1`, `SCORE2` and `OWNER1` of `lanes`. Rows of `scores` receive the score of each
    capsule, rows of `least` the lowest score of each compartment.
    """
    for p in range(LANES):
        lanes[BlockRow.SCORE1 + p], lanes[BlockRow.SCORE2 + p], lanes[BlockRow.OWNER1 + p] = FAR, FAR, -ONE
    group, last = -1, -ONE
    for n in range(count):
        y0, x0, dy, dx = pool[PoolRow.Y0, n], pool[PoolRow.X0, n], pool[PoolRow.DY, n], pool[PoolRow.DX, n]
        scale, radius, owner = pool[PoolRow.SCALE, n], pool[PoolRow.RADIUS, n], pool[PoolRow.OWNER, n]
        out = scores[n]
        fresh = owner != last
        group, last = group + fresh, owner
        lowest = least[group]
        for p in range(LANES):
            ry, rx = from_axis(lanes[BlockRow.Y + p] - y0, lanes[BlockRow.X + p] - x0, dy, dx, scale)
            s = np.sqrt(ry * ry + rx * rx) - radius
            out[p] = s
            s1, s2, nearest = lanes[BlockRow.SCORE1 + p], lanes[BlockRow.SCORE2 + p], lanes[BlockRow.OWNER1 + p]
            before = lowest[p]
            lowest[p] = s if fresh | (s < before) else before
            under = s if s < s2 else s2
            second = s1 if s < s1 else under
            lanes[BlockRow.SCORE2 + p] = s2 if nearest == owner else second
            lanes[BlockRow.SCORE1 + p] = s if s < s1 else s1
            lanes[BlockRow.OWNER1 + p] = owner if s < s1 else nearest


@helper
def choose_capsules(pool, count, lanes, border, extra, scores, least, chosen):
    """Write for each capsule in which blocks of a region it can matter: one bit per block."""
    group, last = -1, -ONE
    for n in range(count):
        row = scores[n]
        if pool[PoolRow.OWNER, n] != last:
            group, last = group + 1, pool[PoolRow.OWNER, n]
            lowest = least[group]
            for p in range(LANES):  # capsules whose score is below this threshold are kept
                s1, s2 = lanes[BlockRow.SCORE1 + p], lanes[BlockRow.SCORE2 + p]
                slack, best = TWO * lanes[BlockRow.SLACK + p], lowest[p]
                alone = s2 - s1 > slack + border
                matters = best <= (s1 if alone else s2 + extra + slack)
                lanes[BlockRow.THRESHOLD + p] = best + (ZERO if alone else slack) if matters else -FAR
        bits = 0
        for p in range(LANES):
            bits |= np.int64(row[p] <= lanes[BlockRow.THRESHOLD + p]) << p
        chosen[n] = bits


@helper
def list_patch(pool, count, chosen, lane, items, total):
    """Append the capsules that decide a patch to `items`, as far as there is room; return the length with all."""
    blocks = 15 << lane
    for k in range(count):
        if chosen[k] & blocks:
            if total < items.size:
                items[total] = np.int32(pool[PoolRow.INDEX, k])
            total += 1
    return total


@helper
def pixel_corners(warp, axis, j, i, start):
    """Return one coordinate, `start` plus the warp, of the four corner pixels of a block."""
    last = np.float32((BLOCK - 1) / BLOCK)
    n0, n1, n2, n3 = warp[axis, j, i], warp[axis, j, i + 1], warp[axis, j + 1, i], warp[axis, j + 1, i + 1]
    top, low = lerp(n0, n1, last), lerp(n2, n3, last)
    across, down = np.float32(axis * (BLOCK - 1)), np.float32((1 - axis) * (BLOCK - 1))
    left, right = start + n0 + last * (n2 - n0) + down, start + top + last * (low - top) + across + down
    return start + n0, start + top + across, left, right


@helper
def block_centre(warp, j, i, p, lanes):
    """Write `BlockRow.Y`, `X` and `SLACK` of a block, at place `p`.

    The warp is bilinear in a block: the centre is the mean of the corners, and a corner is farthest from it.
    """
    axis = np.int64(0)
    y0, y1, y2, y3 = pixel_corners(warp, axis, j, i, np.float32(BLOCK * j))
    x0, x1, x2, x3 = pixel_corners(warp, axis + 1, j, i, np.float32(BLOCK * i))
    y, x = QUARTER * (y0 + y1 + y2 + y3), QUARTER * (x0 + x1 + x2 + x3)
    near = max((y0 - y) * (y0 - y) + (x0 - x) * (x0 - x), (y1 - y) * (y1 - y) + (x1 - x) * (x1 - x))
    far = max((y2 - y) * (y2 - y) + (x2 - x) * (x2 - x), (y3 - y) * (y3 - y) + (x3 - x) * (x3 - x))
    lanes[BlockRow.Y + p], lanes[BlockRow.X + p], lanes[BlockRow.SLACK + p] = y, x, np.sqrt(max(near, far))


@helper
def warped_middle(warp, j0, i0, j1, i1):
    """Return the middle of warped blocks, and the largest distance of their pixels from there.

    The warp is bilinear in a block: all pixels lie in the box around the warped corners of blocks.
    """
    top, left, bottom, right = FAR, FAR, -FAR, -FAR
    for j in range(j0, j1 + 1):
        for i in range(i0, i1 + 1):
            y, x = np.float32(BLOCK * j) + warp[0, j, i], np.float32(BLOCK * i) + warp[1, j, i]
            top, bottom = min(top, y), max(bottom, y)
            left, right = min(left, x), max(right, x)
    down, across = HALF * (bottom - top), HALF * (right - left)
    return top + down, left + across, np.sqrt(down * down + across * across)


@helper
def load_pool(capsules, pool):
    """Fill a pool with all capsules."""
    for n in range(capsules.shape[0]):
        y0, x0, y1, x1 = ends_of(capsules, n)
        dy, dx = y1 - y0, x1 - x0
        pool[PoolRow.Y0, n], pool[PoolRow.X0, n], pool[PoolRow.DY, n], pool[PoolRow.DX, n] = y0, x0, dy, dx
        pool[PoolRow.SCALE, n], pool[PoolRow.INDEX, n] = ONE / (dy * dy + dx * dx + TINY), np.float32(n)
        pool[PoolRow.RADIUS, n] = capsules[n, CapsuleColumn.RADIUS]
        pool[PoolRow.OWNER, n] = capsules[n, CapsuleColumn.OWNER]


@kernel("f4[:,::1], f4[:,:,::1], f8, f8, i4[:,:,::1], i4[::1], f4[:,::1]")
def find_candidates(capsules, warp, border, extra, spans, items, gaps):
    """List, for every patch of `PATCH` x `PATCH` pixels, the capsules that decide its compartments and borders.

    Parameters
    ----------
    capsules : (n, 6) float32
        See `CapsuleColumn`; sorted by compartment, at most 2 ** 24.
    warp : (3, h, w) float32
        Result of `synthem.kernels.warp.warp_field`.
    border : float
        Blocks in which the scores of the two nearest compartments differ by more get one capsule: the nearest.
    extra : float
        Largest distance of a third compartment beyond the second at which it still counts.
    spans : (h / 2, w / 2, 2) int32, rounded up
        Receives where the list of each patch starts and stops.
    items : (m,) int32
        Receives the lists.
    gaps : (h, w) float32
        Receives the difference between the scores of the two nearest compartments, at the centres of blocks.

    Returns
    -------
    int
        Length of the lists. Only if it is at most m, the lists are complete.
    """
    count, (rows, cols) = capsules.shape[0], gaps.shape
    whole, near = np.empty((POOL_ROWS, count), np.float32), np.empty((POOL_ROWS, count), np.float32)
    near_bin, lanes = np.empty((POOL_ROWS, count), np.float32), np.empty(BLOCK_NUMBERS, np.float32)
    scores, least = np.empty(count, np.float32), np.empty(count, np.float32)
    by_block, by_owner = np.empty((count, LANES), np.float32), np.empty((count, LANES), np.float32)
    chosen = np.empty(count, np.int64)
    load_pool(capsules, whole)
    border, extra = np.float32(border), np.float32(extra)
    wide, step, total = BIN // BLOCK, REGION // BLOCK, np.int64(0)
    for bin_j in range(0, rows, wide):
        for bin_i in range(0, cols, wide):
            y, x, slack = warped_middle(warp, bin_j, bin_i, min(bin_j + wide, rows), min(bin_i + wide, cols))
            bin_count = keep_near(whole, count, y, x, slack, extra, scores, least, near_bin)
            for region in range(wide // step * (wide // step)):
                j0, i0 = bin_j + region // (wide // step) * step, bin_i + region % (wide // step) * step
                if j0 >= rows or i0 >= cols:
                    continue
                j1, i1 = min(j0 + step, rows), min(i0 + step, cols)
                y, x, slack = warped_middle(warp, j0, i0, j1, i1)
                many = keep_near(near_bin, bin_count, y, x, slack, extra, scores, least, near)
                for p in range(LANES):
                    j, i = j0 + p // 8 * 2 + p % 4 // 2, i0 + p // 4 % 2 * 2 + p % 2
                    block_centre(warp, min(j, rows - 1), min(i, cols - 1), p, lanes)
                score_blocks(near, many, lanes, by_block, by_owner)
                for p in range(LANES):
                    j, i = j0 + p // 8 * 2 + p % 4 // 2, i0 + p // 4 % 2 * 2 + p % 2
                    if j < rows and i < cols:
                        gaps[j, i] = lanes[BlockRow.SCORE2 + p] - lanes[BlockRow.SCORE1 + p]
                choose_capsules(near, many, lanes, border, extra, by_block, by_owner, chosen)
                for p in range(0, LANES, 4):
                    j, i = (j0 + p // 8 * 2) // 2, (i0 + p // 4 % 2 * 2) // 2
                    if j < spans.shape[0] and i < spans.shape[1]:
                        spans[j, i, 0] = total
                        total = list_patch(near, many, chosen, p, items, total)
                        spans[j, i, 1] = total
    return total


@kernel("f4[:,::1], f8, i8, i8, i8, i8, f4[:,::1]")
def lower_to_borders(gaps, membrane, height, width, spacing, pad, clearance):
    """Lower a clearance grid to the distance from the membranes.

    Parameters
    ----------
    gaps : (h, w) float32
        Result of `find_candidates`, taken as linear between the centres of blocks.
    membrane : float
        Half-width of membranes in pixels.
    height, width : int
        Size of the tile.
    spacing, pad : int
        Geometry of the clearance grid.
    clearance : (j, i) float32
        Changed in place; nodes outside the tile become 0.
    """
    rows, cols = gaps.shape
    centre = np.float32(CENTRE)
    for j in range(clearance.shape[0]):
        y = j * spacing - pad
        v = clamp(np.float32(y) / np.float32(BLOCK) - centre, ZERO, np.float32(rows - 1))
        j0 = int(v)
        j1, fy = min(j0 + 1, rows - 1), v - np.float32(j0)
        for i in range(clearance.shape[1]):
            x = i * spacing - pad
            if y < 0 or x < 0 or y >= height or x >= width:
                clearance[j, i] = ZERO
                continue
            u = clamp(np.float32(x) / np.float32(BLOCK) - centre, ZERO, np.float32(cols - 1))
            i0 = int(u)
            i1, fx = min(i0 + 1, cols - 1), u - np.float32(i0)
            top = gaps[j0, i0] * (ONE - fx) + gaps[j0, i1] * fx
            low = gaps[j1, i0] * (ONE - fx) + gaps[j1, i1] * fx
            room = HALF * (top * (ONE - fy) + low * fy) - np.float32(membrane)
            clearance[j, i] = min(clearance[j, i], room)
