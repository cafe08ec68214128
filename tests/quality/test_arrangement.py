from __future__ import annotations

import numpy as np
import pytest

from synthem.labels import EPFL6
from synthem.quality.arrangement import arrangement
from synthem.tiles.labelled_image import LabelledTiles

SIZE = 128


def tiles(**masks: np.ndarray) -> LabelledTiles:
    count = len(next(iter(masks.values())))
    stack = np.zeros((count, 6, SIZE, SIZE), bool)
    for name, mask in masks.items():
        stack[:, EPFL6.index(name)] = mask
    images = np.zeros((count, SIZE, SIZE), np.uint8)
    return LabelledTiles(images=images, masks=stack, sources=np.zeros(count, int), labelled=tuple(masks))


def stripes(angle: float) -> np.ndarray:
    rows, cols = np.mgrid[:SIZE, :SIZE]
    return (rows * np.cos(angle) - cols * np.sin(angle)) % 32 < 6


@pytest.mark.parametrize("angle", [0.0, 0.4, 1.2, 2.5])
def test_parallel_membranes_are_aligned_whatever_their_direction(angle: float) -> None:
    assert arrangement(tiles(boundaries=stripes(angle)[None]))["membrane_alignment"].median > 0.95


def test_crossing_membranes_are_not_aligned() -> None:
    crossed = stripes(0.0) | stripes(np.pi / 2)
    assert arrangement(tiles(boundaries=crossed[None]))["membrane_alignment"].median < 0.05


def test_broad_membranes_are_those_that_hold_a_disc() -> None:
    mask = np.zeros((2, SIZE, SIZE), bool)
    mask[:, 20:37], mask[0, 60:80, 30:70] = True, True  # 17 px do not hold it, 20 px do
    found = arrangement(tiles(boundaries=mask))["broad_membranes"]
    assert found.count == 2
    assert found.percentiles[0] == 0.0
    rounded = 20 * 40 - (4 - np.pi) * 9**2  # the corners are lost
    assert 2.0 * found.mean == pytest.approx(100.0 * rounded / SIZE**2, rel=0.06)


def test_elongation_is_that_of_the_compartments() -> None:
    mask = np.ones((1, SIZE, SIZE), bool)
    mask[0, 10:30, 10:90] = mask[0, 50:60, 10:50] = mask[0, 70:100, 10:40] = False
    found = arrangement(tiles(boundaries=mask))["compartment_elongation"]
    assert found.count == 3
    assert found.median == pytest.approx(4.0, rel=0.01)
    assert found.percentiles[0] == pytest.approx(1.0)


def test_distances_are_to_the_nearest_pixel_of_the_other_class() -> None:
    psd, vesicles = np.zeros((2, SIZE, SIZE), bool), np.zeros((2, SIZE, SIZE), bool)
    psd[:, 20, 30:40], vesicles[0, 27, :] = True, True  # the second tile has no vesicle
    found = arrangement(tiles(psd=psd, vesicles=vesicles))
    assert found.keys() == {"psd_to_vesicles"}
    assert found["psd_to_vesicles"].count == 10
    assert set(found["psd_to_vesicles"].percentiles) == {7.0}


def test_what_is_labelled_nowhere_has_no_distance() -> None:
    nothing = np.zeros((1, SIZE, SIZE), bool)
    found = arrangement(tiles(vesicles=nothing, psd=nothing))
    assert all(metric.count == 0 for metric in found.values())


def test_cytoplasm_is_open_far_from_membranes_where_nothing_is_labelled() -> None:
    edge, psd = np.zeros((2, SIZE, SIZE), bool), np.zeros((2, SIZE, SIZE), bool)
    edge[0, :, 0], psd[0, :64, 100:], psd[1] = True, True, True
    found = arrangement(tiles(boundaries=edge, psd=psd))["open_cytoplasm"]
    right = 100 * (102 * 128 - 64 * 28) / SIZE**2  # columns 26 to 127, but for the PSD; nothing in the second tile
    assert (found.percentiles[0], found.percentiles[-1]) == (0.0, pytest.approx(right))
