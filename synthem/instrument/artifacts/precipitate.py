"""Precipitate: grains and needles of stain on the section."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from synthem.instrument.artifacts.base import ArtifactStage, pixels
from synthem.kernels.sections import SpeckColumn, paint_specks
from synthem.painting.canvas import Canvas
from synthem.parameters import Count, Number, declared, draw_count, draw_many
from synthem.tiles.artifacts import Artifact

__all__ = ["Precipitate", "PrecipitatePlan"]

PIECES = 3
"""Of a grain: round grains are rare."""


@dataclass(frozen=True, eq=False)
class PrecipitatePlan:
    """Pieces of the grains, see `synthem.kernels.sections.SpeckColumn`, and their number."""

    specks: npt.NDArray[np.float32]
    count: int
    needles: int


CLUSTER_NM = 110.0
"""Standard deviation of the distance of grains from the middle of their cluster."""


@dataclass(frozen=True, kw_only=True)
class Precipitate(ArtifactStage):
    """Dark, crisp, angular grains and needles on the section, mostly in clusters. Nothing moves.

    They lie on the tissue, whose labels stay as they are.

    Examples
    --------
    >>> import synthem
    >>> stages = [synthem.MembraneLayer(), synthem.Cytoplasm(), synthem.Precipitate(count=5), synthem.BlurNoise()]
    >>> synthem.Scene(stages=stages).render(seed=1).artifacts[0].parameters["count"]
    5
    """

    count: Count = declared((2, 30), "Number of grains and needles per (1.28 µm)².")
    radius_nm: Number = declared(
        (5.0, 30.0), "Radius of a grain; small ones are more frequent.", unit="nm", low=0.5, high=1000
    )
    level: Number = declared((0.0, 30.0), "Grey of the grains before the exposure.", unit="levels", high=255)
    opacity: Number = declared((0.85, 1.0), "How little of the tissue shows through.", high=1)
    needle_share: float = declared(0.15, "Share of needles.", high=1)
    needle_length_nm: Number = declared((40.0, 220.0), "Length of a needle.", unit="nm", low=1, high=5000)
    cluster_share: float = declared(0.7, "Share of the grains that lie in clusters.", high=1)

    def draw(self, rng: np.random.Generator, pixel_nm: float, shape: tuple[int, int]) -> PrecipitatePlan:
        """Draw the grains."""
        count = draw_count(self.count, shape[0] * shape[1] * (pixel_nm / 1280.0) ** 2, rng)
        size = np.array(shape, np.float64)
        where = rng.random((count, 2)) * size
        clusters = rng.random((1 + count // 12, 2)) * size
        clustered = rng.random(count) < self.cluster_share
        spread = pixels(CLUSTER_NM, pixel_nm) * rng.standard_normal((count, 2)) * (0.4 + rng.random((count, 1)))
        where[clustered] = (clusters[rng.integers(len(clusters), size=count)] + spread)[clustered]
        radius = np.minimum(draw_many(self.radius_nm, rng, count), draw_many(self.radius_nm, rng, count))
        radius = pixels(1.0, pixel_nm) * radius
        level, opacity = draw_many(self.level, rng, count), draw_many(self.opacity, rng, count)
        needles = rng.random(count) < self.needle_share
        length = pixels(1.0, pixel_nm) * draw_many(self.needle_length_nm, rng, count)
        turn = rng.random((PIECES, count)) * np.pi
        specks = np.empty((PIECES, count, len(SpeckColumn)), np.float32)
        for piece in range(PIECES):
            shift = np.where(needles[:, None], 0.0, 0.7 * radius[:, None] * rng.uniform(-1, 1, (count, 2)))
            half = np.where(needles, 0.5 * length, radius * rng.uniform(0.2, 0.9, count))
            angle = np.where(needles, turn[0], turn[piece])
            reach = np.stack([np.sin(angle), np.cos(angle)], axis=1) * half[:, None]
            specks[piece, :, [SpeckColumn.ROW, SpeckColumn.COL]] = (where + shift - reach).T
            specks[piece, :, [SpeckColumn.END_ROW, SpeckColumn.END_COL]] = (where + shift + reach).T
            thin = np.minimum(np.maximum(0.25 * radius, 0.5), 2.0)
            specks[piece, :, SpeckColumn.RADIUS] = np.where(needles, thin, radius * rng.uniform(0.4, 0.75, count))
            specks[piece, :, SpeckColumn.LEVEL], specks[piece, :, SpeckColumn.OPACITY] = level, opacity
        return PrecipitatePlan(specks.reshape(-1, len(SpeckColumn)), count, int(needles.sum()))

    def damage(self, canvas: Canvas, plan: PrecipitatePlan, pixel_nm: float) -> Artifact:
        """Lay the grains on the section."""
        mask = np.zeros(canvas.shape, np.uint8)
        paint_specks(plan.specks, canvas.grey, mask)
        parameters = {"count": plan.count, "needles": plan.needles}
        return Artifact(name=self.name, parameters=parameters, mask=mask.view(np.bool_))
