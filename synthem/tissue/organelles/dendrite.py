"""Trunks of dendrites: large compartments with little in them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthem.geometry.poses import Pose
from synthem.instrument.style import Style
from synthem.parameters import Number, check_number, check_scalar, draw
from synthem.tissue.claims import Region
from synthem.tissue.organelles._ranges import draw_log_uniform
from synthem.tissue.organelles.base import Organelle
from synthem.tissue.organelles.mitochondrion import Mitochondrion
from synthem.tissue.shape import Shape

__all__ = ["Dendrite"]

FIT = 0.8
"""Length of the longest mitochondrion in a dendrite, relative to the radius of the dendrite."""


@dataclass(frozen=True, kw_only=True)
class Dendrite(Organelle):
    """A large compartment that nothing else claims: cytoplasm far from any membrane.

    Parameters
    ----------
    count : int, (int, int) or Density
        How many per 256 x 256 pixels.
    radius : float or (float, float)
        Radius in pixels; small ones are more frequent.
    stretch : float or (float, float)
        Length of its axis over its radius.
    mitochondrion_share : float
        Share of the dendrites that hold a mitochondrion, 0 to 1.

    Notes
    -----
    It has no label of its own; a mitochondrion in it is labelled. In the EPFL hippocampus stack a tenth of the area is
    cytoplasm more than 40 pixels from any membrane.

    Examples
    --------
    >>> import numpy as np
    >>> import synthem
    >>> scene = synthem.Scene(organelles=[synthem.Dendrite(count=1, radius=60, mitochondrion_share=0)])
    >>> areas = np.bincount(scene.render(seed=1).compartments.ravel())
    >>> bool(areas.max() > 3.14 * 60**2)
    True
    """

    kind: ClassVar[str] = "dendrite"
    radius: Number = (40.0, 120.0)
    stretch: Number = (0.0, 1.5)
    mitochondrion_share: float = 0.4

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "radius", check_number("radius", self.radius, low=25, high=4000))
        object.__setattr__(self, "stretch", check_number("stretch", self.stretch, low=0, high=20))
        check_scalar("mitochondrion_share", self.mitochondrion_share, low=0, high=1)

    def shape(self, rng: np.random.Generator, style: Style, size: float) -> Shape:
        """Draw one dendrite along the column axis."""
        radius = draw_log_uniform(self.radius, rng, size)
        half = 0.5 * radius * draw(self.stretch, rng)
        region = np.array([[0.0, -half, 0.0, half, radius]])
        compartment = Shape((), (Region(region),), reserved=region)
        if rng.random() >= self.mitochondrion_share:
            return compartment
        longest = FIT * radius
        mitochondrion = Mitochondrion(
            length=(min(32.0, 0.7 * longest), longest), width=(min(28.0, 0.6 * longest), 0.6 * longest), room=0.0
        ).shape(rng, style, 1.0)
        turn, away = 2.0 * math.pi * rng.random(), 0.5 * (radius - 0.6 * longest) * math.sqrt(rng.random())
        aside = half * (2.0 * rng.random() - 1.0)
        pose = Pose(away * math.sin(turn), aside + away * math.cos(turn), math.pi * rng.random())
        inner = mitochondrion.moved(pose)
        return Shape(inner.parts, compartment.claims, capsules=inner.capsules, reserved=region)
