"""Free space: the occupancy raster, the clearance grid and the search for a pose.

A footprint is a polygon ring (possibly empty) together with capsules (possibly none). A capsule is
``y0, x0, y1, x1, radius``. The clearance grid has a node every `SPACING` pixels and reaches `PAD` pixels
beyond the tile; it holds the distance to the nearest thing placed.
"""

from __future__ import annotations

import numpy as np

from synthem.kernels._jit import kernel
from synthem.kernels.raster import row_crossings, segment_distance

__all__ = ["PAD", "SPACING", "find_pose", "lower_clearance", "occupy", "pack_chains", "place_inside"]

SPACING = 4
PAD = 48
FAR = np.float32(1e9)


@kernel
def footprint_distance(y, x, ring, capsules):
    """Return the signed distance of a point from a footprint; negative inside."""
    best = 1e9
    for k in range(capsules.shape[0]):
        c = capsules[k]
        best = min(best, segment_distance(y, x, c[0], c[1], c[2], c[3]) - c[4])
    n = ring.shape[0]
    if n > 2:
        edge = 1e9
        inside = False
        y0, x0 = ring[n - 1, 0], ring[n - 1, 1]
        for k in range(n):
            y1, x1 = ring[k, 0], ring[k, 1]
            edge = min(edge, segment_distance(y, x, y0, x0, y1, x1))
            if (y0 <= y) != (y1 <= y) and x < x0 + (y - y0) / (y1 - y0) * (x1 - x0):
                inside = not inside
            y0, x0 = y1, x1
        best = min(best, -edge if inside else edge)
    return best


@kernel
def footprint_box(ring, capsules):
    """Return the bounding box (top, left, bottom, right) of a footprint."""
    top, left, bottom, right = 1e9, 1e9, -1e9, -1e9
    for k in range(capsules.shape[0]):
        y0, x0, y1, x1, r = capsules[k]
        top, bottom = min(top, min(y0, y1) - r), max(bottom, max(y0, y1) + r)
        left, right = min(left, min(x0, x1) - r), max(right, max(x0, x1) + r)
    for k in range(ring.shape[0]):
        top, bottom = min(top, ring[k, 0]), max(bottom, ring[k, 0])
        left, right = min(left, ring[k, 1]), max(right, ring[k, 1])
    return top, left, bottom, right


@kernel
def turn_into(points, row, col, cos, sin, out):
    """Rotate points (row, column pairs) from the column axis towards the row axis, then shift them.

    An odd last column is copied.
    """
    for k in range(points.shape[0]):
        for pair in range(0, points.shape[1] - 1, 2):
            y, x = points[k, pair], points[k, pair + 1]
            out[k, pair] = row + cos * y + sin * x
            out[k, pair + 1] = col - sin * y + cos * x
        if points.shape[1] % 2:
            out[k, points.shape[1] - 1] = points[k, points.shape[1] - 1]


@kernel
def footprint_hits(occupied, ring, capsules, margins):
    """Tell whether a footprint comes nearer to anything placed than its margin allows.

    `margins[code]` is the distance to keep from pixels of that code. Free pixels are skipped at the
    cost of one byte each, and the first hit ends the scan.
    """
    height, width = occupied.shape
    margin = margins.max()
    top, left, bottom, right = footprint_box(ring, capsules)
    for row in range(max(0, int(top - margin)), min(height - 1, int(bottom + margin + 1)) + 1):
        for col in range(max(0, int(left - margin)), min(width - 1, int(right + margin + 1)) + 1):
            code = occupied[row, col]
            if code and footprint_distance(float(row), float(col), ring, capsules) <= margins[code]:
                return True
    return False


@kernel
def pick_node(clearance, need, low, high_y, high_x, uniforms, row):
    """Pick a grid node with enough clearance; fall back to the one with most.

    The nodes lie between `low` and `high` (indices). A few random probes come first: the full scan
    is left for crowded tiles.
    """
    span_y, span_x = high_y - low, high_x - low
    for probe in range(0, uniforms.shape[1] - 1, 2):
        j = low + int(uniforms[row, probe] * span_y)
        i = low + int(uniforms[row, probe + 1] * span_x)
        if clearance[j, i] >= need:
            return j, i
    fits = 0
    best_j, best_i, best = low, low, np.float32(-1e9)
    for j in range(low, high_y):
        for i in range(low, high_x):
            if clearance[j, i] >= need:
                fits += 1
            if clearance[j, i] > best:
                best_j, best_i, best = j, i, clearance[j, i]
    if fits:
        chosen = int(uniforms[row, 0] * fits)
        for j in range(low, high_y):
            for i in range(low, high_x):
                if clearance[j, i] >= need:
                    if chosen == 0:
                        return j, i
                    chosen -= 1
    return best_j, best_i


@kernel
def find_pose(occupied, clearance, ring, capsules, margins, need, inset, uniforms):
    """Search for a pose at which a footprint fits.

    Parameters
    ----------
    occupied : (H, W) uint8
        Kind codes of what is placed, 0 where free.
    clearance : (h, w) float32
        Distance to the nearest thing placed, per grid node.
    ring, capsules : (m, 2), (k, 5) float64
        The footprint in local coordinates.
    margins : (codes,) float64
        Distance to keep from each kind.
    need : float
        Clearance the footprint's origin needs at least.
    inset : float
        How far inside the tile the origin must lie; negative lets it lie outside.
    uniforms : (attempts, 12) float64
        One row per attempt: five probes, an angle, a spare.

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
    turned_ring = np.empty_like(ring)
    turned_capsules = np.empty_like(capsules)
    attempts = uniforms.shape[0]
    for attempt in range(attempts):
        j, i = pick_node(clearance, need, low, high_y, high_x, uniforms, attempt)
        row = j * SPACING - PAD + (uniforms[attempt, 11] - 0.5) * SPACING
        col = i * SPACING - PAD + (uniforms[attempt, 9] - 0.5) * SPACING
        angle = uniforms[attempt, 10] * 2.0 * np.pi
        cos, sin = np.cos(angle), np.sin(angle)
        turn_into(ring, row, col, cos, sin, turned_ring)
        turn_into(capsules, row, col, cos, sin, turned_capsules)
        if not footprint_hits(occupied, turned_ring, turned_capsules, margins):
            return attempt + 1, row, col, angle
    return -attempts, 0.0, 0.0, 0.0


@kernel
def occupy(occupied, ring, capsules, crossings, code):
    """Write a footprint into the occupancy raster."""
    height, width = occupied.shape
    for k in range(capsules.shape[0]):
        y0, x0, y1, x1, r = capsules[k]
        for row in range(max(0, int(np.ceil(min(y0, y1) - r))), min(height - 1, int(max(y0, y1) + r)) + 1):
            for col in range(max(0, int(np.ceil(min(x0, x1) - r))), min(width - 1, int(max(x0, x1) + r)) + 1):
                if segment_distance(float(row), float(col), y0, x0, y1, x1) <= r:
                    occupied[row, col] = code
    if ring.shape[0] > 2:
        top, bottom = ring[:, 0].min(), ring[:, 0].max()
        starts = np.array([0, ring.shape[0]])
        for row in range(max(0, int(np.ceil(top))), min(height - 1, int(bottom)) + 1):
            count = row_crossings(ring, starts, 0, 1, row, crossings)
            for pair in range(0, count - 1, 2):
                first = max(0, int(np.ceil(crossings[pair])))
                for col in range(first, min(width, int(np.ceil(crossings[pair + 1])))):
                    occupied[row, col] = code


@kernel
def lower_clearance(clearance, ring, capsules, reach):
    """Lower the clearance of nodes within `reach` pixels of a footprint."""
    height, width = clearance.shape
    top, left, bottom, right = footprint_box(ring, capsules)
    j0, j1 = int((top - reach + PAD) // SPACING), int((bottom + reach + PAD) // SPACING) + 1
    i0, i1 = int((left - reach + PAD) // SPACING), int((right + reach + PAD) // SPACING) + 1
    for j in range(max(0, j0), min(height - 1, j1) + 1):
        y = float(j * SPACING - PAD)
        for i in range(max(0, i0), min(width - 1, i1) + 1):
            d = footprint_distance(y, float(i * SPACING - PAD), ring, capsules)
            clearance[j, i] = min(clearance[j, i], np.float32(d))


@kernel
def clearance_at(clearance, y, x):
    """Return the clearance at the node nearest to a point; hugely negative outside the grid."""
    j, i = int(np.round((y + PAD) / SPACING)), int(np.round((x + PAD) / SPACING))
    if j < 0 or i < 0 or j >= clearance.shape[0] or i >= clearance.shape[1]:
        return np.float32(-1e9)
    return clearance[j, i]


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
    height, width = clearance.shape
    count = 0
    owner = first_owner
    capsule = np.empty((1, 5))
    no_ring = np.empty((0, 2))
    for chain in range(wanted.shape[0]):
        radius, length, angle, bend, taper = wanted[chain]
        best, y, x = -1e9, 0.0, 0.0
        for probe in range(0, uniforms.shape[1], 2):
            j, i = int(uniforms[chain, probe] * height), int(uniforms[chain, probe + 1] * width)
            room = min(clearance[j, i], radius + gap)
            if room > best:
                best, y, x = room, float(j * SPACING - PAD), float(i * SPACING - PAD)
        radius = min(radius, best - gap)
        if radius < smallest or count + 1 >= out.shape[0]:
            continue
        # the chain is walked first, and put in afterwards: it must not get into its own way
        start = count
        for side in range(2):
            cy, cx, r = y, x, radius
            heading = angle + np.pi * side
            walked = 0.0
            while walked < length / 2 and count + 1 < out.shape[0]:
                step = max(0.8 * r, 3.0)
                heading += bend
                ny, nx = cy + step * np.cos(heading), cx + step * np.sin(heading)
                room = clearance_at(clearance, ny, nx) - gap
                r_next = min(r * taper, room)
                if r_next < smallest:
                    break
                out[count, 0], out[count, 1], out[count, 2], out[count, 3] = cy, cx, ny, nx
                out[count, 4], out[count, 5] = min(r, r_next), owner
                count += 1
                cy, cx, r = ny, nx, r_next
                walked += step
        if count == start:
            out[count, 0], out[count, 1], out[count, 2], out[count, 3] = y, x, y, x
            out[count, 4], out[count, 5] = radius, owner
            count += 1
        for k in range(start, count):
            for c in range(5):
                capsule[0, c] = out[k, c]
            lower_clearance(clearance, no_ring, capsule, radius + gap)
        owner += 1
    return count, owner


@kernel
def capsule_fits(clearance, y0, x0, y1, x1, radius):
    """Tell whether a capsule keeps clear of everything, by samples along its axis."""
    length = np.sqrt((y1 - y0) ** 2 + (x1 - x0) ** 2)
    steps = int(length / SPACING) + 1
    for step in range(steps + 1):
        t = step / steps
        if clearance_at(clearance, y0 + t * (y1 - y0), x0 + t * (x1 - x0)) < radius:
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
    no_ring = np.empty((0, 2))
    attempts = uniforms.shape[1] // 3
    for item in range(poses.shape[0]):
        first, last = starts[item], starts[item + 1]
        poses[item, 3] = -attempts
        for attempt in range(attempts):
            row = uniforms[item, 3 * attempt] * (height - 1)
            col = uniforms[item, 3 * attempt + 1] * (width - 1)
            angle = uniforms[item, 3 * attempt + 2] * 2.0 * np.pi
            cos, sin = np.cos(angle), np.sin(angle)
            turn_into(capsules[first:last], row, col, cos, sin, turned[first:last])
            fits = True
            for k in range(first, last):
                c = turned[k]
                if not capsule_fits(clearance, c[0], c[1], c[2], c[3], c[4] + 1.0):
                    fits = False
                    break
            if fits:
                poses[item, 0], poses[item, 1], poses[item, 2], poses[item, 3] = row, col, angle, attempt + 1
                lower_clearance(clearance, no_ring, turned[first:last], 24.0)
                break
