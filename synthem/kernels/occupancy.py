"""Free space: the occupancy raster, the clearance grid and the search for a pose.

A footprint is a polygon ring (possibly empty) together with capsules (possibly none). A capsule is
``y0, x0, y1, x1, radius``. The clearance grid has a node every `SPACING` pixels and reaches `PAD` pixels
beyond the tile; it holds the distance to the nearest thing placed.
"""

from __future__ import annotations

import numpy as np

from synthem.kernels._jit import helper, kernel
from synthem.kernels.raster import add_crossings, inside_ring, segment_distance

__all__ = ["PAD", "SPACING", "pack_chains", "place_footprint", "place_inside"]

SPACING = 4
PAD = 48
WINDOW = 96
"""A search for free nodes looks at so many nodes along each axis at most, so that it does not grow with the tile."""


@helper
def footprint_distance(y, x, ring, capsules):
    """Return the signed distance of a point from a footprint; negative inside."""
    best = 1e9
    for k in range(capsules.shape[0]):
        d = segment_distance(y, x, capsules[k, 0], capsules[k, 1], capsules[k, 2], capsules[k, 3]) - capsules[k, 4]
        best = d if d < best else best
    n = ring.shape[0]
    if n > 2:
        edge = 1e9
        y0, x0 = ring[n - 1, 0], ring[n - 1, 1]
        for k in range(n):
            y1, x1 = ring[k, 0], ring[k, 1]
            d = segment_distance(y, x, y0, x0, y1, x1)
            edge = d if d < edge else edge
            y0, x0 = y1, x1
        if inside_ring(y, x, ring):
            edge = -edge
        best = edge if edge < best else best
    return best


@helper
def footprint_box(ring, capsules):
    """Return the bounding box (top, left, bottom, right) of a footprint."""
    top, left, bottom, right = 1e9, 1e9, -1e9, -1e9
    for k in range(capsules.shape[0]):
        r = capsules[k, 4]
        for end in range(2):
            y, x = capsules[k, 2 * end], capsules[k, 2 * end + 1]
            top, bottom = min(top, y - r), max(bottom, y + r)
            left, right = min(left, x - r), max(right, x + r)
    for k in range(ring.shape[0]):
        top, bottom = min(top, ring[k, 0]), max(bottom, ring[k, 0])
        left, right = min(left, ring[k, 1]), max(right, ring[k, 1])
    return top, left, bottom, right


@helper
def turn_into(points, first, last, row, col, angle, out):
    """Turn rows `first` to `last` from the column axis towards the row axis, then shift them.

    Columns are pairs (row, column); an odd last one is copied.
    """
    cos, sin = np.cos(angle), np.sin(angle)
    columns = points.shape[1]
    for k in range(first, last):
        for pair in range(0, columns - 1, 2):
            y, x = points[k, pair], points[k, pair + 1]
            out[k, pair] = row + cos * y + sin * x
            out[k, pair + 1] = col - sin * y + cos * x
        if columns % 2:
            out[k, columns - 1] = points[k, columns - 1]


@helper
def largest(values):
    """Return the largest of some numbers that are not negative."""
    most = 0.0
    for k in range(values.size):
        most = max(most, values[k])
    return most


@helper
def footprint_hits(occupied, ring, capsules, margins):
    """Tell whether a footprint comes nearer to anything placed than its margin allows.

    `margins[code]` is the distance to keep from pixels of that code. Free pixels are skipped at the
    cost of one byte each, and the first hit ends the scan.
    """
    height, width = occupied.shape
    margin = largest(margins)
    top, left, bottom, right = footprint_box(ring, capsules)
    for row in range(max(0, int(top - margin)), min(height - 1, int(bottom + margin + 1)) + 1):
        for col in range(max(0, int(left - margin)), min(width - 1, int(right + margin + 1)) + 1):
            code = occupied[row, col]
            if code != 0 and footprint_distance(float(row), float(col), ring, capsules) <= margins[code]:
                return True
    return False


@helper
def pick_node(clearance, need, low, high_y, high_x, uniforms, row):
    """Pick a grid node with enough clearance; fall back to the one with most.

    The nodes lie between `low` and `high` (indices). A few random probes come first: the scan of a window
    is left for crowded tiles.
    """
    span_y, span_x = high_y - low, high_x - low
    for probe in range(0, 10, 2):
        j = low + int(uniforms[row, probe] * span_y)
        i = low + int(uniforms[row, probe + 1] * span_x)
        if clearance[j, i] >= need:
            return j, i
    top = low + int(uniforms[row, 2] * (max(span_y - WINDOW, 0) + 1))
    left = low + int(uniforms[row, 3] * (max(span_x - WINDOW, 0) + 1))
    window = clearance[top : min(top + WINDOW, high_y), left : min(left + WINDOW, high_x)]
    j, i = scan_window(window, need, uniforms[row, 0])
    return top + j, left + i


@helper
def scan_window(window, need, uniform):
    """Return a random node among those with enough clearance, or else the one with most."""
    fits, best_j, best_i, best = 0, 0, 0, np.float32(-1e9)
    for j in range(window.shape[0]):
        for i in range(window.shape[1]):
            fits += window[j, i] >= need
            if window[j, i] > best:
                best_j, best_i, best = j, i, window[j, i]
    chosen = int(uniform * fits) if fits > 0 else -1
    for j in range(window.shape[0]):
        for i in range(window.shape[1]):
            if window[j, i] >= need:
                if chosen == 0:
                    return j, i
                chosen -= 1
    return best_j, best_i


@kernel
def place_footprint(occupied, clearance, ring, capsules, margins, inset, uniforms, code, reach, crossings, counts):
    """Search for a pose at which a footprint fits, and occupy it.

    Parameters
    ----------
    occupied : (H, W) uint8
        Kind codes of what is placed, 0 where free; changed in place.
    clearance : (h, w) float32
        Distance to the nearest thing placed, per grid node; lowered in place.
    ring, capsules : (m, 2), (k, 5) float64
        The footprint in local coordinates.
    margins : (codes,) float64
        Distance to keep from each kind.
    inset : float
        How far inside the tile the origin must lie; negative lets it lie outside.
    uniforms : (attempts, 12) float64
        One row per attempt: five probes, an angle, a spare.
    code : int
        Kind code of what is placed.
    reach : float
        Around the footprint, the clearance is exact up to this distance.
    crossings, counts : (H, c) float64, (H,) int64
        Scratch.

    Returns
    -------
    tuple
        Attempts used (negative when none succeeded), row, column, angle in radians.
    """
    height, width = occupied.shape
    low = int(np.ceil((PAD + inset) / SPACING))
    high_y = int((PAD + height - 1 - inset) // SPACING) + 1
    high_x = int((PAD + width - 1 - inset) // SPACING) + 1
    if high_y <= low or high_x <= low:
        return 0, 0.0, 0.0, 0.0
    need = max(0.0, -footprint_distance(0.0, 0.0, ring, capsules)) + largest(margins)
    placed_ring = np.empty_like(ring)
    placed = np.empty_like(capsules)
    attempts = uniforms.shape[0]
    for attempt in range(attempts):
        j, i = pick_node(clearance, need, low, high_y, high_x, uniforms, attempt)
        row = j * SPACING - PAD + (uniforms[attempt, 11] - 0.5) * SPACING
        col = i * SPACING - PAD + (uniforms[attempt, 9] - 0.5) * SPACING
        angle = uniforms[attempt, 10] * 2.0 * np.pi
        turn_into(ring, 0, ring.shape[0], row, col, angle, placed_ring)
        turn_into(capsules, 0, capsules.shape[0], row, col, angle, placed)
        if not footprint_hits(occupied, placed_ring, placed, margins):
            occupy_capsules(occupied, placed, code)
            lower_around(clearance, placed, 0, placed.shape[0], reach)
            if ring.shape[0] > 2:
                occupy_ring(occupied, placed_ring, crossings, counts, code)
                lower_around_ring(clearance, placed_ring, reach)
            return attempt + 1, row, col, angle
    return -attempts, 0.0, 0.0, 0.0


@helper
def occupy_capsules(occupied, capsules, code):
    """Write capsules into the occupancy raster."""
    height, width = occupied.shape
    for k in range(capsules.shape[0]):
        y0, x0, y1, x1, r = capsules[k, 0], capsules[k, 1], capsules[k, 2], capsules[k, 3], capsules[k, 4]
        for row in range(max(0, int(np.ceil(min(y0, y1) - r))), min(height - 1, int(max(y0, y1) + r)) + 1):
            for col in range(max(0, int(np.ceil(min(x0, x1) - r))), min(width - 1, int(max(x0, x1) + r)) + 1):
                if segment_distance(float(row), float(col), y0, x0, y1, x1) <= r:
                    occupied[row, col] = code


@helper
def occupy_ring(occupied, ring, crossings, counts, code):
    """Write the inside of a ring into the occupancy raster."""
    height, width = occupied.shape
    for row in range(height):
        counts[row] = 0
    add_crossings(ring, 0, ring.shape[0], crossings, counts)
    for row in range(height):
        for pair in range(0, counts[row] - 1, 2):
            first = max(0, int(np.ceil(crossings[row, pair])))
            for col in range(first, min(width, int(np.ceil(crossings[row, pair + 1])))):
                occupied[row, col] = code


@helper
def lower_clearance(clearance, y0, x0, y1, x1, r, reach):
    """Lower the clearance of nodes within `reach` pixels of a capsule."""
    height, width = clearance.shape
    zero, one = np.float32(0.0), np.float32(1.0)
    wide = r + reach
    j0, j1 = int((min(y0, y1) - wide + PAD) // SPACING), int((max(y0, y1) + wide + PAD) // SPACING) + 1
    i0, i1 = int((min(x0, x1) - wide + PAD) // SPACING), int((max(x0, x1) + wide + PAD) // SPACING) + 1
    i0, i1 = max(0, i0), min(width - 1, i1) + 1
    dy, dx, radius = np.float32(y1 - y0), np.float32(x1 - x0), np.float32(r)
    scale = one / (dy * dy + dx * dx + np.float32(1e-6))
    left = np.float32(i0 * SPACING - PAD - x0)
    for j in range(max(0, j0), min(height - 1, j1) + 1):
        line = clearance[j, i0:i1]
        dot, down = np.float32(0.0), np.float32(j * SPACING - PAD - y0)
        dot = down * dy * scale
        for i in range(line.size):
            rx = left + np.float32(i * SPACING)
            t = dot + rx * dx * scale
            t = t if t > zero else zero
            t = t if t < one else one
            ry = down - t * dy
            rx -= t * dx
            d = np.sqrt(ry * ry + rx * rx) - radius
            line[i] = d if d < line[i] else line[i]


@helper
def lower_around(clearance, capsules, first, last, reach):
    """Lower the clearance around capsules `first` to `last`."""
    for k in range(first, last):
        y0, x0, y1, x1 = capsules[k, 0], capsules[k, 1], capsules[k, 2], capsules[k, 3]
        lower_clearance(clearance, y0, x0, y1, x1, capsules[k, 4], reach)


@helper
def lower_around_ring(clearance, ring, reach):
    """Lower the clearance around a ring; inside it becomes negative."""
    n = ring.shape[0]
    for k in range(n):
        y0, x0 = ring[k - 1 if k else n - 1, 0], ring[k - 1 if k else n - 1, 1]
        lower_clearance(clearance, y0, x0, ring[k, 0], ring[k, 1], 0.0, reach)
    for j in range(clearance.shape[0]):
        for i in range(clearance.shape[1]):
            if inside_ring(float(j * SPACING - PAD), float(i * SPACING - PAD), ring):
                clearance[j, i] = min(clearance[j, i], np.float32(-1.0))


@helper
def clearance_at(clearance, y, x):
    """Return the clearance at the node nearest to a point; hugely negative outside the grid."""
    j, i = int((y + PAD) / SPACING + 0.5), int((x + PAD) / SPACING + 0.5)
    if y < -PAD or x < -PAD or j >= clearance.shape[0] or i >= clearance.shape[1]:
        return -1e9
    return float(clearance[j, i])


@helper
def roomiest_probe(clearance, enough, uniforms, chain):
    """Return the clearance, row and column of the best of some random nodes."""
    height, width = clearance.shape
    best, y, x = -1e9, 0.0, 0.0
    for probe in range(0, uniforms.shape[1], 2):
        j, i = int(uniforms[chain, probe] * height), int(uniforms[chain, probe + 1] * width)
        room = min(float(clearance[j, i]), enough)
        if room > best:
            best, y, x = room, float(j * SPACING - PAD), float(i * SPACING - PAD)
    return best, y, x


@helper
def write_link(out, row, y0, x0, y1, x1, radius, owner):
    """Write one capsule and its compartment number."""
    out[row, 0], out[row, 1], out[row, 2], out[row, 3], out[row, 4], out[row, 5] = y0, x0, y1, x1, radius, owner


@kernel
def pack_chains(clearance, wanted, uniforms, gap, smallest, first_owner, out):
    """Pack chains of capsules into free space, large ones first.

    Parameters
    ----------
    clearance : (h, w) float32
        Clearance grid, lowered in place as chains are put in.
    wanted : (c, 5) float64
        Radius, length, angle, bend per step in radians, taper per step; in order of placement.
    uniforms : (c, 2 * probes) float64
        Positions to probe, as fractions of the padded tile.
    gap : float
        Room left to neighbours, in pixels.
    smallest : float
        Radius below which a chain is dropped.
    first_owner : int
        Compartment number of the first chain.
    out : (m, 6) float32
        Receives the capsules and their compartment numbers.

    Returns
    -------
    tuple of int
        Capsules written, and the next free compartment number.
    """
    count, most = 0, out.shape[0] - 1
    owner = first_owner
    for chain in range(wanted.shape[0]):
        length, angle = wanted[chain, 1], wanted[chain, 2]
        best, y, x = roomiest_probe(clearance, wanted[chain, 0] + gap, uniforms, chain)
        radius = min(wanted[chain, 0], best - gap)
        if radius < smallest or count >= most:
            continue
        # the chain is walked first, and put in afterwards: it must not get into its own way
        start = count
        for side in range(2):
            cy, cx, r = y, x, radius
            heading = angle + np.pi * side
            walked = 0.0
            while walked < length / 2 and count < most:
                step = max(0.8 * r, 3.0)
                heading += wanted[chain, 3]
                ny, nx = cy + step * np.cos(heading), cx + step * np.sin(heading)
                r_next = min(r * wanted[chain, 4], clearance_at(clearance, ny, nx) - gap)
                if r_next < smallest:
                    break
                write_link(out, count, cy, cx, ny, nx, min(r, r_next), owner)
                count += 1
                cy, cx, r = ny, nx, r_next
                walked += step
        if count == start:
            write_link(out, count, y, x, y, x, radius, owner)
            count += 1
        lower_around(clearance, out, start, count, radius + gap)
        owner += 1
    return count, owner


@helper
def capsule_fits(clearance, capsules, k, spare):
    """Tell whether a capsule keeps clear of everything, by samples along its axis."""
    y0, x0, dy, dx = capsules[k, 0], capsules[k, 1], capsules[k, 2] - capsules[k, 0], capsules[k, 3] - capsules[k, 1]
    steps = int(np.sqrt(dy * dy + dx * dx) / SPACING) + 1
    for step in range(steps + 1):
        t = step / steps
        if clearance_at(clearance, y0 + t * dy, x0 + t * dx) < capsules[k, 4] + spare:
            return False
    return True


@kernel
def place_inside(clearance, capsules, starts, uniforms, height, width, poses):
    """Place footprints, one after the other, where the clearance is large enough.

    Parameters
    ----------
    clearance : (h, w) float32
        Distance of every grid node from borders and from what is placed; lowered in place.
    capsules : (k, 5) float64
        Footprints in local coordinates.
    starts : (n + 1,) int64
        Where each footprint starts.
    uniforms : (n, 3 * attempts) float64
        Row, column and angle of each attempt, as fractions.
    height, width : int
        Size of the tile.
    poses : (n, 4) float64
        Receives row, column, angle and the number of attempts, negative where none succeeded.
    """
    turned = np.empty_like(capsules)
    attempts = uniforms.shape[1] // 3
    for item in range(poses.shape[0]):
        first, last = starts[item], starts[item + 1]
        poses[item, 3] = -attempts
        for attempt in range(attempts):
            row = uniforms[item, 3 * attempt] * (height - 1)
            col = uniforms[item, 3 * attempt + 1] * (width - 1)
            angle = uniforms[item, 3 * attempt + 2] * 2.0 * np.pi
            turn_into(capsules, first, last, row, col, angle, turned)
            k = first
            while k < last and capsule_fits(clearance, turned, k, 1.0):
                k += 1
            if k == last:
                poses[item, 0], poses[item, 1], poses[item, 2], poses[item, 3] = row, col, angle, attempt + 1
                lower_around(clearance, turned, first, last, 24.0)
                break
