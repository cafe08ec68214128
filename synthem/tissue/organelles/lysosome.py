"""Lysosomes and other large bodies with one membrane, which belong to no class."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthem.geometry.curves import wave_table
from synthem.kernels.outlines import BodyColumn, walled_body_rings
from synthem.painting.paint import Fill, Part, Strokes
from synthem.parameters import Number, Range, declared, draw
from synthem.seeds import detail_of
from synthem.tissue.claims import Barrier, Region
from synthem.tissue.organelles._ranges import draw_log_uniform
from synthem.tissue.organelles.base import Organelle
from synthem.tissue.shape import Shape

__all__ = ["Lysosome"]

POINTS = 36
WAVES = wave_table(POINTS, ((2, 5, 1.0, 0.04),), ((1, 4, 1.0, 0.15),))
PIECES = 16
"""Most pieces of its content."""
CLEAR = 10.0
"""Least distance in nm from the compartments around."""


@dataclass(frozen=True, kw_only=True)
class Lysosome(Organelle):
    """A large grey body with one membrane and uneven content: a lysosome or a multivesicular body, without a label.

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
    length_nm: Number = declared(
        (150.0, 550.0), "Major axis; short ones are more frequent.", unit="nm", low=40, high=5000
    )
    slimness: Number = declared((0.45, 1.0), "Minor axis over the major one.", low=0.2, high=1)
    room_nm: Number = declared((0.0, 100.0), "Cytoplasm around it within its compartment.", unit="nm", high=1000)
    wall_nm: Range = declared((17.5, 37.5), "Width of its membrane.", unit="nm", high=200)

    def shape(self, rng: np.random.Generator, size: float) -> Shape:
        """Draw one along the column axis."""
        length = draw_log_uniform(self.length_nm, rng, size)
        width, room = length * draw(self.slimness, rng), draw(self.room_nm, rng) * size
        wall, bend, turn = draw(self.wall_nm, rng), 0.6 * rng.random() - 0.3, rng.random()
        aside, where = room * rng.random(), 2.0 * math.pi * turn
        rings, capsules, heights = np.empty((2, POINTS, 2)), np.empty((3, 5)), rng.standard_normal(len(WAVES))
        body = np.zeros(len(BodyColumn))
        body[BodyColumn.LENGTH], body[BodyColumn.WIDTH], body[BodyColumn.BEND] = length, width, bend
        body[BodyColumn.WALL], body[BodyColumn.WALL_MOST] = wall, max(12.5, 0.3 * width)
        body[BodyColumn.ROOM_ROW], body[BodyColumn.ROOM_COL] = aside * math.sin(where), aside * math.cos(where)
        body[BodyColumn.ROOM_RADIUS] = 0.53 * width + CLEAR + room
        walled_body_rings(heights, WAVES, body, rings, capsules)
        outer, inner = rings
        part = Part(
            self.kind,
            (
                Fill((outer, inner), "lysosome_membrane"),
                Fill((inner,), "lysosome_lumen"),
                self._content(length, width, detail_of(rng)),
            ),
            rings=(outer,),
        )
        return Shape((part,), (Region(capsules), Barrier(outer)), capsules=capsules)

    def _content(self, length: float, width: float, rng: np.random.Generator) -> Strokes:
        """Draw what is denser or paler within."""
        count = 2 + int((PIECES - 1) * rng.random())
        own = rng.random((5, count))
        angle, reach = math.pi * own[2], 0.15 * width * own[3]
        ahead = np.stack((np.sin(angle), np.cos(angle)), axis=1) * reach[:, None]
        middle = np.stack((0.6 * width * (own[0] - 0.5), 0.6 * length * (own[1] - 0.5)), axis=1)
        wide = width * (0.02 + 0.1 * own[4])
        pieces = np.zeros((count, 4))
        pieces[:, 0], pieces[:, 1] = wide, 5.0 + wide
        return Strokes(np.stack((middle - ahead, middle + ahead), axis=1), pieces, ("lysosome_content",))
