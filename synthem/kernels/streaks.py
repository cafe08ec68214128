"""Straight streaks across a tile: knife marks and curtains."""

from __future__ import annotations

from enum import auto

import numpy as np

from synthem.kernels._jit import helper, kernel
from synthem.kernels._math import ONE, lerp
from synthem.kernels.columns import Columns

__all__ = ["StreakColumn", "add_streaks"]


class StreakColumn(Columns):
    """Where streaks lie. A point lies u pixels across them and v pixels along them."""

    COS = auto()  # of the direction of the streaks, from columns towards rows
    SIN = auto()
    ACROSS = auto()  # u of the first number of the profile
    ALONG = auto()  # v of the first row of the strengths
    FINENESS = auto()  # numbers of the profile per pixel
    CELL_ACROSS = auto()  # pixels between columns of the strengths
    CELL_ALONG = auto()  # and between their rows
    SHADING = auto()  # share, 0 to 1, by which dark tissue changes less than bright tissue
    SEEN = auto()  # change in levels from which on a pixel counts as changed


@helper
def between_cells(table, y, x):
    """Return a number between those of a table."""
    top, left = min(int(y), table.shape[0] - 2), min(int(x), table.shape[1] - 2)
    fx = x - np.float32(left)
    above, below = table[top], table[top + 1]
    return lerp(lerp(above[left], above[left + 1], fx), lerp(below[left], below[left + 1], fx), y - np.float32(top))


@kernel("f4[::1], f4[:,::1], f4[::1], f4[:,::1], u1[:,::1]")
def add_streaks(profile, strengths, numbers, grey, mask):
    """Add a profile across the streaks times a strength that varies along them.

    Parameters
    ----------
    profile : (n,) float32
        Levels, from one side of the tile to the other.
    strengths : (m, k) float32
        Factors of the profile, at cells along and across.
    numbers : (9,) float32
        See `StreakColumn`.
    grey : (H, W) float32
        Changed in place.
    mask : (H, W) uint8
        Receives 0 or 1.
    """
    cos, sin, fineness = numbers[StreakColumn.COS], numbers[StreakColumn.SIN], numbers[StreakColumn.FINENESS]
    across, along = ONE / numbers[StreakColumn.CELL_ACROSS], ONE / numbers[StreakColumn.CELL_ALONG]
    shading, seen = numbers[StreakColumn.SHADING], numbers[StreakColumn.SEEN]
    bright = shading / np.float32(128.0)
    for row in range(grey.shape[0]):
        y = np.float32(row)
        for col in range(grey.shape[1]):
            x = np.float32(col)
            u = cos * y - sin * x - numbers[StreakColumn.ACROSS]
            v = sin * y + cos * x - numbers[StreakColumn.ALONG]
            at = u * fineness
            left = min(int(at), profile.size - 2)
            change = lerp(profile[left], profile[left + 1], at - np.float32(left))
            change *= between_cells(strengths, v * along, u * across)
            change *= ONE - shading + bright * grey[row, col]
            grey[row, col] += change
            mask[row, col] = np.uint8(abs(change) >= seen)
