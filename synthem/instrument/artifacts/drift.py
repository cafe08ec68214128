"""Scan drift: the sample or the beam moves while the tile is scanned row by row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from synthem.instrument.artifacts.base import ArtifactStage, move_tissue, pixels
from synthem.instrument.artifacts.lines import wander
from synthem.painting.canvas import Canvas
from synthem.parameters import Number, declared, draw
from synthem.tiles.artifacts import Artifact

__all__ = ["DriftPlan", "ScanDrift", "fading"]

LARGEST_SHARE = 1.0 / 16.0
"""Of a tile by which rows may be shifted."""

LARGEST_JITTER = 1.0 / 100.0
MOVED = 0.5
"""Displacement in pixels from which on a pixel counts as moved."""


@dataclass(frozen=True, eq=False)
class DriftPlan:
    """Shift of each row along itself, and across, in pixels; and what was drawn."""

    along: npt.NDArray[np.float32]
    down: npt.NDArray[np.float32]
    shift_nm: float
    jitter_nm: float
    jumps: bool


@dataclass(frozen=True, kw_only=True)
class ScanDrift(ArtifactStage):
    """Rows that are shifted, since something moved during the scan: slowly, at times with a jump, and from row to row.

    Rows are also nearer together in one part of the tile and farther apart in the other. Towards the edges of the tile
    the shift vanishes, since what lies beyond is not known.

    Examples
    --------
    >>> import synthem
    >>> stages = [synthem.MembraneLayer(), synthem.Cytoplasm(), synthem.ScanDrift(shift_nm=30), synthem.BlurNoise()]
    >>> drift = synthem.Scene(stages=stages).render(seed=1).artifacts[0]
    >>> bool(abs(drift.displacement).max() > 3)
    True
    """

    largest_shares: ClassVar[Mapping[str, float]] = {"shift_nm": LARGEST_SHARE, "jitter_nm": LARGEST_JITTER}

    shift_nm: Number = declared((5.0, 40.0), "Largest shift. At most a sixteenth of the tile.", unit="nm", high=5000)
    jitter_nm: Number = declared(
        (0.0, 6.0),
        "Standard deviation of the shift between neighbouring rows. At most a hundredth of the tile.",
        unit="nm",
        high=500,
    )
    jump_share: float = declared(0.3, "Share of the drifts with a jump.", high=1)

    def draw(self, rng: np.random.Generator, pixel_nm: float, shape: tuple[int, int]) -> DriftPlan:
        """Draw the shift of each row."""
        shift_nm, jitter_nm = draw(self.shift_nm, rng), draw(self.jitter_nm, rng)
        shift, jitter, rows = pixels(shift_nm, pixel_nm), pixels(jitter_nm, pixel_nm), shape[0]
        along, jumps = wander(rng, rows, 0.35 * rows), rng.random() < self.jump_share
        at, height = int(rows * (0.15 + 0.7 * rng.random())), (1.0 + rng.random()) * (1 if rng.random() < 0.5 else -1)
        if jumps:
            along[at:] += height * np.exp(-np.arange(rows - at) / (0.25 * rows))
        along *= shift / max(float(np.abs(along).max()), 1e-6)
        along += jitter * np.clip(rng.standard_normal(rows), -2.5, 2.5)
        down = shift * (2.0 * rng.random() - 1.0) * fading(rows)
        return DriftPlan(along.astype(np.float32), down.astype(np.float32), shift_nm, jitter_nm, jumps)

    def damage(self, canvas: Canvas, plan: DriftPlan, pixel_nm: float) -> Artifact:
        """Shift the rows."""
        displacement = np.empty((2, *canvas.shape), np.float32)
        displacement[0] = plan.down[:, None]
        np.multiply(plan.along[:, None], fading(canvas.shape[1]), out=displacement[1])
        move_tissue(canvas, displacement)
        return Artifact(
            name=self.name,
            parameters={"shift_nm": plan.shift_nm, "jitter_nm": plan.jitter_nm, "jumps": plan.jumps},
            mask=np.abs(displacement).max(axis=0) >= MOVED,
            displacement=displacement,
        )


def fading(count: int) -> npt.NDArray[np.float32]:
    """Return a factor for each pixel along an axis: 1 in the middle, 0 at the edges; slopes are at most 8 / count."""
    places = np.linspace(-1.0, 1.0, count, dtype=np.float32)
    squares = places * places
    return np.float32(1.0) - squares * squares
