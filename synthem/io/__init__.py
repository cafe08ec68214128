"""Datasets on disk.

Examples
--------
>>> import tempfile
>>> import synthem
>>> tiles = synthem.generate(n=2, seed=0, shape=(128, 128))
>>> with tempfile.TemporaryDirectory() as folder:
...     path = tiles.save(f"{folder}/tiles", format="tiff")
...     synthem.Dataset.load(path) == tiles
True
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal, TypeAlias, get_args

from synthem.dataset import Dataset
from synthem.errors import ConfigError, DataError, OutputError, did_you_mean
from synthem.io import folders, tiff
from synthem.io.folders import Slice, read_folder, read_slices
from synthem.io.manifest import (
    MANIFEST,
    TILES,
    check_names,
    read_manifest,
    read_tile_entries,
    write_manifest,
    write_tile_entries,
)
from synthem.io.staging import check_target, staged_folder

__all__ = [
    "FORMATS",
    "Format",
    "Slice",
    "check_output",
    "load_dataset",
    "read_folder",
    "read_slices",
    "save_dataset",
]

Format: TypeAlias = Literal["folders", "tiff"]

FORMATS: tuple[Format, ...] = get_args(Format)
"""The formats that `save_dataset` writes."""


def save_dataset(dataset: Dataset, path: str | Path, *, format: Format = "folders", overwrite: bool = False) -> Path:
    """Write a dataset as a new folder, whole or not at all; see `Dataset.save`.

    Parameters
    ----------
    dataset : Dataset
        At least one tile.
    path, format, overwrite
        As in `Dataset.save`.

    Returns
    -------
    Path
        The folder.
    """
    if len(dataset) == 0:
        raise ConfigError("`dataset` must hold at least one tile to be saved, got none")
    check_names(dataset.names, OutputError)
    target = check_output(path, format=format, overwrite=overwrite)
    with staged_folder(target, overwrite=overwrite, owned=_owned) as stage:
        if format == "folders":
            folders.write_folder(dataset, stage)
        else:
            tiff.write_tiff(dataset, stage)
        write_tile_entries(dataset, stage)
        write_manifest(dataset, stage, format)
    return target


def check_output(path: str | Path, *, format: Format = "folders", overwrite: bool = False) -> Path:
    """Check that a dataset may be saved to a folder, before making one.

    Parameters
    ----------
    path, format, overwrite
        As in `Dataset.save`.

    Returns
    -------
    Path
        The folder, absolute and without links.

    Raises
    ------
    ConfigError
        If `format` is unknown.
    OutputError
        If the folder may not or cannot be written.
    """
    if format not in FORMATS:
        raise ConfigError(
            f"`format` must be one of {', '.join(FORMATS)}, got {format!r}{did_you_mean(format, FORMATS)}"
        )
    target = Path(path).resolve()
    check_target(target, overwrite=overwrite, owned=_owned)
    return target


def load_dataset(path: str | Path) -> Dataset:
    """Read a dataset that `save_dataset` wrote, or any folder in the EPFL6 layout.

    Parameters
    ----------
    path : str or Path
        The folder.

    Returns
    -------
    Dataset
        Equal to the one that was saved.

    Raises
    ------
    DataError
        If a file is missing, damaged, or of another size or depth than the rest.
    """
    folder = Path(path)
    manifest = read_manifest(folder)
    if manifest is None:
        return read_folder(folder)
    entries = read_tile_entries(folder, manifest.names)
    read = folders.read_stacks if manifest.layout == "folders" else tiff.read_stacks
    return Dataset.assemble(
        read(folder, manifest),
        [(entry.records(), entry.placement(), entry.seed, entry.index) for entry in entries],
        names=manifest.names,
        seed=manifest.seed,
        config=manifest.config,
    )


def _owned(folder: Path) -> frozenset[str] | None:
    """Return the files that synthem wrote in a folder, or None."""
    try:
        manifest = read_manifest(folder)
    except (DataError, OSError) as error:
        raise OutputError(f"`path` must hold a dataset of synthem to be overwritten, but {error}") from error
    if manifest is None:
        return None
    pixels = folders.owned_files(manifest.names) if manifest.layout == "folders" else tiff.owned_files()
    return frozenset((MANIFEST, TILES, *pixels))
