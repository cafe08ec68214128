"""Painting of fills, strokes and discs into the canvas.

Edge rule: pixel (row, column) is inside when its centre, the integer point (row, column), is;
on an edge the half-open rule holds (top and left edges belong to the shape). The rule is
applied in float64. `label` codes are those of `synthem.labels`.
"""

from __future__ import annotations

from enum import auto
from typing import Annotated, NamedTuple

import numpy as np

from synthem.kernels._jit import helper, kernel
from synthem.kernels._math import HALF, ONE, TWO, ZERO, clamp01, from_axis, lerp
from synthem.kernels._records import Doubles, Floats, Ints
from synthem.kernels.columns import Columns
from synthem.kernels.planes import Planes

__all__ = [
    "CodeColumn",
    "DiscColumn",
    "FillColumn",
    "Lines",
    "Rings",
    "StrokeColumn",
    "paint_discs",
    "paint_fills",
    "paint_strokes",
]

FAR = np.float32(1e12)
VECTOR = 8
"""SIMD width; pad runs to a multiple to avoid a scalar tail."""


class CodeColumn(Columns):
    """Label and id of a fill or a disc."""

    LABEL = auto()  # label code; 0: none
    LIMIT = auto()  # pixels with a label of at least this stay
    ID = auto()  # 0: of no object


class FillColumn(Columns):
    """Appearance of a fill. Greys are levels, lengths pixels, angles radians."""

    LEVEL = auto()
    TEXTURE_SD = auto()
    LAMELLA = auto()  # amplitude of parallel ridges
    PERIOD = auto()  # of the ridges
    ANGLE = auto()  # of the direction across them
    PHASE = auto()


class StrokeColumn(Columns):
    """Appearance of a soft line. The grey is a level, lengths are pixels."""

    HALF_WIDTH = auto()
    SOFTNESS = auto()  # distance over which the line fades
    LEVEL = auto()
    OPACITY = auto()
    ON = auto()  # label code on which alone it shows


class DiscColumn(Columns):
    """Appearance of an ellipse with a rim. Greys are levels, lengths pixels."""

    RIM_WIDTH = auto()
    RIM_LEVEL = auto()
    INTERIOR_LEVEL = auto()
    OPACITY = auto()


class Rings(NamedTuple):
    """Outlines of fills: a fill has one ring or more."""

    points: Annotated[Doubles, "f8[:,::1]"]  # (p, 2): row and column of the vertices of all rings
    starts: Annotated[Ints, "i8[::1]"]  # (r + 1,): where each ring starts among the points
    fills: Annotated[Ints, "i8[::1]"]  # (f + 1,): where each fill starts among the rings


class Lines(NamedTuple):
    """Soft lines."""

    points: Annotated[Floats, "f4[:,::1]"]  # (p, 2): row and column of the vertices of all lines
    starts: Annotated[Ints, "i8[::1]"]  # (s + 1,): where each line starts among the points
    appearances: Annotated[Floats, "f4[:,::1]"]  # (s, 5), see `StrokeColumn`


@helper
def add_crossings(points, start, stop, crossings, counts):
    """Add, to the sorted list of every row, where the ring of points `start` to `stop` crosses it."""
    height, most = crossings.shape
    y0, x0 = points[stop - 1, 0], points[stop - 1, 1]
    for k in range(start, stop):
        y1, x1 = points[k, 0], points[k, 1]
        slope = (x1 - x0) / (y1 - y0)  # of no account where the edge crosses no row
        for row in range(max(0, int(np.ceil(min(y0, y1)))), min(height, int(np.ceil(max(y0, y1))))):
            slot = counts[row]
            if slot < most:
                x = x0 + (row - y0) * slope
                counts[row] = slot + 1
                while slot > 0 and crossings[row, slot - 1] > x:
                    crossings[row, slot] = crossings[row, slot - 1]
                    slot -= 1
                crossings[row, slot] = x
        y0, x0 = y1, x1


@helper
def fill_relief(bank, appearance, row, start, relief):
    """Write texture and parallel ridges of a fill along a run of pixels, to be added to its level."""
    period, count = bank.shape[0], relief.size
    texture_sd, ridges = appearance[FillColumn.TEXTURE_SD], appearance[FillColumn.LAMELLA]
    shift = np.int64(abs(appearance[FillColumn.PHASE]) * 8191.0)
    first = (start + 7 * shift) % period
    texture = bank[(row + shift) % period, first : first + count]
    if ridges == 0:
        for p in range(count):
            relief[p] = texture_sd * texture[p]
        return
    per_pixel, eight = ONE / max(appearance[FillColumn.PERIOD], ONE), np.float32(8.0)
    down, right = per_pixel * np.cos(appearance[FillColumn.ANGLE]), per_pixel * np.sin(appearance[FillColumn.ANGLE])
    phase = appearance[FillColumn.PHASE] * np.float32(0.5 / np.pi)
    bend, swing = np.float32(0.15), np.float32(0.2)  # ridges meander, once in seven periods
    for p in range(count):
        col = np.float32(start + p)
        along = bend * (right * np.float32(row) - down * col) + TWO * phase
        along -= np.floor(along + HALF)
        turn = down * np.float32(row) + right * col + phase + np.float32(0.09) * texture[p]
        turn += swing * eight * along * (ONE - TWO * abs(along))  # a sine, nearly
        turn -= np.floor(turn + HALF)
        wave = eight * turn * (ONE - TWO * abs(turn))
        relief[p] = texture_sd * texture[p] + ridges * wave * wave * wave


@helper
def paint_run(level, relief, code, limit, ident, grey, label, ids):
    """Fill neighbouring pixels, except where a label of at least `limit` is; code 0 leaves labels alone.

    Without a code, id 0 leaves ids alone, too.
    """
    for p in range(relief.size):
        free = label[p] < limit
        grey[p] = level + relief[p] if free else grey[p]
        marked = free & (code != 0)
        ids[p] = ident if marked | (free & (ident != 0)) else ids[p]
        label[p] = code if marked else label[p]


@kernel(Rings, "i8[:,::1], f4[:,::1], Array(f4, 2, 'C', readonly=True), f8[:,::1], i8[::1], f4[::1]", Planes)
def paint_fills(rings, codes, appearances, bank, crossings, counts, relief, planes):
    """Fill polygons (even-odd over their rings) with grey, label and id.

    Parameters
    ----------
    rings : Rings
        The outlines.
    codes : (f, 3) int64
        See `CodeColumn`.
    appearances : (f, 6) float32
        See `FillColumn`.
    bank : (b, w) float32
        Periodic texture, unit standard deviation, its first columns repeated beyond its period.
    crossings, counts, relief : (H, c) float64, (H,) int64, (b,) float32
        Scratch; c is the number of points of a fill, at most.
    planes : Planes
        Changed in place.
    """
    points, ring_starts, fill_rings = rings
    grey, label, ids = planes.grey, planes.label, planes.ids
    height, width = label.shape
    longest = bank.shape[1] - bank.shape[0]
    for fill in range(codes.shape[0]):
        code, limit = np.uint8(codes[fill, CodeColumn.LABEL]), np.uint8(codes[fill, CodeColumn.LIMIT])
        ident, level = np.int32(codes[fill, CodeColumn.ID]), appearances[fill, FillColumn.LEVEL]
        low, high = float(height), 0.0
        for k in range(ring_starts[fill_rings[fill]], ring_starts[fill_rings[fill + 1]]):
            low, high = min(low, points[k, 0]), max(high, points[k, 0])
        top, bottom = max(0, int(np.ceil(low))), min(height, int(np.floor(high)) + 1)
        for row in range(top, bottom):
            counts[row] = 0
        for ring in range(fill_rings[fill], fill_rings[fill + 1]):
            add_crossings(points, ring_starts[ring], ring_starts[ring + 1], crossings, counts)
        for row in range(top, bottom):
            for pair in range(0, counts[row] - 1, 2):
                start = max(0, int(np.ceil(crossings[row, pair])))
                end = min(width, int(np.ceil(crossings[row, pair + 1])))
                while start < end:
                    stop = min(end, start + longest)
                    run = relief[: stop - start]
                    fill_relief(bank, appearances[fill], row, start, run)
                    greys, labels, owners = grey[row, start:stop], label[row, start:stop], ids[row, start:stop]
                    paint_run(level, run, code, limit, ident, greys, labels, owners)
                    start = stop


@helper
def reached_columns(points, k, row, reach, width):
    """Return first and last column (exclusive) of those of a row that a segment may reach, multiples of `VECTOR`."""
    y0, x0, y1, x1 = points[k, 0], points[k, 1], points[k + 1, 0], points[k + 1, 1]
    if min(y0, y1) - reach > row or max(y0, y1) + reach < row:
        return 0, 0
    start, stop = max(0, int(min(x0, x1) - reach)), min(width, int(max(x0, x1) + reach) + 1)
    return start // VECTOR * VECTOR, (stop + VECTOR - 1) // VECTOR * VECTOR


@helper
def lower_to_segment(points, k, y, x, away):
    """Lower squared distances of the points (y, x), (y, x + 1), ... to those from segment k of a path."""
    y0, x0 = points[k, 0], points[k, 1]
    dy, dx = points[k + 1, 0] - y0, points[k + 1, 1] - x0
    scale = ONE / (dy * dy + dx * dx + np.float32(1e-9))
    down, right = np.float32(y) - y0, np.float32(x) - x0
    for i in range(away.size):
        ry, rx = from_axis(down, right + np.float32(np.int32(i)), dy, dx, scale)
        d = ry * ry + rx * rx
        away[i] = d if d < away[i] else away[i]


@helper
def blend_run(away, appearance, label, grey):
    """Blend a soft line into neighbouring pixels, given their squared distances from it, which become `FAR`."""
    half, steep = appearance[StrokeColumn.HALF_WIDTH], ONE / appearance[StrokeColumn.SOFTNESS]
    level, opacity = appearance[StrokeColumn.LEVEL], appearance[StrokeColumn.OPACITY]
    clip, three = np.uint8(appearance[StrokeColumn.ON]), np.float32(3.0)
    for p in range(grey.size):
        t = clamp01((np.sqrt(away[p]) - half) * steep)
        cover = opacity * (ONE - t * t * (three - TWO * t))
        cover = cover if label[p] == clip else ZERO
        grey[p] = lerp(grey[p], level, cover)
    for p in range(away.size):
        away[p] = FAR


@kernel(Lines, "f4[::1]", Planes)
def paint_strokes(lines, away, planes):
    """Blend soft lines into the grey image; strokes carry no label.

    Parameters
    ----------
    lines : Lines
        The lines.
    away : (W + VECTOR,) float32 or longer
        Scratch.
    planes : Planes
        Greys are changed in place.
    """
    points, starts, appearances = lines
    grey, label = planes.grey, planes.label
    height, width = label.shape
    for col in range(width + VECTOR):
        away[col] = FAR
    for stroke in range(appearances.shape[0]):
        first, last = starts[stroke], starts[stroke + 1] - 1
        reach = appearances[stroke, StrokeColumn.HALF_WIDTH] + appearances[stroke, StrokeColumn.SOFTNESS]
        low, high = points[first, 0], points[first, 0]
        for k in range(first + 1, last + 1):
            low, high = min(low, points[k, 0]), max(high, points[k, 0])
        for row in range(max(0, int(np.ceil(low - reach))), min(height - 1, int(np.floor(high + reach))) + 1):
            left, right = width, 0
            for k in range(first, last):
                start, stop = reached_columns(points, k, row, reach, width)
                if start < stop:
                    left, right = min(left, start), max(right, stop)
                    lower_to_segment(points, k, row, start, away[start:stop])
            if left < right:
                blend_run(away[left:right], appearances[stroke], label[row, left:right], grey[row, left:right])


@kernel("f8[:,::1], i8[:,::1], f4[:,::1]", Planes)
def paint_discs(discs, codes, appearances, planes):
    """Paint ellipses with a rim.

    Parameters
    ----------
    discs : (d, 5) float64
        Row, column, semi-axes, angle of the first axis from the column axis towards the row axis.
    codes : (d, 3) int64
        See `CodeColumn`.
    appearances : (d, 4) float32
        See `DiscColumn`.
    planes : Planes
        Changed in place.
    """
    grey, label, ids = planes.grey, planes.label, planes.ids
    height, width = label.shape
    for k in range(discs.shape[0]):
        cy, cx, a, b = discs[k, 0], discs[k, 1], discs[k, 2], discs[k, 3]
        cos, sin = np.cos(discs[k, 4]), np.sin(discs[k, 4])
        code, limit, ident = codes[k, CodeColumn.LABEL], codes[k, CodeColumn.LIMIT], codes[k, CodeColumn.ID]
        rim, interior = appearances[k, DiscColumn.RIM_LEVEL], appearances[k, DiscColumn.INTERIOR_LEVEL]
        steep = ONE / max(appearances[k, DiscColumn.RIM_WIDTH], np.float32(0.1))
        opacity = appearances[k, DiscColumn.OPACITY]
        reach, small = max(a, b), min(a, b)
        for row in range(max(0, int(np.ceil(cy - reach))), min(height - 1, int(np.floor(cy + reach))) + 1):
            for col in range(max(0, int(np.ceil(cx - reach))), min(width - 1, int(np.floor(cx + reach))) + 1):
                dy, dx = row - cy, col - cx
                u, v = (dy * sin + dx * cos) / a, (dy * cos - dx * sin) / b
                q = u * u + v * v
                if q > 1.0 or label[row, col] >= limit:
                    continue
                t = clamp01(np.float32((1.0 - np.sqrt(q)) * small) * steep)
                grey[row, col] = lerp(grey[row, col], lerp(rim, interior, t * t), opacity)
                if code != 0:
                    label[row, col] = code
                    ids[row, col] = ident
