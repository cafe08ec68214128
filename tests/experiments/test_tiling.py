import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthem.errors import ConfigError
from synthem.experiments.tiling import stitch
from synthem.tiles.cutting import cut, tile_origins, tile_starts


def test_a_published_slice_gives_117_tiles_and_ten_1170():
    assert len(tile_origins((768, 1024))) == 117
    assert tile_origins((768, 1024))[:2] == [(0, 0), (0, 64)]
    assert tile_origins((768, 1024))[-1] == (512, 768)


def test_cut_returns_the_pixels_at_the_origins():
    image = np.arange(20 * 30).reshape(20, 30)
    tiles = cut(image, 8, 4)
    for tile, (r, c) in zip(tiles, tile_origins((20, 30), 8, 4), strict=True):
        np.testing.assert_array_equal(tile, image[r : r + 8, c : c + 8])


@given(height=st.integers(8, 40), width=st.integers(8, 40), stride=st.integers(1, 8))
def test_stitching_what_was_cut_gives_it_back(height, width, stride):
    image = np.random.default_rng(0).integers(0, 255, (2, height, width)).astype(np.float32)
    np.testing.assert_array_equal(stitch(cut(image, 8, stride), (height, width), stride), image)


def test_overlaps_are_averaged():
    tiles = np.stack([np.zeros((4, 4)), np.ones((4, 4))])
    np.testing.assert_array_equal(stitch(tiles, (4, 6), 2)[0], [0, 0, 0.5, 0.5, 1, 1])


@given(length=st.integers(8, 200), tile=st.integers(1, 8), stride=st.integers(1, 8))
def test_tiles_cover_the_axis_and_end_at_its_border(length, tile, stride):
    stride = min(stride, tile)
    starts = tile_starts(length, tile, stride)
    covered = {p for s in starts for p in range(s, s + tile)}
    assert covered == set(range(length))
    assert starts == sorted(set(starts))


@pytest.mark.parametrize(
    ("length", "tile", "stride", "name"), [(10, 11, 1, "tile"), (10, 4, 5, "stride"), (10, 4, 0, "stride")]
)
def test_tiles_larger_than_the_slice_and_gaps_are_refused(length, tile, stride, name):
    with pytest.raises(ConfigError, match=f"`{name}`"):
        tile_starts(length, tile, stride)


@pytest.mark.parametrize("n", [0, 1, 3])
def test_wrong_numbers_of_tiles_are_refused(n):
    with pytest.raises(ConfigError, match="`tiles` must hold"):
        stitch(np.zeros((n, 4, 4)), (4, 6), 2)
