"""Shape: what one placement brings into a tile: parts, claims and a footprint."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate

import numpy as np

from synthem.geometry.poses import Pose
from synthem.geometry.reach import check_footprint
from synthem.painting.paint import Array, Part
from synthem.tissue.claims import Barrier, Claim, Region, Synaptic

__all__ = ["Shape"]

NO_RING = np.empty((0, 2))

NO_CAPSULES = np.empty((0, 5))
AROUND = 5.0
"""What is added to a footprint polygon, in nm."""


@dataclass(frozen=True, eq=False)
class Shape:
    """Everything that one placement brings into a tile.

    Parameters
    ----------
    parts : tuple of Part
        The objects.
    claims : tuple of Region, Barrier, Synaptic
        What the partition into compartments has to respect.
    ring : (m, 2) array
        Footprint polygon, to which 5 nm are added; may be empty.
    capsules : (k, 5) array
        Footprint capsules, see `synthem.kernels.capsules.CapsuleColumn`; may be empty. Ring and capsules together are
        what is solid.
    reserved : (n, 5) array
        Capsules that keep other organelles away, but not what lies within compartments; may be empty.
    """

    parts: tuple[Part, ...]
    claims: tuple[Claim, ...] = ()
    ring: Array = field(default_factory=lambda: NO_RING)
    capsules: Array = field(default_factory=lambda: NO_CAPSULES)
    reserved: Array = field(default_factory=lambda: NO_CAPSULES)

    @property
    def kind(self) -> str:
        """What to call it in an error."""
        return self.parts[0].kind if self.parts else "an organelle"

    @property
    def solid(self) -> Array:
        """Capsules that cover ring and capsules, (k, 5)."""
        if not len(self.ring):
            return np.ascontiguousarray(self.capsules, np.float64)
        check_footprint(self.kind, [self.ring])
        return np.concatenate([self.capsules, _cover(self.ring)])

    @property
    def footprint(self) -> Array:
        """Capsules that cover everything from which other organelles are kept away, (k, 5)."""
        return np.concatenate([self.solid, self.reserved]) if len(self.reserved) else self.solid

    def moved(self, pose: Pose) -> Shape:
        """Return the shape at a pose."""
        regions = [claim for claim in self.claims if isinstance(claim, Region)]
        barriers = [claim for claim in self.claims if isinstance(claim, Barrier)]
        capsules = _moved_together([self.capsules, self.reserved, *(claim.capsules for claim in regions)], pose)
        rings = _moved_together([self.ring, *(claim.ring for claim in barriers)], pose)
        claims: list[Claim] = [
            Region(at, claim.cell, claim.kind) for claim, at in zip(regions, capsules[2:], strict=True)
        ]
        claims += [Barrier(at, claim.cell, claim.kind) for claim, at in zip(barriers, rings[1:], strict=True)]
        claims += [claim for claim in self.claims if isinstance(claim, Synaptic)]
        return Shape(tuple(part.moved(pose) for part in self.parts), tuple(claims), rings[0], *capsules[:2])

    @staticmethod
    def joined(shapes: Sequence[Shape], cells: Sequence[int] | None = None) -> Shape:
        """Merge shapes that were moved relative to each other.

        Parameters
        ----------
        shapes : sequence of Shape
            What to merge; of several footprint rings all but the first become capsules.
        cells : sequence of int, optional
            What to add to the compartment numbers of each shape's claims; by default nothing is shared.

        Returns
        -------
        Shape
        """
        if cells is None:
            used = [[claim.cell for claim in shape.claims if not isinstance(claim, Synaptic)] for shape in shapes]
            cells = [0, *accumulate(1 + max(numbers, default=0) for numbers in used)][: len(shapes)]
        parts = list(accumulate((len(shape.parts) for shape in shapes), initial=0))[: len(shapes)]
        claims = [
            _renumbered(claim, shift, part)
            for shape, shift, part in zip(shapes, cells, parts, strict=True)
            for claim in shape.claims
        ]
        first = next((k for k, shape in enumerate(shapes) if len(shape.ring)), len(shapes))
        capsules = [shape.capsules if k <= first else shape.solid for k, shape in enumerate(shapes)]
        return Shape(
            parts=tuple(part for shape in shapes for part in shape.parts),
            claims=tuple(claims),
            ring=shapes[first].ring if first < len(shapes) else NO_RING,
            capsules=np.concatenate([NO_CAPSULES, *capsules]),
            reserved=np.concatenate([NO_CAPSULES, *(shape.reserved for shape in shapes)]),
        )


def _renumbered(claim: Claim, cells: int, parts: int) -> Claim:
    """Return a claim of a shape whose compartments and parts follow those of others."""
    if isinstance(claim, Region):
        return Region(claim.capsules, claim.cell + cells, claim.kind)
    if isinstance(claim, Barrier):
        return Barrier(claim.ring, claim.cell + cells, claim.kind)
    density = None if claim.density is None else claim.density + parts
    return Synaptic((claim.cells[0] + cells, claim.cells[1] + cells), density)


def _cover(ring: Array) -> Array:
    """Return thin capsules along the edges of a polygon, and along chords between them."""
    after = np.roll(ring, -1, axis=0)
    capsules = [np.column_stack([ring, after, np.full(len(ring), AROUND)])]
    for row in np.arange(ring[:, 0].min() + AROUND, ring[:, 0].max(), 2.0 * AROUND):
        crossed = (ring[:, 0] <= row) != (after[:, 0] <= row)
        start, step = ring[crossed], after[crossed] - ring[crossed]
        ends = np.sort(start[:, 1] + (row - start[:, 0]) * step[:, 1] / step[:, 0]).reshape(-1, 2)
        rows = np.full(len(ends), row)
        capsules.append(np.column_stack([rows, ends[:, 0], rows, ends[:, 1], np.full(len(ends), AROUND)]))
    return np.concatenate(capsules)


def _moved_together(arrays: Sequence[Array], pose: Pose) -> list[Array]:
    """Return arrays with the same columns at a pose, moved in one step."""
    whole, out, start = pose.apply(np.concatenate(arrays)), [], 0
    for array in arrays:
        out.append(whole[start : start + len(array)])
        start += len(array)
    return out
