"""
Artefacts with their masks
==========================

What damages a tile says what it did. Left: the damaged tile. Middle: the pixels that show the artefact, and in red
those where nothing of the tissue is seen. Right: how far tissue has moved.
"""

import matplotlib.pyplot as plt
import numpy as np

import synthem

organelles = [synthem.Axon(count=1), synthem.Mitochondrion(count=2), synthem.Vesicles(count=1)]
artefacts = [
    synthem.Fold(),
    synthem.Crack(),
    synthem.KnifeMarks(),
    synthem.SectionCompression(),
    synthem.LocalWarp(),
    synthem.Precipitate(count=30),
    synthem.Contamination(),
    synthem.Curtaining(),
    synthem.Charging(),
    synthem.ScanDrift(),
    synthem.MotionBlur(),
    synthem.UnevenIllumination(),
    synthem.StitchingSeam(),
]


def damaged(artefact):
    """Render a tile with an artefact; a seam belongs to the finished picture."""
    stages = [synthem.MembraneLayer(), synthem.Cytoplasm(), synthem.BlurNoise()]
    stages.insert(3 if isinstance(artefact, synthem.StitchingSeam) else 2, artefact)
    return synthem.Scene(organelles=organelles, stages=stages).render(seed=3)


def show(artefact):
    """Show a tile with an artefact, the mask and the field."""
    tile = damaged(artefact)
    found = tile.artifacts[0]
    figure, axes = plt.subplots(1, 3, figsize=(9, 3.3), layout="constrained")
    axes[0].imshow(tile.image, cmap="gray", vmin=0, vmax=255)
    axes[0].set_title(type(artefact).__name__, fontsize=10)
    colours = np.repeat(255 - 150 * found.mask[:, :, None].astype(np.uint8), 3, axis=2)
    if found.lost is not None:
        colours[found.lost] = (200, 40, 40)
    axes[1].imshow(colours)
    axes[1].set_title("mask", fontsize=10)
    if found.displacement is not None:
        shown = axes[2].imshow(np.hypot(*found.displacement), cmap="magma")
        figure.colorbar(shown, ax=axes[2], label="px", shrink=0.8)
        axes[2].set_title("displacement", fontsize=10)
    for place in axes:
        place.set_axis_off()


# %%
# Of the section
# --------------

for one in artefacts[:6]:
    show(one)

# %%
# Of beam and scan
# ----------------

for one in artefacts[6:]:
    show(one)
