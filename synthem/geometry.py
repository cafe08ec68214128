"""Rings, ribbons, offsets and poses: float arrays of (row, column) points."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from synthem.kernels.motion import move_points

__all__ = [
    "POINTS_DTYPE",
    "Points",
    "Pose",
    "bent_path",
    "circle",
    "fractions",
    "harmonics",
    "limit",
    "move_all",
    "offset_ring",
    "ribbon",
    "sausage",
    "steps_away",
]

POINTS_DTYPE = np.float64
Points = npt.NDArray[np.float64]
"""Points, shape (k, 2), rows first."""


class Pose(NamedTuple):
    """Where a local geometry goes.

    Local points are scaled, turned from the column axis towards the row axis, and shifted.
    """

    row: float = 0.0
    col: float = 0.0
    angle: float = 0.0
    scale: float = 1.0

    def apply(self, points: Points) -> Points:
        """Move points; columns come in (row, column) pairs, an odd last one is a length."""
        return move_all(points, (self,), (len(points),))

    def after(self, first: Pose) -> Pose:
        """Return the pose that does `first`, then this one."""
        cos, sin = self.scale * math.cos(self.angle), self.scale * math.sin(self.angle)
        row = self.row + cos * first.row + sin * first.col
        col = self.col - sin * first.row + cos * first.col
        return Pose(row, col, self.angle + first.angle, self.scale * first.scale)


def move_all(points: Points, poses: Sequence[Pose], counts: Sequence[int], turns: int = 0) -> Points:
    """Move many local geometries at once.

    Parameters
    ----------
    points : (n, c) array
        All of them, one after the other; columns as in `Pose.apply`.
    poses : sequence of Pose
        One per geometry.
    counts : sequence of int
        Number of points of each geometry.
    turns : int
        How many of the last columns are angles; those between the first pair and them are lengths.

    Returns
    -------
    (n, c) float64 array
    """
    starts = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=starts[1:])
    pairs = 1 if turns else points.shape[1] // 2
    out = np.empty(points.shape)
    where = np.array(poses, np.float64).reshape(-1, 4)
    move_points(np.ascontiguousarray(points, np.float64), where, starts, pairs, turns, out)
    return out


@lru_cache(maxsize=64)
def circle(count: int) -> Points:
    """Return `count` points of the unit circle as (sin, cos), read-only."""
    angles = np.arange(count) * (2 * np.pi / count)
    points = np.stack([np.sin(angles), np.cos(angles)], axis=1)
    points.flags.writeable = False
    return points


@lru_cache(maxsize=64)
def fractions(count: int) -> npt.NDArray[np.float64]:
    """Return `count` evenly spaced numbers from -1/2 to 1/2, read-only."""
    values = np.linspace(-0.5, 0.5, count)
    values.flags.writeable = False
    return values


@lru_cache(maxsize=64)
def _indices(count: int) -> npt.NDArray[np.float64]:
    values = np.arange(count, dtype=float)
    values.flags.writeable = False
    return values


def steps_away(count: int, at: float) -> npt.NDArray[np.float64]:
    """Return how many steps each of `count` points of a ring is from the place `at`, the shorter way round."""
    return count / 2 - np.abs(np.abs(_indices(count) - at) - count / 2)


def limit(values: npt.NDArray[np.float64], low: float, high: float) -> npt.NDArray[np.float64]:
    """Return values cut to a range; for a few dozen numbers, three times as fast as `numpy.clip`."""
    return np.minimum(np.maximum(values, low), high)


@lru_cache(maxsize=64)
def _waves(count: int, low: int, high: int, fall: float) -> Points:
    angles = np.arange(count) * (2 * np.pi / count)
    orders = np.arange(low, high + 1)[:, None]
    heights = orders**-fall / math.sqrt(float((orders ** (-2.0 * fall)).sum()))
    waves = np.concatenate([heights * np.cos(orders * angles), heights * np.sin(orders * angles)])
    waves.flags.writeable = False
    return waves


def harmonics(rng: np.random.Generator, count: int, low: int, high: int, fall: float = 1.0) -> npt.NDArray[np.float64]:
    """Draw a smooth periodic function of unit variance.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of randomness.
    count : int
        Number of samples around the circle.
    low, high : int
        First and last order.
    fall : float
        Amplitudes fall as ``order ** -fall``.

    Returns
    -------
    (count,) float64 array
    """
    wave: npt.NDArray[np.float64] = rng.standard_normal(2 * (high - low + 1)) @ _waves(count, low, high, fall)
    return wave


def offset_ring(ring: Points, distance: npt.NDArray[np.float64] | float) -> Points:
    """Shift the points of a ring inwards along its normals.

    Parameters
    ----------
    ring : (k, 2) float64 array
        A smooth closed ring that runs from the column axis towards the row axis, as all rings here do.
    distance : float or (k,) array
        Distance in pixels; negative shifts outwards. Must be smaller than the radius of curvature.
    """
    tangent = np.empty_like(ring)
    tangent[1:-1] = ring[2:] - ring[:-2]
    tangent[0] = ring[1] - ring[-1]
    tangent[-1] = ring[0] - ring[-2]
    length = np.hypot(tangent[:, 0], tangent[:, 1]) + 1e-9
    step = np.asarray(distance) / length
    shifted = ring.copy()
    shifted[:, 0] += tangent[:, 1] * step
    shifted[:, 1] -= tangent[:, 0] * step
    return shifted


def bent_path(length: float, bend: float, count: int) -> Points:
    """Return an arc of a circle, its middle at the origin and tangent to the column axis.

    Parameters
    ----------
    length : float
        Length in pixels.
    bend : float
        Total change of direction in radians; positive bends the ends towards larger rows.
    count : int
        Number of points.
    """
    out = np.zeros((count, 2))
    if abs(bend) < 1e-3:
        out[:, 1] = length * fractions(count)
    else:
        angle, radius = bend * fractions(count), length / bend
        out[:, 0] = radius - radius * np.cos(angle)
        out[:, 1] = radius * np.sin(angle)
    return out


def ribbon(path: Points, half_widths: npt.NDArray[np.float64]) -> Points:
    """Return the outline of a path with a width that varies along it.

    Parameters
    ----------
    path : (k, 2) float64 array
        The centre line.
    half_widths : (k,) float64 array
        Half the width at each point.

    Returns
    -------
    (2 * k, 2) float64 array
    """
    tangent = np.empty_like(path)
    tangent[1:-1] = path[2:] - path[:-2]
    tangent[0], tangent[-1] = path[1] - path[0], path[-1] - path[-2]
    step = half_widths / np.hypot(tangent[:, 0], tangent[:, 1])
    count = len(path)
    out = np.empty((2 * count, 2))
    near, far = out[:count], out[: count - 1 : -1]
    across, along = step * tangent[:, 1], step * tangent[:, 0]
    near[:, 0], far[:, 0] = path[:, 0] - across, path[:, 0] + across
    near[:, 1], far[:, 1] = path[:, 1] + along, path[:, 1] - along
    return out


def sausage(length: float, width: float, bend: float, count: int) -> Points:
    """Return the outline of a bent sausage: a superellipse laid along an arc.

    Parameters
    ----------
    length, width : float
        Full extent along and across, in pixels.
    bend : float
        Total change of direction of the centre line in radians.
    count : int
        Number of points.
    """
    unit = circle(count)
    power = min(1.0, 0.45 + 0.55 * width / length)  # an ellipse when round, blunt ends when long
    along = np.sign(unit[:, 1]) * np.abs(unit[:, 1]) ** power * (length / 2)
    across = unit[:, 0] * (width / 2)
    if abs(bend) < 1e-3:
        return np.stack([across, along], axis=1)
    radius = length / bend
    angle = along / radius
    return np.stack([radius - (radius - across) * np.cos(angle), (radius - across) * np.sin(angle)], axis=1)
