"""What is in the files of HDF5, WebDataset, COCO, Parquet and NPZ, as their own libraries see it."""

from __future__ import annotations

import hashlib
import json
import re
import tarfile
import zipfile

import h5py
import numpy as np
import pyarrow.parquet
import pytest
from pycocotools import mask as run_lengths

from synthem.dataset import Dataset
from synthem.errors import DataError
from synthem.io import DatasetInfo, save_tiles


@pytest.fixture
def info(dataset):
    return DatasetInfo(n=4, shape=dataset.shape, spacing_nm=(4.0, 5.0), tiles_per_file=3)


def save(dataset, folder, info, format):
    return save_tiles(zip(dataset.names, dataset, strict=True), folder, info=info, format=format)


def test_hdf5_has_raw_and_labels_along_zyx(dataset, tmp_path, info):
    path = save(dataset, tmp_path / "out", info, "hdf5")
    assert sorted(p.name for p in path.glob("*.h5")) == ["tiles-000.h5", "tiles-001.h5"]
    with h5py.File(path / "tiles-000.h5") as file:
        assert file.attrs["axes"] == "zyx"
        assert file.attrs["spacing_nm_yx"].tolist() == [4.0, 5.0]
        assert np.array_equal(file["raw"][:], dataset.images[:3])
        assert file["raw"].chunks == (1, 64, 64)
        assert set(file["labels"]) == {*dataset.classes.names, "instances", "compartments"}
        assert np.array_equal(file["labels/axon"][:], dataset.masks[:3, 3])  # 0 and 1
        assert np.array_equal(file["labels/instances"][:], dataset.instances[:3])


def test_hdf5_main_has_a_file_per_plane(dataset, tmp_path):
    path = dataset.save(tmp_path / "out", format="hdf5-main")
    for plane, stack in (("original", dataset.images), ("axon", dataset.masks[:, 3]), ("instances", dataset.instances)):
        with h5py.File(path / f"{plane}.h5") as file:
            assert list(file) == ["main"]
            assert np.array_equal(file["main"][:], stack)


def test_samples_have_a_picture_per_plane_and_no_dates(dataset, tmp_path, info):
    path = save(dataset, tmp_path / "out", info, "webdataset")
    with tarfile.open(path / "tiles-000.tar") as tar:
        members = tar.getmembers()
    assert {member.mtime for member in members} == {0}
    endings = ["axon.png", "boundaries.png", "compartments.png", "image.png", "instances.png", "json"]
    endings += ["mitochondria.png", "mitochondrial_boundaries.png", "psd.png", "vesicles.png"]
    assert [member.name for member in members[:10]] == [f"000000.{ending}" for ending in endings]
    assert len(members) == 30


def test_names_with_dots_stay_one_sample(dataset, tmp_path):
    info = DatasetInfo(n=2, shape=dataset.shape)
    path = save_tiles(zip(("a.1", "a%2E1"), dataset, strict=False), tmp_path / "out", info=info, format="webdataset")
    with tarfile.open(path / "tiles.tar") as tar:
        assert {name.partition(".")[0] for name in tar.getnames()} == {"a%2E1", "a%252E1"}
    assert Dataset.load(path).names == ("a.1", "a%2E1")


def test_annotations_keep_holes_and_tell_crowds_from_objects(tmp_path):
    masks, instances = np.zeros((1, 6, 64, 64), bool), np.zeros((1, 64, 64), np.int32)
    masks[0, 3, 10:30, 10:30] = True
    masks[0, 3, 15:25, 15:25] = False  # a ring
    instances[0, 10:30, 10:30] = 7
    masks[0, 4, 40] = True
    tiles = Dataset.from_arrays(np.zeros((1, 64, 64), np.uint8), masks, instances)
    found = json.loads((tiles.save(tmp_path / "out", format="coco") / "annotations.json").read_text())
    assert [(one["id"], one["name"]) for one in found["categories"]] == list(enumerate(tiles.classes.names, start=1))
    assert found["categories"][5]["supercategory"] == "mitochondria"
    assert found["images"] == [{"id": 1, "file_name": "000000.png", "height": 64, "width": 64}]
    ring, line = found["annotations"]
    assert (ring["category_id"], ring["object_id"], ring["iscrowd"], ring["area"]) == (4, 7, 0, 300)
    assert ring["bbox"] == [10.0, 10.0, 20.0, 20.0]
    assert (line["category_id"], line["object_id"], line["iscrowd"], line["area"]) == (5, 0, 1, 64)
    assert run_lengths.area(ring["segmentation"]) == 300
    assert (ring["id"], line["id"]) == (1, 2)


def test_numbers_of_annotations_follow_from_the_place_of_their_tile(dataset, tmp_path, info):
    path = save(dataset, tmp_path / "out", info, "coco")
    found = json.loads((path / "annotations.json").read_text())["annotations"]
    assert [one["id"] for one in found] == [n for place in range(4) for n in (place * 10**6 + 1, place * 10**6 + 2)]
    assert sorted(p.name for p in path.iterdir()) == [
        *("annotations.json", "compartments", "images", "instances", "manifest.json", "tiles.jsonl")
    ]


def test_parquet_has_a_row_per_tile_and_is_described(dataset, tmp_path, info):
    path = save(dataset, tmp_path / "out", info, "hf")
    names = [f"data/train-0000{k}-of-00002.parquet" for k in range(2)]
    with pyarrow.parquet.ParquetFile(path / names[0]) as file:
        assert file.num_row_groups == 3
        row = file.read_row_group(1).to_pylist()[0]
        features = json.loads(file.schema_arrow.metadata[b"huggingface"])["info"]["features"]
    assert (row["name"], row["index"], row["seed"], row["pixel_size_nm"]) == ("000001", 1, 7, None)
    assert row["image"]["bytes"][:4] == b"\x89PNG"
    assert features["image"] == features["psd"] == {"_type": "Image"}
    about = json.loads((path / "croissant.json").read_text())
    digests = {one["@id"]: one.get("sha256") for one in about["distribution"]}
    assert digests == {name: hashlib.sha256((path / name).read_bytes()).hexdigest() for name in names} | {"files": None}
    assert {field["name"] for field in about["recordSet"][0]["field"]} == set(features)


@pytest.mark.parametrize(("rows", "got"), [([0, 0, 2], "000000"), ([0, 2, 1], "000002")], ids=["twice", "swapped"])
def test_parquet_rows_of_other_tiles_are_refused(dataset, tmp_path, info, rows, got):
    path = save(dataset, tmp_path / "out", info, "hf")
    file = path / "data" / "train-00000-of-00002.parquet"
    pyarrow.parquet.write_table(pyarrow.parquet.read_table(file).take(rows), file)
    with pytest.raises(DataError, match=f"^{re.escape(str(file))} must hold the tile '000001' next, got '{got}'$"):
        Dataset.load(path)


def test_npz_is_compressed_and_has_no_pickles(dataset, tmp_path, info):
    path = save(dataset, tmp_path / "out", info, "npz") / "tiles" / "000002.npz"
    with np.load(path, allow_pickle=False) as arrays:
        assert set(arrays) == {"image", "masks", "instances", "compartments", "classes", "spacing_nm"}
        assert arrays["classes"].tolist() == list(dataset.classes.names)
        assert arrays["spacing_nm"].tolist() == [4.0, 5.0]
    with zipfile.ZipFile(path) as archive:
        assert {member.compress_type for member in archive.infolist()} == {zipfile.ZIP_DEFLATED}
        assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
