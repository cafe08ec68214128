from __future__ import annotations

import dataclasses
import json

import pytest

import synthem
from synthem.solid import list_solid_recipes
from synthem.studio.controls import control_groups
from synthem.studio.design import plain_data

FORMS = {"number", "pair", "choice", "mean", "per_tile", "switch", "text", "names"}


def group(kind, *path):
    return next(one for one in control_groups(kind) if one.path == path)


def control(kind, *path):
    return next(one for one in group(kind, *path[:-1]).controls if one.name == path[-1])


@pytest.mark.parametrize("kind", ["style", "recipe", "solid_recipe"])
class TestGroups:
    def test_all_say_what_they_are(self, kind):
        groups = control_groups(kind)
        assert len({one.path for one in groups}) == len(groups)
        for one in groups:
            assert one.text.endswith(".")
            for each in one.controls:
                assert each.text.endswith(".")
                assert set(each.forms) <= FORMS
                assert "Unit:" not in each.text
        json.dumps([dataclasses.asdict(one) for one in groups], allow_nan=False)

    def test_every_value_of_every_shipped_file_has_one(self, kind):
        names, load = {
            "style": (synthem.list_styles(), synthem.load_style),
            "recipe": (synthem.list_recipes(), synthem.load_recipe),
            "solid_recipe": (list_solid_recipes(), synthem.load_solid_recipe),
        }[kind]
        known = {(*one.path, each.name) for one in control_groups(kind) for each in one.controls}
        for name in names:
            for path in paths(plain_data(load(name))):
                assert path in known or path[0] in ("own_materials", "own"), path


def paths(data, path=()):
    """Yield the paths of all values of plain data."""
    for name, value in data.items():
        if isinstance(value, dict) and not {"per_tile", "mean", "values"} & set(value):
            yield from paths(value, (*path, name))
        else:
            yield (*path, name)


def test_a_number():
    found = control("style", "optics", "psf_sigma_nm")
    assert (found.unit, found.low, found.high, found.default) == ("nm", 0, 100, 6.275685)
    assert found.forms == ("number", "per_tile")
    assert found.text == "Standard deviation of the point spread."


def test_other_forms():
    assert control("style", "materials", "myelin", "grey").forms == ("number", "pair", "per_tile")
    assert control("recipe", "axons", "radius_nm").forms == ("number", "pair", "choice")
    count = control("recipe", "axons", "count")
    assert (count.forms, count.whole) == (("number", "pair", "mean"), True)
    assert control("recipe", "clutter", "kinds").forms == ("names",)
    assert control("recipe", "free_vesicles", "together").forms == ("pair",)


def test_only_artefacts_may_be_absent():
    optional = {
        one.path[0] for kind in ("style", "recipe", "solid_recipe") for one in control_groups(kind) if one.optional
    }
    assert optional == {"artifacts"}
