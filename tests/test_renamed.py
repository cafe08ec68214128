"""Old names are errors that name the new ones."""

from __future__ import annotations

import importlib

import pytest

import synthem
from synthem._renamed import KEYS, MODULES
from synthem.errors import ConfigError


@pytest.mark.parametrize(("old", "new"), MODULES.items())
def test_the_import_of_a_module_that_moved_names_the_new_one(old, new):
    with pytest.raises(ModuleNotFoundError, match=f"synthem.{old} is now synthem.{new}"):
        importlib.import_module(f"synthem.{old}")
    importlib.import_module(f"synthem.{new}")


def test_so_does_an_attribute():
    with pytest.raises(AttributeError, match=r"has no attribute 'shapes'; it is now synthem\.tissue\.shape"):
        _ = synthem.shapes


@pytest.mark.parametrize(
    ("load", "text", "message"),
    [
        (synthem.load_recipe, "[axon]\ncount = 1", "`axon` is not a known key; it is now `axons`"),
        (synthem.load_recipe, "[psd]\nspine = 12.0", "`psd.spine` is not a known key; it is now `spine_radius_nm`"),
        (synthem.load_recipe, "[axons]\nradius = 9", "`axons.radius` is not a known key; it is now `radius_nm`"),
        (synthem.load_style, "[membranes]\nhaze = 3.0", "`membranes.haze` is not a known key; it is now `defocus`"),
        (
            synthem.load_style,
            "[cytoplasm]\nknee = 3.0",
            "`cytoplasm.knee` is not a known key; it is now `highlight_knee`",
        ),
    ],
)
def test_an_old_key_names_the_new_one(tmp_path, load, text, message):
    path = tmp_path / "own.toml"
    path.write_text(f'name = "own"\n{text}\n')
    with pytest.raises(ConfigError, match=message):
        load(path)


def test_every_new_key_is_one():
    texts = [
        synthem.load_style("epfl").to_toml(),
        *(synthem.load_recipe(name).to_toml() for name in ("tissue", "paper")),
    ]
    known = {line.strip("[]").split(" = ")[0] for text in texts for line in text.splitlines()}
    known |= {"synapse_share"}  # of a synapse in a manifest, too
    assert set(KEYS.values()) <= known
