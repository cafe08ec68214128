"""Endoplasmic reticulum and endosomes whose membrane is cut clearly enough to be labelled as one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthem.geometry.curves import wave_table
from synthem.kernels.outlines import BodyColumn, walled_body_rings
from synthem.painting.paint import Fill, Part
from synthem.parameters import Number, Range, declared, draw
from synthem.tissue.organelles._ranges import draw_log_uniform
from synthem.tissue.organelles.base import Organelle
from synthem.tissue.shape import Shape

__all__ = ["Endomembrane"]

POINTS = 32
OUTLINE = ((2, 5, 1.0, 0.05),)
WALL = ((1, 4, 1.0, 0.25),)
WAVES = wave_table(POINTS, OUTLINE, WALL)
CLEAR = 10.0
"""Least distance in nm from what is around."""


@dataclass(frozen=True, kw_only=True)
class Endomembrane(Organelle):
    """A closed membrane within a compartment: a cisterna cut along or across, or an endosome.

    Notes
    -----
    The membrane is labelled as a boundary, its lumen not at all. In the EPFL6 labels there are 0.8 of them per
    (1.28 µm)²; what is fainter is left without a label (see `Clutter`).

    Examples
    --------
    >>> import synthem
    >>> scene = synthem.Scene(organelles=[synthem.Endomembrane(count=1)], stages=[])
    >>> scene.render(seed=1).mask("boundaries").any().item()
    True
    """

    kind: ClassVar[str] = "endomembrane"
    fills_compartments: ClassVar[bool] = True
    length_nm: Number = declared(
        (100.0, 450.0), "Major axis, the membrane included; short ones are more frequent.", unit="nm", low=30, high=5000
    )
    width_nm: Number = declared(
        (65.0, 220.0), "Minor axis; never more than the major one.", unit="nm", low=30, high=5000
    )
    bend: Number = declared((0.0, 1.2), "Total bend of the centre line, to either side.", unit="rad", high=2)
    wall_nm: Range = declared((17.5, 27.5), "Width of its membrane.", unit="nm", high=200)

    def shape(self, rng: np.random.Generator, size: float) -> Shape:
        """Draw one cisterna or endosome along the column axis."""
        length = draw_log_uniform(self.length_nm, rng, size)
        width = min(draw_log_uniform(self.width_nm, rng, size * rng.random()), length)
        at, bulge, side = rng.random(3).tolist()
        bend = math.copysign(draw(self.bend, rng) * (1.0 - width / length), side - 0.5)
        wall = draw(self.wall_nm, rng)
        rings, capsules, heights = np.empty((2, POINTS, 2)), np.empty((3, 5)), rng.standard_normal(len(WAVES))
        # where the cut is oblique, the wall broadens on one side
        body = np.zeros(len(BodyColumn))
        body[BodyColumn.LENGTH], body[BodyColumn.WIDTH], body[BodyColumn.BEND] = length, width, bend
        body[BodyColumn.WALL], body[BodyColumn.WALL_MOST] = wall, max(12.5, 0.36 * width)
        body[BodyColumn.BULGE], body[BodyColumn.BULGE_AT] = wall * max(0.0, 2.0 * bulge - 1.0), POINTS * at
        body[BodyColumn.ROOM_RADIUS] = 0.53 * width + CLEAR
        walled_body_rings(heights, WAVES, body, rings, capsules)
        outer, inner = rings
        part = Part(
            self.kind,
            (
                Fill((outer, inner), "endomembrane", label="boundaries"),
                Fill((inner,), "endomembrane_lumen"),
            ),
            rings=(outer,),
        )
        return Shape((part,), capsules=capsules)
