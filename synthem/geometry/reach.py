"""The limit of coordinates: finite numbers within reach of the kernels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from synthem.errors import ConfigError
from synthem.geometry.poses import Points
from synthem.kernels.occupancy import FURTHEST, WIDEST_FOOTPRINT

__all__ = ["check_footprint", "check_reach", "within_reach"]

USUAL_PIXEL = 5.0
"""Side of a pixel in nm where a shape is drawn without one."""


def within_reach(points: npt.NDArray[Any], limit: float = FURTHEST) -> bool:
    """Return whether all numbers are finite and below a limit."""
    return bool((np.abs(points) < limit).all())


def check_reach(kind: str, what: str, arrays: Sequence[Points], limit: float = FURTHEST) -> None:
    """Raise a `ConfigError` that names a kind if its geometry is not of finite numbers below a limit."""
    for array in arrays:
        wrong = np.asarray(array)[~(np.abs(array) < limit)]
        if len(wrong):
            raise ConfigError(f"`shape` of {kind} must be of finite numbers below {limit:g}, got {wrong[0]} in {what}")


def check_footprint(kind: str, arrays: Sequence[Points], pixel_size_nm: float = USUAL_PIXEL) -> None:
    """Raise a `ConfigError` that names a kind if its footprint, in nm, goes beyond `WIDEST_FOOTPRINT` pixels."""
    check_reach(kind, "its footprint", arrays, WIDEST_FOOTPRINT * pixel_size_nm)
