"""
Stages, before and after
========================

A scene is a list of organelles and a list of stages. Each stage paints on what is there. Here each is left out once.
"""

# %%
# Every stage draws from a random stream of its own, so one that is left out changes nothing of the others.

import matplotlib.pyplot as plt

import synthem

organelles = [
    synthem.Axon(count=1),
    synthem.Mitochondrion(count=2),
    synthem.Synapse(psd=synthem.PSD(count=1), vesicles=synthem.Vesicles(count=1)),
    synthem.Clutter(count=30),
]
stages = [synthem.MembraneLayer(compartments=32, radius_nm=40), synthem.Cytoplasm(), synthem.BlurNoise()]


def render(some):
    """Render the scene with some of the stages."""
    return synthem.Scene(organelles=organelles, stages=some).render(seed=12)


def show(*pairs):
    """Show pictures side by side."""
    _, axes = plt.subplots(1, len(pairs), figsize=(3 * len(pairs), 3.3), layout="constrained")
    for (title, image), place in zip(pairs, axes, strict=True):
        place.imshow(image, cmap="gray", vmin=0, vmax=255)
        place.set_title(title, fontsize=10)
        place.set_axis_off()


whole = render(stages)
for stage in stages:
    name = type(stage).__name__
    without = render([one for one in stages if one is not stage])
    show((f"without {name}", without.image), (f"with {name}", whole.image))

# %%
# What stages see
# ---------------
# Membranes divide the tile into compartments. Each has a number, and cytoplasm differs from one to the next.

figure, axes = plt.subplots(1, 2, figsize=(6, 3.3), layout="constrained")
axes[0].imshow(whole.compartments, cmap="nipy_spectral", interpolation="nearest")
axes[0].set_title("compartments", fontsize=10)
axes[1].imshow(whole.mask("boundaries"), cmap="gray")
axes[1].set_title("mask of the membranes", fontsize=10)
for place in axes:
    place.set_axis_off()
