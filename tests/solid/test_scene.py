"""What a scene of solid tissue accepts, and what it says of the rest."""

import pickle
from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

import synthem
from synthem.errors import ConfigError
from synthem.instrument.style import load_style
from synthem.solid.build import build_solid_scene, mean_boutons
from synthem.solid.recipe import SolidRecipe, list_solid_recipes, load_solid_recipe
from synthem.solid.scene import SolidScene
from synthem.solid.species import Species


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"shape": (0, 64, 64)}, r"`shape` of a volume must be three integers .*got \(0, 64, 64\)"),
        ({"shape": (4, 63, 64)}, r"`shape` of a volume must be .*from 64 to 65536"),
        ({"shape": (4, 64)}, r"`shape` of a volume must be three integers"),
        ({"spacing_nm": 0}, r"`spacing_nm` must be a number from 1 to 500, got 0"),
        ({"spacing_nm": float("nan")}, r"`spacing_nm` must be a number from 1 to 500, got nan"),
        ({"spacing_nm": 5000.0}, r"`spacing_nm` must be a number from 1 to 500, got 5000"),
        ({"thickness_nm": -1.0}, r"`thickness_nm` must be a number from 0 to 20"),
        ({"thickness_nm": float("nan")}, r"`thickness_nm` must be a number from 0 to 20, got nan"),
        ({"thickness_nm": 5000.0}, r"`thickness_nm` must be a number from 0 to 20, got 5000"),
        ({"classes": "all"}, r"`classes` of volumes must be classes that are painted, got"),
        ({"style": "any"}, r"`pixel_size_nm` of a volume must be given with style 'any'"),
        ({"recipe": "paper"}, r"`recipe` must be"),
    ],
)
def test_wrong_parameters_are_named(options, message):
    with pytest.raises(ConfigError, match=message):
        SolidScene(**options)


@pytest.mark.parametrize("origin", [(0, 0), (0.5, 0, 0), (0, 0, 10**9), "abc"])
def test_a_wrong_origin_is_named(origin):
    with pytest.raises(ConfigError, match="`origin` must be three integers"):
        SolidScene(shape=(2, 64, 64)).sample(0, origin=origin)


def test_voxels_are_as_the_style_says_unless_something_else_is_asked_for():
    scene = SolidScene()
    assert (scene.pixel_size_nm, scene.spacing_nm, scene.thickness_nm) == (5.0, 5.0, 5.0)
    scene = SolidScene(pixel_size_nm=4.6, spacing_nm=50)
    assert (scene.spacing_nm, scene.thickness_nm) == (50.0, 50.0)


def test_a_scene_comes_back_from_its_dict():
    classes = synthem.ClassTable(classes=("mitochondria", "boundaries"))
    scene = SolidScene(shape=(3, 64, 64), spacing_nm=30.0, thickness_nm=20.0, classes=classes)
    assert SolidScene.from_dict(scene.to_dict()) == scene
    assert pickle.loads(pickle.dumps(scene)) == scene


def test_recipes_come_back_from_their_toml(tmp_path):
    (tmp_path / "own.toml").write_text(SolidRecipe(name="own").to_toml(), encoding="utf-8")
    assert load_solid_recipe(tmp_path / "own.toml") == SolidRecipe(name="own")
    assert list_solid_recipes() == ["tissue"]


def test_counts_are_means_per_cube():
    recipe = load_solid_recipe("tissue")
    boutons = mean_boutons(recipe)
    scene = build_solid_scene(axons=(0, 3), psd=2, vesicles=synthem.Density(mean=1.5), mitochondria=1)
    axons = scene.recipe.myelinated
    assert axons.total_nm / 1280 / 2 == pytest.approx(1.5)  # a plane cuts half of the length in a volume, per area
    assert scene.recipe.boutons.density_share == pytest.approx(2 / boutons)
    assert scene.recipe.vesicles.empty_share == pytest.approx(1 - 1.5 / boutons)
    assert 0 < scene.recipe.dendritic_mitochondria.share < recipe.dendritic_mitochondria.share
    bare = build_solid_scene(vesicles=0, mitochondria=0, psd=0, axons=0)
    assert bare.recipe.free_vesicles.share == bare.recipe.axonal_mitochondria.share == 0.0
    with pytest.raises(ConfigError, match=r"`psd` of a volume must be at most .* per \(1.28 µm\)³"):
        build_solid_scene(psd=1000)


@pytest.mark.slow
def test_what_is_not_asked_for_is_not_there():
    volume = build_solid_scene(axons=0, psd=0, vesicles=0, mitochondria=0, shape=(16, 128, 128)).render(seed=4)
    assert not volume.objects
    assert volume.mask("boundaries").any()


@pytest.mark.slow
def test_another_style_has_the_same_masks_and_the_mean_over_the_thickness_is_smoother():
    layout = SolidScene(shape=(2, 64, 64)).sample(seed=1)
    one, other = layout.render(), layout.render("ac4")
    assert np.array_equal(one.masks, other.masks)
    assert np.array_equal(one.instances, other.instances)
    assert not np.array_equal(one.image, other.image)
    thin, thick = (SolidScene(shape=(2, 64, 64), spacing_nm=60, thickness_nm=t).render(seed=1) for t in (5, 60))
    assert np.array_equal(thin.masks, thick.masks)
    assert thick.image.std() < thin.image.std()


def test_vesicles_darken_the_cytoplasm_around_them():
    style = load_style("epfl")
    none = replace(style.materials.bouton_cytoplasm, opacity=(0.0, 0.0))
    clear = replace(style, materials=replace(style.materials, bouton_cytoplasm=none))
    layout = SolidScene(shape=(2, 192, 192)).sample(seed=1)
    hazy, pale = layout.render(), layout.render(clear)
    assert np.array_equal(hazy.masks, pale.masks)
    change, free = pale.image.astype(int) - hazy.image, ~pale.masks.any(axis=0)
    away = np.stack([ndimage.distance_transform_edt(~one) for one in pale.masks[pale.classes.names.index("vesicles")]])
    assert change[free & (away < 4.0)].mean() > 0.7
    assert abs(change[free & (away > 40.0)].mean()) < 0.5


@pytest.mark.slow
def test_myelinated_neurites_have_a_sheath_along_them():
    recipe = load_solid_recipe("tissue")
    recipe = replace(recipe, myelinated=replace(recipe.myelinated, count=0.35))
    layout = synthem.SolidScene(recipe=recipe, shape=(1, 512, 512)).sample(0)
    section = layout.render()[0]
    sheaths, there = section.mask("axon"), []
    for owner in np.flatnonzero(layout.bodies.species == Species.MYELINATED):
        cell = section.compartments == owner
        if cell.sum() > 1500:
            there.append((ndimage.binary_dilation(cell, iterations=3) & sheaths).any())
    assert len(there) >= 5
    assert np.mean(there) > 0.5  # others are cut where their neurite ends
