"""The same tissue in pixels of any size: its lengths are nanometres."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy import ndimage

import synthem
from synthem import PSD, Axon, Density, MembraneLayer, Mitochondrion, Organelle, Scene, Tile, Vesicles, build_scene
from synthem.errors import ConfigError
from synthem.tiles.objects import TileObject

SIZES = (4.0, 5.0, 8.0, 10.0)
SIDE_NM = 2560


def tiles(count: int, pixel: float, organelles: list[Organelle], stages: list[MembraneLayer]) -> list[Tile]:
    """Return tiles that show the same area whatever the pixels."""
    side = round(SIDE_NM / pixel)
    scene = Scene(organelles=organelles, stages=stages, shape=(side, side), pixel_size_nm=pixel)
    return [scene.render(1, k) for k in range(count)]


def whole(tile: Tile) -> list[TileObject]:
    """Return the objects that no edge of the tile cuts."""
    rows, cols = tile.shape
    return [o for o in tile.objects if min(o.bbox[:2]) > 0 and o.bbox[2] < rows and o.bbox[3] < cols]


OBJECTS: dict[str, tuple[Organelle, Callable[[float], float]]] = {
    "mitochondrion": (Mitochondrion(count=2, length_nm=500, width_nm=300, bend=0), lambda area: area / 122_800),
    "vesicle": (Vesicles(count=2, radius_nm=30, flattening=0), lambda area: np.sqrt(area / np.pi) / 30),
    "axon": (
        Axon(count=1, radius_nm=300, flattening=1, sheath_nm=80, open_share=0, mitochondrion_share=0),
        lambda area: area / 146_000,
    ),
    "psd": (PSD(count=2, length_nm=300, width_nm=60), lambda area: area / 15_900),
}
"""Organelles of one size, and the size of one as a share of what it should be, from its area in nm²."""


@pytest.mark.parametrize("kind", OBJECTS)
@pytest.mark.parametrize("pixel", SIZES)
def test_organelles_have_their_size_in_nanometres(pixel: float, kind: str) -> None:
    organelle, share_of = OBJECTS[kind]
    found = [item for tile in tiles(5, pixel, [organelle], []) for item in whole(tile) if item.kind == kind]
    assert len(found) > 5
    assert share_of(np.mean([item.area * pixel**2 for item in found])) == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize("pixel", SIZES)
def test_what_is_known_of_objects_is_in_nanometres_and_where_they_are_in_pixels(pixel: float) -> None:
    tile, *_ = tiles(1, pixel, [Mitochondrion(count=2, length_nm=(400, 700), width_nm=300)], [])
    for item in whole(tile):
        assert item.pose["scale"] == pytest.approx(1.0)
        assert 400 <= item.parameters["length_nm"] <= 700
        assert item.outline.area == pytest.approx(item.area, rel=0.05)
        assert item.outline.contains(item.outline.centroid)
        (col, row) = item.outline.centroid.coords[0]
        assert np.hypot(row - item.pose["row"], col - item.pose["col"]) * pixel < 200


@pytest.mark.parametrize("pixel", SIZES)
def test_as_many_are_asked_for_on_the_same_area(pixel: float) -> None:
    side = round(SIDE_NM / pixel)
    scene = build_scene("tissue", axons=1, mitochondria=2, shape=(side, side), pixel_size_nm=pixel)
    asked = {entry.kind: entry.requested for entry in scene.sample(3).report}
    assert (asked["axon"], asked["mitochondrion"]) == (4, 8)
    scene = Scene(organelles=[Mitochondrion(count=Density(mean=5))], stages=[], shape=(side, side), pixel_size_nm=pixel)
    assert np.mean([scene.sample(3, k).report["mitochondrion"].requested for k in range(30)]) == pytest.approx(
        20, abs=3
    )


def partition(pixel: float) -> tuple[float, float, float]:
    """Return the share of membranes, the number of compartments and the width of membranes in nm."""
    layer = MembraneLayer(variation=0.0, width_sd_between=0.0, width_sd_along=0.0, oblique_share=0.0, double_share=0.0)
    shares, numbers, widths = [], [], []
    for tile in tiles(20, pixel, [], [layer]):
        membranes = tile.mask("boundaries")
        areas = np.bincount(tile.compartments.ravel())[1:] * pixel**2
        shares.append(membranes.mean())
        numbers.append(np.count_nonzero(areas > 1250))
        depth = ndimage.distance_transform_edt(membranes)
        deepest = (depth == ndimage.maximum_filter(depth, 5)) & membranes
        widths.append(2.0 * np.mean(depth[deepest]) - 1.0)
    return float(np.mean(shares)), float(np.mean(numbers)), pixel * float(np.mean(widths))


@pytest.mark.slow
def test_compartments_and_membranes_are_the_same() -> None:
    found = np.array([partition(pixel) for pixel in SIZES])
    middle = found.mean(axis=0)
    np.testing.assert_allclose(found, np.broadcast_to(middle, found.shape), rtol=0.05)
    assert middle[2] == pytest.approx(32.0, rel=0.1)  # the default, measured in whole pixels


@pytest.mark.slow
def test_dense_tissue_has_the_same_classes() -> None:
    shares = []
    for pixel in SIZES:
        side = round(SIDE_NM / pixel)
        scene = build_scene("tissue", shape=(side, side), pixel_size_nm=pixel)
        shares.append(np.mean([scene.render(1, k).masks.mean(axis=(1, 2)) for k in range(20)], axis=0))
    for found in shares:
        np.testing.assert_allclose(found, np.mean(shares, axis=0), rtol=0.12)


@pytest.mark.parametrize("pixel", [1.0, 2.5, 30.0, 100.0])
def test_pixels_may_be_small_or_large(pixel: float) -> None:
    tile = build_scene("tissue", axons=1, shape=(128, 128), pixel_size_nm=pixel).render(2)
    assert tile.compartments.any()
    assert tile.image.std() > 3


def test_sizes_may_be_drawn_per_tile():
    scene = Scene(organelles=[], shape=(64, 64), pixel_size_nm=(4, 10))
    sizes = [scene.sample(3, index).pixel_size_nm for index in range(60)]
    assert 4 <= min(sizes) < 4.5
    assert 9.5 < max(sizes) <= 10
    assert scene.sample(3, 7).pixel_size_nm == sizes[7]
    again = Scene.from_dict(scene.to_dict())
    assert again == scene
    assert again.render(3, 5) == scene.render(3, 5)
    with pytest.raises(ConfigError, match="`pixel_size_nm` must be a number from 1 to 100, got 1000"):
        Scene(pixel_size_nm=(4, 1000))


def test_the_style_any_varies_them_and_pairs_keep_them():
    tiles = synthem.generate(4, seed=2, style="any", shape=64)
    sizes = [tile.pixel_size_nm for tile in tiles]
    assert len(set(sizes)) == 4
    other = synthem.restyle(tiles, "epfl")
    assert [tile.pixel_size_nm for tile in other] == sizes
    assert (other.masks == tiles.masks).all()
