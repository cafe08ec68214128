"""The format "hf": Parquet files for Hugging Face `datasets`, with a Croissant 1.0 description.

A row is a tile: what is known of it, then the image and the other planes as PNG. Each row is a row group of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Final

import pyarrow
from pyarrow import parquet

from synthem.errors import DataError
from synthem.io.content import DatasetInfo
from synthem.io.croissant import DESCRIPTION, write_description
from synthem.io.formats import Encoded, TileWriter
from synthem.io.images import encode_png
from synthem.io.manifest import Manifest
from synthem.io.masks import read_plane
from synthem.io.planes import plane_types, tile_planes
from synthem.io.size_limit import check_regular
from synthem.io.tile_files import write_shared
from synthem.labels import ClassTable
from synthem.tiles.stacks import Pixels
from synthem.tiles.tile import Tile

__all__ = ["encode", "finish", "open_writer", "owned_files", "read"]

CARD = "README.md"

KNOWN: Final[Mapping[str, tuple[pyarrow.DataType, str, str]]] = {
    "name": (pyarrow.string(), "string", "sc:Text"),
    "index": (pyarrow.int64(), "int64", "sc:Integer"),
    "seed": (pyarrow.int64(), "int64", "sc:Integer"),
    "pixel_size_nm": (pyarrow.float64(), "float64", "sc:Float"),
}
"""Columns beside the pictures, each with its type here, in `datasets` and in Croissant."""

PICTURE: Final = pyarrow.struct([("bytes", pyarrow.binary()), ("path", pyarrow.string())])
"""How `datasets` keeps a picture."""


def owned_files(manifest: Manifest) -> list[str]:
    """Return what is written; see `synthem.io.formats.StorageFormat`."""
    return [CARD, DESCRIPTION, *_files(len(manifest.names), manifest.tiles_per_file)]


def encode(name: str, tile: Tile, place: int, info: DatasetInfo) -> Encoded:
    """Return PNG files by their columns; see `synthem.io.formats.StorageFormat`."""
    columns = _picture_columns(info.classes)
    planes = zip(columns, tile_planes(tile), strict=True)
    pictures = {column: encode_png(f"{plane} of {name}", pixels) for column, (plane, pixels) in planes}
    known = {"index": tile.index, "seed": tile.seed, "pixel_size_nm": tile.pixel_size_nm}
    return {"": json.dumps(known).encode(), **pictures}


def open_writer(folder: Path, info: DatasetInfo, *, first: int = 0) -> AbstractContextManager[TileWriter]:
    """Open a folder for tiles; see `synthem.io.formats.StorageFormat`."""
    schema = _schema(info.classes)

    @contextmanager
    def opened(number: int, tiles: int) -> Iterator[TileWriter]:
        path = folder / _files(info.n, info.tiles_per_file)[number]
        path.parent.mkdir(exist_ok=True)
        options = {"compression": "none", "use_dictionary": False, "write_statistics": False}  # PNG is compressed
        with parquet.ParquetWriter(path, schema, **options) as file:

            def write(name: str, encoded: Encoded) -> None:
                row: dict[str, Any] = {"name": name, **json.loads(encoded[""])}
                row |= {k: {"bytes": v, "path": f"{name}.png"} for k, v in encoded.items() if k}
                file.write_table(pyarrow.Table.from_pylist([row], schema=schema))

            yield write

    return write_shared(opened, info, first)


def finish(folder: Path, names: Sequence[str], info: DatasetInfo) -> None:
    """Write the card of the dataset and its description; see `synthem.io.formats.StorageFormat`."""
    columns = {name: croissant for name, (_, _, croissant) in KNOWN.items()}
    columns |= dict.fromkeys(_picture_columns(info.classes), "sc:ImageObject")
    write_description(folder, _files(info.n, info.tiles_per_file), columns, info)
    (folder / CARD).write_text(_card(info), encoding="utf-8")


def read(folder: Path, manifest: Manifest) -> Iterator[Pixels]:
    """Yield the pixels of the tiles; see `synthem.io.formats.StorageFormat`."""
    columns, types = _picture_columns(manifest.table), plane_types(manifest.table)
    names = iter(manifest.names)
    for path in _files(len(manifest.names), manifest.tiles_per_file):
        for row in _rows(folder / path, ["name", *columns]):
            name = next(names, None)
            if row["name"] != name:
                raise DataError(f"{folder / path} must hold the tile {name!r} next, got {row['name']!r}")
            planes = zip(columns, types, strict=True)
            yield Pixels.of_planes(
                [
                    read_plane(folder / f"{name} ({column}).png", dtype, manifest.shape, row[column]["bytes"])
                    for column, (_, dtype) in planes
                ]
            )
    if (name := next(names, None)) is not None:
        raise DataError(f"{folder} must hold the tile {name!r}, got none")


def _files(n: int, tiles_per_file: int) -> list[str]:
    """Return the names that `datasets` expects of the files of one split."""
    files = -(-n // tiles_per_file)
    return [f"data/train-{number:05d}-of-{files:05d}.parquet" for number in range(files)]


def _picture_columns(classes: ClassTable) -> list[str]:
    return ["image", *classes.names, "instances", "compartments"]


def _schema(classes: ClassTable) -> pyarrow.Schema:
    """Return the columns, with what tells `datasets` that pictures are pictures."""
    pictures = _picture_columns(classes)
    features = {name: {"dtype": dtype, "_type": "Value"} for name, (_, dtype, _) in KNOWN.items()}
    features |= {name: {"_type": "Image"} for name in pictures}
    fields = [(name, kind) for name, (kind, _, _) in KNOWN.items()] + [(name, PICTURE) for name in pictures]
    return pyarrow.schema(fields, metadata={"huggingface": json.dumps({"info": {"features": features}})})


def _card(info: DatasetInfo) -> str:
    size = " x ".join(map(str, info.shape))
    classes = ", ".join(info.classes.names)
    return (
        "---\nconfigs:\n- config_name: default\n  data_files:\n  - split: train\n    path: data/train-*.parquet\n---\n"
        f"# {info.n} labelled tiles of electron microscopy\n\n"
        f"Each has {size} pixels and a mask per class: {classes}. `instances` has the ids of objects, `compartments` "
        "those of cells, in 16 bits. `manifest.json` and `tiles.jsonl` tell the rest.\n"
    )


def _rows(path: Path, columns: list[str]) -> Iterator[dict[str, Any]]:
    check_regular(path)
    try:
        with parquet.ParquetFile(path) as file:
            for group in range(file.num_row_groups):
                yield from file.read_row_group(group, columns=columns).to_pylist()
    except (OSError, pyarrow.ArrowException, KeyError) as error:
        raise DataError(f"{path} cannot be read as Parquet: {error}") from error
