"""Counts, numbers, choices and densities: what is allowed, and what is drawn."""

from __future__ import annotations

import numpy as np
import pytest

import synthem
from synthem.errors import ConfigError
from synthem.parameters import Choice, Density, check_count, check_number, draw, draw_count, draw_many, is_none


def rng():
    return np.random.default_rng(0)


class TestChoice:
    def test_each_value_is_as_likely_as_the_others(self):
        values = Choice((4.0, 6.0, 9.0))
        many = draw_many(values, rng(), 3000)
        one_by_one = [draw(values, generator) for generator in [rng()] for _ in range(3000)]
        for drawn in (many, np.array(one_by_one)):
            found, counts = np.unique(drawn, return_counts=True)
            assert found.tolist() == [4.0, 6.0, 9.0]
            assert (abs(counts - 1000) < 120).all()

    @pytest.mark.parametrize("values", [(), ("a",), (True,), (1.0, None)])
    def test_what_is_no_number_is_refused(self, values):
        with pytest.raises(ConfigError, match="`Choice` must hold at least one number"):
            Choice(values)

    def test_values_keep_the_limits_of_the_parameter(self):
        with pytest.raises(ConfigError, match=r"`radius_nm` must be a number from 40 to 20000 .*got Choice"):
            synthem.Axon(radius_nm=Choice((100.0, 20.0)))

    def test_it_decides_what_is_drawn(self):
        scene = synthem.Scene(organelles=[synthem.Axon(count=3, radius_nm=Choice((100.0, 300.0)))], stages=[])
        records = [item for k in range(6) for item in scene.render(2, k).objects if item.kind == "axon"]
        radii = {item.parameters["radius_nm"] for item in records}
        assert radii == {100.0, 300.0}


class TestCounts:
    @pytest.mark.parametrize("value", [0.5, -1, True, (3, 1), (0, 1.5), "3", None])
    def test_wrong_ones_are_refused_with_all_forms(self, value):
        with pytest.raises(ConfigError) as error:
            check_count("axons", value)
        assert str(error.value).startswith("`axons` must be an integer >= 0, a pair (low, high)")
        assert "Density(mean=0.5)" in str(error.value)
        assert f"got {value!r}" in str(error.value)

    def test_none_is_what_can_only_be_zero(self):
        assert [is_none(count) for count in (0, (0, 0), Density(mean=0))] == [True] * 3
        assert [is_none(count) for count in (1, (0, 1), Density(mean=0.1))] == [False] * 3

    def test_an_area_of_two_and_a_half_holds_as_many(self):
        drawn = [draw_count(4, 2.5, generator) for generator in [rng()] for _ in range(50)]
        assert set(drawn) == {10}
        halves = [draw_count(1, 0.5, generator) for generator in [rng()] for _ in range(2000)]
        assert np.mean(halves) == pytest.approx(0.5, abs=0.05)

    def test_densities_are_poisson_distributed(self):
        drawn = [draw_count(Density(mean=2.0), 3.0, generator) for generator in [rng()] for _ in range(4000)]
        assert np.mean(drawn) == pytest.approx(6.0, abs=0.15)
        assert np.var(drawn) == pytest.approx(6.0, abs=0.5)


def test_numbers_are_fixed_or_within_their_range():
    assert draw(3.5, rng()) == 3.5
    assert draw_many(3.5, rng(), 4).tolist() == [3.5] * 4
    drawn = draw_many((2.0, 5.0), rng(), 2000)
    assert 2.0 <= drawn.min() < 2.05 < 4.95 < drawn.max() <= 5.0
    assert check_number("width", [1, 2], low=0, high=3) == (1.0, 2.0)
