"""Lines and compartments without a label of their own, beside shapely and NumPy."""

from __future__ import annotations

import numpy as np
import shapely

from synthem.kernels.details import TAKEN, mark_strokes, write_detail_masks
from synthem.kernels.raster import VECTOR, Lines, StrokeColumn

SHAPE = (60, 75)
LINES = [[(-5, 20), (30, 25), (30, 80)], [(10, 5), (50, 70)], [(55, -9), (40, 12), (70, 30)]]
CODES = np.array([3, 0, 9], np.uint8)
IDS = np.array([17, 18, 0], np.int32)


def test_lines_are_marked_where_they_cover_pixels_by_half():
    points = np.array([point for line in LINES for point in line], np.float32)
    starts = np.cumsum([0, *map(len, LINES)])
    appearances = np.zeros((3, len(StrokeColumn)), np.float32)
    appearances[:, StrokeColumn.HALF_WIDTH], appearances[:, StrokeColumn.SOFTNESS] = (2.0, 9.0, 3.5), (1.0, 1.0, 0.0)
    detail, ids = np.zeros(SHAPE, np.uint8), np.full(SHAPE, 5, np.int32)
    detail[20:40, 30:36] = TAKEN
    taken = detail == TAKEN
    scratch = np.empty(SHAPE[1] + VECTOR, np.float32)
    mark_strokes(Lines(points, starts, appearances), CODES, IDS, scratch, detail, ids)
    pixels = shapely.points(*np.indices(SHAPE).reshape(2, -1))
    away = [shapely.distance(shapely.LineString(line), pixels).reshape(SHAPE) for line in LINES]
    first, last = away[0] - 2.5, away[2] - 3.5
    clear = np.minimum(abs(first), abs(last)) > 0.01
    expected = np.select([taken, last < 0, first < 0], [TAKEN, 9, 3], 0)  # what comes later lies on top
    assert np.array_equal(detail[clear], expected[clear])
    assert np.array_equal(ids[clear], np.where(~taken & (first < 0), 17, 5)[clear])
    assert {0, 3, 9, TAKEN} == set(np.unique(detail[clear]))


def test_masks_of_details_leave_labels_alone():
    rng = np.random.default_rng(0)
    label, detail = rng.integers(0, 2, SHAPE, dtype=np.uint8), rng.integers(0, 3, SHAPE, dtype=np.uint8)
    compartments = rng.integers(0, 5, SHAPE, dtype=np.int32)
    channels = np.full(256, -1)
    channels[2] = 1
    kinds = np.array([[-1, 2, -1, 2], [-1, -1, 3, -1]])  # compartment 4 has no kind
    masks = np.zeros((4, *SHAPE), np.uint8)
    write_detail_masks(label, detail, compartments, channels, 0, kinds, masks)
    free = label == 0
    assert np.array_equal(masks[0], free & (detail == 0) & (compartments > 0))
    assert np.array_equal(masks[1], free & (detail == 2))
    assert np.array_equal(masks[2], np.isin(compartments, [1, 3]))
    assert np.array_equal(masks[3], compartments == 2)
