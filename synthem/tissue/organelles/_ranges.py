"""Drawing of sizes that can be asked to be smaller."""

from __future__ import annotations

import math

import numpy as np

from synthem.parameters import Number, draw

__all__ = ["between", "draw_log_uniform", "draw_size"]


def between(limits: tuple[float, float], share: float) -> float:
    """Return what lies in a range at a share from 0 to 1."""
    return limits[0] + (limits[1] - limits[0]) * share


def draw_size(value: Number, rng: np.random.Generator, size: float) -> float:
    """Draw a size; `size` below 1 narrows a range from above, down to its lower end at 0."""
    if isinstance(value, tuple):
        return value[0] + (value[1] - value[0]) * size * rng.random()
    return draw(value, rng)


def draw_log_uniform(value: Number, rng: np.random.Generator, size: float) -> float:
    """Draw a size so that small ones are more frequent: uniform in the logarithm."""
    if isinstance(value, tuple) and value[0] > 0:
        return value[0] * math.exp(math.log(value[1] / value[0]) * size * rng.random())
    return draw_size(value, rng, size)
