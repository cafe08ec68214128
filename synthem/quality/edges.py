"""Grey levels on both sides of the edges of labels: where a label ends, relative to what is seen."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from synthem.tiles.labelled_image import LabelledTiles

__all__ = ["DISTANCES", "edges"]

CLASSES = ("mitochondria", "psd", "vesicles", "boundaries")
DISTANCES = (-3, -1, 1, 4)
"""Pixels from the edge of a label; negative is within it."""
CLEARANCE = 3
"""Pixels that are no farther than this from another class are left out."""


def edges(tiles: LabelledTiles) -> dict[str, tuple[float, ...]]:
    """Return the mean grey level of each class at distances from the edge of its label.

    Parameters
    ----------
    tiles : LabelledTiles
        Labelled tiles.

    Returns
    -------
    dict of str to tuple of float
        For mitochondria (with their rim), PSDs, vesicles and boundaries, as far as they are labelled: mean grey of the
        pixels whose distance from the nearest pixel on the other side of the edge, rounded up, is that of
        `DISTANCES`, where no other class is within 3 px. NaN where there is no such pixel.
    """
    names = [name for name in CLASSES if tiles.labels(name)]
    greys, counts = np.zeros((2, len(names), len(DISTANCES)))
    solid = [name for name in (*CLASSES, "axon") if tiles.labels(name)]
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
    """Return the distance from the edge of a mask, rounded up, negative within; 0 near to other masks."""
    distance = np.ceil(_distance(~mask)) - np.ceil(_distance(mask))
    if others:
        distance[_distance(~np.any(others, axis=0)) <= CLEARANCE] = 0.0
    return distance


def _distance(mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return the distance in pixels from the nearest pixel outside a mask; far beyond the tile if there is none."""
    return np.asarray(cv2.distanceTransform(mask.view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE), np.float32)
