"""
Eighteen classes
================

The shipped class table ``all`` labels what EPFL6 leaves out. What is labelled changes no picture.
"""

import matplotlib.pyplot as plt
import numpy as np

import synthem
from synthem.view.sheets import overlay

tile = synthem.build_scene("tissue", axons=1, psd=2, classes="all").render(seed=6)
assert np.array_equal(tile.image, synthem.build_scene("tissue", axons=1, psd=2).render(seed=6).image)

figure, axes = plt.subplots(3, 6, figsize=(11, 6), layout="constrained")
for one, mask, place in zip(tile.classes, tile.masks, axes.flat, strict=True):
    place.imshow(overlay(tile.image, mask[None], classes=synthem.ClassTable(classes=(one,))))
    place.set_title(one.name.replace("_", " "), fontsize=9)
    place.set_axis_off()
plt.show()
