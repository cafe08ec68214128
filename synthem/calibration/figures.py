"""Figures of a fit: what slices, the tiles before and the tiles after it measure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from synthem.calibration.statistics import Statistics
from synthem.quality.distances import FEWEST, distances, floor_distances, half_size
from synthem.quality.features import feature_table
from synthem.tiles.labelled_image import LabelledTiles

__all__ = ["Distance", "Figure", "distances_of", "figures_of"]

TILES = 60
"""Tiles on each side of a distance: the usual number of `synthem compare`."""

GREY = 6.0
"""Tolerance of grey levels."""
DARK = 0.02
"""Tolerance of the share of dark compartments, at least: there may be none."""
SPREAD = 0.15
"""Tolerance of the logarithm of a ratio of widths, at least: all may be alike."""
NOISE, SIZE = 0.10, 0.15
"""Tolerances of noise, and of sizes and amounts, relative to the slices."""


ACCURACY, FRECHET = 0.95, 45.0
"""Allowed distances."""


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


@dataclass(frozen=True, kw_only=True)
class Distance:
    """One distance between the pictures of slices and of tiles, as `synthem compare` measures it.

    Attributes
    ----------
    name : str
        Two-sample accuracy or Fréchet distance.
    start, fitted : float
        To tiles before and after the fit.
    halves : float or None
        Between two halves of the slices; None where these have too few tiles.
    allowed : float
        Largest value for `met`.
    """

    name: str
    start: float
    fitted: float
    halves: float | None
    allowed: float

    @property
    def met(self) -> bool:
        """Whether it is allowed, or no larger than between two halves."""
        return self.fitted <= max(self.allowed, self.halves or 0.0)


def distances_of(slices: LabelledTiles, before: LabelledTiles, after: LabelledTiles) -> tuple[Distance, ...]:
    """Return the distances of tiles before and after a fit from those of slices; none with too few tiles."""
    half = half_size(slices.sources)
    count = min(TILES, len(before), len(after), half if half >= FEWEST else len(slices))
    if count < FEWEST:
        return ()
    real, start, fitted = (feature_table(side.images, side.sources) for side in (slices, before, after))
    first, last = (distances(real, side, tiles=count) for side in (start, fitted))
    assert first is not None  # there are enough tiles
    assert last is not None
    floor = floor_distances(real, tiles=count)
    return (
        Distance(
            name="two-sample accuracy",
            start=first.accuracy,
            fitted=last.accuracy,
            halves=None if floor is None else floor.accuracy,
            allowed=ACCURACY,
        ),
        Distance(
            name="Fréchet distance",
            start=first.frechet,
            fitted=last.frechet,
            halves=None if floor is None else floor.frechet,
            allowed=FRECHET,
        ),
    )


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
    if name.endswith("grey") or name == "grey_sd":
        return GREY
    if name == "dark_compartments":
        return max(DARK, SIZE * value)
    if name in ("membrane_width_spread", "mitochondrion_length_spread", "mitochondrion_width_spread"):
        return max(SPREAD, SIZE * value)
    if name in ("noise_slope", "noise_curve", "fine_noise_spread", "brightness_sd", "compartment_grey_sd"):
        return max(NOISE, 0.5 * GREY if name.endswith("sd") and "noise" not in name else NOISE)
    return float(max((NOISE if "noise" in name else SIZE) * abs(value), np.finfo(float).tiny))
