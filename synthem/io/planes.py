"""The planes of a tile and their names on disk: the image, one mask per class, instances and compartments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from synthem.errors import DataError
from synthem.labels import OTHER_PLANES, ClassTable
from synthem.tiles.stacks import Pixels
from synthem.tiles.tile import Tile

__all__ = ["IMAGES", "LABELS", "check_pixels", "plane_names", "plane_types", "stored_type", "tile_planes"]

IMAGES = OTHER_PLANES[0]
"""Name of the images."""

LABELS = OTHER_PLANES[1:]
"""Names of the planes of integers."""


def plane_names(classes: ClassTable) -> tuple[str, ...]:
    """Return the names of all planes; a format names its files or folders by them."""
    return (IMAGES, *(label_class.folder for label_class in classes), *LABELS)


def plane_types(classes: ClassTable) -> list[tuple[str, np.dtype[Any]]]:
    """Return the names of all planes with their types: uint8 for the image, bool for masks, int32 for the rest."""
    kinds = (np.uint8, *(np.bool_,) * len(classes), *(np.int32,) * len(LABELS))
    return [(name, np.dtype(kind)) for name, kind in zip(plane_names(classes), kinds, strict=True)]


def stored_type(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return the type of a plane in files without bool: there, masks are 0 and 255."""
    return np.dtype(np.uint8) if dtype == np.bool_ else dtype


def tile_planes(tile: Tile) -> Iterator[tuple[str, npt.NDArray[Any]]]:
    """Yield the planes of a tile with their names.

    Parameters
    ----------
    tile : Tile
        Any tile.

    Yields
    ------
    (str, (H, W) array)
        Types as those of `plane_types`; of a volume (D, H, W) arrays.
    """
    yield from zip(plane_names(tile.classes), (tile.image, *tile.masks, tile.instances, tile.compartments), strict=True)


def check_pixels(path: Path, found: Iterable[Any], shape: tuple[int, ...], classes: ClassTable) -> None:
    """Raise a `DataError` if arrays that were read are not of the shape and type of what was written.

    Parameters
    ----------
    path : Path
        Where they came from, for the error.
    found : iterable
        The arrays in the order of `Pixels`, or what has their `shape` and `dtype`.
    shape : tuple of int
        Of each plane.
    classes : ClassTable
        The classes of their masks.
    """
    wanted = zip(Pixels._fields, ("uint8", "bool", "int32", "int32"), found, strict=True)
    for name, kind, array in wanted:
        size = (len(classes), *shape) if name == "masks" else tuple(shape)
        if array.shape != size or array.dtype != kind:
            raise DataError(f"`{name}` in {path} must be {kind} {size}, got {array.dtype} {array.shape}")
