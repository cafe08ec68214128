"""Scenes and layouts as values."""

from __future__ import annotations

import json
import pickle
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import synthem
from synthem import Axon, BlurNoise, Cytoplasm, MembraneLayer, Scene
from synthem.errors import ConfigError
from synthem.geometry.poses import Pose
from synthem.painting.canvas import borrow_canvas
from synthem.parameters import Density
from synthem.scene.build import build_scene
from synthem.scene.scene import check_shape
from synthem.tissue.margins import Margins
from synthem.tissue.organelles import FreeVesicles
from synthem.tissue.recipes.recipe import list_recipes

SYNAPSE = synthem.Synapse(psd=synthem.PSD(), vesicles=synthem.Vesicles())
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

    def test_one_number_is_a_square(self):
        assert check_shape(64) == (64, 64)
        assert build_scene("tissue", shape=80).shape == (80, 80)

    def test_counts_grow_with_the_area(self):
        large = build_scene("tissue", shape=(768, 768)).sample(1)
        small = [build_scene("tissue").sample(1, i) for i in range(9)]
        requested = [sum(e.requested for layout in layouts for e in layout.report) for layouts in ([large], small)]
        assert 0.6 < requested[0] / requested[1] < 1.6

    @pytest.mark.parametrize(
        "shape", [(63, 256), (256,), "256", 63, True, (256.0, 256), (True, 256), (1, 2, 3), (70000, 64)]
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


class TestPlainData:
    @pytest.mark.parametrize("recipe", list_recipes())
    def test_a_scene_is_rebuilt_from_its_description(self, recipe):
        scene = build_scene(recipe, axons=(1, 2), shape=(128, 160), style="ac4")
        again = Scene.from_dict(json.loads(json.dumps(scene.to_dict())))
        assert again.to_dict() == scene.to_dict()
        assert again.render(5, 3) == scene.render(5, 3)

    def test_groups_and_margins_as_well(self):
        pair = synthem.Group(count=Density(mean=2.0), children=[(Axon(), Pose(col=-45.0)), (Axon(), Pose(col=450.0))])
        margins = Margins(default_nm=10.0, pairs_nm={("group", "axon"): 45.0})
        scene = Scene(organelles=[pair, Axon(count=1)], margins=margins, shape=(256, 256))
        data = json.loads(json.dumps(scene.to_dict()))
        assert data["organelles"][0]["children"][0][0]["type"] == "Axon"
        assert Scene.from_dict(data).render(5) == scene.render(5)

    def test_stages_need_not_be_dataclasses(self):
        class Bright:
            before_organelles = False

            def sample(self, rng, territory):
                return None

            def apply(self, canvas, record, style):
                canvas.grey += 5

        scene = Scene(stages=[MembraneLayer(), Cytoplasm(), Bright(), BlurNoise()], shape=(64, 64))
        data = synthem.generate(1, recipe=scene, seed=1).config
        assert data["stages"][2] == {"type": "Bright"}
        with pytest.raises(ConfigError, match=r"`type` must be one of .*, got 'Bright'; those of one's own"):
            Scene.from_dict(data)

    def test_what_is_no_description_is_refused(self):
        with pytest.raises(ConfigError, match="got no 'shape'"):
            Scene.from_dict({"name": "paper"})


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Scene(stages=[BlurNoise]), "`stages` must hold stages"),
        (lambda: Scene(organelles=Axon(count=1)), "`organelles` must be a sequence"),
        (lambda: synthem.Synapse(psd=3, vesicles=synthem.Vesicles()), r"`psd` must be PSD\(count=...\), got 3"),
        (lambda: synthem.Synapse(psd=synthem.PSD(), vesicles=synthem.Vesicles(), count=5), "`count` of a Synapse"),
        (lambda: synthem.Group(children=[(SYNAPSE, Pose())]), "`children` must be organelles that define shape"),
        (lambda: Scene(margins=Margins(pairs_nm={("axn", "psd"): 3.0})), "got 'axn'; did you mean 'axon'?"),
        (lambda: Margins(default_nm="x"), "`default_nm` must be a number from 0 to 1000, got 'x'"),
        (lambda: Margins(pairs_nm={"axon": 3.0}), "`pairs_nm` must map two kinds"),
        (lambda: FreeVesicles(together=(4, 1)), "`together` must be"),
        (lambda: FreeVesicles(together=(0, 0)), "`together` must be"),
        (lambda: MembraneLayer(radius_nm=(25, 50)), r"`radius_nm` must be a number from 10 to 5000, got \(25, 50\)"),
        (lambda: MembraneLayer(warp_nm=(8.0,)), "`warp_nm` must be two amplitudes"),
        (lambda: synthem.Mitochondrion(tubular_share=(0.1, 0.5)), "`tubular_share` must be a number from 0 to 1"),
        (lambda: synthem.Vesicles(touching=(0.1, 0.5)), "`touching` must be a number from 0 to 0.95"),
        (lambda: synthem.Style(name="x", pixel_size_nm=-5.0), "`pixel_size_nm` must be a number from 1 to 100"),
        (lambda: synthem.generate(1, recipe=Scene), "`recipe` must be a recipe or a scene, not a class"),
        (lambda: next(synthem.iter_tiles(1, start=-1)), "`start` must be a whole number of at least 0"),
        (
            lambda: synthem.generate(10**9, seed=0),
            "`n` must ask for what fits into memory, got 1000000000 tiles of 256 x 256",
        ),
    ],
)
def test_what_cannot_be_is_refused_when_it_is_made(make, message):
    with pytest.raises(ConfigError, match=message):
        make()


@pytest.mark.parametrize("change", [{"foo": 1}, {"children": None}, {"kind": None}])
def test_a_group_in_a_description_must_be_whole(change):
    from synthem import Group, Mitochondrion, Pose

    scene = Scene(organelles=[Group(count=1, children=[(Mitochondrion(), Pose())])])
    data = scene.to_dict()
    assert Scene.from_dict(data).render(1) == scene.render(1)
    for name, value in change.items():
        data["organelles"][0] = {key: one for key, one in data["organelles"][0].items() if key != name}
        data["organelles"][0] |= {name: value} if value is not None else {}
    with pytest.raises(ConfigError, match="a Group must have children, count and kind"):
        Scene.from_dict(data)
