"""Files whose lengths are pixels as files of today: recipes, and the command that converts them and styles."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from synthem import load_recipe, load_style
from synthem.cli import app
from synthem.errors import ConfigError
from synthem.tissue.recipes.upgrade import upgrade_file, upgrade_recipe

RECIPE = """name = "old"
margin = 4
synapse_share = 0.5

[axons]
count = { mean = 0.5 }
radius = [25.0, 110.0]
flattening = 0.8

[membranes]
largest = 90.0
warp = [8.0, 2.5]
elongation = [0.0, 3.0]
"""
STYLE = 'name = "old"\npixel_size_nm = 4.0\n[optics]\npsf_sigma = 1.5\n[membrane]\nwidth = 7.0\nlevel = 80.0\n'


@pytest.fixture
def old(tmp_path):
    def write(text):
        path = tmp_path / "old.toml"
        path.write_text(text)
        return path

    return write


def test_lengths_of_a_recipe_become_nanometres(old):
    recipe = upgrade_recipe(old(RECIPE), 5.0)
    assert (recipe.name, recipe.margin_nm, recipe.synapse_share) == ("old", 20.0, 0.5)
    assert recipe.axons.radius_nm == (125.0, 550.0)
    assert recipe.axons.flattening == 0.8
    assert (recipe.membranes.largest_nm, recipe.membranes.warp_nm) == (450.0, (40.0, 12.5))
    assert recipe.membranes.elongation == (0.0, 3.0)
    assert upgrade_recipe(old(RECIPE), 4.0).axons.radius_nm == (100.0, 440.0)


def test_an_upgraded_recipe_reads_back_equal(old, tmp_path):
    text, notes = upgrade_file(old(RECIPE), 5.0)
    (tmp_path / "new.toml").write_text(text)
    assert load_recipe(tmp_path / "new.toml") == upgrade_recipe(old(RECIPE), 5.0)
    assert notes == ["lengths were taken as pixels of 5 nm"]


@pytest.mark.parametrize("text", ['name = "new"\n[axons]\ncount = 1\n', load_recipe("tissue").to_toml()])
def test_what_is_of_today_is_refused(old, text):
    with pytest.raises(ConfigError, match="must be a style or recipe whose lengths are pixels, got neither"):
        upgrade_file(old(text), 5.0)


class TestCommand:
    def run(self, *args):
        return CliRunner().invoke(app, ["styles", *map(str, args)])

    def test_converts_a_recipe(self, old, tmp_path):
        out = tmp_path / "new.toml"
        result = self.run("--upgrade", old(RECIPE), "-o", out, "--pixel-size", 4)
        assert result.exit_code == 0, result.output
        assert result.stderr == "lengths were taken as pixels of 4 nm\n"
        assert load_recipe(out).margin_nm == 16.0

    def test_converts_a_style_and_says_what_belongs_to_a_recipe(self, old, tmp_path):
        out = tmp_path / "new.toml"
        result = self.run("--upgrade", old(STYLE), "-o", out)
        assert result.exit_code == 0, result.output
        style = load_style(out)
        assert (style.pixel_size_nm, style.optics.psf_sigma_nm, style.membranes.level) == (4.0, 6.0, 80.0)
        assert "\n[membranes]\nwidth_nm = 28.0\n" in result.stderr

    def test_prints_without_an_output(self, old):
        assert self.run("--upgrade", old(RECIPE)).stdout == upgrade_file(old(RECIPE), 5.0)[0]

    def test_an_error_says_how_to_convert(self, old):
        path = old(STYLE)
        with pytest.raises(ConfigError, match=f"synthem styles --upgrade {path} -o NEW.toml"):
            load_style(path)

    def test_takes_no_name_beside(self, old):
        result = self.run("epfl", "--upgrade", old(RECIPE))
        assert result.exit_code == 2
        assert "must be left out with" in result.stderr

    def test_a_file_of_today_ends_with_2(self, old):
        result = self.run("--upgrade", old(load_style("epfl").to_toml()))
        assert result.exit_code == 2
        assert "got neither" in result.stderr
