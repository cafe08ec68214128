"""What an organelle is made of: paint, parts, claims, and the footprint that keeps others away.

All geometry is local. A part carries the pose at which it is painted; to move it changes the pose alone, and the
points of all parts are moved together when the tile is painted. Everything is an immutable value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from synthem.errors import ConfigError
from synthem.geometry import Pose
from synthem.kernels.occupancy import FURTHEST

__all__ = ["Barrier", "Claim", "Discs", "Fill", "Paint", "Part", "Region", "Shape", "Stroke", "Strokes", "Synaptic"]

Array: TypeAlias = npt.NDArray[np.float64]
NO_RING = np.empty((0, 2))
NO_CAPSULES = np.empty((0, 5))
HERE = Pose()


@dataclass(frozen=True, eq=False)
class Fill:
    """A polygon filled with grey; even-odd over its rings.

    Parameters
    ----------
    rings : tuple of (k, 2) arrays
        Outline and holes.
    level : float
        Grey level.
    grain : float
        Standard deviation of the texture.
    lamellae : (amplitude, period, angle, phase)
        Parallel ridges; period in pixels, angles in radians. Amplitude 0 draws none.
    label : str or None
        Class the pixels belong to; None paints without a label.
    """

    rings: tuple[Array, ...]
    level: float
    grain: float = 0.0
    lamellae: tuple[float, float, float, float] = (0.0, 1.0, 0.0, 0.0)
    label: str | None = None


@dataclass(frozen=True, eq=False)
class Stroke:
    """A soft line without a label, shown only on pixels of one class, or of none.

    Parameters
    ----------
    path : (k, 2) array
        At least two points.
    half_width, softness : float
        Full opacity up to `half_width`, none beyond `half_width + softness`.
    level, opacity : float
        Grey level, and how much of it covers what is below, 0 to 1.
    on : str or None
        Class on whose pixels alone it shows; None is unlabelled tissue. ``mitochondria`` is their interior.
    """

    path: Array
    half_width: float
    softness: float
    level: float
    opacity: float = 1.0
    on: str | None = None


@dataclass(frozen=True, eq=False)
class Strokes:
    """Many soft lines with the same number of points.

    Parameters
    ----------
    paths : (n, k, 2) array
        The lines.
    looks : (n, 4) array
        Half-width, softness, level and opacity of each; see `Stroke`.
    on : str or None
        Class on whose pixels alone they show.
    """

    paths: Array
    looks: Array
    on: str | None = None


@dataclass(frozen=True, eq=False)
class Discs:
    """Ellipses with a rim; with a label each is an instance of its own.

    Parameters
    ----------
    discs : (n, 5) array
        Row, column, two semi-axes, angle of the first from the column axis towards the row axis.
    looks : (n, 4) array
        Rim width, rim grey, interior grey, opacity.
    label : str or None
        Class of the pixels.
    """

    discs: Array
    looks: Array
    label: str | None = None


Paint: TypeAlias = Fill | Stroke | Strokes | Discs


@dataclass(frozen=True, eq=False)
class Region:
    """Claim: this lies within one compartment.

    Parameters
    ----------
    capsules : (k, 5) array
        Segments with a radius that cover the region: y0, x0, y1, x1, r.
    cell : int
        Which compartment of the shape; claims with the same number share one.
    """

    capsules: Array
    cell: int = 0


@dataclass(frozen=True, eq=False)
class Barrier:
    """Claim: membranes end on this ring; its inside is a compartment of its own.

    Parameters
    ----------
    ring : (k, 2) array
        The outline.
    cell : int
        Compartment inside.
    """

    ring: Array
    cell: int = 0


@dataclass(frozen=True)
class Synaptic:
    """Claim: the membrane between two compartments of the shape is synaptic: broad, and cut across, never aslant.

    Parameters
    ----------
    cells : (int, int)
        The compartments.
    """

    cells: tuple[int, int]


Claim: TypeAlias = Region | Barrier | Synaptic


@dataclass(frozen=True, eq=False)
class Part:
    """One object: how it is painted and what is recorded of it.

    Parameters
    ----------
    kind : str
        Kind of organelle, for metadata.
    paint : tuple of Fill, Stroke, Strokes, Discs
        Painted in this order within each type: fills first, then discs, then strokes on top.
    label : str or None
        Class of the object; None for clutter.
    rings : tuple of (k, 2) arrays
        Outline for the metadata: exterior, then holes. Discs have their own.
    parameters : mapping
        What was drawn, for the metadata.
    pose : Pose
        Where the part is within its shape, later within the tile; paint and rings stay local to the part.
    """

    kind: str
    paint: tuple[Paint, ...]
    label: str | None = None
    rings: tuple[Array, ...] = ()
    parameters: Mapping[str, float | str] = field(default_factory=dict)
    pose: Pose = HERE

    def moved(self, pose: Pose) -> Part:
        """Return the part at a pose."""
        whole = pose if self.pose is HERE else pose.after(self.pose)
        return Part(self.kind, self.paint, self.label, self.rings, self.parameters, whole)


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
        Footprint polygon, to which one pixel is added; may be empty.
    capsules : (k, 5) array
        Footprint capsules y0, x0, y1, x1, r; may be empty. Ring and capsules together are what is solid.
    room : (n, 5) array
        Capsules that keep other organelles away, but not what lies within compartments; may be empty.
    """

    parts: tuple[Part, ...]
    claims: tuple[Claim, ...] = ()
    ring: Array = field(default_factory=lambda: NO_RING)
    capsules: Array = field(default_factory=lambda: NO_CAPSULES)
    room: Array = field(default_factory=lambda: NO_CAPSULES)

    @property
    def kind(self) -> str:
        """What to call it in an error."""
        return self.parts[0].kind if self.parts else "an organelle"

    @property
    def solid(self) -> Array:
        """Capsules that cover ring and capsules, (k, 5)."""
        if not len(self.ring):
            return np.ascontiguousarray(self.capsules, np.float64)
        check_reach(self.kind, "its footprint", [self.ring])
        return np.concatenate([self.capsules, _cover(self.ring)])

    @property
    def footprint(self) -> Array:
        """Capsules that cover everything from which other organelles are kept away, (k, 5)."""
        return np.concatenate([self.solid, self.room]) if len(self.room) else self.solid

    def moved(self, pose: Pose) -> Shape:
        """Return the shape at a pose."""
        regions = [claim for claim in self.claims if isinstance(claim, Region)]
        barriers = [claim for claim in self.claims if isinstance(claim, Barrier)]
        capsules = _moved_together([self.capsules, self.room, *(claim.capsules for claim in regions)], pose)
        rings = _moved_together([self.ring, *(claim.ring for claim in barriers)], pose)
        claims: list[Claim] = [Region(at, claim.cell) for claim, at in zip(regions, capsules[2:], strict=True)]
        claims += [Barrier(at, claim.cell) for claim, at in zip(barriers, rings[1:], strict=True)]
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
        claims: list[Claim] = []
        for shape, shift in zip(shapes, cells, strict=True):
            for claim in shape.claims:
                if isinstance(claim, Region):
                    claims.append(Region(claim.capsules, claim.cell + shift))
                elif isinstance(claim, Barrier):
                    claims.append(Barrier(claim.ring, claim.cell + shift))
                else:
                    claims.append(Synaptic((claim.cells[0] + shift, claim.cells[1] + shift)))
        first = next((k for k, shape in enumerate(shapes) if len(shape.ring)), len(shapes))
        capsules = [shape.capsules if k <= first else shape.solid for k, shape in enumerate(shapes)]
        return Shape(
            parts=tuple(part for shape in shapes for part in shape.parts),
            claims=tuple(claims),
            ring=shapes[first].ring if first < len(shapes) else NO_RING,
            capsules=np.concatenate([NO_CAPSULES, *capsules]),
            room=np.concatenate([NO_CAPSULES, *(shape.room for shape in shapes)]),
        )


def within_reach(points: npt.NDArray[Any]) -> bool:
    """Return whether all numbers are finite and below `FURTHEST`."""
    return bool((np.abs(points) < FURTHEST).all())


def check_reach(kind: str, what: str, arrays: Sequence[Array]) -> None:
    """Raise a `ConfigError` that names a kind if its geometry is not of finite numbers below `FURTHEST`."""
    for array in arrays:
        wrong = np.asarray(array)[~(np.abs(array) < FURTHEST)]
        if len(wrong):
            raise ConfigError(
                f"`shape` of {kind} must be of finite numbers below {FURTHEST:g}, got {wrong[0]} in {what}"
            )


def _cover(ring: Array) -> Array:
    """Return capsules one pixel wide along the edges of a polygon, and along chords between them."""
    after = np.roll(ring, -1, axis=0)
    capsules = [np.column_stack([ring, after, np.ones(len(ring))])]
    for row in np.arange(ring[:, 0].min() + 1.0, ring[:, 0].max(), 2.0):
        crossed = (ring[:, 0] <= row) != (after[:, 0] <= row)
        start, step = ring[crossed], after[crossed] - ring[crossed]
        ends = np.sort(start[:, 1] + (row - start[:, 0]) * step[:, 1] / step[:, 0]).reshape(-1, 2)
        rows = np.full(len(ends), row)
        capsules.append(np.column_stack([rows, ends[:, 0], rows, ends[:, 1], np.ones(len(ends))]))
    return np.concatenate(capsules)


def _moved_together(arrays: Sequence[Array], pose: Pose) -> list[Array]:
    """Return arrays with the same columns at a pose, moved in one step."""
    whole, out, start = pose.apply(np.concatenate(arrays)), [], 0
    for array in arrays:
        out.append(whole[start : start + len(array)])
        start += len(array)
    return out
