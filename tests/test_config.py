"""Configurations are read back as they were written."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from synthem.errors import ConfigError
from synthem.instrument.style import load_style
from synthem.tissue.recipes.recipe import load_recipe


def test_numbers_of_numpy_are_written_as_numbers(tmp_path):
    start = load_style("epfl")
    style = replace(start, optics=replace(start.optics, psf_sigma=np.float64(1.5), noise_white=np.float32(7.25)))
    recipe = replace(load_recipe("paper"), membranes=replace(load_recipe("paper").membranes, radius=np.int64(5)))
    (tmp_path / "style.toml").write_text(style.to_toml())
    (tmp_path / "recipe.toml").write_text(recipe.to_toml())
    assert load_style(tmp_path / "style.toml") == style
    assert load_recipe(tmp_path / "recipe.toml") == recipe


def test_a_number_stands_for_a_range_of_no_width(tmp_path):
    text = load_style("epfl").to_toml()
    (tmp_path / "style.toml").write_text(re.sub(r"(?m)^zone_opacity = .*$", "zone_opacity = 0.5", text))
    style = load_style(tmp_path / "style.toml")
    assert style.psd.zone_opacity == (0.5, 0.5)
    assert style.psd == replace(load_style("epfl").psd, zone_opacity=0.5)


@pytest.mark.parametrize(
    ("look", "name", "value"),
    [
        ("mitochondrion", "patches", (-5.0, 2.0)),
        ("mitochondrion", "swollen_share", 1.5),
        ("mitochondrion", "edge_fade", 5.0),
        ("mitochondrion", "edge_within", -0.1),
        ("vesicles", "free_spread", 2.0),
        ("optics", "sharp_focus", 1.2),
    ],
)
def test_looks_have_limits(look, name, value):
    with pytest.raises(ConfigError, match=f"`{name}` must be a number from 0"):
        replace(getattr(load_style("epfl"), look), **{name: value})


@pytest.mark.parametrize(
    ("look", "name", "value", "required"),
    [
        ("cytoplasm", "coarse_texture_size", 24, "a power of two from 2 to 256"),
        ("cytoplasm", "fine_texture_size", 1, "a power of two from 2 to 256"),
        ("cytoplasm", "fine_texture_stretch", 0.0, "a number from 0.1 to 10"),
        ("optics", "psf_sigma", 60.0, "a number from 0 to 20"),
        ("membrane", "width", (4.0, 6.0), "a number from 0 to 200, got"),
        ("membrane", "level", "dark", "a number from 0 to 255, got 'dark'"),
        ("mitochondrion", "rim_level", (105.0, 80.0), "low <= high"),
        ("mitochondrion", "rim_level", "dark", "low <= high"),
    ],
)
def test_looks_refuse_what_cannot_be_painted(look, name, value, required):
    with pytest.raises(ConfigError, match=rf"`{name}` must be .*{required}"):
        replace(getattr(load_style("epfl"), look), **{name: value})


def test_every_digit_is_written(tmp_path):
    start = load_style("epfl")
    style = replace(start, optics=replace(start.optics, psf_sigma=1 / 3, shot_curve=2e-7))
    (tmp_path / "style.toml").write_text(style.to_toml())
    assert load_style(tmp_path / "style.toml") == style
