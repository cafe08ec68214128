"""Poses, beside complex numbers: a turn from the column axis towards the row axis is a product."""

from __future__ import annotations

import cmath

import numpy as np
import pytest

from synthem.geometry.poses import Pose, transform_all

FIRST = Pose(3.0, -5.0, 0.7, 1.5)
THEN = Pose(-20.0, 11.0, -2.1, 0.25)


def moved(points, pose):
    """Return (row, column) pairs as `pose` moves them."""
    product = (points[:, 1] + 1j * points[:, 0]) * pose.scale * cmath.exp(1j * pose.angle) + pose.col + 1j * pose.row
    return np.stack([product.imag, product.real], axis=1)


@pytest.fixture
def points():
    return np.random.default_rng(0).normal(size=(7, 5))


def test_pairs_are_moved_and_an_odd_column_is_a_length(points):
    expected = np.hstack([moved(points[:, :2], FIRST), moved(points[:, 2:4], FIRST), FIRST.scale * points[:, 4:]])
    assert FIRST.apply(points) == pytest.approx(expected, abs=1e-12)
    assert FIRST.apply(points[:, :2]) == pytest.approx(expected[:, :2], abs=1e-12)


def test_one_after_the_other_is_one_pose(points):
    both = THEN.after(FIRST)
    assert (both.angle, both.scale) == (THEN.angle + FIRST.angle, THEN.scale * FIRST.scale)
    assert both.apply(points) == pytest.approx(THEN.apply(FIRST.apply(points)), abs=1e-12)
    assert THEN.after(Pose()) == pytest.approx(THEN)
    assert Pose().after(FIRST) == pytest.approx(FIRST)


def test_each_geometry_has_its_pose_and_the_last_columns_are_angles(points):
    found = transform_all(points, (FIRST, THEN), (3, 4), turns=1)
    for rows, pose in ((slice(0, 3), FIRST), (slice(3, 7), THEN)):
        expected = [moved(points[rows, :2], pose), pose.scale * points[rows, 2:4], points[rows, 4:] + pose.angle]
        assert found[rows] == pytest.approx(np.hstack(expected), abs=1e-12)
