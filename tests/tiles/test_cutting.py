"""Where tiles begin, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from synthem.errors import ConfigError
from synthem.tiles.cutting import cut, tile_starts


@pytest.mark.parametrize(
    ("length", "tile", "stride"), [(9, 4, 4), (8, 4, 4), (8, 4, 3), (5, 5, 5), (7, 1, 1), (300, 256, 64)]
)
def test_tiles_cover_a_slice_to_its_end(length, tile, stride):
    starts = tile_starts(length, tile, stride)
    assert (starts[0], starts[-1]) == (0, length - tile)
    assert all(0 < step <= stride for step in np.diff(starts))


@pytest.mark.parametrize("tile", [0, 9])
def test_a_tile_lies_within_the_slice(tile):
    with pytest.raises(ConfigError, match=f"`tile` must be 1 to the length of the slice, 8, got {tile}"):
        tile_starts(8, tile, 1)


@pytest.mark.parametrize("stride", [0, 5])
def test_tiles_leave_no_gaps(stride):
    with pytest.raises(ConfigError, match=f"`stride` must be 1 to `tile`, 4, got {stride}"):
        tile_starts(8, 4, stride)


def test_tiles_are_what_lies_there():
    array = np.arange(2 * 7 * 9).reshape(2, 7, 9)
    tiles = cut(array, 4, 3)
    corners = [(row, column) for row in tile_starts(7, 4, 3) for column in tile_starts(9, 4, 3)]
    assert len(tiles) == len(corners)
    for tile, (row, column) in zip(tiles, corners, strict=True):
        assert np.array_equal(tile, array[:, row : row + 4, column : column + 4])
