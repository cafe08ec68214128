"""``manifest.json``: what a dataset on disk is, and what made it."""

from __future__ import annotations

import json
import math
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import metadata
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, with_config

from synthem._names import check_safe
from synthem.errors import ConfigError, DataError
from synthem.io.checksums import Sums
from synthem.io.content import AXES, TILES_PER_FILE, DatasetInfo
from synthem.io.size_limit import check_pixel_count, read_bytes
from synthem.labels import EPFL6, ClassTable

T = TypeVar("T")

__all__ = ["MANIFEST", "VERSION", "Manifest", "package_versions", "parse_json", "read_manifest", "write_manifest"]

MANIFEST = "manifest.json"

VERSION: Final = 3
"""Version that is written: 2 since keys of recipes and styles, and so of `Manifest.config`, have other names; 3 since
there are `spacing_nm`, `tiles_per_file` and `sha256`."""

MOST_SECTIONS: Final = 2**20
"""Sections of a volume beyond which a manifest is taken for damaged: lists of its files would fill the memory."""

_PACKAGES = ("synthem", "numpy", "scipy", "numba", "opencv-python-headless")


@with_config(ConfigDict(extra="forbid", allow_inf_nan=False))
@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What ``manifest.json`` says of a dataset.

    Parameters
    ----------
    format : "synthem-dataset"
        Tells the file from others of the same name.
    version : {1, 2, 3}
        Version of the layout on disk. All are read; 1 differs in the keys of `config`, which is kept as it is.
    layout : str
        How pixels are stored: a name in `synthem.io.FORMATS`.
    shape : tuple of int
        Height and width of a tile; of a volume depth, height and width.
    classes : tuple of str
        Class names in channel order.
    names : tuple of str
        File name of each tile, without its ending.
    seed : int or None
        Seed of the scene.
    config : dict
        What the tiles were made from.
    versions : dict
        Versions of Python and of the packages that made the dataset.
    spacing_nm : tuple of float or None, default None
        Distance of neighbouring pixels along each axis of `shape`; None where it is not known or differs from tile to
        tile.
    tiles_per_file : int, default 1000
        The most tiles in a file, for formats whose tiles share files.
    class_table : dict or None, default None
        The classes with their folders, colours and the rest; left out of the file for those of EPFL6.
    sha256 : Sums or None, default None
        SHA-256 of the images and of the masks of all tiles, as `synthem.io.checksums.joined` joins those of single
        ones; None in datasets of older versions.
    damaged : tuple of str, default ()
        Names of the tiles with a file of artefacts; left out where there are none.
    """

    format: Literal["synthem-dataset"] = "synthem-dataset"
    version: Literal[1, 2, 3] = VERSION
    layout: str
    shape: Annotated[tuple[Annotated[int, Field(ge=1)], ...], Field(min_length=2, max_length=3)]
    classes: tuple[str, ...] = EPFL6.names
    names: tuple[str, ...]
    seed: int | None
    config: dict[str, Any]
    versions: dict[str, str]
    spacing_nm: tuple[Annotated[float, Field(gt=0)], ...] | None = None
    tiles_per_file: int = Field(default=TILES_PER_FILE, ge=1)
    sha256: Sums | None = None
    damaged: tuple[str, ...] = ()
    class_table: dict[str, Any] | None = None

    def info(self) -> DatasetInfo:
        """Return what was known of the dataset before its first tile was there."""
        return DatasetInfo(
            n=len(self.names),
            shape=self.shape,
            seed=self.seed,
            config=self.config,
            classes=self.table,
            spacing_nm=self.spacing_nm,
            tiles_per_file=self.tiles_per_file,
            versions=self.versions,
        )

    @cached_property
    def table(self) -> ClassTable:
        """The classes that are labelled."""
        return EPFL6 if self.class_table is None else ClassTable.from_dict(self.class_table, "`class_table`")


def write_manifest(
    folder: Path,
    *,
    layout: str,
    names: Sequence[str],
    info: DatasetInfo,
    sums: Sums | None = None,
    damaged: Sequence[str] = (),
) -> None:
    """Write ``manifest.json``.

    Parameters
    ----------
    folder : Path
        Where to.
    layout : str
        Name of the format.
    names : sequence of str
        File name of each tile, without its ending.
    info : DatasetInfo
        Shape, seed, configuration and classes.
    sums : Sums, optional
        Of all tiles.
    damaged : sequence of str
        The tiles with a file of artefacts.
    """
    manifest = Manifest(
        layout=layout,
        shape=tuple(info.shape),
        classes=info.classes.names,
        names=tuple(names),
        seed=info.seed,
        config=dict(info.config),
        versions=package_versions() if info.versions is None else dict(info.versions),
        spacing_nm=info.spacing_nm,
        tiles_per_file=info.tiles_per_file,
        sha256=sums,
        class_table=None if info.classes == EPFL6 else info.classes.to_dict(),
        damaged=tuple(damaged),
    )
    unused = {name for name in ("class_table", "damaged", "sha256") if not getattr(manifest, name)}
    text = TypeAdapter(Manifest).dump_json(manifest, indent=1, exclude=unused).decode()
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def read_manifest(folder: Path) -> Manifest | None:
    """Read ``manifest.json``.

    Parameters
    ----------
    folder : Path
        A dataset, or any other folder.

    Returns
    -------
    Manifest or None
        None if there is no such file.

    Raises
    ------
    DataError
        If the file is not a manifest, or one of a newer version of synthem.
    """
    path = folder / MANIFEST
    if not path.is_file():
        return None
    text = read_bytes(path)
    _check_version(text, path)
    manifest = parse_json(TypeAdapter(Manifest), text, str(path))
    check_pixel_count(f"`shape` in {path}", *manifest.shape[-2:])
    if manifest.shape[0] > MOST_SECTIONS and len(manifest.shape) == len(AXES):
        raise DataError(f"`shape` in {path} must have at most {MOST_SECTIONS} sections, got {manifest.shape[0]}")
    try:
        table = manifest.table
    except ConfigError as error:
        raise DataError(f"{path}: {error}") from error
    if manifest.classes != table.names:
        raise DataError(f"`classes` in {path} must be {table.names}, got {manifest.classes}")
    if manifest.spacing_nm is not None and len(manifest.spacing_nm) != len(manifest.shape):
        raise DataError(f"`spacing_nm` in {path} must be one per axis of {manifest.shape}, got {manifest.spacing_nm}")
    if not manifest.names:
        raise DataError(f"`names` in {path} must list at least one tile, got none")
    check_safe(manifest.names)
    if not _is_finite(manifest.config):
        raise DataError(f"`config` in {path} must hold finite numbers, got infinity or NaN")
    unknown = sorted(set(manifest.damaged) - set(manifest.names))
    if unknown:
        raise DataError(f"`damaged` in {path} must list tiles of `names`, got {unknown[0]!r}")
    return manifest


def parse_json(adapter: TypeAdapter[T], text: bytes, place: str) -> T:
    """Return the value of a JSON text, or say what is wrong with it.

    Parameters
    ----------
    adapter : pydantic.TypeAdapter
        Type of the value.
    text : bytes
        The text.
    place : str
        Where it stands, for the error.

    Raises
    ------
    DataError
        If it is not JSON of this type.
    """
    try:
        return adapter.validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(map(str, first["loc"])) or "the text"
        raise DataError(f"{place} is not what synthem writes: `{key}`: {first['msg']}") from error


def _check_version(text: bytes, path: Path) -> None:
    """Raise if a later synthem wrote a manifest, whose keys are not known here."""
    try:
        version = json.loads(text)["version"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return  # what is wrong with it is said when it is parsed
    if isinstance(version, int) and version > VERSION:
        raise DataError(
            f"`version` in {path} must be at most {VERSION}, got {version}: a newer synthem wrote it and can read it"
        )


def _is_finite(value: Any) -> bool:
    """Return whether all numbers of plain data are finite."""
    if isinstance(value, dict):
        return all(map(_is_finite, value.values()))
    if isinstance(value, list):
        return all(map(_is_finite, value))
    return not isinstance(value, float) or math.isfinite(value)


def package_versions() -> dict[str, str]:
    """Return the versions of Python and of the packages on which the bytes of a dataset depend."""
    versions = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            versions[package] = "unknown"
    return versions
