"""Tiles as the bytes that a dataset holds of them: made anywhere, written where the files are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from synthem._names import check_portable
from synthem.errors import DataError
from synthem.io.artifact_files import artifact_file, encode_artifacts
from synthem.io.checksums import Sums, sums_of
from synthem.io.content import DatasetInfo
from synthem.io.formats import Encoded, StorageFormat
from synthem.io.tile_list import TILES, encode_entry
from synthem.tiles.tile import Tile

__all__ = ["EncodedTile", "WrittenTile", "encode_tile", "write_encoded"]


@dataclass(frozen=True, kw_only=True)
class EncodedTile:
    """A tile in the bytes of a format.

    Parameters
    ----------
    name : str
        File name without its ending.
    pixels : mapping of str to bytes
        What `StorageFormat.encode` returned.
    artifacts : bytes or None
        Content of its file of artefacts.
    entry : str
        Its line in ``tiles.jsonl``.
    sums : Sums
        SHA-256 of its pixels.
    """

    name: str
    pixels: Encoded
    artifacts: bytes | None
    entry: str
    sums: Sums


@dataclass(frozen=True, kw_only=True)
class WrittenTile:
    """What is to be remembered of a tile that was written: its name, its sums, and whether it has artefacts."""

    name: str
    sums: Sums
    damaged: bool


def encode_tile(name: str, tile: Tile, place: int, info: DatasetInfo, storage: StorageFormat) -> EncodedTile:
    """Return a tile in the bytes of a format: a function of these arguments alone.

    Parameters
    ----------
    name : str
        File name without its ending.
    tile : Tile
        The tile.
    place : int
        Its number in the dataset, from 0.
    info : DatasetInfo
        Number, shape and classes of the tiles.
    storage : StorageFormat
        The format.

    Raises
    ------
    DataError
        If the tile is of another shape or other classes than `info` says.
    OutputError
        If the format cannot hold what is in the tile, or all systems cannot keep its name.
    """
    check_portable(name)
    if tile.shape != tuple(info.shape):
        raise DataError(f"`tiles` must be of shape {tuple(info.shape)}, got {tile.shape} for {name}")
    if tile.classes != info.classes:
        wanted, got = (", ".join(table.names) for table in (info.classes, tile.classes))
        raise DataError(f"`tiles` must have the classes {wanted}, got {got} for {name}")
    sums = sums_of(tile)
    return EncodedTile(
        name=name,
        pixels=storage.encode(name, tile, place, info),
        artifacts=encode_artifacts(tile.artifacts) if tile.artifacts else None,
        entry=encode_entry(name, tile, sums),
        sums=sums,
    )


def write_encoded(
    tiles: Iterable[EncodedTile], folder: Path, info: DatasetInfo, storage: StorageFormat, *, first: int = 0
) -> Iterator[WrittenTile]:
    """Write tiles and their lines of ``tiles.jsonl`` as they come.

    Parameters
    ----------
    tiles : iterable of EncodedTile
        Tiles `first`, ``first + 1`` and so on.
    folder : Path
        Where to.
    info, storage
        As in `encode_tile`.
    first : int, default 0
        Place of the first tile.

    Yields
    ------
    WrittenTile
        Each, once it is written.
    """
    with storage.open_writer(folder, info, first=first) as write, (folder / TILES).open("w", encoding="utf-8") as lines:
        for tile in tiles:
            write(tile.name, tile.pixels)
            if tile.artifacts is not None:
                path = folder / artifact_file(tile.name)
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(tile.artifacts)
            lines.write(tile.entry + "\n")
            yield WrittenTile(name=tile.name, sums=tile.sums, damaged=tile.artifacts is not None)
