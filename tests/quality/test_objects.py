from __future__ import annotations

import numpy as np
import pytest

from synthem.labels import EPFL6
from synthem.quality.objects import areas, compartments, counts, shapes, thickness
from synthem.tiles.labelled_image import LabelledTiles

SIZE = 128


def tiles(**masks: np.ndarray) -> LabelledTiles:
    stack = np.zeros((1, 6, SIZE, SIZE), bool)
    for name, mask in masks.items():
        stack[0, EPFL6.index(name)] = mask
    return LabelledTiles(
        images=np.zeros((1, SIZE, SIZE), np.uint8), masks=stack, sources=np.zeros(1, int), labelled=tuple(masks)
    )


def box(top: int, left: int, height: int, width: int) -> np.ndarray:
    mask = np.zeros((SIZE, SIZE), bool)
    mask[top : top + height, left : left + width] = True
    return mask


def disc(row: float, col: float, radius: float) -> np.ndarray:
    rows, cols = np.mgrid[:SIZE, :SIZE]
    return np.hypot(rows - row, cols - col) < radius


@pytest.mark.parametrize("width", [3, 5, 7, 9, 15])
def test_thickness_of_a_band_is_its_width(width: int) -> None:
    assert thickness(box(40, 0, width, SIZE)[None]).median == width


def test_thickness_of_nothing_is_unknown() -> None:
    assert thickness(np.zeros((1, 20, 20), bool)).count == 0


def test_compartments_are_what_membranes_part() -> None:
    walls = box(0, 60, SIZE, 5) | box(60, 0, 5, SIZE)
    walls |= box(90, 90, 9, 9) & ~box(91, 91, 7, 7)  # encloses 49 px: no compartment
    found = compartments(tiles(boundaries=walls))
    assert found["count"].mean == 4
    assert found["area"].count == 4
    assert found["area"].percentile(0) == 60 * 60


def test_counts_leave_out_specks_except_of_vesicles() -> None:
    specks = box(3, 3, 2, 2)
    found = counts(tiles(psd=specks | box(40, 40, 10, 30), vesicles=specks | disc(50, 50, 5)))
    assert found["psd"].mean == 1
    assert found["vesicles"].mean == 2


def test_areas_are_percent_of_a_tile() -> None:
    assert areas(tiles(psd=box(0, 0, 64, 64)))["psd"].mean == 25.0


def test_shapes_of_known_objects() -> None:
    psd = box(20, 30, 12, 48)
    found = shapes(tiles(psd=psd, vesicles=disc(64, 64, 6.0), axon=disc(60, 60, 30) & ~disc(60, 60, 20)))
    assert found["psd_length"].median == pytest.approx(48 * 2 / np.sqrt(3), rel=0.01)  # the ellipse of equal moments
    assert found["psd_width"].median == pytest.approx(12 * 2 / np.sqrt(3), rel=0.01)
    assert found["psd_area"].median == 12 * 48
    assert found["vesicle_radius"].median == pytest.approx(6.0, rel=0.03)
    assert found["axon_radius"].median == pytest.approx(30.0, rel=0.02)


@pytest.mark.parametrize("total", [0.0, 0.6, 1.2])
def test_bend_of_a_density_is_the_angle_between_its_ends(total: float) -> None:
    rows, cols = np.mgrid[:SIZE, :SIZE].astype(float)
    if total:  # an arc of 44 px
        radius = 44.0 / total
        up, right = rows - (40.0 - radius), cols - 64.0
        arc = (abs(np.hypot(up, right) - radius) < 6) & (abs(np.arctan2(right, up)) < total / 2)
    else:
        arc = (abs(rows - 40) < 6) & (abs(cols - 64) < 22)
    for mask in (arc, arc.T):
        found = shapes(tiles(psd=mask))["psd_bend"]
        assert found.count == 1
        assert found.median == pytest.approx(total, abs=0.15)


def test_mitochondrion_with_its_rim() -> None:
    whole = disc(64, 64, 30)
    found = shapes(tiles(mitochondria=whole, mitochondrial_boundaries=whole & ~disc(64, 64, 25)))
    assert found["mitochondrion_length"].median == pytest.approx(60.0, rel=0.02)
    assert found["mitochondrion_solidity"].median > 0.96
    assert found["mitochondrion_rim"].median == pytest.approx(5.0, abs=1.0)


def test_objects_cut_by_the_edge_and_heaps_are_not_measured() -> None:
    heap = disc(64, 40, 6) | disc(64, 50, 6)
    found = shapes(tiles(psd=box(0, 30, 12, 48), vesicles=heap))
    assert found["psd_length"].count == 0
    assert found["vesicle_radius"].count == 0
    assert found["vesicle_blob_area"].count == 1
