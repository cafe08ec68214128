"""The limit of coordinates: finite numbers within reach of the kernels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from synthem.errors import ConfigError
from synthem.geometry.poses import Points
from synthem.kernels.occupancy import FURTHEST

__all__ = ["check_reach", "within_reach"]


def within_reach(points: npt.NDArray[Any]) -> bool:
    """Return whether all numbers are finite and below `FURTHEST`."""
    return bool((np.abs(points) < FURTHEST).all())


def check_reach(kind: str, what: str, arrays: Sequence[Points]) -> None:
    """Raise a `ConfigError` that names a kind if its geometry is not of finite numbers below `FURTHEST`."""
    for array in arrays:
        wrong = np.asarray(array)[~(np.abs(array) < FURTHEST)]
        if len(wrong):
            raise ConfigError(
                f"`shape` of {kind} must be of finite numbers below {FURTHEST:g}, got {wrong[0]} in {what}"
            )
