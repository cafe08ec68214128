"""Summary of a sample: count, mean, standard deviation and percentiles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["Distribution"]

LEVELS = np.linspace(0.0, 1.0, 101)


@dataclass(frozen=True, kw_only=True)
class Distribution:
    """Count, mean, standard deviation and the 101 percentiles of a sample.

    Attributes
    ----------
    count : int
        Number of values.
    mean, sd : float
        Mean and population standard deviation; NaN without values.
    percentiles : tuple of float
        Percentiles 0 to 100; empty without values.
    """

    count: int
    mean: float
    sd: float
    percentiles: tuple[float, ...]

    @classmethod
    def of(cls, values: ArrayLike) -> Distribution:
        """Summarise an array of any shape.

        Examples
        --------
        >>> from synthem.quality import Distribution
        >>> Distribution.of([1, 2, 3]).median
        2.0
        """
        flat = np.asarray(values, dtype=np.float64).ravel()
        if flat.size == 0:
            return cls(count=0, mean=float("nan"), sd=float("nan"), percentiles=())
        return cls(
            count=int(flat.size),
            mean=float(flat.mean()),
            sd=float(flat.std()),
            percentiles=tuple(np.quantile(flat, LEVELS).tolist()),
        )

    @classmethod
    def of_histogram(cls, counts: NDArray[np.int64]) -> Distribution:
        """Summarise the integers 0, 1, ... from the number of times that each occurs."""
        total = int(counts.sum())
        if total == 0:
            return cls.of([])
        levels = np.arange(counts.size, dtype=np.float64)
        mean = float(levels @ counts) / total
        variance = float((levels - mean) ** 2 @ counts) / total
        ranks = np.rint(LEVELS * (total - 1)).astype(np.int64)
        percentiles = np.searchsorted(np.cumsum(counts), ranks, side="right")
        return cls(
            count=total,
            mean=mean,
            sd=variance**0.5,
            percentiles=tuple(percentiles.astype(float).tolist()),
        )

    @property
    def median(self) -> float:
        """The 50th percentile, NaN without values."""
        return self.percentile(50)

    def percentile(self, level: int) -> float:
        """Return a whole percentile, 0 to 100; NaN without values."""
        return self.percentiles[level] if self.percentiles else float("nan")

    def wasserstein(self, other: Distribution) -> float:
        """Return the 1-D Wasserstein distance, from the percentiles of both."""
        if not self.percentiles or not other.percentiles:
            return float("nan")
        difference = np.subtract(self.percentiles, other.percentiles)
        return float(np.trapezoid(np.abs(difference), LEVELS))
