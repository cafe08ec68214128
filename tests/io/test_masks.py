"""Masks of others are read as what they unambiguously are, or refused with their values."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image

from synthem.errors import DataError
from synthem.io.masks import mask_reading, read_mask, read_plane

SQUARE = np.zeros((40, 50), bool)
SQUARE[10:25, 20:40] = True
IDS = np.zeros((40, 50), np.int32)
for _k in range(12):
    IDS[3 + 12 * (_k // 4) : 11 + 12 * (_k // 4), 2 + 12 * (_k % 4) : 10 + 12 * (_k % 4)] = _k + 1


def save(path, pixels, **options):
    Image.fromarray(pixels).save(path, **options)
    return path


@pytest.mark.parametrize("value", [1, 7, 100, 128, 254, 255, 256, 65535])
def test_zero_and_any_other_value_is_a_mask(tmp_path, value):
    pixels = SQUARE.astype(np.uint8 if value < 256 else np.uint16) * value
    reading = read_mask(save(tmp_path / "a.png", pixels))
    assert np.array_equal(reading.mask, SQUARE)
    assert (reading.form, reading.value) == ("plain", value)
    assert np.array_equal(read_plane(tmp_path / "a.png", np.dtype(bool), (40, 50)), SQUARE)


@pytest.mark.parametrize("dtype", [np.float32, np.int32, np.uint32, bool])
def test_masks_of_other_types_are_read_from_tiff(tmp_path, dtype):
    tifffile.imwrite(tmp_path / "a.tif", SQUARE.astype(dtype))
    assert np.array_equal(read_mask(tmp_path / "a.tif").mask, SQUARE)


@pytest.mark.parametrize(
    ("factor", "dtype"), [(1, np.uint8), (17, np.uint8), (1, np.uint16), (301, np.uint16), (5000, np.uint16)]
)
def test_ids_are_kept(tmp_path, factor, dtype):
    ids = IDS * factor
    reading = read_mask(save(tmp_path / "a.png", ids.astype(dtype)))
    assert reading.form == "ids"
    assert np.array_equal(reading.mask, IDS > 0)
    assert np.array_equal(reading.ids, ids)


def test_ids_that_touch_are_ids(tmp_path):
    ids = np.repeat(np.repeat(np.arange(64, dtype=np.uint8).reshape(8, 8) * 4, 12, axis=0), 12, axis=1)
    assert np.array_equal(read_mask(save(tmp_path / "a.png", ids)).ids, ids)


def test_a_soft_edge_is_cut_at_127(tmp_path):
    soft = cv2.GaussianBlur(SQUARE.astype(np.uint8) * 255, (0, 0), 1.0)
    assert 5 < len(np.unique(soft)) < 256
    reading = read_mask(save(tmp_path / "a.png", soft))
    assert reading.form == "rimmed"
    assert np.array_equal(reading.mask, soft > 127)


def rimmed(left, right, more=0):
    """A bright bar of 60 pixels with a rim of 127 and 128 in turn, so many pixels wide, and single pixels below it."""
    pixels = np.where(np.indices((40, 50)).sum(axis=0) % 2, 128, 127).astype(np.uint8)
    outside = np.ones((40, 50), bool)
    outside[10:25, 20 - left : 24 + right] = outside[25, 20 : 20 + more] = False
    pixels[outside] = 0
    pixels[10:25, 20:24] = 255
    return pixels


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(("left", "right", "more"), [(0, 4, 0), (4, 4, 0)])
def test_a_rim_is_of_at_most_4_pixels_and_twice_the_area(tmp_path, left, right, more, turned):
    pixels = rimmed(left, right, more)
    pixels = pixels.T.copy() if turned else pixels
    reading = read_mask(save(tmp_path / "a.png", pixels))
    assert reading.form == "rimmed"
    assert np.array_equal(reading.mask, pixels > 127)


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(("left", "right", "more"), [(0, 5, 0), (4, 4, 1)])
def test_a_rim_that_is_wider_is_none(tmp_path, left, right, more, turned):
    pixels = rimmed(left, right, more)
    with pytest.raises(DataError, match="got the values 0, 127, 128, 255"):
        read_mask(save(tmp_path / "a.png", pixels.T.copy() if turned else pixels))


def test_a_twentieth_of_a_rim_may_be_astray(tmp_path):
    pixels = rimmed(0, 4)
    pixels[35, 2:26:4] = 128  # 6 pixels, of at most 120 in the rim
    assert read_mask(save(tmp_path / "a.png", pixels)).form == "rimmed"
    pixels[35, 26] = 128
    with pytest.raises(DataError, match="got the values 0, 127, 128, 255"):
        read_mask(save(tmp_path / "a.png", pixels))


@pytest.mark.parametrize(
    ("pixels", "values"),
    [
        (np.random.default_rng(0).integers(0, 256, (40, 50), dtype=np.uint8), r"0, 1, 2, .* more up to 255"),
        (np.random.default_rng(0).integers(90, 95, (40, 50), dtype=np.uint8), "90, 91, 92, 93, 94$"),
        (np.where(IDS > 3, 255, IDS > 0).astype(np.uint8), "0, 1, 255$"),
        (np.where(IDS > 3, 255, IDS).astype(np.uint8), "0, 1, 2, 3, 255$"),
        (np.where(SQUARE, 2, 1).astype(np.uint8), "1, 2$"),
        (IDS.astype(np.uint8) % 2 + (IDS > 0), "0, 1, 2$"),
        (cv2.GaussianBlur(SQUARE.astype(np.uint8) * 90, (0, 0), 4.0), "0, 1, 2, .* more up to"),
    ],
)
def test_what_may_mean_two_things_is_refused_with_its_values(tmp_path, pixels, values):
    with pytest.raises(DataError, match=rf"a\.png must be a mask of 0 and one other value, .* got the values {values}"):
        read_mask(save(tmp_path / "a.png", pixels.astype(np.uint8)))


def test_a_shape_in_the_opacity_of_a_constant_mask_is_read(tmp_path):
    alpha = SQUARE.astype(np.uint8) * 255
    for level in (0, 255):
        flat = np.full_like(alpha, level)
        reading = read_mask(save(tmp_path / "a.png", np.dstack([flat, flat, flat, alpha])))
        assert reading.form == "alpha"
        assert np.array_equal(reading.mask, SQUARE)
    opaque = save(tmp_path / "b.png", np.dstack([alpha, np.full_like(alpha, 255)]))
    assert np.array_equal(read_mask(opaque).mask, SQUARE)
    hidden = save(tmp_path / "c.png", np.dstack([alpha, 255 - alpha]))
    with pytest.raises(DataError, match=r"c\.png must not be transparent within the mask, got 300 such pixels"):
        read_mask(hidden)


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_a_palette_counts_by_its_numbers_or_by_its_greys(tmp_path, suffix):
    colours = [0, 0, 0, 200, 0, 0] + [9, 9, 9] * 254
    for pixels, table, expected in (
        (SQUARE, colours, SQUARE),
        (SQUARE, [k for grey in range(256) for k in (grey, grey, grey)], SQUARE),
        (SQUARE, [255] * 3 + [0] * 762, ~SQUARE),
    ):
        image = Image.fromarray(pixels.astype(np.uint8), mode="L")
        image.putpalette(table)
        image.save(tmp_path / f"a.{suffix}")
        assert np.array_equal(read_mask(tmp_path / f"a.{suffix}").mask, expected)


def test_a_palette_of_colours_without_black_is_refused(tmp_path):
    image = Image.fromarray(SQUARE.astype(np.uint8), mode="L")
    image.putpalette([9, 200, 9, 0, 0, 0] + [9] * 762)
    image.save(tmp_path / "a.png")
    with pytest.raises(DataError, match="a palette whose number 0 is black"):
        read_mask(tmp_path / "a.png")


def test_ids_in_the_numbers_of_a_palette_are_kept(tmp_path):
    image = Image.fromarray(IDS.astype(np.uint8), mode="L")
    image.putpalette([0, 0, 0, *np.random.default_rng(0).integers(0, 256, 765).tolist()])
    image.save(tmp_path / "a.png")
    assert np.array_equal(read_mask(tmp_path / "a.png").ids, IDS)


def test_one_colour_on_black_is_a_mask(tmp_path):
    red = np.dstack([SQUARE * np.uint8(255), SQUARE * np.uint8(0), SQUARE * np.uint8(0)])
    assert np.array_equal(read_mask(save(tmp_path / "a.png", red)).mask, SQUARE)
    red[0, 0] = 3, 200, 7
    with pytest.raises(DataError, match="black and one other colour, or grey, got #000000, #03c807, #ff0000"):
        read_mask(save(tmp_path / "a.png", red))


def test_a_jpeg_is_cut_at_127_where_that_is_clear(tmp_path):
    path = save(tmp_path / "a.jpg", SQUARE.astype(np.uint8) * 255, quality=90)
    reading = read_mask(path)
    assert reading.form == "lossy"
    assert np.array_equal(reading.mask, SQUARE)
    for pixels in (SQUARE.astype(np.uint8), IDS.astype(np.uint8) * 20):
        with pytest.raises(DataError, match=r"a\.jpg must be a mask .* got the values 0"):
            read_mask(save(path, pixels, quality=90))


def test_a_jpeg_may_have_a_twentieth_between(tmp_path):
    def blocks(bright, between):  # flat blocks of 8 x 8 keep their values
        values = np.zeros(64, np.uint8)
        values[:bright], values[bright : bright + between] = 255, 128
        return np.kron(values.reshape(8, 8), np.ones((8, 8), np.uint8))

    reading = read_mask(save(tmp_path / "a.jpg", blocks(20, 1), quality=100))
    assert reading.form == "lossy"
    assert np.count_nonzero(reading.mask) == 21 * 64
    with pytest.raises(DataError, match="got the values 0, 128, 255"):
        read_mask(save(tmp_path / "a.jpg", blocks(20, 2), quality=100))


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_few_bits_are_read(tmp_path, bits):
    import struct
    import zlib

    values = SQUARE.astype(np.uint8) if bits == 1 else IDS.astype(np.uint8) % 2**bits
    places = 8 // bits
    padded = np.pad(values, ((0, 0), (0, -values.shape[1] % places)))
    shifts = np.arange(places)[::-1] * bits
    packed = (padded.reshape(40, -1, places) << shifts).sum(axis=2).astype(np.uint8)

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 50, 40, bits, 0, 0, 0, 0)
    rows = b"".join(b"\0" + row.tobytes() for row in packed)
    data = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + data)
    reading = read_mask(tmp_path / "a.png")
    assert np.array_equal(reading.mask, values > 0)
    assert bits != 4 or np.array_equal(reading.ids, IDS)


@pytest.mark.parametrize("values", [range(1, 9), (20, 40, 250)])
@pytest.mark.parametrize("blob", [False, True])
def test_thin_ids_are_never_read_as_empty(tmp_path, values, blob):
    pixels = np.zeros((120, 80), np.uint8)
    for place, value in enumerate(values):
        pixels[4 + 8 * place : 6 + 8 * place, 10:60] = value
    if blob:
        pixels[90:100, 10:20] = 9
    reading = read_mask(save(tmp_path / "a.png", pixels))
    assert reading.form == "ids"
    assert np.array_equal(reading.mask, pixels > 0)


@pytest.mark.parametrize(
    ("pixels", "message"),
    [
        (SQUARE * np.float32(0.5), "must be a mask of 0 and one other value, .* got the values 0, 0.5$"),
        (np.where(SQUARE, np.nan, 0).astype(np.float32), "must be a mask .* got the values 0, nan$"),
        (SQUARE * np.int16(-7), "must be a mask .* got the values -7, 0$"),
        (
            np.dstack([SQUARE * np.uint16(value) for value in (1, 2, 3)]),
            "must be a mask of one channel, got 3 different ones",
        ),
    ],
)
def test_numbers_that_are_no_mask_are_refused(tmp_path, pixels, message):
    tifffile.imwrite(tmp_path / "a.tif", pixels, **({"photometric": "rgb"} if pixels.ndim == 3 else {}))
    with pytest.raises(DataError, match=rf"a\.tif {message}"):
        read_mask(tmp_path / "a.tif")


def test_four_fifths_of_ids_fill_a_block(tmp_path):
    thin = np.zeros((60, 60), np.int64)
    for k in range(10):
        thin[6 * k : 6 * k + 2, 1 : 3 if k < 8 else 2] = 300 + k
    assert np.array_equal(mask_reading(tmp_path, thin).ids, thin)
    thin[6 * 7 : 6 * 7 + 2, 2] = 0  # seven of ten
    with pytest.raises(DataError, match=r"got the values 0, 300, .* and 3 more up to 309"):
        mask_reading(tmp_path, thin)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int64])
@pytest.mark.parametrize("shape", [(0, 5), (4, 5)])
def test_an_empty_mask_has_the_value_0(tmp_path, dtype, shape):
    reading = mask_reading(tmp_path, np.zeros(shape, dtype))
    assert (reading.form, reading.value, reading.mask.shape, reading.mask.any()) == ("plain", 0, shape, False)
