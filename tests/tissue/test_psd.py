"""Densities that fade and pale ones."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from synthem import PSD, Scene
from synthem.tissue.membrane_layer import MembraneLayer


def tiles(**options):
    scene = Scene(organelles=[PSD(count=1, length_nm=350.0, bend=0.0, **options)], stages=[MembraneLayer()])
    return [scene.render(6, index) for index in range(24)]


@pytest.fixture(scope="module")
def plain():
    return tiles()


def greys(found, near):
    """Return the mean grey of densities near their long ends or away from them."""
    values = []
    for tile in found:
        rows, cols = np.nonzero(tile.mask("psd"))
        if len(rows) < 100:
            continue
        points = np.stack([rows, cols], axis=1) - (rows.mean(), cols.mean())
        along = abs(points @ np.linalg.svd(points, full_matrices=False)[2][0])
        shown = along > 0.8 * along.max() if near else along < 0.3 * along.max()
        values.append(tile.image[rows[shown], cols[shown]].mean())
    return np.mean(values)


def test_fading_and_pale_densities_have_the_same_masks(plain):
    for options in ({"fading_share": 1.0}, {"pale_share": 1.0}):
        for one, other in zip(plain, tiles(**options), strict=True):
            assert np.array_equal(one.masks, other.masks)


def test_the_ends_of_fading_densities_are_paler(plain):
    fading = tiles(fading_share=1.0)
    assert greys(fading, near=True) > greys(plain, near=True) + 6.0
    assert abs(greys(fading, near=False) - greys(plain, near=False)) < 6.0


def test_the_flanks_of_fading_densities_are_paler(plain):
    def flank(found):
        edges = [(tile.image, tile.mask("psd")) for tile in found]
        return np.concatenate([image[mask & ~ndimage.binary_erosion(mask, iterations=2)] for image, mask in edges])

    assert flank(tiles(fading_share=1.0)).mean() > flank(plain).mean() + 5.0


def test_pale_densities_are_paler_throughout(plain):
    pale = tiles(pale_share=1.0)
    for near in (True, False):
        assert greys(pale, near) > greys(plain, near) + 4.0
