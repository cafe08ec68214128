"""Parts of a dataset that is being written: each is made by one worker, and recorded once it is whole.

A part is a run of tiles whose files no other part touches. It is written into a folder of its own below ``.parts`` and
moved from there into the dataset; its record comes last. So whatever is killed, and whenever, a part is either recorded
with the SHA-256 of its files, or is made again. Of a part that is made again, slabs of volumes may have been kept.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, TypeAdapter, with_config

from synthem._names import check_inside, lies_in
from synthem.errors import DataError
from synthem.io.checksums import file_sum
from synthem.io.content import AXES, DatasetInfo
from synthem.io.encoding import EncodedSlab, EncodedTile, WrittenTile, write_encoded
from synthem.io.formats import TRAITS, Format, load_format
from synthem.io.manifest import parse_json
from synthem.io.size_limit import read_bytes
from synthem.io.tile_list import TILES
from synthem.io.writing import Writing

__all__ = [
    "PARTS",
    "SHARD",
    "Part",
    "PartRecord",
    "join_tile_lists",
    "listed_in_parts",
    "parts_of",
    "shard_name",
    "shards_of",
    "slabs_folder",
    "write_part",
]

PARTS = ".parts"
"""Folder of the records, in a dataset that is being written."""

SHARD = "shard.json"
"""The file that makes a folder a shard: a dataset of which other folders hold the rest."""

RECORD = ".record"
SLABS = ".slabs"
FEWEST, MOST = 8, 1000
PARTS_WANTED = 64


@dataclass(frozen=True, kw_only=True)
class Part:
    """Tiles `first` to ``stop - 1`` of a dataset."""

    number: int
    first: int
    stop: int

    def __len__(self) -> int:
        """Return the number of tiles."""
        return self.stop - self.first


def parts_of(format: Format, info: DatasetInfo) -> list[Part]:
    """Return the parts of a dataset, which follow from format and number of tiles alone.

    Parameters
    ----------
    format : str
        Where tiles share files, a part is a file of each kind; else a volume is a part of its own.
    info : DatasetInfo
        Number and shape of the tiles.

    Examples
    --------
    >>> from synthem.io import DatasetInfo
    >>> from synthem.io.parts import parts_of
    >>> [len(part) for part in parts_of("tiff", DatasetInfo(n=2500, shape=(256, 256)))]
    [1000, 1000, 500]
    >>> len(parts_of("folders", DatasetInfo(n=2500, shape=(256, 256))))
    65
    """
    traits, size = TRAITS[format], max(FEWEST, min(MOST, info.n // PARTS_WANTED))
    solid = info.axes == AXES
    if solid and (traits.volumes_apart or not traits.shared_files):
        size = 1
    elif traits.shared_files:
        size = info.tiles_per_file
    if traits.one_part_if_overlapping and any(one.compartments for one in info.classes):
        size = info.n
    starts = range(0, info.n, size)
    return [Part(number=k, first=first, stop=min(first + size, info.n)) for k, first in enumerate(starts)]


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, kw_only=True)
class PartRecord:
    """What is known of a part that is whole.

    Parameters
    ----------
    first, stop : int
        Its tiles.
    files : dict
        SHA-256 of each file, by its path in the dataset.
    tiles : tuple of WrittenTile
        Its tiles, in order.
    notes : dict, default empty
        What whoever made the tiles wants to know again.
    """

    first: int
    stop: int
    files: dict[str, str]
    tiles: tuple[WrittenTile, ...]
    notes: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_inside(self.files)

    @classmethod
    def read(cls, folder: Path, part: Part) -> PartRecord | None:
        """Return the record of a part, or None if there is none of these tiles; files are not looked at."""
        path = folder / PARTS / f"{_stem(part)}.json"
        try:
            record = parse_json(TypeAdapter(cls), read_bytes(path), str(path))
        except (OSError, DataError):
            return None
        return record if (record.first, record.stop) == (part.first, part.stop) else None

    def is_whole(self, folder: Path, part: Part) -> bool:
        """Return whether all files of the part are there as they were written."""
        lines = folder / PARTS / f"{_stem(part)}.jsonl"
        for path, wanted in self.files.items():
            if not lies_in(folder, path):
                return False
            try:
                if file_sum(lines if path == TILES else folder / path) != wanted:
                    return False
            except OSError:
                return False
        return True


def write_part(
    folder: Path,
    part: Part,
    tiles: Iterable[EncodedTile | EncodedSlab],
    *,
    format: Format,
    info: DatasetInfo,
    writing: Writing,
    notes: Callable[[], Mapping[str, Any]] = dict,
) -> None:
    """Write a part into a dataset, and its record.

    Parameters
    ----------
    folder : Path
        The dataset that is being written; other parts may be written at the same time.
    part : Part
        Which part.
    tiles : iterable of EncodedTile or EncodedSlab
        Its tiles, in order.
    format : str
        Format of the dataset.
    info : DatasetInfo
        Of the dataset.
    writing : Writing
        What to say if something cannot be written.
    notes : callable
        Asked after the last tile for what is to be kept with the record, as JSON-able values.

    Raises
    ------
    OutputError
        If something cannot be written.
    """
    with writing.errors(tiles) as source:
        own = folder / PARTS / f"{_stem(part)}-{os.getpid()}-{secrets.token_hex(4)}"
        own.mkdir()
        try:
            written = tuple(write_encoded(source, own, info, load_format(format), first=part.first))
            files = {path.relative_to(own).as_posix(): file_sum(path) for path in _files(own)}
            record = PartRecord(first=part.first, stop=part.stop, files=files, tiles=written, notes=dict(notes()))
            _publish(own, folder, part, record)
            shutil.rmtree(slabs_folder(folder, part), ignore_errors=True)
        finally:
            shutil.rmtree(own, ignore_errors=True)


def join_tile_lists(folder: Path, parts: Sequence[Part]) -> Iterator[WrittenTile]:
    """Write ``tiles.jsonl`` of the lines of all parts, and yield the tiles.

    Raises
    ------
    DataError
        If a part has no record.
    """
    with (folder / TILES).open("wb") as whole:
        for part in parts:
            record = PartRecord.read(folder, part)
            if record is None:
                raise DataError(f"{folder} must hold the tiles {part.first} to {part.stop - 1}, got no record of them")
            with (folder / PARTS / f"{_stem(part)}.jsonl").open("rb") as lines:
                shutil.copyfileobj(lines, whole)
            yield from record.tiles


def listed_in_parts(folder: Path) -> frozenset[str]:
    """Return the files of a shard that synthem wrote, relative to it."""
    found = {SHARD}
    for path in (folder / PARTS).glob("*"):
        found.add(path.relative_to(folder).as_posix())
        if path.suffix == ".json" and path.stem.isdigit():
            record = parse_json(TypeAdapter(PartRecord), read_bytes(path), str(path))
            found |= {name for name in record.files if name != TILES}
    return frozenset(found)


def slabs_folder(folder: Path, part: Part) -> Path:
    """Return where slabs of a part are kept until it is whole; see `synthem.io.kept_slabs`."""
    return folder / PARTS / f"{_stem(part)}{SLABS}"


def shard_name(name: str, share: int, many: int) -> str:
    """Return the name of the folder of a share."""
    return f"{name}.shard-{share:0{len(str(many - 1))}d}-of-{many}"


def shards_of(path: Path) -> list[Path]:
    """Return the folders beside a dataset that are named as shards of it, in order."""
    named = re.compile(re.escape(path.name) + r"\.shard-\d+-of-\d+")
    return sorted(folder for folder in path.parent.glob("*") if named.fullmatch(folder.name) and folder.is_dir())


def _publish(own: Path, folder: Path, part: Part, record: PartRecord) -> None:
    """Move the files of a part to where they belong, its record last."""
    text = json.dumps(asdict(record), separators=(",", ":"))
    (own / RECORD).write_text(text, encoding="utf-8")
    made = set[Path]()
    for name in record.files:
        goal = folder / PARTS / f"{_stem(part)}.jsonl" if name == TILES else folder / name
        if goal.parent not in made:
            goal.parent.mkdir(parents=True, exist_ok=True)
            made.add(goal.parent)
        os.replace(own / name, goal)
    os.replace(own / RECORD, folder / PARTS / f"{_stem(part)}.json")


def _files(folder: Path) -> Iterator[Path]:
    for root, folders, files in os.walk(folder):
        folders.sort()
        yield from (Path(root, name) for name in sorted(files))


def _stem(part: Part) -> str:
    return f"{part.number:06d}"
