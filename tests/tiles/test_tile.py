from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError, replace

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthem.errors import ConfigError
from synthem.tiles.objects import ObjectRecord, measure_objects, object_outline
from synthem.tiles.tile import Tile


def test_arrays_are_read_only(tile):
    for array in (tile.image, tile.masks, tile.instances, tile.compartments):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0
    with pytest.raises(FrozenInstanceError):
        tile.index = 4


def test_masks_have_names(tile):
    assert np.array_equal(tile.mask("axon"), tile.masks[3])
    assert np.array_equal(tile.mask("mitochondrial boundaries"), tile.masks[5])
    with pytest.raises(ConfigError, match="did you mean 'axon'"):
        tile.mask("axons")


def test_objects_are_computed_once_and_only_when_read(tile):
    calls = []
    lazy = replace(tile, records=lambda: calls.append(1) or ())
    assert calls == []
    assert lazy.objects == lazy.objects == ()
    assert calls == [1]


def test_objects_state_what_is_visible(tile):
    axon, vesicle = tile.objects
    assert (axon.id, axon.kind, axon.class_name, axon.area) == (1, "axon", "axon", 36)
    row, col = int(axon.pose["row"]), int(axon.pose["col"])
    assert axon.bbox == (row, col, row + 6, col + 6)
    assert axon.centroid == (row + 2.5, col + 2.5)
    assert axon.outline.area == pytest.approx(36)
    assert repr(vesicle).startswith("TileObject(id=2, kind='vesicle', area=36")


def test_an_object_without_a_visible_pixel_is_left_out(tile):
    hidden = ObjectRecord(id=9, kind="vesicle", class_name="vesicles")
    between = ObjectRecord(id=0, kind="clutter", class_name=None)
    records = (hidden, between, *tile.records())
    assert [item.id for item in measure_objects(records, tile.instances)] == [1, 2]


@given(st.integers(0, 2**32 - 1))
def test_measurements_agree_with_counting_pixel_by_pixel(seed):
    rng = np.random.default_rng(seed)
    instances = rng.integers(0, 5, (9, 11)).astype(np.int32) * (rng.random((9, 11)) < 0.3)
    records = tuple(ObjectRecord(id=i, kind="x", class_name=None) for i in range(1, 7))
    items = {item.id: item for item in measure_objects(records, instances.astype(np.int32))}
    for i in range(1, 7):
        rows, cols = np.nonzero(instances == i)
        assert (i in items) == (rows.size > 0)
        if rows.size:
            assert items[i].area == rows.size
            assert items[i].bbox == (rows.min(), cols.min(), rows.max() + 1, cols.max() + 1)
            assert items[i].centroid == pytest.approx((rows.mean(), cols.mean()))


def test_a_tile_pickles_with_its_objects(tile):
    again = pickle.loads(pickle.dumps(tile))
    assert again == tile
    assert again.objects == tile.objects
    assert not again.image.flags.writeable


@pytest.mark.parametrize("name", ["image", "masks", "instances", "compartments"])
def test_tiles_differ_if_one_pixel_does(tile, name):
    changed = getattr(tile, name).copy()
    changed.flat[0] = not changed.flat[0]
    assert replace(tile, **{name: changed}) != tile
    assert replace(tile, seed=6) != tile
    assert replace(tile, records=()) != tile
    assert tile != "a tile"


def test_an_ellipse_has_an_outline_without_rings():
    record = ObjectRecord(
        id=1,
        kind="vesicle",
        class_name="vesicles",
        pose={"row": 10.0, "col": 30.0, "angle": np.pi / 2},
        parameters={"semi_major": 8.0, "semi_minor": 4.0},
    )
    x0, y0, x1, y1 = object_outline(record).bounds
    assert (x0, y0, x1, y1) == pytest.approx((26, 2, 34, 18), abs=0.1)


def test_an_outline_has_holes():
    square = np.array([(0, 0), (0, 8), (8, 8), (8, 0)], np.float32)
    ring = ObjectRecord(id=1, kind="axon", class_name="axon", rings=(square, square / 2 + 1))
    assert object_outline(ring).area == pytest.approx(64 - 16)


def test_repr_and_pictures(tile):
    assert repr(tile) == "Tile(64x64, seed=5, index=3)"
    assert tile.preview(scale=2).shape == (128 + 3 * 22, 2 * (64 + 2 + 64), 3)  # three lines of legend
    decoded = cv2.imdecode(np.frombuffer(tile._repr_png_(), np.uint8), cv2.IMREAD_COLOR)
    assert decoded.shape == tile.preview().shape


def test_making_a_tile_copies_nothing(tile):
    again = Tile(image=tile.image, masks=tile.masks, instances=tile.instances, compartments=tile.compartments)
    assert again.image is tile.image
    assert again.objects == ()
