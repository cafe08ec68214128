"""Reading a dataset in any format, or any folder in the EPFL6 layout."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path

from synthem.errors import ConfigError, DataError
from synthem.io.content import AXES, DatasetInfo, StoredTiles
from synthem.io.epfl6 import read_folder
from synthem.io.formats import FORMATS, StorageFormat, load_format
from synthem.io.manifest import MANIFEST, Manifest, read_manifest
from synthem.io.parts import SHARD, shards_of
from synthem.io.read_report import shortened
from synthem.io.staging import leftovers_in
from synthem.io.tile_list import TILES, read_tile_list
from synthem.labels import Classes, load_class_table
from synthem.tiles.stacks import Stacks, TileMeta
from synthem.tiles.tile import Tile

__all__ = ["check_complete", "read_dataset", "stream_dataset"]


def read_dataset(path: str | Path, *, classes: Classes = None) -> StoredTiles:
    """Read a dataset that `save_tiles` wrote, or any folder in the EPFL6 layout.

    Parameters
    ----------
    path : str or Path
        The folder.
    classes : str, Path, ClassTable or None, default None
        As in `synthem.Dataset.load`.

    Returns
    -------
    StoredTiles
        What was saved. `synthem.Dataset.load` makes a dataset of it.

    Raises
    ------
    ConfigError
        If there is no such class table, or the manifest tells of other classes.
    DataError
        If a file is missing, damaged, or of another size or depth than the rest, if a newer synthem wrote the folder,
        or one was killed while it did.
    """
    folder, table = Path(path), load_class_table(classes)
    manifest = read_manifest(folder)
    if manifest is None:
        check_complete(folder)
        return read_folder(folder, table)
    if classes is not None and table != manifest.table:
        raise ConfigError(
            f"`classes` must be left out or be those of {folder / MANIFEST}, got {', '.join(table.names)}"
        )
    tiles = list(read_tile_list(folder, manifest.names, manifest.shape))
    read = _known_format(folder, manifest).read(folder, manifest)
    first = next(read)  # a wrong shape is said before memory is taken for it
    stacks = Stacks.empty(len(tiles), manifest.shape, manifest.table, name="path")
    for place, pixels in enumerate(chain((first,), read)):
        stacks.put(place, pixels)
    return StoredTiles(
        stacks=stacks,
        tiles=_with_lines(tiles, manifest),
        names=manifest.names,
        seed=manifest.seed,
        config=manifest.config,
        classes=manifest.table,
    )


def _with_lines(tiles: list[TileMeta], manifest: Manifest) -> list[TileMeta]:
    """Add to volumes of solid tissue what grows their centre lines again."""
    if len(manifest.shape) < len(AXES) or "solid" not in manifest.config:
        return tiles
    from synthem.solid.scene import lines_again  # with what it needs, which tiles do not

    again = partial(lines_again, manifest.config, manifest.shape)
    return [replace(meta, lines=partial(again, meta.seed, meta.index, meta.block.origin)) for meta in tiles]


def stream_dataset(path: str | Path) -> tuple[DatasetInfo, Iterator[tuple[str, Tile]]]:
    """Read a dataset that `save_tiles` wrote tile by tile, in memory that does not grow.

    Parameters
    ----------
    path : str or Path
        The folder.

    Returns
    -------
    DatasetInfo
        What is known of all tiles.
    iterator of (str, Tile)
        Names and tiles, in order; what is wrong with a file is said when it is reached.

    Raises
    ------
    DataError
        As `read_dataset`.
    """
    folder = Path(path)
    manifest = read_manifest(folder)
    if manifest is None:
        raise DataError(f"`path` must be a dataset of synthem, got {folder} without {MANIFEST}")
    metas = read_tile_list(folder, manifest.names, manifest.shape)
    pixels = _known_format(folder, manifest).read(folder, manifest)
    tiles = (one.tile(meta, manifest.table) for meta, one in zip(metas, pixels, strict=True))
    return manifest.info(), zip(manifest.names, tiles, strict=True)


def _known_format(folder: Path, manifest: Manifest) -> StorageFormat:
    if manifest.layout not in FORMATS:
        known = ", ".join(FORMATS)
        raise DataError(f"`layout` in {folder / MANIFEST} must be one of {known}, got {manifest.layout!r}")
    return load_format(manifest.layout)


def check_complete(folder: Path) -> None:
    """Raise if synthem began a dataset and did not end it, or if datasets lie within the folder."""
    whole = folder.resolve()
    if (whole / SHARD).is_file() or (not whole.exists() and shards_of(whole)):
        raise DataError(f"{folder} must be a whole dataset, got shards of one; `synthem merge` joins them")
    if (whole / TILES).is_file() or leftovers_in(whole, of=whole.name):
        raise DataError(f"{folder} is incomplete: it has no {MANIFEST}, because a run was killed or still writes")
    inner = sorted(path.parent.name for path in whole.glob(f"*/{MANIFEST}")) if whole.is_dir() else []
    if inner:
        raise DataError(f"{folder} must be a dataset, got a folder of datasets: {shortened(inner)}; give one of them")
