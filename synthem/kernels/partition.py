"""Partition of a tile into compartments, and the membranes between them.

Every compartment is a set of capsules (segments with a radius). A pixel belongs to the compartment
whose surface is nearest (an additively weighted Voronoi diagram of capsules), after a smooth warp
that makes the borders irregular and fades out near claims, so that what was claimed is kept to
the pixel. The distance to a border is ``(s2 - s1) / |grad s2 - grad s1|``, exact to first order.
"""

from __future__ import annotations

import numpy as np

from synthem.kernels._jit import kernel
from synthem.kernels.hashing import hash_unit, value_noise
from synthem.kernels.raster import row_crossings

__all__ = ["WARP_SPACING", "border_clearance", "fill_owner", "paint_membranes", "warp_field"]

WARP_SPACING = 8
BLOCK = 8
SUPER = 32
LANES = BLOCK * BLOCK
MOST = 192
JUNCTION = np.float32(6.0)
FAR = np.float32(1e6)


@kernel
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
    out[2] = 1.0
    for k in range(claims):
        y0, x0, y1, x1, r = capsules[k, 0], capsules[k, 1], capsules[k, 2], capsules[k, 3], capsules[k, 4]
        reach = r + fade
        dy, dx = y1 - y0, x1 - x0
        length2 = dy * dy + dx * dx
        j0, j1 = int((min(y0, y1) - reach) // WARP_SPACING), int((max(y0, y1) + reach) // WARP_SPACING) + 1
        i0, i1 = int((min(x0, x1) - reach) // WARP_SPACING), int((max(x0, x1) + reach) // WARP_SPACING) + 1
        for j in range(max(0, j0), min(rows - 1, j1) + 1):
            for i in range(max(0, i0), min(cols - 1, i1) + 1):
                ry, rx = j * WARP_SPACING - y0, i * WARP_SPACING - x0
                t = min(max((ry * dy + rx * dx) / max(length2, 1e-6), 0.0), 1.0)
                away = (np.sqrt((ry - t * dy) ** 2 + (rx - t * dx) ** 2) - r - WARP_SPACING) / fade
                out[2, j, i] = min(out[2, j, i], max(away, 0.0))
    for j in range(rows):
        for i in range(cols):
            y, x = j * (WARP_SPACING / 48.0), i * (WARP_SPACING / 48.0)
            strength = out[2, j, i]
            out[0, j, i] = strength * (coarse * value_noise(key, y, x) + fine * value_noise(key + 1, 3.0 * y, 3.0 * x))
            out[1, j, i] = strength * (
                coarse * value_noise(key + 2, y, x) + fine * value_noise(key + 3, 3.0 * y, 3.0 * x)
            )


@kernel
def fill_owner(points, ring_starts, owners, crossings, compartments):
    """Give the inside of each barrier ring to its compartment."""
    height, width = compartments.shape
    for ring in range(owners.size):
        start, stop = ring_starts[ring], ring_starts[ring + 1]
        low, high = points[start:stop, 0].min(), points[start:stop, 0].max()
        for row in range(max(0, int(np.ceil(low))), min(height - 1, int(np.floor(high))) + 1):
            count = row_crossings(points, ring_starts, ring, ring + 1, row, crossings)
            for pair in range(0, count - 1, 2):
                first = max(0, int(np.ceil(crossings[pair])))
                for col in range(first, min(width, int(np.ceil(crossings[pair + 1])))):
                    compartments[row, col] = owners[ring]


@kernel
def capsule_score(capsules, k, y, x):
    """Return the signed distance of a point from one capsule."""
    y0, x0 = capsules[k, 0], capsules[k, 1]
    dy, dx = capsules[k, 2] - y0, capsules[k, 3] - x0
    ry, rx = y - y0, x - x0
    t = (ry * dy + rx * dx) / (dy * dy + dx * dx + np.float32(1e-6))
    t = min(max(t, np.float32(0.0)), np.float32(1.0))
    ry -= t * dy
    rx -= t * dx
    return np.sqrt(ry * ry + rx * rx) - capsules[k, 4]


@kernel
def nearest_capsules(capsules, source, count, y, x, slack, scores, out):
    """Keep the capsules that can matter within `slack` of a point.

    `source` lists the capsules to look at, sorted by compartment, as is the result. Returned are how many were
    kept, the scores of the two nearest compartments and the nearest compartment.
    """
    s1, s2 = FAR, FAR
    c1 = np.float32(-1.0)
    n = 0
    while n < count:  # one compartment at a time
        c = capsules[source[n], 5]
        best = FAR
        while n < count and capsules[source[n], 5] == c:
            s = capsule_score(capsules, source[n], y, x)
            scores[n] = s
            best = min(best, s)
            n += 1
        if best < s1:
            s1, s2, c1 = best, s1, c
        elif best < s2:
            s2 = best
    limit = s2 + np.float32(2.0) * slack + JUNCTION
    kept = 0
    n = 0
    while n < count:
        c = capsules[source[n], 5]
        first = n
        best = FAR
        while n < count and capsules[source[n], 5] == c:
            best = min(best, scores[n])
            n += 1
        if best <= limit:
            for k in range(first, n):
                if scores[k] <= best + np.float32(2.0) * slack and kept < out.size:
                    out[kept] = source[k]
                    kept += 1
    return kept, s1, s2, c1


@kernel
def two_nearest(capsules, source, count, y, x):
    """Return the scores of the two nearest compartments; capsules are sorted by compartment."""
    s1, s2 = FAR, FAR
    n = 0
    while n < count:
        c = capsules[source[n], 5]
        best = FAR
        while n < count and capsules[source[n], 5] == c:
            best = min(best, capsule_score(capsules, source[n], y, x))
            n += 1
        if best < s1:
            s1, s2 = best, s1
        elif best < s2:
            s2 = best
    return s1, s2


@kernel
def score_group(capsules, near, first, stop, lanes):
    """Score one compartment at every pixel of a block: signed distance and its gradient.

    `lanes` is one flat array of rows of `LANES` numbers, so that the compiler sees that the rows do not
    overlap and uses vector instructions. Rows: 0 y, 1 x, 2-4 score and gradient of the group.
    """
    one, zero, tiny = np.float32(1.0), np.float32(0.0), np.float32(1e-6)
    for p in range(LANES):
        lanes[2 * LANES + p] = FAR
    for m in range(first, stop):
        k = near[m]
        y0, x0, radius = capsules[k, 0], capsules[k, 1], capsules[k, 4]
        dy, dx = capsules[k, 2] - y0, capsules[k, 3] - x0
        scale = one / (dy * dy + dx * dx + tiny)
        for p in range(LANES):
            ry, rx = lanes[p] - y0, lanes[LANES + p] - x0
            t = (ry * dy + rx * dx) * scale
            t = t if t > zero else zero
            t = t if t < one else one
            ry -= t * dy
            rx -= t * dx
            d = np.sqrt(ry * ry + rx * rx) + tiny
            inverse = one / d
            s = d - radius
            old = lanes[2 * LANES + p]
            less = s < old
            lanes[2 * LANES + p] = s if less else old
            lanes[3 * LANES + p] = ry * inverse if less else lanes[3 * LANES + p]
            lanes[4 * LANES + p] = rx * inverse if less else lanes[4 * LANES + p]


@kernel
def score_block(capsules, near, count, lanes):
    """Find the three nearest compartments of every pixel of a block.

    Rows of `lanes` written: 5-7 the three lowest scores, 8 and 9 the compartments of the lowest two,
    10-13 their gradients.
    """
    for p in range(LANES):
        lanes[5 * LANES + p] = FAR
        lanes[6 * LANES + p] = FAR
        lanes[7 * LANES + p] = FAR
    n = 0
    while n < count:
        owner = capsules[near[n], 5]
        stop = n + 1
        while stop < count and capsules[near[stop], 5] == owner:
            stop += 1
        score_group(capsules, near, n, stop, lanes)
        for p in range(LANES):
            s, gy, gx = lanes[2 * LANES + p], lanes[3 * LANES + p], lanes[4 * LANES + p]
            s1, s2, s3 = lanes[5 * LANES + p], lanes[6 * LANES + p], lanes[7 * LANES + p]
            c1, c2 = lanes[8 * LANES + p], lanes[9 * LANES + p]
            gy1, gx1 = lanes[10 * LANES + p], lanes[11 * LANES + p]
            gy2, gx2 = lanes[12 * LANES + p], lanes[13 * LANES + p]
            best, second = s < s1, s < s2
            third = s if s < s3 else s3
            lanes[7 * LANES + p] = s2 if second else third
            lanes[6 * LANES + p] = s1 if best else (s if second else s2)
            lanes[9 * LANES + p] = c1 if best else (owner if second else c2)
            lanes[12 * LANES + p] = gy1 if best else (gy if second else gy2)
            lanes[13 * LANES + p] = gx1 if best else (gx if second else gx2)
            lanes[5 * LANES + p] = s if best else s1
            lanes[8 * LANES + p] = owner if best else c1
            lanes[10 * LANES + p] = gy if best else gy1
            lanes[11 * LANES + p] = gx if best else gx1
        n = stop


@kernel
def warp_block(warp, row, col, lanes):
    """Write the warped positions of a block's pixels into rows 0 and 1 of `lanes`; return their spread."""
    j, i = row // WARP_SPACING, col // WARP_SPACING
    step = np.float32(1.0 / BLOCK)
    for axis in range(2):
        base = np.float32(col) if axis else np.float32(row)
        n0, n1, n2, n3 = warp[axis, j, i], warp[axis, j, i + 1], warp[axis, j + 1, i], warp[axis, j + 1, i + 1]
        for v in range(BLOCK):
            fy = np.float32(v) * step
            start, end = n0 + fy * (n2 - n0), n1 + fy * (n3 - n1)
            for u in range(BLOCK):
                fx = np.float32(u)
                lanes[axis * LANES + v * BLOCK + u] = (
                    base + (fx if axis else np.float32(v)) + start + fx * step * (end - start)
                )
    centre = BLOCK // 2 * BLOCK + BLOCK // 2
    spread = np.float32(0.0)
    for p in (0, BLOCK - 1, LANES - BLOCK, LANES - 1):
        spread = max(spread, (lanes[p] - lanes[centre]) ** 2 + (lanes[LANES + p] - lanes[LANES + centre]) ** 2)
    return lanes[centre], lanes[LANES + centre], np.sqrt(spread)


@kernel
def border_distance(lanes, p, rounding):
    """Return the distance of a scored pixel from the nearest border, less where three compartments meet."""
    one, zero = np.float32(1.0), np.float32(0.0)
    s1 = lanes[5 * LANES + p]
    cos = lanes[10 * LANES + p] * lanes[12 * LANES + p] + lanes[11 * LANES + p] * lanes[13 * LANES + p]
    slope = np.sqrt(max(np.float32(2.0) - np.float32(2.0) * cos, np.float32(0.16)))
    d = (lanes[6 * LANES + p] - s1) / slope
    third = (lanes[7 * LANES + p] - s1) * np.float32(0.5)
    if third - d < rounding:
        near = one - max(third - d, zero) / rounding
        far = max(one - d / (np.float32(2.0) * rounding), zero)
        d -= np.float32(0.25) * rounding * near * near * far
    return d


@kernel
def slow_noise(bank, key, row, col):
    """Return smooth noise that varies along membranes: the bank stretched four times, shifted by the key."""
    wrap, quarter, one = bank.shape[0] - 1, np.float32(0.25), np.float32(1.0)
    j, i = (row >> 2) + (key & 4095), (col >> 2) + ((key >> 12) & 4095)
    fy, fx = np.float32(row & 3) * quarter, np.float32(col & 3) * quarter
    a, b = bank[j & wrap, i & wrap], bank[j & wrap, (i + 1) & wrap]
    c, e = bank[(j + 1) & wrap, i & wrap], bank[(j + 1) & wrap, (i + 1) & wrap]
    return (one - fy) * (a + fx * (b - a)) + fy * (c + fx * (e - c))


@kernel
def line_character(key, c1, c2, look):
    """Return what belongs to a whole line: its usual half-width, whether it is oblique, whether it is double."""
    low, high = int(min(c1, c2)), int(max(c1, c2))
    vary = hash_unit(key + 1, low, high) + hash_unit(key + 2, low, high) - np.float32(1.0)
    kind = hash_unit(key, low, high)
    half = look[0] * np.exp(look[2] * np.float32(2.45) * vary)
    return half, kind < look[3], kind > np.float32(1.0) - look[6]


@kernel
def paint_block(row, col, lanes, reach, key, bank, look, code, compartments, grey, label):
    """Write the compartments and membranes of one scored block.

    `look` holds: 0 half-width, 1 sd of its logarithm along a line, 2 from line to line, 3 share of
    oblique lines, 4 their half-width (no line is wider), 5 their grey, 6 share of double lines,
    7 half-width of the cleft, 8 its grey, 9 grey of lines, 10 its sd along a line, 11 rounding of junctions,
    12 how much paler lines are at their edge.
    """
    height, width = label.shape
    zero, one = np.float32(0.0), np.float32(1.0)
    known1, known2 = np.float32(-1.0), np.float32(-1.0)
    usual, oblique, double = look[0], False, False
    for p in range(LANES):
        r, q = row + p // BLOCK, col + p % BLOCK
        if r >= height or q >= width or compartments[r, q] != 0:
            continue
        c1, c2 = lanes[8 * LANES + p], lanes[9 * LANES + p]
        compartments[r, q] = np.int32(c1)
        if lanes[6 * LANES + p] - lanes[5 * LANES + p] > reach or label[r, q] != 0:
            continue
        d = border_distance(lanes, p, look[11])
        if d > look[4]:
            continue
        if not ((c1 == known1 and c2 == known2) or (c1 == known2 and c2 == known1)):
            usual, oblique, double = line_character(key, c1, c2, look)
            known1, known2 = c1, c2
        noise = slow_noise(bank, key, r, q)
        half = usual * (one + look[1] * noise * (one + np.float32(0.5) * look[1] * noise))  # exp to second order
        level = look[9] + look[10] * noise
        if oblique:
            broad = min(max(np.float32(0.5) + noise, zero), one)
            half += broad * (look[4] - half)
            level += broad * (look[5] - level)
        elif double and abs(d) < look[7]:
            level = look[8]
        half = min(half, look[4])
        if d < half:
            across = max(d, zero) / half  # darkest in the middle
            label[r, q] = code
            grey[r, q] = level + look[12] * across * across


@kernel
def paint_membranes(capsules, order, key, warp, bank, look, code, lanes, compartments, grey, label):
    """Partition the tile and paint the membranes.

    Parameters
    ----------
    capsules : (n, 6) float32
        Capsules with their compartment number in the last column.
    order : (n,) int64
        Capsules sorted by compartment.
    key : int
        Key of the noise and of the properties of single lines.
    warp : (3, h, w) float32
        Result of `warp_field`.
    bank : (b, b) float32
        Periodic smooth texture, unit standard deviation.
    look : (13,) float32
        See `paint_block`.
    code : int
        Label code of membranes.
    lanes : (14 * LANES,) float32
        Work space.
    compartments : (H, W) int32
        Pixels that are not 0 already belong to somebody (barriers) and stay; the rest is filled.
    grey : (H, W) float32
    label : (H, W) uint8
        Changed in place where a membrane runs.
    """
    height, width = label.shape
    near_super = np.empty(MOST, np.int64)
    near = np.empty(MOST, np.int64)
    scores = np.empty(max(order.size, MOST), np.float32)
    widest = look[4] + np.float32(0.25) * look[11]
    reach = np.float32(2.0) * widest
    slack = np.float32(SUPER * 0.7072 + 8.0)
    for top in range(0, height, SUPER):
        for left in range(0, width, SUPER):
            y, x = np.float32(top + SUPER / 2), np.float32(left + SUPER / 2)
            many, s1, s2, c1 = nearest_capsules(capsules, order, order.size, y, x, slack, scores, near_super)
            for row in range(top, min(top + SUPER, height), BLOCK):
                for col in range(left, min(left + SUPER, width), BLOCK):
                    y, x, spread = warp_block(warp, row, col, lanes)
                    some, s1, s2, c1 = nearest_capsules(capsules, near_super, many, y, x, spread, scores, near)
                    if s2 - s1 <= np.float32(2.0) * spread + reach:
                        score_block(capsules, near, some, lanes)
                        paint_block(row, col, lanes, reach, key, bank, look, code, compartments, grey, label)
                        continue
                    for r in range(row, min(row + BLOCK, height)):
                        for q in range(col, min(col + BLOCK, width)):
                            if compartments[r, q] == 0:
                                compartments[r, q] = np.int32(c1)


@kernel
def border_clearance(capsules, order, warp, membrane, height, width, spacing, pad, lanes, clearance):
    """Lower a clearance grid to the distance from the membranes.

    Parameters
    ----------
    capsules, order, warp, lanes
        As in `paint_membranes`.
    membrane : float
        Half-width of membranes in pixels, to be kept clear of.
    height, width : int
        Size of the tile.
    spacing, pad : int
        Geometry of the clearance grid.
    clearance : (h, w) float32
        Changed in place; nodes outside the tile become 0.
    """
    near_super = np.empty(MOST, np.int64)
    scores = np.empty(max(order.size, MOST), np.float32)
    slack = np.float32(SUPER * 0.7072 + 8.0)
    half = np.float32(0.5)
    for j in range(clearance.shape[0]):
        for i in range(clearance.shape[1]):
            y, x = j * spacing - pad, i * spacing - pad
            if y < 0 or x < 0 or y >= height or x >= width:
                clearance[j, i] = np.float32(0.0)
    for top in range(0, height, SUPER):
        for left in range(0, width, SUPER):
            y, x = np.float32(top + SUPER / 2), np.float32(left + SUPER / 2)
            many, s1, s2, c1 = nearest_capsules(capsules, order, order.size, y, x, slack, scores, near_super)
            for row in range(top, min(top + SUPER, height), spacing):
                for col in range(left, min(left + SUPER, width), spacing):
                    j, i = row // WARP_SPACING, col // WARP_SPACING
                    fy, fx = (
                        np.float32(row % WARP_SPACING) / WARP_SPACING,
                        np.float32(col % WARP_SPACING) / WARP_SPACING,
                    )
                    a = warp[0, j, i] + fx * (warp[0, j, i + 1] - warp[0, j, i])
                    b = warp[0, j + 1, i] + fx * (warp[0, j + 1, i + 1] - warp[0, j + 1, i])
                    y = np.float32(row) + a + fy * (b - a)
                    a = warp[1, j, i] + fx * (warp[1, j, i + 1] - warp[1, j, i])
                    b = warp[1, j + 1, i] + fx * (warp[1, j + 1, i + 1] - warp[1, j + 1, i])
                    x = np.float32(col) + a + fy * (b - a)
                    s1, s2 = two_nearest(capsules, near_super, many, y, x)
                    m, n = (row + pad) // spacing, (col + pad) // spacing
                    clearance[m, n] = min(clearance[m, n], half * (s2 - s1) - membrane)
