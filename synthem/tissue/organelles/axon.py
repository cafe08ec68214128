"""Myelinated axons."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthem.geometry.curves import wave_table
from synthem.geometry.poses import Points, Pose
from synthem.instrument.looks import AxonLook
from synthem.instrument.style import Style
from synthem.kernels.outlines import SheathColumn, sheath_rings
from synthem.painting.paint import Fill, Part, Stroke
from synthem.parameters import Number, check_number, check_scalar, draw
from synthem.seeds import appearance_of
from synthem.tissue.claims import Barrier
from synthem.tissue.organelles._ranges import draw_log_uniform, draw_size
from synthem.tissue.organelles.base import Organelle
from synthem.tissue.organelles.mitochondrion import Mitochondrion
from synthem.tissue.shape import NO_RING, Shape

__all__ = ["Axon"]

POINTS = 64
OUTLINE = ((2, 4, 1.0, 0.045), (5, 9, 0.5, 0.014))
"""A little low-order irregularity, and the corners where neighbours' membranes end."""
THICKNESS = ((1, 3, 1.0, 0.12),)
WAVES = wave_table(POINTS, OUTLINE, THICKNESS)


@dataclass(frozen=True, kw_only=True)
class Axon(Organelle):
    """A myelin sheath around a lumen; the sheath alone is labelled.

    Parameters
    ----------
    count : int, (int, int) or Density
        How many per 256 x 256 pixels.
    radius : float or (float, float)
        Outer radius in pixels; small ones are more frequent.
    sheath : float or (float, float)
        Thickness of the sheath in pixels, before it varies around the ring. A range goes no further than 0.4 of the
        short half-axis, so that a lumen remains.
    flattening : float or (float, float)
        Short over long axis of the outline, 0.4 to 1.
    inner_tongue_share : float
        Share with an inner tongue, 0 to 1.
    open_share : float
        Share whose sheath shows as an arc only, 0 to 1.
    mitochondrion_share : float
        Share of the axons with enough room whose lumen holds a mitochondrion, 0 to 1.

    Notes
    -----
    Ranges of radius and thickness: domain figures of the EPFL hippocampus stack. An axon whose sheath is so
    thick that no room is left is sheath only. Membranes of the neighbours end on the outline and run along it.

    Examples
    --------
    >>> import synthem
    >>> tile = synthem.Scene(organelles=[synthem.Axon(count=1)], stages=[]).render(seed=3)
    >>> tile.mask("axon").any().item()
    True
    """

    kind: ClassVar[str] = "axon"
    radius: Number = (25.0, 110.0)
    sheath: Number = (8.0, 25.0)
    flattening: Number = (0.65, 1.0)
    inner_tongue_share: float = 0.3
    open_share: float = 0.05
    mitochondrion_share: float = 0.3

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "radius", check_number("radius", self.radius, low=8, high=4000))
        object.__setattr__(self, "sheath", check_number("sheath", self.sheath, low=3, high=400))
        object.__setattr__(self, "flattening", check_number("flattening", self.flattening, low=0.4, high=1))
        for name in ("inner_tongue_share", "open_share", "mitochondrion_share"):
            check_scalar(name, getattr(self, name), low=0, high=1)

    def shape(self, rng: np.random.Generator, style: Style, size: float) -> Shape:
        """Draw one axon."""
        look, radius = style.axon, draw_log_uniform(self.radius, rng, size)
        rings, short_axis, depth, mean, reach = self._rings(radius, look.outer_membrane_width, rng)
        outer, inner, around, within = rings
        level = draw(look.level, appearance_of(rng))
        hollow = short_axis - depth > 5.0
        shown = (outer, inner) if hollow else (outer,)
        wrap = Fill((around, outer), look.outer_membrane_level, look.texture_sd, label="boundaries")
        sheath = Fill(shown, level, look.texture_sd, label="axon")
        drawn = {"radius": radius, "sheath": mean, "sheath_max": depth, "hollow": float(hollow)}
        tongue = self._tongue(within, rng, look) if hollow else ()
        parts = [Part("axon", (wrap, sheath, *tongue), label="axon", rings=shown, parameters=drawn)]
        if hollow:
            parts.extend(self._content(short_axis - depth, rng, style))
        half = 0.5 * (radius - short_axis)
        capsules = np.array([[0.0, -half, 0.0, half, look.outer_membrane_width + reach - half]])
        return Shape(tuple(parts), (Barrier(outer),), NO_RING, capsules)

    def _rings(self, radius: float, wrap: float, rng: np.random.Generator) -> tuple[Points, float, float, float, float]:
        """Return outline, inner, outermost and innermost ring; short half-axis, largest and mean thickness, extent."""
        flattening = draw(self.flattening, rng)
        mean = draw_size(self.sheath, rng, 0.3 + 0.7 * min(1.0, radius / 60))
        if isinstance(self.sheath, tuple):
            mean = min(mean, max(self.sheath[0], 0.4 * radius * flattening))
        at, width, swelling, open_, opening, gap, start = rng.random(7).tolist()
        opening = POINTS * (0.15 + 0.35 * opening) if open_ < self.open_share else 0.0
        rings, heights = np.empty((4, POINTS, 2)), rng.standard_normal(len(WAVES))
        law = np.empty(len(SheathColumn))
        law[SheathColumn.RADIUS], law[SheathColumn.FLATTENING], law[SheathColumn.THICKNESS] = radius, flattening, mean
        law[SheathColumn.SWELLING], law[SheathColumn.SWELLING_AT] = 0.7 * swelling, POINTS * at
        law[SheathColumn.SWELLING_WIDTH], law[SheathColumn.OPENING] = 4.0 + 8.0 * width, opening
        law[SheathColumn.OUTER_WIDTH] = wrap
        law[SheathColumn.TONGUE_GAP], law[SheathColumn.TONGUE_AT] = 3.0 + 3.0 * gap, int(POINTS * start)
        short_axis, depth, thickness, reach = sheath_rings(heights, WAVES, law, rings)
        return rings, short_axis, depth, thickness, reach

    def _tongue(self, within: Points, rng: np.random.Generator, look: AxonLook) -> tuple[Stroke, ...]:
        """Return an arc along the inside of the sheath: the inner tongue of the myelinating cell."""
        if rng.random() >= self.inner_tongue_share:
            return ()
        least = POINTS // 5
        length = least + int((POINTS - least) * rng.random())
        return (Stroke(within[: length + 1], 0.8, 1.6, look.inner_tongue_level, 0.8),)

    def _content(self, room: float, rng: np.random.Generator, style: Style) -> list[Part]:
        if room < 24.0 or rng.random() >= self.mitochondrion_share:
            return []
        width = min(1.1 * room, 30.0 + 0.5 * room * rng.random())
        mitochondrion = Mitochondrion(length=width * (1.0 + 0.4 * rng.random()), width=width, bend=0.0)
        turn = 2 * math.pi * rng.random()
        away = 0.5 * max(0.0, room - 0.75 * width)
        pose = Pose(away * math.sin(turn), away * math.cos(turn), math.pi * rng.random(), 0.8)
        return list(mitochondrion.shape(rng, style, 1.0).moved(pose).parts)
