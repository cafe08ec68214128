"""Styles: limits of what they hold, files and copies."""

from __future__ import annotations

import copy
import math
import pickle
from dataclasses import replace

import pytest

from synthem import Material, Scene, Style, build_scene, list_styles, load_recipe, load_style
from synthem.errors import ConfigError

EPFL = load_style("epfl")
OWN = replace(EPFL, own_materials={"blob": Material(grey=90, relative_to="matrix")})


@pytest.mark.parametrize(
    ("section", "name", "value", "required"),
    [
        ("cytoplasm", "coarse_texture_size_nm", 5.0, "a number from 10 to 2000"),
        ("cytoplasm", "fine_texture_stretch", 0.0, "a number from 0.1 to 10"),
        ("optics", "psf_sigma_nm", 200.0, "a number from 0 to 100"),
        ("optics", "sharp_focus", 1.2, "a number from 0.05 to 1"),
        ("membranes", "edge_shadow_reach_nm", 60.0, "a number from 0 to 50"),
        ("membranes", "level", "dark", "a number from -255 to 255, got 'dark'"),
        ("membranes", "level", (4.0, 6.0), "a number from -255 to 255, got"),
        ("detector", "white", -1.0, "a number from 0 to 255"),
        ("detector", "axial", math.nan, "a number from -1 to 1, got nan"),
    ],
)
def test_sections_refuse_what_cannot_be_painted(section, name, value, required):
    with pytest.raises(ConfigError, match=rf"`{name}` must be {required}"):
        replace(getattr(EPFL, section), **{name: value})


@pytest.mark.parametrize(
    ("name", "value", "required"),
    [
        ("detector", None, "be of type Detector, got None"),
        ("optics", {"psf_sigma_nm": 9.0}, "be of type Optics, got {'psf_sigma_nm': 9.0}"),
        ("own_materials", 3, "map names to a Material, got 3"),
    ],
)
def test_sections_are_of_their_class(name, value, required):
    with pytest.raises(ConfigError, match=rf"`{name}` must {required}"):
        Style(name="x", **{name: value})


@pytest.mark.parametrize("pair", [(8, 4), (4, 5, 6), (4,), ()])
def test_a_range_of_pixel_sizes_is_a_pair(pair):
    with pytest.raises(ConfigError, match=r"`pixel_size_nm` must be a number or a pair .* with low <= high"):
        Scene(pixel_size_nm=pair)


@pytest.mark.parametrize("size", [0, 0.5, -5.0, math.nan, math.inf, 1000.0, "5", True, None])
def test_pixels_of_no_sense_are_refused(size):
    with pytest.raises(ConfigError, match="`pixel_size_nm` must be a number from 1 to 100"):
        Style(name="x", pixel_size_nm=size)
    if size is not None:  # that of the style
        for make in (Scene, build_scene):
            with pytest.raises(ConfigError, match="`pixel_size_nm` must be a number from 1 to 100"):
                make(pixel_size_nm=size)


def test_the_pixels_of_a_scene_are_those_of_its_style_unless_others_are_asked_for():
    assert Scene().pixel_size_nm == 5.0
    assert Scene(style="ac4").pixel_size_nm == 6.0
    assert Scene(style="ac4", pixel_size_nm=8).pixel_size_nm == 8.0


@pytest.mark.parametrize("name", ["", None, 3])
def test_a_style_has_a_name(name):
    with pytest.raises(ConfigError, match="`name` of a style must be a text"):
        Style(name=name)


@pytest.mark.parametrize("style", [*(load_style(name) for name in list_styles()), OWN], ids=lambda style: style.name)
def test_styles_come_back_from_files_and_copies(style, tmp_path):
    (tmp_path / "own.toml").write_text(style.to_toml())
    assert load_style(tmp_path / "own.toml") == style
    style.table(("matrix",))
    for again in (pickle.loads(pickle.dumps(style)), copy.deepcopy(style)):
        assert again == style
        with pytest.raises(TypeError):
            again.own_materials["spot"] = Material()


def test_what_is_left_out_is_that_of_epfl():
    assert replace(Style(name="epfl"), materials=EPFL.materials) == EPFL


def test_a_style_and_a_recipe_are_told_apart(tmp_path):
    style, recipe = tmp_path / "mine.toml", tmp_path / "mine_recipe.toml"
    style.write_text(load_style("epfl").to_toml())
    recipe.write_text(load_recipe("tissue").to_toml())
    with pytest.raises(ConfigError, match=r"`style` must be a style, got the recipe .*: give it as `recipe`"):
        load_style(recipe)
    with pytest.raises(ConfigError, match=r"`recipe` must be a recipe, got the style .*: give it as `style`"):
        load_recipe(style)
