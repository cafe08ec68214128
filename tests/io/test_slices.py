from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import tifffile

import synthem
from synthem.dataset import Dataset
from synthem.errors import ConfigError, DataError
from synthem.instrument.style import load_style
from synthem.io.images import encode_png
from synthem.io.slices import read_slices
from synthem.labels import EPFL6
from synthem.quality import cut_tiles
from synthem.tiles.labelled_image import LabelledImage

GREY = np.arange(64 * 64, dtype=np.uint8).reshape(64, 64)
EMPTY = np.zeros((6, 64, 64), bool)


def write(folder: Path, slices: list[LabelledImage], leave_out: tuple[str, ...] = ()) -> Path:
    for item in slices:
        (folder / "original").mkdir(parents=True, exist_ok=True)
        (folder / "original" / f"{item.name}.png").write_bytes(encode_png("plane", item.image))
        for label_class, mask in zip(EPFL6, item.masks, strict=True):
            if label_class.name not in leave_out:
                (folder / label_class.folder).mkdir(exist_ok=True)
                (folder / label_class.folder / f"{item.name}.png").write_bytes(encode_png("plane", mask))
    return folder


def test_a_folder_is_read_with_the_classes_it_has(tissue: list[LabelledImage], tmp_path: Path) -> None:
    found = read_slices(write(tmp_path, tissue[:2], leave_out=("axon",)))
    assert [item.name for item in found] == ["made0000", "made0001"]
    assert "axon" not in found[0].labelled
    assert np.array_equal(found[1].masks, tissue[1].masks)


def test_excluded_names_may_be_endings(tissue: list[LabelledImage]) -> None:
    assert [s.name for s in read_slices(tissue, exclude=["0001", "made0003"])] == [
        "made0000",
        "made0002",
        "made0004",
        "made0005",
    ]
    with pytest.raises(ConfigError, match=r"`exclude` must name slices.*made0000.*got '0009'"):
        read_slices(tissue, exclude=["0009"])


def test_a_dataset_labels_all_classes_or_none() -> None:
    masks = EMPTY[None].copy()
    images = GREY[None]
    assert read_slices(Dataset.from_arrays(images, masks))[0].labelled == ()
    masks[0, 2, 5, 5] = True
    assert len(read_slices(Dataset.from_arrays(images, masks))[0].labelled) == 6


def test_a_report_stays_with_the_slices(tissue: list[LabelledImage], tmp_path: Path) -> None:
    found = read_slices(write(tmp_path, tissue[:2], leave_out=("axon",)))
    again = read_slices(found, exclude=["0001"])
    assert again.report.pictures == found.report.pictures
    assert [(one.name, one.reason) for one in again.report.ignored] == [("made0001", "excluded")]
    assert read_slices(found).report is found.report
    assert found.report.pictures == ("made0000", "made0001")
    assert found.report.masks["psd"] == ("PSD/made0000.png", "PSD/made0001.png")
    assert read_slices(tissue).report.masks["vesicles"] == tuple(item.name for item in tissue)


def test_pairs_label_what_occurs() -> None:
    masks = EMPTY.copy()
    masks[2, 5, 5] = True
    found = read_slices([(GREY, EMPTY), (GREY, masks)])
    assert [item.labelled for item in found] == [("vesicles",), ("vesicles",)]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ([], "at least one slice, got none"),
        (7, "must be a folder, a dataset or a sequence .* got int"),
        ([3], r"slice 0 must be an \(image, masks\) pair, got int"),
        ([(GREY.astype(float), EMPTY)], r"image of slice 000000 must be \(H, W\) uint8, got .* float64"),
        ([(GREY, EMPTY[:5])], r"masks of slice 000000 must have shape \(6, 64, 64\)"),
        ([(np.full((64, 64), 9, np.uint8), EMPTY)], "must show something, got grey level 9 only"),
        (SimpleNamespace(images=[GREY], masks=[]), "`masks` must be as many as the 1 images, got 0"),
    ],
)
def test_bad_sources_are_named(source: object, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_slices(source)


def test_an_empty_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="must hold images"):
        read_slices(tmp_path)


def test_tiles_are_disjoint_and_know_their_slice() -> None:
    image = np.random.default_rng(0).integers(0, 256, (140, 200), dtype=np.uint8)
    masks = np.zeros((6, 140, 200), bool)
    masks[4] = image > 128
    tiles = cut_tiles([(GREY, EMPTY), (image, masks)], size=64)
    assert tiles.sources.tolist() == [0] + [1] * 6
    assert tiles.labelled == ("boundaries",)
    assert np.array_equal(tiles.images[0], GREY)
    assert np.array_equal(tiles.images[5], image[64:128, 64:128])
    assert np.array_equal(tiles.mask("boundaries")[6], masks[4, 64:128, 128:192])


def test_tiles_need_room() -> None:
    with pytest.raises(DataError, match="slice 000000 must be at least 256x256, got 64x64"):
        cut_tiles([(GREY, EMPTY)])
    with pytest.raises(ConfigError, match="`size` must be at least 64, got 32"):
        cut_tiles([(GREY, EMPTY)], size=32)


def test_a_text_is_no_sequence_of_names():
    with pytest.raises(ConfigError, match="`exclude` must be a sequence of names, got the text '13'"):
        read_slices([(GREY, EMPTY)], exclude="13")


def test_the_report_lists_what_was_excluded(tissue: list[LabelledImage], tmp_path: Path) -> None:
    folder = write(tmp_path, tissue[:3])
    found = read_slices(folder, exclude=["made0001"])
    assert [(one.name, one.reason) for one in found.report.ignored] == [("made0001", "excluded")]
    assert "ignored: made0001 (excluded)" in str(found.report)
    with pytest.raises(ConfigError, match="`exclude` must leave at least one slice, got all 3"):
        read_slices(folder, exclude=["0000", "0001", "0002"])


def test_the_pixel_size_comes_from_tiff_files_and_datasets(tmp_path: Path) -> None:
    tiles = synthem.generate(1, recipe="paper", style="ac4", shape=(128, 128), seed=1)
    size = load_style("ac4").pixel_size_nm
    assert [item.pixel_size_nm for item in read_slices(tiles)] == [size]
    assert [item.pixel_size_nm for item in read_slices(tiles.save(tmp_path / "saved"))] == [size]
    (tmp_path / "own").mkdir()
    tifffile.imwrite(tmp_path / "own" / "a.tif", tiles.images[0], resolution=(1e6, 1e6), resolutionunit="CENTIMETER")
    assert [item.pixel_size_nm for item in read_slices(tmp_path / "own")] == [10.0]
    assert read_slices([(tiles.images[0], tiles.masks[0])])[0].pixel_size_nm is None
