"""Mitochondria."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthem.geometry.curves import wave_table
from synthem.geometry.poses import Points
from synthem.kernels.capsules import CapsuleColumn
from synthem.kernels.outlines import BodyColumn, walled_body_rings
from synthem.painting.paint import Fill, Paint, Part, Ridges, Stroke, Strokes
from synthem.parameters import Number, Range, declared, draw
from synthem.seeds import detail_of
from synthem.tissue.claims import Region
from synthem.tissue.organelles._cristae import lamellae, lines, swollen, tubules
from synthem.tissue.organelles._ranges import draw_log_uniform, draw_size
from synthem.tissue.organelles.base import Organelle
from synthem.tissue.shape import Shape

__all__ = ["Mitochondrion"]

POINTS = 44

SLIMMER = 0.3
"""Width is at most ``1 - U(0, SLIMMER)`` of the length."""

SMALL = 225.0
"""Width in nm below which mitochondria are condensed more often, as ends that are cut off tend to be."""
CLEAR = 5.0
"""Least distance in nm from the compartments around."""
SQUARE_UM = 1e6
"""Square nanometres."""

OUTLINE = ((2, 4, 1.0, 0.02),)
RIM = ((1, 4, 1.0, 0.16),)
WAVES = wave_table(POINTS, OUTLINE, RIM)

SLIT, PATCH, GRANULE = range(3)
PATCH_MATERIALS = ("matrix_slit", "matrix_patch", "granule")


@dataclass(frozen=True, kw_only=True)
class Mitochondrion(Organelle):
    """A smooth closed outline from oval to sausage, with a rim and cristae.

    Examples
    --------
    >>> import synthem
    >>> tile = synthem.Scene(organelles=[synthem.Mitochondrion(count=2)], stages=[]).render(seed=1)
    >>> bool(tile.mask("mitochondria")[tile.mask("mitochondrial_boundaries")].all())
    True
    """

    kind: ClassVar[str] = "mitochondrion"
    length_nm: Number = declared((190.0, 800.0), "Major axis.", unit="nm", low=50, high=10_000)
    width_nm: Number = declared(
        (150.0, 385.0), "Minor axis; never more than the major one.", unit="nm", low=50, high=5000
    )
    bend: Number = declared((0.0, 0.7), "Total bend of the centre line, to either side.", unit="rad", high=2)
    room_nm: Number = declared(
        (0.0, 110.0),
        "Cytoplasm around it within its compartment, beyond the least distance.",
        unit="nm",
        high=1000,
    )
    rim_nm: Range = declared((22.0, 40.0), "Width of the two membranes, labelled as its boundary.", unit="nm", high=200)
    oblique_share: float = declared(0.45, "Share whose rim broadens on one side, where it is cut obliquely.", high=1)
    tubular_share: float = declared(0.25, "Share with tubular instead of lamellar cristae.", high=1)
    resolved_share: float = declared(
        0.0, "Share whose lamellar cristae show two membranes and the lumen between, through the whole body.", high=1
    )
    cristae_period_nm: Range = declared((35.0, 60.0), "Distance between lamellar cristae.", unit="nm", low=5, high=500)
    patches: Range = declared(
        (24.0, 240.0), "Pale slits and dense patches within one; few are more frequent.", unit="per µm²", high=40_000
    )
    dense_share: float = declared(0.1, "Share of the dense ones among slits and patches.", high=1)
    granule_share: float = declared(0.3, "Share in which one of the patches is a dark granule.", high=1)
    swollen_share: float = declared(0.3, "Share with swollen cristae, whose walls are dark and lumina pale.", high=1)
    condensed_share: float = declared(0.03, "Share that is condensed, and so darker; small ones more often.", high=1)

    def shape(self, rng: np.random.Generator, size: float) -> Shape:
        """Draw one mitochondrion."""
        length = draw_log_uniform(self.length_nm, rng, size)
        width = min(draw_size(self.width_nm, rng, size * rng.random()), length * (1.0 - SLIMMER * rng.random()))
        bend = draw(self.bend, rng) * min(1.0, max(0.0, length / width - 1.2)) * (1 if rng.random() < 0.5 else -1)
        rim_width, most = draw(self.rim_nm, rng), max(12.5, 0.3 * width)
        at, broad, bulge, share, off, where = rng.random(6).tolist()
        # where the cut is oblique, the rim broadens on one side
        bulge = rim_width * (0.5 + 1.2 * bulge) if broad < self.oblique_share else 0.0
        room = draw(self.room_nm, rng) * size * share
        aside, where = room * (1.0 - 0.6 * off), 2.0 * math.pi * where
        middle = (aside * math.sin(where), aside * math.cos(where))
        rings, heights, capsules = np.empty((2, POINTS, 2)), rng.standard_normal(len(WAVES)), np.empty((3, 5))
        body = np.empty(len(BodyColumn))
        body[BodyColumn.LENGTH], body[BodyColumn.WIDTH], body[BodyColumn.BEND] = length, width, bend
        body[BodyColumn.WALL], body[BodyColumn.WALL_MOST] = rim_width, most
        body[BodyColumn.BULGE], body[BodyColumn.BULGE_AT] = bulge, POINTS * at
        body[BodyColumn.ROOM_ROW], body[BodyColumn.ROOM_COL] = middle
        body[BodyColumn.ROOM_RADIUS] = 0.53 * width + CLEAR + room
        rim = walled_body_rings(heights, WAVES, body, rings, capsules)
        starts, ends = capsules[:1, : CapsuleColumn.Y1], capsules[:, CapsuleColumn.Y1 : CapsuleColumn.RADIUS]
        midline = np.concatenate((starts, ends)) - middle
        detail = detail_of(rng)
        condensed = detail.random() < self.condensed_share * max(1.0, (SMALL / width) ** 4)
        part = Part(
            self.kind,
            (
                Fill((rings[0], rings[1]), "mitochondrial_rim", label="mitochondrial_boundaries"),
                *self._interior(rings[1], midline, length, width, detail),
                Stroke(midline, "mitochondrial_halo", 0.5 * width),
                *_edges(rings[0], rings[1]),
            ),
            label="mitochondria",
            rings=(rings[0],),
            parameters={"length_nm": length, "width_nm": width, "bend": bend, "rim_nm": rim},
            tint="condensed" if condensed else None,
        )
        return Shape((part,), (Region(capsules),), capsules=capsules)

    def _interior(
        self, inner: Points, midline: Points, length: float, width: float, rng: np.random.Generator
    ) -> tuple[Paint, ...]:
        """Return matrix, paler middle, cristae and patches."""
        period = draw(self.cristae_period_nm, rng)
        turn = rng.normal(0.0, 0.35) + (math.pi / 2 if rng.random() < 0.5 else 0.0)
        core = Stroke(0.6 * midline, "matrix_core", 0.08 * width, 0.38 * width, on="mitochondria")
        if self.resolved_share and rng.random() < self.resolved_share:
            return Fill((inner,), "matrix", label="mitochondria"), core, lamellae(length, width, period, rng)
        swells = rng.random() < self.swollen_share
        matrix = "swollen_matrix" if swells else "matrix"
        body = (length, width, turn)
        patches = swollen(body, rng) if swells else self._patches(body, rng)
        if rng.random() >= self.tubular_share:
            ridges = Ridges("crista", period, turn, 10.0 * rng.random())
            return Fill((inner,), matrix, ridges, label="mitochondria"), core, patches
        fill = Fill((inner,), matrix, label="mitochondria")
        return fill, core, tubules(body, rng), patches

    def _patches(self, body: tuple[float, float, float], rng: np.random.Generator) -> Strokes:
        """Draw slits along the cristae, paler than the matrix, places where the matrix is denser, and a granule."""
        share, (length, width, turn) = rng.random(), body
        low, high = self.patches
        count = int((low + (high - low) * share * share) * length * width / SQUARE_UM + rng.random())
        own, heading = rng.random((5, count)), turn + rng.normal(0.0, 0.4, count)
        dense = own[3] < self.dense_share
        pieces = np.zeros((count, 4))
        pieces[:, 0] = np.where(dense, 5.0 + 15.0 * own[4], 2.0 + 9.0 * own[4])
        pieces[:, 1], pieces[:, 2] = np.where(dense, 30.0, 15.0), np.where(dense, PATCH, SLIT)
        paths = lines(own[:2], 5.0 + 0.3 * width * own[2] * own[2], heading, body)
        if count and rng.random() < self.granule_share:
            paths[0] = paths[0].mean(axis=0)
            pieces[0] = (5.0 + 5.0 * rng.random(), 10.0, GRANULE, 0.0)
        return Strokes(paths, pieces, PATCH_MATERIALS, on="mitochondria")


def _edges(outer: Points, inner: Points) -> tuple[Stroke, ...]:
    """Blur both edges of the rim: the surface is seldom cut at right angles, and darkest a little within."""
    around, within = (np.concatenate((ring, ring[:1])) for ring in (outer, inner))
    return (
        Stroke(around, "rim_outer_edge", 0.0),
        Stroke(around, "rim_fade", 0.0, 12.5, on="mitochondrial_boundaries"),
        Stroke(within, "rim_inner_edge", 0.0, 15.0, on="mitochondria"),
    )
