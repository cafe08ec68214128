"""
Styles side by side
===================

A style is an instrument. The same tissue in every shipped style: the masks are the same to the pixel.
"""

import matplotlib.pyplot as plt

import synthem

layout = synthem.build_scene("tissue", axons=1, psd=2).sample(seed=4)
names = synthem.list_styles()
figure, axes = plt.subplots(1, len(names), figsize=(3 * len(names), 3.3), layout="constrained")
for name, place in zip(names, axes, strict=True):
    tile = layout.render(name)
    assert (tile.masks == layout.render().masks).all()
    place.imshow(tile.image, cmap="gray", vmin=0, vmax=255)
    place.set_title(name)
    place.set_axis_off()

# %%
# The style ``any``
# -----------------
# Its stain, contrast, dose, blur and pixel size differ from tile to tile, so that a network cannot hold on to one look.

tiles = synthem.generate(8, style="any", seed=3)
figure, axes = plt.subplots(2, 4, figsize=(9, 4.8), layout="constrained")
for tile, place in zip(tiles, axes.flat, strict=True):
    place.imshow(tile.image, cmap="gray", vmin=0, vmax=255)
    place.set_title(f"{tile.pixel_size_nm:.1f} nm per pixel", fontsize=9)
    place.set_axis_off()

# %%
# Recipes
# -------
# A recipe is what is in the tissue, whatever it looks like.

names = synthem.list_recipes()
figure, axes = plt.subplots(2, len(names), figsize=(3 * len(names), 6.4), layout="constrained")
for name, line in zip(names, axes.T, strict=True):
    for seed, place in enumerate(line):
        place.imshow(synthem.build_scene(name).render(seed=seed).image, cmap="gray", vmin=0, vmax=255)
        place.set_axis_off()
    line[0].set_title(name)
