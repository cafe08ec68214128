"""Free space against brute force."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from synthem.geometry.poses import Pose
from synthem.kernels.capsules import CapsuleColumn
from synthem.kernels.inner_placement import Footprints, InnerPlaces, place_inside
from synthem.kernels.occupancy import FOUND, INVALID, NO_ROOM, PAD, SPACING, place_footprint
from synthem.kernels.packing import ChainColumn, LimitColumn, Packed, pack_chains

SHAPE = (128, 160)


def empty():
    return np.zeros(SHAPE, np.uint8), np.full([(n + 2 * PAD) // SPACING for n in SHAPE], 1e4, np.float32)


def place(occupied, clearance, capsules, *, key=3, code=1, margin=4.0, inset=0.0, beyond=False):
    margins = np.array([0.0, margin, margin])
    return place_footprint(occupied, clearance, capsules, margins, inset, beyond, key, code)


def geometry(capsules):
    parts = []
    for y0, x0, y1, x1, r in capsules:
        line = shapely.LineString([(y0, x0), (y1, x1)]) if (y0, x0) != (y1, x1) else shapely.Point(y0, x0)
        parts.append(line.buffer(r, quad_segs=64))
    return shapely.union_all(parts)


def distances(shape, clearance, reach=np.inf):
    """Return the distance of every node from the nearest image of a shape: opposite edges of the grid meet.

    What lies farther away than `reach` may be infinite.
    """
    rows, cols = np.indices(clearance.shape) * SPACING - PAD
    high, wide = SPACING * np.array(clearance.shape)
    top, left, bottom, right = shape.bounds
    nearest = np.full(clearance.shape, np.inf)
    for y, x in [(rows + y, cols + x) for y in (-high, 0, high) for x in (-wide, 0, wide)]:
        down, across = y - np.clip(y, top, bottom), x - np.clip(x, left, right)
        near = np.hypot(down, across) <= min(reach, nearest.max())
        nearest[near] = np.minimum(nearest[near], shapely.distance(shape, shapely.points(y[near], x[near])))
    return nearest


@pytest.mark.parametrize("key", range(5))
@pytest.mark.parametrize(
    "capsules", [np.array([[0, -20, 4, 20, 9.0], [4, 20, 14, 20, 5.0]]), np.array([[0.0, 0, 0, 0, 12.0]])]
)
def test_a_footprint_is_written_where_it_was_placed(capsules, key):
    occupied, clearance = empty()
    status, tried, row, col, angle, seen = place(occupied, clearance, capsules, key=key)
    assert (status, tried) == (FOUND, 1)
    assert seen
    pose = Pose(row, col, angle)
    shape = geometry(pose.apply(capsules))
    rows, cols = np.indices(SHAPE)
    pixels = shapely.points(rows.ravel(), cols.ravel())
    boundary = shape.boundary
    shapely.prepare([shape, boundary])
    clear = ~shapely.dwithin(boundary, pixels, 0.05).reshape(SHAPE)
    assert np.array_equal((occupied == 1)[clear], shapely.contains(shape, pixels).reshape(SHAPE)[clear])
    away = distances(shape, clearance, reach=100)
    near = away < 90
    assert np.abs(np.maximum(clearance, 0) - away)[near].max() < 0.05
    assert (clearance[~near] > 85).all()


def test_margins_are_kept_and_crowding_is_admitted():
    occupied, clearance = empty()
    capsules = np.array([[0, -8, 0, 8, 8.0]])
    shapes, failures = [], 0
    for key in range(60):
        status, tried, *pose, _ = place(occupied, clearance, capsules, key=key, margin=5.0)
        assert tried > 0
        if status == FOUND:
            shapes.append(geometry(Pose(*pose).apply(capsules)))
        else:
            failures += 1
            assert status == NO_ROOM
    assert len(shapes) >= 10
    assert failures
    apart = [a.distance(b) for k, a in enumerate(shapes) for b in shapes[:k]]
    assert min(apart) > 5.0 - 1.0  # from pixel centres


@pytest.mark.parametrize("inset", [-20.0, 0.0, 30.0])
def test_origins_keep_to_the_inset(inset):
    for key in range(50):
        _, _, row, col, _, _ = place(*empty(), np.array([[0, 0, 0, 0, 5.0]]), key=key, inset=inset)
        for at, size in ((row, SHAPE[0]), (col, SHAPE[1])):
            assert inset - SPACING / 2 <= at <= size - 1 - inset + SPACING / 2


@pytest.mark.parametrize("inset", [-20.0, 0.0, 30.0])
def test_origins_beyond_lie_anywhere_else(inset):
    seen = np.zeros(2, int)
    for key in range(100):
        occupied, clearance = empty()
        capsules = np.array([[0, 0, 0, 0, 30.0]])
        status, _, row, col, _, visible = place(occupied, clearance, capsules, key=key, inset=inset, beyond=True)
        assert status == FOUND
        ends = [(row, SHAPE[0]), (col, SHAPE[1])]
        assert not all(inset + SPACING / 2 < at < size - 1 - inset - SPACING / 2 for at, size in ends)
        assert all(-PAD - SPACING / 2 <= at <= size + PAD for at, size in ends)
        assert visible == occupied.any()
        seen[int(visible)] += 1
    assert seen.min() >= 5


def test_what_leaves_the_grid_on_one_side_comes_in_on_the_other():
    capsules = np.array([[0.0, -30.0, 0.0, 30.0, 12.0]])
    over = 0
    for key in range(12):
        occupied, clearance = empty()
        _, _, row, col, angle, _ = place(occupied, clearance, capsules, key=key, beyond=True)
        shape = geometry(Pose(row, col, angle).apply(capsules))
        over += shape.bounds[0] < -PAD
        away = distances(shape, clearance, reach=100)
        assert np.abs(np.maximum(clearance, 0) - away)[away < 90].max() < 0.05
    assert over >= 1


@pytest.mark.parametrize("inset", [70.0, 90.0])
@pytest.mark.parametrize("turned", [False, True])
def test_an_inset_that_leaves_no_room_along_either_axis_places_nothing(inset, turned):
    occupied, clearance = (np.ascontiguousarray(grid.T) if turned else grid for grid in empty())
    assert place(occupied, clearance, np.array([[0, 0, 0, 0, 5.0]]), inset=inset)[:2] == (NO_ROOM, 0)
    assert not occupied.any()


@pytest.mark.parametrize("number", [np.nan, np.inf, 1e6])
def test_a_footprint_out_of_reach_is_invalid(number):
    assert place(*empty(), np.array([[0, 0, 0, number, 5.0]]))[:2] == (INVALID, 0)


def pack(clearance, wanted, probes, known, out):
    """Return how many capsules there are in `out` then, the next compartment, and the capsules near the tile."""
    near = np.empty((9 * len(out), 6), np.float32)
    limits = np.zeros(len(LimitColumn))
    limits[LimitColumn.GAP], limits[LimitColumn.SMALLEST] = 3.0, 5.0
    count, following, kept = pack_chains(clearance, wanted, probes, limits, 7, known, SHAPE, Packed(out, near))
    return count, following, near[:kept]


def chains_wanted(rng, lobes=0.0):
    wanted = np.empty((30, len(ChainColumn)))
    wanted[:, ChainColumn.RADIUS] = np.linspace(30, 6, 30)
    wanted[:, ChainColumn.LENGTH] = 60 * rng.random(30)
    wanted[:, ChainColumn.ANGLE] = 6 * rng.random(30)
    wanted[:, ChainColumn.BEND] = 0.1
    wanted[:, ChainColumn.TAPER] = 0.98
    wanted[:, ChainColumn.LOBE] = rng.random(30) < lobes
    wanted[:, ChainColumn.CONTINUES] = -1
    return wanted


def test_chains_do_not_overlap_and_keep_to_their_sizes():
    _, clearance = empty()
    rng = np.random.default_rng(1)
    wanted = chains_wanted(rng)
    out = np.empty((400, 6))
    count, following, _ = pack(clearance, wanted, rng.random((30, 20)), 0, out)
    chains = [geometry(out[:count][out[:count, CapsuleColumn.OWNER] == n, :5]) for n in range(7, following)]
    assert following == 7 + len(set(out[:count, CapsuleColumn.OWNER]))
    assert out[:count, CapsuleColumn.RADIUS].min() >= 5.0
    overlaps = [a.intersection(b).area for k, a in enumerate(chains) for b in chains[:k]]
    assert max(overlaps) < 12.0  # clearances are read at the nearest node


def test_lobes_belong_to_the_compartment_beside_them():
    _, clearance = empty()
    rng = np.random.default_rng(1)
    out = np.empty((400, 6))
    out[0] = [60.0, 60.0, 60.0, 80.0, 20.0, 3.0]
    clearance[:] = distances(geometry(out[:1, :5]), clearance)
    count, following, _ = pack(clearance, chains_wanted(rng, 0.7), rng.random((30, 20)), 1, out)
    owners, number = np.unique(out[:count, CapsuleColumn.OWNER], return_counts=True)
    assert set(owners) == {3.0, *range(7, following)}
    assert number[0] > 1  # the compartment that was there has lobes too
    parts = [geometry(out[:count][out[:count, CapsuleColumn.OWNER] == n, :5]) for n in owners]
    overlaps = [a.intersection(b).area for k, a in enumerate(parts) for b in parts[:k]]
    assert max(overlaps) < 12.0


@pytest.mark.parametrize("compartment", [0.0, 3.0])
@pytest.mark.parametrize(("node", "beside"), [(30, True), (50, False)])
def test_a_lobe_with_nothing_beside_it_is_a_compartment_of_its_own(compartment, node, beside):
    _, clearance = empty()
    clearance[:] = 0
    clearance[node, 30] = 50.0  # room at one place
    out = np.empty((60, 6))
    out[0] = [56.0, 72.0, 56.0, 72.0, 5.0, compartment]
    lobe = np.zeros((1, len(ChainColumn)))
    lobe[0, ChainColumn.RADIUS], lobe[0, ChainColumn.LOBE], lobe[0, ChainColumn.CONTINUES] = 8.0, 1.0, -1.0
    probes = np.array([[(node + 0.5) / clearance.shape[0], 30.5 / clearance.shape[1]]])
    count, following, _ = pack(clearance, lobe, probes, 1, out)
    assert count > 1
    assert set(out[1:count, CapsuleColumn.OWNER]) == {compartment if beside else 7.0}
    assert following == (7 if beside else 8)


def test_packed_capsules_come_in_on_the_other_side_as_other_compartments():
    _, clearance = empty()
    rng = np.random.default_rng(4)
    out = np.empty((400, 6))
    count, following, near = pack(clearance, chains_wanted(rng), rng.random((30, 20)), 0, out)
    expected = []
    packed = out[:count].astype(np.float32)
    shifts = [(0, 0), *((y, x) for y in (-1, 0, 1) for x in (-1, 0, 1) if y or x)]
    for number, shift in enumerate(shifts):
        by = SPACING * np.multiply(np.tile(shift, 2), clearance.shape * 2)
        moved = packed + np.array([*by, 0, number * following])
        low, high = np.minimum(moved[:, :2], moved[:, 2:4]), np.maximum(moved[:, :2], moved[:, 2:4])
        reach = moved[:, 4:5] + 24.0
        expected.append(moved[((high + reach > 0) & (low - reach < SHAPE)).all(axis=1)])
    assert expected[0].size
    assert sum(map(len, expected[1:]))
    assert np.allclose(near, np.concatenate(expected), atol=1e-3)


def test_a_compartment_goes_on_on_both_sides():
    _, clearance = empty()
    out = np.empty((60, 6))
    out[0] = [60.0, 60.0, 60.0, 80.0, 20.0, 3.0]
    clearance[:] = distances(geometry(out[:1, :5]), clearance)
    across = np.zeros((1, len(ChainColumn)))  # along the rows, straight, as thick everywhere; continues capsule 0
    across[0, ChainColumn.RADIUS], across[0, ChainColumn.LENGTH], across[0, ChainColumn.TAPER] = 8.0, 120.0, 1.0
    count, following, _ = pack(clearance, across, np.random.default_rng(0).random((1, 20)), 1, out)
    assert following == 7  # no compartment of its own
    assert set(out[:count, CapsuleColumn.OWNER]) == {3.0}
    whole = geometry(out[:count, :5])
    assert whole.geom_type == "Polygon"
    top, bottom = whole.bounds[0], whole.bounds[2]
    assert top < 60 - 50
    assert bottom > 60 + 50
    assert np.allclose(out[1:count, CapsuleColumn.RADIUS], 8.0)


def test_places_within_have_room():
    clearance = empty()[1]
    clearance[:] = 0
    clearance[20:30, 20:40] = 15.0
    capsules = np.array([[0, -4, 0, 4, 6.0]] * 30)
    poses, tried, found, counts = np.empty((30, 4)), np.empty(30, np.int64), np.empty(30, bool), np.ones(30, np.int64)
    footprints = Footprints(capsules, counts, np.full(30, np.inf))
    place_inside(clearance, footprints, 11, 2000, SHAPE, 0.0, np.pi, InnerPlaces(poses, tried, found))
    placed = poses[found]
    assert 2 <= len(placed) < 30
    assert (tried > 0).all()
    assert (poses[:, 3] == 1).all()
    assert (np.abs(placed[:, 0] + PAD - 25 * SPACING) <= 5.5 * SPACING).all()
    shapes = [geometry(Pose(*p[:3]).apply(capsules[:1])) for p in placed]
    assert all(a.distance(b) > 0 for k, a in enumerate(shapes) for b in shapes[:k])


def test_what_keeps_near_to_borders_rarely_lies_far_from_them():
    beside = []
    for near in (np.inf, 3.0):
        clearance = np.full_like(empty()[1], 0.0)
        rows = np.arange(clearance.shape[0]) * SPACING - PAD
        clearance[:] = np.clip(np.minimum(rows, SHAPE[0] - 1 - rows), 0, None)[:, None]
        capsules, counts = np.tile([[0.0, 0.0, 0.0, 0.0, 2.0]], (40, 1)), np.ones(40, np.int64)
        poses, tried, found = np.empty((40, 4)), np.empty(40, np.int64), np.empty(40, bool)
        footprints = Footprints(capsules, counts, np.full(40, near))
        place_inside(clearance, footprints, 5, 4000, SHAPE, 0.0, np.pi, InnerPlaces(poses, tried, found))
        row = poses[found, 0]
        beside.append(np.mean(np.minimum(row, SHAPE[0] - 1 - row) < 11))
    assert beside[1] > 2 * beside[0] > 0
