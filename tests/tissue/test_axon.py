"""Sheaths of myelinated axons: g-ratios, loose ones, corners."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import ndimage
from shapely import LineString, Polygon

from synthem import Axon, Scene
from synthem.seeds import Stream

LOOSE = {"loose_share": 1.0, "sheath_nm": 50.0, "loose_sheath_nm": 200.0, "radius_nm": 400.0}
LOOSE_ALIKE = {"sheath_nm": 125.0, "loose_sheath_nm": 126.0, "radius_nm": 300.0}
"""Loose in their look, and hardly broader."""
WILD = {"loose_share": 0.5, "angularity": (0.0, 1.2), "sheath_nm": (35.0, 125.0)}


def drawn(count, **parameters):
    rng = np.random.default_rng(5)
    return [Axon(**parameters).shape(rng, 1.0).parts[0] for _ in range(count)]


def test_the_g_ratio_is_that_of_the_rings():
    parts = drawn(100) + drawn(20, radius_nm=60.0, sheath_nm=50.0)
    assert {"g_ratio" in part.parameters for part in parts} == {True, False}
    for part in parts:
        assert ("g_ratio" in part.parameters) == (part.parameters["hollow"] == 1.0) == (len(part.rings) == 2)
        if len(part.rings) == 2:
            outer, inner = (Polygon(ring) for ring in part.rings)
            assert part.parameters["g_ratio"] == pytest.approx(math.sqrt(inner.area / outer.area), rel=1e-6)


def test_a_round_axon_has_the_g_ratio_of_its_radii():
    parts = drawn(100, radius_nm=500.0, sheath_nm=100.0, flattening=1.0, open_share=0.0)
    # the sheath swells here and there, by up to 0.7 of its thickness
    assert np.median([part.parameters["g_ratio"] for part in parts]) == pytest.approx(400 / 500, abs=0.05)
    thick = drawn(100, radius_nm=500.0, sheath_nm=200.0, flattening=1.0, open_share=0.0)
    assert np.median([part.parameters["g_ratio"] for part in thick if "g_ratio" in part.parameters]) < 0.65


def test_the_g_ratio_is_that_of_the_pixels():
    axon = Axon(count=1, radius_nm=(350.0, 450.0), open_share=0.0, mitochondrion_share=0.0)
    scene, compared = Scene(organelles=[axon], stages=[]), 0
    for index in range(30):
        tile = scene.render(3, index)
        for item in tile.objects:
            if item.share_inside == 1.0 and "g_ratio" in item.parameters:
                sheath = tile.instances == item.id
                whole = ndimage.binary_fill_holes(sheath).sum()
                measured = math.sqrt((whole - sheath.sum()) / whole)
                assert item.parameters["g_ratio"] == pytest.approx(measured, abs=0.01)
                compared += 1
    assert compared >= 5


def test_a_loose_sheath_is_broader_outwards():
    for part in drawn(50, **LOOSE):
        gain = part.parameters["radius_nm"] - 400.0
        assert 0.3 <= part.parameters["looseness"] <= 1.0
        assert gain == pytest.approx(min(gain, 150.0 * part.parameters["looseness"]))
        assert part.parameters["sheath_nm"] == pytest.approx(50.0 + gain, rel=0.3)
    means = [part.parameters["sheath_nm"] for part in drawn(50, **LOOSE | {"loose_share": 0.0})]
    assert np.mean(means) < 70.0
    assert all(part.parameters["looseness"] == 0.0 for part in drawn(50, loose_share=0.0))


def test_most_axons_of_a_tile_are_loose_together():
    axon, alike = Axon(radius_nm=400.0, sheath_nm=50.0, loose_share=0.5), []
    for index in range(60):
        rng = Stream(1, index, "organelle axon")
        alike.append(np.mean([axon.shape(rng, 1.0).parts[0].parameters["looseness"] > 0 for _ in range(20)]))
    assert np.mean(alike) == pytest.approx(0.5, abs=0.15)
    assert np.mean(abs(np.array(alike) - 0.5) > 0.2) > 0.85


def test_a_loose_sheath_is_pale_between_dark_rims_and_labelled_all_the_same():
    options = {"flattening": 1.0, "open_share": 0.0, "mitochondrion_share": 0.0, "inner_tongue_share": 0.0}
    greys: dict[tuple[float, str], list[float]] = {}
    for share in (0.0, 1.0):
        scene = Scene(organelles=[Axon(count=1, loose_share=share, **LOOSE_ALIKE, **options)], stages=[])
        for seed in range(4):
            tile = scene.render(seed)
            depth = ndimage.distance_transform_edt(tile.mask("axon"))
            greys.setdefault((share, "rim"), []).append(tile.image[(depth > 1) & (depth <= 3)].mean())
            greys.setdefault((share, "middle"), []).append(tile.image[depth > 8].mean())
    found = {key: np.mean(values) for key, values in greys.items()}
    assert found[1.0, "rim"] < found[0.0, "rim"] + 10.0
    assert found[1.0, "middle"] > found[0.0, "middle"] + 15.0


def test_angular_outlines_have_flat_sides():
    def solid(angularity):
        options = {"angularity": angularity, "flattening": 1.0, "radius_nm": 400.0}
        rings = [Polygon(part.rings[0]) for part in drawn(60, **options)]
        return np.median([4 * math.pi * ring.area / ring.length**2 for ring in rings])

    assert solid(0.0) > solid(0.6) + 0.02 > solid(1.2) + 0.04
    assert solid(1.2) > 0.75  # and no spikes


@pytest.mark.parametrize("size", [1.0, 0.3])
def test_all_rings_are_valid_and_lie_within_the_footprint(size):
    rng = np.random.default_rng(8)
    for _ in range(300):
        shape = Axon(**WILD).shape(rng, size)
        rings = [Polygon(ring) for ring in shape.parts[0].rings]
        assert all(ring.is_valid for ring in rings)
        if len(rings) == 2:
            assert rings[0].buffer(1e-6).contains(rings[1])
        (capsule,) = shape.capsules
        axis = LineString([capsule[:2], capsule[2:4]])
        assert axis.buffer(capsule[4], quad_segs=64).buffer(0.5).contains(rings[0])


def test_outlines_of_loose_and_angular_axons_are_those_of_the_pixels():
    scene = Scene(organelles=[Axon(count=2, **WILD)], stages=[])
    for index in range(20):
        tile = scene.render(5, index)
        for item in tile.objects:
            if item.class_name == "axon" and item.share_inside == 1.0:
                assert item.outline.is_valid
                assert item.outline.area == pytest.approx(item.area, rel=0.03)
