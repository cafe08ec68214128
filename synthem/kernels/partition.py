"""Partition of a tile into compartments: the warp, and which capsules decide which pixels.

Every compartment is a set of capsules (segments with a radius). A pixel belongs to the compartment
whose surface is nearest (an additively weighted Voronoi diagram of capsules), after a smooth warp
that makes the borders irregular and fades out near claims, so that what was claimed is kept to
the pixel. The search for the few capsules that matter goes from bins by way of regions to blocks; lists
are those of patches of 2 x 2 blocks. Each is complete for the pixels below it, so that the result is that of a search
over all capsules.
"""

from __future__ import annotations

import numpy as np

from synthem.kernels._jit import helper, kernel
from synthem.kernels.hashing import hash_unit
from synthem.kernels.raster import add_crossings

__all__ = ["BLOCK", "PATCH", "WARP_SPACING", "fill_owner", "find_candidates", "lower_to_borders", "warp_field"]

WARP_SPACING = 8
BLOCK = 8
PATCH = 2 * BLOCK
REGION = 32
BIN = 128
LANES = (REGION // BLOCK) ** 2
CENTRE = 0.5 * (BLOCK - 1) / BLOCK
FAR = np.float32(1e6)


@helper
def noise_lattices(key, lattices):
    """Write random numbers in [0, 1) at the points of four lattices, each with a key of its own."""
    for layer in range(lattices.shape[0]):
        for j in range(lattices.shape[1]):
            for i in range(lattices.shape[2]):
                lattices[layer, j, i] = hash_unit(key + layer, j + 65536, i + 65536)


@helper
def smooth(lattices, layer, y, x):
    """Return smooth noise in [-1, 1] with features about one lattice cell wide."""
    j, i = int(y), int(x)
    fy, fx = y - j, x - i
    wy, wx = fy * fy * (3.0 - 2.0 * fy), fx * fx * (3.0 - 2.0 * fx)
    a, b = lattices[layer, j, i], lattices[layer, j, i + 1]
    c, d = lattices[layer, j + 1, i], lattices[layer, j + 1, i + 1]
    top, low = a + wx * (b - a), c + wx * (d - c)
    return np.float32(2.0 * (top + wy * (low - top)) - 1.0)


@kernel("f4[:,::1], i8, i8, f8, f8, f8, f4[:,:,::1]")
def warp_field(capsules, claims, key, coarse, fine, fade, out):
    """Compute the warp at nodes every `WARP_SPACING` pixels.

    Parameters
    ----------
    capsules : (n, 6) float32
        Capsules; the first `claims` of them are claims, near which nothing is warped.
    claims : int
        How many capsules are claims.
    key : int
        Key of the noise.
    coarse, fine : float
        Amplitudes in pixels of the two octaves, 48 and 16 pixels wide.
    fade : float
        Distance from a claim, in pixels, over which the warp comes back.
    out : (3, h, w) float32
        Receives the shift in rows and columns; the third plane is scratch.
    """
    rows, cols = out.shape[1], out.shape[2]
    for j in range(rows):
        for i in range(cols):
            out[2, j, i] = 1.0
    for k in range(claims):
        y0, x0, y1, x1, r = capsules[k, 0], capsules[k, 1], capsules[k, 2], capsules[k, 3], capsules[k, 4]
        reach = r + fade
        dy, dx = y1 - y0, x1 - x0
        scale = 1.0 / max(dy * dy + dx * dx, 1e-6)
        j0, j1 = int((min(y0, y1) - reach) // WARP_SPACING), int((max(y0, y1) + reach) // WARP_SPACING) + 1
        i0, i1 = int((min(x0, x1) - reach) // WARP_SPACING), int((max(x0, x1) + reach) // WARP_SPACING) + 1
        for j in range(max(0, j0), min(rows - 1, j1) + 1):
            for i in range(max(0, i0), min(cols - 1, i1) + 1):
                ry, rx = j * WARP_SPACING - y0, i * WARP_SPACING - x0
                t = min(max((ry * dy + rx * dx) * scale, 0.0), 1.0)
                away = (np.sqrt((ry - t * dy) ** 2 + (rx - t * dx) ** 2) - r - WARP_SPACING) / fade
                out[2, j, i] = min(out[2, j, i], max(away, 0.0))
    lattices = np.empty((4, rows // 2 + 2, cols // 2 + 2), np.float32)
    noise_lattices(key, lattices)
    for j in range(rows):
        for i in range(cols):
            y, x = j * (WARP_SPACING / 48.0), i * (WARP_SPACING / 48.0)
            for axis in range(2):
                noise = coarse * smooth(lattices, 2 * axis, y, x)
                out[axis, j, i] = out[2, j, i] * (noise + fine * smooth(lattices, 2 * axis + 1, 3.0 * y, 3.0 * x))


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
    """Write the signed distance of a point from each capsule of a pool.

    A pool holds, per capsule, sorted by compartment: y0, x0, dy, dx, 1 / length ** 2, radius, compartment, index.
    """
    zero, one = np.float32(0.0), np.float32(1.0)
    for n in range(count):
        ry, rx = y - pool[0, n], x - pool[1, n]
        t = (ry * pool[2, n] + rx * pool[3, n]) * pool[4, n]
        t = t if t > zero else zero
        t = t if t < one else one
        ry -= t * pool[2, n]
        rx -= t * pool[3, n]
        scores[n] = np.sqrt(ry * ry + rx * rx) - pool[5, n]


@helper
def keep_near(pool, count, y, x, slack, extra, scores, least, out):
    """Copy the capsules that can matter within `slack` of a point to `out`; return how many.

    They are those of compartments that come, anywhere within `slack`, within `extra` of the second nearest. `scores`
    and `least` are scratch.
    """
    score_pool(pool, count, y, x, scores)
    s1, s2, group, n = FAR, FAR, 0, 0
    while n < count:
        c, best = pool[6, n], scores[n]
        n += 1
        while n < count and pool[6, n] == c:
            best = min(best, scores[n])
            n += 1
        s1, s2 = min(s1, best), max(s1, min(s2, best))
        least[group] = best
        group += 1
    slack *= np.float32(2.0)
    limit = s2 + slack + extra
    kept, group, last = 0, -1, -np.float32(1.0)
    for k in range(count):
        group += pool[6, k] != last
        last = pool[6, k]
        if (least[group] <= limit) & (scores[k] <= least[group] + slack):
            for row in range(8):
                out[row, kept] = pool[row, k]
            kept += 1
    return kept


@helper
def score_blocks(pool, count, lanes, scores, least):
    """Score the capsules of a pool at the centres of all blocks of a region, and find the two lowest of each block.

    Rows of `lanes`, `LANES` numbers each: 0 y, 1 x, 2 and 3 the scores of the two nearest compartments, 4 the nearest.
    Rows of `least` receive the lowest score of each compartment.
    """
    zero, one = np.float32(0.0), np.float32(1.0)
    for p in range(LANES):
        lanes[2 * LANES + p], lanes[3 * LANES + p], lanes[4 * LANES + p] = FAR, FAR, -one
    group, last = -1, -one
    for n in range(count):
        y0, x0, dy, dx = pool[0, n], pool[1, n], pool[2, n], pool[3, n]
        scale, radius, owner, out = pool[4, n], pool[5, n], pool[6, n], scores[n]
        fresh = owner != last
        group, last = group + fresh, owner
        lowest = least[group]
        for p in range(LANES):
            ry, rx = lanes[p] - y0, lanes[LANES + p] - x0
            t = (ry * dy + rx * dx) * scale
            t = t if t > zero else zero
            t = t if t < one else one
            ry -= t * dy
            rx -= t * dx
            s = np.sqrt(ry * ry + rx * rx) - radius
            out[p] = s
            s1, s2, nearest, before = lanes[2 * LANES + p], lanes[3 * LANES + p], lanes[4 * LANES + p], lowest[p]
            lowest[p] = s if fresh | (s < before) else before
            under = s if s < s2 else s2
            second = s1 if s < s1 else under
            lanes[3 * LANES + p] = s2 if nearest == owner else second
            lanes[2 * LANES + p] = s if s < s1 else s1
            lanes[4 * LANES + p] = owner if s < s1 else nearest


@helper
def choose_capsules(pool, count, lanes, border, extra, scores, least, chosen):
    """Write for each capsule in which blocks of a region it can matter: one bit per block."""
    two, group, last = np.float32(2.0), -1, -np.float32(1.0)
    for n in range(count):
        row = scores[n]
        if pool[6, n] != last:
            group, last = group + 1, pool[6, n]
            lowest = least[group]
            for p in range(LANES):  # capsules of this compartment that score less count
                s1, s2, slack, best = lanes[2 * LANES + p], lanes[3 * LANES + p], two * lanes[5 * LANES + p], lowest[p]
                alone = s2 - s1 > slack + border
                matters = best <= (s1 if alone else s2 + extra + slack)
                lanes[6 * LANES + p] = best + (np.float32(0.0) if alone else slack) if matters else -FAR
        bits = 0
        for p in range(LANES):
            bits |= np.int64(row[p] <= lanes[6 * LANES + p]) << p
        chosen[n] = bits


@helper
def list_patch(pool, count, chosen, lane, items, total):
    """Append the capsules that decide a patch to `items`, as far as there is room; return how many there are then."""
    blocks = 15 << lane
    for k in range(count):
        if chosen[k] & blocks:
            if total < items.size:
                items[total] = np.int32(pool[7, k])
            total += 1
    return total


@helper
def pixel_corners(warp, axis, j, i, start):
    """Return one coordinate, `start` plus the warp, of the four corner pixels of a block."""
    last = np.float32((BLOCK - 1) / BLOCK)
    n0, n1, n2, n3 = warp[axis, j, i], warp[axis, j, i + 1], warp[axis, j + 1, i], warp[axis, j + 1, i + 1]
    top, low = n0 + last * (n1 - n0), n2 + last * (n3 - n2)
    across, down = np.float32(axis * (BLOCK - 1)), np.float32((1 - axis) * (BLOCK - 1))
    left, right = start + n0 + last * (n2 - n0) + down, start + top + last * (low - top) + across + down
    return start + n0, start + top + across, left, right


@helper
def block_centre(warp, j, i, p, lanes):
    """Write the warped centre of a block's pixels, and the largest distance of its warped pixels from there.

    They go to place `p` of rows 0, 1 and 5 of `lanes`. The warp is bilinear in a block: the centre is the mean of the
    corners, and no pixel lies farther away than one.
    """
    quarter, axis = np.float32(0.25), np.int64(0)
    y0, y1, y2, y3 = pixel_corners(warp, axis, j, i, np.float32(BLOCK * j))
    x0, x1, x2, x3 = pixel_corners(warp, axis + 1, j, i, np.float32(BLOCK * i))
    y, x = quarter * (y0 + y1 + y2 + y3), quarter * (x0 + x1 + x2 + x3)
    near = max((y0 - y) * (y0 - y) + (x0 - x) * (x0 - x), (y1 - y) * (y1 - y) + (x1 - x) * (x1 - x))
    far = max((y2 - y) * (y2 - y) + (x2 - x) * (x2 - x), (y3 - y) * (y3 - y) + (x3 - x) * (x3 - x))
    lanes[p], lanes[LANES + p], lanes[5 * LANES + p] = y, x, np.sqrt(max(near, far))


@helper
def warped_middle(warp, j0, i0, j1, i1):
    """Return the middle of what the warp makes of blocks, and how far from there their pixels lie at most.

    The warp is bilinear in a block: no pixel lies outside the box around the warped corners of blocks.
    """
    top, left, bottom, right = FAR, FAR, -FAR, -FAR
    for j in range(j0, j1 + 1):
        for i in range(i0, i1 + 1):
            y, x = np.float32(BLOCK * j) + warp[0, j, i], np.float32(BLOCK * i) + warp[1, j, i]
            top, bottom = min(top, y), max(bottom, y)
            left, right = min(left, x), max(right, x)
    half = np.float32(0.5)
    down, across = half * (bottom - top), half * (right - left)
    return top + down, left + across, np.sqrt(down * down + across * across)


@helper
def load_pool(capsules, pool):
    """Fill a pool with all capsules."""
    for n in range(capsules.shape[0]):
        dy, dx = capsules[n, 2] - capsules[n, 0], capsules[n, 3] - capsules[n, 1]
        pool[0, n], pool[1, n], pool[2, n], pool[3, n] = capsules[n, 0], capsules[n, 1], dy, dx
        pool[4, n] = np.float32(1.0) / (dy * dy + dx * dx + np.float32(1e-6))
        pool[5, n], pool[6, n], pool[7, n] = capsules[n, 4], capsules[n, 5], np.float32(n)


@kernel("f4[:,::1], f4[:,:,::1], f8, f8, i4[:,:,::1], i4[::1], f4[:,::1]")
def find_candidates(capsules, warp, border, extra, spans, items, gaps):
    """List, for every patch of `PATCH` x `PATCH` pixels, the capsules that decide its compartments and borders.

    Parameters
    ----------
    capsules : (n, 6) float32
        y0, x0, y1, x1, r and compartment number, sorted by compartment; at most 2 ** 24.
    warp : (3, h, w) float32
        Result of `warp_field`.
    border : float
        Blocks in which the scores of the two nearest compartments differ by more get one capsule: the nearest.
    extra : float
        How much farther than the second compartment a third one still counts.
    spans : (h / 2, w / 2, 2) int32, rounded up
        Receives where the list of each patch starts and stops.
    items : (m,) int32
        Receives the lists.
    gaps : (h, w) float32
        Receives the difference between the scores of the two nearest compartments, at the centres of blocks.

    Returns
    -------
    int
        Length of the lists. If it is more than fits into `items`, they are not complete.
    """
    count, (rows, cols) = capsules.shape[0], gaps.shape
    whole = np.empty((8, count), np.float32)
    near_bin, near = np.empty((8, count), np.float32), np.empty((8, count), np.float32)
    scores, least, lanes = np.empty(count, np.float32), np.empty(count, np.float32), np.empty(7 * LANES, np.float32)
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
                        gaps[j, i] = lanes[3 * LANES + p] - lanes[2 * LANES + p]
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
        Half-width of membranes in pixels, to be kept clear of.
    height, width : int
        Size of the tile.
    spacing, pad : int
        Geometry of the clearance grid.
    clearance : (j, i) float32
        Changed in place; nodes outside the tile become 0.
    """
    rows, cols = gaps.shape
    half, one, centre = np.float32(0.5), np.float32(1.0), np.float32(CENTRE)
    for j in range(clearance.shape[0]):
        y = j * spacing - pad
        v = min(max(np.float32(y) / np.float32(BLOCK) - centre, np.float32(0.0)), np.float32(rows - 1))
        j0 = int(v)
        j1, fy = min(j0 + 1, rows - 1), v - np.float32(j0)
        for i in range(clearance.shape[1]):
            x = i * spacing - pad
            if y < 0 or x < 0 or y >= height or x >= width:
                clearance[j, i] = np.float32(0.0)
                continue
            u = min(max(np.float32(x) / np.float32(BLOCK) - centre, np.float32(0.0)), np.float32(cols - 1))
            i0 = int(u)
            i1, fx = min(i0 + 1, cols - 1), u - np.float32(i0)
            top = gaps[j0, i0] * (one - fx) + gaps[j0, i1] * fx
            low = gaps[j1, i0] * (one - fx) + gaps[j1, i1] * fx
            room = half * (top * (one - fy) + low * fy) - np.float32(membrane)
            clearance[j, i] = min(clearance[j, i], room)
