"""Writing a dataset: tiles as they come, in any format, whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from synthem.errors import ConfigError, DataError, OutputError
from synthem.io.artifact_files import artifact_file
from synthem.io.checksums import joined
from synthem.io.content import DatasetInfo
from synthem.io.encoding import EncodedTile, WrittenTile, encode_tile, write_encoded
from synthem.io.formats import Format, StorageFormat, check_format, load_format
from synthem.io.manifest import MANIFEST, read_manifest, write_manifest
from synthem.io.parts import SHARD, listed_in_parts
from synthem.io.staging import leftovers_in, staged_folder
from synthem.io.tile_list import TILES
from synthem.io.writing import Writing
from synthem.tiles.tile import Tile

__all__ = ["owned_files", "save_tiles", "seal_dataset"]


def save_tiles(
    tiles: Iterable[tuple[str, Tile]],
    path: str | Path,
    *,
    info: DatasetInfo,
    format: Format = "folders",
    overwrite: bool = False,
) -> Path:
    """Write tiles as they come, as a new folder, whole or not at all.

    The folder is checked before the first tile is asked for, and once more before it is put in its place.

    Parameters
    ----------
    tiles : iterable of (str, Tile)
        Names without endings, and tiles. Each is written before the next is asked for.
    path : str or Path
        Folder to make. It may exist if it is empty.
    info : DatasetInfo
        Number, shape and classes of the tiles, and what they were made from.
    format : str, default "folders"
        Format on disk, one of `synthem.io.FORMATS`.
    overwrite : bool, default False
        Replace a dataset that synthem wrote there; files of others in that folder are kept.

    Returns
    -------
    Path
        The folder, absolute and without links.

    Raises
    ------
    ConfigError
        If `format` is unknown or cannot hold volumes that come, or there is no tile.
    MissingExtraError
        If a package that the format needs is not installed; it names the extra.
    DataError
        If the tiles are more, fewer or of another shape or other classes than `info` says.
    OutputError
        If the folder may not or cannot be written, or a name is not one that all systems can keep.

    Examples
    --------
    >>> import tempfile
    >>> import synthem
    >>> from synthem.io import DatasetInfo, save_tiles
    >>> stream = synthem.iter_tiles(2, seed=0, shape=(64, 64), axons=0)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     named = ((f"tile{tile.index}", tile) for tile in stream)
    ...     path = save_tiles(named, f"{folder}/tiles", info=DatasetInfo(n=2, shape=(64, 64)), format="tiff")
    ...     synthem.Dataset.load(path).names
    ('tile0', 'tile1')
    """
    check_format(format, axes=len(info.shape))
    storage = load_format(format)
    if info.n < 1:
        raise ConfigError("`tiles` must hold at least one tile to be saved, got none")
    writing = Writing(target=Path(path).resolve())
    with (
        staged_folder(writing, overwrite=overwrite, owned=owned_files, seal=MANIFEST) as stage,
        writing.errors(tiles) as source,
    ):
        written = list(write_encoded(_encoded(source, info, storage), stage, info, storage))
        seal_dataset(stage, written, format=format, info=info)
    return writing.target


def seal_dataset(stage: Path, tiles: Iterable[WrittenTile], *, format: Format, info: DatasetInfo) -> None:
    """Make a dataset of a folder in which pixels and ``tiles.jsonl`` are: what concerns all tiles, and the manifest.

    Parameters
    ----------
    stage : Path
        The folder.
    tiles : iterable of WrittenTile
        All tiles, in order.
    format : str
        Their format.
    info : DatasetInfo
        What they are.
    """
    names, damaged = [], []

    def seen() -> Iterator[WrittenTile]:
        for tile in tiles:
            names.append(tile.name)
            if tile.damaged:
                damaged.append(tile.name)
            yield tile

    sums = joined(tile.sums for tile in seen())
    load_format(format).finish(stage, names, info)
    write_manifest(stage, layout=format, names=names, info=info, sums=sums, damaged=damaged)


def _encoded(tiles: Iterable[tuple[str, Tile]], info: DatasetInfo, storage: StorageFormat) -> Iterator[EncodedTile]:
    """Yield tiles that can be loaded again, as many as there should be."""
    found = set[str]()
    for place, (name, tile) in enumerate(tiles):
        if place == info.n:
            raise DataError(f"`tiles` must hold {info.n} tiles, got more")
        if name.lower() in found:
            raise OutputError(f"`names` must differ in more than case, got {name!r} twice")
        found.add(name.lower())
        yield encode_tile(name, tile, place, info, storage)
    if len(found) < info.n:
        raise DataError(f"`tiles` must hold {info.n} tiles, got {len(found)}")


def owned_files(folder: Path) -> frozenset[str] | None:
    """Return the files that synthem wrote in a folder, also if it was killed while it did, or None."""
    try:
        ours = _listed(folder)
        if ours is None:
            parts = [(part, _listed(part) or ()) for part in leftovers_in(folder, of=folder.name)]
            ours = frozenset(path for part, files in parts for path in files if not os.path.lexists(part / path))
    except (ConfigError, DataError, OSError) as error:
        raise OutputError(f"`path` must hold a dataset of synthem to be overwritten, but {error}") from error
    return ours or None


def _listed(folder: Path) -> frozenset[str] | None:
    """Return the files that the manifest of a folder stands for, or that it holds as a shard."""
    manifest = read_manifest(folder)
    if manifest is None:
        return listed_in_parts(folder) if (folder / SHARD).is_file() else None
    artifacts = map(artifact_file, manifest.damaged)
    return frozenset((MANIFEST, TILES, *load_format(manifest.layout).owned_files(manifest), *artifacts))
