"""Configurations are read back as they were written."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from synthem.recipes import load_recipe
from synthem.styles import load_style


def test_numbers_of_numpy_are_written_as_numbers(tmp_path):
    start = load_style("epfl")
    style = replace(start, optics=replace(start.optics, psf_sigma=np.float64(1.5), noise_white=np.float32(7.25)))
    recipe = replace(load_recipe("paper"), membranes=replace(load_recipe("paper").membranes, radius=np.int64(5)))
    (tmp_path / "style.toml").write_text(style.to_toml())
    (tmp_path / "recipe.toml").write_text(recipe.to_toml())
    assert load_style(tmp_path / "style.toml") == style
    assert load_recipe(tmp_path / "recipe.toml") == recipe
