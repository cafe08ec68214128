"""Paint: fills, lines and discs of a material in local coordinates, and the parts that they make up.

Paint says what is there and of which material; how grey a material is, is a matter of the style.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from synthem.geometry.poses import Pose

__all__ = ["Discs", "Fill", "Paint", "Part", "Ridges", "Stroke", "Strokes"]

Array: TypeAlias = npt.NDArray[np.float64]

HERE = Pose()


class Ridges(NamedTuple):
    """Parallel ridges within a fill, such as lamellar cristae.

    Parameters
    ----------
    material : str
        Its grey relative to what is below says how high the ridges are.
    period : float
        Distance from ridge to ridge.
    angle, phase : float
        Direction across them and where they begin, in radians.
    """

    material: str
    period: float
    angle: float
    phase: float


@dataclass(frozen=True, eq=False)
class Fill:
    """A polygon filled with a material; even-odd over its rings.

    Parameters
    ----------
    rings : tuple of (k, 2) arrays
        Outline and holes.
    material : str
        What it is made of.
    ridges : Ridges or None
        Parallel ridges within it.
    label : str or None
        Class the pixels belong to; None paints without a label.
    """

    rings: tuple[Array, ...]
    material: str
    ridges: Ridges | None = None
    label: str | None = None


@dataclass(frozen=True, eq=False)
class Stroke:
    """A soft line without a label, shown only on pixels of one class, or of none.

    Parameters
    ----------
    path : (k, 2) array
        At least two points.
    material : str
        What it is made of; its opacity says how much of what is below is covered.
    half_width, softness : float
        Full opacity up to `half_width`, none beyond `half_width + softness` and the reach of the material.
    on : str or None
        Class on whose pixels alone it shows; None is unlabelled tissue. ``mitochondria`` is their interior.
    """

    path: Array
    material: str
    half_width: float
    softness: float = 0.0
    on: str | None = None


@dataclass(frozen=True, eq=False)
class Strokes:
    """Many soft lines with the same number of points.

    Parameters
    ----------
    paths : (n, k, 2) array
        The lines.
    pieces : (n, 4) array
        Half-width and softness of each, see `Stroke`; which of the materials it is made of; and a number of the group
        to which it belongs: pieces of one group have one grey, as those of an object do. See
        `synthem.kernels.shading.LineColumn`.
    materials : tuple of str
        What they are made of.
    on : str or None
        Class on whose pixels alone they show.
    """

    paths: Array
    pieces: Array
    materials: tuple[str, ...]
    on: str | None = None


@dataclass(frozen=True, eq=False)
class Discs:
    """Ellipses with a rim; with a label each is an instance of its own.

    Parameters
    ----------
    discs : (n, 5) array
        Row, column, two semi-axes, angle of the first from the column axis towards the row axis.
    pieces : (n, 4) array
        Width of the rim; which of the materials rim and interior are made of; and the group, as in `Strokes`. See
        `synthem.kernels.shading.EllipseColumn`.
    materials : tuple of str
        What they are made of.
    label : str or None
        Class of the pixels.
    """

    discs: Array
    pieces: Array
    materials: tuple[str, ...]
    label: str | None = None


Paint: TypeAlias = Fill | Stroke | Strokes | Discs


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
    tint : str or None
        Material whose grey is added to everything that is painted within the object's own class, as in a mitochondrion
        that is condensed.
    pose : Pose
        Where the part is within its shape, later within the tile; paint and rings stay local to the part.
    """

    kind: str
    paint: tuple[Paint, ...]
    label: str | None = None
    rings: tuple[Array, ...] = ()
    parameters: Mapping[str, float | str] = field(default_factory=dict)
    tint: str | None = None
    pose: Pose = HERE

    def moved(self, pose: Pose) -> Part:
        """Return the part at a pose."""
        whole = pose if self.pose is HERE else pose.after(self.pose)
        return Part(self.kind, self.paint, self.label, self.rings, self.parameters, self.tint, whole)
