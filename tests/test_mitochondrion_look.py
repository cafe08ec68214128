"""How mitochondria look: none of it touches a mask."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from synthem import Mitochondrion, Scene
from synthem.styles import load_style

STYLE = load_style("epfl")
FLAT = replace(
    STYLE.mitochondrion,
    cristae_depth=0.0,
    interior_grain=0.0,
    halo_opacity=0.0,
    edge_opacity=0.0,
    patches=0.0,
    swollen_share=0.0,
    granule_share=0.0,
    dark_share=0.0,
)


def render(**changes):
    look = replace(STYLE, mitochondrion=replace(FLAT, **changes))
    organelle = Mitochondrion(count=1, length=90, width=60, bend=0, tubular_share=0.0)
    return [Scene(organelles=[organelle], stages=[], style=look).render(2, k) for k in range(6)]


def interiors(tiles):
    found = []
    for tile in tiles:
        inner = tile.mask("mitochondria") & ~tile.mask("mitochondrial_boundaries")
        greys = tile.image[inner].astype(float)
        if greys.size > 500:
            found.append(greys - np.median(greys))
    return found


def test_without_patches_an_interior_has_one_grey():
    assert all(np.ptp(greys) == 0 for greys in interiors(render()))


@pytest.mark.parametrize(
    ("changes", "darkest", "brightest"),
    [
        ({"patches": 1.5, "patch_depth": 40.0, "dense_share": 0.0}, (0, 0), (15, 50)),
        ({"patches": 1.0, "patch_depth": 40.0, "dense_share": 1.0}, (-20, -4), (0, 0)),
        ({"patches": 1.0, "patch_depth": 0.0, "granule_share": 1.0}, (-60, -20), (0, 0)),
        ({"swollen_share": 1.0, "patch_depth": 40.0}, (-40, -5), (10, 60)),
    ],
)
def test_patches_granules_and_swollen_cristae(changes, darkest, brightest):
    seen = interiors(render(**changes))
    assert seen
    low, high = np.median([greys.min() for greys in seen]), np.median([greys.max() for greys in seen])
    assert darkest[0] <= low <= darkest[1]
    assert brightest[0] <= high <= brightest[1]


def test_a_rim_shows_beyond_its_label_as_far_as_asked():
    sharp, soft = render(), render(edge_opacity=0.8, edge_reach=4.0)
    for before, after in zip(sharp, soft, strict=True):
        assert np.array_equal(before.masks, after.masks)
        away = ndimage.distance_transform_edt(~before.mask("mitochondria"))
        darker = before.image.astype(int) - after.image
        assert (darker[away > 5.5] == 0).all()
        assert (darker[away == 0] == 0).all()
        assert darker[(away > 0) & (away <= 1)].mean() > 20
