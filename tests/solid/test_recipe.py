"""What solid recipes take."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from synthem.errors import ConfigError
from synthem.solid.build import build_solid_scene
from synthem.solid.recipe import Contents, Neurites, load_solid_recipe

TISSUE = load_solid_recipe("tissue")


@pytest.mark.parametrize(
    ("kind", "name", "least", "most"),
    [
        (Neurites, "count", 0.0, 100.0),
        (Neurites, "length_nm", 200.0, 12_000.0),
        (Neurites, "step_nm", 40.0, 400.0),
        (Neurites, "radius_nm", 20.0, 1000.0),
        (Neurites, "spread", 0.0, 2.0),
        (Neurites, "limits_nm", 20.0, 1000.0),
        (Neurites, "turn", 0.0, 1.0),
        (Neurites, "unevenness", 0.0, 1.0),
        (Contents, "every_nm", 180.0, 20_000.0),
        (Contents, "share", 0.0, 1.0),
        (Contents, "length_nm", 0.0, 5000.0),
        (Contents, "radius_nm", 4.0, 400.0),
        (Contents, "host_share", 0.05, 1.0),
        (Contents, "aside", 0.0, 1.0),
    ],
)
def test_limits_are_allowed_and_nothing_beyond(kind, name, least, most):
    for value in (least, most):
        assert getattr(kind(**{name: value}), name) in (value, (value, value))
    for value in (least - 0.01, most + 0.01):
        with pytest.raises(ConfigError, match=f"`{name}` must"):
            kind(**{name: value})


@pytest.mark.parametrize(
    ("species", "changed", "message"),
    [
        ("dendrites", {"count": 90.0}, r"must fill at most 1\.5 times the space .*: .*dendrites 38"),
        ("myelinated", {"count": 10.0}, r"must fill at most 1\.5 times the space .*: myelinated 9\.9"),
        (
            "dendrites",
            {"count": 12.0, "radius_nm": 30.0, "limits_nm": (20.0, 40.0)},
            r"at most 100 beads .*, got 5\.25 of `myelinated`, 210 of `dendrites`",
        ),
        ("processes", {"count": 100.0, "step_nm": 40.0}, "axons, processes, spines must have at most 2000 beads"),
        (
            "spines",
            {
                "per_um": 20.0,
                "length_nm": (3000.0, 3000.0),
                "neck_radius_nm": (20.0, 20.0),
                "head_radius_nm": (20.0, 20.0),
            },
            r"at most 2000 beads .* of `spines`",
        ),
        ("spines", {"per_um": 15.0, "head_radius_nm": (200.0, 200.0)}, r"times the space .*: .*spines 1\.38"),
        ("axons", {"limits_nm": (20.0, 401.0)}, r"`axons\.limits_nm` must be at most 400 nm"),
    ],
)
def test_more_neurites_than_can_settle_are_refused(species, changed, message):
    with pytest.raises(ConfigError, match=message):
        replace(TISSUE, **{species: replace(getattr(TISSUE, species), **changed)})


def test_axons_that_leave_no_room_are_named():
    with pytest.raises(ConfigError, match="`axons` of a volume must leave room for other neurites, got 8"):
        build_solid_scene(axons=8)


def test_space_is_the_mean_area_times_the_length():
    radii = np.clip(60.0 * np.exp(0.4 * np.random.default_rng(0).standard_normal(10**6)), 28.0, 150.0)
    expected = 2.0 * 2500.0 * np.pi * (radii**2).mean() / 1280.0**3
    assert Neurites(count=2.0).space == pytest.approx(expected, rel=0.01)
