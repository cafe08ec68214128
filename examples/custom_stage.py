"""
A stage of your own
===================

A stage draws its record, then paints it. This one darkens the tile towards its edge, as some detectors do.
"""

from dataclasses import dataclass

import matplotlib.pyplot as plt
import numpy as np

import synthem


@dataclass(frozen=True, kw_only=True)
class Vignette:
    """Darken the tile towards its edge."""

    before_organelles = False
    depth: float = 60.0

    def sample(self, rng, territory):
        return float(rng.uniform(0.5, 1.0))

    def apply(self, canvas, record, style):
        rows, cols = (np.linspace(-1, 1, n) ** 2 for n in canvas.shape)
        canvas.grey -= self.depth * record * (rows[:, None] + cols)


stages = [synthem.MembraneLayer(), synthem.Cytoplasm(), Vignette(), synthem.BlurNoise()]
tile = synthem.Scene(organelles=[synthem.Axon(count=1), synthem.Mitochondrion(count=2)], stages=stages).render(seed=1)
plt.imshow(tile.image, cmap="gray", vmin=0, vmax=255)
plt.axis("off")
plt.show()
