"""Datasets on disk.

`save_tiles` and `read_dataset` are what `Dataset.save`, `generate_files` and `Dataset.load` are made of; `read_slices`
takes labelled images of any origin.

Examples
--------
>>> import tempfile
>>> import synthem
>>> tiles = synthem.generate(n=2, seed=0, shape=(128, 128))
>>> with tempfile.TemporaryDirectory() as folder:
...     path = tiles.save(f"{folder}/tiles", format="tiff")
...     synthem.Dataset.load(path) == tiles
True
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from synthem.io.content import DatasetInfo, StoredTiles
    from synthem.io.converting import convert
    from synthem.io.formats import FORMATS, Format
    from synthem.io.merging import merge_shards
    from synthem.io.read_report import ReadReport
    from synthem.io.reading import read_dataset
    from synthem.io.saving import save_tiles
    from synthem.io.slices import Slices, read_slices
    from synthem.tiles.labelled_image import LabelledImage

__all__ = [
    "FORMATS",
    "DatasetInfo",
    "Format",
    "LabelledImage",
    "ReadReport",
    "Slices",
    "StoredTiles",
    "convert",
    "merge_shards",
    "read_dataset",
    "read_slices",
    "save_tiles",
]

_HOME = {
    "DatasetInfo": "io.content",
    "FORMATS": "io.formats",
    "Format": "io.formats",
    "LabelledImage": "tiles.labelled_image",
    "ReadReport": "io.read_report",
    "Slices": "io.slices",
    "StoredTiles": "io.content",
    "convert": "io.converting",
    "merge_shards": "io.merging",
    "read_dataset": "io.reading",
    "read_slices": "io.slices",
    "save_tiles": "io.saving",
}
"""Module of each name: the command lists the formats without the packages that read and write them."""


def __getattr__(name: str) -> object:
    """Import a name on first use."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(importlib.import_module(f"synthem.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the names, loaded or not."""
    return sorted({*__all__, *globals()})
