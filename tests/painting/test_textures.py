"""Tables shared by all tiles: spots."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from synthem.kernels.optics import RUN
from synthem.painting.textures import NOWHERE, TEXTURE_SIZE, height_of_share, spots


@pytest.mark.parametrize("diameter", [3.0, 6.5, 24.0])
def test_a_share_of_the_spots_exceeds_its_height(diameter):
    table = spots(diameter)[:, :TEXTURE_SIZE]
    for share in (0.02, 0.2, 0.5):
        assert np.mean(table > height_of_share(diameter, share, 0.0)) == pytest.approx(share, rel=0.08)
        added = np.random.default_rng(0).normal(0.0, 0.7, table.shape)
        assert np.mean(table > height_of_share(diameter, share, 0.7) + added) == pytest.approx(share, rel=0.08)


def test_spots_are_round_of_one_size_and_go_on_across_the_edges():
    table = spots(20.0)
    np.testing.assert_array_equal(table[:, :RUN], table[:, TEXTURE_SIZE:])
    assert table.min() == np.float32(NOWHERE)
    high = table[:, :TEXTURE_SIZE] > height_of_share(20.0, 0.02, 0.0)
    named, count = ndimage.label(high)
    sizes = np.bincount(named.ravel())[1:]
    rows, cols = zip(*((one[0], one[1]) for one in ndimage.find_objects(named)), strict=True)
    single = [r.stop - r.start == c.stop - c.start for r, c in zip(rows, cols, strict=True)]
    assert count > 30
    assert np.mean(single) > 0.4  # as high as broad, to the pixel
    assert 0.8 < np.sqrt(4.0 * np.median(sizes) / np.pi) / 20.0 < 1.25
    seam = np.abs(table[0, :TEXTURE_SIZE] - table[-1, :TEXTURE_SIZE])
    inside = np.abs(np.diff(table[:, :TEXTURE_SIZE], axis=0))
    assert seam.mean() < 1.5 * inside.mean()
