"""The partition against a search over all capsules at every pixel."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from synthem.kernels.capsules import CapsuleColumn
from synthem.kernels.membranes import MembraneColumn, Partition, paint_membranes
from synthem.kernels.partition import fill_owner, find_candidates, lower_to_borders
from synthem.kernels.warp import WARP_SPACING, warp_field
from synthem.labels import EPFL6
from synthem.painting.canvas import Canvas
from synthem.painting.textures import texture

HALF, ROUNDING = 3.0, 8.0


def capsules_of(seed, shape, compartments):
    """Compartments of one to four capsules each, sorted by compartment."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(1, compartments + 1):
        y, x = rng.random(2) * np.add(shape, 60) - 30
        radius = 2 + 20 * rng.random()
        for _ in range(rng.integers(1, 5)):
            to_y, to_x = (y, x) + 25 * rng.standard_normal(2)
            rows.append([y, x, to_y, to_x, radius, number])
            y, x = to_y, to_x
    return np.array(rows, np.float32)


def warp_of(capsules, shape, amplitude, claims=0):
    warp = np.zeros((3, -(-shape[0] // WARP_SPACING) + 1, -(-shape[1] // WARP_SPACING) + 1), np.float32)
    warp_field(capsules, claims, 12345, amplitude, 0.3 * amplitude, 48.0, 14.0, warp)
    return warp


def partition(capsules, warp, shape, rounding=ROUNDING, left_over=1e30):
    rows, cols = warp.shape[1] - 1, warp.shape[2] - 1
    spans, gaps = np.empty((-(-rows // 2), -(-cols // 2), 2), np.int32), np.empty((rows, cols), np.float32)
    items = np.empty(rows * cols * max(4, len(capsules)), np.int32)
    total = find_candidates(capsules, warp, 2 * HALF + 0.5 * rounding, rounding, spans, items, gaps)
    assert total <= items.size
    canvas = Canvas(shape)
    canvas.clear(150.0, 5.0)
    canvas.lanes[:] = left_over
    membrane = np.zeros(len(MembraneColumn), np.float32)
    facing = np.zeros(int(capsules[:, CapsuleColumn.OWNER].max()) + 1, np.int32)
    for column in (MembraneColumn.HALF_WIDTH, MembraneColumn.WIDEST_HALF_WIDTH, MembraneColumn.PAINTED_WITHIN):
        membrane[column] = HALF
    membrane[MembraneColumn.LEVEL], membrane[MembraneColumn.ROUNDING] = 90.0, rounding
    cells, code = Partition(capsules, spans, items, warp, facing), EPFL6.codes["boundaries"]
    paint_membranes(cells, membrane, code, 7, texture(8, 2), canvas.lanes, canvas.planes)
    return canvas, gaps


def warped_pixels(warp, shape):
    """Bilinear interpolation of the warp, by matrix products."""
    weights = []
    for size, nodes in zip(shape, warp.shape[1:], strict=True):
        at = np.arange(size) / WARP_SPACING
        low = np.minimum(at.astype(int), nodes - 2)
        matrix = np.zeros((size, nodes))
        matrix[np.arange(size), low] = 1 - (at - low)
        matrix[np.arange(size), low + 1] = at - low
        weights.append(matrix)
    rows, cols = np.mgrid[: shape[0], : shape[1]]
    return rows + weights[0] @ warp[0] @ weights[1].T, cols + weights[0] @ warp[1] @ weights[1].T


def scored(capsules, warp, shape):
    """Signed distance of every compartment at every pixel, and its gradient: (compartments, 3, H, W)."""
    y, x = warped_pixels(warp.astype(float), shape)
    out = {}
    for y0, x0, y1, x1, radius, number in capsules.astype(float):
        dy, dx = y1 - y0, x1 - x0
        t = np.clip(((y - y0) * dy + (x - x0) * dx) / (dy * dy + dx * dx + 1e-6), 0, 1)
        ry, rx = y - y0 - t * dy, x - x0 - t * dx
        away = np.hypot(ry, rx)
        new = np.stack([away - radius, ry / (away + 1e-6), rx / (away + 1e-6)])
        old = out.get(number)
        out[number] = new if old is None else np.where(new[0] < old[0], new, old)
    return np.array(list(out)), np.stack(list(out.values()))


def border_distance(scores, rounding):
    """The documented rule, written down once more."""
    order = np.argsort(scores[:, 0], axis=0)
    first, second, third = (
        np.take_along_axis(scores, order[k][None, None], axis=0)[0] if k < len(order) else np.full_like(scores[0], 1e6)
        for k in range(3)
    )
    slope = np.sqrt(np.maximum(2 - 2 * (first[1] * second[1] + first[2] * second[2]), 0.16))
    d = (second[0] - first[0]) / slope
    near = np.maximum(1 - (third[0] - second[0]) / rounding, 0)
    far = np.maximum(1 - d / (2 * rounding), 0)
    return order[0], second[0] - first[0], d - 0.25 * rounding * near**2 * far


@given(st.integers(0, 2**32 - 1), st.sampled_from([(64, 64), (100, 83), (96, 200)]), st.sampled_from([0.0, 8.0]))
def test_lists_of_candidates_decide_like_all_capsules(seed, shape, amplitude):
    """Scores at pixels follow from those of nodes 0.7 px away: the border may move by part of a pixel.

    Where axes bend, or one of them ends, the slope jumps, and with it the distance of the rule; there the kernel may
    take the slope of a neighbour.
    """
    capsules = capsules_of(seed, shape, 12)
    warp = warp_of(capsules, shape, amplitude)
    canvas, _ = partition(capsules, warp, shape)
    numbers, scores = scored(capsules, warp, shape)
    nearest, gap, distance = border_distance(scores, ROUNDING)
    wrong = canvas.compartments != numbers[nearest]
    assert gap[wrong].max(initial=0.0) < 3.0
    assert wrong.mean() < 0.015
    marked = canvas.label == EPFL6.codes["boundaries"]
    assert (marked != (distance < HALF)).mean() < 0.06
    low, high = ndimage.minimum_filter(distance, 3), ndimage.maximum_filter(distance, 3)
    assert np.where(marked, low > HALF + 0.2, high < HALF - 0.2).mean() < 3e-3
    assert np.array_equal(canvas.grey != 150.0, canvas.label > 0)


@given(st.integers(0, 2**32 - 1), st.sampled_from([(64, 64), (100, 83), (96, 200)]))
def test_straight_borders_are_exact(seed, shape):
    """Beside long straight axes scores are linear, and the kernel decides like the rule at every pixel."""
    rng = np.random.default_rng(seed)
    angles, at = rng.random(5) * np.pi, rng.random((5, 2)) * shape
    along = 1e3 * np.stack([np.sin(angles), np.cos(angles)], axis=1)
    capsules = np.column_stack([at - along, at + along, 2 + 8 * rng.random(5), np.arange(1, 6)]).astype(np.float32)
    warp = warp_of(capsules, shape, 0.0)
    canvas, _ = partition(capsules, warp, shape)
    numbers, scores = scored(capsules, warp, shape)
    nearest, gap, distance = border_distance(scores, ROUNDING)
    depth = scores[:, 0] + capsules[:, CapsuleColumn.RADIUS, None, None]
    linear = (depth > 1.0).all(axis=0)  # the pixel and its node are on the same side of every axis
    ordered = np.sort(scores[:, 0], axis=0)
    sure = linear & (gap > 1e-2) & (ordered[3] > ordered[0] + 3.0)  # nodes know three compartments
    assert np.array_equal(canvas.compartments[sure], numbers[nearest][sure])
    sure &= (np.abs(distance - HALF) > 2e-2) & (ordered[3] > ordered[2] + 3.0) & (ordered[2] > ordered[1] + 1e-2)
    assert np.array_equal((canvas.label == EPFL6.codes["boundaries"])[sure], (distance < HALF)[sure])
    assert (canvas.grey[sure & (distance > 0.1) & (canvas.label > 0)] == 90.0).all()  # only junctions are paler


@pytest.mark.parametrize("left_over", [0.0, -1e30, 1e30, np.nan])
def test_work_space_may_hold_anything(left_over):
    capsules = capsules_of(1391390, (100, 83), 12)
    warp = warp_of(capsules, (100, 83), 0.0)
    fresh, used = (partition(capsules, warp, (100, 83), left_over=value)[0] for value in (0.5, left_over))
    assert np.array_equal(fresh.label, used.label)
    assert np.array_equal(fresh.grey, used.grey)
    assert np.array_equal(fresh.compartments, used.compartments)


def test_one_compartment_has_no_membrane():
    capsules = np.array([[30, 30, 30, 30, 1, 5]], np.float32)
    canvas, _ = partition(capsules, warp_of(capsules, (64, 64), 8.0), (64, 64))
    assert (canvas.compartments == 5).all()
    assert not canvas.label.any()


def test_large_tiles_are_cut_like_small_ones():
    """Lists go by bins of 128 pixels; compartments across several of them are found all the same."""
    capsules = np.array([[0, -50, 0, 900, 3, 1], [600, -50, 600, 900, 3, 2], [300, 300, 310, 320, 9, 3]], np.float32)
    canvas, _ = partition(capsules, warp_of(capsules, (640, 700), 0.0), (640, 700))
    numbers, scores = scored(capsules, warp_of(capsules, (640, 700), 0.0), (640, 700))
    nearest, gap, _ = border_distance(scores, ROUNDING)
    assert np.array_equal(canvas.compartments[gap > 0.1], numbers[nearest][gap > 0.1])


def test_nothing_is_warped_on_claims():
    capsules = capsules_of(3, (256, 256), 6)
    warp = warp_of(capsules, (256, 256), 8.0, claims=len(capsules))
    rows, cols = np.mgrid[: warp.shape[1], : warp.shape[2]] * WARP_SPACING
    for y0, x0, y1, x1, radius, _ in capsules:
        t = np.clip(((rows - y0) * (y1 - y0) + (cols - x0) * (x1 - x0)) / ((y1 - y0) ** 2 + (x1 - x0) ** 2), 0, 1)
        near = np.hypot(rows - y0 - t * (y1 - y0), cols - x0 - t * (x1 - x0)) < radius + WARP_SPACING
        assert not warp[:2, near].any()
    assert warp[:2].any()


def test_the_warp_is_irregular_and_bounded():
    warp = warp_of(np.empty((0, 6), np.float32), (1024, 1024), 8.0)[:2]
    assert np.abs(warp).max() <= 8.0 + 2.4
    assert 2.0 < warp.std() < 6.0
    assert abs(np.corrcoef(warp[0].ravel(), warp[1].ravel())[0, 1]) < 0.2


def test_barriers_belong_to_their_owners():
    compartments = np.zeros((64, 64), np.int32)
    ring = np.array([[10.0, 10.0], [10.0, 50.0], [40.0, 50.0], [40.0, 10.0]])
    crossings, counts = np.empty((64, 8)), np.empty(64, np.int64)
    fill_owner(ring, np.array([0, 4]), np.array([9]), crossings, counts, compartments)
    assert (compartments[10:40, 10:50] == 9).all()
    assert np.count_nonzero(compartments) == 30 * 40


@pytest.mark.parametrize("shape", [(64, 64), (100, 90)])
def test_clearance_is_the_distance_from_membranes(shape):
    """Halfway between two straight membranes 40 px apart it is 20 less their half-width; it is 0 outside the tile."""
    capsules = np.array([[k, -100, k, 300, 1, 1 + k // 40] for k in (-20, 20, 60, 100)], np.float32)
    _, gaps = partition(capsules, warp_of(capsules, shape, 0.0), shape)
    grid = np.full([(n + 96) // 4 + 2 for n in shape], 1e4, np.float32)
    lower_to_borders(gaps, 2.0, *shape, 4, 48, grid)
    rows = np.arange(0, shape[0], 4)
    expected = np.abs((rows + 20) % 40 - 20) - 2.0
    inner = grid[12 : 12 + len(rows), 12 : 12 + (shape[1] - 1) // 4]
    wrong = np.abs(inner - expected[:, None])
    assert wrong.max() < 4.0  # on a membrane or halfway: linear between blocks of 8 px
    assert wrong[np.abs(expected - 8.0) < 5].max() < 0.6
    assert not grid[:12].any()
    assert not grid[:, :12].any()
