from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

import synthem
from synthem.parameters import Choice, Density, PerTile
from synthem.studio.design import Design
from synthem.studio.python_code import python_code

STYLE, RECIPE = synthem.load_style("epfl"), synthem.load_recipe("tissue")
Design = partial(Design, solid_recipe=synthem.load_solid_recipe("tissue"))


def made(design, style="epfl", recipe="tissue"):
    """Return what the script of a design defines."""
    found = {}
    exec(python_code(design, style, recipe).replace("synthem.generate(1,", "dict("), found)  # the tile takes longer
    return found


def test_nothing_changed_is_no_statement():
    text = python_code(Design(style=STYLE, recipe=RECIPE), "epfl", "tissue")
    assert "replace" not in text
    assert text.count("\n") == 5


@pytest.mark.parametrize(
    "style",
    [
        replace(STYLE, name="own", optics=replace(STYLE.optics, psf_sigma_nm=9.0)),
        replace(STYLE, materials=replace(STYLE.materials, myelin=synthem.Material(grey=(10, 20)))),
        replace(STYLE, own_materials={"chitin": synthem.Material(grey=50, opacity=(0.5, 1.0))}),
        replace(STYLE, per_tile={"detector.white": (5, 15), "pixel_size_nm": (4, 8)}),
        replace(STYLE, per_tile={"materials.myelin.grey": PerTile(low=40, high=60, spread=10)}),
        synthem.load_style("any"),
        replace(synthem.load_style("any"), per_tile={}),
    ],
)
def test_any_style_comes_back(style):
    design = Design(style=style, recipe=RECIPE, size=64)
    assert made(design)["style"] == style
    assert made(design, "any")["style"] == style


@pytest.mark.parametrize(
    "recipe",
    [
        replace(RECIPE, axons=replace(RECIPE.axons, count=(1, 3), radius_nm=Choice((200.0, 300.0)))),
        replace(RECIPE, psd=replace(RECIPE.psd, count=Density(mean=1.5)), margin_nm=30.0),
        replace(RECIPE, artifacts=synthem.Artifacts(fold=synthem.Fold(share=0.25, width_nm=(50, 60)))),
        replace(RECIPE, clutter=replace(RECIPE.clutter, kinds=("tube",))),
        synthem.load_recipe("paper"),
    ],
)
def test_any_recipe_comes_back(recipe):
    assert made(Design(style=STYLE, recipe=recipe))["recipe"] == recipe


def test_a_file_begins_with_the_default():
    text = python_code(Design(style=STYLE, recipe=RECIPE), "", "own")
    assert 'load_style("epfl")' in text
    assert 'load_recipe("tissue")' in text


@pytest.mark.filterwarnings("ignore::synthem.errors.EmptyClassWarning")
def test_the_script_makes_the_tile():
    design = Design(style=STYLE, recipe=RECIPE, size=64, classes="all", seed=3, index=2)
    found = {}
    exec(python_code(design, "epfl", "tissue"), found)
    assert np.array_equal(found["tiles"].images[0], design.draw().render().image)
    assert len(found["tiles"].classes) == 18
