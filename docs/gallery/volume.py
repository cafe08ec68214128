"""
A volume in three planes
========================

Solid tissue, cut along all three axes. An object has one id in all sections, so planes across them fit together.
"""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

import synthem
from synthem.view.animations import turning
from synthem.view.sheets import overlay

volume = synthem.SolidScene(shape=(96, 256, 256)).render(seed=4)
depth, height, width = volume.shape


def planes(paint):
    """Show the middle plane of each axis, painted by a function."""
    ratios = {"width_ratios": [width, depth], "height_ratios": [height, depth]}
    _, axes = plt.subplots(2, 2, figsize=(7, 7), gridspec_kw=ratios, layout="constrained")
    places = {
        "z": (axes[0, 0], depth, "sections from above (xy)"),
        "y": (axes[1, 0], height, "xz"),
        "x": (axes[0, 1], width, "yz"),
    }
    for axis, (place, length, title) in places.items():
        plane = volume.section(axis, length // 2)
        shown = paint(plane)
        place.imshow(shown.swapaxes(0, 1) if axis == "x" else shown, cmap="gray", vmin=0, vmax=255)
        place.set_title(title, fontsize=9)
    for place in axes.flat:
        place.set_axis_off()


planes(lambda plane: plane.image)

# %%
# With its labels:

planes(lambda plane: overlay(plane.image, plane.masks))

# %%
# Through the sections
# --------------------

figure, place = plt.subplots(figsize=(4, 4.3), layout="constrained")
place.set_axis_off()
shown = place.imshow(overlay(volume.image[0], volume.masks[:, 0]))


def step(k):
    """Show one section."""
    shown.set_data(overlay(volume.image[k], volume.masks[:, k]))
    place.set_title(f"section {k}, at {k * volume.voxel_size_nm[0]:.0f} nm", fontsize=9)


animation = FuncAnimation(figure, step, frames=range(0, depth, 3), interval=120)

# %%
# Cut with a knife
# ----------------
# Sections of 50 nm, ten times as far apart as pixels: what lies between is not seen, and each picture is the mean over
# its thickness.

serial = synthem.SolidScene(shape=(4, 256, 256), spacing_nm=50).render(seed=4)
figure, axes = plt.subplots(1, 4, figsize=(11, 3), layout="constrained")
for k, place in enumerate(axes):
    place.imshow(serial.image[k], cmap="gray", vmin=0, vmax=255)
    place.set_title(f"{50 * k} nm", fontsize=9)
    place.set_axis_off()

# %%
# The bodies within
# -----------------
# Mitochondria of the volume, seen from above: how many sections each fills.

filled = np.where(volume.mask("mitochondria"), 1, 0).sum(axis=0)
plt.figure(figsize=(4.6, 4), layout="constrained")
plt.imshow(filled * volume.voxel_size_nm[0], cmap="magma")
plt.colorbar(label="nm of mitochondrion below each pixel")
plt.axis("off")

# %%
# A dendrite with its spines
# --------------------------
# Two micrometres of tissue in large voxels, and the dendrite in it whose skeleton branches most often, with its
# mitochondria, seen from all sides. `synthem.view.animations.write_animation` makes a file of it.

block = synthem.SolidScene(shape=(160, 200, 200), pixel_size_nm=12, spacing_nm=12).render(seed=7)


def branches(skeleton):
    """Return how many nodes have more than one child."""
    return (np.bincount(skeleton.parents[skeleton.parents >= 0]) > 1).sum()


dendrite = max((one for one in block.skeletons() if one.kind == "dendrite"), key=branches)
frames = list(turning(block, dendrite.compartment, views=36))

figure, place = plt.subplots(figsize=(5, 5), layout="constrained")
place.set_axis_off()
seen = place.imshow(frames[0])
turned = FuncAnimation(figure, lambda k: seen.set_data(frames[k]), frames=len(frames), interval=100)
