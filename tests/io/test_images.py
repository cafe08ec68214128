from __future__ import annotations

import struct
import zlib

import cv2
import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from synthem.errors import DataError, OutputError
from synthem.io.images import encode_png, read_grey, read_labels


@pytest.fixture
def grey():
    return np.random.default_rng(0).integers(0, 256, (20, 30), dtype=np.uint8)


def test_grey_comes_back(grey, tmp_path):
    (tmp_path / "a.png").write_bytes(encode_png("plane", grey))
    assert np.array_equal(read_grey(tmp_path / "a.png"), grey)


def test_masks_are_written_as_0_and_255(grey, tmp_path):
    (tmp_path / "a.png").write_bytes(encode_png("plane", grey > 99))
    assert np.array_equal(read_grey(tmp_path / "a.png"), (grey > 99) * np.uint8(255))


def test_labels_come_back(tmp_path):
    labels = np.arange(600, dtype=np.int32).reshape(20, 30) * 109
    (tmp_path / "a.png").write_bytes(encode_png("plane", labels))
    again = read_labels(tmp_path / "a.png")
    assert again.dtype == np.int32
    assert np.array_equal(again, labels)


@pytest.mark.parametrize("value", [-1, 65536])
def test_labels_must_fit_into_16_bits(tmp_path, value):
    with pytest.raises(OutputError, match=r'needs labels from 0 to 65535 for a PNG, got .*; format="tiff"'):
        (tmp_path / "a.png").write_bytes(encode_png("plane", np.array([[0, value]], np.int32)))
    assert not (tmp_path / "a.png").exists()


def test_alpha_is_ignored_and_equal_channels_are_grey(grey, tmp_path):
    cv2.imwrite(str(tmp_path / "rgba.png"), np.dstack([grey, grey, grey, 255 - grey]))
    cv2.imwrite(str(tmp_path / "rgb.png"), np.dstack([grey, grey, grey]))
    tifffile.imwrite(tmp_path / "ga.tif", np.dstack([grey, 255 - grey]), photometric="minisblack", extrasamples=[2])
    tifffile.imwrite(tmp_path / "g.TIFF", grey)
    for name in ("rgba.png", "rgb.png", "ga.tif", "g.TIFF"):
        assert np.array_equal(read_grey(tmp_path / name), grey)


def test_colours_are_refused(grey, tmp_path):
    cv2.imwrite(str(tmp_path / "a.png"), np.dstack([grey, grey, 255 - grey]))
    with pytest.raises(DataError, match="must be a grey image"):
        read_grey(tmp_path / "a.png")


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_16_bits_are_refused(grey, tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    cv2.imwrite(str(path), grey.astype(np.uint16) * 257)
    with pytest.raises(DataError, match="must be an 8-bit image, got uint16"):
        read_grey(path)


def test_a_transparent_grey_is_a_grey(grey, tmp_path):
    Image.fromarray(grey).save(tmp_path / "a.png", transparency=int(grey[0, 0]))
    assert np.array_equal(read_grey(tmp_path / "a.png"), grey)


def test_16_bits_of_several_channels_are_refused(grey, tmp_path):
    cv2.imwrite(str(tmp_path / "a.png"), np.dstack([grey.astype(np.uint16) * 257] * 3))
    with pytest.raises(DataError, match=r"a\.png must be a grey image of one channel, got 3 channels of 16 bits"):
        read_labels(tmp_path / "a.png")


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_other_files_are_refused(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    path.write_text("a text file, renamed")
    with pytest.raises(DataError, match=r"a\.(png|tif)"):
        read_grey(path)
    path.write_bytes(b"")
    with pytest.raises(DataError, match=r"a\.(png|tif)"):
        read_labels(path)
    with pytest.raises(DataError, match="cannot be read: No such file"):
        read_grey(tmp_path / f"none.{suffix}")


def test_every_truncation_is_noticed(grey, tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(encode_png("plane", grey))
    data = path.read_bytes()
    for length in range(0, len(data), 7):
        path.write_bytes(data[:length])
        with pytest.raises(DataError):
            read_grey(path)


def test_pixels_that_cannot_be_unpacked_are_named(grey, tmp_path):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    whole = encode_png("plane", grey)
    parts = [chunk(b"IHDR", whole[16:29]), chunk(b"IDAT", b"no zlib"), chunk(b"IEND", b"")]
    (tmp_path / "a.png").write_bytes(whole[:8] + b"".join(parts))  # with the right sums
    with pytest.raises(DataError, match=r"a\.png cannot be decoded: "):
        read_grey(tmp_path / "a.png")


def test_a_photograph_that_is_cut_off_is_noticed(grey, tmp_path):
    path = tmp_path / "a.jpg"
    Image.fromarray(grey).save(path)
    data = path.read_bytes()
    for length in (len(data) - 100, 30):
        path.write_bytes(data[:length])
        with pytest.raises(DataError, match=r"a\.jpg cannot be decoded: "):
            read_grey(path)


@given(st.data())
def test_a_changed_byte_is_noticed(tmp_path, data):
    path = tmp_path / "a.png"
    path.write_bytes(encode_png("plane", np.arange(64, dtype=np.uint8).reshape(8, 8)))
    content = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    path.write_bytes(bytes(content))
    with pytest.raises(DataError):
        read_grey(path)


def test_several_pages_are_refused(grey, tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", np.stack([grey] * 5))
    with pytest.raises(DataError, match=r"must hold a single image, got shape \(5, 20, 30\)"):
        read_grey(tmp_path / "a.tif")


def test_moving_pictures_are_refused(grey, tmp_path):
    pictures = [Image.fromarray(grey), Image.fromarray(255 - grey)]
    pictures[0].save(tmp_path / "a.png", save_all=True, append_images=pictures[1:])
    with pytest.raises(DataError, match=r"a\.png must hold a single image, got 2"):
        read_grey(tmp_path / "a.png")


def test_a_picture_without_pixels_is_refused(tmp_path):
    path = tmp_path / "a.tif"
    Image.fromarray(np.zeros((16, 24), np.uint8)).save(path)
    with tifffile.TiffFile(path) as file:
        place = file.pages[0].tags["ImageLength"].valueoffset
    data = bytearray(path.read_bytes())
    data[place : place + 2] = b"\0\0"
    path.write_bytes(data)
    with pytest.raises(DataError, match="must have pixels, got a picture of 0x24"):
        read_grey(path)
