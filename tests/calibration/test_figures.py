"""Figures of a verdict: tolerances, halves, order."""

from __future__ import annotations

import numpy as np
import pytest

from synthem.calibration.figures import distances_of, figures_of
from synthem.tiles.labelled_image import LabelledTiles


def test_the_worst_comes_first_and_halves_widen_what_is_allowed() -> None:
    real = {"psd_grey": 90.0, "membrane_width": 10.0, "fine_noise": 20.0}
    fitted = {"psd_grey": 95.0, "membrane_width": 13.0, "fine_noise": 21.0}
    halves = {"psd_grey": 88.0, "membrane_width": 8.0}, {"psd_grey": 92.0, "membrane_width": 12.0}
    found = figures_of(["psd_grey", "membrane_width", "fine_noise", "axon_grey", "psd_grey"], real, halves, {}, fitted)
    assert [one.name for one in found] == ["psd_grey", "membrane_width", "fine_noise"]
    grey, width, noise = found
    assert (grey.tolerance, width.tolerance, noise.tolerance) == (6.0, 4.0, pytest.approx(2.0))
    assert (grey.halves, width.halves, noise.halves) == (4.0, 4.0, None)
    assert grey.miss == pytest.approx(5 / 6)
    assert all(one.met for one in found)


def test_sizes_may_be_off_by_a_seventh() -> None:
    (one,) = figures_of(["psd_length"], {"psd_length": 100.0}, ({}, {}), {"psd_length": 50.0}, {"psd_length": 120.0})
    assert not one.met
    assert (one.start, one.tolerance) == (50.0, pytest.approx(15.0))


def noise(n: int, sd: float) -> LabelledTiles:
    images = np.random.default_rng(n).normal(128.0, sd, (n, 64, 64)).clip(0, 255).astype(np.uint8)
    return LabelledTiles.of(images, np.zeros((n, 6, 64, 64), bool))


def test_distances_say_whether_the_fit_came_nearer() -> None:
    accuracy, frechet = distances_of(noise(24, 20.0), noise(20, 40.0), noise(21, 20.0))
    assert accuracy.start == 1.0
    assert accuracy.fitted < 0.8
    assert accuracy.met
    assert frechet.fitted < 0.5 * frechet.start
    assert frechet.halves is not None
    assert distances_of(noise(24, 20.0), noise(9, 20.0), noise(20, 20.0)) == ()
