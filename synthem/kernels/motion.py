"""Moving of many local geometries to their places."""

from __future__ import annotations

import numpy as np

from synthem.kernels._jit import helper, kernel

__all__ = ["move_points", "place_copies"]


@helper
def move(points, pose, pairs, turns, out):
    """Scale, turn and shift points; see `move_points`."""
    row, col, angle, scale = pose[0], pose[1], pose[2], pose[3]
    cos, sin = scale * np.cos(angle), scale * np.sin(angle)
    columns = points.shape[1]
    for k in range(points.shape[0]):
        for pair in range(0, 2 * pairs, 2):
            y, x = points[k, pair], points[k, pair + 1]
            out[k, pair] = row + cos * y + sin * x
            out[k, pair + 1] = col - sin * y + cos * x
        for c in range(2 * pairs, columns):
            out[k, c] = scale * points[k, c] if c < columns - turns else angle + points[k, c]


@kernel("f8[:,::1], f8[:,::1], i8[::1], i8, i8, f8[:,::1]")
def move_points(points, poses, starts, pairs, turns, out):
    """Scale, turn and shift geometries, each by a pose of its own.

    Parameters
    ----------
    points : (n, c) float64
        All points. The first `2 * pairs` columns are pairs (row, column), those that follow are lengths, the last
        `turns` are angles.
    poses : (m, 4) float64
        Row, column, angle from the column axis towards the row axis, and scale of each geometry.
    starts : (m + 1,) int64
        Where each geometry starts in `points`.
    pairs, turns : int
        How many columns are what.
    out : (n, c) float64
        Receives the result; may be `points`.
    """
    for item in range(poses.shape[0]):
        first, last = starts[item], starts[item + 1]
        move(points[first:last], poses[item], pairs, turns, out[first:last])


@kernel("f8[:,:,::1], f8[:,::1], i8[::1], f8[:,::1], b1[::1], i8, i8, f8[:,:,::1], f8[:,::1]")
def place_copies(points, looks, owners, poses, kept, pairs, turns, out, out_looks):
    """Move pieces to where their owners are, and leave out those whose owner is not kept.

    Parameters
    ----------
    points : (n, k, c) float64
        Pieces of k points; columns as in `move_points`.
    looks : (n, l) float64
        What is copied along.
    owners : (n,) int64
        To whom each piece belongs.
    poses : (m, 4) float64
        Poses of the owners.
    kept : (m,) bool
        Which owners are kept.
    pairs, turns : int
        As in `move_points`.
    out, out_looks : (n, k, c), (n, l) float64
        Receive the pieces that are kept.

    Returns
    -------
    int
        How many they are.
    """
    count = 0
    for n in range(points.shape[0]):
        if kept[owners[n]]:
            move(points[n], poses[owners[n]], pairs, turns, out[count])
            for k in range(looks.shape[1]):
                out_looks[count, k] = looks[n, k]
            count += 1
    return count
