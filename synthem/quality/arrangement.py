"""Arrangement of compartments, membranes and organelles: directions, breadths and distances."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.measure import label, regionprops
from skimage.morphology import disk

from synthem.quality.distribution import Distribution
from synthem.tiles.labelled_image import LabelledTiles

__all__ = ["arrangement"]

Masks = NDArray[np.bool_]

SMALLEST = 50
EDGE_SIGMA = 2.0
BROAD = disk(9)
"""Structuring element: membranes are broad where it fits into them."""
OPEN = 25.0
"""Cytoplasm is open beyond this distance in pixels from all membranes."""
DISTANCES = (
    ("vesicles", "boundaries"),
    ("psd", "vesicles"),
    ("mitochondria", "boundaries"),
    ("mitochondria", "vesicles"),
)


def arrangement(tiles: LabelledTiles) -> dict[str, Distribution]:
    """Measure the arrangement of compartments and organelles in a set of tiles.

    Parameters
    ----------
    tiles : LabelledTiles
        Labelled tiles.

    Returns
    -------
    dict of str to Distribution
        ``compartment_elongation``: ratio of the axes of the ellipse of equal second moments, for compartments of more
        than 50 px. ``membrane_alignment``, one value per tile: coherence of the structure tensor of the blurred
        boundaries (Bigün and Granlund, 1987), 0 for all directions alike, 1 for a single direction.
        ``broad_membranes``, one value per tile: percentage of the area where a disc of radius 9 px fits into a
        boundary, as in membranes that are cut nearly parallel to their surface. ``open_cytoplasm``, one value per
        tile: percentage of the area that is unlabelled and more than 25 px from any boundary, as in dendrites.
        ``vesicles_to_boundaries``, ``psd_to_vesicles``, ``mitochondria_to_boundaries``, ``mitochondria_to_vesicles``:
        distance in pixels of each pixel of the first class from the nearest pixel of the second, in tiles that have
        both.
    """
    found: dict[str, Distribution] = {}
    if tiles.labels("boundaries"):
        masks = tiles.mask("boundaries")
        found["compartment_elongation"] = Distribution.of(np.concatenate([_elongations(mask) for mask in masks]))
        found["membrane_alignment"] = Distribution.of([_coherence(mask) for mask in masks if mask.any()])
        found["broad_membranes"] = Distribution.of([_broad(mask) for mask in masks])
        free = ~np.any([tiles.mask(name) for name in tiles.labelled], axis=0)
        found["open_cytoplasm"] = Distribution.of([_open(*pair) for pair in zip(masks, free, strict=True)])
    for name, other in DISTANCES:
        if tiles.labels(name) and tiles.labels(other):
            pairs = zip(tiles.mask(name), tiles.mask(other), strict=True)
            values = [ndimage.distance_transform_edt(~far)[near] for near, far in pairs if far.any()]
            found[f"{name}_to_{other}"] = Distribution.of(np.concatenate([np.empty(0), *values]))
    return found


def _elongations(membranes: Masks) -> NDArray[np.float64]:
    blobs = [blob for blob in regionprops(label(~membranes, connectivity=1)) if blob.area > SMALLEST]
    return np.array([blob.axis_major_length / max(blob.axis_minor_length, 1.0) for blob in blobs])


def _broad(membranes: Masks) -> float:
    return 100.0 * float(np.mean(cv2.morphologyEx(membranes.astype(np.uint8), cv2.MORPH_OPEN, BROAD)))


def _open(membranes: Masks, free: Masks) -> float:
    far = ndimage.distance_transform_edt(~membranes) > OPEN if membranes.any() else np.ones_like(free)
    return 100.0 * float((far & free).mean())


def _coherence(membranes: Masks) -> float:
    blurred = membranes.astype(np.float64)
    down = ndimage.gaussian_filter(blurred, EDGE_SIGMA, order=(1, 0))
    right = ndimage.gaussian_filter(blurred, EDGE_SIGMA, order=(0, 1))
    difference, mixed = (right**2 - down**2).sum(), 2.0 * (right * down).sum()
    return float(np.hypot(difference, mixed) / (right**2 + down**2).sum())
