from __future__ import annotations

import shutil

import cv2
import numpy as np
import pytest

from synthem.dataset import Dataset
from synthem.errors import DataError
from synthem.io import read_slices
from synthem.labels import CLASSES

SMALL = ("MITOCHONDRIA", "psd", "Vesicles", "axon", "boundaries", "mitochondrial_boundaries")


@pytest.mark.parametrize("alpha", [True, False])
def test_a_folder_is_read_with_threshold_127(epfl6, alpha):
    dataset = Dataset.load(epfl6(alpha=alpha))
    assert dataset.names == ("training0000", "training0001")
    assert dataset.images.shape == (2, 80, 96)
    assert dataset.masks[:, 1, 10, 5].all()  # 128
    assert not dataset.masks[..., 0, -1].any()  # 127
    assert (dataset.masks.sum(axis=(2, 3)) == 8 * 15).all()
    assert not dataset.instances.any()


def test_both_spellings_in_any_case_are_read(epfl6):
    assert Dataset.load(epfl6(folders=SMALL)).masks[:, 5].any()


def test_masks_may_be_tiff_files(epfl6):
    folder = epfl6(n=1)
    path = folder / "PSD" / "training0000.png"
    cv2.imwrite(str(path.with_suffix(".TIF")), cv2.imread(str(path), cv2.IMREAD_GRAYSCALE))
    with pytest.raises(DataError, match="must hold one file per name"):
        Dataset.load(folder)
    path.unlink()
    assert Dataset.load(folder).masks[0, 1].any()


def test_hidden_and_foreign_files_are_ignored(epfl6):
    folder = epfl6()
    (folder / "original" / ".DS_Store").write_text("")
    (folder / "original" / "._training0000.png").write_text("")
    (folder / "original" / "notes.txt").write_text("")
    (folder / "other").mkdir()
    assert len(Dataset.load(folder)) == 2


def test_slices_may_differ_in_size_and_lack_classes(epfl6, tmp_path):
    folder = epfl6(folders=("PSD", "axon"))
    big = np.eye(300, 200, dtype=np.uint8)
    for name in ("original", "PSD", "axon"):
        cv2.imwrite(str(folder / name / "extra.png"), big)
    slices = read_slices(folder)
    assert [s.name for s in slices] == ["extra", "training0000", "training0001"]
    assert [s.image.shape for s in slices] == [(300, 200), (80, 96), (80, 96)]
    assert {s.labelled for s in slices} == {("psd", "axon")}
    assert slices[1].masks.shape == (6, 80, 96)
    assert [bool(mask.any()) for mask in slices[1].masks] == [False, True, False, True, False, False]


def test_unlabelled_slices_are_read(epfl6):
    folder = epfl6()
    assert [s.labelled for s in read_slices(folder / "original")] == [(), ()]


def test_partly_labelled_slices_only_on_request(epfl6):
    folder = epfl6()
    (folder / "PSD" / "training0001.png").unlink()
    with pytest.raises(DataError, match=r"training0001\.png must have a mask for class 'psd', got none"):
        read_slices(folder)
    slices = read_slices(folder, partial=True)
    assert len(slices[0].labelled) == 6
    assert "psd" not in slices[1].labelled


def test_what_is_wrong_with_a_folder_is_said(epfl6, tmp_path):
    with pytest.raises(DataError, match="`path` must be an existing folder"):
        Dataset.load(tmp_path / "none")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="must hold images"):
        read_slices(tmp_path / "empty")
    folder = epfl6()
    shutil.rmtree(folder / "axon")
    with pytest.raises(DataError, match="has none for 'axon'"):
        Dataset.load(folder)
    shutil.rmtree(folder / "original")
    with pytest.raises(DataError, match="must have a folder 'original'"):
        Dataset.load(folder)


def test_two_folders_for_one_class_are_ambiguous(epfl6):
    folder = epfl6()
    (folder / "psd").mkdir()
    with pytest.raises(DataError, match="one folder for class 'psd', got several"):
        Dataset.load(folder)


def _damage_truncate(path):
    path.write_bytes(path.read_bytes()[:-40])


def _damage_size(path):
    cv2.imwrite(str(path), np.zeros((80, 90), np.uint8))


def _damage_depth(path):
    cv2.imwrite(str(path), np.random.default_rng(0).integers(0, 65536, (80, 96), dtype=np.uint16))


def _damage_text(path):
    path.write_text("I am not a picture")


def _damage_delete(path):
    path.unlink()


@pytest.mark.parametrize("folder_name", ["original", "PSD", "mitochondrial boundaries"])
@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (_damage_truncate, "is truncated"),
        (_damage_size, "must have the size 80x9[06] of the others, got 80x9[06]"),
        (_damage_depth, "must be (an 8-bit image, got uint16 from 1. to 65|a mask of 0 and one other value)"),
        (_damage_text, "must be a PNG file, but its content is something else"),
        (_damage_delete, r"training0001\.png must (have a mask|belong to an image)"),
    ],
)
def test_damaged_files_are_named(epfl6, folder_name, damage, message):
    folder = epfl6()
    damage(folder / folder_name / "training0001.png")
    with pytest.raises(DataError, match=message) as caught:
        Dataset.load(folder)
    assert "training0001.png" in str(caught.value)


def test_the_real_slices_are_read(real_slices):
    slices = read_slices(real_slices)
    assert len(slices) == 27
    assert {s.image.shape for s in slices} == {(768, 1024)}
    assert {s.labelled for s in slices} == {tuple(c.name for c in CLASSES)}
    share = np.mean([s.masks[4].mean() for s in slices])
    assert 0.18 < share < 0.24
