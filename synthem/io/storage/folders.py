"""The format "folders": one PNG per tile and plane, in the EPFL6 layout."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

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
            yield f"{plane}/{name}.png"


def encode(name: str, tile: Tile, place: int, info: DatasetInfo) -> Encoded:
    """Return PNG files by their paths; see `synthem.io.formats.StorageFormat`."""
    files = ((f"{plane}/{name}.png", pixels) for plane, pixels in tile_planes(tile))
    return {path: encode_png(path, pixels) for path, pixels in files}


def open_writer(folder: Path, info: DatasetInfo, *, first: int = 0) -> AbstractContextManager[TileWriter]:
    """Open a folder for tiles; see `synthem.io.formats.StorageFormat`."""
    return write_files(folder)


def finish(folder: Path, names: Sequence[str], info: DatasetInfo) -> None:
    """Write nothing: all that is known of the tiles is in their files."""


def read(folder: Path, manifest: Manifest) -> Iterator[Pixels]:
    """Yield the pixels of the tiles; see `synthem.io.formats.StorageFormat`."""
    types = plane_types(manifest.table)
    for name in manifest.names:
        planes = (read_plane(folder / plane / f"{name}.png", kind, manifest.shape) for plane, kind in types)
        yield Pixels.of_planes(list(planes))
