from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthem.quality import Distribution


def test_of_holds_moments_and_percentiles() -> None:
    found = Distribution.of(np.arange(101))
    assert (found.count, found.mean, found.median) == (101, 50.0, 50.0)
    assert found.sd == pytest.approx(np.arange(101).std())
    assert found.percentiles == pytest.approx(range(101))


@given(st.lists(st.integers(0, 255), min_size=1, max_size=60))
def test_histogram_agrees_with_the_values(values: list[int]) -> None:
    direct = Distribution.of(values)
    counted = Distribution.of_histogram(np.bincount(values, minlength=256))
    assert counted.count == direct.count
    assert counted.mean == pytest.approx(direct.mean)
    assert counted.sd == pytest.approx(direct.sd, abs=1e-6)
    assert counted.percentiles[0] == min(values)
    assert counted.percentiles[100] == max(values)
    assert set(counted.percentiles) <= set(map(float, values))


def test_nothing_has_no_metrics() -> None:
    for found in (Distribution.of([]), Distribution.of_histogram(np.zeros(256, np.int64))):
        assert found.count == 0
        assert math.isnan(found.mean)
        assert math.isnan(found.median)
        assert math.isnan(found.wasserstein(Distribution.of([1.0])))


def test_wasserstein_of_a_shift_is_the_shift() -> None:
    values = np.random.default_rng(0).normal(size=500)
    one, two = Distribution.of(values), Distribution.of(values + 3.0)
    assert one.wasserstein(two) == pytest.approx(3.0)
    assert one.wasserstein(one) == 0.0


def test_wasserstein_agrees_with_scipy() -> None:
    from scipy.stats import wasserstein_distance  # slow to import

    rng = np.random.default_rng(1)
    one, two = rng.normal(size=4000), rng.normal(1.0, 2.0, 4000)
    exact = wasserstein_distance(one, two)
    assert Distribution.of(one).wasserstein(Distribution.of(two)) == pytest.approx(exact, rel=0.05)
