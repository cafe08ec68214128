"""Styles of old, in pixels: what becomes of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from synthem import Material, load_style
from synthem._toml import from_mapping, read_toml
from synthem.errors import ConfigError
from synthem.instrument.upgrade import DEFAULTS, WORDS, upgrade_style
from synthem.tissue.recipes.recipe import Recipe

OLD = """
name = "old"
pixel_size_nm = 4.0

[cytoplasm]
level = 170.0
fine_texture_size = 16

[membrane]
level = 80.0
width = 7.0
edge_shadow_reach = 6.0
oblique_share = 0.1

[mitochondrion]
rim_level = 90.0
rim_width = [5.0, 8.0]
interior_level = [104.0, 115.0]
cristae_depth = [6.0, 19.0]
patches = [0.5, 2.0]
patch_depth = 40.0
core_shift = [0.0, 26.0]

[psd]
zone_reach = 12.0
line_share = 0.2

[vesicles]
rim_level = [70.0, 90.0]
interior_level = [110.0, 130.0]
rim_width = [1.5, 2.5]
free_spread = 0.5

[optics]
psf_sigma = 1.5
noise_white = 9.0
shot_slope = 0.1
"""


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "old.toml"
    path.write_text(OLD)
    return path


def test_lengths_become_nanometres_and_greys_those_of_materials(old):
    style = upgrade_style(old).style
    assert (style.name, style.pixel_size_nm) == ("old", 4.0)
    assert (style.cytoplasm.level, style.cytoplasm.fine_texture_size_nm) == (170.0, 64.0)
    assert (style.membranes.level, style.membranes.edge_shadow_reach_nm) == (80.0, 24.0)
    assert (style.optics.psf_sigma_nm, style.detector.white, style.detector.shot_slope) == (6.0, 9.0, 0.1)
    found = style.materials
    assert found.mitochondrial_rim.grey == (90.0, 90.0)
    assert found.matrix.grey == (104.0, 115.0)
    assert found.crista == Material(grey=(-19.0, -6.0), relative_to="matrix")
    assert found.matrix_slit.grey == (28.0, 28.0)
    assert found.matrix_core == Material(grey=(0.0, 26.0), opacity=0.4, relative_to="matrix")
    assert found.presynaptic_zone.reach_nm == (48.0, 48.0)
    assert found.free_vesicle_membrane.grey == (70.0, 110.0)  # half of the way to the interior
    assert found.free_vesicle_lumen.grey == (90.0, 130.0)


def test_what_decides_masks_goes_into_a_recipe(old):
    tissue = upgrade_style(old).tissue
    assert tissue["membranes"]["width_nm"] == 28.0
    assert tissue["membranes"]["oblique_share"] == 0.1
    assert tissue["mitochondria"]["rim_nm"] == (20.0, 32.0)
    assert tissue["mitochondria"]["patches"] == pytest.approx((31.25, 125.0))  # per 1000 px before
    assert tissue["psd"]["cleft_share"] == 0.2
    assert tissue["vesicles"]["rim_nm"] == tissue["free_vesicles"]["rim_nm"] == (6.0, 10.0)
    recipe = from_mapping(Recipe, {"name": "old", **tissue}, "old")
    assert recipe.membranes.width_nm == 28.0
    assert recipe.mitochondria.rim_nm == (20.0, 32.0)


EPFL = """
name = "epfl"
pixel_size_nm = 5.0

[cytoplasm]
level = 178.950507
coarse_texture_size = 64
fine_texture_size = 8

[membrane]
level = 75.253325
edge_shadow_reach = 5.964331

[psd]
level = [86.7, 95.7]
texture_sd = 3.0

[clutter]
level = [78.526763, 114.526763]
opacity = [0.687181, 0.967181]

[optics]
psf_sigma = 1.255137
soft_sigma = 4.887136
noise_sigma_rows = 2.989722
"""


def test_the_shipped_style_is_what_became_of_its_file(tmp_path):
    """A part of the file of epfl as it was; what it does not say is compared with nothing."""
    (tmp_path / "epfl.toml").write_text(EPFL)
    found, shipped = upgrade_style(tmp_path / "epfl.toml").style, load_style("epfl")
    for name in ("level", "coarse_texture_size_nm", "fine_texture_size_nm"):
        assert getattr(found.cytoplasm, name) == getattr(shipped.cytoplasm, name)
    for name in ("level", "edge_shadow_reach_nm"):
        assert getattr(found.membranes, name) == pytest.approx(getattr(shipped.membranes, name), abs=1e-6)
    for name in ("reticulum", "dark_line"):
        assert getattr(found.materials, name) == getattr(shipped.materials, name)
    for name in ("psf_sigma_nm", "soft_sigma_nm"):
        assert getattr(found.optics, name) == getattr(shipped.optics, name)
    assert found.detector.sigma_rows_px == shipped.detector.sigma_rows_px


def test_without_a_paler_middle_nothing_is_painted_over_the_cristae(tmp_path):
    (tmp_path / "old.toml").write_text("[mitochondrion]\ncore_shift = 0.0\n")
    assert upgrade_style(tmp_path / "old.toml").style.materials.matrix_core.opacity == (0.0, 0.0)


def test_the_upgrade_is_a_style_of_today(old, tmp_path):
    style = upgrade_style(old).style
    (tmp_path / "new.toml").write_text(style.to_toml())
    assert load_style(tmp_path / "new.toml") == style
    with pytest.raises(ConfigError, match="must be a style whose lengths are pixels, got one of today"):
        upgrade_style(tmp_path / "new.toml")


def test_a_style_in_pixels_is_not_read_as_one_in_nanometres(old):
    with pytest.raises(ConfigError, match="must have lengths in nm and greys by material, got one in pixels"):
        load_style(old)


@pytest.mark.parametrize("text", ["[membrane]\nwidht = 3.0\n", "[membrane]\nlevel = 3.0\n[nucleus]\nlevel = 3.0\n"])
def test_keys_that_there_never_were_are_refused(tmp_path, text):
    (tmp_path / "old.toml").write_text(text)
    with pytest.raises(ConfigError, match=r"`(membrane\.widht|nucleus.*)` is not a key of old styles"):
        upgrade_style(tmp_path / "old.toml")


def test_values_of_no_sense_are_named(tmp_path):
    (tmp_path / "old.toml").write_text("[membrane]\nlevel = 300.0\n")
    with pytest.raises(ConfigError, match="`level` must be a number from -255 to 255"):
        upgrade_style(tmp_path / "old.toml")


def test_an_old_file_without_a_name_is_called_after_its_path(tmp_path):
    (tmp_path / "mine.toml").write_text("[membrane]\nlevel = 70.0\n")
    found = upgrade_style(tmp_path / "mine.toml").style
    assert found.name == "mine"
    assert replace(found, name="x").membranes.level == 70.0


def test_the_oldest_words_give_the_same_style(tmp_path):
    texts = {
        "oldest": "[cytoplasm]\nmottle_size = 40\ntexture_sd = 0.1\n[axon]\ngrain = 4.0\n[vesicles]\nshade = 0.3\n",
        "later": "[cytoplasm]\ncoarse_texture_size = 40\ntexture_variation = 0.1\n[axon]\ntexture_sd = 4.0\n"
        "[vesicles]\nedge_shadow = 0.3\n",
    }
    for name, text in texts.items():
        (tmp_path / f"{name}.toml").write_text(text)
    found, later = (upgrade_style(tmp_path / f"{name}.toml") for name in texts)
    assert replace(found.style, name="later") == later.style
    assert found.tissue == later.tissue
    assert later.style.cytoplasm.coarse_texture_size_nm == 200.0


def test_every_old_word_has_a_key_that_took_its_place():
    sections = [values for values in read_toml(DEFAULTS).values() if isinstance(values, dict)]
    for old, new in WORDS.items():
        assert any(new in values for values in sections), old
