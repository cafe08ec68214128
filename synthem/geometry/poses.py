"""Poses: where a local geometry goes, and which way the tissue runs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from synthem.kernels.transforms import transform_points

__all__ = ["Numbers", "Points", "Pose", "TissueDirection", "transform_all"]

Points = npt.NDArray[np.float64]
"""Points, shape (k, 2), rows first."""

Numbers = npt.NDArray[np.float64]
"""One number per point."""


class Pose(NamedTuple):
    """Where a local geometry goes.

    Local points are scaled, turned from the column axis towards the row axis, and shifted.
    """

    row: float = 0.0
    col: float = 0.0
    angle: float = 0.0
    scale: float = 1.0

    def apply(self, points: Points) -> Points:
        """Move points; columns come in (row, column) pairs, an odd last one is a length."""
        return transform_all(points, (self,), (len(points),))

    def after(self, first: Pose) -> Pose:
        """Return the pose that does `first`, then this one."""
        cos, sin = self.scale * math.cos(self.angle), self.scale * math.sin(self.angle)
        row = self.row + cos * first.row + sin * first.col
        col = self.col - sin * first.row + cos * first.col
        return Pose(row, col, self.angle + first.angle, self.scale * first.scale)


class TissueDirection(NamedTuple):
    """Which way the tissue of a tile runs.

    Angles are in radians from the column axis towards the row axis, without a sign; alignment is 0 where any
    direction is as good, 1 where there is only one.
    """

    angle: float = 0.0
    alignment: float = 0.0


def transform_all(points: Points, poses: Sequence[Pose], counts: Sequence[int], turns: int = 0) -> Points:
    """Move many local geometries at once.

    Parameters
    ----------
    points : (n, c) array
        All of them, one after the other; columns as in `Pose.apply`.
    poses : sequence of Pose
        One per geometry.
    counts : sequence of int
        Number of points of each geometry.
    turns : int
        How many of the last columns are angles; those between the first pair and them are lengths.

    Returns
    -------
    (n, c) float64 array
    """
    pairs = 1 if turns else points.shape[1] // 2
    out = np.empty(points.shape)
    where = np.array(poses, np.float64).reshape(-1, 4)
    transform_points(np.ascontiguousarray(points, np.float64), where, np.array(counts, np.int64), pairs, turns, out)
    return out
