from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import sqrtm

from synthem.quality.distances import distances, distinguishing_features, floor_distances, frechet, half_size
from synthem.quality.features import FeatureTable


def table(values: np.ndarray, per_slice: int = 10) -> FeatureTable:
    names = tuple(f"f{column}" for column in range(values.shape[1]))
    return FeatureTable(names=names, values=values, sources=np.arange(len(values)) // per_slice)


def sample(seed: int, n: int = 120, shift: float = 0.0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, 5)) + shift


def test_frechet_agrees_with_the_matrix_formula() -> None:
    one = sample(0) @ np.random.default_rng(5).normal(size=(5, 5))
    two = sample(1, shift=1.0)
    covariances = np.cov(one.T), np.cov(two.T)
    exact = ((one.mean(0) - two.mean(0)) ** 2).sum() + np.trace(
        covariances[0] + covariances[1] - 2 * sqrtm(covariances[0] @ covariances[1]).real
    )
    assert frechet(one, two) == pytest.approx(exact, rel=1e-9)
    assert frechet(one, one) == pytest.approx(0.0, abs=1e-9)


def test_frechet_of_fewer_samples_than_features() -> None:
    one = np.random.default_rng(0).normal(size=(8, 40))
    assert frechet(one, one + 1.0) == pytest.approx(40.0, rel=1e-6)


def test_equal_sides_are_at_chance_and_far_sides_are_told_apart() -> None:
    near = distances(table(sample(0)), table(sample(1)))
    far = distances(table(sample(0)), table(sample(1, shift=4.0)))
    assert near is not None
    assert far is not None
    assert 0.4 < near.accuracy < 0.6
    assert far.accuracy == 1.0
    assert far.frechet > 10 * near.frechet
    assert (near.tiles, near.draws) == (60, 20)


def test_draws_depend_on_the_seed_alone() -> None:
    one, two = table(sample(0)), table(sample(1))
    assert distances(one, two, seed=3) == distances(one, two, seed=3)
    assert distances(one, two, seed=3) != distances(one, two, seed=4)


def test_constant_features_do_no_harm() -> None:
    one, two = sample(0), sample(1)
    one[:, 2] = two[:, 2] = 7.0
    found = distances(table(one), table(two))
    assert found is not None
    assert np.isfinite(found.frechet)


def test_few_tiles_mean_smaller_draws_or_none() -> None:
    smaller = distances(table(sample(0, n=25)), table(sample(1)))
    assert smaller is not None
    assert smaller.tiles == 25
    assert distances(table(sample(0, n=9)), table(sample(1))) is None


def test_the_floor_parts_whole_slices() -> None:
    values = sample(0, n=80)
    values += np.repeat(np.arange(4) * 30.0, 20)[:, None]  # each slice is a world of its own
    found = floor_distances(table(values, per_slice=20))
    assert found is not None
    assert found.tiles == 40
    assert found.frechet > 1
    assert floor_distances(table(values, per_slice=80)) is None


def test_half_size_is_the_smaller_half() -> None:
    assert half_size(np.array([0, 0, 0, 1, 2, 2])) == 1
    assert half_size(np.array([0, 0])) == 0
    assert half_size(np.array([0, 1, 1, 2, 2, 2, 3])) == 2


def test_distinguishing_features_are_ranked() -> None:
    one, two = sample(0), sample(1)
    two[:, 3] -= 5.0
    two[:, 1] += 1.0
    found = distinguishing_features(table(one), table(two))
    assert [g.feature for g in found[:2]] == ["f3", "f1"]
    assert found[0].separation > 0.99
    assert found[0].effect == pytest.approx(-5.0, abs=0.8)
    assert all(0.5 <= g.separation <= 1.0 for g in found)


def test_what_others_explain_gives_nothing_more_away() -> None:
    rng = np.random.default_rng(2)
    one, two = (rng.normal(size=(400, 3)) for _ in range(2))
    two[:, 0] += 2.0
    for side in (one, two):
        side[:, 1] = side[:, 0] + 0.1 * side[:, 1]  # follows the first but for a little
    found = {g.feature: g for g in distinguishing_features(table(one), table(two))}
    assert found["f1"].effect == pytest.approx(2.0, abs=0.3)
    assert abs(found["f1"].conditional) < 0.5 * found["f1"].effect
    assert abs(found["f2"].conditional) < 0.2
