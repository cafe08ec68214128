"""
A recipe of your own
====================

What is in the tissue is a value: change one section of a shipped recipe, and save it as TOML.
"""

from dataclasses import replace

import matplotlib.pyplot as plt

import synthem

tissue = synthem.load_recipe("tissue")
diseased = replace(
    tissue,
    name="diseased",
    axons=replace(tissue.axons, count=2, loose_share=1.0),  # myelin that comes apart
    mitochondria=replace(tissue.mitochondria, count=3, swollen_share=1.0),
)
print(diseased.to_toml().splitlines()[0])

figure, axes = plt.subplots(1, 2, figsize=(7, 3.7), layout="constrained")
for recipe, place in zip((tissue, diseased), axes, strict=True):
    tile = synthem.build_scene(recipe).render(seed=2)
    place.imshow(tile.image, cmap="gray", vmin=0, vmax=255)
    place.set_title(recipe.name)
    place.set_axis_off()
plt.show()
