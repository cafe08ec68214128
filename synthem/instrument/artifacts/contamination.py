"""Contamination: the dark frame that an earlier scan has left."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthem.instrument.artifacts.base import ArtifactStage, pixels
from synthem.instrument.artifacts.lines import smoothstep
from synthem.painting.canvas import Canvas
from synthem.parameters import Number, declared, draw
from synthem.tiles.artifacts import Artifact

__all__ = ["Contamination", "ContaminationPlan"]

SEEN = np.float32(3.0)
FIXPOINT = np.float32(140.0)
"""Grey that a loss of contrast leaves as it is."""


@dataclass(frozen=True)
class ContaminationPlan:
    """Edges of the frame as shares of the tile, top, bottom, left, right, and what was drawn."""

    edges: tuple[float, float, float, float]
    depth: float
    fading: float
    softness_nm: float


@dataclass(frozen=True, kw_only=True)
class Contamination(ArtifactStage):
    """A rectangle that an earlier scan has darkened: carbon was deposited where the beam has been. Nothing moves.

    Its sides are parallel to those of the tile, and at least one of them crosses it.

    Examples
    --------
    >>> import synthem
    >>> stages = [synthem.Cytoplasm(), synthem.Contamination(depth=30), synthem.BlurNoise()]
    >>> tile = synthem.Scene(stages=stages).render(seed=1)
    >>> inside = tile.artifacts[0].mask
    >>> bool(tile.image[inside].mean() < tile.image[~inside].mean())
    True
    """

    depth: Number = declared((12.0, 45.0), "How much darker it is within.", unit="levels", high=255)
    fading: Number = declared((0.0, 0.25), "Share of the contrast that is lost within.", high=1)
    softness_nm: Number = declared((8.0, 40.0), "Width of its edges.", unit="nm", high=5000)

    def draw(self, rng: np.random.Generator, pixel_nm: float, shape: tuple[int, int]) -> ContaminationPlan:
        """Draw where the earlier scan was."""
        depth, fading, softness = draw(self.depth, rng), draw(self.fading, rng), draw(self.softness_nm, rng)
        sides = [0.15 + 0.7 * rng.random() if rng.random() < 0.4 else 2.0 for _ in range(4)]
        sides[int(4 * rng.random())] = 0.25 + 0.5 * rng.random()  # one crosses the tile for certain
        top, bottom, left, right = sides  # how far the frame reaches from the opposite edge
        return ContaminationPlan(
            (1.0 - top, max(bottom, 1.2 - top), 1.0 - left, max(right, 1.2 - left)), depth, fading, softness
        )

    def damage(self, canvas: Canvas, plan: ContaminationPlan, pixel_nm: float) -> Artifact:
        """Darken the frame."""
        soft = max(pixels(plan.softness_nm, pixel_nm), 1.0)
        weights = []
        for size, (first, last) in zip(canvas.shape, (plan.edges[:2], plan.edges[2:]), strict=True):
            places = np.arange(size, dtype=np.float64)
            inside = smoothstep((places - first * size) / soft + 0.5) * smoothstep((last * size - places) / soft + 0.5)
            weights.append(inside.astype(np.float32))
        weight = weights[0][:, None] * weights[1][None, :]
        change = -weight * (np.float32(plan.depth) + np.float32(plan.fading) * (canvas.grey - FIXPOINT))
        canvas.grey += change
        return Artifact(
            name=self.name,
            parameters={"depth": plan.depth, "fading": plan.fading, "softness_nm": plan.softness_nm},
            mask=(weight >= 0.5) | (np.abs(change) >= SEEN),
        )
