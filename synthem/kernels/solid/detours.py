"""Detours: how a strand that is walked leads around obstacles. Lengths are nanometres, points are (z, y, x)."""

from __future__ import annotations

import numpy as np

from synthem.kernels._jit import helper
from synthem.kernels.solid.bins import bin_span

__all__ = ["leave_obstacles", "turn_aside"]

LEAST = 1e-3
"""Part of a direction along a surface below which it says nothing of where to turn."""


@helper
def deepest(z, y, x, margin, obstacles, found):
    """Return how far a point must move to lie a margin outside the obstacle it is deepest in, and the way out of it.

    `found` holds the bins of obstacles. A point that is outside all gets 0 and no way.
    """
    low, side, sizes, starts, items, balls, widest = found
    depth, wz, wy, wx, first = 0.0, 0.0, 0.0, 0.0, -1
    z0, z1 = bin_span(z, margin + widest, low[0], side, sizes, 0)
    y0, y1 = bin_span(y, margin + widest, low[1], side, sizes, 1)
    x0, x1 = bin_span(x, margin + widest, low[2], side, sizes, 2)
    if x0 >= x1:
        return depth, wz, wy, wx
    for bz in range(z0, z1):
        for by in range(y0, y1):
            row = (bz * sizes[1] + by) * sizes[2]
            for at in range(starts[row + x0], starts[row + x1]):
                rz, ry, rx, far = z - balls[at, 0], y - balls[at, 1], x - balls[at, 2], margin + balls[at, 3]
                if rz * rz + ry * ry + rx * rx >= far * far:
                    continue
                m = items[at]
                ends = obstacles.ends[m]
                dz, dy, dx = ends[3] - ends[0], ends[4] - ends[1], ends[5] - ends[2]
                rz, ry, rx = z - ends[0], y - ends[1], x - ends[2]
                t = min(max((rz * dz + ry * dy + rx * dx) / (dz * dz + dy * dy + dx * dx + 1e-9), 0.0), 1.0)
                rz, ry, rx = rz - t * dz, ry - t * dy, rx - t * dx
                away = np.sqrt(rz * rz + ry * ry + rx * rx) + 1e-9
                radius = obstacles.radii[m, 0] + t * (obstacles.radii[m, 1] - obstacles.radii[m, 0])
                mine = radius + margin - away
                if mine > depth or (mine == depth and mine > 0.0 and m < first):  # whatever the order of the bins
                    depth, wz, wy, wx, first = mine, rz / away, ry / away, rx / away, m
    return depth, wz, wy, wx


@helper
def leave_obstacles(point, margin, obstacles, found):
    """Move a point in place out of the obstacle that it is deepest in."""
    depth, wz, wy, wx = deepest(point[0], point[1], point[2], margin, obstacles, found)
    point[0] += depth * wz
    point[1] += depth * wy
    point[2] += depth * wx


@helper
def scaled(direction, z, y, x):
    """Write a unit vector along another one; tell whether that one is long enough."""
    length = np.sqrt(z * z + y * y + x * x)
    if length < LEAST:
        return False
    direction[0], direction[1], direction[2] = z / length, y / length, x / length
    return True


@helper
def turn_aside(point, direction, step, margin, obstacles, found):
    """Turn a unit vector in place so that a step along it leads along the surface of an obstacle, not into it."""
    pz, py, px = point
    depth, wz, wy, wx = deepest(
        pz + step * direction[0], py + step * direction[1], px + step * direction[2], margin, obstacles, found
    )
    if depth <= 0.0:
        return
    along = direction[0] * wz + direction[1] * wy + direction[2] * wx
    if along < 0.0 and not scaled(
        direction, direction[0] - along * wz, direction[1] - along * wy, direction[2] - along * wx
    ):
        return
    dz, dy, dx = step * direction[0], step * direction[1], step * direction[2]
    depth, wz, wy, wx = deepest(pz + dz, py + dy, px + dx, margin, obstacles, found)
    scaled(direction, dz + depth * wz, dy + depth * wy, dx + depth * wx)
