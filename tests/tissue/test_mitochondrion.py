"""How mitochondria look: none of it touches a mask."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from synthem import Mitochondrion, Scene
from synthem.instrument.style import load_style

STYLE = load_style("epfl")
FLAT = replace(
    STYLE.mitochondrion,
    cristae_depth=0.0,
    interior_texture_sd=0.0,
    halo_opacity=0.0,
    edge_opacity=0.0,
    edge_fade=0.0,
    edge_within=0.0,
    core_shift=0.0,
    patches=0.0,
    swollen_share=0.0,
    granule_share=0.0,
    dark_share=0.0,
)


def render(tiles=6, length=90, width=60, **changes):
    look = replace(STYLE, mitochondrion=replace(FLAT, **changes))
    organelle = Mitochondrion(count=1, length=length, width=width, bend=0, tubular_share=0.0)
    return [Scene(organelles=[organelle], stages=[], style=look).render(2, k) for k in range(tiles)]


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


def depths(tile):
    """Return how deep pixels lie within mitochondria, known only for those that no edge of the tile cuts."""
    mask = tile.mask("mitochondria")
    cut = mask[[0, -1]].any() or mask[:, [0, -1]].any()
    return ndimage.distance_transform_edt(mask) * (0 if cut else 1)


def test_the_middle_is_paler():
    whole = 0
    for before, after in zip(render(), render(core_shift=20.0), strict=True):
        paler, deep = after.image.astype(int) - before.image, depths(before)
        assert paler.min() == 0
        assert paler.max() == 8  # 0.4 of 20
        assert (paler[(deep > 0) & (deep < 8)] < 4).all()
        whole += deep.any()
    assert whole


def test_without_a_pale_middle_cristae_are_left_as_they_are():
    plain, pale = (render(cristae_depth=20.0, core_shift=shift) for shift in (0.0, (0.0, 1e-6)))
    contrasts = [[np.std(greys) for greys in interiors(tiles)] for tiles in (plain, pale)]
    assert np.mean(contrasts[0]) > np.mean(contrasts[1]) + 0.5  # what is painted over them takes from them


def test_a_rim_fades_at_its_outer_edge_and_darkens_the_matrix():
    whole = 0
    for before, faded, darkened in zip(render(), render(edge_fade=0.3), render(edge_within=0.5), strict=True):
        deep, rim = depths(before), before.mask("mitochondrial_boundaries")
        if not deep.any():
            continue
        whole += 1
        paler = faded.image.astype(int) - before.image
        assert paler[(deep > 0) & (deep <= 1)].mean() > 5
        assert (paler[~rim | (deep > 4)] == 0).all()
        darker = before.image.astype(int) - darkened.image
        beside = (deep > 0) & ~rim & (ndimage.distance_transform_edt(~rim) <= 1)
        assert darker[beside].mean() > 2
        assert (darker[rim | (deep == 0)] == 0).all()
    assert whole


@pytest.mark.slow
def test_small_mitochondria_are_dark_more_often():
    def dark(**size):
        tiles = render(40, dark_share=0.05, dark_shift=-40.0, **size)
        return np.mean([np.median(t.image[depths(t) > 6]) < 90 for t in tiles if (depths(t) > 6).any()])

    assert dark(length=24, width=24) > 0.3 > dark(length=90, width=60)
