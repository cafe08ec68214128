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

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

from synthem.dataset import Dataset
from synthem.errors import ConfigError, DataError, OutputError, did_you_mean
from synthem.io import folders, tiff
from synthem.io.folders import read_folder
from synthem.io.manifest import (
    MANIFEST,
    TILES,
    check_names,
    read_manifest,
    read_tile_entries,
    write_manifest,
    write_tile_entries,
)
from synthem.io.slices import read_slices
from synthem.io.staging import check_target, staged_folder
from synthem.tiles.labelled_image import LabelledImage
from synthem.tiles.tile import Tile

__all__ = [
    "FORMATS",
    "Format",
    "LabelledImage",
    "check_output",
    "load_dataset",
    "read_folder",
    "read_slices",
    "save_dataset",
    "save_tiles",
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
    named: Iterable[tuple[str, Tile]] = zip(dataset.names, dataset.tiles, strict=True)
    with staged_folder(target, overwrite=overwrite, owned=_owned) as stage:
        if format == "folders":
            named = folders.write_folders(named, stage)
        else:
            tiff.write_tiff(dataset, stage)
        names = write_tile_entries(named, stage)
        write_manifest(stage, layout=format, shape=dataset.shape, names=names, seed=dataset.seed, config=dataset.config)
    return target


def save_tiles(
    tiles: Iterable[Tile],
    path: str | Path,
    *,
    shape: tuple[int, int],
    seed: int | None = None,
    config: Mapping[str, Any] | None = None,
    overwrite: bool = False,
) -> Path:
    """Write tiles as they come, as a dataset in the layout "folders", whole or not at all.

    Parameters
    ----------
    tiles : iterable of Tile
        At least one; each is written under its six-digit number before the next is asked for.
    path, overwrite
        As in `Dataset.save`.
    shape : tuple of int
        Height and width of the tiles.
    seed, config
        As in `Dataset`.

    Returns
    -------
    Path
        The folder.
    """
    target = check_output(path, overwrite=overwrite)
    with staged_folder(target, overwrite=overwrite, owned=_owned) as stage:
        named = ((f"{tile.index:06d}", tile) for tile in tiles)
        names = write_tile_entries(folders.write_folders(named, stage), stage)
        if not names:
            raise ConfigError("`tiles` must hold at least one tile to be saved, got none")
        check_names(names, OutputError)
        write_manifest(stage, layout="folders", shape=shape, names=names, seed=seed, config=config or {})
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
