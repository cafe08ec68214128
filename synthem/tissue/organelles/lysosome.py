"""Lysosomes and other large bodies with one membrane, which belong to no class."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthem.geometry.curves import wave_table
from synthem.instrument.style import Style
from synthem.kernels.outlines import BodyColumn, walled_body_rings
from synthem.painting.paint import Fill, Part, Strokes
from synthem.parameters import Number, check_number, draw
from synthem.seeds import appearance_of
from synthem.tissue.claims import Barrier, Region
from synthem.tissue.organelles._ranges import between, draw_log_uniform
from synthem.tissue.organelles.base import Organelle
from synthem.tissue.shape import Shape

__all__ = ["Lysosome"]

POINTS = 36
WAVES = wave_table(POINTS, ((2, 5, 1.0, 0.04),), ((1, 4, 1.0, 0.15),))
PIECES = 16
"""Most pieces of its content."""
CLEAR = 2.0
"""Least distance in pixels from the compartments around."""


@dataclass(frozen=True, kw_only=True)
class Lysosome(Organelle):
    """A large grey body with one membrane and uneven content: a lysosome or a multivesicular body, without a label.

    Parameters
    ----------
    count : int, (int, int) or Density
        How many per 256 x 256 pixels.
    length : float or (float, float)
        Major axis in pixels; short ones are more frequent.
    slimness : float or (float, float)
        Minor axis over the major one, 0.2 to 1.
    room : float or (float, float)
        Cytoplasm around it within its compartment, in pixels.

    Notes
    -----
    Tissue holds few. A scene that must hold no mitochondria may hold more of them: they tell a network that what is
    grey and large need be neither a membrane nor a density.

    Examples
    --------
    >>> import synthem
    >>> tile = synthem.Scene(organelles=[synthem.Lysosome(count=2)], stages=[]).render(seed=1)
    >>> tile.masks.any().item(), [item.class_name for item in tile.objects]
    (False, [None, None])
    """

    kind: ClassVar[str] = "lysosome"
    length: Number = (30.0, 110.0)
    slimness: Number = (0.45, 1.0)
    room: Number = (0.0, 20.0)

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "length", check_number("length", self.length, low=8, high=1000))
        object.__setattr__(self, "slimness", check_number("slimness", self.slimness, low=0.2, high=1))
        object.__setattr__(self, "room", check_number("room", self.room, low=0, high=200))

    def shape(self, rng: np.random.Generator, style: Style, size: float) -> Shape:
        """Draw one along the column axis."""
        look = style.lysosome
        length = draw_log_uniform(self.length, rng, size)
        width, room = length * draw(self.slimness, rng), draw(self.room, rng) * size
        wall, bend, turn = draw(look.wall_width, rng), 0.6 * rng.random() - 0.3, rng.random()
        aside, where = room * rng.random(), 2.0 * math.pi * turn
        rings, capsules, heights = np.empty((2, POINTS, 2)), np.empty((3, 5)), rng.standard_normal(len(WAVES))
        law = np.zeros(len(BodyColumn))
        law[BodyColumn.LENGTH], law[BodyColumn.WIDTH], law[BodyColumn.BEND] = length, width, bend
        law[BodyColumn.WALL], law[BodyColumn.WALL_MOST] = wall, max(2.5, 0.3 * width)
        law[BodyColumn.ROOM_ROW], law[BodyColumn.ROOM_COL] = aside * math.sin(where), aside * math.cos(where)
        law[BodyColumn.ROOM_RADIUS] = 0.53 * width + CLEAR + room
        walled_body_rings(heights, WAVES, law, rings, capsules)
        outer, inner = rings
        greys = appearance_of(rng)
        level = between(look.interior_level, greys.random())
        part = Part(
            self.kind,
            (
                Fill((outer, inner), draw(look.level, greys)),
                Fill((inner,), level, look.texture_sd),
                self._content(length, width, level, look.unevenness, greys),
            ),
            rings=(outer,),
        )
        return Shape((part,), (Region(capsules), Barrier(outer)), capsules=capsules)

    def _content(
        self, length: float, width: float, level: float, unevenness: float, rng: np.random.Generator
    ) -> Strokes:
        """Draw what is denser or paler within."""
        count = 2 + int((PIECES - 1) * rng.random())
        own = rng.random((7, count))
        angle, reach = math.pi * own[2], 0.15 * width * own[3]
        ahead = np.stack((np.sin(angle), np.cos(angle)), axis=1) * reach[:, None]
        middle = np.stack((0.6 * width * (own[0] - 0.5), 0.6 * length * (own[1] - 0.5)), axis=1)
        wide = width * (0.02 + 0.1 * own[4])
        looks = np.stack((wide, 1.0 + wide, level + 2.0 * unevenness * (own[5] - 0.5), 0.3 + 0.6 * own[6]), axis=1)
        return Strokes(np.stack((middle - ahead, middle + ahead), axis=1), looks)
