"""Counts, numbers, choices and densities: what is allowed, and what is drawn."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass

import numpy as np
import pytest

import synthem
from synthem.errors import ConfigError
from synthem.parameters import (
    Choice,
    Count,
    Declared,
    Density,
    Number,
    Range,
    check_count,
    check_number,
    declared,
    draw,
    draw_count,
    draw_many,
    is_none,
)


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


@dataclass(frozen=True, kw_only=True)
class Blob(Declared):
    """A blob.

    It is round.

    Examples
    --------
    >>> Blob().radius_nm
    (20.0, 50.0)
    """

    radius_nm: Number = declared((20.0, 50.0), "Radius.", unit="nm", low=5, high=1000)
    share: float = declared(0.5, "Share of the dark ones.", high=1)
    lobes: int = declared(3, "Number of lobes.", high=9)
    grey: Range = declared((80.0, 90.0), "Grey level.", unit="levels", high=255)
    count: Count = declared(0, "How many.")
    name: str = declared("", "What it is called.")
    plain: float = 1.0


@dataclass(frozen=True, kw_only=True)
class SmallBlob(Blob):
    """A small blob."""

    radius_nm: Number = declared(6.0, "Radius of a small one.", unit="nm", low=5, high=10)
    depth_nm: float = declared(2.0, "Depth.", unit="nm", low=1, high=3)


class TestDeclared:
    @pytest.mark.parametrize(
        ("name", "value", "required"),
        [
            ("radius_nm", 4.9, "a number from 5 to 1000 or a pair"),
            ("radius_nm", (30.0, 20.0), "low <= high"),
            ("radius_nm", Choice((20.0, 2000.0)), "a number from 5 to 1000"),
            ("share", 1.1, "a number from 0 to 1, got 1.1"),
            ("share", (0.1, 0.2), "a number from 0 to 1"),
            ("share", True, "a number from 0 to 1, got True"),
            ("share", float("nan"), "a number from 0 to 1, got nan"),
            ("lobes", 2.5, "an integer from 0 to 9, got 2.5"),
            ("lobes", 10, "a number from 0 to 9, got 10"),
            ("grey", "dark", "a number from 0 to 255"),
            ("grey", Choice((80.0, 90.0)), "a number from 0 to 255"),
            ("count", -1, "an integer >= 0"),
        ],
    )
    def test_wrong_values_are_errors_that_name_the_field(self, name, value, required):
        with pytest.raises(ConfigError, match=f"`{name}` must be .*{required}"):
            Blob(**{name: value})

    def test_values_are_brought_into_their_normal_form(self):
        blob = Blob(radius_nm=[20, 30], share=1, lobes=np.int64(4), grey=85, count=(1, 2))
        assert (blob.radius_nm, blob.share, blob.lobes, blob.grey) == ((20.0, 30.0), 1.0, 4, (85.0, 85.0))
        assert [type(value) for value in (blob.share, blob.lobes, blob.radius_nm[0])] == [float, int, float]
        assert Blob(radius_nm=30).radius_nm == 30.0
        assert Blob(plain="anything").plain == "anything", "only what declares itself is checked"

    def test_the_docstring_says_what_they_may_hold(self):
        before, section = Blob.__doc__.split("Parameters\n----------\n")
        assert before == "A blob.\n\nIt is round.\n\n"
        section, examples = section.split("\n\nExamples\n--------\n")
        lines = section.splitlines()
        assert lines[:2] == [
            "radius_nm : number, (low, high) or Choice in nm, 5 to 1000, default (20, 50)",
            "    Radius.",
        ]
        assert "share : number, 0 to 1, default 0.5" in lines
        assert "count : integer, (low, high) or Density, default 0" in lines
        assert not any(line.startswith("plain") for line in lines)
        assert ">>> Blob().radius_nm" in examples

    def test_a_subclass_has_the_fields_of_its_base_and_may_declare_them_anew(self):
        assert SmallBlob(share=0.25).share == 0.25
        with pytest.raises(ConfigError, match="`radius_nm` must be a number from 5 to 10 "):
            SmallBlob(radius_nm=50)
        with pytest.raises(ConfigError, match="`share` must be a number from 0 to 1"):
            SmallBlob(share=2)
        with pytest.raises(ConfigError, match="`depth_nm` must be a number from 1 to 3"):
            SmallBlob(depth_nm=0)
        assert "default 6\n    Radius of a small one.\n" in SmallBlob.__doc__
        assert "depth_nm : number in nm, 1 to 3, default 2\n" in SmallBlob.__doc__
        assert "share : number, 0 to 1, default 0.5\n" in SmallBlob.__doc__
        assert SmallBlob.__doc__.count("radius_nm :") == 1

    def test_a_section_of_ones_own_is_left_as_it_is(self):
        @dataclass(frozen=True, kw_only=True)
        class Told(Declared):
            """Told.

            Parameters
            ----------
            depth : float
                As written.
            """

            depth: float = declared(1.0, "Not this.")

        assert "As written." in Told.__doc__
        assert "Not this." not in Told.__doc__

    @pytest.mark.parametrize("name", [name for name in synthem.__all__ if isinstance(getattr(synthem, name), type)])
    def test_every_default_of_synthem_keeps_its_own_limits(self, name):
        kind = getattr(synthem, name)
        declares = [f for f in fields(kind) if "parameter" in f.metadata] if is_dataclass(kind) else []
        for item in declares:
            parameter = item.metadata["parameter"]
            assert parameter.text.endswith("."), f"{name}.{item.name}"
            assert f"{item.name} : " in kind.__doc__
        if declares and name not in ("Style", "Recipe", "SolidRecipe", "Synapse", "Group"):  # these need arguments
            assert kind() == kind(**{f.name: getattr(kind(), f.name) for f in declares})
