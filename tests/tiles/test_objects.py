"""How much of an object lies in the tile."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from synthem.tiles.artifacts import Artifact
from synthem.tiles.moved_objects import move_records
from synthem.tiles.objects import ObjectRecord, measure_objects, object_outline, share_inside

SHAPE = (60, 80)
FINE = 8
"""Samples per pixel along each axis of the raster with which areas are compared."""


def on_a_raster(record):
    """Return the share of the samples within an outline that lie in the tile."""
    outline = object_outline(record)
    left, top, right, bottom = outline.bounds
    cols, rows = np.meshgrid(np.arange(left, right, 1 / FINE), np.arange(top, bottom, 1 / FINE))
    own = shapely.contains_xy(outline, cols, rows)
    inside = (rows > -0.5) & (rows < SHAPE[0] - 0.5) & (cols > -0.5) & (cols < SHAPE[1] - 0.5)
    return (own & inside).sum() / own.sum()


def ellipse(row, col, major, minor, angle=0.0):
    return ObjectRecord(
        id=1,
        kind="vesicle",
        class_name="vesicles",
        pose={"row": row, "col": col, "angle": angle, "scale": 1.0},
        parameters={"semi_major": major, "semi_minor": minor},
    )


def ring_of(rng, row, col, radius):
    turn = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    away = radius * (1 + 0.4 * rng.random(40))
    return np.stack([row + away * np.sin(turn), col + away * np.cos(turn)], axis=1).astype(np.float32)


rows, cols = st.floats(-10, SHAPE[0] + 10), st.floats(-10, SHAPE[1] + 10)


@given(rows, cols, st.floats(5, 20), st.floats(5, 20), st.floats(-4, 4))
def test_of_ellipses_it_is_what_a_fine_raster_says(row, col, major, minor, angle):
    record = ellipse(row, col, major, minor, angle)
    assert share_inside(record, SHAPE) == pytest.approx(on_a_raster(record), abs=0.02)


@given(rows, cols, st.floats(8, 30), st.integers(0, 2**32 - 1), st.booleans())
def test_of_polygons_it_is_what_a_fine_raster_says(row, col, radius, seed, hollow):
    rng = np.random.default_rng(seed)
    rings = [ring_of(rng, row, col, radius), *([ring_of(rng, row, col, radius / 2)] if hollow else [])]
    record = ObjectRecord(id=1, kind="axon", class_name="axon", rings=tuple(rings))
    assert share_inside(record, SHAPE) == pytest.approx(on_a_raster(record), abs=0.02)


def test_the_tile_covers_its_pixels_whole():
    corners = np.array([(-0.5, -0.5), (-0.5, 79.5), (59.5, 79.5), (59.5, -0.5)], np.float32)
    whole = ObjectRecord(id=1, kind="block", class_name=None, rings=(corners,))
    assert share_inside(whole, SHAPE) == 1.0
    assert share_inside(replace(whole, rings=(corners + np.float32([0, 0.25]),)), SHAPE) == pytest.approx(1 - 0.25 / 80)


@pytest.mark.parametrize(("row", "share"), [(4.5, 1.0), (-0.5, 0.5), (-5.6, 0.0), (54.5, 1.0), (59.5, 0.5)])
def test_of_discs_at_the_edge(row, share):
    assert share_inside(ellipse(row, 30.0, 5.0, 5.0), SHAPE) == pytest.approx(share, abs=1e-6)


def test_an_object_that_stays_inside_is_whole():
    assert share_inside(ellipse(30.0, 40.0, 5.0, 5.0), SHAPE) == 1.0
    # within the tile, although the circle around it is not
    assert share_inside(ellipse(3.0, 40.0, 20.0, 3.4), SHAPE) == 1.0


def test_traced_outlines_and_those_that_are_not_known_have_none():
    seen = np.zeros(SHAPE, np.int32)
    seen[:9, :9] = 1
    (traced,) = measure_objects((replace(ellipse(0.0, 0.0, 9.0, 9.0), torn=True, rings=()),), seen)
    (again,) = measure_objects((traced,), seen)
    (unknown,) = measure_objects((ObjectRecord(id=1, kind="x", class_name=None),), seen)
    assert len(traced.rings) == 1
    assert (traced.share_inside, again.share_inside, unknown.share_inside) == (None, None, None)


def test_an_outline_that_is_not_finite_has_none():
    corners = np.array([(1, 1), (1, np.nan), (5, 5)], np.float32)
    assert share_inside(ObjectRecord(id=1, kind="own", class_name=None, rings=(corners,)), SHAPE) is None


def test_an_outline_without_an_area_has_none():
    line = np.array([(-9, 1), (5, 1), (2, 1)], np.float32)
    assert share_inside(ObjectRecord(id=1, kind="own", class_name=None, rings=(line,)), SHAPE) is None


def test_objects_take_their_share_along_when_tissue_moves():
    """What lay half outside lies whole within the tile once it has moved by its radius."""
    shift = np.zeros((2, *SHAPE), np.float32)
    shift[0] = -6.0
    moved = Artifact(name="shift", mask=np.ones(SHAPE, bool), displacement=shift)
    disc = ellipse(-0.5, 40.0, 5.0, 5.0)
    assert share_inside(disc, SHAPE) == pytest.approx(0.5, abs=1e-6)
    (after,) = move_records((disc,), (moved,))
    assert share_inside(after, SHAPE) == 1.0
