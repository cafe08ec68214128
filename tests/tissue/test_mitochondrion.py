"""How mitochondria look: none of it touches a mask."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from synthem import Material, Mitochondrion, Scene
from synthem.instrument.style import load_style

STYLE = load_style("epfl")
UNSEEN = Material(opacity=0.0)
FLAT = replace(
    STYLE.materials,
    **dict.fromkeys(("mitochondrial_halo", "rim_outer_edge", "rim_fade", "rim_inner_edge", "matrix_core"), UNSEEN),
    matrix=Material(grey=110.0),
    swollen_matrix=Material(grey=7.0, relative_to="matrix"),
    crista=Material(relative_to="matrix"),
    condensed=Material(grey=-40.0),
)
PLAIN = {"bend": 0, "tubular_share": 0.0, "patches": 0.0, "swollen_share": 0.0, "granule_share": 0.0}


def render(tiles=6, length_nm=450, width_nm=300, organelle=None, **materials):
    look = replace(STYLE, materials=replace(FLAT, **materials))
    shape = {"length_nm": length_nm, "width_nm": width_nm, "condensed_share": 0.0} | PLAIN | (organelle or {})
    scene = Scene(organelles=[Mitochondrion(count=1, **shape)], stages=[], style=look)
    return [scene.render(2, k) for k in range(tiles)]


def of_matrix(**look):
    return Material(relative_to="matrix", **look)


def of_rim(**look):
    return Material(relative_to="mitochondrial_rim", **look)


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
    ("organelle", "materials", "darkest", "brightest"),
    [
        (
            {"patches": 60.0, "dense_share": 0.0},
            {"matrix_slit": of_matrix(grey=(16, 40), opacity=0.8)},
            (0, 0),
            (15, 50),
        ),
        (
            {"patches": 40.0, "dense_share": 1.0},
            {"matrix_patch": of_matrix(grey=(-16, -6), opacity=0.8)},
            (-20, -4),
            (0, 0),
        ),
        (
            {"patches": 40.0, "granule_share": 1.0},
            dict.fromkeys(("matrix_slit", "matrix_patch"), of_matrix()),
            (-60, -20),
            (0, 0),
        ),
        ({"swollen_share": 1.0}, {}, (-40, -5), (10, 60)),
        (
            {"resolved_share": 1.0},
            {"crista_membrane": of_matrix(grey=-30.0), "crista_lumen": of_matrix(grey=40.0)},
            (-30, -20),
            (25, 40),
        ),
    ],
    ids=["slits", "patches", "granules", "swollen", "resolved"],
)
def test_patches_granules_and_swollen_cristae(organelle, materials, darkest, brightest):
    seen = interiors(render(organelle=organelle, **materials))
    assert seen
    low, high = np.median([greys.min() for greys in seen]), np.median([greys.max() for greys in seen])
    assert darkest[0] <= low <= darkest[1]
    assert brightest[0] <= high <= brightest[1]


def test_resolved_lamellae_lie_side_by_side_through_the_whole_body():
    lumen = {"crista_membrane": of_matrix(), "crista_lumen": of_matrix(grey=40.0)}
    counts = {}
    for period in (40.0, 80.0):
        tiles = render(organelle={"resolved_share": 1.0, "cristae_period_nm": period}, **lumen)
        plain = render(organelle={"cristae_period_nm": period}, **lumen)
        seen = [one.image > other.image for one, other in zip(tiles, plain, strict=True)]
        assert all(np.array_equal(one.masks, other.masks) for one, other in zip(tiles, plain, strict=True))
        far = [np.max(depths(t)[s], initial=0) / max(depths(t).max(), 1) for t, s in zip(tiles, seen, strict=True)]
        assert max(far) > 0.9  # they reach the middle
        counts[period] = np.mean([ndimage.label(one)[1] for one in seen])
    assert counts[40.0] > 1.4 * counts[80.0] > 0


def test_a_rim_shows_beyond_its_label_as_far_as_asked():
    sharp, soft = render(), render(rim_outer_edge=of_rim(opacity=0.8, reach_nm=20.0))
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
    for before, after in zip(render(), render(matrix_core=of_matrix(grey=20.0, opacity=0.4)), strict=True):
        paler, deep = after.image.astype(int) - before.image, depths(before)
        assert paler.min() == 0
        assert paler.max() == 8  # 0.4 of 20
        assert (paler[(deep > 0) & (deep < 8)] < 4).all()
        whole += deep.any()
    assert whole


def test_without_a_pale_middle_cristae_are_left_as_they_are():
    ridges = of_matrix(grey=-20.0)
    plain, pale = (render(crista=ridges, matrix_core=of_matrix(opacity=share)) for share in (0.0, 0.4))
    contrasts = [[np.std(greys) for greys in interiors(tiles)] for tiles in (plain, pale)]
    assert np.mean(contrasts[0]) > np.mean(contrasts[1]) + 0.5  # what is painted over them takes from them


def test_a_rim_fades_at_its_outer_edge_and_darkens_the_matrix():
    whole = 0
    fades = render(rim_fade=Material(opacity=0.3, relative_to="cytoplasm"))
    darkens = render(rim_inner_edge=of_rim(opacity=0.5))
    for before, faded, darkened in zip(render(), fades, darkens, strict=True):
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
        tiles = render(40, organelle={"condensed_share": 0.05}, **size)
        return np.mean([np.median(t.image[depths(t) > 6]) < 90 for t in tiles if (depths(t) > 6).any()])

    assert dark(length_nm=120, width_nm=120) > 0.3 > dark(length_nm=450, width_nm=300)
