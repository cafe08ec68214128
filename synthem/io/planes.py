"""The planes of a tile and their names on disk: the image, one mask per class, instances and compartments."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy.typing as npt

from synthem.labels import OTHER_PLANES, ClassTable
from synthem.tiles.stacks import Stacks
from synthem.tiles.tile import Tile

__all__ = ["IMAGES", "LABELS", "plane_names", "stack_planes", "tile_planes"]

IMAGES = OTHER_PLANES[0]
"""Name of the images."""

LABELS = OTHER_PLANES[1:]
"""Names of the planes of integers."""


def plane_names(classes: ClassTable) -> tuple[str, ...]:
    """Return the names of all planes; a format names its files or folders by them."""
    return (IMAGES, *(label_class.folder for label_class in classes), *LABELS)


def tile_planes(tile: Tile) -> Iterator[tuple[str, npt.NDArray[Any]]]:
    """Yield the planes of a tile with their names.

    Parameters
    ----------
    tile : Tile
        Any tile.

    Yields
    ------
    (str, (H, W) array)
        The image as uint8, masks as bool, instances and compartments as int32.
    """
    yield from zip(plane_names(tile.classes), (tile.image, *tile.masks, tile.instances, tile.compartments), strict=True)


def stack_planes(stacks: Stacks, classes: ClassTable) -> Iterator[tuple[str, npt.NDArray[Any]]]:
    """Yield the planes of many tiles with their names, as views to be filled.

    Parameters
    ----------
    stacks : Stacks
        Pixels of n tiles.
    classes : ClassTable
        The classes of their masks.

    Yields
    ------
    (str, (n, H, W) array)
        Types as those of `tile_planes`.
    """
    masks = (stacks.masks[:, channel] for channel in range(len(classes)))
    yield from zip(plane_names(classes), (stacks.images, *masks, stacks.instances, stacks.compartments), strict=True)
