"""Vectorised batches of small shapes: drawn and painted together, placed one by one within compartments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from synthem.geometry.poses import Pose
from synthem.kernels.transforms import transform_kept
from synthem.painting.paint import Array, Discs, Part, Strokes
from synthem.tissue.shape import Shape

__all__ = ["Batch", "ListBatch", "PackedBatch"]

Ints: TypeAlias = npt.NDArray[np.int64]
Bools: TypeAlias = npt.NDArray[np.bool_]


class Batch(Protocol):
    """Several shapes that were drawn together."""

    @property
    def capsules(self) -> Array:
        """Footprints of all shapes, one after the other, (k, 5)."""

    @property
    def counts(self) -> Ints:
        """Number of capsules of each shape."""

    def parts(self, poses: Array, kept: Bools) -> list[Part]:
        """Return what is painted of the shapes that are kept, given the (n, 4) poses of all, in nm."""


class ListBatch:
    """Shapes that were drawn one by one.

    Parameters
    ----------
    shapes : sequence of Shape
        At least one.
    """

    def __init__(self, shapes: Sequence[Shape]) -> None:
        self.shapes = shapes
        solids = [shape.solid for shape in shapes]
        self.capsules, self.counts = np.concatenate(solids), np.array([len(solid) for solid in solids])

    def parts(self, poses: Array, kept: Bools) -> list[Part]:
        """Return the parts of the shapes that are kept."""
        chosen = [(self.shapes[k], Pose(*poses[k].tolist())) for k in np.flatnonzero(kept).tolist()]
        return [part.moved(pose) for shape, pose in chosen for part in shape.parts]


@dataclass(frozen=True, eq=False)
class PackedBatch:
    """Lines and discs of many small shapes, which make one part.

    Parameters
    ----------
    kind : str
        Kind of the part.
    capsules : (k, 5) array
        Footprints of all shapes, one after the other.
    counts : (n,) array
        Number of capsules of each shape.
    paint : tuple of (Strokes or Discs, (m,) array)
        What is painted, and the shape to which each line or disc belongs.
    label : str or None
        Class of the labelled discs, each of which is an object.
    """

    kind: str
    capsules: Array
    counts: Ints
    paint: tuple[tuple[Strokes | Discs, Ints], ...]
    label: str | None = None

    def parts(self, poses: Array, kept: Bools) -> list[Part]:
        """Return one part with everything that belongs to the shapes that are kept, at its place."""
        shown = [_shown(item, owners, poses, kept) for item, owners in self.paint if len(owners)]
        paint = tuple([item for item in shown if len(item.pieces)])
        return [Part(self.kind, paint, self.label)] if paint else []

    def shape(self) -> Shape:
        """Return all as one shape around the origin."""
        here = np.zeros((len(self.counts), 4))
        here[:, 3] = 1.0
        return Shape(tuple(self.parts(here, here[:, 3] > 0)), capsules=self.capsules)


def _shown(item: Strokes | Discs, owners: Ints, poses: Array, kept: Bools) -> Strokes | Discs:
    """Return the lines or discs whose shape is kept at its pose."""
    shown = np.empty((len(owners), 4))
    if isinstance(item, Strokes):
        paths = np.empty(item.paths.shape)
        count = transform_kept(item.paths, item.pieces, owners, poses, kept, 0, paths, shown)
        return Strokes(paths[:count], shown[:count], item.materials, item.on)
    discs = np.empty(item.discs.shape)
    count = transform_kept(item.discs[:, None], item.pieces, owners, poses, kept, 1, discs[:, None], shown)
    return Discs(discs[:count], shown[:count], item.materials, item.label)
