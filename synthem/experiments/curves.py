"""Curves of results: mean and spread over seeds against the number of tiles or organelles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Curve", "curve", "noise_of", "smallest_within_noise"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Curve:
    """One quantity against the number of synthetic tiles.

    Parameters
    ----------
    synthetic : ndarray of int64, (n,)
        Synthetic tiles, rising.
    mean, spread : ndarray of float64, (n,)
        Mean and standard deviation over seeds; the latter is 0 with one seed.
    seeds : ndarray of int64, (n,)
        Trainings behind each point.
    """

    synthetic: npt.NDArray[np.int64]
    mean: npt.NDArray[np.float64]
    spread: npt.NDArray[np.float64]
    seeds: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.synthetic)

    def at(self, synthetic: int) -> float:
        """Return the mean at a number of synthetic tiles, NaN if it was not trained."""
        hit = np.nonzero(self.synthetic == synthetic)[0]
        return float(self.mean[hit[0]]) if len(hit) else float("nan")


def curve(rows: Iterable[Mapping[str, Any]], *, experiment: int, real: int, name: str, value: str = "dice") -> Curve:
    """Gather one curve from the rows of a results table.

    Parameters
    ----------
    rows : iterable of mapping
        From `Results.rows`.
    experiment : int
        1 or 2; sets without synthetic tiles belong to both.
    real : int
        Real slices in the set.
    name : str
        Class.
    value : str
        Column; rows without a number there are left out.

    Returns
    -------
    Curve
        Empty if nothing was trained.
    """
    values: dict[int, list[float]] = {}
    for row in rows:
        mine = row["class"] == name and row["real"] == real and row["experiment"] in (0, experiment)
        if mine and not np.isnan(row[value]):
            values.setdefault(row["synthetic"], []).append(float(row[value]))
    numbers = sorted(values)
    return Curve(
        synthetic=np.array(numbers, np.int64),
        mean=np.array([np.mean(values[n]) for n in numbers]),
        spread=np.array([np.std(values[n], ddof=1) if len(values[n]) > 1 else 0.0 for n in numbers]),
        seeds=np.array([len(values[n]) for n in numbers], np.int64),
    )


def noise_of(curves: Sequence[Curve]) -> float:
    """Return the standard deviation over seeds, pooled over all points; NaN with one seed each."""
    squares = sum(float(np.sum(c.spread**2 * (c.seeds - 1))) for c in curves)
    freedom = sum(int(np.sum(c.seeds - 1)) for c in curves)
    return float(np.sqrt(squares / freedom)) if freedom else float("nan")


def smallest_within_noise(points: Curve, noise: float) -> int | None:
    """Return the smallest number of synthetic tiles whose result equals the best one within noise.

    Two means over seeds are equal within noise if they differ by less than two standard errors of their difference.

    Parameters
    ----------
    points : Curve
        One curve.
    noise : float
        Standard deviation over seeds, from `noise_of`.

    Returns
    -------
    int or None
        Synthetic tiles; None if the curve is empty or the noise unknown.
    """
    if not len(points) or not np.isfinite(noise):
        return None
    best = int(np.argmax(points.mean))
    error = noise * np.sqrt(1 / points.seeds + 1 / points.seeds[best])
    near = points.mean >= points.mean[best] - 2 * error
    return int(points.synthetic[np.argmax(near)])
