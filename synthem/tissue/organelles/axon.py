"""Myelinated axons."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthem.geometry.curves import wave_table
from synthem.geometry.poses import Points, Pose
from synthem.kernels.outlines import SheathColumn, sheath_rings
from synthem.painting.paint import Fill, Part, Stroke
from synthem.parameters import Number, declared, draw
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
LUMEN = 25.0
"""Least radius in nm of a lumen; an axon with less is sheath only."""


@dataclass(frozen=True, kw_only=True)
class Axon(Organelle):
    """A myelin sheath around a lumen; the sheath alone is labelled.

    Notes
    -----
    Ranges of radius and thickness: domain figures of the EPFL hippocampus stack. An axon whose sheath is so
    thick that no room is left is sheath only. Membranes of the neighbours end on the outline and run along it. A range
    of thicknesses goes no further than 0.4 of the short half-axis, so that a lumen remains.

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
    outer_membrane_nm: float = declared(
        15.0, "Width of the membrane around the sheath, which is labelled as a cell membrane.", unit="nm", high=200
    )

    def shape(self, rng: np.random.Generator, size: float) -> Shape:
        """Draw one axon."""
        radius = draw_log_uniform(self.radius_nm, rng, size)
        rings, short_axis, depth, mean, reach = self._rings(radius, rng)
        outer, inner, around, within = rings
        hollow = short_axis - depth > LUMEN
        shown = (outer, inner) if hollow else (outer,)
        membrane = Fill((around, outer), "axon_membrane", label="boundaries")
        sheath = Fill(shown, "myelin", label="axon")
        drawn = {"radius_nm": radius, "sheath_nm": mean, "sheath_max_nm": depth, "hollow": float(hollow)}
        if hollow:
            drawn["g_ratio"] = math.sqrt(_area(inner) / _area(outer))
        tongue = self._tongue(within, rng) if hollow else ()
        parts = [Part("axon", (membrane, sheath, *tongue), label="axon", rings=shown, parameters=drawn)]
        if hollow:
            parts.extend(self._content(short_axis - depth, rng))
        half = 0.5 * (radius - short_axis)
        capsules = np.array([[0.0, -half, 0.0, half, self.outer_membrane_nm + reach - half]])
        return Shape(tuple(parts), (Barrier(outer, kind="axon_lumen"),), NO_RING, capsules)

    def _rings(self, radius: float, rng: np.random.Generator) -> tuple[Points, float, float, float, float]:
        """Return outline, inner, outermost and innermost ring; short half-axis, largest and mean thickness, extent."""
        flattening = draw(self.flattening, rng)
        mean = draw_size(self.sheath_nm, rng, 0.3 + 0.7 * min(1.0, radius / 300))
        if isinstance(self.sheath_nm, tuple):
            mean = min(mean, max(self.sheath_nm[0], 0.4 * radius * flattening))
        at, width, swelling, open_, opening, gap, start = rng.random(7).tolist()
        opening = POINTS * (0.15 + 0.35 * opening) if open_ < self.open_share else 0.0
        rings, heights = np.empty((4, POINTS, 2)), rng.standard_normal(len(WAVES))
        sheath = np.empty(len(SheathColumn))
        sheath[SheathColumn.RADIUS], sheath[SheathColumn.FLATTENING] = radius, flattening
        sheath[SheathColumn.THICKNESS] = mean
        sheath[SheathColumn.SWELLING], sheath[SheathColumn.SWELLING_AT] = 0.7 * swelling, POINTS * at
        sheath[SheathColumn.SWELLING_WIDTH], sheath[SheathColumn.OPENING] = 4.0 + 8.0 * width, opening
        sheath[SheathColumn.OUTER_WIDTH] = self.outer_membrane_nm
        sheath[SheathColumn.TONGUE_GAP], sheath[SheathColumn.TONGUE_AT] = 15.0 + 15.0 * gap, int(POINTS * start)
        short_axis, depth, thickness, reach = sheath_rings(heights, WAVES, sheath, rings)
        return rings, short_axis, depth, thickness, reach

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
