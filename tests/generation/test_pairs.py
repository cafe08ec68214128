"""Aligned pairs: the same tissue under another style."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import synthem
from synthem.errors import ConfigError, DataError


@pytest.fixture(scope="module")
def tiles():
    return synthem.generate(3, seed=4, shape=(96, 128), axons=1, start=2)


def test_only_pictures_differ(tiles):
    other = synthem.restyle(tiles, "ac4")
    for name in ("masks", "instances", "compartments"):
        assert np.array_equal(getattr(other, name), getattr(tiles, name))
    assert [tile.objects for tile in other] == [tile.objects for tile in tiles]
    assert (other.names, other.seed, other.classes) == (tiles.names, tiles.seed, tiles.classes)
    assert not np.array_equal(other.images, tiles.images)
    assert other.config["style"]["name"] == "ac4"


def test_the_way_back_gives_the_same_pictures(tiles):
    assert synthem.restyle(synthem.restyle(tiles, "ac4"), "epfl") == tiles


def test_pixels_keep_their_size(tiles):
    fine = synthem.generate(1, seed=4, shape=64, pixel_size_nm=8)
    other = synthem.restyle(fine, "ac4")
    assert other.config["pixel_size_nm"] == 8
    assert np.array_equal(other.masks, fine.masks)


def test_saved_and_loaded_tiles_are_shown_anew(tiles, tmp_path):
    tiles.save(tmp_path / "tiles")
    loaded = synthem.Dataset.load(tmp_path / "tiles")
    assert synthem.restyle(loaded, "ac4") == synthem.restyle(tiles, "ac4")


def test_artefacts_move_the_same_pixels():
    stages = [synthem.MembraneLayer(), synthem.Cytoplasm(), synthem.Crack(width_nm=40), synthem.BlurNoise()]
    scene = synthem.Scene(organelles=[synthem.Vesicles(count=2)], stages=stages, shape=(128, 128))
    damaged = synthem.generate(1, recipe=scene, seed=3)
    other = synthem.restyle(damaged, "ac4")
    assert np.array_equal(other.masks, damaged.masks)
    (one,), (two,) = damaged[0].artifacts, other[0].artifacts
    assert one.parameters == two.parameters  # the mask is where it shows, a matter of greys
    assert np.array_equal(one.displacement, two.displacement)
    assert np.array_equal(one.lost, two.lost)


def test_what_cannot_be_drawn_again_is_said(tiles):
    real = synthem.Dataset.from_arrays(tiles.images, tiles.masks)
    with pytest.raises(ConfigError, match="`dataset` must have been generated"):
        synthem.restyle(real, "ac4")
    with pytest.raises(ConfigError, match="`dataset` must be a Dataset, got 3"):
        synthem.restyle(3, "ac4")
    own = replace(tiles, config={**tiles.config, "organelles": [{"type": "Nucleus"}]})
    with pytest.raises(ConfigError, match="`dataset` must be of a scene that can be built again"):
        synthem.restyle(own, "ac4")
    with pytest.raises(ConfigError, match="`style` must be one of"):
        synthem.restyle(tiles, "sem")


def test_changed_masks_are_said(tiles):
    masks = tiles.masks.copy()
    masks[1, 0] ^= True
    changed = synthem.Dataset.from_arrays(tiles.images, masks, tiles.instances, names=tiles.names)
    metas = [replace(tile, index=k + 2) for k, tile in enumerate(changed.tiles)]
    changed = replace(changed, tiles=tuple(metas), seed=tiles.seed, config=tiles.config)
    with pytest.raises(DataError, match=f"`dataset` must hold the tiles .* other masks in {tiles.names[1]}"):
        synthem.restyle(changed, "ac4")
