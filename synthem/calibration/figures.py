"""Figures of a fit: what slices, the tiles before and the tiles after it measure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from synthem.calibration.statistics import Statistics

__all__ = ["Figure", "figures_of"]

GREY = 6.0
"""Tolerance of grey levels."""
NOISE, SIZE = 0.10, 0.15
"""Tolerances of noise, and of sizes and amounts, relative to the slices."""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One metric of slices and of generated tiles.

    Attributes
    ----------
    name : str
        The metric.
    real, fitted : float
        Of the slices, and of tiles after the fit.
    start : float or None
        Of tiles before the fit; None where they show too little of it.
    halves : float or None
        Difference between two halves of the slices; None where a half is too small.
    tolerance : float
        Difference that is allowed.
    """

    name: str
    real: float
    start: float | None
    fitted: float
    halves: float | None
    tolerance: float

    @property
    def miss(self) -> float:
        """Remaining difference in tolerances."""
        return abs(self.fitted - self.real) / self.tolerance

    @property
    def met(self) -> bool:
        """Whether the difference is allowed."""
        return self.miss <= 1.0


def figures_of(
    names: Sequence[str], real: Statistics, halves: tuple[Statistics, Statistics], start: Statistics, fitted: Statistics
) -> tuple[Figure, ...]:
    """Return the figures of metrics that both sides have, the worst first.

    Parameters
    ----------
    names : sequence of str
        The metrics that adjust a parameter.
    real, start, fitted : dict
        Metrics of the slices, and of tiles before and after the fit.
    halves : (dict, dict)
        Metrics of two halves of the slices.
    """
    found = []
    for name in dict.fromkeys(names):
        if name in real and name in fitted:
            apart = abs(halves[0][name] - halves[1][name]) if all(name in half for half in halves) else None
            found.append(
                Figure(
                    name=name,
                    real=real[name],
                    start=start.get(name),
                    fitted=fitted[name],
                    halves=apart,
                    tolerance=max(_tolerance(name, real[name]), apart or 0.0),
                )
            )
    return tuple(sorted(found, key=lambda one: -one.miss))


def _tolerance(name: str, value: float) -> float:
    if name.endswith("grey"):
        return GREY
    if name in ("noise_slope", "noise_curve", "fine_noise_spread", "brightness_sd", "compartment_grey_sd"):
        return max(NOISE, 0.5 * GREY if name.endswith("sd") and "noise" not in name else NOISE)
    return float(max((NOISE if "noise" in name else SIZE) * abs(value), np.finfo(float).tiny))
