"""``tiles.jsonl``: one line per tile with its number, report and objects."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import numpy as np
import numpy.typing as npt
from pydantic import ConfigDict, Field, TypeAdapter, with_config

from synthem.errors import DataError, OutputError
from synthem.io.artifact_files import ArtifactEntry, Whole, read_artifacts
from synthem.io.checksums import Sums
from synthem.io.manifest import MANIFEST, parse_json
from synthem.io.size_limit import check_regular
from synthem.io.slabs import StreamedVolume
from synthem.tiles.artifacts import Artifact
from synthem.tiles.objects import ObjectRecord, Ring, TileObject
from synthem.tiles.placement_report import PlacementReport
from synthem.tiles.stacks import NO_BLOCK, BlockMeta, TileMeta
from synthem.tiles.synapses import SynapticContact
from synthem.tiles.tile import Tile
from synthem.tiles.volume import Volume, VolumeObject

__all__ = ["TILES", "TileEntry", "encode_entry", "read_entries", "read_tile_list"]

TILES = "tiles.jsonl"

LARGEST_ID = np.iinfo(np.int32).max
LARGEST_COORDINATE = float(np.finfo(np.float32).max)

_MOST_DECIMALS = 8


Coordinate: TypeAlias = Annotated[float, Field(ge=-LARGEST_COORDINATE, le=LARGEST_COORDINATE)]

STRICT = ConfigDict(extra="forbid", allow_inf_nan=False)


@with_config(STRICT)
@dataclass(frozen=True, kw_only=True)
class ObjectEntry:
    """One object in a line of ``tiles.jsonl``."""

    id: int = Field(ge=1, le=LARGEST_ID)
    kind: str
    class_name: str | None
    bbox: tuple[int, ...] = Field(min_length=4, max_length=6)  # of a body sections, rows and columns
    centroid: tuple[float, ...] = Field(min_length=2, max_length=3)
    area: int = Field(ge=0)  # of a body the number of its voxels
    share_inside: float | None = None
    pose: dict[str, float]
    parameters: dict[str, bool | Whole | float | str]
    rings: tuple[Annotated[list[tuple[Coordinate, Coordinate]], Field(min_length=1)], ...] = ()
    torn: bool = False


@with_config(STRICT)
@dataclass(frozen=True, kw_only=True)
class TileEntry:
    """One line of ``tiles.jsonl``."""

    name: str
    index: int = Field(ge=0)
    seed: int | None
    sha256: Sums | None = None
    counts: dict[str, int] = field(default_factory=dict)
    report: dict[str, dict[str, bool | int]] = field(default_factory=dict)
    objects: tuple[ObjectEntry, ...] = ()
    artifacts: tuple[ArtifactEntry, ...] = ()
    synapses: tuple[SynapticContact, ...] = ()
    pixel_size_nm: float | None = Field(default=None, gt=0)
    block: BlockMeta = NO_BLOCK

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
                torn=entry.torn,
            )
            for entry in self.objects
        )

    def meta(self, folder: Path, shape: tuple[int, ...]) -> TileMeta:
        """Return what is known of the tile of a dataset; its artefacts are read from their file."""
        report = PlacementReport.from_dict(self.report)
        artifacts = read_artifacts(folder, self.name, self.artifacts, shape)
        about = (report, self.seed, self.index, artifacts, self.synapses, self.pixel_size_nm, self.block)
        return TileMeta(self.records(), *about)


def read_entries(folder: Path, names: Sequence[str]) -> Iterator[TileEntry]:
    """Read ``tiles.jsonl``, line by line.

    Parameters
    ----------
    folder : Path
        A dataset.
    names : sequence of str
        The tiles that the manifest lists.

    Yields
    ------
    TileEntry
        In the order of `names`.

    Raises
    ------
    DataError
        If the file is missing, damaged, or lists other tiles.
    """
    path, adapter = folder / TILES, TypeAdapter(TileEntry)
    check_regular(path)
    try:
        with path.open("rb") as lines:
            for number, (line, name) in enumerate(zip_longest(lines, names), start=1):
                entry = None if line is None else parse_json(adapter, line, f"{path}, line {number}")
                if entry is None or entry.name != name:
                    got = "fewer" if entry is None else "more" if name is None else f"{entry.name!r} in line {number}"
                    raise DataError(f"{path} must list the {len(names)} tiles of {MANIFEST}, got {got}")
                yield entry
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}") from error


def read_tile_list(folder: Path, names: Sequence[str], shape: tuple[int, ...]) -> Iterator[TileMeta]:
    """Read ``tiles.jsonl``, and the artefacts that it names, line by line.

    Parameters
    ----------
    folder, names
        As in `read_entries`, whose errors may come.
    shape : tuple of int
        Of a tile.

    Yields
    ------
    TileMeta
        In the order of `names`.
    """
    for entry in read_entries(folder, names):
        yield entry.meta(folder, shape)


def encode_entry(name: str, tile: Tile | StreamedVolume, sums: Sums) -> str:
    """Return the line of a tile in ``tiles.jsonl``, or of a volume, whole or written in slabs.

    Raises
    ------
    OutputError
        If something that a layout says of an object cannot be read again.
    """
    for item in tile.objects:
        _check_values(item, name)
    rings = iter(_short_rings([ring for item in tile.objects for ring in item.rings]))
    entry = {
        "name": name,
        "index": tile.index,
        "seed": tile.seed,
        "sha256": asdict(sums),
        "counts": dict(Counter(item.kind for item in tile.objects)),
        "report": tile.report.to_dict(),
        "objects": [_object(item, tuple(next(rings) for _ in item.rings)) for item in tile.objects],
    }
    if not isinstance(tile, Tile):
        entry["block"] = tile.block._asdict()
    elif isinstance(tile, Volume):
        entry["block"] = TileMeta.of(tile).block._asdict()
    if tile.pixel_size_nm is not None:
        entry["pixel_size_nm"] = tile.pixel_size_nm
    if tile.synapses:
        entry["synapses"] = [asdict(synapse) for synapse in tile.synapses]
    if tile.artifacts:
        entry["artifacts"] = [_artifact(artifact) for artifact in tile.artifacts]
    return json.dumps(entry, allow_nan=False, default=_plain, separators=(",", ":"))


def _check_values(item: ObjectRecord, tile: str) -> None:
    """Raise if something that a layout says of an object, perhaps one of a user's own kind, cannot be read again."""
    of = f"of object {item.id} ({item.kind}) of tile {tile}"
    for field_name, values, texts in (("pose", item.pose, ""), ("parameters", item.parameters, ", flags or texts")):
        for key, value in values.items():
            plain = value.item() if isinstance(value, np.generic) else value
            if texts and isinstance(plain, bool | str):
                continue
            if not isinstance(plain, int | float) or isinstance(plain, bool) or not abs(plain) <= sys.float_info.max:
                raise OutputError(f"`{field_name}` {of} must be finite numbers{texts}, got {key} = {value!r}")
    for number, ring in enumerate(item.rings):
        if not np.isfinite(ring).all():
            wrong = ring[~np.isfinite(ring).all(axis=1)][0].tolist()
            raise OutputError(f"`rings` {of} must be finite numbers, got the point {wrong} in ring {number}")


def _object(item: TileObject | VolumeObject, rings: tuple[Any, ...]) -> Mapping[str, Any]:
    if isinstance(item, VolumeObject):
        seen: dict[str, Any] = {"bbox": item.box, "centroid": item.centroid, "area": item.voxels, "share_inside": None}
    else:
        seen = {"bbox": item.bbox, "centroid": item.centroid, "area": item.area, "share_inside": item.share_inside}
    return {
        "id": item.id,
        "kind": item.kind,
        "class_name": item.class_name,
        **seen,
        "pose": item.pose,
        "parameters": item.parameters,
        "rings": rings,
        **({"torn": True} if item.torn else {}),
    }


def _artifact(artifact: Artifact) -> Mapping[str, Any]:
    return {
        "name": artifact.name,
        "moves": artifact.displacement is not None,
        "hides": artifact.lost is not None,
        "parameters": dict(artifact.parameters),
    }


def _plain(value: object) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{value!r} is not JSON-able")


def _short_rings(rings: list[Ring]) -> Iterator[list[list[float]]]:
    """Yield the rings as lists, each number with the fewest decimals that give back the same float32.

    ``array.astype(str)``, the standard way, takes 25 times as long.
    """
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
