"""g-ratios of myelinated axons."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import ndimage
from shapely import Polygon

from synthem import Axon, Scene


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
