"""Borders of known length, at several angles."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthem.errors import ConfigError
from synthem.tiles.contacts import STEPS, WEIGHTS, divide_membranes, measure_contacts

SIDE = 240


def places(row=(SIDE - 1) / 2, col=(SIDE - 1) / 2):
    rows, cols = np.mgrid[:SIDE, :SIDE]
    return rows - row, cols - col


@pytest.mark.parametrize("width", [0.0, 1.0, 4.0, 9.0])
@pytest.mark.parametrize("degrees", [0, 7, 13, 22.5, 26.57, 33, 45, 64, 90, 108, 135, 157.5])
def test_straight_membranes_have_their_length(degrees, width):
    rows, cols = places(119.2, 119.4)
    turn, radius = math.radians(degrees), 100.0
    away = cols * math.sin(turn) - rows * math.cos(turn)
    beyond = np.hypot(rows, cols) > radius
    compartments = np.where(away < 0, 3, 8).astype(np.int32)
    compartments[(abs(away) < width / 2) | beyond] = 0
    (contact,) = measure_contacts(compartments, 12.0, pixel_size_nm=4.0, barred=beyond)
    assert (contact.first, contact.second) == (3, 8)
    assert contact.length == pytest.approx(2 * radius, rel=0.03)
    assert contact.length_nm == pytest.approx(4 * contact.length)


@pytest.mark.parametrize("width", [0.0, 3.0, 8.0])
@pytest.mark.parametrize("radius", [10.0, 31.5, 90.0])
def test_round_membranes_have_their_length(radius, width):
    away = np.hypot(*places(118.9, 120.3)) - radius
    compartments = np.where(away < 0, 1, 2).astype(np.int32)
    compartments[abs(away) < width / 2] = 0
    (contact,) = measure_contacts(compartments, 12.0)
    assert contact.length == pytest.approx(2 * math.pi * radius, rel=0.03)
    assert contact.length_nm is None


def test_no_direction_is_wrong_by_more_than_the_docstring_says():
    turns = np.linspace(0, math.pi, 1801)
    lengths = sum(w * abs(y * np.cos(turns) - x * np.sin(turns)) for w, (y, x) in zip(WEIGHTS, STEPS, strict=True))
    assert lengths.min() == pytest.approx(1 - 0.0145, abs=2e-4)
    assert lengths.max() == pytest.approx(1 + 0.0131, abs=2e-4)


def test_three_compartments_share_a_junction():
    rows, cols = places()
    compartments = np.where(rows < 0, 1, np.where(cols < 0, 2, 3)).astype(np.int32)
    found = {(one.first, one.second): one.length for one in measure_contacts(compartments, 5.0)}
    assert set(found) == {(1, 2), (1, 3), (2, 3)}
    assert all(length == pytest.approx(SIDE / 2, rel=0.03) for length in found.values())


def test_compartments_that_touch_at_a_corner_only_do_not_face():
    rows, cols = places()
    compartments = (1 + 2 * (rows < 0) + (cols < 0)).astype(np.int32)
    pairs = {(one.first, one.second) for one in measure_contacts(compartments, 5.0)}
    assert pairs == {(1, 2), (1, 3), (2, 4), (3, 4)}


@pytest.mark.parametrize("width", range(1, 12))
def test_membranes_are_bridged_up_to_a_width(width):
    compartments = np.full((40, 40), 1, np.int32)
    compartments[:, 15 : 15 + width], compartments[:, 15 + width :] = 0, 2
    assert bool(measure_contacts(compartments, 6.0)) == (width <= 6)


def test_barred_pixels_are_not_bridged():
    compartments = np.full((40, 40), 1, np.int32)
    compartments[:, 15:20], compartments[:, 20:] = 0, 2
    sheath = np.zeros((40, 40), bool)
    sheath[:30, 17:19] = True
    (contact,) = measure_contacts(compartments, 6.0, barred=sheath)
    assert contact.length == pytest.approx(10.0, abs=1.2)  # crossings need both ends


@given(st.integers(0, 2**32 - 1), st.floats(1.0, 8.0))
def test_pixels_go_to_their_nearest_compartment(seed, widest):
    rng = np.random.default_rng(seed)
    compartments = (rng.integers(1, 5, (17, 23)) * (rng.random((17, 23)) < 0.1)).astype(np.int32)
    divided = divide_membranes(compartments, widest)
    owned = np.argwhere(compartments > 0)
    for place in np.argwhere(compartments == 0):
        away = np.hypot(*(owned - place).T)
        nearest = away.min(initial=math.inf)
        if 2 * nearest > widest + 1:
            assert divided[tuple(place)] == 0
        else:
            assert divided[tuple(place)] in {compartments[tuple(owned[k])] for k in np.flatnonzero(away == nearest)}
    assert np.array_equal(divided[compartments > 0], compartments[compartments > 0])


@pytest.mark.parametrize("number", [0, 1])
def test_without_two_compartments_there_is_no_contact(number):
    assert measure_contacts(np.full((9, 9), number, np.int32), 5.0) == ()


@pytest.mark.parametrize("widest", [0.0, -1.0, math.nan, math.inf])
def test_a_width_must_be_positive(widest):
    with pytest.raises(ConfigError, match="`widest` must be a positive number of pixels, got"):
        measure_contacts(np.ones((9, 9), np.int32), widest)


class TestOfATile:
    def test_lengths_are_in_nm(self, tile):
        tile = replace(tile, compartments=np.repeat([[1] * 30 + [0] * 4 + [2] * 30], 64, axis=0).astype(np.int32))
        (contact,) = replace(tile, pixel_size_nm=8.0).contacts(widest_nm=33.0)
        assert contact.length_nm == pytest.approx(8 * 64, rel=0.03)
        assert replace(tile, pixel_size_nm=8.0).contacts(widest_nm=20.0) == ()

    def test_myelin_is_not_bridged(self, tile):
        compartments = np.full((64, 64), 1, np.int32)
        compartments[:, 20:24], compartments[:, 24:] = 0, 2
        masks = np.zeros(tile.masks.shape, bool)
        masks[tile.classes.index("axon"), :, 21:23] = True
        assert replace(tile, compartments=compartments, masks=masks, pixel_size_nm=5.0).contacts() == ()
        assert replace(tile, compartments=compartments, pixel_size_nm=5.0).contacts() != ()

    def test_pixels_of_unknown_size_are_refused(self, tile):
        with pytest.raises(ConfigError, match="`pixel_size_nm` of the tile must be known, got None"):
            tile.contacts()
