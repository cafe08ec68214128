"""OME-Zarr: groups per class, nanometres, colours, pyramids."""

from __future__ import annotations

import json

import numpy as np
import pytest
import zarr
from yaozarrs import validate_zarr_store

from synthem.dataset import Dataset
from synthem.errors import DataError
from synthem.io import DatasetInfo, save_tiles


@pytest.fixture(scope="module")
def canvas():
    """A canvas that needs two further levels."""
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (1, 700, 1100)).astype(np.uint8)
    masks = np.zeros((1, 6, 700, 1100), bool)
    masks[0, 1, 100:300, 400:800] = True
    return Dataset.from_arrays(image, masks)


def saved(canvas, folder):
    info = DatasetInfo(n=1, shape=canvas.shape, spacing_nm=(4.0, 5.0))
    return save_tiles(zip(canvas.names, canvas, strict=True), folder, info=info, format="ome-zarr") / "tiles.zarr"


def attributes(path):
    return json.loads((path / "zarr.json").read_text())["attributes"]["ome"]


def test_a_large_canvas_has_a_pyramid(canvas, tmp_path):
    image = saved(canvas, tmp_path / "out") / "000000"
    levels = [zarr.open_array(str(image / str(level)), mode="r") for level in range(3)]
    assert [level.shape for level in levels] == [(700, 1100), (350, 550), (175, 275)]
    assert {level.chunks for level in levels} == {(512, 512), (350, 512), (175, 275)}
    pixels = canvas.images[0].astype(float)
    means = pixels.reshape(350, 2, 550, 2).mean(axis=(1, 3))
    assert np.abs(levels[1][...] - means).max() <= 0.5
    mask = [zarr.open_array(str(image / "labels" / "psd" / str(level)), mode="r")[...] for level in range(3)]
    assert np.array_equal(mask[0], canvas.masks[0, 1])
    assert np.array_equal(mask[2], canvas.masks[0, 1][::4, ::4])


def test_bytes_are_those_that_zarr_writes(canvas, tmp_path):
    image = saved(canvas, tmp_path / "out") / "000000"
    for path in ("0", "1", "labels/psd/0", "labels/instances/2"):
        array = zarr.open_array(str(image / path), mode="r")
        again = zarr.create_array(
            str(tmp_path / "again" / path),
            shape=array.shape,
            chunks=array.chunks,
            dtype=array.dtype,
            compressors=array.compressors,
            dimension_names=("y", "x"),
            config={"write_empty_chunks": True},
        )
        again[...] = array[...]
        ours, theirs = (
            {f.relative_to(top / path): f.read_bytes() for f in (top / path).rglob("*") if f.is_file()}
            for top in (image, tmp_path / "again")
        )
        assert ours == theirs


def test_axes_are_in_nanometres(canvas, tmp_path):
    image = attributes(saved(canvas, tmp_path / "out") / "000000")["multiscales"][0]
    assert image["axes"] == [{"name": axis, "type": "space", "unit": "nanometer"} for axis in "yx"]
    found = [
        {one["type"]: one[one["type"]] for one in level["coordinateTransformations"]} for level in image["datasets"]
    ]
    assert found == [
        {"scale": [4.0, 5.0]},
        {"scale": [8.0, 10.0], "translation": [2.0, 2.5]},  # centres of blocks of 2x2
        {"scale": [16.0, 20.0], "translation": [6.0, 7.5]},
    ]


def test_classes_are_labels_with_colours(canvas, tmp_path):
    labels = saved(canvas, tmp_path / "out") / "000000" / "labels"
    assert attributes(labels)["labels"] == [*canvas.classes.names, "instances", "compartments"]
    colours = attributes(labels / "psd")["image-label"]["colors"]
    assert colours == [{"label-value": 1, "rgba": [*canvas.classes.classes[1].colour, 255]}]


def test_the_hierarchy_is_valid_and_lists_its_images(dataset, tmp_path):
    pytest.importorskip("fsspec")  # the check asks for it
    root = dataset.save(tmp_path / "out", format="ome-zarr") / "tiles.zarr"
    validate_zarr_store(root)
    assert attributes(root)["bioformats2raw.layout"] == 3
    assert attributes(root / "OME")["series"] == list(dataset.names)
    for name in dataset.names:
        validate_zarr_store(root / name)
        (image,) = attributes(root / name)["multiscales"]
        assert "unit" not in image["axes"][0]  # the size of a pixel is not known
        assert image["datasets"][0]["coordinateTransformations"] == [{"type": "scale", "scale": [1.0, 1.0]}]


def test_a_missing_chunk_is_no_background(canvas, tmp_path):
    root = saved(canvas, tmp_path / "out")
    (root / "000000" / "labels" / "psd" / "0" / "c" / "0" / "1").unlink()
    with pytest.raises(DataError, match="psd cannot be read as OME-Zarr"):
        Dataset.load(tmp_path / "out")
