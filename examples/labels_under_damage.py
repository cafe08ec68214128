"""
Labels under damage
===================

A fold hides tissue and pulls the rest together. Labels and outlines move with it, and the field says by how much.
"""

import matplotlib.pyplot as plt

import synthem
from synthem.view.sheets import overlay

organelles = [synthem.Mitochondrion(count=4), synthem.Vesicles(count=1)]
stages = [synthem.MembraneLayer(), synthem.Cytoplasm(), synthem.BlurNoise()]
folded = [*stages[:2], synthem.Fold(width_nm=100, angle=0.6), stages[2]]
clean, damaged = (synthem.Scene(organelles=organelles, stages=some).render(seed=8) for some in (stages, folded))

figure, axes = plt.subplots(1, 3, figsize=(10, 3.6), layout="constrained")
for tile, place in zip((clean, damaged), axes, strict=False):
    place.imshow(overlay(tile.image, tile.masks))
rows, cols = damaged.artifacts[0].displacement[:, 8::16, 8::16]
axes[2].quiver(cols, rows, angles="xy", color="tab:red")
axes[2].imshow(damaged.artifacts[0].lost[8::16, 8::16], cmap="Greys", alpha=0.4)
for place, title in zip(axes, ("clean", "folded", "where pixels come from"), strict=True):
    place.set_title(title)
    place.set_axis_off()
plt.show()
