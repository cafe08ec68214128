from __future__ import annotations

import shutil

import cv2
import numpy as np
import pytest

from synthem.dataset import Dataset
from synthem.errors import DataError, DataWarning
from synthem.io import read_slices
from synthem.io.epfl6 import read_folder
from synthem.labels import EPFL6

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


def test_two_folders_of_pictures_are_ambiguous(epfl6):
    folder = epfl6()
    (folder / "Original").mkdir()
    with pytest.raises(DataError, match=r"must have one folder 'original', got .* and"):
        read_slices(folder)


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
        (
            _damage_depth,
            r"must be (an 8-bit image, got uint16 from \d+ to 65\d+; convert|a mask of 0 and one other value)",
        ),
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


def _move(folder, old, new):
    (folder / old).rename(folder / new)


def test_plurals_and_other_names_of_classes_are_read(epfl6):
    folder = epfl6()
    expected = read_slices(folder)
    for old, new in (("axon", "axons"), ("boundaries", "cell membranes"), ("mitochondria", "Mitochondrion")):
        _move(folder, old, new)
    slices = read_slices(folder, partial=True)
    assert all(np.array_equal(one.masks, other.masks) for one, other in zip(slices, expected, strict=True))
    assert slices[0].labelled == tuple(c.name for c in EPFL6)
    assert slices.report.notes == (
        "axon: folder axons",
        "boundaries: folder cell membranes",
        "mitochondria: folder Mitochondrion",
    )
    assert slices.report.masks["axon"] == ("axons/training0000.png", "axons/training0001.png")
    assert np.array_equal(Dataset.load(folder).masks[0], expected[0].masks)


@pytest.mark.parametrize("name", ["vesicels", "boundries", "mitochodria", "axonn"])
def test_a_misspelt_class_is_an_error(epfl6, name):
    folder = epfl6()
    known = {"v": "vesicles", "b": "boundaries", "m": "mitochondria", "a": "axon"}[name[0]]
    _move(folder, known, name)
    with pytest.raises(DataError, match=rf"{name} must be named after a class .* got '{name}'; did you mean '{known}'"):
        read_slices(folder, partial=True)


def test_a_folder_that_is_no_class_is_told(epfl6):
    folder = epfl6()
    shutil.copytree(folder / "axon", folder / "labels")
    shutil.copytree(folder / "axon", folder / "axon_old")
    with pytest.warns(
        DataWarning, match=r"ignored: axon_old/ \(its name is no class; did you mean 'axon'\?\); ignored: labels/"
    ):
        slices = read_slices(folder)
    assert [(one.name, one.data) for one in slices.report.ignored] == [("axon_old/", True), ("labels/", True)]
    with pytest.warns(DataWarning, match="labels/"):
        Dataset.load(folder)


@pytest.mark.parametrize("name", ["images", "older"])
@pytest.mark.parametrize("plain", [True, False])
def test_pictures_in_another_folder_are_told(epfl6, plain, name):
    folder = epfl6()
    place = folder / "original" if plain else folder
    shutil.copytree(folder / "PSD", place / name)
    with pytest.warns(DataWarning, match=rf"ignored: {name}/ \(its name is no class\)"):
        assert len(read_slices(place)) == 2


def test_folders_within_a_folder_of_pictures_are_told(epfl6):
    folder = epfl6()
    shutil.copytree(folder / "original", folder / "original" / "a")  # before the pictures, in order
    (folder / "original" / "b").mkdir()
    with pytest.warns(DataWarning, match=r"ignored: original/a/ \(folders within folders are not read\)"):
        slices = read_slices(folder)
    assert [one.name for one in slices] == ["training0000", "training0001"]
    assert [one.name for one in slices.report.ignored] == ["original/a/"]


def test_labels_without_a_class_are_an_error(epfl6):
    folder = epfl6(folders=("axon",))
    _move(folder, "axon", "labels")
    with pytest.raises(DataError, match="labels must be named after the class that it labels"):
        read_slices(folder, partial=True)


@pytest.mark.parametrize("pattern", ["{}_mask", "{}-masks", "{} label", "mask_{}", "{}_psd", "{}_segmentation"])
def test_masks_may_be_named_as_masks(epfl6, pattern):
    folder = epfl6()
    expected = read_slices(folder)
    for path in sorted((folder / "PSD").iterdir()):
        path.rename(path.with_stem(pattern.format(path.stem)))
    slices = read_slices(folder)
    assert np.array_equal(slices[1].masks, expected[1].masks)
    name = pattern.format("training0000")
    assert slices.report.notes == (f"psd: masks by other names, such as {name}.png for training0000",)
    assert np.array_equal(Dataset.load(folder).masks[1], expected[1].masks)


def test_two_masks_of_one_picture_are_an_error(epfl6):
    folder = epfl6()
    shutil.copy(folder / "PSD" / "training0001.png", folder / "PSD" / "training0001_mask.png")
    with pytest.raises(DataError, match=r"one mask per image, got training0001\.png and training0001_mask\.png"):
        read_slices(folder, partial=True)


@pytest.mark.parametrize("partial", [True, False])
def test_a_mask_without_a_picture_is_an_error(epfl6, partial):
    folder = epfl6()
    _move(folder / "PSD", "training0001.png", "trainnig0001.png")
    with pytest.raises(DataError, match=r"must (belong to an image .* did you mean 'training0001'|have a mask)"):
        read_slices(folder, partial=partial)


def test_names_in_other_unicode_and_case_are_the_same(epfl6):
    import unicodedata

    folder, name = epfl6(n=1), "Schädel1"
    _move(folder / "original", "training0000.png", unicodedata.normalize("NFC", f"{name}.png"))
    for label_class in EPFL6:
        ending = f"{name}.png" if label_class.name != "axon" else f"{name.lower()}.png"
        _move(folder / label_class.folder, "training0000.png", unicodedata.normalize("NFD", ending))
    (only,) = read_slices(folder)
    assert (only.name, len(only.labelled)) == (name, 6)
    assert only.masks.any(axis=(1, 2)).all()


@pytest.mark.parametrize("pattern", ["{}_masks", "{}_cp_masks", "{}_seg", "{}-axons"])
def test_pictures_and_masks_in_one_folder_are_refused(epfl6, pattern):
    folder = epfl6(folders=("axon",))
    for path in sorted((folder / "axon").iterdir()):
        path.rename(folder / "original" / f"{pattern.format(path.stem)}.png")
    name = pattern.format("training0000")
    message = rf"must hold pictures only, got training0000\.png and its mask {name}\.png; put the pictures"
    with pytest.raises(DataError, match=message):
        read_slices(folder / "original")


def test_a_folder_of_masks_is_no_folder_of_pictures(epfl6):
    folder = epfl6()
    with pytest.raises(DataError, match="must hold pictures, got the masks of a class; give the folder above it"):
        read_slices(folder / "PSD")
    for path in sorted((folder / "PSD").iterdir()):
        path.rename(path.with_stem(f"{path.stem}_mask"))
    with pytest.raises(DataError, match="must hold pictures, got masks by their names: training0000_mask"):
        read_slices(folder / "PSD")


def test_what_is_in_another_format_is_told(epfl6):
    folder = epfl6()
    cv2.imwrite(str(folder / "original" / "training0002.bmp"), np.eye(20, dtype=np.uint8))
    with pytest.warns(DataWarning, match=r"ignored: original/training0002\.bmp \(not a format .* PNG, TIFF and JPEG"):
        read_slices(folder)
    (folder / "original" / "training0002.bmp").unlink()
    for path in sorted((folder / "axon").iterdir()):
        path.rename(path.with_suffix(".npy"))
    with pytest.raises(DataError, match=r"axon must hold masks; axon/training0000\.npy"):
        read_slices(folder, partial=True)


def test_names_sort_naturally(epfl6):
    folder = epfl6(n=11)
    for label in ("original", *(c.folder for c in EPFL6)):
        for k in range(11):
            _move(folder / label, f"training{k:04d}.png", f"s{k}.png")
    assert [s.name for s in read_slices(folder)] == [f"s{k}" for k in range(11)]
    assert Dataset.load(folder).names == tuple(f"s{k}" for k in range(11))


def test_ids_become_instances(epfl6):
    folder = epfl6(alpha=False)
    ids = np.zeros((80, 96), np.uint8)
    for k in range(5):
        ids[4:14, 12 * k + 2 : 12 * k + 10] = k + 1
    one = np.zeros((80, 96), np.uint8)
    one[40:50, 40:50] = 7
    cv2.imwrite(str(folder / "axon" / "training0000.png"), ids)
    cv2.imwrite(str(folder / "axon" / "training0001.png"), one)
    cv2.imwrite(str(folder / "vesicles" / "training0000.png"), ids[::-1] * 2)
    slices = read_slices(folder)
    assert np.array_equal(slices[0].masks[3], ids > 0)
    assert np.array_equal(slices[0].instances["axon"], ids)
    assert np.array_equal(slices[1].instances["axon"], one)
    assert slices.report.notes == ("vesicles, axon: masks of ids, kept as instances",)
    dataset = Dataset.load(folder)
    assert np.array_equal(dataset.masks[0, 3], ids > 0)
    both = np.where(ids > 0, ids.astype(np.int32) + 10, ids[::-1].astype(np.int32) * 2)
    assert np.array_equal(dataset.instances[0], both)
    assert np.array_equal(dataset.instances[1], one)


def test_overlapping_ids_are_left_out_and_told(epfl6):
    folder = epfl6(alpha=False, n=1)
    ids = np.kron(np.arange(1, 4, dtype=np.uint8), np.ones((80, 32), np.uint8))
    ids[::20] = 0
    for name in ("axon", "mitochondria"):
        cv2.imwrite(str(folder / name / "training0000.png"), np.where(np.arange(80)[:, None] < 18, ids, 0))
    stored = read_folder(folder)
    assert stored.report.notes == (
        "mitochondria, axon: masks of ids, kept as instances",
        "axon: ids not kept, as they overlap those of another class",
    )
    assert np.array_equal(stored.stacks.instances[0, 1:18], ids[1:18])


def test_masks_of_0_and_1_are_told(epfl6):
    folder = epfl6()
    expected = read_slices(folder)
    for path in sorted((folder / "axon").iterdir()):
        cv2.imwrite(str(path), (cv2.imread(str(path), cv2.IMREAD_GRAYSCALE) > 127).astype(np.uint8))
    slices = read_slices(folder)
    assert np.array_equal(slices[0].masks, expected[0].masks)
    assert slices[0].instances == {}
    assert slices.report.notes == ("axon: masks of 0 and 1, as of 0 and 255",)
    assert str(slices.report).splitlines()[1:] == ["  read: axon: masks of 0 and 1, as of 0 and 255"]


def test_inverted_masks_are_questioned(epfl6):
    folder = epfl6()
    for name in ("boundaries", "axon"):
        for path in sorted((folder / name).iterdir()):
            mask = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
            cv2.imwrite(str(path), 255 - mask if name == "boundaries" else np.full_like(mask, 255))
    with pytest.warns(
        DataWarning, match=r"axon/training0000.png is set everywhere; .*boundaries cover 98% of the area"
    ):
        read_slices(folder)
    with pytest.warns(DataWarning, match="boundaries cover 98% of the area; are the masks inverted"):
        Dataset.load(folder)


def test_margins_and_transparent_pixels_are_pixels_without_data(epfl6):
    folder = epfl6(alpha=False)
    path = folder / "original" / "training0000.png"
    image = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    image[:10] = 0
    cv2.imwrite(str(path), image)
    with pytest.warns(DataWarning, match="1 of 2 pictures have flat black or white margins, 12% of their pixels"):
        slices = read_slices(folder)
    assert slices[1].data is None
    assert np.array_equal(slices[0].data, np.arange(80)[:, None].repeat(96, 1) >= 10)
    alpha = np.where(np.arange(96)[None].repeat(80, 0) < 24, 0, 255).astype(np.uint8)
    cv2.imwrite(str(path), np.dstack([image, image, image, alpha]))
    with pytest.warns(DataWarning, match="margins"):
        assert read_slices(folder)[0].data.sum() == 70 * 72


def test_jpeg_pictures_are_read_upright(tmp_path):
    from PIL import Image

    image = np.kron(np.random.default_rng(0).integers(60, 200, (10, 12)), np.ones((8, 8))).astype(np.uint8)
    exif = Image.Exif()
    exif[274] = 6
    (tmp_path / "slices").mkdir()
    Image.fromarray(image).save(tmp_path / "slices" / "a.JPG", quality=100, exif=exif)
    (only,) = read_slices(tmp_path / "slices")
    assert np.abs(only.image.astype(int) - np.rot90(image, -1)).max() <= 2
