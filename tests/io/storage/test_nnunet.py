"""What nnU-Net reads: one map of labels, regions, and folds."""

from __future__ import annotations

import json
from dataclasses import replace

import cv2
import numpy as np
import pytest
import tifffile

from synthem.dataset import Dataset
from synthem.errors import DataError, OutputError
from synthem.io import DatasetInfo, save_tiles
from synthem.io.storage import nnunet
from synthem.labels import ClassTable
from synthem.tiles.volume import Volume


def nested(n=6):
    """Tiles with mitochondria, of which a part is boundary, and PSDs."""
    masks = np.zeros((n, 6, 64, 64), bool)
    masks[:, 0, 4:20, 4:20] = masks[:, 5, 4:20, 4:8] = masks[:, 1, 30:34, 30:50] = True
    return Dataset.from_arrays(np.zeros((n, 64, 64), np.uint8), masks)


def test_what_nnunet_is_told(tmp_path):
    path = nested().save(tmp_path / "Dataset501_Nested", format="nnunet")
    text = (path / "dataset.json").read_text()
    assert json.loads(text) == {
        "channel_names": {"0": "EM"},
        "labels": {
            "background": 0,
            "boundaries": 6,
            "mitochondria": [1, 2],
            "mitochondrial_boundaries": 2,
            "vesicles": 4,
            "psd": 3,
            "axon": 5,
        },
        "regions_class_order": [6, 1, 2, 4, 3, 5],
        "numTraining": 6,
        "file_ending": ".png",
        "overwrite_image_reader_writer": "NaturalImage2DIO",
        "description": "written by synthem",
    }
    order = ["background", "boundaries", "mitochondria", "mitochondrial_boundaries", "vesicles", "psd", "axon"]
    assert list(json.loads(text)["labels"]) == order
    labels = cv2.imread(str(path / "labelsTr" / "000000.png"), cv2.IMREAD_UNCHANGED)
    assert labels.dtype == np.uint8
    assert (labels[10, 10], labels[10, 5], labels[31, 31], labels[0, 0]) == (1, 2, 3, 0)
    assert (path / "imagesTr" / "000005_0000.png").is_file()


def test_folds_hold_each_tile_once(tmp_path):
    path = nested(7).save(tmp_path / "out", format="nnunet")
    folds = json.loads((path / "splits_final.json").read_text())
    assert [fold["val"] for fold in folds] == [
        ["000000", "000005"],
        ["000001", "000006"],
        ["000002"],
        ["000003"],
        ["000004"],
    ]
    assert all(sorted(fold["train"] + fold["val"]) == [f"{i:06d}" for i in range(7)] for fold in folds)
    assert len(json.loads((nested(3).save(tmp_path / "few", format="nnunet") / "splits_final.json").read_text())) == 3


def test_classes_that_never_overlap_are_plain_labels(tmp_path):
    table = ClassTable(classes=("psd", "vesicles"))
    tiles = Dataset.from_arrays(np.zeros((1, 64, 64), np.uint8), np.zeros((1, 2, 64, 64), bool), classes=table)
    about = json.loads((tiles.save(tmp_path / "out", format="nnunet") / "dataset.json").read_text())
    assert about["labels"] == {"background": 0, "vesicles": 2, "psd": 1}
    assert "regions_class_order" not in about


def test_real_labels_that_overlap_get_a_number_per_combination(tmp_path):
    tiles = nested(2)
    masks = tiles.masks.copy()
    masks[1, 4, 10:16, :10] = True  # boundaries over mitochondria, their boundaries and background
    overlapping = Dataset.from_arrays(tiles.images, masks)
    path = overlapping.save(tmp_path / "out", format="nnunet")
    labels = json.loads((path / "dataset.json").read_text())["labels"]
    assert labels["mitochondria"] == [1, 2, 7, 8]
    assert labels["boundaries"] == [6, 7, 8]
    assert sorted(labels["mitochondrial_boundaries"]) in ([2, 7], [2, 8])
    assert Dataset.load(path) == overlapping
    assert not [file for file in path.iterdir() if file.name.startswith(".")]


def test_overlaps_cannot_be_numbered_in_parts(tmp_path):
    tiles = nested(2)
    masks = tiles.masks.copy()
    masks[1, 4, 10:16, :10] = True
    tile, info = Dataset.from_arrays(tiles.images, masks)[1], DatasetInfo(n=2, shape=(64, 64))
    with pytest.raises(OutputError, match="labels that overlap, which nnU-Net needs to be written in one part"):  # noqa: SIM117
        with nnunet.open_writer(tmp_path, info, first=1) as write:
            write("b", nnunet.encode("b", tile, 1, info))


def test_volumes_are_tiff_with_their_spacing(tmp_path):
    shape = (3, 16, 24)
    info = DatasetInfo(n=1, shape=shape, spacing_nm=(50.0, 5.0, 4.0))
    tile = nested(1)[0]
    one = replace(
        tile,
        image=np.zeros(shape, np.uint8),
        masks=np.zeros((6, *shape), bool),
        instances=np.zeros(shape, np.int32),
        compartments=np.zeros(shape, np.int32),
    )
    with nnunet.open_writer(tmp_path, info) as write:
        write("v", nnunet.encode("v", one, 0, info))
    nnunet.finish(tmp_path, ["v"], info)
    assert tifffile.imread(tmp_path / "labelsTr" / "v.tif").shape == shape
    for folder in ("imagesTr", "labelsTr"):
        assert json.loads((tmp_path / folder / "v.json").read_text()) == {"spacing": [50.0, 5.0, 4.0]}
    about = json.loads((tmp_path / "dataset.json").read_text())
    assert (about["file_ending"], about["overwrite_image_reader_writer"]) == (".tif", "Tiff3DIO")


@pytest.mark.parametrize("number", [-1, 7])
def test_numbers_that_stand_for_nothing_are_refused(tmp_path, number):
    shape = (2, 16, 24)
    image, masks, empty = np.zeros(shape, np.uint8), np.zeros((6, *shape), bool), np.zeros(shape, np.int32)
    one = Volume(image=image, masks=masks, instances=empty, compartments=empty, records=())
    path = Dataset.from_tiles([one], n=1, shape=shape).save(tmp_path / "out", format="nnunet")
    wrong = np.where(np.arange(24) == 3, number, empty).astype(np.int32)
    tifffile.imwrite(path / "labelsTr" / "000000.tif", wrong, photometric="minisblack")
    with pytest.raises(DataError, match=r"must hold labels of dataset\.json, 0 to 6, got (-1 to 0|0 to 7)"):
        Dataset.load(path)


def test_numbers_above_8_bits_are_kept(tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    table = ClassTable(classes=tuple(_class(k) for k in range(10)))
    masks = rng.random((1, 10, 64, 64)) < 0.5  # nearly all of 1024 combinations
    tiles = Dataset.from_arrays(np.zeros((1, 64, 64), np.uint8), masks, classes=table)
    assert Dataset.load(tiles.save(tmp_path / "out", format="nnunet")) == tiles


def _class(number):
    from synthem.labels import LabelClass

    return LabelClass(name=f"class_{number}", colour=(number, 0, 0))


def test_the_name_of_the_folder_is_free(tmp_path):
    tiles = nested(1)
    info = DatasetInfo(n=1, shape=(64, 64))
    path = save_tiles([("a", tiles[0])], tmp_path / "any", info=info, format="nnunet")
    assert not (path / "splits_final.json").exists()  # one tile cannot both train and validate
