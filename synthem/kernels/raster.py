"""Painting of fills, strokes and discs into the canvas.

Edge rule: pixel (row, column) is inside when its centre, the integer point (row, column), is;
on an edge the half-open rule holds (top and left edges belong to the shape). What is inside is
decided in float64. `label` codes are those of `synthem.canvas`.
"""

from __future__ import annotations

import numpy as np

from synthem.kernels._jit import kernel

__all__ = ["paint_discs", "paint_fills", "paint_strokes"]


@kernel
def row_crossings(points, ring_starts, first, last, row, crossings):
    """Collect, in order, where rings first..last-1 cross a row; return how many."""
    count = 0
    for ring in range(first, last):
        start, stop = ring_starts[ring], ring_starts[ring + 1]
        y0, x0 = points[stop - 1, 0], points[stop - 1, 1]
        for k in range(start, stop):
            y1, x1 = points[k, 0], points[k, 1]
            if (y0 <= row) != (y1 <= row) and count < crossings.size:
                x = x0 + (row - y0) / (y1 - y0) * (x1 - x0)
                slot = count
                while slot > 0 and crossings[slot - 1] > x:
                    crossings[slot] = crossings[slot - 1]
                    slot -= 1
                crossings[slot] = x
                count += 1
            y0, x0 = y1, x1
    return count


@kernel
def paint_fills(points, ring_starts, fill_rings, codes, looks, bank, crossings, grey, label, ids):
    """Fill polygons (even-odd over their rings) with grey, label and id.

    Parameters
    ----------
    points : (p, 2) float64
        Vertices of all rings, row and column.
    ring_starts : (r + 1,) int64
        Where each ring starts in `points`.
    fill_rings : (f + 1,) int64
        Where each fill starts in the rings.
    codes : (f, 3) int64
        Label code to write (-1: none), lowest code it may not cover (a pixel with a label of at
        least this stays), id.
    looks : (f, 6) float32
        Grey level, grain amplitude, lamella amplitude, period, angle, phase.
    bank : (b, b) float32
        Periodic texture, unit standard deviation.
    crossings : (c,) float64
        Scratch.
    grey, label, ids : (H, W)
        The canvas, changed in place.
    """
    height, width = label.shape
    wrap = bank.shape[0] - 1
    for fill in range(codes.shape[0]):
        code, limit, ident = codes[fill, 0], codes[fill, 1], codes[fill, 2]
        level, grain, lamella = looks[fill, 0], looks[fill, 1], looks[fill, 2]
        turn = np.float32(2.0 * np.pi) / max(looks[fill, 3], np.float32(1.0))
        across_y, across_x = turn * np.cos(looks[fill, 4]), turn * np.sin(looks[fill, 4])
        phase = looks[fill, 5]
        shift = np.int64(abs(phase) * 8191.0)
        first, last = fill_rings[fill], fill_rings[fill + 1]
        low, high = 1e9, -1e9
        for k in range(ring_starts[first], ring_starts[last]):
            low, high = min(low, points[k, 0]), max(high, points[k, 0])
        for row in range(max(0, int(np.ceil(low))), min(height - 1, int(np.floor(high))) + 1):
            count = row_crossings(points, ring_starts, first, last, row, crossings)
            for pair in range(0, count - 1, 2):
                start = max(0, int(np.ceil(crossings[pair])))
                stop = min(width, int(np.ceil(crossings[pair + 1])))
                for col in range(start, stop):
                    if label[row, col] >= limit:
                        continue
                    texture = bank[(row + shift) & wrap, (col + shift * 7) & wrap]
                    value = level + grain * texture
                    if lamella != 0.0:
                        along = np.float32(0.3) * (across_x * row - across_y * col)
                        bent = np.float32(0.9) * np.sin(along + np.float32(2.0) * phase)
                        wave = np.sin(across_y * row + across_x * col + phase + bent + np.float32(0.4) * texture)
                        value += lamella * wave
                    grey[row, col] = value
                    if code >= 0:
                        label[row, col] = code
                        ids[row, col] = ident


@kernel
def segment_distance(y, x, y0, x0, y1, x1):
    """Return the distance of a point from a segment."""
    dy, dx = y1 - y0, x1 - x0
    ry, rx = y - y0, x - x0
    length2 = dy * dy + dx * dx
    if length2 > 0:
        t = (ry * dy + rx * dx) / length2
        t = min(max(t, 0), 1)
        ry -= t * dy
        rx -= t * dx
    return np.sqrt(ry * ry + rx * rx)


@kernel
def paint_strokes(points, starts, looks, grey, label):
    """Blend soft lines into the grey image; strokes carry no label.

    Parameters
    ----------
    points : (p, 2) float32
        Vertices of all paths.
    starts : (s + 1,) int64
        Where each path starts.
    looks : (s, 5) float32
        Half-width, softness (distance over which the line fades), grey level, opacity in [0, 1],
        label code on which alone it shows.
    grey, label : (H, W)
        The canvas; `grey` is changed in place.
    """
    height, width = label.shape
    for stroke in range(looks.shape[0]):
        half, soft, level, opacity = looks[stroke, 0], looks[stroke, 1], looks[stroke, 2], looks[stroke, 3]
        clip = np.uint8(looks[stroke, 4])
        first, last = starts[stroke], starts[stroke + 1] - 1
        reach = half + soft
        for k in range(first, last):
            y0, x0, y1, x1 = points[k, 0], points[k, 1], points[k + 1, 0], points[k + 1, 1]
            top = max(0, int(np.floor(min(y0, y1) - reach)))
            bottom = min(height - 1, int(np.ceil(max(y0, y1) + reach)))
            left = max(0, int(np.floor(min(x0, x1) - reach)))
            right = min(width - 1, int(np.ceil(max(x0, x1) + reach)))
            for row in range(top, bottom + 1):
                for col in range(left, right + 1):
                    if label[row, col] != clip:
                        continue
                    y, x = np.float32(row), np.float32(col)
                    d = segment_distance(y, x, y0, x0, y1, x1)
                    if d >= reach:
                        continue
                    # a pixel near a joint belongs to the nearer neighbour only
                    if k > first and segment_distance(y, x, points[k - 1, 0], points[k - 1, 1], y0, x0) <= d:
                        continue
                    if k + 1 < last and segment_distance(y, x, y1, x1, points[k + 2, 0], points[k + 2, 1]) < d:
                        continue
                    t = (d - half) / soft
                    t = min(max(t, np.float32(0.0)), np.float32(1.0))
                    cover = opacity * (np.float32(1.0) - t * t * (np.float32(3.0) - np.float32(2.0) * t))
                    grey[row, col] += cover * (level - grey[row, col])


@kernel
def paint_discs(discs, codes, looks, grey, label, ids):
    """Paint ellipses with a rim.

    Parameters
    ----------
    discs : (d, 5) float64
        Row, column, semi-axes, angle of the first axis from the column axis towards the row axis.
    codes : (d, 3) int64
        Label code (-1: none), lowest code it may not cover, id.
    looks : (d, 4) float32
        Rim width, rim grey, interior grey, opacity.
    grey, label, ids : (H, W)
        The canvas, changed in place.
    """
    height, width = label.shape
    for k in range(discs.shape[0]):
        cy, cx, a, b = discs[k, 0], discs[k, 1], discs[k, 2], discs[k, 3]
        cos, sin = np.cos(discs[k, 4]), np.sin(discs[k, 4])
        code, limit, ident = codes[k, 0], codes[k, 1], codes[k, 2]
        rim, rim_level, inner_level, opacity = looks[k, 0], looks[k, 1], looks[k, 2], looks[k, 3]
        reach = max(a, b)
        small = min(a, b)
        for row in range(max(0, int(np.ceil(cy - reach))), min(height - 1, int(np.floor(cy + reach))) + 1):
            for col in range(max(0, int(np.ceil(cx - reach))), min(width - 1, int(np.floor(cx + reach))) + 1):
                dy, dx = row - cy, col - cx
                u, v = (dy * sin + dx * cos) / a, (dy * cos - dx * sin) / b
                q = u * u + v * v
                if q > 1.0 or label[row, col] >= limit:
                    continue
                depth = np.float32((1.0 - np.sqrt(q)) * small)
                t = min(max(depth / max(rim, np.float32(0.1)), np.float32(0.0)), np.float32(1.0))
                value = rim_level + t * t * (inner_level - rim_level)
                grey[row, col] += opacity * (value - grey[row, col])
                if code >= 0:
                    label[row, col] = code
                    ids[row, col] = ident
