"""Moving of many local geometries to their places."""

from __future__ import annotations

import numpy as np

from synthem.kernels._jit import helper, kernel

__all__ = ["flatten_paint", "transform_kept", "transform_points"]


@helper
def move(points, first, last, pose, pairs, turns, out, at):
    """Move points `first` to `last` by a pose, and write them from row `at` on."""
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
        How many columns are what.
    out : (n, c) float64
        Receives the result; may be `points`.
    """
    first = np.int64(0)
    for item in range(poses.shape[0]):
        move(points, first, first + counts[item], poses[item], pairs, turns, out, first)
        first += counts[item]


@kernel("f8[:,:,::1], f8[:,::1], i8[::1], f8[:,::1], b1[::1], i8, f8[:,:,::1], f8[:,::1]")
def transform_kept(pieces, looks, owners, poses, kept, turns, moved, shown):
    """Move the pieces of the shapes that are kept, each by the pose of its shape.

    Parameters
    ----------
    pieces : (n, k, c) float64
        Lines of k points, or single discs; columns as in `transform_points`, with one pair.
    looks : (n, 4) float64
        How each looks.
    owners : (n,) int64
        The shape to which each belongs.
    poses, kept : (m, 4) float64, (m,) bool
        Pose of each shape, and whether it is kept.
    turns : int
        How many of the last columns are angles.
    moved, shown : (n, k, c), (n, 4) float64
        Receive pieces and looks.

    Returns
    -------
    int
        How many there are.
    """
    count, start, pairs = np.int64(0), np.int64(0), np.int64(1)
    for n in range(pieces.shape[0]):
        if kept[owners[n]]:
            move(pieces[n], start, pieces.shape[1], poses[owners[n]], pairs, turns, moved[count], start)
            for c in range(4):
                shown[count, c] = looks[n, c]
            count += 1
    return count


@kernel("f8[:,::1], f8[:,::1], f8[:,::1], f8[:,::1], f8[:,::1], i8[::1], f4[:,::1], i8[::1], f4[:,::1], i8[:,::1]")
def flatten_paint(
    rings, paths, discs, looks, where, ring_starts, stroke_points, stroke_starts, stroke_looks, disc_codes
):
    """Move all paint of a layout to its place, and say what belongs to which line, ring or disc.

    Parameters
    ----------
    rings, paths, discs : (n, 2), (p, 2), (d, 5) float64
        Local points of rings and lines, and discs; rings and discs are moved in place.
    looks : (s, 4) float64
        Half-width, softness, level and opacity of each line.
    where : (m, 9) float64
        One row per ring, then per set of lines, then per set of discs: row, column, angle and scale of its pose; number
        of its points or discs; number of lines; label code; limit, first id.
    ring_starts, stroke_starts : (r + 1,), (s + 1,) int64
        Receive where each ring and each line starts, and the total.
    stroke_points, stroke_looks : (p, 2), (s, 5) float32
        Receive the moved points of the lines; half-width, softness, level, opacity and label code of each.
    disc_codes : (d, 3) int64
        Receives label code, limit and id of each disc.
    """
    pairs, none, start = np.int64(1), np.int64(0), np.int64(0)
    row, line, disc, first = start, start, start, start
    ring_starts[0] = stroke_starts[0] = 0
    while row < ring_starts.size - 1:
        last = first + np.int64(where[row, 4])
        move(rings, first, last, where[row], pairs, none, rings, first)
        first, row = last, row + 1
        ring_starts[row] = first
    first = start
    while first < paths.shape[0]:
        pose, many = where[row], np.int64(where[row, 5])
        last = first + np.int64(pose[4])
        move(paths, first, last, pose, pairs, none, stroke_points, first)
        for n in range(line, line + many):
            stroke_starts[n + 1] = stroke_starts[n] + (last - first) // many
            stroke_looks[n, 0], stroke_looks[n, 1] = pose[3] * looks[n, 0], max(pose[3] * looks[n, 1], 0.1)
            stroke_looks[n, 2], stroke_looks[n, 3], stroke_looks[n, 4] = looks[n, 2], looks[n, 3], pose[6]
        first, row, line = last, row + 1, line + many
    while row < where.shape[0]:
        pose = where[row]
        last = disc + np.int64(pose[4])
        move(discs, disc, last, pose, pairs, pairs, discs, disc)
        for n in range(disc, last):
            disc_codes[n, 0], disc_codes[n, 1], disc_codes[n, 2] = pose[6], pose[7], pose[8] + (n - disc)
        disc, row = last, row + 1
