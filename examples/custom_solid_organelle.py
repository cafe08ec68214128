"""
An organelle of your own in a volume
====================================

A multivesicular body in three dimensions: `solid_bodies` says how often it lies in which neurites, and of what it is.
"""

from dataclasses import dataclass

import matplotlib.pyplot as plt
import numpy as np

import synthem
from synthem.parameters import Number, declared
from synthem.solid.recipe import SolidBody


@dataclass(frozen=True, kw_only=True)
class MultivesicularBody(synthem.Organelle):
    """A round body with a wall."""

    materials = {"wall": synthem.Material(grey=(85, 105)), "inside": synthem.Material(grey=140, texture_sd=4)}
    radius_nm: Number = declared((80.0, 120.0), "Radius.", unit="nm", low=20, high=500)

    def solid_bodies(self):
        size = {"radius_nm": self.radius_nm, "length_nm": (0, 60), "rim_nm": (12, 16)}
        often = {"host": "dendrite", "every_nm": 500, "share": 0.9}
        return [SolidBody(name=self.kind, label="mvb", rim="wall", interior="inside", **often, **size)]


own = synthem.LabelClass(name="mvb", colour=(0, 200, 200), precedence=35)
classes = synthem.ClassTable(classes=(*synthem.EPFL6, own))
scene = synthem.SolidScene(organelles=[MultivesicularBody()], classes=classes, shape=(48, 192, 192))
volume = next(one for one in synthem.iter_tiles(recipe=scene, seed=6) if one.mask("mvb").any())
shown = volume[int(np.argmax(volume.mask("mvb").sum(axis=(1, 2))))]  # the section that shows most of it
plt.imshow(np.hstack([shown.image, 255 * shown.mask("mvb")]), cmap="gray", vmin=0, vmax=255)
plt.axis("off")
plt.show()
