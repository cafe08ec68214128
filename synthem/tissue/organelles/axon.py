"""Myelinated axons."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthem.geometry.curves import wave_table
from synthem.geometry.poses import Points, Pose
from synthem.kernels.outlines import SheathColumn, sheath_rings
from synthem.painting.paint import Fill, Paint, Part, Stroke
from synthem.parameters import Number, declared, draw
from synthem.seeds import detail_of, tile_share
from synthem.tissue.claims import Barrier
from synthem.tissue.organelles._myelin import flat_sides, loose_band
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
LUMEN = 25.0
"""Least radius in nm of a lumen; an axon with less is sheath only."""
ALIKE = 0.7
"""Share of the axons that are loose where those of their tile are."""
LOOSEST = 0.6
"""Largest mean thickness of a loose sheath, relative to the short half-axis."""
LEAST_LOOSE = 0.3
"""Looseness of the most compact of the loose sheaths."""


@dataclass(frozen=True, kw_only=True)
class Axon(Organelle):
    """A myelin sheath around a lumen; the sheath alone is labelled.

    Notes
    -----
    Ranges of radius and thickness: domain figures of the EPFL hippocampus stack. An axon whose sheath is so
    thick that no room is left is sheath only. Membranes of the neighbours end on the outline and run along it. A range
    of thicknesses goes no further than 0.4 of the short half-axis, so that a lumen remains; loosening ends at 0.6.

    Blocks of tissue differ in how they were fixed, so most axons of a tile are loose together, and angular together.
    How loose, 0 to 1, is the ``looseness`` among the parameters of the object.

    An axon with a lumen has a ``g_ratio`` among the parameters of its object: the diameter within the sheath over the
    diameter with it, each that of the circle of the same area, so the root of inner over outer area of the rings of its
    outline. Its outer membrane, which is labelled as a cell membrane, is no part of either. An opening of the sheath
    counts as lumen.

    Examples
    --------
    >>> import synthem
    >>> tile = synthem.Scene(organelles=[synthem.Axon(count=1)], stages=[]).render(seed=3)
    >>> tile.mask("axon").any().item()
    True
    """

    kind: ClassVar[str] = "axon"
    radius_nm: Number = declared(
        (125.0, 550.0), "Outer radius; small ones are more frequent.", unit="nm", low=40, high=20_000
    )
    sheath_nm: Number = declared(
        (40.0, 125.0), "Thickness of the sheath before it varies around the ring.", unit="nm", low=15, high=2000
    )
    flattening: Number = declared((0.65, 1.0), "Short over long axis of the outline.", low=0.4, high=1)
    inner_tongue_share: float = declared(0.3, "Share with an inner tongue.", high=1)
    open_share: float = declared(0.05, "Share whose sheath shows as an arc only.", high=1)
    mitochondrion_share: float = declared(
        0.3, "Share of the axons with enough room whose lumen holds a mitochondrion.", high=1
    )
    loose_share: float = declared(
        0.0, "Share with a loose sheath: broad, with a pale layered band between two dark rims.", high=1
    )
    loose_sheath_nm: Number = declared(
        (100.0, 300.0),
        "Thickness of the loosest sheaths; the outer radius grows by what a sheath gains.",
        unit="nm",
        low=15,
        high=2000,
    )
    angularity: Number = declared(
        0.0, "How much neighbours press the outline flat: 0 for a round one, 1 for sides with corners.", high=1.2
    )
    outer_membrane_nm: float = declared(
        15.0, "Width of the membrane around the sheath, which is labelled as a cell membrane.", unit="nm", high=200
    )

    def shape(self, rng: np.random.Generator, size: float) -> Shape:
        """Draw one axon."""
        drawn, rings, room, short_axis = self._rings(draw_log_uniform(self.radius_nm, rng, size), rng)
        outer, inner, around, within = rings
        hollow = room > LUMEN
        shown = (outer, inner) if hollow else (outer,)
        membrane = Fill((around, outer), "axon_membrane", label="boundaries")
        band: tuple[Paint, ...] = ()
        if hollow and drawn["looseness"]:  # what is painted first of a class covers what comes later
            band = loose_band(outer, inner, drawn["sheath_nm"], detail_of(rng))
        sheath = Fill(shown, "myelin", label="axon")
        drawn["hollow"] = float(hollow)
        if hollow:
            drawn["g_ratio"] = math.sqrt(_area(inner) / _area(outer))
        tongue = self._tongue(within, rng) if hollow else ()
        parts = [Part("axon", (membrane, *band, sheath, *tongue), label="axon", rings=shown, parameters=drawn)]
        if hollow:
            parts.extend(self._content(room, rng))
        half = 0.5 * (drawn["radius_nm"] - short_axis)
        reach = np.hypot(outer[:, 0], np.maximum(np.abs(outer[:, 1]) - half, 0.0)).max()
        capsules = np.array([[0.0, -half, 0.0, half, self.outer_membrane_nm + reach]])
        return Shape(tuple(parts), (Barrier(outer, kind="axon_lumen"),), NO_RING, capsules)

    def _rings(self, radius: float, rng: np.random.Generator) -> tuple[dict[str, float], Points, float, float]:
        """Return what was drawn; outline, inner, outermost and innermost ring; radius of the lumen; short half-axis."""
        flattening = draw(self.flattening, rng)
        mean = draw_size(self.sheath_nm, rng, 0.3 + 0.7 * min(1.0, radius / 300))
        if isinstance(self.sheath_nm, tuple):
            mean = min(mean, max(self.sheath_nm[0], 0.4 * radius * flattening))
        at, width, swelling, open_, opening, gap, start = rng.random(7).tolist()
        opening = POINTS * (0.15 + 0.35 * opening) if open_ < self.open_share else 0.0
        rings, heights = np.empty((4, POINTS, 2)), rng.standard_normal(len(WAVES))
        looseness = self._looseness(rng)
        most = (LOOSEST * radius * flattening - mean) / (1.0 - LOOSEST * flattening)
        gain = max(0.0, min(looseness * (draw(self.loose_sheath_nm, rng) - mean), most))
        radius, mean = radius + gain, mean + gain
        sheath = np.empty(len(SheathColumn))
        sheath[SheathColumn.RADIUS], sheath[SheathColumn.FLATTENING], sheath[SheathColumn.THICKNESS] = (
            radius,
            flattening,
            mean,
        )
        sheath[SheathColumn.SWELLING], sheath[SheathColumn.SWELLING_AT] = (
            0.7 * swelling * (1.0 - 0.8 * looseness),
            POINTS * at,
        )
        sheath[SheathColumn.SWELLING_WIDTH], sheath[SheathColumn.OPENING] = 4.0 + 8.0 * width, opening
        sheath[SheathColumn.OUTER_WIDTH] = self.outer_membrane_nm
        sheath[SheathColumn.TONGUE_GAP], sheath[SheathColumn.TONGUE_AT] = 15.0 + 15.0 * gap, int(POINTS * start)
        angularity = draw_size(self.angularity, rng, 0.4 + 0.6 * tile_share(rng, "angularity"))
        sides = flat_sides(POINTS, angularity, rng.random(16))
        short_axis, depth, thickness, room = sheath_rings(heights, WAVES, sides, sheath, rings)
        drawn: dict[str, float] = {"radius_nm": radius, "sheath_nm": thickness, "sheath_max_nm": depth}
        return drawn | {"looseness": looseness if gain else 0.0}, rings, room, short_axis

    def _looseness(self, rng: np.random.Generator) -> float:
        """Return how loose a sheath is, 0 to 1; most axons of a tile are loose together."""
        alike, own, much = rng.random(3).tolist()
        if (tile_share(rng, "loose") if alike < ALIKE else own) >= self.loose_share:
            return 0.0
        share: float = 0.5 * (much + tile_share(rng, "looseness"))
        return LEAST_LOOSE + (1.0 - LEAST_LOOSE) * share

    def _tongue(self, within: Points, rng: np.random.Generator) -> tuple[Stroke, ...]:
        """Return an arc along the inside of the sheath: the inner tongue of the myelinating cell."""
        if rng.random() >= self.inner_tongue_share:
            return ()
        least = POINTS // 5
        length = least + int((POINTS - least) * rng.random())
        return (Stroke(within[: length + 1], "inner_tongue", 4.0, 8.0),)

    def _content(self, room: float, rng: np.random.Generator) -> list[Part]:
        if room < 120.0 or rng.random() >= self.mitochondrion_share:
            return []
        width = min(1.1 * room, 150.0 + 0.5 * room * rng.random())
        mitochondrion = Mitochondrion(length_nm=width * (1.0 + 0.4 * rng.random()), width_nm=width, bend=0.0)
        turn = 2 * math.pi * rng.random()
        away = 0.5 * max(0.0, room - 0.75 * width)
        pose = Pose(away * math.sin(turn), away * math.cos(turn), math.pi * rng.random(), 0.8)
        return list(mitochondrion.shape(rng, 1.0).moved(pose).parts)


def _area(ring: Points) -> float:
    """Return the area within a ring that does not cross itself."""
    y, x = ring[:, 0], ring[:, 1]
    return 0.5 * abs(float(y @ np.roll(x, -1) - x @ np.roll(y, -1)))
