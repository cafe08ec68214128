"""Kernels of artefacts against known arrays and independent implementations."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from synthem.kernels.planes import Planes
from synthem.kernels.resample import TearColumn, move_planes, tear_field
from synthem.kernels.scanning import COARSE, FlareColumn, add_flares, blur_rows
from synthem.kernels.sections import BandColumn, SpeckColumn, paint_crack, paint_fold, paint_specks
from synthem.kernels.streaks import StreakColumn, add_streaks

SHAPE = (40, 60)


def crack(axis, first=20.0, last=26.0):
    """A crack of the same width along all lines; what lay in its middle lies at both of its edges."""
    tears = np.empty((SHAPE[1 - axis], len(TearColumn)))
    tears[:, TearColumn.FIRST] = tears[:, TearColumn.GAP_FIRST] = first
    tears[:, TearColumn.LAST] = tears[:, TearColumn.GAP_LAST] = last
    tears[:, TearColumn.BEFORE] = tears[:, TearColumn.AFTER] = 0.5 * (first + last)
    tears[:, TearColumn.SLOPE_BEFORE] = tears[:, TearColumn.SLOPE_AFTER] = 1.0
    return tears


def band(**values):
    numbers = np.zeros(len(BandColumn), np.float32)
    for name, value in values.items():
        numbers[BandColumn[name]] = value
    return numbers


@pytest.mark.parametrize("axis", [0, 1])
def test_a_crack_pushes_both_sides_apart(axis):
    field, lost = np.full((2, *SHAPE), np.nan, np.float32), np.empty(SHAPE, np.uint8)
    tear_field(crack(axis), axis, field, lost)
    along, hidden = np.moveaxis(field[axis], axis, 0)[:, 0], np.moveaxis(lost, axis, 0)[:, 0]
    assert (along[:21] == 3).all()
    assert (along[26:] == -3).all()
    assert np.array_equal(along[21:26], 23 - np.arange(21, 26))
    assert np.array_equal(np.flatnonzero(hidden), np.arange(21, 26))
    assert not field[1 - axis].any()
    assert (np.moveaxis(field[axis], axis, 0) == along[:, None]).all()


def test_sources_stay_within_the_tile():
    tears = crack(1)
    tears[:, TearColumn.SLOPE_AFTER] = 9.0
    field, lost = np.empty((2, *SHAPE), np.float32), np.empty(SHAPE, np.uint8)
    tear_field(tears, 1, field, lost)
    assert (np.arange(SHAPE[1]) + field[1]).max() == SHAPE[1] - 1


def test_planes_move_by_whole_and_by_broken_steps():
    rng = np.random.default_rng(0)
    field = (6 * rng.random((2, *SHAPE)) - 3).astype(np.float32)
    lost = (rng.random(SHAPE) < 0.1).astype(np.uint8)
    grey = rng.random(SHAPE, np.float32)
    planes = [rng.integers(0, 7, SHAPE).astype(kind) for kind in (np.uint8, np.int32, np.int32)]
    moved = [np.empty_like(plane) for plane in (grey, *planes)]
    move_planes(field, lost, Planes(grey, *planes), Planes(*moved))
    places = np.indices(SHAPE) + field.astype(np.float64)
    places = np.clip(places, 0, np.array(SHAPE)[:, None, None] - 1)
    assert np.allclose(moved[0], ndimage.map_coordinates(grey, places, order=1), atol=1e-5)
    near = np.floor(places + 0.5).astype(int)
    for before, after in zip(planes, moved[1:], strict=True):
        assert np.array_equal(after, np.where(lost, 0, before[near[0], near[1]]))


@pytest.mark.parametrize("axis", [0, 1])
def test_a_fold_shows_three_layers(axis):
    tears = crack(axis, 20.0, 30.0)
    tears[:, TearColumn.BEFORE], tears[:, TearColumn.AFTER] = 10.0, 40.0
    before = np.broadcast_to(np.arange(SHAPE[axis], dtype=np.float32), SHAPE[::-1] if axis == 0 else SHAPE)
    before = np.ascontiguousarray(before.T if axis == 0 else before)
    grey, mask = np.full(SHAPE, 100, np.float32), np.zeros(SHAPE, np.uint8)
    paint_fold(tears, axis, before, band(OPACITY=1.0, REACH=1.0), 1.0, grey, mask)
    line = np.moveaxis(grey, axis, 0)[:, 0]
    share = np.arange(21, 30) / 10 - 2
    layers = [10 + 10 * share, 10 + 10 * (2 - share), 10 + 10 * (2 + share)]
    assert np.allclose(line[21:30], np.prod(layers, axis=0) / 255**2, rtol=1e-4)
    assert (line[:20] == 100).all()
    assert np.array_equal(np.flatnonzero(np.moveaxis(mask, axis, 0)[:, 0]), np.arange(21, 30))


def test_a_crack_is_as_bright_as_it_should_be():
    grey, mask = np.full(SHAPE, 100, np.float32), np.zeros(SHAPE, np.uint8)
    paint_crack(crack(1), 1, band(LEVEL=240.0, EDGE=0.5, REACH=2.0), 1.0, grey, mask)
    assert (grey[:, 21:26] == 240).all()
    assert grey[:, 18] == pytest.approx(100 * (1 - 0.5 * np.exp(-1)), rel=1e-5)
    assert (grey[:, :14] == 100).all()
    assert not mask[:, :14].any()


def test_grains_cover_what_is_within_their_radius():
    specks = np.zeros((1, len(SpeckColumn)), np.float32)
    specks[0, [SpeckColumn.ROW, SpeckColumn.COL]] = specks[0, [SpeckColumn.END_ROW, SpeckColumn.END_COL]] = (18, 30)
    specks[0, SpeckColumn.RADIUS], specks[0, SpeckColumn.LEVEL], specks[0, SpeckColumn.OPACITY] = 5.0, 10.0, 1.0
    grey, mask = np.full(SHAPE, 100, np.float32), np.zeros(SHAPE, np.uint8)
    paint_specks(specks, grey, mask)
    rows, cols = np.indices(SHAPE)
    distance = np.hypot(rows - 18, cols - 30)
    assert np.array_equal(mask, distance <= 5)
    assert np.allclose(grey, 100 - 90 * np.clip(5.5 - distance, 0, 1), atol=1e-3)


def test_streaks_follow_their_profile():
    numbers = np.zeros(len(StreakColumn), np.float32)
    numbers[StreakColumn.SIN], numbers[StreakColumn.ACROSS] = 1.0, -SHAPE[1]  # down the rows: u is minus the column
    numbers[StreakColumn.FINENESS], numbers[StreakColumn.SEEN] = 1.0, 3.0
    numbers[StreakColumn.CELL_ACROSS] = numbers[StreakColumn.CELL_ALONG] = 30.0
    profile = np.arange(SHAPE[1] + 2, dtype=np.float32)
    strengths = np.ones((3, 4), np.float32)
    strengths[1:] = 2.0
    grey, mask = np.zeros(SHAPE, np.float32), np.empty(SHAPE, np.uint8)
    add_streaks(profile, strengths, numbers, grey, mask)
    expected = (SHAPE[1] - np.arange(SHAPE[1])) * np.minimum(1 + np.arange(SHAPE[0]) / 30, 2)[:, None]
    assert np.allclose(grey, expected, atol=1e-3)
    assert np.array_equal(mask, expected >= 3)


def test_motion_is_a_mean_along_the_path():
    grey = np.random.default_rng(1).random(SHAPE, np.float32)
    lengths, out = np.full(SHAPE[0], 4, np.float32), np.empty(SHAPE, np.float32)
    blur_rows(grey, lengths, 0.0, 1.0, out)
    assert np.allclose(out, ndimage.uniform_filter1d(grey, 5, axis=1, mode="nearest"), atol=1e-5)
    blur_rows(grey, lengths, 1.0, 0.0, out)
    assert np.allclose(out, ndimage.uniform_filter1d(grey, 5, axis=0, mode="nearest"), atol=1e-5)
    blur_rows(grey, np.zeros_like(lengths), 1.0, 0.0, out)
    assert np.allclose(out, grey)


class TestFlares:
    def flare(self, *, reverse=False, **values):
        numbers = np.zeros(len(FlareColumn), np.float32)
        drawn = {"BRIGHT": 150, "DARK": -1e6, "SPREAD": 0.3, "DECAY": 0.8, "GAIN": 1, "TAIL": 1, "LIMIT": 1e9}
        for name, value in (drawn | values).items():
            numbers[FlareColumn[name]] = value
        grey = np.full(SHAPE, 100, np.float32)
        grey[16:20, 28:32] = 250
        before = grey.copy()
        mask = np.empty(SHAPE, np.uint8)
        patches = np.ones((SHAPE[0] // COARSE, SHAPE[1] // COARSE), np.float32)
        add_flares(patches, numbers, 7, reverse, grey, mask)
        assert np.array_equal(mask, np.abs(grey - before) >= 3)
        return grey - before

    def test_spread_keeps_the_charge(self):
        halo = self.flare(TAIL=0, SPREAD=0.3)
        assert halo.sum() == pytest.approx(100 * COARSE**2, rel=0.02)
        assert np.allclose(halo, halo[:, ::-1], atol=1e-3)

    def test_tails_point_the_way_of_the_scan(self):
        forward, backward = self.flare(), self.flare(reverse=True)
        assert forward[18, 40:].sum() > 2 * forward[18, :20].sum()
        assert np.allclose(forward, backward[:, ::-1], atol=1e-2)

    def test_a_limit_is_not_exceeded(self):
        assert 10 < self.flare(GAIN=100, LIMIT=20).max() < 20
