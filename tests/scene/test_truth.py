"""What holds for the labels of every tile, whatever is in it."""

from __future__ import annotations

import json
import pickle
import warnings
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from synthem import EPFL6, Dataset, PlacementWarning, Scene, generate
from synthem.instrument.style import list_styles
from synthem.io import FORMATS
from synthem.scene.build import build_scene
from synthem.tissue.recipes.recipe import list_recipes

pytestmark = pytest.mark.filterwarnings("ignore::synthem.errors.PlacementWarning")

ORGANELLES = ("mitochondria", "psd", "vesicles", "axon")
seeds = st.integers(0, 2**63 - 1)
counts = st.none() | st.integers(0, 4) | st.tuples(st.integers(0, 2), st.integers(2, 4))
sides = st.sampled_from([64, 65, 100, 256, 300])


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    return build_scene(
        draw(st.sampled_from(list_recipes())),
        axons=draw(counts),
        psd=draw(counts),
        vesicles=draw(counts),
        mitochondria=draw(counts),
        style=draw(st.sampled_from(list_styles())),
        shape=(draw(sides), draw(sides)),
    )


@given(scenes(), seeds)
def test_labels_keep_the_rules(scene, seed):
    tile = scene.render(seed)
    boundaries, shell = tile.mask("boundaries"), tile.mask("mitochondrial_boundaries")
    assert (tile.masks[:5].sum(axis=0) <= 1).all(), "two of the five disjoint classes share a pixel"
    assert not (shell & ~tile.mask("mitochondria")).any(), "a mitochondrial boundary lies outside mitochondria"
    labelled = np.any([tile.mask(name) for name in ORGANELLES], axis=0)
    unlabelled = [item.id for item in tile.objects if item.class_name is None]
    of_a_class = (tile.instances > 0) & ~np.isin(tile.instances, unlabelled)
    assert np.array_equal(of_a_class, labelled), "ids and masks of organelles differ"
    assert not tile.compartments[boundaries].any(), "a membrane belongs to a compartment"
    assert tile.instances.min() >= 0
    assert tile.compartments.min() >= 0


@given(scenes(), seeds)
def test_every_id_is_an_object_of_its_class(scene, seed):
    tile = scene.render(seed)
    assert {item.id for item in tile.objects} == set(np.unique(tile.instances)) - {0}
    labelled = np.any([tile.mask(name) for name in ORGANELLES], axis=0)
    for item in tile.objects:
        pixels = tile.instances == item.id
        assert item.area == pixels.sum()
        if item.class_name is None:
            assert not (pixels & labelled).any(), f"{item} has pixels of a class"
        else:
            assert (pixels <= tile.mask(item.class_name)).all(), f"{item} has pixels of another class"
    for name in ORGANELLES:
        ids = {item.id for item in tile.objects if item.class_name == name}
        assert set(np.unique(tile.instances[tile.masks[EPFL6.index(name)]])) == ids


NEAR = 2e-3
"""Distance in pixels from an outline within which it does not decide: ellipses are polygons, rings have 32 bits."""


@given(scenes(), seeds)
def test_outlines_are_valid_and_agree_with_the_pixels(scene, seed):
    """A pixel belongs to an object if its centre lies inside the outline, unless an object or a membrane covers it."""
    tile = scene.render(seed)
    rows, cols = np.mgrid[: tile.shape[0], : tile.shape[1]]
    for item in tile.objects:
        outline = item.outline
        assert outline.is_valid, f"{item}: {shapely.is_valid_reason(outline)}"
        assert outline.area > 0
        own = tile.instances == item.id
        shapely.prepare(outline)
        inside = shapely.contains_xy(outline, cols, rows)
        free = (tile.instances == 0) & ~tile.mask("boundaries")
        differs = (own & ~inside) | (inside & free)
        if differs.any():
            away = shapely.distance(outline.boundary, shapely.points(cols[differs], rows[differs]))
            assert away.max() <= NEAR, f"{item} and its outline differ {away.max():.3f} px from the edge"


@given(scenes(), seeds)
def test_masks_do_not_depend_on_what_the_picture_looks_like(scene, seed):
    whole = scene.render(seed)
    for name in ("BlurNoise", "Cytoplasm"):
        stages = tuple(stage for stage in scene.stages if type(stage).__name__ != name)
        assert len(stages) == len(scene.stages) - 1
        bare = Scene(
            organelles=scene.organelles, stages=stages, shape=scene.shape, style=scene.style, margins=scene.margins
        ).render(seed)
        assert np.array_equal(bare.masks, whole.masks)
        assert np.array_equal(bare.instances, whole.instances)
        assert np.array_equal(bare.compartments, whole.compartments)
        assert not np.array_equal(bare.image, whole.image)


@given(scenes(), seeds, st.integers(0, 1000))
def test_a_layout_is_a_value(scene, seed, index):
    layout = scene.sample(seed, index)
    again = pickle.loads(pickle.dumps(layout))
    assert again == layout == scene.sample(seed, index)
    assert layout != scene.sample(seed, index + 1)
    assert again.render() == layout.render() == scene.render(seed, index)


@given(scenes(), seeds)
def test_counts_are_those_asked_for(scene, seed):
    tile = scene.render(seed)
    for entry in tile.report:
        assert 0 <= entry.placed <= entry.requested
        assert entry.attempts >= entry.placed
        assert 0 <= entry.free_area <= tile.image.size


@pytest.mark.parametrize("name", ["axons", "psd", "vesicles", "mitochondria"])
@pytest.mark.parametrize("recipe", list_recipes())
def test_none_means_none(recipe, name):
    tiles = generate(5, recipe=recipe, seed=1, **{name: 0})
    assert not tiles.masks[:, EPFL6.names.index(name if name != "axons" else "axon")].any()


@pytest.fixture(scope="module")
def alone():
    """Twelve tiles, rendered one after the other in one thread."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PlacementWarning)
        return generate(12, recipe="tissue", mitochondria=(0, 2), seed=11)


class TestTheSameBytes:
    @pytest.mark.parametrize("workers", [2, 3])
    def test_for_any_number_of_forked_processes(self, alone, workers):
        assert generate(12, recipe="tissue", mitochondria=(0, 2), seed=11, workers=workers) == alone

    def test_for_threads(self, alone):
        with ThreadPoolExecutor(3) as pool:
            assert generate(12, recipe="tissue", mitochondria=(0, 2), seed=11, workers=pool) == alone

    def test_for_any_n(self, alone):
        assert generate(5, recipe="tissue", mitochondria=(0, 2), seed=11) == alone[:5]

    def test_for_a_tile_alone(self, alone):
        scene = build_scene("tissue", mitochondria=(0, 2))
        assert [scene.render(11, i) for i in (7, 3)] == [alone[7], alone[3]]

    @pytest.mark.slow
    @pytest.mark.parametrize("start", ["fork", "spawn"])
    def test_for_processes(self, alone, start):
        with ProcessPoolExecutor(1, mp_context=get_context(start)) as pool:  # threads show what order may do
            assert generate(12, recipe="tissue", mitochondria=(0, 2), seed=11, workers=pool) == alone

    @pytest.mark.parametrize("format", FORMATS)
    def test_from_disk(self, alone, tmp_path, format):
        assert Dataset.load(alone.save(tmp_path / "out", format=format)) == alone

    def test_of_another_seed_differ(self, alone):
        other = generate(2, recipe="tissue", mitochondria=(0, 2), seed=12)
        assert not np.array_equal(other.images, alone.images[:2])


def test_the_config_makes_the_tiles_again():
    tiles = generate(2, axons=1, psd=(0, 2), seed=3, shape=(100, 128), pixel_size_nm=6.0)
    scene = Scene.from_dict(json.loads(json.dumps(tiles.config)))
    assert [scene.render(tiles.seed, index) for index in range(2)] == list(tiles)
    assert generate(1, axons=2, seed=3, shape=(100, 128), pixel_size_nm=6.0).config != tiles.config
