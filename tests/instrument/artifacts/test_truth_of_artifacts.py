"""What an artefact says it did is what it did, for every artefact and for several together."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import synthem
from synthem import BlurNoise, Cytoplasm, MembraneLayer
from synthem.instrument import artifacts
from synthem.instrument.artifacts import ArtifactStage
from synthem.scene.build import build_scene

SHAPE = (128, 160)
FITTING = {
    "Fold": {"width_nm": (20, 100)},
    "Crack": {"width_nm": (20, 120)},
    "LocalWarp": {"amplitude_nm": (5, 20)},
    "ScanDrift": {"shift_nm": (5, 35)},
}
KINDS = {kind.__name__: kind for kind in ArtifactStage.__subclasses__()}
STAGES = {name: kind(**FITTING.get(name, {})) for name, kind in KINDS.items()}
MOVING = ("Fold", "Crack", "SectionCompression", "LocalWarp", "ScanDrift", "StitchingSeam")
SMOOTH = ("SectionCompression", "LocalWarp", "ScanDrift")
HIDING = ("Fold", "Crack")

seeds = st.integers(0, 2**63 - 1)
recipes = st.sampled_from(["tissue", "paper"])
names = st.sampled_from(sorted(STAGES))


def clean_scene(recipe="tissue"):
    return build_scene(recipe, shape=SHAPE)


def damaged_scene(*stages, recipe="tissue"):
    membranes = clean_scene(recipe).stages[0]
    return replace(clean_scene(recipe), stages=[membranes, Cytoplasm(), *stages, BlurNoise()])


def warped(plane, tile):
    for artifact in tile.artifacts:
        plane = artifact.warp(plane)
    return plane


def assert_labels_are_warped(clean, tile):
    for name in ("masks", "instances", "compartments"):
        assert np.array_equal(warped(getattr(clean, name), tile), getattr(tile, name)), name


def test_every_artifact_is_exported():
    assert sorted([*KINDS, "ArtifactStage", "Artifacts"]) == sorted(artifacts.__all__)
    assert all(getattr(synthem, name) is kind for name, kind in KINDS.items())


@pytest.mark.filterwarnings("ignore::synthem.errors.PlacementWarning")
class TestOne:
    @given(name=names, recipe=recipes, seed=seeds)
    def test_warps_the_labels_of_the_clean_tile(self, name, recipe, seed):
        tile = damaged_scene(STAGES[name], recipe=recipe).render(seed)
        assert_labels_are_warped(clean_scene(recipe).render(seed), tile)

    @pytest.mark.parametrize("name", STAGES)
    def test_works_on_the_exposed_picture_as_well(self, name):
        membranes = clean_scene().stages[0]
        scene = replace(clean_scene(), stages=[membranes, Cytoplasm(), BlurNoise(), STAGES[name]])
        for index in range(3):
            assert_labels_are_warped(clean_scene().render(1, index), scene.render(1, index))

    @given(name=names, seed=seeds)
    def test_record_is_well_formed(self, name, seed):
        (artifact,) = damaged_scene(STAGES[name]).render(seed).artifacts
        assert artifact.name == STAGES[name].name
        assert artifact.shape == SHAPE
        assert (artifact.displacement is not None) == (name in MOVING)
        assert (artifact.lost is not None) == (name in HIDING)
        for array in (artifact.mask, artifact.lost, artifact.displacement):
            assert array is None or not array.flags.writeable
        if artifact.displacement is not None:
            assert np.isfinite(artifact.displacement).all()
            source = np.indices(SHAPE) + artifact.displacement
            assert source.min() > -1e-3
            assert (source.reshape(2, -1).max(axis=1) < np.array(SHAPE) - 1 + 1e-3).all()

    @given(name=names, seed=seeds)
    def test_changes_no_grey_outside_its_mask_by_much(self, name, seed):
        """The point spread reaches some pixels further, and up to 3 levels do not count."""
        stages = [Cytoplasm(), STAGES[name]]
        scene = replace(clean_scene(), stages=[clean_scene().stages[0], *stages])
        clean = replace(scene, stages=scene.stages[:2]).render(seed)
        tile = scene.render(seed)
        (artifact,) = tile.artifacts
        if artifact.displacement is None:
            change = np.abs(tile.image.astype(int) - clean.image)
            grain = 255 if name == "Precipitate" else 4  # at its edge a grain covers less than half of a pixel
            assert change[~artifact.mask].max(initial=0) <= grain

    @given(name=st.sampled_from(SMOOTH), seed=seeds)
    def test_smooth_fields_do_not_fold_over(self, name, seed):
        field = damaged_scene(STAGES[name]).render(seed).artifacts[0].displacement.astype(float)
        (row_row, row_col), (col_row, col_col) = (np.gradient(plane) for plane in field)
        assert ((1 + row_row) * (1 + col_col) - row_col * col_row).min() > 0

    @given(name=st.sampled_from(("Fold", "Crack", "StitchingSeam")), seed=seeds)
    def test_fields_with_a_tear_do_not_fold_over_beside_it(self, name, seed):
        (artifact,) = damaged_scene(STAGES[name]).render(seed).artifacts
        steps = [1 + np.diff(plane, axis=axis) for axis, plane in enumerate(artifact.displacement)]
        if name == "StitchingSeam":
            axis, place = int(artifact.parameters["axis"]), int(artifact.parameters["place"])
            steps[axis] = np.delete(steps[axis], place, axis=axis)
            across = np.diff(artifact.displacement[1 - axis], axis=1 - axis)
            assert across.min() > -1
        else:
            lost = artifact.lost
            tears = [lost[1:] | lost[:-1], lost[:, 1:] | lost[:, :-1]]
            narrow = 2.1  # a band narrower than a pixel may lie between two pixels
            steps = [step[~tear & (np.abs(step - 1) < narrow)] for step, tear in zip(steps, tears, strict=True)]
        assert min(step.min() for step in steps) > 0

    @pytest.mark.parametrize("name", STAGES)
    def test_is_a_function_of_seed_and_index(self, name):
        scene = damaged_scene(STAGES[name])
        first, again, other = scene.render(4, 2), scene.render(4, 2), scene.render(4, 3)
        assert first == again
        assert first.artifacts != other.artifacts
        layout = scene.sample(4, 2)
        assert pickle.loads(pickle.dumps(layout)) == layout
        assert layout.render() == first

    @pytest.mark.parametrize("name", STAGES)
    def test_share_says_how_many_tiles_have_it(self, name):
        scene = damaged_scene(replace(STAGES[name], share=0.4))
        layouts = [scene.sample(1, index) for index in range(60)]
        found = [layout.after[0][1] is not None for layout in layouts]
        assert 12 < sum(found) < 36
        index = found.index(False)
        assert scene.render(1, index) == clean_scene().render(1, index)
        certain = damaged_scene(STAGES[name]).sample(1, found.index(True))
        assert certain.render() == layouts[found.index(True)].render()

    @pytest.mark.parametrize("name", STAGES)
    def test_round_trips_as_data(self, name):
        scene = damaged_scene(STAGES[name])
        assert synthem.Scene.from_dict(scene.to_dict()) == scene


class TestSeveral:
    scene = damaged_scene(*(STAGES[name] for name in ("SectionCompression", "Fold", "Crack", "ScanDrift")))

    @given(seed=seeds)
    def test_apply_one_after_the_other(self, seed):
        tile = self.scene.render(seed)
        assert [artifact.name for artifact in tile.artifacts] == ["section_compression", "fold", "crack", "scan_drift"]
        assert_labels_are_warped(clean_scene().render(seed), tile)

    def test_two_of_a_kind_differ(self):
        first, second = damaged_scene(STAGES["Crack"], STAGES["Crack"]).render(2).artifacts
        assert first.parameters != second.parameters

    @pytest.mark.parametrize("workers", [1, pytest.param(2, marks=pytest.mark.slow)])
    @pytest.mark.parametrize("format", ["folders", "tiff"])
    def test_are_saved_and_loaded(self, tmp_path, workers, format):
        scene = replace(self.scene, stages=[*self.scene.stages[:2], replace(STAGES["Fold"], share=0.5), BlurNoise()])
        dataset = synthem.generate(6, recipe=scene, seed=10, workers=workers)
        assert {len(tile.artifacts) for tile in dataset} == {0, 1}
        assert [scene.render(10, index) for index in range(6)] == list(dataset.tiles)
        dataset.save(tmp_path / "tiles", format=format)
        loaded = synthem.Dataset.load(tmp_path / "tiles")
        assert loaded == dataset
        assert pickle.loads(pickle.dumps(loaded)) == dataset
        loaded.save(tmp_path / "tiles", format=format, overwrite=True)
        assert synthem.Dataset.load(tmp_path / "tiles") == dataset


class TestLost:
    @given(name=st.sampled_from(HIDING), seed=seeds)
    def test_pixels_belong_to_nothing(self, name, seed):
        tile = damaged_scene(STAGES[name]).render(seed)
        lost = tile.artifacts[0].lost
        assert not tile.masks[:, lost].any()
        assert not tile.instances[lost].any()
        assert not tile.compartments[lost].any()

    def test_an_object_that_is_hidden_is_gone(self):
        fold = synthem.Fold(width_nm=120, ending_share=0)
        vesicles = synthem.Vesicles(count=4)
        scene = synthem.Scene(organelles=[vesicles], stages=[MembraneLayer(), fold], shape=(128, 128))
        gone = 0
        for index in range(8):
            tile = scene.render(3, index)
            clean = replace(scene, stages=scene.stages[:1]).render(3, index)
            seen = set(np.unique(tile.instances).tolist()) - {0}
            assert {item.id for item in tile.objects} == seen
            gone += len(clean.objects) - len(tile.objects)
        assert gone > 0


def test_a_membrane_layer_may_come_with_any_artifact_alone():
    stages = [MembraneLayer(), Cytoplasm(), synthem.Fold(), BlurNoise()]
    assert synthem.Scene(stages=stages).render(seed=1).artifacts[0].lost.any()
