"""Flat margins hold no data, dark tissue does."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from synthem.errors import DataError, DataWarning
from synthem.tiles.cutting import cut_images, spread_windows
from synthem.tiles.data_area import data_area, data_box
from synthem.tiles.labelled_image import LabelledImage

TISSUE = np.random.default_rng(0).integers(60, 200, (200, 240), dtype=np.uint8)


def padded(level=0, rows=40, cols=60):
    image = np.full((200, 240), level, np.uint8)
    image[rows:, cols:] = TISSUE[rows:, cols:]
    return image


def slice_of(image, **options):
    masks = np.zeros((6, *image.shape), bool)
    return LabelledImage(name="0", image=image, masks=masks, labelled=(), data=data_area(image), **options)


@pytest.mark.parametrize("level", [0, 255])
def test_margins_of_a_shifted_slice_are_found(level):
    data = data_area(padded(level))
    expected = np.zeros((200, 240), bool)
    expected[40:, 60:] = True
    assert np.array_equal(data, expected)
    assert data_box(data, data.shape) == (slice(40, 200), slice(60, 240))


def test_without_margins_all_is_data_and_without_data_nothing_is():
    assert data_box(None, (200, 240)) == (slice(0, 200), slice(0, 240))
    assert TISSUE[data_box(np.zeros((200, 240), bool), (200, 240))].size == 0


def test_a_thin_margin_along_a_side_is_found():
    image = TISSUE.copy()
    image[:, -2:] = 0
    assert data_area(image).sum() == 200 * 238


def test_corners_of_a_rotated_slice_are_found():
    turned = ndimage.rotate(TISSUE, 10, order=0)
    data = data_area(turned)
    assert np.array_equal(data, turned > 0)


def test_dark_tissue_and_pictures_without_margins_are_data():
    image = TISSUE.copy()
    assert data_area(image) is None
    image[50:70, 50:70], image[:12, 100:130], image[0, 0] = 0, 0, 0
    assert data_area(image) is None
    assert data_area(np.eye(100, dtype=np.uint8)) is None


def test_margins_of_a_lossy_picture_may_be_nearly_black():
    assert data_area(padded(3)) is None
    assert data_area(padded(3), tolerance=4).sum() == 160 * 180


def test_tiles_lie_within_the_data():
    tiles = cut_images([slice_of(padded())], 64, cover=False)
    assert len(tiles) == 4
    assert np.array_equal(tiles.images[0], TISSUE[40:104, 60:124])
    image = padded()
    image[-30:, -30:] = 0
    with pytest.warns(DataWarning, match=r"^1 of 9 tiles were left out: they hold pixels without data$"):
        tiles = cut_images([slice_of(image)], 64, 58, cover=True)
    assert len(tiles) == 8
    window = spread_windows([slice_of(padded())], n=1, shape=(64, 64))[0]
    assert window.image.min() >= 60


def test_too_little_data_is_an_error():
    with pytest.raises(
        DataError, match="slice 0 must have data in at least 170x170 pixels, got 160x180 within margins"
    ):
        cut_images([slice_of(padded())], 170, cover=False)


def test_windows_keep_ids_and_data():
    ids = {"axon": np.arange(200 * 240, dtype=np.int32).reshape(200, 240)}
    window = slice_of(padded(), instances=ids).window(30, 50, (20, 20))
    assert np.array_equal(window.instances["axon"], ids["axon"][30:50, 50:70])
    assert window.data.sum() == 100
