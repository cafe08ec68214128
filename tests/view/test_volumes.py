"""Sheets of tiles or of volumes, by what is given."""

from __future__ import annotations

import numpy as np
import pytest

from synthem.errors import ConfigError
from synthem.tiles.volume import Volume
from synthem.view.sheets import sheet
from synthem.view.volumes import sheet_of, sheet_of_volumes


@pytest.fixture
def volume():
    """Two sections of noise with a square."""
    shape = (2, 20, 30)
    masks = np.zeros((6, *shape), bool)
    masks[0, :, 4:9, 5:15] = True
    empty, image = np.zeros(shape, np.int32), np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    return Volume(image=image, masks=masks, instances=empty, compartments=empty)


def test_tiles_are_laid_out_as_tiles_and_volumes_as_volumes(tile, volume):
    assert np.array_equal(sheet_of([tile, tile], columns=1, scale=2), sheet([tile, tile], columns=1, scale=2))
    assert np.array_equal(sheet_of([volume], scale=2), sheet_of_volumes([volume], scale=2))
    assert np.array_equal(sheet_of([volume])[:20, :30, 0], volume.image[1])


def test_real_slices_do_not_stand_beside_volumes(tile, volume):
    assert np.array_equal(sheet_of([tile], real=[tile]), sheet([tile], real=[tile]))
    with pytest.raises(ConfigError, match="`real` must be left out with volumes, whose planes are shown alone"):
        sheet_of([volume], real=[tile])
