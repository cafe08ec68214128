"""
A scene, step by step
=====================

From an empty plane to a tile: organelles are placed, membranes divide what is left, cytoplasm fills it, and the
instrument shows it.
"""

import matplotlib.pyplot as plt
from matplotlib.animation import FuncAnimation

import synthem
from synthem.view.sheets import overlay

kinds = {
    "an axon": synthem.Axon(count=1, radius_nm=(220, 260)),
    "a synapse": synthem.Synapse(psd=synthem.PSD(count=1), vesicles=synthem.Vesicles(count=1)),
    "mitochondria": synthem.Mitochondrion(count=2),
    "endomembranes": synthem.Endomembrane(count=2),
    "clutter": synthem.Clutter(count=30),
}
painting = {
    "membranes": synthem.MembraneLayer(compartments=32, radius_nm=40),
    "cytoplasm": synthem.Cytoplasm(),
    "point spread and noise": synthem.BlurNoise(),
}


def render(organelles, stages):
    """Render what is there so far."""
    return synthem.Scene(organelles=organelles, stages=stages).render(seed=21)


first = [("an empty plane", render([], []))]
first += [(f"and {name}", render(list(kinds.values())[: k + 1], [])) for k, name in enumerate(kinds)]
frames = first + [
    (f"and {name}", render(list(kinds.values()), list(painting.values())[: k + 1])) for k, name in enumerate(painting)
]
tile = frames[-1][1]
pictures = [(title, one.image) for title, one in frames]
pictures.append(("what is known of it", overlay(tile.image, tile.masks)))

# %%
# As an animation
# ---------------

figure, place = plt.subplots(figsize=(4.6, 5), layout="constrained")
place.set_axis_off()
shown = place.imshow(pictures[0][1], cmap="gray", vmin=0, vmax=255)
title = place.set_title(pictures[0][0])


def step(k):
    """Show one of the pictures."""
    shown.set_data(pictures[k][1])
    title.set_text(pictures[k][0])


animation = FuncAnimation(figure, step, frames=len(pictures), interval=900)

# %%
# Side by side
# ------------

figure, axes = plt.subplots(2, 5, figsize=(12, 5.4), layout="constrained")
for (name, image), place in zip(pictures, axes.flat, strict=True):
    place.imshow(image, cmap="gray", vmin=0, vmax=255)
    place.set_title(name, fontsize=9)
    place.set_axis_off()
