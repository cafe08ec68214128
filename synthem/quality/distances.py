"""Distance between two sets of tiles: Fréchet distance and classifier two-sample test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, optimize, special

from synthem._progress import Tick
from synthem.quality.features import FeatureTable

__all__ = [
    "Distances",
    "DistinguishingFeature",
    "distances",
    "distinguishing_features",
    "floor_distances",
    "frechet",
    "half_size",
]

Matrix = NDArray[np.float64]

TILES = 60
DRAWS = 20
FOLDS = 5
PENALTY = 1.0
FEWEST = 10
"""Smallest number of tiles on a side that gives distances."""
RIDGE = 0.03


@dataclass(frozen=True, kw_only=True)
class Distances:
    """Medians over the draws, each of `tiles` tiles against `tiles` tiles.

    Attributes
    ----------
    tiles : int
        Number of tiles on each side of a draw.
    draws : int
        Number of draws.
    accuracy : float
        Cross-validated accuracy of a linear classifier; 0.5 is chance.
    frechet : float
        Fréchet distance of the standardised features.
    """

    tiles: int
    draws: int
    accuracy: float
    frechet: float


@dataclass(frozen=True, kw_only=True)
class DistinguishingFeature:
    """One texture feature, and how well it distinguishes the two sides.

    Attributes
    ----------
    feature : str
        Name of the feature.
    real, synthetic : float
        Mean of each side.
    effect : float
        Difference of the means, synthetic less real, in standard deviations of the real side.
    conditional : float
        Part of the difference that the other features do not explain, in standard deviations of the residual. A linear
        classifier uses this part.
    separation : float
        Share of (real, synthetic) pairs that the feature orders alike: 0.5 for equal sides, 1 for separate ones.
    """

    feature: str
    real: float
    synthetic: float
    effect: float
    conditional: float
    separation: float


def standardised(first: Matrix, second: Matrix) -> tuple[Matrix, Matrix]:
    """Scale both sides by mean and sd of the two together; constant features become 0."""
    both = np.concatenate([first, second])
    centre, scale = both.mean(axis=0), both.std(axis=0)
    scale = np.where(scale > 1e-12 * (np.abs(centre) + 1.0), scale, np.inf)
    return (first - centre) / scale, (second - centre) / scale


def frechet(first: Matrix, second: Matrix) -> float:
    """Return the squared Fréchet distance of the normal distributions fitted to two samples.

    |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)) (Dowson and Landau, 1982). The trace of the root
    is the sum of the singular values of X1 X2^T for centred samples, which holds for covariances
    of any rank.

    Examples
    --------
    >>> import numpy as np
    >>> from synthem.quality.distances import frechet
    >>> sample = np.random.default_rng(0).normal(size=(50, 3))
    >>> round(frechet(sample, sample + [2.0, 0.0, 0.0]), 6)
    4.0
    """
    mean = float(((first.mean(axis=0) - second.mean(axis=0)) ** 2).sum())
    one = (first - first.mean(axis=0)) / np.sqrt(max(len(first) - 1, 1))
    two = (second - second.mean(axis=0)) / np.sqrt(max(len(second) - 1, 1))
    overlap = float(linalg.svdvals(one @ two.T).sum())
    return mean + float((one**2).sum()) + float((two**2).sum()) - 2.0 * overlap


def _fit_logistic(rows: Matrix, labels: Matrix) -> Matrix:
    """Return weights and intercept of a ridge-penalised logistic regression."""
    signs = 2.0 * labels - 1.0

    def loss(weights: Matrix) -> tuple[float, Matrix]:
        margin = signs * (rows @ weights[:-1] + weights[-1])
        pull = -signs * special.expit(-margin)
        value = np.logaddexp(0.0, -margin).sum() + 0.5 * PENALTY * weights[:-1] @ weights[:-1]
        slope = np.append(rows.T @ pull + PENALTY * weights[:-1], pull.sum())
        return float(value), slope

    start = np.zeros(rows.shape[1] + 1)
    fitted: Matrix = optimize.minimize(loss, start, jac=True, method="L-BFGS-B").x
    return fitted


def _accuracy(first: Matrix, second: Matrix, rng: np.random.Generator) -> float:
    rows = np.concatenate([first, second])
    labels = np.repeat([0.0, 1.0], [len(first), len(second)])
    fold = np.concatenate([rng.permutation(len(s)) % FOLDS for s in (first, second)])
    right = 0
    for held in range(FOLDS):
        train, test = fold != held, fold == held
        centre, scale = rows[train].mean(axis=0), rows[train].std(axis=0)
        scaled = (rows - centre) / np.where(scale > 0, scale, 1.0)
        weights = _fit_logistic(scaled[train], labels[train])
        guess = scaled[test] @ weights[:-1] + weights[-1] > 0
        right += int(np.count_nonzero(guess == (labels[test] == 1.0)))
    return right / len(rows)


Draw = Callable[[np.random.Generator], tuple[Matrix, Matrix]]


def _median(draw: Draw, tiles: int, seed: int, tick: Tick) -> Distances:
    found = []
    for index in range(DRAWS):
        rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(index,)))
        first, second = draw(rng)
        accuracy = _accuracy(first, second, rng)
        found.append((accuracy, frechet(*standardised(first, second))))
        tick(1)
    accuracy, distance = np.median(found, axis=0).tolist()
    return Distances(tiles=tiles, draws=DRAWS, accuracy=accuracy, frechet=distance)


def distances(
    real: FeatureTable,
    synthetic: FeatureTable,
    *,
    tiles: int = TILES,
    seed: int = 0,
    tick: Tick = lambda _: None,
) -> Distances | None:
    """Compare `tiles` real with `tiles` synthetic tiles, 20 draws.

    Parameters
    ----------
    real, synthetic : FeatureTable
        Features of the tiles.
    tiles : int
        Tiles on each side of a draw, default 60; fewer where a side has fewer.
    seed : int
        Seed of the draws.
    tick : callable, optional
        Told of each draw.

    Returns
    -------
    Distances or None
        None with fewer than 10 tiles on a side.
    """
    tiles = min(tiles, len(real), len(synthetic))
    if tiles < FEWEST:
        return None

    def draw(rng: np.random.Generator) -> tuple[Matrix, Matrix]:
        picks = [rng.choice(len(side), tiles, replace=False) for side in (real, synthetic)]
        return real.values[picks[0]], synthetic.values[picks[1]]

    return _median(draw, tiles, seed, tick)


def half_size(sources: NDArray[np.int64]) -> int:
    """Return the smallest number of tiles that half of the slices can have, 0 with one slice."""
    _, sizes = np.unique(sources, return_counts=True)
    return int(np.sort(sizes)[: len(sizes) // 2].sum())


def floor_distances(
    real: FeatureTable, *, tiles: int = TILES, seed: int = 0, tick: Tick = lambda _: None
) -> Distances | None:
    """Compare two halves of the real tiles, each draw with other slices in each half.

    Parameters
    ----------
    real : FeatureTable
        Features of the tiles.
    tiles : int
        Tiles on each side of a draw, default 60; fewer where half of the slices have fewer.
    seed : int
        Seed of the draws.
    tick : callable, optional
        Told of each draw.

    Returns
    -------
    Distances or None
        None with one slice, or fewer than 10 tiles in a half.
    """
    slices = np.unique(real.sources)
    half = len(slices) // 2
    tiles = min(tiles, half_size(real.sources))
    if tiles < FEWEST:
        return None

    def draw(rng: np.random.Generator) -> tuple[Matrix, Matrix]:
        chosen = np.isin(real.sources, rng.permutation(slices)[:half])
        sides = (np.flatnonzero(chosen), np.flatnonzero(~chosen))
        picks = [rng.choice(side, tiles, replace=False) for side in sides]
        return real.values[picks[0]], real.values[picks[1]]

    return _median(draw, tiles, seed, tick)


def distinguishing_features(real: FeatureTable, synthetic: FeatureTable) -> tuple[DistinguishingFeature, ...]:
    """Return all features, the one that distinguishes the sides best first."""
    scale = real.values.std(axis=0)
    means = real.values.mean(axis=0), synthetic.values.mean(axis=0)
    conditional = _conditional(real.values, synthetic.values)
    found = []
    for column, name in enumerate(real.names):
        one, two = real.values[:, column], synthetic.values[:, column]
        below = np.searchsorted(np.sort(one), two, side="left").sum()
        upto = np.searchsorted(np.sort(one), two, side="right").sum()
        share = float(below + upto) / (2.0 * one.size * two.size)
        shift = means[1][column] - means[0][column]
        found.append(
            DistinguishingFeature(
                feature=name,
                real=float(means[0][column]),
                synthetic=float(means[1][column]),
                effect=float(shift / scale[column]) if scale[column] > 0 else 0.0,
                conditional=float(conditional[column]),
                separation=max(share, 1.0 - share),
            )
        )
    return tuple(sorted(found, key=lambda item: (-item.separation, -abs(item.effect))))


def _conditional(real: Matrix, synthetic: Matrix) -> Matrix:
    """Return the shift of each feature given all others, in sds of its residual.

    With the mean shift d and the precision matrix P (of the pooled, standardised and slightly ridged
    covariance), the residual of feature j shifts by (P d)_j / P_jj and has the variance 1 / P_jj.
    """
    one, two = standardised(real, synthetic)
    within = sum(np.cov(side.T) for side in (one, two) if len(side) > 1) / 2 + RIDGE * np.eye(one.shape[1])
    precision = np.linalg.inv(within)
    shift: Matrix = precision @ (two.mean(axis=0) - one.mean(axis=0)) / np.sqrt(np.diag(precision))
    return shift
