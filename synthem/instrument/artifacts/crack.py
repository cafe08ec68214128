"""Cracks: where a section has torn apart."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from synthem.instrument.artifacts.base import ArtifactStage, move_tissue, pixels
from synthem.instrument.artifacts.lines import Crossing, closing, draw_crossing, wander
from synthem.kernels.resample import TearColumn, tear_field
from synthem.kernels.sections import BandColumn, paint_crack
from synthem.painting.canvas import Canvas
from synthem.parameters import Number, declared, draw
from synthem.tiles.artifacts import Artifact

__all__ = ["Crack", "CrackPlan"]

WIDEST_SHARE = 0.3
"""Of a tile that a crack may take."""


@dataclass(frozen=True, eq=False)
class CrackPlan:
    """A path, the opening and the chips of both edges at each line in pixels, and what was drawn."""

    path: Crossing
    openings: npt.NDArray[np.float64]
    chips: npt.NDArray[np.float64]
    left_share: float
    width_nm: float
    level: float
    edge: float


@dataclass(frozen=True, kw_only=True)
class Crack(ArtifactStage):
    """A crack: a bright gap without tissue or resin, whose sides were pushed apart.

    Each side moves as a whole, along rows for an upright crack and along columns for a level one; tissue leaves the
    tile at its edges. A crack is widest somewhere in the tile and may end in it. Its edges are ragged: some tissue is
    chipped off.

    Examples
    --------
    >>> import synthem
    >>> stages = [synthem.MembraneLayer(), synthem.Cytoplasm(), synthem.Crack(), synthem.BlurNoise()]
    >>> tile = synthem.Scene(stages=stages).render(seed=1)
    >>> bool(tile.compartments[tile.artifacts[0].lost].any())
    False
    """

    largest_shares: ClassVar[Mapping[str, float]] = {"width_nm": WIDEST_SHARE}

    width_nm: Number = declared(
        (25.0, 130.0), "Largest opening. At most three tenths of the side of the tile.", unit="nm", low=2, high=20_000
    )
    angle: Number = declared(
        (0.0, math.pi), "Direction of the crack, from columns towards rows.", unit="rad", low=-3.15, high=3.15
    )
    level: Number = declared((225.0, 252.0), "Grey of the gap before the exposure.", unit="levels", high=255)
    length_share: Number = declared(
        (0.5, 2.5), "Length of the crack in tiles; from about 1.5 on it runs through most of the time.", low=0.1, high=3
    )
    roughness_nm: Number = declared((4.0, 12.0), "How ragged the path and its edges are.", unit="nm", high=200)

    def draw(self, rng: np.random.Generator, pixel_nm: float, shape: tuple[int, int]) -> CrackPlan:
        """Draw where the crack runs and how far it opens."""
        width_nm, angle, level = draw(self.width_nm, rng), draw(self.angle, rng), draw(self.level, rng)
        length, rough = draw(self.length_share, rng), pixels(draw(self.roughness_nm, rng), pixel_nm)
        left_share, middle, edge = 0.2 + 0.6 * rng.random(), 0.15 + 0.7 * rng.random(), 0.15 + 0.25 * rng.random()
        waves = ((0.03 * min(shape), 0.3 * min(shape)), (2.5 * rough, 31.0), (1.1 * rough, 9.0), (0.4 * rough, 2.5))
        path = draw_crossing(rng, shape, angle, waves, kinked=True)
        lines = len(path.centres)
        along = (np.arange(lines) / lines - middle) / (0.5 * length)
        openings = pixels(width_nm, pixel_nm) * np.clip(1.0 - along**2, 0.0, 1.0) ** 0.75
        openings *= np.clip(0.9 + 0.1 * wander(rng, lines, 0.12 * lines, kinked=True), 0.5, 1.0)
        openings *= closing(path, openings)
        chips = np.stack([rough * np.maximum(wander(rng, lines, 4.0, kinked=True) - 0.3, 0.0) for _ in range(2)])
        chips *= np.minimum(openings / max(4.0 * rough, 1.0), 1.0)
        return CrackPlan(path, openings, chips, left_share, width_nm, level, edge)

    def damage(self, canvas: Canvas, plan: CrackPlan, pixel_nm: float) -> Artifact:
        """Tear the section apart."""
        tears, axis = _tears(plan), plan.path.axis
        displacement, lost = np.empty((2, *canvas.shape), np.float32), np.empty(canvas.shape, np.uint8)
        tear_field(tears, axis, displacement, lost)
        move_tissue(canvas, displacement, lost)
        band = np.empty(len(BandColumn), np.float32)
        band[BandColumn.OPACITY], band[BandColumn.LEVEL] = 0.0, plan.level
        band[BandColumn.EDGE], band[BandColumn.REACH] = plan.edge, max(pixels(10.0, pixel_nm), 1.0)
        mask = lost.copy()
        paint_crack(tears, axis, band, plan.path.slant, canvas.grey, mask)
        return Artifact(
            name=self.name,
            parameters={"width_nm": plan.width_nm, "angle": plan.path.angle, "level": plan.level},
            mask=mask.view(np.bool_),
            lost=lost.view(np.bool_),
            displacement=displacement,
        )


def _tears(plan: CrackPlan) -> npt.NDArray[np.float64]:
    """Return the crack as `synthem.kernels.resample.tear_field` takes it: what lay at the path lies at both edges."""
    centres, openings = plan.path.centres, plan.openings
    tears = np.empty((len(centres), len(TearColumn)))
    first, last = centres - plan.left_share * openings, centres + (1.0 - plan.left_share) * openings
    tears[:, TearColumn.FIRST], tears[:, TearColumn.LAST] = first, last
    tears[:, TearColumn.BEFORE] = tears[:, TearColumn.AFTER] = centres
    tears[:, TearColumn.SLOPE_BEFORE] = tears[:, TearColumn.SLOPE_AFTER] = 1.0
    tears[:, TearColumn.GAP_FIRST], tears[:, TearColumn.GAP_LAST] = first - plan.chips[0], last + plan.chips[1]
    return tears
