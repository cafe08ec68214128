"""What is painted of membranes and densities, and what of it is labelled."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

import synthem
from synthem import MembraneLayer
from synthem.errors import ConfigError
from synthem.geometry.territory import Territory
from synthem.instrument.style import load_style
from synthem.kernels.partition import find_candidates
from synthem.tiles.tile import Tile
from synthem.tissue.free_space import FreeSpace
from synthem.tissue.margins import Margins
from synthem.tissue.membrane_layer import _candidates

EPFL = load_style("epfl")
STILL = replace(EPFL.optics, soft_sigma_nm=5.0, focus_sd=0.0)
QUIET = replace(EPFL.detector, white=0.0, correlated=0.0)


def tiles(n: int = 4, layer: MembraneLayer | None = None, **changes: float) -> list[Tile]:
    style = replace(EPFL, membranes=replace(EPFL.membranes, **changes), optics=STILL, detector=QUIET)
    stages = [
        layer or MembraneLayer(),
        synthem.Cytoplasm(),
        synthem.BlurNoise(),
    ]  # cytoplasm must leave a shade visible
    scene = synthem.Scene(organelles=[], stages=stages, style=style)
    return [scene.render(seed=3, index=index) for index in range(n)]


@pytest.mark.parametrize(
    "changes", [{"edge_shadow": 0.0}, {"fade": 0.9}, {"defocus": 60.0}, {"edge_shadow_reach_nm": 5.0}]
)
def test_how_membranes_fade_out_is_not_labelled(changes):
    plain, changed = tiles(), tiles(**changes)
    assert all(np.array_equal(a.masks, b.masks) for a, b in zip(plain, changed, strict=True))
    assert all(not np.array_equal(a.image, b.image) for a, b in zip(plain, changed, strict=True))


def beside(tile: Tile, near: float, far: float) -> np.ndarray:
    distance = ndimage.distance_transform_edt(~tile.mask("boundaries"))
    return (distance > near) & (distance <= far)


def test_a_shade_ends_at_its_reach():
    with_it, without = (
        tiles(edge_shadow=1.0, fade=0.2, edge_shadow_reach_nm=30.0),
        tiles(edge_shadow=0.0, fade=0.2, edge_shadow_reach_nm=30.0),
    )
    for dark, pale in zip(with_it, without, strict=True):
        darker = pale.image.astype(int) - dark.image
        assert darker[beside(pale, 0, 2)].mean() > 10
        inside = (slice(20, -20), slice(20, -20))  # membranes beyond the edge of the tile shade it, too
        far = abs(darker[inside][beside(pale, 14, 99)[inside]])
        assert (far > 1).mean() < 0.005  # a line may be too narrow for a label, here and there, and have a shade


def test_wide_membranes_are_paler():
    layer = MembraneLayer(oblique_share=0.0, width_sd_along=0.0)
    sharp, hazy = tiles(layer=layer, defocus=0.0), tiles(layer=layer, defocus=60.0)
    paler = {True: [], False: []}
    for before, after in zip(sharp, hazy, strict=True):
        depth = ndimage.distance_transform_edt(before.mask("boundaries"))
        width = ndimage.grey_dilation(depth, size=(9, 9))
        change = after.image.astype(float) - before.image
        for wide in paler:
            paler[wide].append(change[(depth > 1) & ((width > 4.5) if wide else (width < 2.5))].mean())
    assert np.mean(paler[True]) > np.mean(paler[False]) + 8


def test_the_soft_edge_of_a_density_is_not_labelled():
    scene = synthem.Scene(organelles=[synthem.PSD(count=2)], stages=[synthem.Cytoplasm()])
    layout = scene.sample(seed=1)
    tile = layout.render()
    mask, drawn = tile.mask("psd"), ndimage.distance_transform_edt(~tile.mask("psd"))
    assert mask.any()
    assert tile.image[(drawn > 0) & (drawn < 1.5)].mean() < tile.image[drawn > 25].mean() - 30


def exposed(share: float, factor: float) -> list[np.ndarray]:
    widths = {"psf_sigma_nm": 10.0 * factor, "soft_sigma_nm": 15.0 * factor}
    optics = replace(STILL, **widths, sharp_share=share, sharp_focus=0.5)
    style = replace(EPFL, optics=optics, detector=QUIET)
    return [synthem.Scene(organelles=[], style=style).render(5, k).image for k in range(24)]


def test_some_tiles_are_sharp():
    blurred, narrow = exposed(0.0, 1.0), exposed(0.0, 0.5)
    assert all(np.array_equal(a, b) for a, b in zip(exposed(1.0, 1.0), narrow, strict=True))
    sharp = [np.array_equal(a, b) for a, b in zip(exposed(0.4, 1.0), narrow, strict=True)]
    assert 3 < sum(sharp) < 18
    assert all(s or np.array_equal(a, b) for s, a, b in zip(sharp, exposed(0.4, 1.0), blurred, strict=True))


def test_more_candidates_than_expected_are_all_kept():
    layer = MembraneLayer(compartments=1000, radius_nm=20, smallest_nm=10, spread=0)
    plan = synthem.Scene(organelles=[], stages=[layer], shape=(64, 64), pixel_size_nm=16).sample(1).before[0][1]
    spans, items, gaps = _candidates(plan.capsules, plan.warp, 9.0, 3.0)
    room, many = np.empty(100 * gaps.size, np.int32), (np.empty_like(spans), np.empty_like(gaps))
    total = find_candidates(plan.capsules, plan.warp, 9.0, 3.0, many[0], room, many[1])
    assert 8 * gaps.size < total < len(room)
    assert np.array_equal(items, room[:total])
    assert np.array_equal(spans, many[0])
    assert np.array_equal(gaps, many[1])


class Drawing(np.random.Generator):
    """A generator of which the first single normal number is given."""

    def __init__(self, first: float) -> None:
        super().__init__(np.random.PCG64(1))
        self.first = first

    def standard_normal(self, *size: object) -> object:
        drawn = super().standard_normal(*size)
        return drawn if size else self.first


def test_radii_of_a_tile_differ_by_two_deviations_at_most():
    room = FreeSpace((128, 128), [], Margins(), 5.0).clearance
    empty = Territory((128, 128), np.empty((0, 6), np.float32), (), (), (), {}, 1, 5.0, room)

    def capsules(first: float) -> list[list[float]]:
        return MembraneLayer().sample(Drawing(first), replace(empty, clearance=room.copy())).capsules.tolist()

    assert capsules(2.0) == capsules(2.5) == capsules(9.0) != capsules(1.9)
    assert capsules(-2.0) == capsules(-2.5) == capsules(-9.0) != capsules(-1.9)
    assert len(capsules(-2.0)) > 2 * len(capsules(2.0))


@pytest.mark.parametrize("name", ["lobes", "alignment", "continuation", "oblique_share", "double_share"])
def test_shares_are_at_most_one(name):
    assert getattr(MembraneLayer(**{name: 1.0}), name) == 1.0
    with pytest.raises(ConfigError, match=rf"`{name}` must be .*1.*got 1\.5"):
        MembraneLayer(**{name: 1.5})
