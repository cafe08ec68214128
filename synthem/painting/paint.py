"""Paint: fills, lines and discs in local coordinates, and the parts that they make up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from synthem.geometry.poses import Pose

__all__ = ["Discs", "Fill", "Paint", "Part", "Stroke", "Strokes"]

Array: TypeAlias = npt.NDArray[np.float64]

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
    texture_sd : float
        Standard deviation of the texture.
    lamellae : (amplitude, period, angle, phase)
        Parallel ridges; period in pixels, angles in radians. Amplitude 0 draws none.
    label : str or None
        Class the pixels belong to; None paints without a label.
    """

    rings: tuple[Array, ...]
    level: float
    texture_sd: float = 0.0
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
