"""
Tiles with their labels
=======================

Four tiles, each beside its masks laid over it.
"""

import matplotlib.pyplot as plt

import synthem
from synthem.view.sheets import overlay

tiles = synthem.generate(n=4, axons=1, seed=7)

figure, axes = plt.subplots(2, 4, figsize=(10, 5), layout="constrained")
for tile, (above, below) in zip(tiles, axes.T, strict=True):
    above.imshow(tile.image, cmap="gray", vmin=0, vmax=255)
    below.imshow(overlay(tile.image, tile.masks))
for place in axes.flat:
    place.set_axis_off()
plt.show()
