"""Texture features of tiles, by which real and synthetic ones can be distinguished."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from synthem._progress import Tick
from synthem.quality import texture

__all__ = ["FeatureTable", "feature_table", "image_features"]

_PARTS = (
    texture.grey,
    texture.power_spectrum,
    texture.cooccurrence,
    texture.gradient,
    texture.laplacian,
    texture.local_patterns,
)


@dataclass(frozen=True, eq=False, kw_only=True)
class FeatureTable:
    """One row of features for each tile.

    Attributes
    ----------
    names : tuple of str
        Names of the columns.
    values : (n, k) float array
        The features.
    sources : (n,) int array
        Index of the slice of each tile.
    """

    names: tuple[str, ...]
    values: NDArray[np.float64]
    sources: NDArray[np.int64]

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.values)

    def part(self, chosen: NDArray[np.bool_]) -> FeatureTable:
        """Return some of the rows."""
        return replace(self, values=self.values[chosen], sources=self.sources[chosen])


def image_features(image: NDArray[np.uint8]) -> dict[str, float]:
    """Return the texture features of one image; labels are not used.

    Parameters
    ----------
    image : (H, W) uint8 array
        A tile, at least 64 px on each side.

    Returns
    -------
    dict of str to float
        Moments and quantiles of the grey levels, 16 rings of the log power spectrum, grey-level
        co-occurrence, gradient, Laplacian and local binary patterns; 82 in all.
    """
    grey = image.astype(np.float64)
    found: dict[str, float] = {}
    for part in _PARTS:
        found.update(part(grey))
    return found


def feature_table(
    images: NDArray[np.uint8], sources: NDArray[np.int64], *, tick: Tick = lambda _: None
) -> FeatureTable:
    """Return the features of each image.

    Parameters
    ----------
    images : (n, H, W) uint8 array
        Grey levels.
    sources : (n,) int array
        Index of the slice of each image.
    tick : callable, optional
        Told of each image.

    Returns
    -------
    FeatureTable
        One row for each image.
    """
    rows = []
    for image in images:
        rows.append(image_features(image))
        tick(1)
    values = np.array([list(row.values()) for row in rows])
    return FeatureTable(names=tuple(rows[0]), values=values, sources=sources)
