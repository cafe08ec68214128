"""Damaged sections: their labels are those of the tissue that they show, in all blocks alike."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

import synthem
from synthem.errors import ConfigError
from synthem.instrument.section_artifacts import (
    DroppedSection,
    SectionArtifacts,
    SectionBrightness,
    SectionFold,
    SectionShift,
    SectionWarp,
)
from synthem.io import slabs
from synthem.kernels.solid.bending import PATCH
from synthem.solid.recipe import load_solid_recipe
from synthem.solid.scene import SolidScene
from synthem.tiles.section_artifacts import NODE_PX

pytestmark = pytest.mark.slow

MOVING = {
    "shift": SectionShift(share=1, distance_nm=(100, 120)),
    "warp": SectionWarp(share=1, amplitude_nm=(60, 60), size_nm=(800, 900)),
    "fold": SectionFold(share=1, width_nm=(130, 140), every_nm=(1200, 1300)),
}


def scene(shape, **kinds):
    recipe = replace(load_solid_recipe("tissue"), artifacts=SectionArtifacts(**kinds))
    return SolidScene(recipe=recipe, shape=shape)


def keys_and_volume(scene, origin):
    layout = scene.sample(3, origin=origin)
    volume = layout.render()
    return layout.bodies.keys[volume.compartments], volume


def test_nodes_are_those_of_the_kernels():
    assert NODE_PX == PATCH


@pytest.mark.parametrize("name", MOVING)
def test_labels_are_those_of_the_tissue_that_is_seen(name):
    keys, volume = keys_and_volume(scene((2, 96, 112), **{name: MOVING[name]}), (4, -30, 20))
    margin = 64
    clean, around = keys_and_volume(scene((2, 96 + 2 * margin, 112 + 2 * margin)), (4, -30 - margin, 20 - margin))
    for section in range(2):
        (found,) = volume[section].artifacts
        assert found.name == name
        rows, columns = np.indices((96, 112)) + margin + found.displacement
        at = np.floor(rows + 0.5).astype(int), np.floor(columns + 0.5).astype(int)
        least, most = (extreme(clean[section], 3) for extreme in (ndimage.minimum_filter, ndimage.maximum_filter))
        sure = (least == most)[at]
        if found.lost is not None:
            assert not keys[section][found.lost].any()
            assert not volume.masks[:, section][:, found.lost].any()
            sure &= ~found.lost
        assert sure.mean() > 0.4
        own, source = keys[section][sure], clean[section][at][sure]
        assert (own == source).mean() > 0.995  # fields are linear between other places, which moves walls by some nm
        both = (own != 0) & (source != 0)
        assert both.mean() > 0.5
        assert np.array_equal(own[both], source[both])
        mitochondria = around.masks[0, section]
        least, most = (extreme(mitochondria, 3) for extreme in (ndimage.minimum_filter, ndimage.maximum_filter))
        sure &= (least == most)[at]
        assert (volume.masks[0, section] == mitochondria[at])[sure].mean() > 0.999


def test_blocks_beside_each_other_fit():
    keys, volume = keys_and_volume(scene((3, 64, 160), **MOVING), (2, 8, -40))
    for column in (0, 80):
        own, part = keys_and_volume(scene((2, 64, 80), **MOVING), (3, 8, column - 40))
        assert np.array_equal(own, keys[1:, :, column : column + 80])
        assert np.array_equal(part.masks, volume.masks[:, 1:, :, column : column + 80])
        assert [one._replace(section=one.section + 1) for one in part.damage] == list(volume.damage)[3:]


def test_pictures_are_marked_and_labels_stay():
    plain = scene((3, 64, 64)).render(3)
    bright = scene((3, 64, 64), brightness=SectionBrightness(share=1, levels=30)).render(3)
    gone = scene((3, 64, 64), dropped=DroppedSection(share=1, level=12)).render(3)
    for one in (bright, gone):
        assert np.array_equal(one.masks, plain.masks)
        assert np.array_equal(one.compartments, plain.compartments)
    assert bright.image.astype(int).mean() - plain.image.mean() == pytest.approx(30, abs=3)
    assert np.unique(gone.image).tolist() == [12]
    assert [one.name for one in gone[1].artifacts] == ["dropped"]
    assert plain[0].artifacts == gone.section("y", 3).artifacts == ()


def test_damage_comes_back_from_disk_whole_or_in_slabs(tmp_path, monkeypatch):
    one = scene((6, 64, 64), shift=SectionShift(share=0.7), dropped=DroppedSection(share=0.3))
    made = synthem.generate(1, recipe=one, seed=3)
    assert len({item.name for item in made[0].damage}) == 2
    assert synthem.Dataset.load(made.save(tmp_path / "whole", format="npz")) == made
    monkeypatch.setattr(slabs, "SLAB_BYTES", 150_000)
    synthem.generate_files(tmp_path / "slabs", 1, recipe=one, seed=3, format="folders")
    assert synthem.Dataset.load(tmp_path / "slabs") == made
    assert SolidScene.from_dict(made.config) == one


def test_folds_must_cover_the_jump_of_their_field():
    with pytest.raises(ConfigError, match="`width_nm` of folds must be at least 24 pixels, 240 nm"):
        SolidScene(recipe=scene((2, 64, 64), fold=SectionFold(share=0.1)).recipe, shape=(2, 64, 64), pixel_size_nm=10)


def test_skeletons_follow_the_sections():
    kinds = {"shift": SectionShift(share=1, distance_nm=100), "warp": MOVING["warp"]}
    volume = scene((48, 160, 192), **kinds).render(3)
    inside, other = [], []
    for one in volume.skeletons():
        z, y, x = np.floor(one.voxels + 0.5).astype(int).T
        within = (y >= 0) & (y < 160) & (x >= 0) & (x < 192)
        label = volume.compartments[z[within], y[within], x[within]]
        inside.append(one.inside[within])
        other.append((label != 0) & (label != one.compartment))
    assert np.concatenate(inside).mean() > 0.85
    assert not np.concatenate(other).any()
