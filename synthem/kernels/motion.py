"""Moving of many local geometries to their places."""

from __future__ import annotations

import numpy as np

from synthem.kernels._jit import helper, kernel

__all__ = ["move_kept", "move_points"]


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
def move_points(points, poses, counts, pairs, turns, out):
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
def move_kept(pieces, looks, owners, poses, kept, turns, moved, shown):
    """Move the pieces of the shapes that are kept, each by the pose of its shape.

    Parameters
    ----------
    pieces : (n, k, c) float64
        Lines of k points, or single discs; columns as in `move_points`, with one pair.
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
