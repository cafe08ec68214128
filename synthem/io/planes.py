"""The planes of a tile and their names on disk: the image, one mask per class, instances and compartments."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy.typing as npt

from synthem.labels import CLASSES
from synthem.tiles.stacks import Stacks
from synthem.tiles.tile import Tile

__all__ = ["IMAGES", "PLANES", "stack_planes", "tile_planes"]

IMAGES = "original"
"""Name of the images."""

LABELS = ("instances", "compartments")
"""Names of the planes of integers."""

PLANES = (IMAGES, *(label_class.folder for label_class in CLASSES), *LABELS)
"""Names of all planes; a format names its files or folders by them."""


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
    yield from zip(PLANES, (tile.image, *tile.masks, tile.instances, tile.compartments), strict=True)


def stack_planes(stacks: Stacks) -> Iterator[tuple[str, npt.NDArray[Any]]]:
    """Yield the planes of many tiles with their names, as views to be filled.

    Parameters
    ----------
    stacks : Stacks
        Pixels of n tiles.

    Yields
    ------
    (str, (n, H, W) array)
        Types as those of `tile_planes`.
    """
    masks = (stacks.masks[:, channel] for channel in range(len(CLASSES)))
    yield from zip(PLANES, (stacks.images, *masks, stacks.instances, stacks.compartments), strict=True)
