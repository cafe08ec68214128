"""Moving of many local geometries to their places."""

from __future__ import annotations

import numpy as np

from synthem.kernels._jit import kernel

__all__ = ["move_points"]


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
    columns, first = points.shape[1], np.int64(0)
    for item in range(poses.shape[0]):
        row, col, angle, scale = poses[item, 0], poses[item, 1], poses[item, 2], poses[item, 3]
        cos, sin = scale * np.cos(angle), scale * np.sin(angle)
        for k in range(first, first + counts[item]):
            for pair in range(0, 2 * pairs, 2):
                y, x = points[k, pair], points[k, pair + 1]
                out[k, pair] = row + cos * y + sin * x
                out[k, pair + 1] = col - sin * y + cos * x
            for c in range(2 * pairs, columns):
                out[k, c] = scale * points[k, c] if c < columns - turns else angle + points[k, c]
        first += counts[item]
