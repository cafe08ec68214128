"""Plans of straight streaks: a profile across a tile, whose strength varies along it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from synthem.kernels.streaks import StreakColumn, add_streaks
from synthem.painting.canvas import Canvas
from synthem.tiles.artifacts import Artifact

__all__ = ["FINENESS", "StreakPlan", "add_plan", "profile_places", "streak_plan"]

FINENESS = 4
"""Numbers of a profile per pixel."""

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class StreakPlan:
    """Arguments of `synthem.kernels.streaks.add_streaks`, and what was drawn."""

    profile: Floats
    strengths: Floats
    numbers: Floats
    parameters: Mapping[str, float | str]


def _ranges(shape: tuple[int, int], angle: float) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the ends of a tile across and along a direction, in pixels."""
    rows, cols = shape[0] - 1, shape[1] - 1
    corners = [(0, 0), (0, cols), (rows, 0), (rows, cols)]
    across = [math.cos(angle) * row - math.sin(angle) * col for row, col in corners]
    along = [math.sin(angle) * row + math.cos(angle) * col for row, col in corners]
    return (min(across), max(across)), (min(along), max(along))


def profile_places(shape: tuple[int, int], angle: float) -> npt.NDArray[np.float64]:
    """Return the places of the numbers of a profile, in pixels across the direction of the streaks."""
    (low, high), _ = _ranges(shape, angle)
    return low - 1.0 + np.arange(math.ceil((high - low + 2.0) * FINENESS) + 2) / FINENESS


def streak_plan(
    rng: np.random.Generator,
    shape: tuple[int, int],
    angle: float,
    profile: npt.NDArray[np.float64],
    cells: tuple[float, float],
    strength: tuple[float, float],
    seen: float,
    shading: float,
    parameters: Mapping[str, float | str],
) -> StreakPlan:
    """Draw how strong streaks are along themselves.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of randomness.
    shape : (int, int)
        Of the tile.
    angle : float
        Direction of the streaks in radians, from columns towards rows.
    profile : (n,) array
        Levels at `profile_places`.
    cells : (float, float)
        Distances in pixels, across and along, over which the strength changes.
    strength : (float, float)
        Mean and standard deviation of the strength; it is never negative.
    seen : float
        Change in levels from which on a pixel counts as changed.
    shading : float
        Share, 0 to 1, by which dark tissue changes less than bright tissue.
    parameters : mapping
        What was drawn, for the record.
    """
    (low, high), (start, end) = _ranges(shape, angle)
    size = (math.ceil((end - start + 2.0) / cells[1]) + 2, math.ceil((high - low + 2.0) / cells[0]) + 2)
    mean, deviation = strength
    strengths = np.maximum(mean + deviation * rng.standard_normal(size), 0.0).astype(np.float32)
    numbers = np.empty(len(StreakColumn), np.float32)
    numbers[StreakColumn.COS], numbers[StreakColumn.SIN] = math.cos(angle), math.sin(angle)
    numbers[StreakColumn.ACROSS], numbers[StreakColumn.ALONG] = low - 1.0, start - 1.0
    numbers[StreakColumn.CELL_ACROSS], numbers[StreakColumn.CELL_ALONG] = cells
    numbers[StreakColumn.FINENESS], numbers[StreakColumn.SHADING] = FINENESS, shading
    numbers[StreakColumn.SEEN] = seen
    return StreakPlan(profile.astype(np.float32), strengths, numbers, parameters)


def add_plan(name: str, canvas: Canvas, plan: StreakPlan) -> Artifact:
    """Add the streaks of a plan to a canvas, and say what was done."""
    mask = np.empty(canvas.shape, np.uint8)
    add_streaks(plan.profile, plan.strengths, plan.numbers, canvas.grey, mask)
    return Artifact(name=name, parameters=plan.parameters, mask=mask.view(np.bool_))
