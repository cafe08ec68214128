from __future__ import annotations

import pickle

import numpy as np
import pytest

from synthem.dataset import Dataset
from synthem.errors import ConfigError, DataError


def test_arrays_have_the_documented_shapes_and_types(dataset):
    assert (dataset.images.shape, dataset.images.dtype) == ((4, 64, 64), np.uint8)
    assert (dataset.masks.shape, dataset.masks.dtype) == ((4, 6, 64, 64), np.bool_)
    assert (dataset.instances.shape, dataset.instances.dtype) == ((4, 64, 64), np.int32)
    assert (dataset.compartments.shape, dataset.compartments.dtype) == ((4, 64, 64), np.int32)
    assert not dataset.images.flags.writeable


def test_indexing_gives_tiles_that_share_memory(dataset, squares):
    assert len(dataset) == 4
    for i, tile in enumerate(dataset):
        assert tile == squares().render(7, i)
        assert np.shares_memory(tile.image, dataset.images)
        assert tile.report == dataset.reports[i]
    assert dataset[-1] is dataset[3]
    with pytest.raises(IndexError, match="`key` must be from -4 to 3, got 4"):
        dataset[4]


def test_slicing_gives_datasets(dataset):
    part = dataset[1:3]
    assert part.names == ("000001", "000002")
    assert [tile.index for tile in part] == [1, 2]
    assert np.array_equal(part.images, dataset.images[1:3])
    assert dataset[:] == dataset
    assert part != dataset
    assert len(dataset[2:2]) == 0


def test_a_dataset_pickles_without_storing_pixels_twice(dataset):
    data = pickle.dumps(dataset)
    assert pickle.loads(data) == dataset
    pixels = sum(getattr(dataset, name).nbytes for name in ("images", "masks", "instances", "compartments"))
    assert len(data) < 1.1 * pixels


def test_datasets_of_arrays():
    images = np.zeros((2, 64, 70), np.uint8)
    dataset = Dataset.from_arrays(images, np.ones((2, 6, 64, 70), bool), names=["a", "b"])
    assert dataset.names == ("a", "b")
    assert dataset[1].objects == ()
    assert dataset.shape == (64, 70)
    images[0, 0, 0] = 1  # the caller's array stays the caller's


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        (([[1]], None), r"`images` must be a uint8 array of shape \(any, any, any\), got list"),
        ((np.zeros((2, 8, 8)), None), r"`images` must be a uint8 array of shape .*, got float64 \(2, 8, 8\)"),
        (
            (np.zeros((2, 8, 8), np.uint8), np.zeros((2, 5, 8, 8), bool)),
            r"`masks` must be a bool array of shape \(2, 6, 8, 8\), got bool \(2, 5, 8, 8\)",
        ),
    ],
)
def test_wrong_arrays_are_named(arrays, message):
    with pytest.raises(ConfigError, match=message):
        Dataset.from_arrays(*arrays)


def test_every_image_needs_a_name():
    with pytest.raises(ConfigError, match=r"`names` must hold one name per image \(2\), got 1"):
        Dataset.from_arrays(np.zeros((2, 8, 8), np.uint8), np.zeros((2, 6, 8, 8), bool), names=["a"])


def test_pictures_for_notebooks(dataset):
    assert dataset.preview(columns=2).shape == (64 * 2 + 8 + 3 * 22, 2 * 130 + 8, 3)  # three lines of legend
    assert dataset._repr_png_().startswith(b"\x89PNG")
    assert "<p>Dataset(4 tiles of 64x64, seed=7)</p><img" in dataset._repr_html_()


def test_tiles_must_be_as_many_and_as_large_as_said(squares):
    tiles = [squares().render(7, i) for i in range(3)]
    for n, shape, message in (
        (2, (64, 64), "2 tiles, got more"),
        (4, (64, 64), "4 tiles, got 3"),
        (3, (64, 80), "at 0"),
    ):
        with pytest.raises(DataError, match=f"`tiles` must .*{message}"):
            Dataset.from_tiles(tiles, n=n, shape=shape)
    with pytest.raises(ConfigError, match=r"`names` must hold one name per tile \(3\), got 1"):
        Dataset.from_tiles(tiles, n=3, shape=(64, 64), names=["one"])


class TestConcat:
    def test_tiles_keep_what_is_known_of_them(self, dataset, squares, tmp_path):
        other = Dataset.from_tiles(
            (squares().render(9, i) for i in range(2)), n=2, shape=(64, 64), seed=9, config={"a": 1}
        )
        both = Dataset.concat(dataset, other, prefixes=("x_", "y_"))
        assert both.names == (*(f"x_00000{i}" for i in range(4)), "y_000000", "y_000001")
        assert list(both) == [*dataset, *other]
        assert [tile.objects for tile in both] == [tile.objects for tile in (*dataset, *other)]
        assert both.seed is None
        assert both.config == {
            "parts": [{"n": 4, "seed": 7, "config": dict(dataset.config)}, {"n": 2, "seed": 9, "config": {"a": 1}}]
        }
        assert Dataset.load(both.save(tmp_path / "both", format="npz")) == both

    def test_joined_ones_are_joined_on(self, dataset):
        parts = dataset[:1], dataset[1:2], dataset[2:]
        once, again = Dataset.concat(*parts), Dataset.concat(Dataset.concat(*parts[:2]), parts[2])
        assert once == again
        assert once.seed == 7
        assert [part["n"] for part in once.config["parts"]] == [1, 1, 2]

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({}, "names of tiles must differ in more than case, got '000000' twice; `prefixes` tells them apart"),
            ({"shape": (32, 32)}, r"`datasets` must have the shape \(64, 64\) of the first, got \(32, 32\) at 1"),
            ({"classes": ("psd",)}, "`datasets` must have the classes mitochondria, .* of the first, got psd at 1"),
            ({"prefixes": ("a",)}, r"`prefixes` must be one per dataset \(2\), got \('a',\)"),
            ({"prefixes": "ab"}, r"`prefixes` must be one per dataset \(2\), got 'ab'"),
        ],
    )
    def test_what_does_not_fit_is_said(self, dataset, change, message):
        from synthem.labels import ClassTable

        shape, names = change.get("shape", (64, 64)), change.get("classes", dataset.classes.names)
        masks = np.zeros((1, len(names), *shape), bool)
        other = Dataset.from_arrays(np.zeros((1, *shape), np.uint8), masks, classes=ClassTable(classes=names))
        with pytest.raises(ConfigError, match=message):
            Dataset.concat(dataset, other, prefixes=change.get("prefixes"))

    def test_none_is_too_few(self):
        with pytest.raises(ConfigError, match="`datasets` must be at least one, got none"):
            Dataset.concat()
