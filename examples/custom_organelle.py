"""
An organelle of your own
========================

A multivesicular body: drawn around the origin in nanometres, in a class of its own.
"""

from dataclasses import dataclass

import matplotlib.pyplot as plt
import numpy as np

import synthem
from synthem.parameters import Number, declared, draw


@dataclass(frozen=True, kw_only=True)
class MultivesicularBody(synthem.Organelle):
    """A round body with small vesicles inside."""

    materials = {"wall": synthem.Material(grey=(85, 105)), "inside": synthem.Material(grey=140, texture_sd=4)}
    radius_nm: Number = declared((80.0, 120.0), "Radius.", unit="nm", low=20, high=500)

    def shape(self, rng, size):
        radius = draw(self.radius_nm, rng) * size
        ring = synthem.circle(40) * radius
        balls = [synthem.circle(20) * 0.14 * radius + place for place in rng.uniform(-0.5, 0.5, (7, 2)) * radius]
        paint = [(ring, "wall"), (0.88 * ring, "inside"), *((ball, "wall") for ball in balls)]
        fills = tuple(synthem.Fill((outline,), material, label="mvb") for outline, material in paint)
        part = synthem.Part(self.kind, fills, label="mvb", rings=(ring,), parameters={"radius_nm": radius})
        room = np.array([[0.0, 0.0, 0.0, 0.0, radius + 20.0]])  # a disc that lies within one compartment
        return synthem.Shape((part,), claims=(synthem.Region(room),), ring=ring)


own = synthem.LabelClass(name="mvb", colour=(0, 200, 200), precedence=35)
classes = synthem.ClassTable(classes=(*synthem.EPFL6, own))
tile = synthem.Scene(organelles=[MultivesicularBody(count=4)], classes=classes, shape=(192, 192)).render(seed=1)
plt.imshow(np.hstack([tile.image, 255 * tile.mask("mvb")]), cmap="gray", vmin=0, vmax=255)
plt.axis("off")
plt.show()
