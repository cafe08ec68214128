"""Slices cut into disjoint tiles of one size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from synthem.errors import ConfigError, DataError
from synthem.labels import CLASS_NAMES, class_index
from synthem.quality.slices import read_slices

__all__ = ["TILE_SIZE", "TileSet", "cut_tiles"]

TILE_SIZE = 256
SMALLEST = 64


@dataclass(frozen=True, eq=False, kw_only=True)
class TileSet:
    """Disjoint tiles, and which slice each was cut from.

    Attributes
    ----------
    images : (n, size, size) uint8 array
        Grey pictures.
    masks : (n, 6, size, size) bool array
        Masks in the order of `synthem.CLASS_NAMES`.
    sources : (n,) int array
        Index of the slice a tile comes from; halves of a set are made of whole slices.
    classes : tuple of str
        The classes that are labelled. A class that is labelled but never occurs in the tissue is
        in this list, a class nobody labelled is not.
    """

    images: NDArray[np.uint8]
    masks: NDArray[np.bool_]
    sources: NDArray[np.int64]
    classes: tuple[str, ...] = CLASS_NAMES

    def __len__(self) -> int:
        """Return the number of tiles."""
        return len(self.images)

    def mask(self, name: str) -> NDArray[np.bool_]:
        """Return the masks of one class, (n, size, size) bool."""
        return self.masks[:, class_index(name)]

    def part(self, chosen: NDArray[np.bool_]) -> TileSet:
        """Return some of the tiles."""
        return replace(self, images=self.images[chosen], masks=self.masks[chosen], sources=self.sources[chosen])

    def restricted(self, classes: Sequence[str]) -> TileSet:
        """Return the same tiles as if nothing but these classes were labelled."""
        masks = np.zeros_like(self.masks)
        for name in classes:
            masks[:, class_index(name)] = self.mask(name)
        return replace(self, masks=masks, classes=tuple(classes))

    def labels(self, *names: str) -> bool:
        """Tell whether all these classes are labelled."""
        return all(name in self.classes for name in names)


def cut_tiles(source: object, *, size: int = TILE_SIZE, exclude: Sequence[str] = ()) -> TileSet:
    """Cut slices into disjoint square tiles, from the top left corner.

    Parameters
    ----------
    source : path, Dataset, sequence of Slice, of Tile or of (image, masks) pairs
        A folder in the EPFL6 layout, or what is in memory: images (H, W) uint8, masks (6, H, W)
        bool. Slices may differ in size.
    size : int
        Side of a tile in pixels, 64 or more, default 256. What does not fill a tile is left out.
    exclude : sequence of str
        Slices to leave out: names, or endings of names.

    Returns
    -------
    TileSet
        The tiles; a class counts as labelled if every slice has it.

    Raises
    ------
    DataError
        If there is no slice, one is smaller than a tile, or has not the required form.
    ConfigError
        If `size` is less than 64, or `exclude` names no slice.
    """
    if size < SMALLEST:
        raise ConfigError(f"`size` must be at least {SMALLEST}, got {size}")
    slices = read_slices(source, exclude=exclude)
    images, masks, sources = [], [], []
    for index, item in enumerate(slices):
        height, width = item.image.shape
        if min(height, width) < size:
            raise DataError(f"slice {item.name} must be at least {size}x{size}, got {height}x{width}")
        for row in range(0, height - size + 1, size):
            for col in range(0, width - size + 1, size):
                window = (slice(row, row + size), slice(col, col + size))
                images.append(item.image[window])
                masks.append(item.masks[:, *window])
                sources.append(index)
    return TileSet(
        images=np.stack(images),
        masks=np.stack(masks),
        sources=np.array(sources),
        classes=tuple(name for name in CLASS_NAMES if all(name in item.labelled for item in slices)),
    )
