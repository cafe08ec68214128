from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import ndimage

from synthem.labels import EPFL6
from synthem.quality import compare
from synthem.quality.edges import DISTANCES, edges
from synthem.tiles.labelled_image import LabelledTiles

SIZE = 128


def disc(row: float, col: float, radius: float) -> np.ndarray:
    rows, cols = np.mgrid[:SIZE, :SIZE]
    return np.hypot(rows - row, cols - col) <= radius


def tiles(image: np.ndarray, **masks: np.ndarray) -> LabelledTiles:
    stack = np.zeros((1, 6, SIZE, SIZE), bool)
    for name, mask in masks.items():
        stack[0, EPFL6.index(name)] = mask
    return LabelledTiles(images=image[None], masks=stack, sources=np.zeros(1, int), labelled=tuple(masks))


def test_greys_are_those_at_the_distance_from_the_edge() -> None:
    mask = disc(64, 64, 30)
    depth = np.ceil(ndimage.distance_transform_edt(mask)) - np.ceil(ndimage.distance_transform_edt(~mask))
    found = edges(tiles((128 + depth).astype(np.uint8), mitochondria=mask))
    assert found == {"mitochondria": tuple(128.0 - n for n in DISTANCES)}


def test_what_is_near_to_another_class_is_left_out() -> None:
    one, other = disc(64, 40, 20), disc(64, 64, 3)
    image = np.full((SIZE, SIZE), 100, np.uint8)
    image[ndimage.binary_dilation(other, iterations=2)] = 250
    for name in ("axon", "vesicles"):
        found = edges(tiles(image, psd=one, **{name: other}))
        assert found["psd"] == (100.0,) * 4


def test_a_class_without_pixels_has_no_grey() -> None:
    nothing = np.zeros((SIZE, SIZE), bool)
    found = edges(tiles(np.full((SIZE, SIZE), 100, np.uint8), vesicles=nothing, psd=disc(64, 64, 9)))
    assert found["psd"] == (100.0,) * 4
    assert all(math.isnan(grey) for grey in found["vesicles"])
    everywhere = edges(tiles(np.full((SIZE, SIZE), 100, np.uint8), boundaries=~nothing))["boundaries"]
    assert all(math.isnan(grey) for grey in everywhere)


@pytest.mark.slow
def test_labels_that_end_too_late_show_in_the_report(tissue) -> None:
    few = tissue[:2]
    grown = [(s.image, s.masks.copy()) for s in few]
    for _, masks in grown:
        masks[0] = ndimage.binary_dilation(masks[0], iterations=2)
    deviations = {f.name: f.deviation for f in compare(few, grown, size=128).metrics}
    assert deviations["grey 1 px within mitochondria"] > 20
    assert deviations["grey 1 px within psd"] == pytest.approx(0.0)
