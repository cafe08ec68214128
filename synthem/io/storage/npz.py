"""The format "npz": one compressed file of NumPy arrays per tile, without pickles."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np

from synthem.io.content import DatasetInfo
from synthem.io.formats import Encoded, TileWriter
from synthem.io.manifest import Manifest
from synthem.io.npz_arrays import open_npz
from synthem.io.planes import check_pixels
from synthem.io.tile_files import write_files
from synthem.tiles.stacks import Pixels
from synthem.tiles.tile import Tile

__all__ = ["encode", "finish", "open_writer", "owned_files", "read"]

FOLDER = "tiles"

LEVEL = 1
"""Of deflate. `numpy.savez_compressed` has no choice but 6, which takes six times as long."""


def owned_files(manifest: Manifest) -> Iterator[str]:
    """Yield what is written; see `synthem.io.formats.StorageFormat`."""
    return (_file(name) for name in manifest.names)


def encode(name: str, tile: Tile, place: int, info: DatasetInfo) -> Encoded:
    """Return a file by its path; see `synthem.io.formats.StorageFormat`."""
    arrays = {
        "image": tile.image,
        "masks": tile.masks,
        "instances": tile.instances,
        "compartments": tile.compartments,
        "classes": np.array(info.classes.names),
    }
    if info.spacing_nm is not None:
        arrays["spacing_nm"] = np.array(info.spacing_nm, np.float64)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL) as archive:
        for key, array in arrays.items():
            with archive.open(f"{key}.npy", "w", force_zip64=True) as member:  # dated 1980, as by NumPy
                np.lib.format.write_array(member, array, allow_pickle=False)
    return {_file(name): file.getvalue()}


def open_writer(folder: Path, info: DatasetInfo, *, first: int = 0) -> AbstractContextManager[TileWriter]:
    """Open a folder for tiles; see `synthem.io.formats.StorageFormat`."""
    return write_files(folder)


def finish(folder: Path, names: Sequence[str], info: DatasetInfo) -> None:
    """Write nothing: all that is known of the tiles is in their files."""


def read(folder: Path, manifest: Manifest) -> Iterator[Pixels]:
    """Yield the pixels of the tiles; see `synthem.io.formats.StorageFormat`."""
    for name in manifest.names:
        path = folder / _file(name)
        with open_npz(path) as arrays:
            check_pixels(path, map(arrays.header, Pixels._fields), manifest.shape, manifest.table)
            pixels = Pixels(*map(arrays.array, Pixels._fields))
        yield pixels


def _file(name: str) -> str:
    return f"{FOLDER}/{name}.npz"
