"""Grey levels on both sides of the edges of labels: they show whether a label ends where the object does."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from synthem.labels import EPFL6
from synthem.tiles.labelled_image import LabelledTiles

__all__ = ["DISTANCES", "edge_distances", "edges"]

CLASSES = ("mitochondria", "psd", "vesicles", "boundaries")
DISTANCES = (-3, -1, 1, 4)
"""Distances in pixels from the edge of a label; negative ones lie within it."""
CLEARANCE = 3
"""Pixels within this distance of another class are left out."""


def edges(tiles: LabelledTiles) -> dict[str, tuple[float, ...]]:
    """Return the mean grey level of each class at distances from the edge of its label.

    Parameters
    ----------
    tiles : LabelledTiles
        Labelled tiles.

    Returns
    -------
    dict of str to tuple of float
        For mitochondria (with their rim), PSDs, vesicles and boundaries, if labelled: the mean grey level at each of
        `DISTANCES`. The distance of a pixel is that to the nearest pixel on the other side of the edge, rounded up.
        Pixels within 3 px of another class are left out. NaN if no pixel is left.
    """
    found = {}
    for name, distances in edge_distances(tiles).items():
        bands = (tiles.images[distances == distance] for distance in DISTANCES)
        found[name] = tuple(float(band.mean()) if band.size else float("nan") for band in bands)
    return found


def edge_distances(tiles: LabelledTiles) -> dict[str, NDArray[np.int8]]:
    """Return for each class the distance in pixels of each pixel from the edge of its label.

    Parameters
    ----------
    tiles : LabelledTiles
        Labelled tiles.

    Returns
    -------
    dict of str to (n, H, W) int8 array
        Distances as in `edges`, up to 100; 0 near other classes, and where a tile has none of the class.
    """
    names = [name for name in CLASSES if tiles.labels(name)]
    own = [one.name for one in tiles.classes if one.name not in EPFL6.names and not one.parent]
    solid = [name for name in (*CLASSES, "axon", *own) if tiles.labels(name)]
    found = {name: np.zeros(tiles.images.shape, np.int8) for name in names}
    for index in range(len(tiles)):
        masks = {name: tiles.mask(name)[index] for name in solid}
        for name in names:
            if masks[name].any():
                others = [masks[other] for other in solid if other != name]
                found[name][index] = np.clip(_signed_distance(masks[name], others), -100, 100)
    return found


def _signed_distance(mask: NDArray[np.bool_], others: list[NDArray[np.bool_]]) -> NDArray[np.float32]:
    """Return the distance from the edge of a mask, rounded up and negative within; 0 near other masks."""
    distance = np.ceil(_distance(~mask)) - np.ceil(_distance(mask))
    if others:
        distance[_distance(~np.any(others, axis=0)) <= CLEARANCE] = 0.0
    return distance


def _distance(mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return the distance in pixels to the nearest pixel outside a mask; a very large number if there is none."""
    return np.asarray(cv2.distanceTransform(mask.view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE), np.float32)
