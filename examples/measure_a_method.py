"""
Test a method against the truth
===============================

Membranes by a threshold on a smoothed picture, as the noise grows. The tissue stays the same, and so does the truth.
"""

from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
from scipy.ndimage import gaussian_filter

import synthem

style = synthem.load_style("epfl")
tiles = synthem.generate(6, axons=0, mitochondria=0, seed=9)
truth = tiles.masks[:, tiles.classes.index("boundaries")]


def dice(images):
    """Return the Dice of the best threshold."""
    smooth = np.array([gaussian_filter(image.astype(float), 2) for image in images])
    found = [smooth < level for level in np.percentile(smooth, range(5, 60, 5))]
    return max(2 * (one & truth).sum() / (one.sum() + truth.sum()) for one in found)


factors = (0.5, 1, 2, 4, 8)
noisy = (replace(style, detector=replace(style.detector, white=10.0 * factor)) for factor in factors)
plt.figure(figsize=(5, 3.2), layout="constrained")
plt.plot(factors, [dice(synthem.restyle(tiles, one).images) for one in noisy], marker="o")
plt.xscale("log", base=2)
plt.xlabel("noise, times that of EPFL6")
plt.ylabel("Dice of membranes")
plt.show()
