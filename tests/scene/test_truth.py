"""What holds for the labels of every tile, whatever is in it."""

from __future__ import annotations

import json
import pickle
import warnings
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthem import EPFL6, Dataset, PlacementWarning, Scene, generate
from synthem.instrument.style import list_styles
from synthem.io import FORMATS
from synthem.scene.build import build_scene
from synthem.tissue.recipes.recipe import list_recipes
from tests.truth import check_ids, check_labels, check_outlines, check_report

pytestmark = pytest.mark.filterwarnings("ignore::synthem.errors.PlacementWarning")

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
    check_labels(tile)
    check_ids(tile)
    check_report(tile)


@given(scenes(), seeds)
def test_outlines_are_valid_and_agree_with_the_pixels(scene, seed):
    check_outlines(scene.render(seed))


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
