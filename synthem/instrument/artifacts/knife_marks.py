"""Knife marks: lines that a nick in the knife leaves along the cutting direction."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from synthem.instrument.artifacts.base import ArtifactStage, pixels
from synthem.instrument.artifacts.streaks import StreakPlan, add_plan, profile_places, streak_plan
from synthem.painting.canvas import Canvas
from synthem.parameters import Count, Number, declared, draw, draw_count
from synthem.tiles.artifacts import Artifact

__all__ = ["KnifeMarks"]

SEEN = 3.0
"""Change in levels from which on a pixel counts as marked."""


@dataclass(frozen=True, kw_only=True)
class KnifeMarks(ArtifactStage):
    """Thin parallel lines, bright or dark, where the section is thinner or thicker. Nothing moves.

    A mark has a core and fringes of the other sign, is not equally strong all along, and the section may be a little
    thicker on one side of it.

    Examples
    --------
    >>> import synthem
    >>> stages = [synthem.MembraneLayer(), synthem.Cytoplasm(), synthem.KnifeMarks(count=2), synthem.BlurNoise()]
    >>> synthem.Scene(stages=stages).render(seed=1).artifacts[0].parameters["count"]
    2
    """

    count: Count = declared((1, 4), "Number of marks in a tile, whatever its size.")
    width_nm: Number = declared((8.0, 45.0), "Width of a mark.", unit="nm", low=1, high=1000)
    depth: Number = declared(
        (20.0, 80.0), "How far the core of a mark differs from its surroundings.", unit="levels", high=255
    )
    bright_share: float = declared(0.6, "Share of the marks that are bright.", high=1)
    thickness_step: Number = declared(
        (0.0, 8.0), "Difference in grey between both sides of a mark.", unit="levels", high=100
    )
    angle: Number = declared(
        (0.0, math.pi), "Cutting direction, from columns towards rows.", unit="rad", low=-3.15, high=3.15
    )

    def draw(self, rng: np.random.Generator, pixel_nm: float, shape: tuple[int, int]) -> StreakPlan:
        """Draw the marks."""
        angle, count = draw(self.angle, rng), draw_count(self.count, 1.0, rng)
        places = profile_places(shape, angle)
        profile = np.zeros(len(places))
        for _ in range(count):
            sigma = max(0.4 * pixels(draw(self.width_nm, rng), pixel_nm), 0.5)
            depth = draw(self.depth, rng) * (1.0 if rng.random() < self.bright_share else -1.0)
            away = places - (places[0] + (places[-1] - places[0]) * (0.15 + 0.7 * rng.random()))
            core = np.exp(-0.5 * (away / sigma) ** 2)
            profile += depth * (core - 0.35 * np.exp(-0.5 * ((np.abs(away) - 2.6 * sigma) / sigma) ** 2))
            step = draw(self.thickness_step, rng) * (1.0 if rng.random() < 0.5 else -1.0)
            side = 1.0 if rng.random() < 0.5 else -1.0
            profile += step * (side * away > 0) * np.exp(-np.abs(away) / pixels(300.0, pixel_nm))
        cells = (12.0, 40.0)
        strengths = (1.0, 0.3)
        return streak_plan(rng, shape, angle, profile, cells, strengths, SEEN, 0.2, {"count": count, "angle": angle})

    def damage(self, canvas: Canvas, plan: StreakPlan, pixel_nm: float) -> Artifact:
        """Mark the section."""
        return add_plan(self.name, canvas, plan)
