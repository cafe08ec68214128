"""Count the organelles in masks, tile by tile.

The tables of the study count 8-connected objects. `synthem.quality` counts 4-connected ones without specks. Results of
both are published, so they stay two. The axon counts of the paper (12 in 5 slices, 28 in 10) are the same either way.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from synthem.labels import EPFL6, ClassTable

__all__ = ["Counts", "count_objects"]

_EIGHT = np.ones((3, 3), bool)


@dataclass(frozen=True, kw_only=True, eq=False)
class Counts:
    """Objects and their area, per tile and class.

    Parameters
    ----------
    objects : ndarray of int64, (n, K)
        8-connected components.
    area : ndarray of int64, (n, K)
        Labelled pixels.
    """

    objects: npt.NDArray[np.int64]
    area: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.objects)

    def first(self, n: int) -> Counts:
        """Return the counts of the first `n` tiles: of a nested set."""
        return Counts(objects=self.objects[:n], area=self.area[:n])

    def rows(self, classes: ClassTable = EPFL6) -> list[dict[str, float | int | str]]:
        """Return one row per class: totals and means, as the tables of the report show them."""
        n = max(len(self), 1)
        names = classes.names if self.objects.shape[1] == len(classes) else range(self.objects.shape[1])
        return [
            {
                "class": str(name),
                "tiles": len(self),
                "objects": int(self.objects[:, k].sum()),
                "area": int(self.area[:, k].sum()),
                "objects_per_tile": float(self.objects[:, k].sum() / n),
                "tiles_with_any": int((self.objects[:, k] > 0).sum()),
            }
            for k, name in enumerate(names)
        ]


def count_objects(masks: npt.NDArray[np.bool_]) -> Counts:
    """Count 8-connected objects and labelled pixels.

    An object that several overlapping tiles show counts in each, as in the study.

    Parameters
    ----------
    masks : ndarray of bool, (n, K, H, W)
        Masks of n tiles.

    Returns
    -------
    Counts
        Objects and area per tile and class.

    Examples
    --------
    >>> masks = np.zeros((1, 1, 5, 5), bool)
    >>> masks[0, 0, [0, 1, 4], [0, 1, 4]] = True
    >>> count_objects(masks).objects.tolist(), count_objects(masks).area.tolist()
    ([[2]], [[3]])
    """
    area = np.asarray(masks.sum(axis=(2, 3)), np.int64)
    objects = np.zeros(masks.shape[:2], np.int64)
    for n, k in zip(*np.nonzero(area), strict=True):
        objects[n, k] = ndimage.label(masks[n, k], _EIGHT)[1]
    return Counts(objects=objects, area=area)
