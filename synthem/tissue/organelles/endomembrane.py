"""Endoplasmic reticulum and endosomes whose membrane is cut clearly enough to be labelled as one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthem.geometry.curves import wave_table
from synthem.instrument.style import Style
from synthem.kernels.outlines import BodyColumn, walled_body_rings
from synthem.painting.paint import Fill, Part
from synthem.parameters import Number, check_number, draw
from synthem.seeds import appearance_of
from synthem.tissue.organelles._ranges import between, draw_log_uniform
from synthem.tissue.organelles.base import Organelle
from synthem.tissue.shape import Shape

__all__ = ["Endomembrane"]

POINTS = 32
OUTLINE = ((2, 5, 1.0, 0.05),)
WALL = ((1, 4, 1.0, 0.25),)
WAVES = wave_table(POINTS, OUTLINE, WALL)
CLEAR = 2.0
"""Least distance in pixels from what is around."""


@dataclass(frozen=True, kw_only=True)
class Endomembrane(Organelle):
    """A closed membrane within a compartment: a cisterna cut along or across, or an endosome.

    Parameters
    ----------
    count : int, (int, int) or Density
        How many per 256 x 256 pixels.
    length : float or (float, float)
        Major axis in pixels, the membrane included; short ones are more frequent.
    width : float or (float, float)
        Minor axis in pixels; never more than the major one.
    bend : float or (float, float)
        Total bend of the centre line in radians, to either side.

    Notes
    -----
    The membrane is labelled as a boundary, its lumen not at all. In the EPFL6 labels there are 0.8 of them per
    256 x 256 pixels; what is fainter is left without a label (see `Clutter`).

    Examples
    --------
    >>> import synthem
    >>> scene = synthem.Scene(organelles=[synthem.Endomembrane(count=1)], stages=[])
    >>> scene.render(seed=1).mask("boundaries").any().item()
    True
    """

    kind: ClassVar[str] = "endomembrane"
    fills_compartments: ClassVar[bool] = True
    length: Number = (20.0, 90.0)
    width: Number = (13.0, 44.0)
    bend: Number = (0.0, 1.2)

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "length", check_number("length", self.length, low=6, high=1000))
        object.__setattr__(self, "width", check_number("width", self.width, low=6, high=1000))
        object.__setattr__(self, "bend", check_number("bend", self.bend, low=0, high=2))

    def shape(self, rng: np.random.Generator, style: Style, size: float) -> Shape:
        """Draw one cisterna or endosome along the column axis."""
        look = style.endomembrane
        length = draw_log_uniform(self.length, rng, size)
        width = min(draw_log_uniform(self.width, rng, size * rng.random()), length)
        at, bulge, side = rng.random(3).tolist()
        bend = math.copysign(draw(self.bend, rng) * (1.0 - width / length), side - 0.5)
        wall = draw(look.wall_width, rng)
        rings, capsules, heights = np.empty((2, POINTS, 2)), np.empty((3, 5)), rng.standard_normal(len(WAVES))
        # where the cut is oblique, the wall broadens on one side
        law = np.zeros(len(BodyColumn))
        law[BodyColumn.LENGTH], law[BodyColumn.WIDTH], law[BodyColumn.BEND] = length, width, bend
        law[BodyColumn.WALL], law[BodyColumn.WALL_MOST] = wall, max(2.5, 0.36 * width)
        law[BodyColumn.BULGE], law[BodyColumn.BULGE_AT] = wall * max(0.0, 2.0 * bulge - 1.0), POINTS * at
        law[BodyColumn.ROOM_RADIUS] = 0.53 * width + CLEAR
        walled_body_rings(heights, WAVES, law, rings, capsules)
        outer, inner = rings
        grey = appearance_of(rng).random()
        part = Part(
            self.kind,
            (
                Fill((outer, inner), between(look.level, grey), label="boundaries"),
                Fill((inner,), between(look.lumen_level, grey)),
            ),
            rings=(outer,),
        )
        return Shape((part,), capsules=capsules)
