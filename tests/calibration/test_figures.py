"""Figures of a verdict: tolerances, halves, order."""

from __future__ import annotations

import pytest

from synthem.calibration.figures import figures_of


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
