"""Grey levels on both sides of the edges of labels: they show whether a label ends where the object does."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from synthem.labels import EPFL6
from synthem.tiles.labelled_image import LabelledTiles

__all__ = ["DISTANCES", "edges"]

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
    names = [name for name in CLASSES if tiles.labels(name)]
    greys, counts = np.zeros((2, len(names), len(DISTANCES)))
    own = [one.name for one in tiles.classes if one.name not in EPFL6.names and not one.parent]
    solid = [name for name in (*CLASSES, "axon", *own) if tiles.labels(name)]
    for index, image in enumerate(tiles.images):
        masks = {name: tiles.mask(name)[index] for name in solid}
        for row, name in enumerate(names):
            if not masks[name].any():
                continue
            others = [masks[other] for other in solid if other != name]
            away = _signed_distance(masks[name], others)
            for column, distance in enumerate(DISTANCES):
                where = away == distance
                greys[row, column] += image[where].sum(dtype=np.float64)
                counts[row, column] += np.count_nonzero(where)
    means = np.full(greys.shape, np.nan)
    np.divide(greys, counts, out=means, where=counts > 0)
    return {name: tuple(values) for name, values in zip(names, means.tolist(), strict=True)}


def _signed_distance(mask: NDArray[np.bool_], others: list[NDArray[np.bool_]]) -> NDArray[np.float32]:
    """Return the distance from the edge of a mask, rounded up and negative within; 0 near other masks."""
    distance = np.ceil(_distance(~mask)) - np.ceil(_distance(mask))
    if others:
        distance[_distance(~np.any(others, axis=0)) <= CLEARANCE] = 0.0
    return distance


def _distance(mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return the distance in pixels to the nearest pixel outside a mask; a very large number if there is none."""
    return np.asarray(cv2.distanceTransform(mask.view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE), np.float32)
