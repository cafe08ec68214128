"""ListBatch that are drawn together are painted as those that are drawn one by one."""

from __future__ import annotations

import numpy as np
import pytest

from synthem.geometry.poses import Pose, transform_all
from synthem.kernels.raster import StrokeColumn
from synthem.kernels.shading import OfStroke
from synthem.painting.paint import Discs, Part, Stroke, Strokes
from synthem.painting.paint_list import PaintList
from synthem.tissue.batches import ListBatch, PackedBatch
from synthem.tissue.organelles.base import Organelle
from synthem.tissue.shape import Shape

LINES, DISCS = ("dark_line", "microtubule"), ("vesicle_lumen", "vesicle_membrane")


@pytest.fixture
def pieces():
    """Return paths, discs, their ellipses and owners: three shapes, the second of which has no line."""
    rng = np.random.default_rng(3)
    paths, lines = rng.random((4, 3, 2)) * 9, rng.random((4, 4)) + 0.2
    lines[:, 2:] = [[0, 0], [1, 0], [1, 0], [0, 0]]
    discs, ellipses = rng.random((5, 5)) + 1, rng.random((5, 4))
    ellipses[:, 1:] = [1, 0, 0]
    return paths, lines, np.array([0, 2, 2, 0]), discs, ellipses, np.array([0, 1, 1, 2, 0])


def test_a_swarm_paints_what_its_shapes_paint(pieces):
    paths, lines, of_line, discs, ellipses, of_disc = pieces
    capsules = np.ones((3, 5))
    swarm = PackedBatch(
        "dot",
        capsules,
        np.ones(3, int),
        ((Strokes(paths, lines, LINES), of_line), (Discs(discs, ellipses, DISCS, "vesicles"), of_disc)),
        "vesicles",
    )
    poses = np.array([[10.0, 20.0, 0.3, 1.0], [30.0, 5.0, 2.0, 1.0], [50.0, 9.0, -1.0, 1.0]])
    kept = np.array([True, False, True])
    single = []
    for k, part in ((0, "strokes"), (2, "strokes"), (0, "discs"), (2, "discs")):
        mine = of_line == k if part == "strokes" else of_disc == k
        if part == "strokes":
            paint = [
                Stroke(p, LINES[int(line[2])], *line[:2]) for p, line in zip(paths[mine], lines[mine], strict=True)
            ]
        else:
            paint = [Discs(discs[mine], ellipses[mine], DISCS, "vesicles")]
        single.append(Part("dot", tuple(paint), "vesicles" if part == "discs" else None, pose=Pose(*poses[k])))
    together, apart = PaintList.compile(swarm.parts(poses, kept)), PaintList.compile(single)
    order, known = (np.argsort(p.strokes.points[::3, 0]) for p in (together, apart))
    assert together.strokes.points.shape == (12, 2)
    shaped = [p.strokes.points.reshape(-1, 3, 2) for p in (together, apart)]
    np.testing.assert_allclose(shaped[0][order], shaped[1][known], rtol=1e-6)
    widths = [p.strokes.appearances[:, [StrokeColumn.HALF_WIDTH, StrokeColumn.SOFTNESS]] for p in (together, apart)]
    np.testing.assert_allclose(widths[0][order], widths[1][known])
    made_of = [
        [p.materials[k] for k in p.stroke_materials[rows, OfStroke.MATERIAL]]
        for p, rows in ((together, order), (apart, known))
    ]
    assert made_of[0] == made_of[1]
    assert together.strokes.starts.tolist() == apart.strokes.starts.tolist() == [0, 3, 6, 9, 12]
    order, known = np.argsort(together.discs[:, 0]), np.argsort(apart.discs[:, 0])
    np.testing.assert_allclose(together.discs[order], apart.discs[known])
    assert sorted(together.disc_codes[:, 2]) == [1, 2, 3]
    assert swarm.parts(poses, ~kept & False) == []


def test_a_swarm_is_a_shape(pieces):
    paths, lines, owners, *_ = pieces
    swarm = PackedBatch("line", np.ones((3, 5)), np.ones(3, int), ((Strokes(paths, lines, LINES), owners),))
    (part,) = swarm.shape().parts
    assert np.array_equal(part.paint[0].paths, paths)
    assert len(swarm.shape().capsules) == 3


def test_what_is_drawn_one_by_one_makes_a_batch():
    class Dot(Organelle):
        def shape(self, rng, size):
            return Shape((Part("dot", (), pose=Pose(scale=rng.random())),), capsules=np.full((2, 5), size))

    batch = Dot(count=1).batch(np.random.default_rng(0), 0.5, 3)
    assert isinstance(batch, ListBatch)
    assert batch.counts.tolist() == [2, 2, 2]
    assert batch.capsules.shape == (6, 5)
    poses = np.array([[k, 0.0, 0.0, 1.0] for k in range(3)])
    assert [part.pose.row for part in batch.parts(poses, np.array([True, False, True]))] == [0.0, 2.0]


def test_move_all_moves_points_lengths_and_angles():
    pose = Pose(3.0, 5.0, np.pi / 2, 2.0)
    capsule = np.array([[1.0, 2.0, 3.0, 4.0, 5.0]])
    np.testing.assert_allclose(transform_all(capsule, [pose], [1]), [[7.0, 3.0, 11.0, -1.0, 10.0]])
    np.testing.assert_allclose(transform_all(capsule, [pose], [1], turns=1), [[7.0, 3.0, 6.0, 8.0, 5.0 + np.pi / 2]])
