"""TIFF files of others: every compression by one path, which honours the tags."""

from __future__ import annotations

import importlib.util

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image, features

from synthem.errors import DataError, MissingExtraError
from synthem.io.images import decode, read_grey, read_labels
from synthem.io.masks import read_mask

GREY = np.random.default_rng(0).integers(0, 256, (70, 90), dtype=np.uint8)
SQUARE = np.zeros((70, 90), bool)
SQUARE[10:40, 20:50] = True

without_imagecodecs = pytest.mark.skipif(
    importlib.util.find_spec("imagecodecs") is not None, reason="imagecodecs is installed"
)


@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize("compression", [None, "tiff_lzw", "packbits", "tiff_adobe_deflate", "lzma"])
def test_every_compression_gives_the_same(tmp_path, compression, mode):
    Image.fromarray(GREY).convert(mode).save(tmp_path / "a.tif", compression=compression)
    assert np.array_equal(read_grey(tmp_path / "a.tif"), GREY)


def test_zstd_is_read_or_named(tmp_path):
    try:
        Image.fromarray(GREY).save(tmp_path / "a.tif", compression="zstd")
    except (RuntimeError, OSError):
        pytest.skip(f"libtiff {features.version('libtiff')} of Pillow has no ZSTD")
    assert np.array_equal(read_grey(tmp_path / "a.tif"), GREY)


@without_imagecodecs
def test_a_compression_that_is_lacking_is_named(tmp_path):
    Image.fromarray(GREY).save(tmp_path / "a.tif", compression="jpeg")
    with pytest.raises(
        MissingExtraError, match=r"a\.tif has TIFF compression JPEG, .* pip install \"synthem\[images\]"
    ):
        read_grey(tmp_path / "a.tif")


def test_files_of_opencv_are_read(tmp_path):
    cv2.imwrite(str(tmp_path / "a.tif"), GREY)  # LZW with a predictor
    assert np.array_equal(read_grey(tmp_path / "a.tif"), GREY)
    cv2.imwrite(str(tmp_path / "b.tif"), GREY.astype(np.uint16) * 100)
    assert np.array_equal(read_labels(tmp_path / "b.tif"), GREY.astype(np.int32) * 100)


@pytest.mark.parametrize("compression", [None, "tiff_lzw", "group4", "group3"])
def test_one_bit_is_read(tmp_path, compression):
    Image.fromarray(SQUARE).save(tmp_path / "a.tif", compression=compression)
    assert np.array_equal(read_mask(tmp_path / "a.tif").mask, SQUARE)
    assert np.array_equal(read_grey(tmp_path / "a.tif"), SQUARE * np.uint8(255))


def test_bools_of_tifffile_come_back(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", SQUARE)  # "min is white" by default, but not inverted
    assert np.array_equal(read_mask(tmp_path / "a.tif").mask, SQUARE)


@pytest.mark.parametrize("compression", [None, "zlib"])
def test_min_is_white_is_inverted(tmp_path, compression):
    tifffile.imwrite(tmp_path / "a.tif", 255 - GREY, photometric="miniswhite", compression=compression)
    assert np.array_equal(read_grey(tmp_path / "a.tif"), GREY)
    deep = np.uint16(65535) - GREY.astype(np.uint16)
    tifffile.imwrite(tmp_path / "a.tif", deep, photometric="miniswhite", compression=compression)
    assert np.array_equal(read_labels(tmp_path / "a.tif"), GREY)


@pytest.mark.parametrize("kind", [np.int16, np.float32])
def test_min_is_white_is_not_guessed_of_numbers_below_0(tmp_path, kind):
    tifffile.imwrite(tmp_path / "a.tif", GREY.astype(kind), photometric="miniswhite")
    with pytest.raises(DataError, match=r'a\.tif must hold whole numbers from 0 to be "min is white", got '):
        read_labels(tmp_path / "a.tif")


@pytest.mark.parametrize(("colours", "samples"), [("CIELAB", 3), ("SEPARATED", 4)])
def test_other_colours_are_refused(tmp_path, colours, samples):
    tifffile.imwrite(tmp_path / "a.tif", np.stack([GREY] * samples, axis=-1), photometric=colours.lower())
    with pytest.raises(DataError, match=rf"must be a grey image, got a TIFF of photometric interpretation {colours}"):
        read_grey(tmp_path / "a.tif")


@pytest.mark.parametrize("unit", [1, 257])  # some write 8 bits where the format has 16
def test_a_grey_palette_is_grey(tmp_path, unit):
    table = np.tile(unit * np.arange(255, -1, -1, dtype=np.uint16), (3, 1))
    tifffile.imwrite(tmp_path / "a.tif", 255 - GREY, photometric="palette", colormap=table)
    assert np.array_equal(read_grey(tmp_path / "a.tif"), GREY)


@pytest.mark.parametrize(
    ("orientation", "upright"),
    [
        (1, GREY),
        (2, GREY[:, ::-1]),
        (3, GREY[::-1, ::-1]),
        (4, GREY[::-1]),
        (5, GREY.T),
        (6, np.rot90(GREY, -1)),
        (7, GREY.T[::-1, ::-1]),
        (8, np.rot90(GREY)),
    ],
)
def test_the_orientation_is_honoured(tmp_path, orientation, upright):
    tifffile.imwrite(tmp_path / "a.tif", GREY, extratags=[(274, 3, 1, orientation, True)])
    assert np.array_equal(read_grey(tmp_path / "a.tif"), upright)


@pytest.mark.parametrize("shape", [(1, 70, 90), (1, 1, 70, 90), (70, 90, 1)])
def test_axes_of_length_1_do_not_matter(tmp_path, shape):
    tifffile.imwrite(tmp_path / "a.tif", GREY.reshape(shape))
    assert np.array_equal(read_grey(tmp_path / "a.tif"), GREY)


@pytest.mark.parametrize("planes", ["separate", "contig"])
def test_equal_planes_are_grey(tmp_path, planes):
    stack = np.stack([GREY] * 3, axis=0 if planes == "separate" else -1)
    tifffile.imwrite(tmp_path / "a.tif", stack, photometric="rgb", planarconfig=planes)
    assert np.array_equal(read_grey(tmp_path / "a.tif"), GREY)
    stack = np.stack([GREY, GREY, 255 - GREY], axis=0 if planes == "separate" else -1)
    tifffile.imwrite(tmp_path / "a.tif", stack, photometric="rgb", planarconfig=planes)
    with pytest.raises(DataError, match="must be a grey image, got one with 3 different colour channels; convert it"):
        read_grey(tmp_path / "a.tif")


@pytest.mark.parametrize("options", [{"tile": (32, 32)}, {"bigtiff": True, "byteorder": ">"}, {"imagej": True}])
def test_other_arrangements_are_read(tmp_path, options):
    tifffile.imwrite(tmp_path / "a.tif", GREY, **options)
    assert np.array_equal(read_grey(tmp_path / "a.tif"), GREY)


def test_reduced_copies_are_skipped_and_stacks_refused(tmp_path):
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        file.write(GREY)
        file.write(GREY[::2, ::2], subfiletype=1)
    assert np.array_equal(read_grey(tmp_path / "a.tif"), GREY)
    tifffile.imwrite(tmp_path / "b.tif", np.stack([GREY] * 3), imagej=True)
    with pytest.raises(DataError, match=r"b\.tif must hold a single image, got shape \(3, 70, 90\)"):
        read_grey(tmp_path / "b.tif")


def test_a_mask_in_the_opacity_is_read(tmp_path):
    white = np.full_like(GREY, 255)
    pixels = np.dstack([white, SQUARE * np.uint8(255)])
    tifffile.imwrite(tmp_path / "a.tif", pixels, photometric="minisblack", extrasamples=[2])
    assert np.array_equal(read_mask(tmp_path / "a.tif").mask, SQUARE)


@pytest.mark.parametrize(
    ("tags", "size"),
    [
        ({"resolution": (2e6, 2e6), "resolutionunit": "CENTIMETER"}, 5.0),
        ({"resolution": (2540000, 2540000), "resolutionunit": "INCH"}, 10.0),
        ({"resolution": (125.0, 125.0), "imagej": True, "metadata": {"unit": "um"}}, 8.0),
        ({"resolution": (0.25, 0.25), "imagej": True, "metadata": {"unit": "nm"}}, 4.0),
        ({"resolution": (2e6, 1e6), "resolutionunit": "CENTIMETER"}, None),  # not square
        ({"resolution": (72, 72), "resolutionunit": "INCH"}, None),  # of a screen
        ({"resolution": (2e6, 2e6), "resolutionunit": "NONE"}, None),
        ({}, None),
    ],
)
def test_the_pixel_size_is_what_the_tags_tell(tmp_path, tags, size):
    tifffile.imwrite(tmp_path / "a.tif", GREY, **tags)
    assert decode(tmp_path / "a.tif").pixel_size_nm == (None if size is None else pytest.approx(size))


def test_opacity_of_single_bits_hides_what_is_transparent(tmp_path):
    path, tags = tmp_path / "bits.tif", {"planarconfig": "separate", "extrasamples": ["unassalpha"]}
    grey, opaque = np.zeros((2, 16, 24), bool)
    grey[4:9, 5:12], opaque[:, :20] = True, True
    tifffile.imwrite(path, np.stack([grey, opaque]), photometric="minisblack", **tags)
    assert np.array_equal(read_mask(path).mask, grey)
    grey[:, 22] = True
    tifffile.imwrite(path, np.stack([grey, opaque]), photometric="minisblack", **tags)
    with pytest.raises(DataError, match="transparent within the mask"):
        read_mask(path)


def test_a_picture_without_samples_is_refused(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", GREY, imagej=True)
    with tifffile.TiffFile(tmp_path / "a.tif", mode="r+") as file:
        file.pages[0].tags["SamplesPerPixel"].overwrite(0)
    with pytest.raises(DataError, match=r"a\.tif must have samples, got a TIFF of 0 per pixel"):
        read_grey(tmp_path / "a.tif")
