from __future__ import annotations

import cv2
import numpy as np
import pytest

from synthem.errors import ConfigError, OutputError
from synthem.labels import EPFL6
from synthem.tiles.cutting import spread_windows
from synthem.tiles.labelled_image import LabelledImage
from synthem.view.sheets import overlay, sheet, write_sheet


def test_an_overlay_leaves_unlabelled_pixels_grey(tile):
    picture = overlay(tile.image, tile.masks)
    plain = ~tile.masks.any(axis=0)
    assert np.array_equal(picture[plain], np.repeat(tile.image[plain][:, None], 3, axis=1))
    assert (picture[~plain] != tile.image[~plain][:, None]).any()


def test_opacity_is_a_share(tile):
    with pytest.raises(ConfigError, match="`opacity` must be a number from 0 to 1, got 2"):
        overlay(tile.image, tile.masks, opacity=2)


def test_a_sheet_has_rows_of_pairs(tile):
    picture = sheet([tile] * 5, columns=2)
    high = 3 * 64 + 2 * 8
    assert picture.shape[1:] == (2 * 130 + 8, 3)
    assert np.array_equal(picture[:64, :64, 0], tile.image)
    assert (picture[high - 64 : high, 138:] == 255).all()


@pytest.mark.parametrize("columns", [1, 8])
def test_a_legend_tells_the_colours(tile, columns):
    empty = LabelledImage(name="0", image=tile.image, masks=np.zeros_like(tile.masks), labelled=())
    picture = sheet([empty] * columns, columns=columns)
    legend = picture[64:].reshape(-1, 3)
    for label_class in EPFL6:
        assert (legend == label_class.colour).all(axis=1).sum() == 144
    lines = (picture.shape[0] - 64) // 22
    assert (lines == 1) == (columns == 8)
    assert (picture[-1, :12] != 255).any()


def test_real_slices_stand_beside(tile):
    picture = sheet([tile] * 2, real=[tile], columns=1)
    assert picture.shape[1:] == (130 + 24 + 130, 3)
    assert np.array_equal(picture[28 : 28 + 64, 154 : 154 + 64, 0], tile.image)


@pytest.mark.parametrize("name", ["columns", "scale"])
def test_layout_numbers_are_checked(tile, name):
    for value in (0, True, 1.5):
        with pytest.raises(ConfigError, match=f"`{name}` must be a whole number of at least 1"):
            sheet([tile], **{name: value})
    with pytest.raises(ConfigError, match="`tiles` must hold at least one tile"):
        sheet([])


def test_pieces_of_slices_have_the_size_of_a_tile():
    slices = [
        LabelledImage(
            name=str(i), image=np.full((70 + i, 90), i, np.uint8), masks=np.zeros((6, 70 + i, 90), bool), labelled=()
        )
        for i in range(3)
    ]
    pieces = spread_windows(slices, n=5, shape=(64, 64))
    assert [piece.image.shape for piece in pieces] == [(64, 64)] * 5
    assert [piece.masks.shape for piece in pieces] == [(6, 64, 64)] * 5
    assert {piece.name for piece in pieces} == {"0", "1", "2"}
    assert spread_windows([], n=5, shape=(64, 64)) == []


def test_a_sheet_is_written_whole(tile, tmp_path):
    picture = sheet([tile])
    path = write_sheet(picture, tmp_path / "deep" / "sheet.png")
    assert np.array_equal(cv2.imread(str(path))[..., ::-1], picture)
    assert [p.name for p in path.parent.iterdir()] == ["sheet.png"]
    with pytest.raises(ConfigError, match=r"`path` must end in \.png"):
        write_sheet(picture, tmp_path / "sheet.jpg")
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="`path` must lie in a folder"):
        write_sheet(picture, tmp_path / "file" / "sheet.png")
