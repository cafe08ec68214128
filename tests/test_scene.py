"""Scenes and layouts as values."""

from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import synthem
from synthem import Axon, BlurNoise, Cytoplasm, MembraneLayer, Scene
from synthem.canvas import borrow_canvas
from synthem.errors import ConfigError
from synthem.recipes import build_scene
from synthem.scene import check_shape

seeds = st.integers(0, 2**63 - 1)


@pytest.fixture(scope="module")
def scene():
    return build_scene("tissue", axons=1, psd=1, shape=(128, 160))


class TestLayout:
    def test_is_frozen(self, scene):
        with pytest.raises(FrozenInstanceError):
            scene.sample(1).seed = 2

    @given(seed=seeds)
    def test_pickles_to_an_equal_one_that_paints_the_same_bytes(self, scene, seed):
        layout = scene.sample(seed)
        again = pickle.loads(pickle.dumps(layout))
        assert again == layout
        assert again.render() == layout.render() == layout.render()

    def test_differs_by_seed_and_index(self, scene):
        layouts = [scene.sample(1), scene.sample(2), scene.sample(1, 1), scene.sample(1, 0)]
        assert [layouts[0] == other for other in layouts] == [True, False, False, True]
        assert layouts[0] != "layout"

    def test_paints_the_same_whatever_was_on_the_canvas(self, scene):
        layout = scene.sample(5)
        before = layout.render()
        canvas = borrow_canvas(scene.shape)
        for plane in (canvas.grey, canvas.label, canvas.rows):
            plane.fill(3)
        assert layout.render() == before

    def test_is_painted_without_a_random_generator(self, scene, monkeypatch):
        layout = scene.sample(5)
        expected = layout.render()
        monkeypatch.setattr(np.random, "Generator", None)
        monkeypatch.setattr(np.random, "default_rng", None)
        assert layout.render() == expected

    def test_is_compact(self, scene):
        assert len(pickle.dumps(replace(scene.sample(1), style=None))) < 250_000


class TestScene:
    def test_without_organelles_and_stages_is_flat(self):
        tile = Scene(organelles=[], stages=[]).render(0)
        assert np.unique(tile.image).size == 1
        assert not tile.masks.any()
        assert not tile.instances.any()

    def test_stages_may_be_left_out_and_reordered(self):
        plain = Scene(organelles=[Axon(count=1)], stages=[]).render(3)
        turned = Scene(organelles=[Axon(count=1)], stages=[BlurNoise(), Cytoplasm(), MembraneLayer()]).render(3)
        assert np.array_equal(plain.mask("axon"), turned.mask("axon"))
        assert np.unique(plain.image).size < np.unique(turned.image).size

    def test_keeps_a_style_that_is_given(self):
        style = synthem.Scene(style="ac4").style
        assert Scene(style=style).style is style

    @pytest.mark.parametrize("shape", [(64, 64), (65, 300), (257, 64), (1000, 70)])
    def test_takes_shapes_that_fit_no_block(self, shape):
        tile = build_scene("tissue", axons=1, shape=shape).render(2)
        assert tile.image.shape == shape
        assert (tile.compartments > 0).mean() > 0.3

    def test_counts_grow_with_the_area(self):
        large = build_scene("tissue", shape=(768, 768)).sample(1)
        small = [build_scene("tissue").sample(1, i) for i in range(9)]
        requested = [sum(e.requested for layout in layouts for e in layout.report) for layouts in ([large], small)]
        assert 0.6 < requested[0] / requested[1] < 1.6

    @pytest.mark.parametrize(
        "shape", [(63, 256), (256,), "256", 256, (256.0, 256), (True, 256), (1, 2, 3), (70000, 64)]
    )
    def test_refuses_other_shapes(self, shape):
        with pytest.raises(ConfigError, match="`shape` must be two integers"):
            check_shape(shape)

    @pytest.mark.parametrize(("name", "value"), [("organelles", ["axon"]), ("stages", [Axon(count=1)])])
    def test_refuses_what_is_neither_organelle_nor_stage(self, name, value):
        with pytest.raises(ConfigError, match=f"`{name}` must hold"):
            Scene(**{name: value})


def test_records_are_at_the_place_of_their_pixels(scene):
    tile = scene.render(8)
    assert tile.objects
    for item in tile.objects:
        if item.kind in ("axon", "psd", "mitochondrion"):
            ring = item.rings[0]
            assert (ring.min(axis=0) <= np.array(item.bbox[:2]) + 1).all()
            assert (ring.max(axis=0) >= np.array(item.bbox[2:]) - 2).all()


@pytest.mark.parametrize("left_over", [0.0, -1e30, np.nan])
def test_work_space_may_hold_anything(left_over):
    layout = build_scene("tissue", mitochondria=2, psd=2).sample(seed=3)
    fresh, canvas = layout.render(), borrow_canvas((256, 256))
    for space in (canvas.rows, canvas.halves, canvas.crossings, canvas.lanes, canvas.grey):
        space.fill(left_over)
    for space in (canvas.counts, canvas.label):
        space.fill(77)
    assert layout.render() == fresh
