"""The two text files of a dataset on disk: ``manifest.json`` and ``tiles.jsonl``."""

from __future__ import annotations

import json
import platform
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any, Literal, TypeVar

import numpy as np
import numpy.typing as npt
from pydantic import ConfigDict, TypeAdapter, ValidationError, with_config

from synthem.errors import DataError, OutputError
from synthem.labels import CLASS_NAMES
from synthem.tiles.objects import ObjectRecord, Ring, TileObject
from synthem.tiles.placement_report import PlacementReport
from synthem.tiles.tile import Tile

T = TypeVar("T")

__all__ = [
    "MANIFEST",
    "TILES",
    "Manifest",
    "TileEntry",
    "check_names",
    "read_manifest",
    "read_tile_entries",
    "write_manifest",
    "write_tile_entries",
]

MANIFEST = "manifest.json"
TILES = "tiles.jsonl"

_PACKAGES = ("synthem", "numpy", "scipy", "numba", "opencv-python-headless")
_FORBIDDEN_IN_NAMES = set('/\\:*?"<>|\0')
_MOST_DECIMALS = 8


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What ``manifest.json`` says of a dataset.

    Parameters
    ----------
    format : "synthem-dataset"
        Tells the file from others of the same name.
    version : int
        Version of the layout on disk.
    layout : {"folders", "tiff"}
        How pixels are stored.
    shape : tuple of int
        Height and width of a tile.
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
    """

    format: Literal["synthem-dataset"] = "synthem-dataset"
    version: Literal[1] = 1
    layout: Literal["folders", "tiff"]
    shape: tuple[int, int]
    classes: tuple[str, ...] = CLASS_NAMES
    names: tuple[str, ...]
    seed: int | None
    config: dict[str, Any]
    versions: dict[str, str]


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, kw_only=True)
class ObjectEntry:
    """One object in a line of ``tiles.jsonl``."""

    id: int
    kind: str
    class_name: str | None
    bbox: tuple[int, int, int, int]
    centroid: tuple[float, float]
    area: int
    pose: dict[str, float]
    parameters: dict[str, bool | int | float | str]
    rings: tuple[list[tuple[float, float]], ...] = ()


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, kw_only=True)
class TileEntry:
    """One line of ``tiles.jsonl``."""

    name: str
    index: int
    seed: int | None
    counts: dict[str, int] = field(default_factory=dict)
    report: dict[str, dict[str, bool | int]] = field(default_factory=dict)
    objects: tuple[ObjectEntry, ...] = ()

    def records(self) -> tuple[ObjectRecord, ...]:
        """Return the objects as records of a tile."""
        return tuple(
            ObjectRecord(
                id=entry.id,
                kind=entry.kind,
                class_name=entry.class_name,
                pose=entry.pose,
                parameters=entry.parameters,
                rings=tuple(np.array(ring, np.float32).reshape(-1, 2) for ring in entry.rings),
            )
            for entry in self.objects
        )

    def placement(self) -> PlacementReport:
        """Return the placement report."""
        return PlacementReport.from_dict(self.report)


def write_manifest(
    folder: Path,
    *,
    layout: Literal["folders", "tiff"],
    shape: tuple[int, int],
    names: tuple[str, ...],
    seed: int | None,
    config: Mapping[str, Any],
) -> None:
    """Write ``manifest.json``.

    Parameters
    ----------
    folder : Path
        Where to.
    layout, shape, names, seed, config
        As in `Manifest`.
    """
    manifest = Manifest(layout=layout, shape=shape, names=names, seed=seed, config=dict(config), versions=_versions())
    text = TypeAdapter(Manifest).dump_json(manifest, indent=1).decode()
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
        If the file is not a manifest of this version of synthem.
    """
    path = folder / MANIFEST
    if not path.is_file():
        return None
    manifest = _parsed(TypeAdapter(Manifest), path.read_bytes(), str(path))
    if manifest.classes != CLASS_NAMES:
        raise DataError(f"`classes` in {path} must be {CLASS_NAMES}, got {manifest.classes}")
    if not manifest.names:
        raise DataError(f"`names` in {path} must list at least one tile, got none")
    check_names(manifest.names, DataError)
    return manifest


def write_tile_entries(tiles: Iterable[tuple[str, Tile]], folder: Path) -> tuple[str, ...]:
    """Write ``tiles.jsonl``, one line per tile, as they come.

    Parameters
    ----------
    tiles : iterable of (str, Tile)
        Tiles with their names.
    folder : Path
        Where to.

    Returns
    -------
    tuple of str
        The names.
    """
    names = []
    with (folder / TILES).open("w", encoding="utf-8") as file:
        for name, tile in tiles:
            file.write(_encoded(name, tile) + "\n")
            names.append(name)
    return tuple(names)


def read_tile_entries(folder: Path, names: tuple[str, ...]) -> list[TileEntry]:
    """Read ``tiles.jsonl``.

    Parameters
    ----------
    folder : Path
        A dataset.
    names : tuple of str
        The tiles that the manifest lists.

    Raises
    ------
    DataError
        If the file is missing, damaged, or lists other tiles.
    """
    path = folder / TILES
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}") from error
    adapter = TypeAdapter(TileEntry)
    entries = [_parsed(adapter, line, f"{path}, line {number}") for number, line in enumerate(lines, start=1)]
    if tuple(entry.name for entry in entries) != names:
        raise DataError(
            f"{path} must list the {len(names)} tiles of {MANIFEST}, got {len(entries)} lines or other names"
        )
    return entries


def _parsed(adapter: TypeAdapter[T], text: bytes, place: str) -> T:
    try:
        return adapter.validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(map(str, first["loc"])) or "the text"
        raise DataError(f"{place} is not what synthem writes: `{key}`: {first['msg']}") from error


def check_names(names: tuple[str, ...], error: type[DataError] | type[OutputError]) -> None:
    """Raise `error` unless all names are plain, different file names."""
    for name in names:
        if not name or name.startswith(".") or _FORBIDDEN_IN_NAMES & set(name):
            raise error(f"`names` must be plain file names, got {name!r}")
    if len({name.lower() for name in names}) < len(names):
        raise error("`names` must differ in more than case, got some twice")


def _versions() -> dict[str, str]:
    versions = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            versions[package] = "unknown"
    return versions


def _encoded(name: str, tile: Tile) -> str:
    rings = iter(_short_rings([ring for item in tile.objects for ring in item.rings]))
    entry = {
        "name": name,
        "index": tile.index,
        "seed": tile.seed,
        "counts": dict(Counter(item.kind for item in tile.objects)),
        "report": tile.report.to_dict(),
        "objects": [_object(item, [next(rings) for _ in item.rings]) for item in tile.objects],
    }
    return json.dumps(entry, allow_nan=False, default=_plain, separators=(",", ":"))


def _object(item: TileObject, rings: list[Any]) -> Mapping[str, Any]:
    return {
        "id": item.id,
        "kind": item.kind,
        "class_name": item.class_name,
        "bbox": item.bbox,
        "centroid": item.centroid,
        "area": item.area,
        "pose": dict(item.pose),
        "parameters": dict(item.parameters),
        "rings": rings,
    }


def _plain(value: object) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{value!r} is not JSON-able")


def _short_rings(rings: list[Ring]) -> Iterator[list[list[float]]]:
    """Yield the rings as lists, each number with the fewest decimals that give back the same float32."""
    if not rings:
        return
    exact = np.concatenate(rings).astype(np.float32)
    short = exact.astype(np.float64)
    todo = np.ones(exact.shape, bool)
    for decimals in range(1, _MOST_DECIMALS + 1):
        rounded = np.round(short, decimals)
        found = todo & (rounded.astype(np.float32) == exact)
        short[found] = rounded[found]
        todo &= ~found
    yield from _split(short, [len(ring) for ring in rings])


def _split(points: npt.NDArray[np.float64], lengths: Iterable[int]) -> Iterator[list[list[float]]]:
    start = 0
    for length in lengths:
        yield points[start : start + length].tolist()
        start += length
