"""Tiles as the bytes that a dataset holds of them: made anywhere, written where the files are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from synthem._names import check_portable
from synthem.errors import DataError
from synthem.io.artifact_files import artifact_file, encode_artifacts
from synthem.io.checksums import Sums, sums_of
from synthem.io.content import DatasetInfo
from synthem.io.formats import Encoded, SlabFormat, StorageFormat
from synthem.io.slabs import SlabFacts, joined_facts
from synthem.io.tile_list import TILES, encode_entry
from synthem.tiles.tile import Tile
from synthem.tiles.volume import Volume

__all__ = ["EncodedSlab", "EncodedTile", "WrittenTile", "encode_slab", "encode_tile", "write_encoded"]


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
class EncodedSlab:
    """A slab of a volume in the bytes of a format.

    Parameters
    ----------
    name : str
        File name of the volume without its ending.
    pixels : mapping of str to bytes
        What `SlabFormat.encode` returned.
    facts : SlabFacts
        What is remembered of it until the volume is complete.
    """

    name: str
    pixels: Encoded
    facts: SlabFacts


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
    _check(name, tile, info.shape, info)
    sums = sums_of(tile)
    return EncodedTile(
        name=name,
        pixels=storage.encode(name, tile, place, info),
        artifacts=encode_artifacts(tile.artifacts) if tile.artifacts else None,
        entry=encode_entry(name, tile, sums),
        sums=sums,
    )


def encode_slab(
    name: str, slab: Volume, sections: range, place: int, info: DatasetInfo, storage: SlabFormat
) -> EncodedSlab:
    """Return a slab of a volume in the bytes of a format: a function of these arguments alone.

    Parameters
    ----------
    name : str
        File name of the volume without its ending.
    slab : Volume
        The slab. Its ids and records are those of the whole volume.
    sections : range
        Which sections of the volume it has.
    place, info
        As in `encode_tile`.
    storage : SlabFormat
        The format.

    Raises
    ------
    DataError, OutputError
        As `encode_tile`.
    """
    depth, *section = info.shape
    _check(name, slab, (len(sections), *section), info)
    pixels = storage.encode(name, slab, place, info, first=sections.start)
    return EncodedSlab(name=name, pixels=pixels, facts=SlabFacts.of(slab, sections, depth))


def write_encoded(
    tiles: Iterable[EncodedTile | EncodedSlab],
    folder: Path,
    info: DatasetInfo,
    storage: StorageFormat,
    *,
    first: int = 0,
) -> Iterator[WrittenTile]:
    """Write tiles and their lines of ``tiles.jsonl`` as they come.

    Parameters
    ----------
    tiles : iterable of EncodedTile or EncodedSlab
        Tiles `first`, ``first + 1`` and so on; of volumes perhaps all their slabs, in order.
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
        slabs: list[SlabFacts] = []
        for tile in tiles:
            write(tile.name, tile.pixels)
            if isinstance(tile, EncodedTile):
                if tile.artifacts is not None:
                    path = folder / artifact_file(tile.name)
                    path.parent.mkdir(exist_ok=True)
                    path.write_bytes(tile.artifacts)
                lines.write(tile.entry + "\n")
                yield WrittenTile(name=tile.name, sums=tile.sums, damaged=tile.artifacts is not None)
                continue
            slabs.append(tile.facts)
            if tile.facts.meta is not None:
                volume, sums = joined_facts(slabs)
                slabs.clear()
                lines.write(encode_entry(tile.name, volume, sums) + "\n")
                yield WrittenTile(name=tile.name, sums=sums, damaged=False)


def _check(name: str, tile: Tile, shape: Sequence[int], info: DatasetInfo) -> None:
    """Raise if a tile or slab is not as the dataset says, or not all systems can keep its name."""
    check_portable(name)
    if tile.shape != tuple(shape):
        raise DataError(f"`tiles` must be of shape {tuple(shape)}, got {tile.shape} for {name}")
    if tile.classes != info.classes:
        wanted, got = (", ".join(table.names) for table in (info.classes, tile.classes))
        raise DataError(f"`tiles` must have the classes {wanted}, got {got} for {name}")
