"""Configurations are read back as they were written."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, replace

import numpy as np
import pytest

from synthem import Material
from synthem._toml import read_toml, to_toml
from synthem.errors import ConfigError
from synthem.instrument.style import load_style
from synthem.tissue.recipes.recipe import load_recipe


def test_numbers_of_numpy_are_written_as_numbers(tmp_path):
    start = load_style("epfl")
    style = replace(start, optics=replace(start.optics, psf_sigma_nm=np.float64(7.5), gain_sd=np.float32(0.25)))
    recipe = replace(load_recipe("paper"), membranes=replace(load_recipe("paper").membranes, radius_nm=np.int64(25)))
    (tmp_path / "style.toml").write_text(style.to_toml())
    (tmp_path / "recipe.toml").write_text(recipe.to_toml())
    assert load_style(tmp_path / "style.toml") == style
    assert load_recipe(tmp_path / "recipe.toml") == recipe


def test_a_number_stands_for_a_range_of_no_width(tmp_path):
    text = load_style("epfl").to_toml()
    cleft = "cleft = { grey = 95.0, opacity = 0.5 }"
    own = "\n[own_materials]\nblob = { grey = 9, opacity = 1 }\n"
    (tmp_path / "style.toml").write_text(re.sub(r"(?m)^cleft = .*$", cleft, text) + own)
    style = load_style(tmp_path / "style.toml")
    assert style.materials.cleft == Material(grey=95.0, opacity=0.5)
    assert style.materials.cleft.opacity == (0.5, 0.5)
    assert style.own_materials == {"blob": Material(grey=9.0)}
    (tmp_path / "recipe.toml").write_text('name = "x"\n[mitochondria]\nrim_nm = 30\n')
    assert load_recipe(tmp_path / "recipe.toml").mitochondria.rim_nm == (30.0, 30.0)


def test_every_digit_is_written(tmp_path):
    start = load_style("epfl")
    style = replace(start, optics=replace(start.optics, psf_sigma_nm=1 / 3, gain_sd=2e-7))
    (tmp_path / "style.toml").write_text(style.to_toml())
    assert load_style(tmp_path / "style.toml") == style


@pytest.mark.parametrize(
    "name", ["brain 🧠", "Größe", 'a"b\\\\c', "tab\there", "line\nbreak", "del\x7f", "\x01", "\\ud83e\\udde0", "\u2028"]
)
def test_every_text_comes_back(tmp_path, name):
    style = replace(load_style("epfl"), name=name)
    (tmp_path / "style.toml").write_bytes(style.to_toml().encode())
    assert load_style(tmp_path / "style.toml") == style


def test_a_text_that_is_no_unicode_is_refused():
    with pytest.raises(ConfigError, match="text in TOML must be valid Unicode, got"):
        to_toml(replace(load_style("epfl"), name="a\udcff"))


def test_keys_of_any_kind_come_back(tmp_path):
    @dataclass
    class Tables:
        plain: dict[str, float]

    text = to_toml(Tables({"a b": 1.0, "c.d": 2.0, "ä": 3.0, "e_f-1": 4.0}))
    (tmp_path / "a.toml").write_bytes(text.encode())
    assert read_toml(tmp_path / "a.toml") == {"plain": {"a b": 1.0, "c.d": 2.0, "ä": 3.0, "e_f-1": 4.0}}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_files_of_powershell_are_read(tmp_path, encoding, newline):
    style = replace(load_style("epfl"), name="brain 🧠")
    (tmp_path / "style.toml").write_bytes(style.to_toml().replace("\n", newline).encode(encoding))
    assert load_style(tmp_path / "style.toml") == style


def test_a_big_endian_mark_is_read(tmp_path):
    (tmp_path / "a.toml").write_bytes(codecs.BOM_UTF16_BE + "a = 1".encode("utf-16-be"))
    assert read_toml(tmp_path / "a.toml") == {"a": 1}


def test_what_an_early_synthem_wrote_is_read(tmp_path):
    (tmp_path / "a.toml").write_text('name = "brain \\ud83e\\udde0"\n')
    assert read_toml(tmp_path / "a.toml") == {"name": "brain 🧠"}


@pytest.mark.parametrize("data", [b"a = \xff", b"a = 'x", b"\xff\xfea\x00 \x00", b'a = "\\ud83e"'])
def test_what_is_no_toml_is_named(tmp_path, data):
    (tmp_path / "a.toml").write_bytes(data)
    with pytest.raises(ConfigError, match=r"a\.toml: is not valid TOML"):
        read_toml(tmp_path / "a.toml")
