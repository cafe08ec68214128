"""The format "folders": one PNG per tile and plane, in the EPFL6 layout."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from synthem.io.content import DatasetInfo
from synthem.io.images import write_png
from synthem.io.manifest import Manifest
from synthem.io.masks import read_plane
from synthem.io.planes import IMAGES, plane_names, stack_planes, tile_planes
from synthem.labels import ClassTable
from synthem.tiles.stacks import Stacks
from synthem.tiles.tile import Tile

__all__ = ["owned_files", "read", "write"]


def owned_files(names: Sequence[str], classes: ClassTable) -> Iterator[str]:
    """Yield what `write` makes of tiles of these names; see `synthem.io.formats.StorageFormat`."""
    for plane in plane_names(classes):
        for name in names:
            yield f"{plane}/{name}.png"


def write(
    tiles: Iterable[tuple[str, Tile]], folder: Path, info: DatasetInfo
) -> Generator[tuple[str, Tile], None, None]:
    """Write tiles as they come; see `synthem.io.formats.StorageFormat`."""
    for plane in plane_names(info.classes):
        (folder / plane).mkdir()
    for name, tile in tiles:
        for plane, pixels in tile_planes(tile):
            write_png(folder / plane / f"{name}.png", pixels)
        yield name, tile


def read(folder: Path, manifest: Manifest) -> Stacks:
    """Read the pixels of all tiles; see `synthem.io.formats.StorageFormat`."""
    first = folder / IMAGES / f"{manifest.names[0]}.png"
    read_plane(first, np.dtype(np.uint8), manifest.shape)  # a wrong shape is said before memory is taken for it
    stacks = Stacks.empty(len(manifest.names), manifest.shape, manifest.table, name="path")
    planes = list(stack_planes(stacks, manifest.table))
    for place, name in enumerate(manifest.names):
        for plane, stack in planes:
            stack[place] = read_plane(folder / plane / f"{name}.png", stack.dtype, manifest.shape)
    return stacks
