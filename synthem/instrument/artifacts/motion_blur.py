"""Motion blur: the sample shakes during part of the scan."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from synthem.instrument.artifacts.base import ArtifactStage, pixels
from synthem.instrument.artifacts.lines import smoothstep
from synthem.kernels.scanning import blur_rows
from synthem.painting.canvas import Canvas
from synthem.parameters import Number, declared, draw
from synthem.tiles.artifacts import Artifact

__all__ = ["MotionBlur", "MotionPlan"]

LONGEST_SHARE = 0.25
"""Of a tile that a path may be long."""

SHORTEST = 0.5
"""Length of a path in pixels; a row with a shorter one is left as it is."""


@dataclass(frozen=True, eq=False)
class MotionPlan:
    """Length of the path of each row in pixels, and what was drawn."""

    lengths: npt.NDArray[np.float32]
    angle: float
    length_nm: float


@dataclass(frozen=True, kw_only=True)
class MotionBlur(ArtifactStage):
    """Rows that are blurred along a direction, since something shook while they were scanned.

    The path lies evenly on both sides of each pixel, so nothing moves, and labels stay as they are.

    Examples
    --------
    >>> import synthem
    >>> stages = [synthem.MembraneLayer(), synthem.Cytoplasm(), synthem.MotionBlur(duration=0.5), synthem.BlurNoise()]
    >>> blur = synthem.Scene(stages=stages).render(seed=1).artifacts[0]
    >>> bool(0.4 < blur.mask.mean() < 0.6)
    True
    """

    largest_shares: ClassVar[Mapping[str, float]] = {"length_nm": LONGEST_SHARE}

    length_nm: Number = declared(
        (20.0, 80.0), "Length of the path. At most a quarter of the tile.", unit="nm", high=5000
    )
    angle: Number = declared(
        (0.0, math.pi), "Direction of the path, from columns towards rows.", unit="rad", low=-3.15, high=3.15
    )
    duration: Number = declared((0.15, 1.0), "Share of the rows that are blurred.", low=0.01, high=1)

    def draw(self, rng: np.random.Generator, pixel_nm: float, shape: tuple[int, int]) -> MotionPlan:
        """Draw when and how the sample shakes."""
        length_nm, angle, duration = draw(self.length_nm, rng), draw(self.angle, rng), draw(self.duration, rng)
        rows = np.arange(shape[0], dtype=np.float64)
        first = (1.0 - duration) * shape[0] * rng.random()
        last = first + duration * shape[0]
        ramp = max(0.05 * shape[0] * duration, 1.0)
        during = smoothstep((rows - first) / ramp + 1.0) * smoothstep((last - rows) / ramp + 1.0)
        lengths = pixels(length_nm, pixel_nm) * during
        return MotionPlan(np.where(lengths < SHORTEST, 0.0, lengths).astype(np.float32), angle, length_nm)

    def damage(self, canvas: Canvas, plan: MotionPlan, pixel_nm: float) -> Artifact:
        """Blur the rows."""
        blurred = np.empty_like(canvas.grey)
        blur_rows(canvas.grey, plan.lengths, math.sin(plan.angle), math.cos(plan.angle), blurred)
        canvas.grey = blurred
        mask = np.zeros(canvas.shape, np.bool_)
        mask[plan.lengths > 0] = True
        return Artifact(name=self.name, parameters={"length_nm": plan.length_nm, "angle": plan.angle}, mask=mask)
