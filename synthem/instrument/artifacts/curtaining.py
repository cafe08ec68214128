"""Curtaining: streaks that a focused ion beam leaves along the direction of milling."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthem.instrument.artifacts.base import ArtifactStage, pixels
from synthem.instrument.artifacts.lines import wander
from synthem.instrument.artifacts.streaks import FINENESS, StreakPlan, add_plan, profile_places, streak_plan
from synthem.painting.canvas import Canvas
from synthem.parameters import Number, declared, draw
from synthem.tiles.artifacts import Artifact

__all__ = ["Curtaining"]

SEEN = 3.0
"""Change in levels from which on a pixel counts as changed."""


@dataclass(frozen=True, kw_only=True)
class Curtaining(ArtifactStage):
    """Parallel streaks of many widths, which come and go along the direction of milling. Nothing moves.

    Wide and narrow streaks lie over each other; each width, from the narrowest on twice as wide as the one before,
    adds a little more. A few strong ones stand out.

    Examples
    --------
    >>> import synthem
    >>> stages = [synthem.MembraneLayer(), synthem.Cytoplasm(), synthem.Curtaining(), synthem.BlurNoise()]
    >>> synthem.Scene(stages=stages).render(seed=1).artifacts
    (Artifact(curtaining: strength=..., angle=...),)
    """

    strength: Number = declared(
        (5.0, 16.0), "Standard deviation of the streaks over the tile.", unit="levels", high=100
    )
    narrowest_nm: Number = declared((8.0, 15.0), "Width of the narrowest streaks.", unit="nm", low=1, high=1000)
    widest_nm: Number = declared((200.0, 600.0), "Width of the widest streaks.", unit="nm", low=2, high=20_000)
    strong: Number = declared((1.0, 5.0), "How many strong ones there are per 256 pixels across.", high=100)
    angle: Number = declared(
        (1.54, 1.6), "Direction of milling, from columns towards rows: down the rows.", unit="rad", low=-3.15, high=3.15
    )

    def draw(self, rng: np.random.Generator, pixel_nm: float, shape: tuple[int, int]) -> StreakPlan:
        """Draw the streaks."""
        strength, angle, strong = draw(self.strength, rng), draw(self.angle, rng), draw(self.strong, rng)
        width, widest = (max(pixels(draw(n, rng), pixel_nm), 1.0) for n in (self.narrowest_nm, self.widest_nm))
        places = profile_places(shape, angle)
        profile = np.zeros(len(places))
        weight = 1.0
        while width <= max(widest, 1.0):
            profile += weight * wander(rng, len(places), width * FINENESS)
            width, weight = 2.0 * width, 1.2 * weight
        profile *= strength / max(float(profile.std()), 1e-6)
        for _ in range(rng.poisson(strong * (places[-1] - places[0]) / 256.0)):
            sigma = pixels(4.0 + 10.0 * rng.random(), pixel_nm)
            away = (places - rng.uniform(places[0], places[-1])) / sigma
            profile += rng.choice((-2.2, 1.6)) * strength * np.exp(-0.5 * away * away)
        cells = (max(6.0, pixels(60.0, pixel_nm)), max(16.0, pixels(350.0, pixel_nm)))
        drawn = {"strength": strength, "angle": angle}
        return streak_plan(rng, shape, angle, profile, cells, (1.0, 0.4), SEEN, 0.5, drawn)

    def damage(self, canvas: Canvas, plan: StreakPlan, pixel_nm: float) -> Artifact:
        """Add the streaks."""
        return add_plan(self.name, canvas, plan)
