"""Trunks of dendrites: large compartments with little in them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthem.geometry.poses import Pose
from synthem.parameters import Number, declared, draw
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

    Notes
    -----
    It has no label of its own; a mitochondrion in it is labelled. In the EPFL hippocampus stack a tenth of the area is
    cytoplasm more than 200 nm from any membrane.

    Examples
    --------
    >>> import numpy as np
    >>> import synthem
    >>> scene = synthem.Scene(organelles=[synthem.Dendrite(count=1, radius_nm=300, mitochondrion_share=0)])
    >>> areas = np.bincount(scene.render(seed=1).compartments.ravel())
    >>> bool(areas.max() > 3.14 * 60**2)
    True
    """

    kind: ClassVar[str] = "dendrite"
    radius_nm: Number = declared(
        (200.0, 600.0), "Radius; small ones are more frequent.", unit="nm", low=125, high=20_000
    )
    stretch: Number = declared((0.0, 1.5), "Length of its axis over its radius.", high=20)
    mitochondrion_share: float = declared(0.4, "Share of the dendrites that hold a mitochondrion.", high=1)

    def shape(self, rng: np.random.Generator, size: float) -> Shape:
        """Draw one dendrite along the column axis."""
        radius = draw_log_uniform(self.radius_nm, rng, size)
        half = 0.5 * radius * draw(self.stretch, rng)
        region = np.array([[0.0, -half, 0.0, half, radius]])
        compartment = Shape((), (Region(region, kind="dendrite"),), reserved=region)
        if rng.random() >= self.mitochondrion_share:
            return compartment
        longest = FIT * radius
        mitochondrion = Mitochondrion(
            length_nm=(min(160.0, 0.7 * longest), longest),
            width_nm=(min(140.0, 0.6 * longest), 0.6 * longest),
            room_nm=0.0,
        ).shape(rng, 1.0)
        turn, away = 2.0 * math.pi * rng.random(), 0.5 * (radius - 0.6 * longest) * math.sqrt(rng.random())
        aside = half * (2.0 * rng.random() - 1.0)
        pose = Pose(away * math.sin(turn), aside + away * math.cos(turn), math.pi * rng.random())
        inner = mitochondrion.moved(pose)
        return Shape(inner.parts, compartment.claims, capsules=inner.capsules, reserved=region)
