"""Grey levels of the labelled regions, of cytoplasm and of noise."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from synthem.quality.distribution import Distribution
from synthem.quality.smoothing import gaussian
from synthem.tiles.labelled_image import LabelledTiles

__all__ = ["cytoplasm", "flat_areas", "grey_levels", "noise", "region_masks"]

CLEARANCE = 2
LAGS = range(1, 6)


def cytoplasm(masks: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the pixels without a label within 2 px, (n, H, W) bool, from (n, C, H, W) masks."""
    disc = np.hypot(*np.mgrid[-CLEARANCE : CLEARANCE + 1, -CLEARANCE : CLEARANCE + 1]) <= CLEARANCE
    labelled = masks.any(axis=1)
    far: NDArray[np.bool_] = ~ndimage.binary_dilation(labelled, disc[None])
    return far


def flat_areas(images: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return bright and flat areas of unlabelled images, (n, H, W) bool: probably cytoplasm.

    After a Gaussian of sigma 3 they are brighter than the median, and their gradient is below its 40th percentile.
    """
    found = np.zeros(images.shape, bool)
    for image, flat in zip(images, found, strict=True):
        smooth = gaussian(image.astype(np.float64), 3.0)
        slope = np.hypot(*np.gradient(smooth))
        flat[...] = (smooth > np.median(smooth)) & (slope < np.percentile(slope, 40))
    return found


def region_masks(tiles: LabelledTiles) -> dict[str, NDArray[np.bool_]]:
    """Return the labelled regions whose grey levels are compared.

    Parameters
    ----------
    tiles : LabelledTiles
        Labelled tiles.

    Returns
    -------
    dict of str to (n, H, W) bool array
        Each labelled class, of ``mitochondria`` the interior where the rim is labelled; and ``cytoplasm``: no label
        within 2 px, if the membranes are labelled and no class has that name.
    """
    regions = {name: tiles.mask(name) for name in tiles.labelled}
    if tiles.labels("mitochondria", "mitochondrial_boundaries"):
        regions["mitochondria"] = regions["mitochondria"] & ~regions["mitochondrial_boundaries"]
    if tiles.labels("boundaries") and "cytoplasm" not in regions:
        regions["cytoplasm"] = cytoplasm(tiles.masks)
    return regions


def grey_levels(images: NDArray[np.uint8], regions: dict[str, NDArray[np.bool_]]) -> dict[str, Distribution]:
    """Return the grey levels of each region and of the whole, ``image``."""
    everything = np.bincount(images.ravel(), minlength=256)
    levels = {"image": Distribution.of_histogram(everything)}
    for name, region in regions.items():
        counts = np.bincount(images[region], minlength=256)
        levels[name] = Distribution.of_histogram(counts)
    return levels


def noise(images: NDArray[np.uint8], *regions: NDArray[np.bool_]) -> list[dict[str, tuple[float, ...]]]:
    """Measure strength and correlation of the noise in regions.

    Parameters
    ----------
    images : (n, H, W) uint8 array
        Grey pictures.
    *regions : (n, H, W) bool array
        Flat areas of one kind each, such as the pixels of cytoplasm.

    Returns
    -------
    list of dict of str to tuple of float
        For each region ``sd``: standard deviation of the residual that a Gaussian of sigma 1 removes; ``x`` and ``y``:
        autocorrelation at lags of 1 to 5 px along rows and columns, of the residual that a Gaussian of sigma 4 removes,
        less its mean in each tile. NaN without flat areas.
    """
    found = [_Sums() for _ in regions]
    for image, *inside in zip(images, *regions, strict=True):
        grey = image.astype(np.float32)
        fine, coarse = grey - gaussian(grey, 1.0), grey - gaussian(grey, 4.0)
        for sums, where in zip(found, inside, strict=True):
            sums.add(fine, coarse, where)
    return [sums.noise() for sums in found]


class _Sums:
    """Sums over the pixels of one region, picture by picture."""

    def __init__(self) -> None:
        self.count = self.fine = self.coarse = 0.0
        self.products, self.pairs = np.zeros((2, len(LAGS))), np.zeros((2, len(LAGS)))

    def add(self, fine: NDArray[np.float32], coarse: NDArray[np.float32], where: NDArray[np.bool_]) -> None:
        """Add a picture, of which two residuals are given."""
        count = int(np.count_nonzero(where))
        if count == 0:
            return
        self.count += count
        self.fine += count * float(fine[where].var(dtype=np.float64))
        values = np.where(where, coarse - coarse[where].mean(dtype=np.float64), 0.0)
        self.coarse += float((values**2).sum())
        for axis, (shown, inside) in enumerate(((values.T, where.T), (values, where))):
            for column, lag in enumerate(LAGS):
                self.products[axis, column] += (shown[lag:] * shown[:-lag]).sum()
                self.pairs[axis, column] += np.count_nonzero(inside[lag:] & inside[:-lag])

    def noise(self) -> dict[str, tuple[float, ...]]:
        """Return strength and correlation."""
        if self.coarse == 0.0 or not self.pairs.all():
            missing = (float("nan"),) * len(LAGS)
            return {"sd": (float("nan"),), "x": missing, "y": missing}
        x, y = (self.products / self.pairs / (self.coarse / self.count)).tolist()
        return {"sd": ((self.fine / self.count) ** 0.5,), "x": tuple(x), "y": tuple(y)}
