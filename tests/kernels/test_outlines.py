"""Outlines against the same geometry with vectors, and small shapes against their footprints."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from synthem import Clutter
from synthem.geometry.curves import circle, wave_table
from synthem.kernels.outlines import (
    BodyColumn,
    DensityColumn,
    SheathColumn,
    density_outline,
    sheath_rings,
    walled_body_rings,
)
from synthem.painting.paint import Discs, Strokes
from synthem.tissue.organelles import FreeVesicles

RING = circle(40) * [[20.0, 33.0]]


def bent_path(length: float, bend: float, count: int) -> np.ndarray:
    """Return an arc of a circle, its middle at the origin and tangent to the column axis.

    Parameters
    ----------
    length : float
        Length in nm.
    bend : float
        Total change of direction in radians; positive bends the ends towards larger rows.
    count : int
        Number of points.
    """
    shares = np.arange(count) / (count - 1) - 0.5
    out = np.zeros((count, 2))
    if abs(bend) < 1e-3:
        out[:, 1] = length * shares
    else:
        angles, radius = bend * shares, length / bend
        out[:, 0], out[:, 1] = radius - radius * np.cos(angles), radius * np.sin(angles)
    return out


def shifted(ring, distance):
    tangent = np.roll(ring, -1, axis=0) - np.roll(ring, 1, axis=0)
    normal = np.stack([tangent[:, 1], -tangent[:, 0]], axis=1) / np.hypot(*tangent.T)[:, None]
    return ring + np.reshape(distance, (-1, 1)) * normal


def widened(path, half):
    tangent = np.gradient(path, axis=0)
    normal = np.stack([-tangent[:, 1], tangent[:, 0]], axis=1) / np.hypot(*tangent.T)[:, None]
    return np.concatenate([path + half[:, None] * normal, (path - half[:, None] * normal)[::-1]])


def named(columns, **values):
    """Return numbers with named columns, 0 where none is given."""
    numbers = np.zeros(len(columns))
    for name, value in values.items():
        numbers[columns[name.upper()]] = value
    return numbers


def density(**values):
    return named(
        DensityColumn, **{"row": 35.0, "core_share": 0.7, "spine_radius": 100.0, "contact_beyond": 40.0} | values
    )


def sheath(opening):
    numbers = {"radius": 250.0, "flattening": 0.8, "thickness": 45.0, "outer_width": 15.0}
    numbers |= {"swelling": 0.5, "swelling_at": 12.0, "swelling_width": 6.0}
    return named(SheathColumn, **numbers, tongue_gap=20.0, tongue_at=5.0, opening=opening)


def body(**values):
    numbers = {
        "width": 200.0,
        "wall": 25.0,
        "wall_most": 45.0,
        "room_row": 10.0,
        "room_col": 25.0,
        "room_radius": 155.0,
    }
    return named(BodyColumn, **numbers | values)


def exactly(waves):
    """Return heights and a table of waves that sum to given ones."""
    table = np.array(waves).reshape(1, -1)
    table.flags.writeable = False
    return np.ones(1), table


def test_waves_in_a_kernel_are_those_of_the_geometry():
    bands = ((1, 4, 1.0, 0.05),)
    outline, lines, sides = np.empty((34, 2)), np.empty((4, 8, 2)), np.empty((2, 5, 5))
    numbers = (density(length=160.0, width=50.0, bend=0.4, row=0.0), outline, lines, sides)
    heights, orders = np.random.default_rng(4).standard_normal(8), np.arange(1, 5)
    density_outline(heights, wave_table(17, bands), *numbers)
    drawn = outline.copy()
    angles = orders[:, None] * np.arange(17) * (2 * np.pi / 17)
    size = 0.05 / orders / np.sqrt((1.0 / orders**2).sum())
    density_outline(*exactly((size * heights[:4]) @ np.cos(angles) + (size * heights[4:]) @ np.sin(angles)), *numbers)
    np.testing.assert_allclose(drawn, outline, rtol=0, atol=1e-12)


@pytest.mark.parametrize("bend", [0.0, 0.8, -1.5])
def test_arcs_have_their_length_and_bend(bend):
    path = bent_path(50.0, bend, 201)
    step = np.diff(path, axis=0)
    turn = np.unwrap(np.arctan2(step[:, 0], step[:, 1]))
    assert np.hypot(*step.T).sum() == pytest.approx(50.0, rel=1e-3)
    assert turn[-1] - turn[0] == pytest.approx(bend * 199 / 200, abs=1e-6)
    np.testing.assert_allclose(path[100], [0.0, 0.0], atol=1e-9)


def test_a_sheath_is_a_ring_around_a_ring():
    waves = np.random.default_rng(1).normal(0.0, 0.03, (2, 64))
    rings, sides = np.empty((4, 64, 2)), np.ones(64)
    short, depth, mean, room = sheath_rings(*exactly(waves), sides, sheath(opening=0.0), rings)
    outer, inner, wrap, within = rings
    np.testing.assert_allclose(outer, circle(64) * (250.0 * (1 + waves[0]))[:, None] * [0.8, 1.0])
    away = np.minimum(abs(np.arange(64) - 12.0), 64 - abs(np.arange(64) - 12.0))
    thickness = 45.0 * (1.0 + waves[1] + 0.5 * np.exp(-0.5 * (away / 6.0) ** 2))
    between = np.hypot(*(outer - inner).T)
    assert (between >= thickness - 1e-6).all()
    assert np.median(between / thickness) < 1.15
    np.testing.assert_allclose(np.arctan2(*inner.T), np.arctan2(*outer.T), atol=1e-9)  # along the radii
    np.testing.assert_allclose(wrap, shifted(outer, -15.0), atol=1e-6)
    np.testing.assert_allclose(within, shifted(np.roll(inner, -5, axis=0), 20.0), atol=1e-6)
    assert (depth, mean) == pytest.approx((thickness.max(), thickness.mean()))
    assert room == pytest.approx(np.hypot(*inner.T).min())
    assert short == pytest.approx(250.0 * abs(outer[:, 0]).max() / abs(outer[:, 1]).max())
    sheath_rings(*exactly(waves), sides, sheath(opening=20.0), rings)
    opened = np.hypot(*(rings[1] - outer).T)
    np.testing.assert_allclose(opened[12:32], between[12:32], atol=1e-6)
    np.testing.assert_allclose(opened[12 + 32 - 6 : 12 + 32 + 7], 0.0, atol=1e-6)  # on the far side


def test_a_sheath_with_corners_is_thicker_there():
    turns = 2 * np.pi * np.arange(64) / 64
    square = 1 / np.maximum(abs(np.cos(turns)), abs(np.sin(turns)))
    rings, round_law = np.empty((4, 64, 2)), sheath(opening=0.0)
    round_law[SheathColumn.FLATTENING], round_law[SheathColumn.SWELLING] = 1.0, 0.0
    sheath_rings(*exactly(np.zeros((2, 64))), square, round_law, rings)
    outer, inner = (shapely.Polygon(ring) for ring in rings[:2])
    assert outer.area == pytest.approx(500.0**2)
    assert inner.is_valid
    assert outer.contains(inner)
    to_outline = [outer.exterior.distance(shapely.Point(point)) for point in rings[1]]
    assert to_outline[0] == pytest.approx(45.0, rel=0.02)
    assert to_outline[8] > 1.15 * to_outline[0]  # the corner lies at an eighth of the round


def test_a_round_mitochondrion_is_an_ellipse_and_a_long_one_is_blunt_with_broad_poles():
    rings, still, around = np.empty((2, 44, 2)), np.zeros((2, 44)), np.empty((3, 5))
    rim = walled_body_rings(*exactly(still), body(length=200.0), rings, around)
    np.testing.assert_allclose(rings[0], circle(44) * 100.0, atol=1e-9)
    poles = 25.0 * (1.0 + 0.1 * (np.cos(2 * np.pi * np.arange(44) / 44) ** 4 - 0.3))
    assert rim == pytest.approx(poles.mean())
    np.testing.assert_allclose(rings[1], shifted(rings[0], poles), atol=1e-6)
    walled_body_rings(*exactly(still), body(length=600.0), rings, around)
    assert shapely.Polygon(rings[0]).area > 1.05 * np.pi / 4 * 600.0 * 200.0
    widths = np.hypot(*(rings[1] - rings[0]).T)
    assert widths[[0, 22]].min() > 1.4 * widths[[11, 33]].max()
    rim = walled_body_rings(*exactly(still), body(length=600.0, bend=0.9, bulge=150.0, bulge_at=10.0), rings, around)
    widths = np.hypot(*(rings[1] - rings[0]).T)
    assert 25.0 < rim < 45.0
    assert widths.max() == pytest.approx(45.0)
    assert np.ptp(rings[0][:, 0]) > 210.0
    spine = bent_path(400.0, 0.9 * (1 - 200.0 / 600.0), 4) + np.array([10.0, 25.0])
    np.testing.assert_allclose(around, np.column_stack([spine[:-1], spine[1:], np.full(3, 155.0)]))


@pytest.mark.parametrize("width", [8.0, 13.0, 25.0, 60.0])
def test_the_lumen_of_the_slimmest_body_lies_within_its_outline(width):
    rings, still = np.empty((2, 36, 2)), np.zeros((2, 36))
    numbers = body(length=5.0 * width, width=width, wall=30.0, wall_most=max(12.5, 0.3 * width), bend=0.3)
    walled_body_rings(*exactly(still), numbers, rings, np.empty((3, 5)))
    outline = shapely.Polygon(rings[0]).buffer(1e-6)
    assert outline.covers(shapely.points(rings[1])).all()
    assert shapely.Polygon(rings[1]).buffer(0).area > 0.0


def odd(ring, rows, cols):
    """Return which points an odd number of edges of a ring lie to the right of."""
    found = np.zeros(rows.shape, bool)
    for (ay, ax), (by, bx) in zip(ring, np.roll(ring, -1, axis=0), strict=True):
        with np.errstate(divide="ignore", invalid="ignore"):
            found ^= ((ay > rows) != (by > rows)) & (cols < ax + (rows - ay) * (bx - ax) / (by - ay))
    return found


def test_the_lumen_lies_within_the_outline_however_slim_and_bent_a_body_is():
    rng, rings = np.random.default_rng(3), np.empty((2, 44, 2))
    waves = wave_table(44, ((2, 5, 1.0, 0.04),), ((1, 4, 1.0, 0.15),))  # deviations of usual bodies
    for _ in range(300):
        length = float(np.exp(rng.uniform(np.log(50.0), np.log(5000.0))))
        width = float(np.exp(rng.uniform(np.log(30.0), np.log(max(length, 31.0)))))
        wall, bend = float(rng.uniform(1.0, 200.0)), float(rng.uniform(-1.2, 1.2)) * (1.0 - min(width / length, 1.0))
        numbers = body(length=length, width=width, wall=wall, wall_most=max(12.5, 0.36 * width), bend=bend)
        walled_body_rings(rng.standard_normal(len(waves)), waves, numbers, rings, np.empty((3, 5)))
        low, size = rings[0].min(axis=0), np.ptp(rings[0], axis=0)
        rows, cols = low[:, None, None] + size[:, None, None] * (np.mgrid[:90, :90] / 89 * 1.2 - 0.1)
        assert not (odd(rings[1], rows, cols) & ~odd(rings[0], rows, cols)).any(), (length, width, wall, bend)


def test_a_density_is_a_ribbon_along_its_line():
    wave = np.random.default_rng(2).normal(0.0, 0.1, 17)
    outline, lines = np.empty((34, 2)), np.empty((4, 8, 2))
    numbers = density(length=300.0, width=70.0, bend=0.5, core_aside=12.5)
    density_outline(*exactly(wave), numbers, outline, lines, np.empty((2, 5, 5)))
    path = bent_path(300.0, 0.5, 17) + np.array([35.0, 0.0])
    for line, share, row in ((lines[0], 0.68, 8.4), (lines[1], 0.68, 78.4), (lines[3], 0.75, 35.0)):
        np.testing.assert_allclose(line, bent_path(300.0 * share, 0.5 * share, 8) + np.array([row, 0.0]))
    np.testing.assert_allclose(lines[2], bent_path(210.0, 0.35, 8) + np.array([47.5, 0.0]))
    ends = np.sqrt(np.maximum(1 - abs(np.linspace(-1, 1, 17)) ** 5, 0.02))
    np.testing.assert_allclose(outline, widened(path + np.array([8.4, 0.0]), 35.0 * ends * (1 + wave)), atol=1e-9)


def test_the_compartments_beside_a_density_touch_along_a_line():
    sides = np.empty((2, 5, 5))
    numbers = density(length=160.0, width=10.0, bend=0.48, spine_radius=50.0)
    density_outline(*exactly(np.zeros(17)), numbers, np.empty((34, 2)), np.empty((4, 8, 2)), sides)
    line = bent_path(200.0, 0.6, 5) + np.array([35.0, 0.0])
    np.testing.assert_allclose(sides[0, 4], [35.0 - 46.0, -30.0, 35.0 - 46.0, 30.0, 40.0])
    np.testing.assert_allclose(sides[1, 4], [35.0 + 57.5, -30.0, 35.0 + 57.5, 30.0, 50.0])
    sides = sides[:, :4].reshape(8, 5)
    np.testing.assert_allclose(sides[:, 4], 15.6)
    assert sides[:4, 0].max() < 50.0 < sides[4:, 0].max()
    middles = (line[1:] + line[:-1]) / 2
    for side in (sides[:4], sides[4:]):
        axes = [shapely.LineString([c[:2], c[2:4]]) for c in side]
        away = [axis.distance(shapely.Point(m)) for axis, m in zip(axes, middles, strict=True)]
        np.testing.assert_allclose(away, 15.6)


@pytest.mark.parametrize("kind", ["tube", "ellipse", "dense_body", "dark_line", "microtubules", "grazing_membrane"])
def test_small_structures_lie_within_their_footprints(kind):
    swarm = Clutter(count=1, kinds=(kind,)).batch(np.random.default_rng(5), 1.0, 40)
    assert swarm.counts.sum() == len(swarm.capsules)
    stops = np.cumsum(swarm.counts)
    for n, (first, last) in enumerate(zip(stops - swarm.counts, stops, strict=True)):
        covers = [shapely.LineString([c[:2], c[2:4]]).buffer(c[4]) for c in swarm.capsules[first:last]]
        around = shapely.union_all(covers).buffer(1.5)
        for item, owners in swarm.paint:
            if isinstance(item, Strokes):
                drawn = [shapely.LineString(path) for path in item.paths[owners == n]]
            else:
                drawn = [shapely.Point(0, 0).buffer(min(disc[2:4])) for disc in item.discs[owners == n]]
            if kind in ("grazing_membrane", "microtubules"):  # these may reach out
                drawn = [piece.centroid for piece in drawn]
            assert all(around.contains(piece) for piece in drawn)
    assert {len(owners) > 0 for _, owners in swarm.paint} == {True, False}


def test_stray_vesicles_lie_in_their_groups():
    swarm = FreeVesicles(count=1, radius_nm=(20.0, 30.0), together=(1, 4)).batch(np.random.default_rng(7), 1.0, 60)
    (item, owners), (shadows, shadowed) = swarm.paint
    assert np.array_equal(owners, shadowed)
    assert len(shadows.paths) == len(owners)
    assert isinstance(item, Discs)
    assert np.array_equal(swarm.counts, np.ones(60))
    members = np.bincount(owners, minlength=60)
    assert 2 <= members.max() <= 4
    axes = [shapely.LineString([c[:2], c[2:4]]) for c in swarm.capsules[owners]]
    away = [axis.distance(shapely.Point(disc[:2])) for axis, disc in zip(axes, item.discs, strict=True)]
    assert (away + item.discs[:, 2] <= swarm.capsules[owners, 4] + 1e-9).all()
    for n in range(60):
        mine = item.discs[owners == n]
        for a in range(len(mine)):
            for b in range(a):
                assert np.hypot(*(mine[a, :2] - mine[b, :2])) >= mine[a, 2] + mine[b, 2] - 1.55
