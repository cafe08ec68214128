"""Mitochondria."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthem.geometry.curves import wave_table
from synthem.geometry.poses import Numbers, Points
from synthem.instrument.looks import MitochondrionLook
from synthem.instrument.style import Style
from synthem.kernels.outlines import BodyColumn, walled_body_rings
from synthem.painting.paint import Fill, Paint, Part, Stroke, Strokes
from synthem.parameters import Number, check_number, check_scalar, draw
from synthem.seeds import appearance_of
from synthem.tissue.claims import Region
from synthem.tissue.organelles._ranges import draw_log_uniform, draw_size
from synthem.tissue.organelles.base import Organelle
from synthem.tissue.shape import Shape

__all__ = ["Mitochondrion"]

POINTS = 44

SLIMMER = 0.3
"""Width is at most ``1 - U(0, SLIMMER)`` of the length."""

SMALL = 45.0
"""Width in pixels below which mitochondria are dark more often, as ends that are cut off tend to be."""
CORE_OPACITY = 0.4
"""How much the pale middle covers of the cristae there."""
CLEAR = 1.0
"""Least distance in pixels from the compartments around."""

OUTLINE = ((2, 4, 1.0, 0.02),)
RIM = ((1, 4, 1.0, 0.16),)
WAVES = wave_table(POINTS, OUTLINE, RIM)


@dataclass(frozen=True, kw_only=True)
class Mitochondrion(Organelle):
    """A smooth closed outline from oval to sausage, with a rim and cristae.

    Parameters
    ----------
    count : int, (int, int) or Density
        How many per 256 x 256 pixels.
    length : float or (float, float)
        Major axis in pixels.
    width : float or (float, float)
        Minor axis in pixels; never more than the major one.
    bend : float or (float, float)
        Total bend of the centre line in radians, to either side.
    room : float or (float, float)
        Cytoplasm around it within its compartment, in pixels, beyond the least distance.
    tubular_share : float
        Share with tubular instead of lamellar cristae, 0 to 1.

    Examples
    --------
    >>> import synthem
    >>> tile = synthem.Scene(organelles=[synthem.Mitochondrion(count=2)], stages=[]).render(seed=1)
    >>> bool(tile.mask("mitochondria")[tile.mask("mitochondrial_boundaries")].all())
    True
    """

    kind: ClassVar[str] = "mitochondrion"
    length: Number = (38.0, 160.0)
    width: Number = (30.0, 77.0)
    bend: Number = (0.0, 0.7)
    room: Number = (0.0, 22.0)
    tubular_share: float = 0.25

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "length", check_number("length", self.length, low=10, high=2000))
        object.__setattr__(self, "width", check_number("width", self.width, low=10, high=1000))
        object.__setattr__(self, "bend", check_number("bend", self.bend, low=0, high=2))
        object.__setattr__(self, "room", check_number("room", self.room, low=0, high=200))
        check_scalar("tubular_share", self.tubular_share, low=0, high=1)

    def shape(self, rng: np.random.Generator, style: Style, size: float) -> Shape:
        """Draw one mitochondrion."""
        length = draw_log_uniform(self.length, rng, size)
        width = min(draw_size(self.width, rng, size * rng.random()), length * (1.0 - SLIMMER * rng.random()))
        slim = length / width
        bend = draw(self.bend, rng) * min(1.0, max(0.0, slim - 1.2)) * (1 if rng.random() < 0.5 else -1)
        look = style.mitochondrion
        rim_width, most = draw(look.rim_width, rng), max(2.5, 0.3 * width)
        at, broad, bulge, share, off, where = rng.random(6).tolist()
        # where the cut is oblique, the rim broadens on one side
        bulge = rim_width * (0.5 + 1.2 * bulge) if broad < look.oblique_share else 0.0
        room = draw(self.room, rng) * size * share
        aside, where = room * (1.0 - 0.6 * off), 2.0 * math.pi * where
        middle = (aside * math.sin(where), aside * math.cos(where))
        rings, heights, capsules = np.empty((2, POINTS, 2)), rng.standard_normal(len(WAVES)), np.empty((3, 5))
        law = np.empty(len(BodyColumn))
        law[BodyColumn.LENGTH], law[BodyColumn.WIDTH], law[BodyColumn.BEND] = length, width, bend
        law[BodyColumn.WALL], law[BodyColumn.WALL_MOST] = rim_width, most
        law[BodyColumn.BULGE], law[BodyColumn.BULGE_AT] = bulge, POINTS * at
        law[BodyColumn.ROOM_ROW], law[BodyColumn.ROOM_COL] = middle
        law[BodyColumn.ROOM_RADIUS] = 0.53 * width + CLEAR + room
        rim = walled_body_rings(heights, WAVES, law, rings, capsules)
        outer, inner = rings
        greys = appearance_of(rng)
        level, paint = self._interior(inner, length, width, greys, look)
        rim_level = draw(look.rim_level, greys) + min(0.0, level - look.interior_level[0])
        rim_fill = Fill((outer, inner), rim_level, look.rim_texture_sd, label="mitochondrial_boundaries")
        midline = np.concatenate((capsules[:1, :2], capsules[:, 2:4])) - middle
        low, high = look.halo_opacity
        dense = low + (high - low) * greys.random() ** 2
        pale = level + draw(look.core_shift, greys)
        if pale != level:  # over the matrix, below what is in it
            paint.insert(1, Stroke(0.6 * midline, 0.08 * width, 0.38 * width, pale, CORE_OPACITY, on="mitochondria"))
        halo = Stroke(midline, 0.5 * width, look.halo_reach, look.halo_level, dense)
        edges = self._edges(outer, inner, rim_level, greys, style)
        part = Part(
            self.kind,
            (rim_fill, *paint, halo, *edges),
            label="mitochondria",
            rings=(outer,),
            parameters={"length": length, "width": width, "bend": bend, "rim": rim},
        )
        return Shape((part,), (Region(capsules),), capsules=capsules)

    def _edges(
        self, outer: Points, inner: Points, level: float, rng: np.random.Generator, style: Style
    ) -> tuple[Stroke, ...]:
        """Blur both edges of the rim: the surface is seldom cut at right angles, and darkest a little within."""
        look = style.mitochondrion
        around, within = (np.concatenate((ring, ring[:1])) for ring in (outer, inner))
        return (
            Stroke(around, 0.0, look.edge_reach, level, draw(look.edge_opacity, rng)),
            Stroke(around, 0.0, 2.5, style.cytoplasm.level, look.edge_fade, on="mitochondrial_boundaries"),
            Stroke(within, 0.0, 3.0, level, look.edge_within, on="mitochondria"),
        )

    def _interior(
        self, inner: Points, length: float, width: float, rng: np.random.Generator, look: MitochondrionLook
    ) -> tuple[float, list[Paint]]:
        level = draw(look.interior_level, rng)
        if rng.random() < look.dark_share * max(1.0, (SMALL / width) ** 4):
            level += look.dark_shift
        depth, period = draw(look.cristae_depth, rng), draw(look.cristae_period, rng)
        turn = rng.normal(0.0, 0.35) + (math.pi / 2 if rng.random() < 0.5 else 0.0)
        if rng.random() < look.swollen_share:
            swelling = rng.random()
            level += 14.0 * swelling
            patches = _swollen((length, width, turn), level, swelling, rng, look)
        else:
            patches = _patches((length, width, turn), level, rng, look)
        if rng.random() >= self.tubular_share:
            lamellae = (depth, period, turn, 10.0 * rng.random())
            return level, [Fill((inner,), level, look.interior_texture_sd, lamellae, label="mitochondria"), patches]
        count = max(3, int(length * width / 260))
        uniforms = rng.random((4, count))
        heading, span = turn + rng.normal(0.0, 0.6, count), 3.0 + 9.0 * uniforms[2]
        paths, looks = np.empty((count, 2, 2)), np.empty((count, 4))
        paths[:, 0, 0], paths[:, 0, 1] = 0.7 * width * (uniforms[0] - 0.5), 0.7 * length * (uniforms[1] - 0.5)
        paths[:, 1, 0], paths[:, 1, 1] = np.sin(heading), np.cos(heading)
        paths[:, 1] = paths[:, 0] + span[:, None] * paths[:, 1]
        looks[:] = (1.2, 2.0, level - 0.7 * depth, 0.8)
        looks[:, 2] += 1.4 * depth * (uniforms[3] < 0.5)
        fill = Fill((inner,), level, look.interior_texture_sd, label="mitochondria")
        return level, [fill, Strokes(paths, looks, on="mitochondria"), patches]


def _patches(
    body: tuple[float, float, float], level: float, rng: np.random.Generator, look: MitochondrionLook
) -> Strokes:
    """Draw slits along the cristae, paler than the matrix, places where the matrix is denser, and a granule."""
    share, (length, width, turn) = rng.random(), body
    low, high = look.patches
    count = int((low + (high - low) * share * share) * length * width / 1000.0 + rng.random())
    depth = draw(look.patch_depth, rng)
    own, heading = rng.random((6, count)), turn + rng.normal(0.0, 0.4, count)
    dense = own[3] < look.dense_share
    half = np.where(dense, 1.0 + 3.0 * own[4], 0.4 + 1.8 * own[4])
    grey = level + np.where(dense, -0.4, 1.0) * depth * (0.4 + 0.6 * own[5])
    looks = np.stack((half, np.where(dense, 6.0, 3.0), grey, np.full(count, 0.8)), axis=1)
    paths = _lines(own[:2], 1.0 + 0.3 * width * own[2] * own[2], heading, body)
    if count and rng.random() < look.granule_share:
        paths[0] = paths[0].mean(axis=0)
        looks[0] = (1.0 + rng.random(), 2.0, look.granule_level, 0.9)
    return Strokes(paths, looks, on="mitochondria")


def _swollen(
    body: tuple[float, float, float], level: float, swelling: float, rng: np.random.Generator, look: MitochondrionLook
) -> Strokes:
    """Draw swollen cristae: dark walls around pale lumina, both more so with `swelling`, 0 to 1."""
    length, width, turn = body
    count = int(length * width / (350.0 + 250.0 * swelling)) + 2
    own, heading = rng.random((6, count)), turn + rng.normal(0.0, 0.35 + 0.4 * swelling, count)
    lumen = 0.6 + 0.6 * swelling + (1.5 + 2.2 * swelling) * own[3] ** 2
    pale = level + look.patch_depth[1] * (0.3 + 0.4 * own[4])
    looks = np.empty((count, 2, 4))
    looks[:, :, 1:4:2] = 1.3, 0.9
    looks[:, 0, 0], looks[:, 0, 2] = lumen + 1.5 + 1.1 * swelling, level - 10.0 - 20.0 * swelling - 14.0 * own[5]
    looks[:, 1, 0], looks[:, 1, 2] = lumen, pale
    paths = _lines(own[:2], 1.0 + 0.35 * width * own[2] ** 1.5, heading, body)
    return Strokes(np.repeat(paths, 2, axis=0), looks.reshape(-1, 4), on="mitochondria")


def _lines(place: Numbers, half: Numbers, heading: Numbers, body: tuple[float, float, float]) -> Points:
    """Return lines of two points within a body: from where they lie, 0 to 1, half their length and their direction."""
    length, width, _ = body
    middle = np.stack((0.85 * width * (place[0] - 0.5), 0.9 * length * (place[1] - 0.5)), axis=1)
    ahead = half[:, None] * np.stack((np.sin(heading), np.cos(heading)), axis=1)
    return np.stack((middle - ahead, middle + ahead), axis=1)
