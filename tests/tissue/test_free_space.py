"""The raster and the grid of one tile, by hand: nodes are 4 pixels apart and go 48 pixels beyond the tile."""

from __future__ import annotations

import pytest

from synthem.tissue.free_space import FreeSpace, area_around
from synthem.tissue.margins import Margins


@pytest.mark.parametrize(("shape", "grid"), [((64, 65), (40, 41)), ((128, 68), (56, 41)), ((69, 256), (42, 88))])
def test_the_grid_goes_beyond_the_tile(shape, grid):
    space = FreeSpace(shape, ["blob"], Margins(), 5.0)
    assert (space.occupied.shape, space.clearance.shape) == (shape, grid)
    assert (space.clearance == 1e4).all()
    assert space.free_area == shape[0] * shape[1]


@pytest.mark.parametrize(
    ("shape", "pixel_size_nm", "area"),
    [((256, 256), 5.0, 352 * 352 - 256 * 256), ((64, 65), 5.0, 160 * 164 - 64 * 65), ((256, 256), 10.0, 4 * 58368)],
)
def test_the_area_around_a_tile_is_that_of_the_grid_without_the_tile(shape, pixel_size_nm, area):
    assert area_around(shape, pixel_size_nm) == pytest.approx(area / 256**2)
