"""
What still gives it away
========================

Where tiles of today differ from real slices, by what can be measured. Real values are those of 20 slices of EPFL6
(:doc:`/explanation/realism_results`); values of tiles are measured as this page is built.
"""

import matplotlib.pyplot as plt
import numpy as np

import synthem
from synthem.quality import cut_tiles, measure

tiles = synthem.generate(120, axons=0, seed=7)
measured = measure(cut_tiles(tiles))

# %%
# Densities are straighter
# ------------------------
# The bend is the angle between both ends of a density.

REAL_BEND = 0.47  # radians, median
bend = measured.shapes["psd_bend"]
figure, place = plt.subplots(figsize=(6, 2.6), layout="constrained")
place.plot(bend.percentiles, np.linspace(0, 1, 101), label="tiles")
place.axvline(REAL_BEND, color="black", linestyle="--", label="median of real slices")
place.set(xlabel="bend of a PSD, radians", ylabel="share of PSDs below", xlim=(0, 1.5))
place.legend(frameon=False)

# %%
# So they look in the tiles, at three times their size:

crops = [
    np.pad(tile.image, 40, mode="reflect")[row : row + 80, col : col + 80]
    for tile in tiles
    for item in tile.objects
    if item.kind == "psd" and item.share_inside == 1.0
    for row, col in [(int(item.pose["row"]), int(item.pose["col"]))]
]
figure, axes = plt.subplots(2, 6, figsize=(9, 3.1), layout="constrained")
for crop, place in zip(crops, axes.flat, strict=False):
    place.imshow(crop, cmap="gray", vmin=0, vmax=255)
    place.set_axis_off()

# %%
# Cytoplasm is less open, and few membranes are broad
# ---------------------------------------------------
# Open cytoplasm is unlabelled and further than 25 pixels from any membrane. A membrane is broad where a disc of radius
# 9 pixels fits into it.

REAL = {"open_cytoplasm": 18.0, "broad_membranes": 3.4}  # percent of the area
figure, axes = plt.subplots(1, 2, figsize=(7, 2.6), layout="constrained")
for (name, real), place in zip(REAL.items(), axes, strict=True):
    found = measured.arrangement[name]
    place.bar(["tiles", "real slices"], [found.mean, real], color=["tab:blue", "black"], width=0.5)
    place.set(title=name.replace("_", " "), ylabel="% of the area")

# %%
# Texture
# -------
# A classifier of 82 texture features tells nine of ten tiles from real ones; no feature does it alone. Strong edges are
# too rare among weak ones, and patterns of three pixels are too even. Seen at three times their size, textures repeat
# less than those of tissue:

figure, axes = plt.subplots(1, 4, figsize=(10, 2.7), layout="constrained")
for tile, place in zip(tiles, axes, strict=False):
    place.imshow(tile.image[80:165, 80:165], cmap="gray", vmin=0, vmax=255, interpolation="nearest")
    place.set_axis_off()
