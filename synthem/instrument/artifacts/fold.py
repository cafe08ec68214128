"""Folds: where a section lies in three layers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from synthem.instrument.artifacts.base import ArtifactStage, move_tissue, pixels
from synthem.instrument.artifacts.lines import Crossing, closing, draw_crossing, smoothstep, wander
from synthem.kernels.resample import TearColumn, tear_field
from synthem.kernels.sections import BandColumn, paint_fold
from synthem.painting.canvas import Canvas
from synthem.parameters import Number, declared, draw
from synthem.tiles.artifacts import Artifact

__all__ = ["Fold", "FoldPlan"]

WIDEST_SHARE = 0.2
"""Of a tile that a fold may cover: three times as much tissue lies in it, and the rest is stretched to fill it."""


@dataclass(frozen=True, eq=False)
class FoldPlan:
    """A path, the width of the fold at each line in pixels, and what was drawn."""

    path: Crossing
    widths: npt.NDArray[np.float64]
    width_nm: float
    opacity: float
    ends: bool


@dataclass(frozen=True, kw_only=True)
class Fold(ArtifactStage):
    """A fold: a dark band in which the section lies in three layers, and which hides what it has swallowed.

    The tissue on both sides comes nearer by twice the width of the band. The tile stays full: tissue is stretched
    evenly towards the fold, along rows for an upright one and along columns for a level one. The field is a
    discontinuity, so it is not invertible in the band; on both sides it is.

    Examples
    --------
    >>> import synthem
    >>> stages = [synthem.MembraneLayer(), synthem.Cytoplasm(), synthem.Fold(), synthem.BlurNoise()]
    >>> (fold,) = synthem.Scene(stages=stages).render(seed=1).artifacts
    >>> fold.name, bool(fold.lost.any())
    ('fold', True)
    """

    largest_shares: ClassVar[Mapping[str, float]] = {"width_nm": WIDEST_SHARE}

    width_nm: Number = declared(
        (40.0, 110.0), "Width of the dark band. At most a fifth of the side of the tile.", unit="nm", low=5, high=20_000
    )
    angle: Number = declared(
        (0.0, math.pi), "Direction of the fold, from columns towards rows.", unit="rad", low=-3.15, high=3.15
    )
    opacity: Number = declared((0.65, 1.0), "How strongly each further layer darkens the band.", high=1)
    ending_share: float = declared(0.3, "Share of the folds that end in a point within the tile.", high=1)

    def draw(self, rng: np.random.Generator, pixel_nm: float, shape: tuple[int, int]) -> FoldPlan:
        """Draw where the fold runs and how wide it is."""
        width_nm, angle, opacity = draw(self.width_nm, rng), draw(self.angle, rng), draw(self.opacity, rng)
        width = pixels(width_nm, pixel_nm)
        ends, start, turned = rng.random() < self.ending_share, 0.35 + 0.4 * rng.random(), rng.random() < 0.5
        path = draw_crossing(rng, shape, angle, ((0.015 * min(shape), 0.5 * min(shape)), (0.25, 12.0)))
        lines = len(path.centres)
        widths = width * np.clip(0.8 + 0.12 * wander(rng, lines, 0.35 * lines), 0.5, 1.0)
        if ends:
            gone = smoothstep((np.arange(lines) / lines - start) / 0.3)
            widths *= 1.0 - (gone[::-1] if turned else gone)
        return FoldPlan(path, widths * closing(path, widths), width_nm, opacity, ends)

    def damage(self, canvas: Canvas, plan: FoldPlan, pixel_nm: float) -> Artifact:
        """Fold the section."""
        before, tears = canvas.grey, _tears(plan)
        displacement, lost = np.empty((2, *canvas.shape), np.float32), np.empty(canvas.shape, np.uint8)
        tear_field(tears, plan.path.axis, displacement, lost)
        move_tissue(canvas, displacement, lost)
        band = np.empty(len(BandColumn), np.float32)
        band[BandColumn.OPACITY], band[BandColumn.LEVEL] = plan.opacity, 0.0
        band[BandColumn.EDGE], band[BandColumn.REACH] = 0.35, max(pixels(12.0, pixel_nm), 1.0)
        mask = lost.copy()
        paint_fold(tears, plan.path.axis, before, band, plan.path.slant, canvas.grey, mask)
        return Artifact(
            name=self.name,
            parameters={
                "width_nm": plan.width_nm,
                "angle": plan.path.angle,
                "opacity": plan.opacity,
                "ends": plan.ends,
            },
            mask=mask.view(np.bool_),
            lost=lost.view(np.bool_),
            displacement=displacement,
        )


def _tears(plan: FoldPlan) -> npt.NDArray[np.float64]:
    """Return the fold as `synthem.kernels.resample.tear_field` takes it: three times its width is swallowed."""
    end, widths = plan.path.span - 1, plan.widths
    tears = np.empty((len(widths), len(TearColumn)))
    slope = (end - 3.0 * widths) / (end - widths)
    first, last = plan.path.centres - 0.5 * widths, plan.path.centres + 0.5 * widths
    tears[:, TearColumn.FIRST], tears[:, TearColumn.LAST] = first, last
    tears[:, TearColumn.BEFORE] = slope * first
    tears[:, TearColumn.AFTER] = end - slope * (end - last)
    tears[:, TearColumn.SLOPE_BEFORE] = tears[:, TearColumn.SLOPE_AFTER] = slope
    tears[:, TearColumn.GAP_FIRST], tears[:, TearColumn.GAP_LAST] = first, last
    return tears
