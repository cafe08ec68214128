"""
Aligned pairs for denoising
===========================

One layout, painted twice: as a slow scan, and as a fast one with four times the noise. Each pixel shows the same point.
"""

from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np

import synthem

slow = synthem.load_style("epfl")
noise = replace(slow.detector, white=4 * slow.detector.white, correlated=4 * slow.detector.correlated)
fast = replace(slow, name="fast", detector=noise)

clean = synthem.generate(2, seed=5, style=slow)
noisy = synthem.restyle(clean, fast)
assert np.array_equal(clean.masks, noisy.masks)

figure, axes = plt.subplots(1, 2, figsize=(7, 3.7), layout="constrained")
for name, tiles, place in zip(("slow", "fast"), (clean, noisy), axes, strict=True):
    place.imshow(tiles.images[0], cmap="gray", vmin=0, vmax=255)
    place.set_title(name)
    place.set_axis_off()
plt.show()
