"""The contract of organelles: what is placed, and groups of it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar, Protocol, runtime_checkable

import numpy as np

from synthem.errors import ConfigError
from synthem.geometry.poses import Pose
from synthem.geometry.reach import check_footprint
from synthem.parameters import Count, Declared, Density, check_scalar, declared, draw_beyond, draw_count
from synthem.tissue.batches import Batch, ListBatch
from synthem.tissue.claims import check_claims
from synthem.tissue.shape import Shape

__all__ = ["Group", "Organelle", "Placeable", "draw_shape"]


@runtime_checkable
class Placeable(Protocol):
    """Anything that draws one shape: what a placement asks for."""

    @property
    def kind(self) -> str:
        """Name in margins."""

    @property
    def fills_compartments(self) -> bool:
        """Whether it is placed within a compartment that is there already."""

    @property
    def overhang_nm(self) -> float:
        """How far beyond the edge of the tile the origin may lie."""

    @property
    def border_decay_nm(self) -> float:
        """Decay length of density away from compartment borders; infinite: uniform."""

    @property
    def counted(self) -> tuple[str, ...]:
        """Kinds under which a placement is counted in the report."""

    @property
    def members(self) -> Sequence[Placeable]:
        """What to place one by one if all of it together finds no room."""

    def shape(self, rng: np.random.Generator, size: float) -> Shape:
        """Draw one shape, in nm; `size` from 1 down to 0 asks for smaller ones within the allowed range."""


@dataclass(frozen=True, kw_only=True)
class Organelle(Declared):
    """Base class of organelles: subclass it, set `kind`, and write `shape`.

    A subclass gets placement without overlap, masks, instance ids, metadata, a place in the report and
    reproducibility for free.

    Notes
    -----
    ``kind`` is the name in metadata and reports; left out, the name of the class in small letters.
    ``fills_compartments = True`` places the organelle within a compartment once the compartments are drawn, as far as
    there is room. Otherwise compartments are drawn around the organelle, under its claims.
    ``overhang_nm`` is how far beyond the edge of the tile the origin may lie; negative: how far inside it must lie.
    ``border_decay_nm`` is the decay length of density away from compartment borders, for what fills compartments. With
    a finite value the organelle lies along borders; infinite, the default: uniform, in the direction of the tissue.
    ``materials`` are materials of one's own, by name, for styles that do not know them; see
    `synthem.Material`.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> from synthem.geometry.curves import circle
    >>> from synthem.tissue.organelles.base import Organelle
    >>> from synthem.painting.paint import Fill, Part
    >>> from synthem.tissue.shape import Shape
    >>> @dataclass(frozen=True, kw_only=True)
    ... class Blob(Organelle):
    ...     kind = "blob"
    ...     def shape(self, rng, size):
    ...         ring = circle(24) * (20 + 30 * size)  # nm
    ...         return Shape((Part("blob", (Fill((ring,), "dense_body"),), rings=(ring,)),), ring=ring)
    >>> Blob(count=2).count
    2
    """

    kind: ClassVar[str] = "organelle"
    fills_compartments: ClassVar[bool] = False
    overhang_nm: ClassVar[float] = 0.0
    border_decay_nm: ClassVar[float] = math.inf
    materials: ClassVar[Mapping[str, Any]] = MappingProxyType({})
    count: Count = declared(0, "How many there are per (1.28 µm)² of tissue.")

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if cls.kind == Organelle.kind:  # nobody has named it
            cls.kind = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls.__name__).lower()

    @property
    def members(self) -> Sequence[Placeable]:
        """What to place one by one if all of it together finds no room: nothing."""
        return ()

    @property
    def density_kinds(self) -> tuple[str, ...]:
        """Kinds whose number is a mean, and so may be less than asked for in a single tile."""
        return (self.kind,) if isinstance(self.count, Density) else ()

    @property
    def counted(self) -> tuple[str, ...]:
        """Kinds under which a placement is counted in the report."""
        return (self.kind,)

    def requests(self, rng: np.random.Generator, scale: float) -> list[Placeable]:
        """Return what to place in a tile of `scale` times (1.28 µm)²."""
        return [self] * draw_count(self.count, scale, rng)

    def requests_outside(self, rng: np.random.Generator, scale: float) -> list[Placeable]:
        """Return what to place around a tile, on an area of `scale` times (1.28 µm)²."""
        return [] if self.fills_compartments else [self] * draw_beyond(self.count, scale, rng)

    def shape(self, rng: np.random.Generator, size: float) -> Shape:
        """Draw one shape in local coordinates, in nanometres.

        Parameters
        ----------
        rng : numpy.random.Generator
            The only source of randomness.
        size : float
            1 at the first try; smaller where a larger one did not fit.

        Returns
        -------
        Shape
        """
        raise TypeError(f"{type(self).__name__} must define shape(rng, size)")

    def batch(self, rng: np.random.Generator, size: float, count: int) -> Batch:
        """Draw several shapes at once, for what goes within compartments.

        By default they are drawn one by one. An organelle of which there are many may return a
        `synthem.tissue.batches.PackedBatch`, drawn with vectors.
        """
        return ListBatch([draw_shape(self, rng, size) for _ in range(count)])


def draw_shape(item: Placeable, rng: np.random.Generator, size: float) -> Shape:
    """Draw one shape, and check that it is one that keeps others away.

    Raises
    ------
    ConfigError
        If `shape` does not return a `Shape`, or one without a footprint.
    """
    shape = item.shape(rng, size)
    if not isinstance(shape, Shape):
        raise ConfigError(f"`shape` of {item.kind} must return a Shape, got {shape!r}")
    reserved = len(shape.reserved) and not item.fills_compartments  # which it would not keep from what fills as well
    if not (len(shape.ring) or len(shape.capsules) or reserved):
        raise ConfigError(f"`shape` of {item.kind} must return a footprint, `ring` or `capsules`, got neither")
    return shape


MOST_OFFSET = 1e6
"""Farthest in nm that a member may lie from the origin of its group."""


@dataclass(frozen=True, kw_only=True)
class Group(Organelle):
    """Several organelles placed as one.

    Examples
    --------
    >>> import synthem
    >>> from synthem.geometry.poses import Pose
    >>> pair = synthem.Group(
    ...     count=1, children=[(synthem.Mitochondrion(), Pose(col=-200)), (synthem.Mitochondrion(), Pose(col=200))]
    ... )
    >>> len(pair.children)
    2
    """

    kind: str = declared("group", "Name in the report.")  # type: ignore[misc]
    children: Sequence[tuple[Organelle, Pose]] = declared(
        (), "The members and where they sit, in nm, at least one; their own counts are not used."
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        children = tuple((child, Pose(*pose)) for child, pose in self.children)
        if not children or not all(isinstance(child, Organelle) for child, _ in children):
            raise ConfigError(f"`children` must be pairs (Organelle, Pose), at least one, got {self.children!r}")
        for _, pose in children:
            for name, value in pose._asdict().items():
                check_scalar(f"{name}` of a pose in `children", value, low=-MOST_OFFSET, high=MOST_OFFSET)
        for child, _ in children:
            if type(child).shape is Organelle.shape:
                raise ConfigError(f"`children` must be organelles that define shape, got {child!r}")
        object.__setattr__(self, "children", children)

    def shape(self, rng: np.random.Generator, size: float) -> Shape:
        """Draw the members and put them together."""
        shapes = [draw_shape(child, rng, size) for child, _ in self.children]
        for (child, _), shape in zip(self.children, shapes, strict=True):  # joined, they could not be told apart
            check_footprint(child.kind, [shape.ring, shape.capsules, shape.reserved])
            check_claims([(child.kind, shape.claims)])
        return Shape.joined([shape.moved(pose) for shape, (_, pose) in zip(shapes, self.children, strict=True)])
