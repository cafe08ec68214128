"""Uneven illumination: a tile is brighter on one side, or in its middle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthem.instrument.artifacts.base import ArtifactStage
from synthem.painting.canvas import Canvas
from synthem.parameters import Number, declared, draw
from synthem.tiles.artifacts import Artifact

__all__ = ["IlluminationPlan", "UnevenIllumination"]

SEEN = np.float32(3.0)
"""Change in levels from which on a pixel counts as changed."""


@dataclass(frozen=True)
class IlluminationPlan:
    """Weights of the slopes down and across, of the curvatures down and across, and of the twist; and the depth."""

    weights: tuple[float, float, float, float, float]
    depth: float


@dataclass(frozen=True, kw_only=True)
class UnevenIllumination(ArtifactStage):
    """Brightness that changes smoothly over the tile: slopes and curvatures in any direction. Nothing moves.

    Examples
    --------
    >>> import synthem
    >>> stages = [synthem.Cytoplasm(), synthem.UnevenIllumination(depth=0.2), synthem.BlurNoise()]
    >>> synthem.Scene(stages=stages).render(seed=1).artifacts
    (Artifact(uneven_illumination: depth=0.2),)
    """

    depth: Number = declared(
        (0.06, 0.25), "Difference between the brightest and the darkest place, as a share of the grey.", high=1
    )
    curvature: float = declared(0.5, "Weight of curvatures beside slopes: 0 for slopes alone.", high=1)

    def draw(self, rng: np.random.Generator, pixel_nm: float, shape: tuple[int, int]) -> IlluminationPlan:
        """Draw the light."""
        down, across, down2, across2, twist = rng.standard_normal(5).tolist()
        bent = self.curvature
        slopes = ((1.0 - bent) * down, (1.0 - bent) * across)
        return IlluminationPlan((*slopes, bent * down2, bent * across2, bent * twist), draw(self.depth, rng))

    def damage(self, canvas: Canvas, plan: IlluminationPlan, pixel_nm: float) -> Artifact:
        """Change the light."""
        rows, cols = (np.linspace(-1.0, 1.0, size, dtype=np.float32) for size in canvas.shape)
        down, across, down2, across2, twist = (np.float32(weight) for weight in plan.weights)
        light = (down * rows + down2 * rows * rows)[:, None] + (across * cols + across2 * cols * cols)[None, :]
        light += (twist * rows)[:, None] * cols[None, :]
        low, high = light.min(), light.max()
        light -= np.float32(0.5) * (low + high)
        light *= np.float32(plan.depth) / max(high - low, np.float32(1e-6))
        light *= canvas.grey
        canvas.grey += light
        return Artifact(name=self.name, parameters={"depth": plan.depth}, mask=np.abs(light) >= SEEN)
