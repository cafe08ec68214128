"""Rings and smooth periodic curves, as float arrays of (row, column) points."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from synthem.geometry.poses import Points

__all__ = ["circle", "outside", "wave_table"]


@lru_cache(maxsize=64)
def circle(count: int) -> Points:
    """Return `count` points of the unit circle as (sin, cos), read-only."""
    angles = np.arange(count) * (2 * np.pi / count)
    points = np.stack([np.sin(angles), np.cos(angles)], axis=1)
    points.flags.writeable = False
    return points


Band: TypeAlias = tuple[int, int, float, float]
"""First and last order of a band of waves, how their amplitudes fall, and the standard deviation of their sum."""


@lru_cache(maxsize=64)
def wave_table(count: int, *sums: tuple[Band, ...]) -> Points:
    """Return waves whose sum with normal random heights is smooth periodic functions.

    Parameters
    ----------
    count : int
        Number of samples around the circle.
    sums : tuple of (int, int, float, float)
        The bands of each function: first and last order; amplitudes fall as ``order ** -fall``; standard deviation.

    Returns
    -------
    (m, len(sums) * count) float64 array, read-only
    """
    angles, rows = np.arange(count) * (2 * np.pi / count), []
    for number, bands in enumerate(sums):
        for low, high, fall, deviation in bands:
            orders = np.arange(low, high + 1)[:, None]
            heights = deviation * orders**-fall / math.sqrt(float((orders ** (-2.0 * fall)).sum()))
            block = np.zeros((2 * len(orders), len(sums), count))
            block[:, number] = np.concatenate([heights * np.cos(orders * angles), heights * np.sin(orders * angles)])
            rows.append(block.reshape(len(block), -1))
    waves = np.concatenate(rows)
    waves.flags.writeable = False
    return waves


def outside(points: Points, ring: Points, distance: float) -> npt.NDArray[np.bool_]:
    """Return which points are outside a ring, and at least a distance from its points."""
    rows, cols = points[:, :1], points[:, 1:]
    after = np.roll(ring, -1, axis=0)
    crossed = (ring[:, 0] <= rows) != (after[:, 0] <= rows)
    step = after - ring
    at = ring[:, 1] + (rows - ring[:, 0]) * step[:, 1] / np.where(step[:, 0] == 0.0, 1.0, step[:, 0])
    within = np.count_nonzero(crossed & (at > cols), axis=1) % 2 == 1
    near = np.hypot(rows - ring[:, 0], cols - ring[:, 1]).min(axis=1) < distance
    result: npt.NDArray[np.bool_] = ~(within | near)
    return result
