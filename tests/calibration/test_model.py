from __future__ import annotations

import numpy as np
import pytest

from synthem.calibration.fit_parameters import FIT_PARAMETERS
from synthem.calibration.model import Model, middle, parameters, scaled, shifted, stretched, value_at, with_value
from synthem.calibration.rules import RULES, Adjustment, Rule, apply_rules
from synthem.errors import ConfigError
from synthem.instrument.style import load_style
from synthem.parameters import Density
from synthem.tissue.recipes.recipe import load_recipe


@pytest.fixture(scope="module")
def model() -> Model:
    return Model(style=load_style("epfl"), recipe=load_recipe("tissue"))


@pytest.mark.parametrize("path", [rule.path for rule in RULES] + [parameter.path for parameter in FIT_PARAMETERS])
def test_every_rule_and_fit_parameter_names_a_parameter_that_is_there(model: Model, path: str) -> None:
    value = value_at(model, path)
    changed = with_value(model, path, scaled(value, 0.99))  # some are at their upper limit
    assert middle(value_at(changed, path)) == pytest.approx(0.99 * middle(value), abs=1e-6)
    assert path in set(parameters(model))


def test_only_the_named_parameter_changes(model: Model) -> None:
    changed = with_value(model, "style.optics.psf_sigma_nm", 1.0625)
    different = [path for path in parameters(model) if value_at(model, path) != value_at(changed, path)]
    assert different == ["style.optics.psf_sigma_nm"]


def test_unknown_paths_are_named(model: Model) -> None:
    with pytest.raises(ConfigError, match=r"got 'style\.membranes\.colour'"):
        value_at(model, "style.membranes.colour")


def test_numbers_ranges_and_densities_move_alike() -> None:
    assert shifted(3.0, 1.5) == 4.5
    assert shifted((2.0, 4.0), -1.5) == (0.5, 2.5)
    assert shifted(Density(mean=1.0), -4.0) == Density(mean=0.0)
    assert scaled((2.0, 4.0), 1.5) == (3.0, 6.0)
    assert scaled(Density(mean=2.0), 0.5) == Density(mean=1.0)
    assert [middle(v) for v in (3.0, (1.0, 5.0), Density(mean=3.0))] == [3.0, 3.0, 3.0]


def rule(path: str, adjustment: Adjustment, **rest: float) -> Rule:
    return Rule(path=path, metric="x", classes=(), adjustment=adjustment, gain=1.0, **rest)


def moved(model: Model, one: Rule, wanted: float, got: float) -> object:
    found = apply_rules(model, (one,), {"x": wanted}, {"x": got}, chance={}, start=model)
    return value_at(found, one.path)


def test_rules_make_up_what_is_missing(model: Model) -> None:
    model = with_value(model, "style.materials.psd.grey", (70.0, 90.0))
    model = with_value(model, "recipe.membranes.width_nm", 30.0)
    level = "style.materials.psd.grey"
    assert moved(model, rule(level, Adjustment.shift), 85.0, 80.0) == (75.0, 95.0)
    width = rule("recipe.membranes.width_nm", Adjustment.scale)
    assert moved(model, width, 7.0, 5.0) == pytest.approx(42.0)
    assert moved(model, width, 7.0, 0.01) == 90.0  # one round at most triples


def test_a_spread_that_is_too_small_stretches_a_range_around_its_middle(model: Model) -> None:
    path = "recipe.mitochondria.width_nm"
    model = with_value(model, path, (200.0, 400.0))
    wider = moved(model, rule(path, Adjustment.stretch), 0.8, 0.6)
    assert wider == pytest.approx((200.0 * np.exp(-0.2), 400.0 * np.exp(0.2)))
    narrow = moved(model, rule(path, Adjustment.stretch), 0.1, 2.0)
    assert narrow == pytest.approx((80_000.0**0.5,) * 2)  # never past its middle
    assert stretched(3.0, 0.5) == 3.0


def test_limits_and_reach_hold(model: Model) -> None:
    model = with_value(model, "recipe.membranes.width_nm", 30.0)
    wide = rule("recipe.membranes.width_nm", Adjustment.scale, high=35.0)
    assert moved(model, wide, 20.0, 10.0) == 35.0
    short = rule("recipe.membranes.width_nm", Adjustment.scale, reach=1.5)
    assert moved(model, short, 20.0, 10.0) == pytest.approx(45.0)


def test_a_difference_that_may_be_chance_moves_less(model: Model) -> None:
    rules = (rule("style.materials.psd.grey", Adjustment.shift),)
    begin = value_at(model, "style.materials.psd.grey")

    def moved_by(got: float) -> object:
        found = apply_rules(model, rules, {"x": 80.0}, {"x": got}, chance={"x": 2.0}, start=model)
        return value_at(found, "style.materials.psd.grey")

    assert moved_by(80.0) == begin
    assert moved_by(78.0) == shifted(begin, 1.0)  # as large as its standard error: half
    assert moved_by(76.0) == shifted(begin, 3.2)


def test_a_fixed_count_becomes_a_density(model: Model) -> None:
    model = with_value(model, "recipe.psd.count", (1, 3))
    found = moved(model, rule("recipe.psd.count", Adjustment.scale), 1.0, 2.0)
    assert found == Density(mean=1.0)


def test_a_metric_that_nothing_generated_shows_moves_nothing(model: Model) -> None:
    rules = (rule("style.materials.psd.grey", Adjustment.shift),)
    assert apply_rules(model, rules, {"x": 1.0}, {}, chance={}, start=model) == model
