"""Artefacts as values, and objects that move with the tissue."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from shapely import contains_xy

import synthem
from synthem import Artifact
from synthem.errors import ConfigError
from synthem.tiles.moved_objects import move_records
from synthem.tiles.objects import ObjectRecord, measure_objects, object_outline

SHAPE = (40, 60)


def shifted(rows, cols, **more):
    field = np.zeros((2, *SHAPE), np.float32)
    field[0], field[1] = rows, cols
    return Artifact(name="shift", mask=np.ones(SHAPE, bool), displacement=field, **more)


def disc(row, col, radius=6.0):
    return ObjectRecord(
        id=1,
        kind="vesicle",
        class_name="vesicles",
        pose={"row": row, "col": col, "angle": 0.0, "scale": 1.0},
        parameters={"semi_major": radius, "semi_minor": radius},
    )


def pixels_of(record):
    cols, rows = np.meshgrid(np.arange(SHAPE[1]), np.arange(SHAPE[0]))
    return contains_xy(object_outline(record), cols, rows)


class TestArtifact:
    def test_warps_by_nearest_neighbour_and_clears_what_is_lost(self):
        lost = np.zeros(SHAPE, bool)
        lost[:, 10] = True
        labels = np.arange(SHAPE[0] * SHAPE[1]).reshape(SHAPE)
        found = shifted(0.4, -0.6, lost=lost).warp(labels)
        assert np.array_equal(found[:, 1:10], labels[:, :9])
        assert not found[:, 10].any()
        assert np.array_equal(shifted(0.6, 0.0).warp(labels)[:-1], labels[1:])

    def test_warps_stacks_of_planes(self):
        planes = np.random.default_rng(0).random((3, *SHAPE)) > 0.5
        artifact = shifted(2, 3)
        assert np.array_equal(artifact.warp(planes), np.stack([artifact.warp(plane) for plane in planes]))

    def test_arrays_are_frozen_also_after_pickling(self):
        artifact = pickle.loads(pickle.dumps(shifted(1, 0)))
        assert artifact == shifted(1, 0)
        with pytest.raises(ValueError, match="read-only"):
            artifact.displacement[0] = 1

    def test_differs_by_each_of_its_parts(self):
        none = np.zeros(SHAPE, bool)
        others = [
            shifted(0, 1),
            shifted(1, 0, parameters={"x_nm": 1.0}),
            shifted(1, 0, lost=none),
            Artifact(name="shift", mask=np.ones(SHAPE, bool)),
            Artifact(name="other", mask=np.ones(SHAPE, bool), displacement=shifted(1, 0).displacement),
            "shift",
        ]
        assert all(shifted(1, 0) != other for other in others)

    @pytest.mark.parametrize(
        ("wrong", "message"),
        [
            ({"mask": np.ones(SHAPE)}, "`mask` must be a bool array"),
            ({"lost": np.ones((3, 3), bool)}, "`lost` must be a bool array of shape"),
            ({"mask": np.zeros(SHAPE, bool), "lost": np.ones(SHAPE, bool)}, "`lost` must lie within `mask`, got 2400"),
            ({"displacement": np.zeros((2, *SHAPE))}, "`displacement` must be a float32 array"),
        ],
    )
    def test_refuses_arrays_that_do_not_fit(self, wrong, message):
        with pytest.raises(ConfigError, match=message):
            Artifact(**{"name": "odd", "mask": np.ones(SHAPE, bool), **wrong})


class TestMovedObjects:
    def test_where_nothing_moves_a_record_stays_what_it_is(self):
        record = disc(20, 30)
        assert move_records((record,), (shifted(0, 0),))[0] is record
        assert move_records((record,), ())[0] is record

    def test_outline_and_pose_follow_a_shift(self):
        (moved,) = move_records((disc(20, 30),), (shifted(3, -4), shifted(1, 0)))
        assert (moved.pose["row"], moved.pose["col"]) == pytest.approx((16, 34))
        assert object_outline(moved).symmetric_difference(object_outline(disc(16, 34))).area < 1
        assert not moved.torn

    def test_a_torn_object_is_traced(self):
        field = np.zeros((2, *SHAPE), np.float32)
        field[1, :, :30], field[1, :, 30:] = 5, -5
        lost = np.zeros(SHAPE, bool)
        lost[:, 26:34] = True
        artifact = Artifact(name="crack", mask=lost, lost=lost, displacement=field)
        clean = pixels_of(disc(20, 30)).astype(np.int32)
        instances = artifact.warp(clean)
        (item,) = measure_objects(move_records((disc(20, 30),), (artifact,)), instances)
        assert item.torn
        assert np.array_equal(pixels_of(item), instances > 0)
        assert len(item.outline.geoms) == 2
        assert (item.pose["row"], item.pose["col"]) == item.centroid

    def test_an_object_with_a_hole_is_traced(self):
        lost = np.zeros(SHAPE, bool)
        lost[19:21, 29:31] = True
        artifact = Artifact(name="hole", mask=lost, lost=lost)
        instances = artifact.warp(pixels_of(disc(20, 30)).astype(np.int32))
        (item,) = measure_objects(move_records((disc(20, 30),), (artifact,)), instances)
        assert np.array_equal(pixels_of(item), instances > 0)

    @pytest.mark.parametrize(
        "stage",
        [
            synthem.Fold(width_nm=60),
            synthem.Crack(width_nm=80),
            synthem.SectionCompression(),
            synthem.LocalWarp(amplitude_nm=20),
            synthem.ScanDrift(jitter_nm=0, shift_nm=30),
            synthem.StitchingSeam(),
        ],
        ids=lambda stage: stage.name,
    )
    def test_outlines_of_tissue_agree_with_the_pixels(self, stage):
        scene = synthem.build_scene("tissue", shape=(160, 160))
        scene = synthem.Scene(organelles=scene.organelles, stages=[scene.stages[0], stage], shape=(160, 160))
        for index in range(6):
            tile = scene.render(2, index)
            for item in tile.objects:
                assert item.outline.is_valid
                rows, cols = np.nonzero(tile.instances == item.id)
                slack = 1e-3 if item.torn else 1.6  # half a pixel of the warp, stretched, and a step of the outline
                assert contains_xy(item.outline.buffer(slack), cols, rows).all(), (index, item)
