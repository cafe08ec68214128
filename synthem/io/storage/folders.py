"""The format "folders": one PNG per tile and plane, in the EPFL6 layout; of volumes one per section and plane."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np

from synthem.io.content import DatasetInfo
from synthem.io.formats import Encoded, TileWriter
from synthem.io.images import encode_png
from synthem.io.manifest import Manifest
from synthem.io.masks import read_plane
from synthem.io.planes import plane_names, plane_types, tile_planes
from synthem.io.tile_files import write_files
from synthem.tiles.stacks import Pixels
from synthem.tiles.tile import Tile

__all__ = ["encode", "finish", "open_writer", "owned_files", "read"]


def owned_files(manifest: Manifest) -> Iterator[str]:
    """Yield what is written; see `synthem.io.formats.StorageFormat`."""
    for plane in plane_names(manifest.table):
        for name in manifest.names:
            for file in _files(name, manifest.shape):
                yield f"{plane}/{file}"


def encode(name: str, tile: Tile, place: int, info: DatasetInfo, *, first: int = 0) -> Encoded:
    """Return PNG files by their paths; see `synthem.io.formats.SlabFormat`."""
    height, width = info.shape[-2:]
    names = _files(name, info.shape)[first : first + math.prod(tile.image.shape[:-2])]
    files = {
        f"{plane}/{file}": section
        for plane, pixels in tile_planes(tile)
        for file, section in zip(names, pixels.reshape(-1, height, width), strict=True)
    }
    return {path: encode_png(path, pixels) for path, pixels in files.items()}


def open_writer(folder: Path, info: DatasetInfo, *, first: int = 0) -> AbstractContextManager[TileWriter]:
    """Open a folder for tiles; see `synthem.io.formats.StorageFormat`."""
    return write_files(folder)


def finish(folder: Path, names: Sequence[str], info: DatasetInfo) -> None:
    """Write nothing: all that is known of the tiles is in their files."""


def read(folder: Path, manifest: Manifest) -> Iterator[Pixels]:
    """Yield the pixels of the tiles; see `synthem.io.formats.StorageFormat`."""
    types = plane_types(manifest.table)
    height, width = manifest.shape[-2:]
    for name in manifest.names:
        planes = []
        for plane, kind in types:
            sections = [
                read_plane(folder / plane / file, kind, (height, width)) for file in _files(name, manifest.shape)
            ]
            planes.append(np.stack(sections).reshape(manifest.shape))
        yield Pixels.of_planes(planes)


def _files(name: str, shape: Sequence[int]) -> list[str]:
    """Return the files of a plane of a tile: one, of a volume one for each section."""
    return [f"{name}.png"] if len(shape) == 2 else [f"{name}_z{place:04d}.png" for place in range(shape[0])]
