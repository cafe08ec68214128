"""A dataset as its recipe: a file of a few kilobytes from which the dataset can be made again."""

from __future__ import annotations

import gzip
import io
import json
import warnings
import zlib
from concurrent.futures import Executor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import ConfigDict, TypeAdapter, with_config

from synthem._files import check_file, write_file
from synthem.errors import ConfigError, DataError, DataWarning, SynthemError
from synthem.generation.files import generate_files
from synthem.generation.scenes import scene_of_config
from synthem.generation.verification import versions_that_differ
from synthem.io.checksums import Sums
from synthem.io.formats import FORMATS
from synthem.io.manifest import MANIFEST, parse_json, read_manifest
from synthem.io.reading import check_complete
from synthem.io.size_limit import read_bytes
from synthem.io.tile_list import read_entries

__all__ = ["ENDING", "Package", "pack", "unpack"]

ENDING = ".synthem"
VERSION: Final = 1

LARGEST = 2**26
"""Bytes of a recipe at most."""


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, kw_only=True)
class Package:
    """What a packed dataset is made of again.

    Parameters
    ----------
    format : "synthem-recipe"
        Tells the file from others.
    version : 1
        Version of the file.
    layout : str
        Format on disk.
    n, start : int
        Number of tiles, and that of the first one.
    seed : int
        Seed of the scene.
    config : dict
        The scene.
    tiles_per_file : int
        As in the manifest.
    versions : dict
        Of Python and of the packages that made the dataset.
    sha256 : Sums
        Of the images and of the masks of all tiles.
    """

    format: Literal["synthem-recipe"] = "synthem-recipe"
    version: Literal[1] = VERSION
    layout: str
    n: int
    start: int
    seed: int
    config: dict[str, Any]
    tiles_per_file: int
    versions: dict[str, str]
    sha256: Sums


def pack(path: str | Path, output: str | Path | None = None) -> Path:
    """Write the recipe of a dataset: a gzipped JSON text of a few kilobytes, whatever the size of the dataset.

    Parameters
    ----------
    path : str or Path
        A dataset that `generate` or `generate_files` made.
    output : str or Path, optional
        File to write, with the ending ``.synthem``; by default beside the dataset.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ConfigError
        If `output` has another ending.
    DataError
        If the dataset is none, or its tiles cannot be made again from configuration and seed.
    OutputError
        If the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> import synthem
    >>> from synthem.generation import pack, unpack
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = synthem.generate_files(f"{folder}/tiles", 4, seed=3, shape=64, axons=0)
    ...     again = unpack(pack(path), f"{folder}/again")
    ...     synthem.Dataset.load(again) == synthem.Dataset.load(path)
    True
    """
    folder = Path(path).resolve()
    target = check_file("output", folder.with_name(folder.name + ENDING) if output is None else output, ENDING)
    text = json.dumps(asdict(_package_of(folder)), separators=(",", ":"))
    write_file(target, gzip.compress(text.encode(), mtime=0))
    return target


def unpack(
    file: str | Path,
    path: str | Path,
    *,
    workers: int | Executor = 1,
    overwrite: bool = False,
    resume: bool = False,
    progress: bool | None = None,
) -> Path:
    """Make a dataset again from its recipe, and compare its SHA-256.

    Parameters
    ----------
    file : str or Path
        What `pack` wrote.
    path : str or Path
        Folder to make. It may exist if it is empty.
    workers, overwrite, resume, progress
        As in `generate_files`.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    DataError
        If the file is none that `pack` wrote or a newer synthem wrote it, or if masks are not those that were packed:
        other versions made them. The folder is there in this case.
    OutputError
        If the folder may not or cannot be written.

    Warns
    -----
    DataWarning
        If versions differ from those that made the dataset, or greys do.
    """
    package = _read(Path(file))
    differ = versions_that_differ(package.versions)
    if differ:
        warnings.warn(f"{file} was made by other versions: {differ}", DataWarning, stacklevel=2)
    try:
        scene = scene_of_config(package.config)
    except SynthemError as error:
        raise DataError(f"`config` in {file} must be a scene, got {error}") from error
    target = generate_files(
        path,
        package.n,
        recipe=scene,
        seed=package.seed,
        start=package.start,
        format=package.layout,  # type: ignore[arg-type]
        tiles_per_file=package.tiles_per_file,
        workers=workers,
        overwrite=overwrite,
        resume=resume,
        progress=progress,
    )
    manifest = read_manifest(target)
    assert manifest is not None
    assert manifest.sha256 is not None
    because = f"; versions differ: {differ}" if differ else ""
    if manifest.sha256.masks != package.sha256.masks:
        raise DataError(f"{target} must hold the masks that were packed, got others{because}")
    if manifest.sha256.images != package.sha256.images:
        warnings.warn(f"masks are those that were packed, greys are not{because}", DataWarning, stacklevel=2)
    return target


def _package_of(folder: Path) -> Package:
    """Return the recipe of a dataset, if it has one."""
    manifest = read_manifest(folder)
    if manifest is None:
        check_complete(folder)
        raise DataError(f"{folder} must be a dataset of synthem, got a folder without {MANIFEST}")
    entries = list(read_entries(folder, manifest.names))
    start, seed = entries[0].index, manifest.seed
    wanted = [(f"{index:06d}", index, seed) for index in range(start, start + len(entries))]
    try:
        if seed is None or not manifest.config:
            raise ConfigError("no configuration and seed")
        if [(entry.name, entry.index, seed if entry.seed is None else entry.seed) for entry in entries] != wanted:
            raise ConfigError("tiles that do not follow each other under one seed")
        if manifest.sha256 is None:
            raise ConfigError("no SHA-256, since an older synthem wrote it")
        scene_of_config(manifest.config)
    except SynthemError as error:
        raise DataError(f"{folder} must hold what its recipe gives, to be packed, got {error}") from error
    return Package(
        layout=manifest.layout,
        n=len(entries),
        start=start,
        seed=seed,
        config=manifest.config,
        tiles_per_file=manifest.tiles_per_file,
        versions=manifest.versions,
        sha256=manifest.sha256,
    )


def _unpacked(content: bytes) -> bytes:
    """Return what was compressed, unless it is far more than a recipe."""
    with gzip.open(io.BytesIO(content)) as stream:
        text = stream.read(LARGEST + 1)
    if len(text) > LARGEST:
        raise ValueError(f"more than {LARGEST} bytes")
    return text


def _read(file: Path) -> Package:
    try:
        text = _unpacked(read_bytes(file))
        version = json.loads(text).get("version")
    except DataError:
        raise
    except (OSError, EOFError, ValueError, AttributeError, RecursionError, zlib.error) as error:
        raise DataError(f"{file} must be a recipe that `synthem pack` wrote, got {error}") from error
    if isinstance(version, int) and version > VERSION:
        raise DataError(f"`version` in {file} must be at most {VERSION}, got {version}: a newer synthem wrote it")
    package = parse_json(TypeAdapter(Package), text, str(file))
    if package.layout not in FORMATS:
        raise DataError(f"`layout` in {file} must be one of {', '.join(FORMATS)}, got {package.layout!r}")
    return package
