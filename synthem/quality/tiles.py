"""Real or synthetic data of any origin, cut into disjoint tiles of one size."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthem.classes import CLASS_NAMES, class_index
from synthem.errors import ConfigError, DataError

__all__ = ["TILE_SIZE", "TileSet", "cut_tiles", "read_slices"]

TILE_SIZE = 256

Slice = tuple[NDArray[np.uint8], NDArray[np.bool_]]


@dataclass(frozen=True, eq=False, kw_only=True)
class TileSet:
    """Disjoint tiles, and which slice each was cut from.

    Attributes
    ----------
    images : (n, size, size) uint8 array
        Grey pictures.
    masks : (n, 6, size, size) bool array
        Masks in the order of `synthem.classes.CLASS_NAMES`.
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

    def labels(self, *names: str) -> bool:
        """Tell whether all these classes are labelled."""
        return all(name in self.classes for name in names)


def read_slices(source: object) -> list[Slice]:
    """Return the (image, masks) pairs of a folder, a dataset or a sequence of pairs.

    Parameters
    ----------
    source : path, Dataset, sequence of tiles or of (image, masks) pairs
        Folders are read in the EPFL6 layout. Images are (H, W) uint8, masks (6, H, W) bool.
        Slices may differ in size.

    Returns
    -------
    list of ((H, W) uint8 array, (6, H, W) bool array)
        One pair for each slice.

    Raises
    ------
    DataError
        If there is no slice, or a picture or a mask does not have the required form.
    """
    if isinstance(source, str | Path):
        from synthem.io.folders import read_folder

        source = read_folder(source)
    pairs: Iterable[Any]
    if hasattr(source, "images") and hasattr(source, "masks"):
        pairs = zip(source.images, source.masks, strict=True)
    elif isinstance(source, Iterable):
        pairs = source
    else:
        raise DataError(
            f"`source` must be a folder, a dataset or a sequence of (image, masks) pairs, got {type(source).__name__}"
        )
    slices = [_checked(index, item) for index, item in enumerate(pairs)]
    if not slices:
        raise DataError("`source` must hold at least one slice, got none")
    return slices


def _checked(index: int, item: Any) -> Slice:
    try:
        image, masks = (item.image, item.masks) if hasattr(item, "masks") else item
        image, masks = np.asarray(image), np.asarray(masks)
    except (TypeError, ValueError):
        raise DataError(f"slice {index} must be an (image, masks) pair, got {type(item).__name__}") from None
    if image.ndim != 2 or image.dtype != np.uint8:
        raise DataError(f"image of slice {index} must be (H, W) uint8, got {image.shape} {image.dtype}")
    if masks.shape != (len(CLASS_NAMES), *image.shape):
        raise DataError(
            f"masks of slice {index} must have shape {(len(CLASS_NAMES), *image.shape)} "
            f"to fit its image, got {masks.shape}"
        )
    if image.min() == image.max():
        raise DataError(f"image of slice {index} must show something, got grey {image.min()} only")
    return image, masks.astype(bool)


def cut_tiles(source: object, *, size: int = TILE_SIZE, classes: Sequence[str] | None = None) -> TileSet:
    """Cut slices into disjoint square tiles, from the top left corner.

    Parameters
    ----------
    source : path, Dataset, sequence of (image, masks) pairs, TileSet
        What `read_slices` takes; a `TileSet` is returned as it is.
    size : int
        Side of a tile in pixels, default 256. What does not fill a tile is left out.
    classes : sequence of str, optional
        The classes that are labelled; by default those of `source.classes` where it has them,
        else those with at least one pixel.

    Returns
    -------
    TileSet
        The tiles.

    Raises
    ------
    DataError
        If a slice is smaller than a tile, or has not the required form.
    ConfigError
        If `size` is less than 64.
    """
    if isinstance(source, TileSet):
        return source
    if size < 64:
        raise ConfigError(f"`size` must be at least 64, got {size}")
    slices = read_slices(source)
    images, masks, sources = [], [], []
    for index, (image, mask) in enumerate(slices):
        if min(image.shape) < size:
            raise DataError(f"slice {index} must be at least {size}x{size}, got {image.shape}")
        for row in range(0, image.shape[0] - size + 1, size):
            for col in range(0, image.shape[1] - size + 1, size):
                window = np.s_[row : row + size, col : col + size]
                images.append(image[window])
                masks.append(mask[:, *window])
                sources.append(index)
    stacked = np.stack(masks)
    return TileSet(
        images=np.stack(images),
        masks=stacked,
        sources=np.array(sources),
        classes=_labelled(source, stacked, classes),
    )


def _labelled(source: object, masks: NDArray[np.bool_], classes: Sequence[str] | None) -> tuple[str, ...]:
    if classes is None:
        classes = getattr(source, "classes", None)
    if classes is None:
        present = masks.any(axis=(0, 2, 3))
        return tuple(name for name, any_ in zip(CLASS_NAMES, present.tolist(), strict=True) if any_)
    return tuple(CLASS_NAMES[i] for i in sorted({class_index(name) for name in classes}))
