"""Reading a dataset in any format, or any folder in the EPFL6 layout."""

from __future__ import annotations

from pathlib import Path

from synthem.errors import DataError
from synthem.io.content import StoredTiles
from synthem.io.epfl6 import read_folder
from synthem.io.formats import FORMATS, load_format
from synthem.io.manifest import MANIFEST, read_manifest
from synthem.io.tile_list import read_tile_list

__all__ = ["read_dataset"]


def read_dataset(path: str | Path) -> StoredTiles:
    """Read a dataset that `save_tiles` wrote, or any folder in the EPFL6 layout.

    Parameters
    ----------
    path : str or Path
        The folder.

    Returns
    -------
    StoredTiles
        What was saved. `synthem.Dataset.load` makes a dataset of it.

    Raises
    ------
    DataError
        If a file is missing, damaged, or of another size or depth than the rest, or a newer synthem wrote the folder.
    """
    folder = Path(path)
    manifest = read_manifest(folder)
    if manifest is None:
        return read_folder(folder)
    if manifest.layout not in FORMATS:
        known = ", ".join(FORMATS)
        raise DataError(f"`layout` in {folder / MANIFEST} must be one of {known}, got {manifest.layout!r}")
    tiles = read_tile_list(folder, manifest.names)
    return StoredTiles(
        stacks=load_format(manifest.layout).read(folder, manifest),
        tiles=tiles,
        names=manifest.names,
        seed=manifest.seed,
        config=manifest.config,
    )
