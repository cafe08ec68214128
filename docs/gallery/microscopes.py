"""
One scene through many microscopes
==================================

One layout, painted by instruments that differ in one thing each. Pairs of such pictures are aligned by construction:
for denoising, for translation between microscopes, or to test what a network depends on.
"""

from dataclasses import replace

import matplotlib.pyplot as plt

import synthem

layout = synthem.build_scene("tissue", axons=1, psd=2).sample(seed=4)
epfl = synthem.load_style("epfl")
optics, detector = epfl.optics, epfl.detector
instruments = {
    "as fitted to EPFL6": epfl,
    "sharper": replace(epfl, optics=replace(optics, psf_sigma_nm=2.0, soft_sigma_nm=8.0)),
    "out of focus": replace(epfl, optics=replace(optics, psf_sigma_nm=18.0)),
    "a third of the noise": replace(epfl, detector=replace(detector, white=3.3, correlated=2.0)),
    "three times the noise": replace(epfl, detector=replace(detector, white=30.0, correlated=18.0)),
    "little contrast": replace(epfl, detector=replace(detector, contrast=0.5, offset=70.0)),
    "inverted": replace(epfl, detector=replace(detector, contrast=-1.0, offset=255.0)),
    "dark membranes": replace(epfl, membranes=replace(epfl.membranes, level=20.0, fade=0.1)),
    "pale cytoplasm, even": replace(
        epfl, cytoplasm=replace(epfl.cytoplasm, level=215.0, fine_texture=4.0, speckle=0.0)
    ),
}

figure, axes = plt.subplots(3, 3, figsize=(9, 9.6), layout="constrained")
for (name, style), place in zip(instruments.items(), axes.flat, strict=True):
    tile = layout.render(style)
    assert (tile.masks == layout.render().masks).all()
    place.imshow(tile.image, cmap="gray", vmin=0, vmax=255)
    place.set_title(name, fontsize=10)
    place.set_axis_off()

# %%
# Pixel size
# ----------
# Tissue keeps its size in nanometres: larger pixels show more of it.

figure, axes = plt.subplots(1, 4, figsize=(12, 3.4), layout="constrained")
for size, place in zip((3, 5, 8, 12), axes, strict=True):
    tile = synthem.build_scene("tissue", pixel_size_nm=size).render(seed=4)
    place.imshow(tile.image, cmap="gray", vmin=0, vmax=255)
    place.set_title(f"{size} nm: {size * 256 / 1000:.2f} µm wide", fontsize=10)
    place.set_axis_off()
