"""Writing a dataset: tiles as they come, in any format, whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from pathlib import Path

from synthem._names import check_portable
from synthem.errors import ConfigError, DataError, OutputError
from synthem.io.artifact_files import artifact_file, write_artifacts
from synthem.io.content import DatasetInfo
from synthem.io.formats import Format, StorageFormat, check_format, load_format
from synthem.io.manifest import MANIFEST, read_manifest, write_manifest
from synthem.io.staging import leftovers_in, staged_folder
from synthem.io.tile_list import TILES, write_tile_list
from synthem.tiles.tile import Tile

__all__ = ["save_tiles"]


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
    target = Path(path).resolve()
    source = _Source(tiles)
    try:
        with staged_folder(target, overwrite=overwrite, owned=_owned, seal=MANIFEST) as stage:
            with closing(_written(_checked(source, info), stage, info, storage)) as written:
                names = write_tile_list(write_artifacts(written, stage), stage)
            storage.finish(stage, names, info)
            damaged = [name for name in names if (stage / artifact_file(name)).is_file()]
            write_manifest(stage, layout=format, names=names, info=info, damaged=damaged)
    except OSError as error:
        if error is source.error or isinstance(error, OutputError):
            raise
        raise OutputError(f"{target} cannot be written: {error.strerror or error}; nothing was changed") from error
    return target


def _written(
    tiles: Iterable[tuple[str, Tile]], stage: Path, info: DatasetInfo, storage: StorageFormat
) -> Generator[tuple[str, Tile], None, None]:
    """Yield each tile once its pixels are written."""
    with storage.open_writer(stage, info) as write:
        for place, (name, tile) in enumerate(tiles):
            write(name, storage.encode(name, tile, place, info))
            yield name, tile


class _Source:
    """Tiles of others; an error of theirs is told from one of writing."""

    def __init__(self, tiles: Iterable[tuple[str, Tile]]) -> None:
        self._tiles = tiles
        self.error: Exception | None = None

    def __iter__(self) -> Iterator[tuple[str, Tile]]:
        try:
            yield from self._tiles
        except Exception as error:
            self.error = error
            raise


def _checked(tiles: Iterable[tuple[str, Tile]], info: DatasetInfo) -> Iterator[tuple[str, Tile]]:
    """Yield tiles that can be loaded again, as many as there should be."""
    found = set[str]()
    for name, tile in tiles:
        check_portable(name)
        if name.lower() in found:
            raise OutputError(f"`names` must differ in more than case, got {name!r} twice")
        if len(found) == info.n:
            raise DataError(f"`tiles` must hold {info.n} tiles, got more")
        if tile.shape != tuple(info.shape):
            raise DataError(f"`tiles` must be of shape {tuple(info.shape)}, got {tile.shape} for {name}")
        if tile.classes != info.classes:
            wanted, got = (", ".join(table.names) for table in (info.classes, tile.classes))
            raise DataError(f"`tiles` must have the classes {wanted}, got {got} for {name}")
        found.add(name.lower())
        yield name, tile
    if len(found) < info.n:
        raise DataError(f"`tiles` must hold {info.n} tiles, got {len(found)}")


def _owned(folder: Path) -> frozenset[str] | None:
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
    """Return the files that the manifest of a folder stands for."""
    manifest = read_manifest(folder)
    if manifest is None:
        return None
    artifacts = map(artifact_file, manifest.damaged)
    return frozenset((MANIFEST, TILES, *load_format(manifest.layout).owned_files(manifest), *artifacts))
