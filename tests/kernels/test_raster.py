"""Painting against independent rasterisers, under the edge rule of `synthem.kernels.raster`."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from skimage.draw import polygon2mask

from synthem.errors import ConfigError
from synthem.geometry.poses import Pose
from synthem.instrument.materials import Material, material_table
from synthem.labels import EPFL6
from synthem.painting.canvas import Canvas
from synthem.painting.paint import Discs, Fill, Part, Ridges, Stroke
from synthem.painting.paint_list import PaintList
from synthem.painting.textures import texture

SHAPE = (64, 80)
ROWS, COLS = np.mgrid[: SHAPE[0], : SHAPE[1]]


MATERIALS = {
    "dark": Material(grey=50.0),
    "black": Material(),
    "half": Material(opacity=0.5),
    "ridge": Material(grey=-20.0, relative_to="dark"),
    "rough": Material(grey=100.0, texture_sd=10.0),
    "rim": Material(grey=60.0),
    "pale": Material(grey=130.0),
}


def painted(*items, label=None, shape=SHAPE, pose=None, before=None):
    """Paint in a scale of 1 pixel per nm, so that lengths are pixels."""
    canvas = Canvas(shape)
    canvas.clear(100.0, 1.0)
    canvas.ids.fill(0)
    if before is not None:
        canvas.label[:] = before
    paint = PaintList.compile([Part("thing", items, label=label, pose=pose or Pose())])
    table = material_table(paint.materials, tuple(MATERIALS.items()), 100.0)
    canvas.paint(paint, paint.shaded(table, 7), texture(8, 3))
    return canvas


@st.composite
def rings(draw: st.DrawFn, reach: float = 45.0):
    """A star around some place, partly beyond the tile."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    count = draw(st.integers(3, 40))
    angles = np.sort(rng.random(count)) * 2 * np.pi
    radii = reach * (0.2 + 0.8 * rng.random(count))
    centre = rng.random(2) * SHAPE
    return centre + np.stack([np.sin(angles), np.cos(angles)], axis=1) * radii[:, None]


def inside(polygon):
    """Pixel centres inside a polygon of (row, column), and those nowhere near its edge."""
    points = shapely.points(ROWS.ravel(), COLS.ravel())
    boundary = polygon.boundary
    shapely.prepare([polygon, boundary])
    clear = ~shapely.dwithin(boundary, points, 1e-9).reshape(SHAPE)
    return shapely.contains(polygon, points).reshape(SHAPE), clear


@given(rings())
def test_fill_is_the_polygon(ring):
    polygon = shapely.Polygon(ring)
    expected, clear = inside(polygon)
    canvas = painted(Fill((ring,), "dark", label="axon"), label="axon")
    assert np.array_equal(canvas.label[clear] == EPFL6.codes["axon"], expected[clear])
    assert np.array_equal(canvas.ids == 1, canvas.label == EPFL6.codes["axon"])
    assert (canvas.grey[canvas.label > 0] == 50.0).all()


@given(rings(), st.floats(0.3, 0.9))
def test_holes_are_left_out(ring, share):
    hole = ring.mean(axis=0) + share * (ring - ring.mean(axis=0))
    outer, inner = inside(shapely.Polygon(ring)), inside(shapely.Polygon(hole))
    clear = outer[1] & inner[1]
    canvas = painted(Fill((ring, hole), "dark", label="psd"), label="psd")
    assert np.array_equal((canvas.label > 0)[clear], (outer[0] ^ inner[0])[clear])


def test_top_and_left_edges_belong_to_a_shape():
    square = np.array([[10.0, 20.0], [10.0, 30.0], [15.0, 30.0], [15.0, 20.0]])
    for ring in (square, square[::-1]):
        label = painted(Fill((ring,), "dark", label="axon"), label="axon").label
        assert np.array_equal(np.argwhere(label).min(axis=0), [10, 20])
        assert np.array_equal(np.argwhere(label).max(axis=0), [14, 29])


def test_neighbours_share_no_pixel_and_leave_none_out():
    left = np.array([[5.0, 5.0], [5.0, 30.5], [40.25, 22.0], [40.25, 5.0]])
    right = np.array([[5.0, 30.5], [5.0, 60.0], [40.25, 60.0], [40.25, 22.0]])
    both = np.array([[5.0, 5.0], [5.0, 60.0], [40.25, 60.0], [40.25, 5.0]])
    a, b, c = (painted(Fill((ring,), "dark", label="axon"), label="axon").label > 0 for ring in (left, right, both))
    assert not (a & b).any()
    assert np.array_equal(a | b, c)


def test_fill_agrees_with_scikit_image():
    ring = np.array([[12.3, 7.1], [50.2, 22.6], [38.4, 61.9], [9.7, 44.4]])
    mask = painted(Fill((ring,), "dark", label="axon"), label="axon").label > 0
    assert np.array_equal(mask, polygon2mask(SHAPE, ring))


def test_a_class_never_covers_one_of_higher_precedence():
    before = np.zeros(SHAPE, np.uint8)
    before[:, ::2] = EPFL6.codes["psd"]
    ring = np.array([[0.0, 0.0], [0.0, 80.0], [64.0, 80.0], [64.0, 0.0]])
    canvas = painted(Fill((ring,), "dark", label="vesicles"), label="vesicles", before=before)
    assert (canvas.label[:, ::2] == EPFL6.codes["psd"]).all()
    assert (canvas.grey[:, ::2] == 100.0).all()
    assert (canvas.label[:, 1::2] == EPFL6.codes["vesicles"]).all()


def test_ridges_have_their_period_and_direction():
    ring = np.array([[0.0, 0.0], [0.0, 80.0], [64.0, 80.0], [64.0, 0.0]])
    fill = Fill((ring,), "dark", Ridges("ridge", 8.0, 0.0, 0.0), label="mitochondria")
    for pose, place in ((Pose(), (8, 0)), (Pose(row=64.0, angle=-np.pi / 2), (0, 8))):
        grey = painted(fill, label="mitochondria", pose=pose).grey[:, :64]
        spectrum = np.abs(np.fft.rfft2(grey - grey.mean()))[:32]
        assert np.unravel_index(spectrum.argmax(), spectrum.shape) == place


@given(st.integers(0, 2**32 - 1))
def test_discs_are_the_ellipses(seed):
    rng = np.random.default_rng(seed)
    discs = np.array([[*(rng.random(2) * SHAPE), *(2 + 12 * rng.random(2)), 6 * rng.random()] for _ in range(4)])
    pieces = np.tile([1.5, 0.0, 1.0, 0.0], (4, 1))
    canvas = painted(Discs(discs, pieces, ("rim", "pale"), label="vesicles"), label="vesicles")
    expected, clear = np.zeros(SHAPE, int), np.ones(SHAPE, bool)
    for k, (row, col, a, b, angle) in enumerate(discs):
        dy, dx = ROWS - row, COLS - col
        u, v = dy * np.sin(angle) + dx * np.cos(angle), dy * np.cos(angle) - dx * np.sin(angle)
        q = (u / a) ** 2 + (v / b) ** 2
        clear &= abs(q - 1) > 1e-9
        expected[(q <= 1) & (expected == 0)] = k + 1
    assert np.array_equal(canvas.ids[clear], expected[clear])


def test_a_stroke_covers_up_to_its_half_width_and_fades_beyond():
    canvas = painted(Stroke(np.array([[30.0, 10.0], [30.0, 60.0]]), "half", 2.0, 3.0))
    assert np.allclose(canvas.grey[28:33, 20], 50.0)
    assert 50.0 < canvas.grey[33, 20] < canvas.grey[34, 20] < 100.0
    assert (canvas.grey[36:] == 100.0).all()
    assert not canvas.label.any()


def test_joints_of_a_stroke_are_painted_once():
    path = np.array([[30.0, 10.0], [30.0, 30.0], [30.0, 31.0], [30.0, 60.0]])
    broken = painted(Stroke(path, "half", 2.0, 3.0)).grey
    straight = painted(Stroke(path[[0, -1]], "half", 2.0, 3.0)).grey
    assert np.allclose(broken, straight, atol=1e-3)


def test_a_stroke_shows_on_its_class_only():
    before = np.zeros(SHAPE, np.uint8)
    before[:, 40:] = EPFL6.codes["psd"]
    canvas = painted(Stroke(np.array([[30.0, 10.0], [30.0, 70.0]]), "black", 2.0, 1.0, on="psd"), before=before)
    assert (canvas.grey[:, :40] == 100.0).all()
    assert (canvas.grey[30, 45:65] == 0.0).all()


def test_a_pose_moves_turns_and_scales_paint():
    ring = np.array([[-4.0, -6.0], [-4.0, 6.0], [4.0, 6.0], [4.0, -6.0]])
    pose = Pose(30.0, 40.0, 0.7, 1.5)
    expected = painted(Fill((pose.apply(ring),), "dark", label="axon"), label="axon").label
    assert np.array_equal(painted(Fill((ring,), "dark", label="axon"), label="axon", pose=pose).label, expected)


@pytest.mark.parametrize("width", [300, 700])
def test_fills_wider_than_a_run_have_no_seam(width):
    ring = np.array([[0.0, 0.0], [0.0, width], [64.0, width], [64.0, 0.0]])
    canvas = painted(Fill((ring,), "rough", label="axon"), label="axon", shape=(64, width))
    steps = np.abs(np.diff(canvas.grey, axis=1))
    assert (canvas.label == EPFL6.codes["axon"]).all()
    assert steps[:, 255].mean() < 1.5 * steps.mean()
    assert 8.0 < canvas.grey.std() < 12.0


def test_a_polygon_may_cross_a_row_any_number_of_times():
    teeth = 100
    rows, cols = np.tile([2.5, 30.5], teeth), np.repeat(np.linspace(1.3, 78.7, teeth), 2)
    ring = np.concatenate([np.stack([rows, cols], 1), [[40.5, 78.7], [40.5, 1.3]]])
    polygon = shapely.Polygon(ring)
    expected, clear = inside(polygon)
    canvas = painted(Fill((ring,), "dark", label="axon"), label="axon")
    assert np.array_equal(canvas.label[clear] == EPFL6.codes["axon"], expected[clear])


def test_paint_belongs_to_the_object_of_its_part():
    ring, discs = np.array([[5.0, 5], [5, 30], [30, 30]]), np.array([[20.0, 20, 5, 5, 0]])
    pieces = np.array([[1.5, 0.0, 1.0, 0.0]])
    with pytest.raises(ConfigError, match=r"`label` of a part \(thing\) must be 'psd', as its paint says, got None"):
        painted(Fill((ring,), "dark", label="psd"))
    with pytest.raises(ConfigError, match="must hold no other labelled paint"):
        painted(
            Fill((ring,), "dark", label="vesicles"),
            Discs(discs, pieces, ("rim", "pale"), label="vesicles"),
            label="vesicles",
        )


def test_labels_are_names_of_classes():
    ring = np.array([[5.0, 5], [5, 30], [30, 30]])
    with pytest.raises(ConfigError, match=r"`label` of paint \(thing\) .*, got 'axons'; did you mean 'axon'\?"):
        painted(Fill((ring,), "dark", label="axons"), label="axon")
