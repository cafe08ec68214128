"""
Organelles, and what their parameters do
========================================

One row per parameter, from low to high; the rest is as by default. Recipes set the same parameters in the section of
the organelle.
"""

# %%
# For each parameter three values are taken from its declaration: of a share 0, one half and 1; of a size its half, its
# default and its double, within the limits.

from dataclasses import fields, replace

import matplotlib.pyplot as plt
import numpy as np

import synthem


def middle(value):
    """Return the number in the middle of a default."""
    return float(np.mean(value)) if isinstance(value, tuple) else float(value)


def values(item):
    """Return three values of a parameter, or none if it is no number."""
    parameter = item.metadata.get("parameter")
    if parameter is None or str(item.type) not in ("float", "Number", "Range"):
        return []
    if parameter.low >= 0 and parameter.high == 1:
        return [parameter.low, 0.5, 1.0]
    usual = middle(item.default)
    if usual == 0 or parameter.low < 0:
        return [parameter.low / 2, usual, min(parameter.high, 2.0) / 2]
    return [float(np.clip(factor * usual, parameter.low, parameter.high)) for factor in (0.5, 1.0, 2.0)]


def draw(organelle, **options):
    """Draw a tile of 1.28 µm with organelles of one kind alone."""
    stages = [synthem.MembraneLayer(compartments=20), synthem.Cytoplasm(), synthem.BlurNoise()]
    return synthem.Scene(organelles=[replace(organelle, **options)], stages=stages).render(seed=5)


def sweep(organelle):
    """Show an organelle with each of its parameters swept."""
    rows = [(item.name, found) for item in fields(organelle) if (found := values(item))]
    figure, axes = plt.subplots(len(rows), 3, figsize=(6, 2.1 * len(rows)), squeeze=False, layout="constrained")
    for (name, found), line in zip(rows, axes, strict=True):
        for value, place in zip(found, line, strict=True):
            try:
                shown = draw(organelle, **{name: value}).image
            except synthem.SynthemError:  # beyond what fits together
                place.set_axis_off()
                continue
            place.imshow(shown, cmap="gray", vmin=0, vmax=255)
            place.set_title(f"{name} = {value:g}", fontsize=8)
            place.set_axis_off()
    figure.suptitle(type(organelle).__name__)


# %%
# Mitochondrion
# -------------

sweep(synthem.Mitochondrion(count=3, length_nm=500, width_nm=320))

# %%
# Axon
# ----
# The label is the myelin sheath.

sweep(synthem.Axon(count=2, radius_nm=260, sheath_nm=70))

# %%
# Postsynaptic density
# --------------------

sweep(synthem.PSD(count=4))

# %%
# Vesicles
# --------
# A cloud fills a bouton.

sweep(synthem.Vesicles(count=2, bouton_radius_nm=220))

# %%
# Free vesicles
# -------------

sweep(synthem.FreeVesicles(count=30))

# %%
# Endomembrane
# ------------

sweep(synthem.Endomembrane(count=6))

# %%
# Lysosome
# --------

sweep(synthem.Lysosome(count=3))

# %%
# Grazed contact
# --------------

sweep(synthem.GrazedContact(count=6))

# %%
# Dendrite
# --------
# It claims a large compartment and paints nothing.

sweep(synthem.Dendrite(count=1))

# %%
# Synapse
# -------
# A bouton, a density and a spine, which belong together.

synapse = synthem.Synapse(psd=synthem.PSD(count=1), vesicles=synthem.Vesicles(count=1))
figure, axes = plt.subplots(1, 3, figsize=(6, 2.2), layout="constrained")
for seed, place in enumerate(axes):
    place.imshow(synthem.Scene(organelles=[synapse]).render(seed=seed).image, cmap="gray")
    place.set_axis_off()

# %%
# Clutter
# -------
# What is there and has no label by default.

kinds = synthem.Clutter().kinds
figure, axes = plt.subplots(2, -(-len(kinds) // 2), figsize=(6, 4.4), layout="constrained")
for place in axes.flat:
    place.set_axis_off()
for kind, place in zip(kinds, axes.flat, strict=False):
    place.imshow(draw(synthem.Clutter(count=60, kinds=(kind,))).image, cmap="gray", vmin=0, vmax=255)
    place.set_title(kind, fontsize=8)
