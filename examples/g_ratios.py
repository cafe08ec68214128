"""
g-ratios of axons
=================

The g-ratio of an axon is its diameter within the myelin over that with it. Here it is known of each, and can be
compared with what a measurement on the masks finds.
"""

import matplotlib.pyplot as plt
import numpy as np
from scipy.ndimage import binary_fill_holes

import synthem

true, found = [], []
for tile in synthem.iter_tiles(40, axons=1, psd=0, vesicles=0, mitochondria=0, seed=3):
    for item in tile.objects:
        if item.kind == "axon" and item.share_inside == 1.0 and "g_ratio" in item.parameters:
            sheath = tile.instances == item.id
            whole = binary_fill_holes(sheath)
            found.append(np.sqrt((whole & ~sheath).sum() / whole.sum()))
            true.append(item.parameters["g_ratio"])

plt.figure(figsize=(4.5, 4.5), layout="constrained")
plt.plot([0.2, 1], [0.2, 1], color="grey")
plt.scatter(true, found, s=14)
plt.xlabel("g-ratio that was drawn")
plt.ylabel("g-ratio from the pixels")
plt.show()
