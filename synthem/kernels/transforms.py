"""Moving of many local geometries to their places."""

from __future__ import annotations

from enum import auto
from typing import Annotated, NamedTuple

import numpy as np

from synthem.kernels._jit import helper, kernel
from synthem.kernels._records import Doubles, Ints
from synthem.kernels.columns import Columns
from synthem.kernels.raster import CodeColumn, DiscColumn, Lines, StrokeColumn
from synthem.kernels.shading import EllipseColumn, LineColumn

__all__ = ["LocalPaint", "PieceColumn", "flatten_paint", "transform_kept", "transform_points"]


class PieceColumn(Columns):
    """Sizes and codes of a piece of paint: a ring, a set of lines of equally many points, or a set of discs."""

    POINTS = auto()  # number of its points or discs
    LINES = auto()  # number of its lines
    LABEL = auto()  # label code of lines, on which alone they show, and of discs
    LIMIT = auto()  # lowest label code that its discs may not cover
    FIRST_ID = auto()  # of its discs


class LocalPaint(NamedTuple):
    """Paint around the origins of parts, and where it goes."""

    rings: Annotated[Doubles, "f8[:,::1]"]  # (n, 2): points
    paths: Annotated[Doubles, "f8[:,::1]"]  # (p, 2): points of lines
    discs: Annotated[Doubles, "f8[:,::1]"]  # (d, 5): row, column, semi-axes, angle
    lines: Annotated[Doubles, "f8[:,::1]"]  # (s, 4), see `synthem.kernels.shading.LineColumn`
    ellipses: Annotated[Doubles, "f8[:,::1]"]  # (d, 4), see `EllipseColumn` there
    poses: Annotated[Doubles, "f8[:,::1]"]  # (m, 4): row, column, angle and scale of each piece: first of each ring,
    pieces: Annotated[Ints, "i8[:,::1]"]  # (m, 5), see `PieceColumn`: then of each set of lines, then of discs


@helper
def move(points, first, last, pose, pairs, turns, out, at):
    """Move points `first` to `last` by a pose, and write them from row `at` on; see `transform_points`."""
    row, col, angle, scale = pose[0], pose[1], pose[2], pose[3]
    cos, sin = scale * np.cos(angle), scale * np.sin(angle)
    columns = points.shape[1]
    for k in range(first, last):
        target = at + k - first
        for pair in range(0, 2 * pairs, 2):
            y, x = points[k, pair], points[k, pair + 1]
            out[target, pair] = row + cos * y + sin * x
            out[target, pair + 1] = col - sin * y + cos * x
        for c in range(2 * pairs, columns):
            out[target, c] = scale * points[k, c] if c < columns - turns else angle + points[k, c]


@kernel("f8[:,::1], f8[:,::1], i8[::1], i8, i8, f8[:,::1]")
def transform_points(points, poses, counts, pairs, turns, out):
    """Scale, turn and shift geometries, each by a pose of its own.

    Parameters
    ----------
    points : (n, c) float64
        All points. The first `2 * pairs` columns are pairs (row, column), those that follow are lengths, the last
        `turns` are angles.
    poses : (m, 4) float64
        Row, column, angle from the column axis towards the row axis, and scale of each geometry.
    counts : (m,) int64
        Number of points of each geometry.
    pairs, turns : int
        Number of columns of either sort.
    out : (n, c) float64
        Receives the result; may be `points`.
    """
    first = np.int64(0)
    for item in range(poses.shape[0]):
        move(points, first, first + counts[item], poses[item], pairs, turns, out, first)
        first += counts[item]


@kernel("f8[:,:,::1], f8[:,::1], i8[::1], f8[:,::1], b1[::1], i8, f8[:,:,::1], f8[:,::1]")
def transform_kept(pieces, rows, owners, poses, kept, turns, moved, shown):
    """Move the pieces of the shapes that are kept, each by the pose of its shape.

    Parameters
    ----------
    pieces : (n, k, c) float64
        Lines of k points, or single discs; columns as in `transform_points`, with one pair.
    rows : (n, 4) float64
        What is known of each.
    owners : (n,) int64
        The shape to which each belongs.
    poses, kept : (m, 4) float64, (m,) bool
        Pose of each shape, and whether it is kept.
    turns : int
        Number of the last columns that are angles.
    moved, shown : (n, k, c), (n, 4) float64
        Receive the pieces and what is known of them.

    Returns
    -------
    int
        Number of pieces that are kept.
    """
    count, start, pairs = np.int64(0), np.int64(0), np.int64(1)
    for n in range(pieces.shape[0]):
        if kept[owners[n]]:
            move(pieces[n], start, pieces.shape[1], poses[owners[n]], pairs, turns, moved[count], start)
            for c in range(4):
                shown[count, c] = rows[n, c]
            count += 1
    return count


@kernel(LocalPaint, "i8[::1]", Lines, "f4[::1], i8[:,::1], f4[:,::1]")
def flatten_paint(local, ring_starts, strokes, stroke_scales, disc_codes, disc_appearances):
    """Move all paint of a layout to its place; write starts of rings and lines, widths and codes.

    Parameters
    ----------
    local : LocalPaint
        All paint. Rings and discs are moved in place.
    ring_starts : (r + 1,) int64
        Receives where each ring starts, and the total.
    strokes : Lines
        Receives the moved lines, but for their greys.
    stroke_scales : (s,) float32
        Receives the scale of each line.
    disc_codes, disc_appearances : (d, 3) int64, (d, 4) float32
        Receive `synthem.kernels.raster.CodeColumn` of each disc, and the width of its rim.
    """
    rings, paths, discs, lines, ellipses, poses, pieces = local
    stroke_points, stroke_starts, stroke_appearances = strokes
    pairs, none, start = np.int64(1), np.int64(0), np.int64(0)
    row, line, disc, first = start, start, start, start
    ring_starts[0] = stroke_starts[0] = 0
    while row < ring_starts.size - 1:
        last = first + pieces[row, PieceColumn.POINTS]
        move(rings, first, last, poses[row], pairs, none, rings, first)
        first, row = last, row + 1
        ring_starts[row] = first
    first = start
    while first < paths.shape[0]:
        piece, scale = pieces[row], poses[row, 3]
        last, stop = first + piece[PieceColumn.POINTS], line + piece[PieceColumn.LINES]
        move(paths, first, last, poses[row], pairs, none, stroke_points, first)
        for n in range(line, stop):
            stroke_starts[n + 1] = stroke_starts[n] + (last - first) // piece[PieceColumn.LINES]
            stroke_appearances[n, StrokeColumn.HALF_WIDTH] = scale * lines[n, LineColumn.HALF_WIDTH]
            stroke_appearances[n, StrokeColumn.SOFTNESS] = scale * lines[n, LineColumn.SOFTNESS]
            stroke_appearances[n, StrokeColumn.ON] = piece[PieceColumn.LABEL]
            stroke_scales[n] = scale
        first, row, line = last, row + 1, stop
    while row < pieces.shape[0]:
        piece = pieces[row]
        last = disc + piece[PieceColumn.POINTS]
        move(discs, disc, last, poses[row], pairs, pairs, discs, disc)
        for n in range(disc, last):
            disc_codes[n, CodeColumn.LABEL] = piece[PieceColumn.LABEL]
            disc_codes[n, CodeColumn.LIMIT] = piece[PieceColumn.LIMIT]
            disc_codes[n, CodeColumn.ID] = piece[PieceColumn.FIRST_ID] + (n - disc)
            disc_appearances[n, DiscColumn.RIM_WIDTH] = poses[row, 3] * ellipses[n, EllipseColumn.RIM_WIDTH]
        disc, row = last, row + 1
