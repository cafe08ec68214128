"""The format "coco": PNG images and ``annotations.json`` with a run-length mask per object and class.

Each object has an annotation per class of which it has pixels. What is left of a class, such as membranes, which belong
to no object, is one annotation with ``iscrowd``. Instances and compartments lie beside, as PNG.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pycocotools import mask as run_lengths

from synthem.errors import DataError, OutputError
from synthem.io.content import DatasetInfo
from synthem.io.formats import Encoded, TileWriter
from synthem.io.images import encode_png
from synthem.io.manifest import Manifest
from synthem.io.masks import read_plane
from synthem.io.planes import LABELS
from synthem.io.size_limit import read_bytes
from synthem.io.tile_files import shared_files, write_files, write_shared
from synthem.tiles.stacks import Pixels
from synthem.tiles.tile import Tile

__all__ = ["encode", "finish", "open_writer", "owned_files", "read"]

ANNOTATIONS = "annotations.json"
IMAGES = "images"
PART = ".annotations"
"""Stem of the hidden files that writers fill and `finish` joins."""

IDS_PER_TILE = 1_000_000
"""Numbers of annotations are the place of the tile times this, and their number in it: known to any writer."""


def owned_files(manifest: Manifest) -> Iterator[str]:
    """Yield what is written; see `synthem.io.formats.StorageFormat`."""
    yield ANNOTATIONS
    for folder in (IMAGES, *LABELS):
        yield from (f"{folder}/{name}.png" for name in manifest.names)


def encode(name: str, tile: Tile, place: int, info: DatasetInfo) -> Encoded:
    """Return PNG files by their paths, and a line of annotations; see `synthem.io.formats.StorageFormat`."""
    planes: list[tuple[str, npt.NDArray[Any]]] = [(IMAGES, tile.image)]
    planes += zip(LABELS, (tile.instances, tile.compartments), strict=True)
    files = {f"{folder}/{name}.png": encode_png(f"{folder} of {name}", pixels) for folder, pixels in planes}
    height, width = tile.shape
    image = {"id": place + 1, "file_name": f"{name}.png", "height": height, "width": width}
    found = list(_annotations(tile, place))
    if len(found) >= IDS_PER_TILE:
        raise OutputError(f"{name} must have fewer than {IDS_PER_TILE} annotations for COCO, got {len(found)}")
    line = json.dumps({"image": image, "annotations": found}, separators=(",", ":"))
    return {"": f"{line}\n".encode(), **files}


def open_writer(folder: Path, info: DatasetInfo, *, first: int = 0) -> AbstractContextManager[TileWriter]:
    """Open a folder for tiles; see `synthem.io.formats.StorageFormat`."""

    @contextmanager
    def opened(number: int, tiles: int) -> Iterator[TileWriter]:
        path = folder / _parts(info)[number]
        with path.open("wb") as lines, write_files(folder) as write_images:

            def write(name: str, encoded: Encoded) -> None:
                lines.write(encoded[""])
                write_images(name, {path: content for path, content in encoded.items() if path})

            yield write

    return write_shared(opened, info, first)


def finish(folder: Path, names: Sequence[str], info: DatasetInfo) -> None:
    """Join the annotations of all tiles; see `synthem.io.formats.StorageFormat`."""
    parts = [folder / part for part in _parts(info)]
    head = {"info": {"description": "synthem", "version": "1.0"}, "licenses": [], "categories": _categories(info)}
    with (folder / ANNOTATIONS).open("w", encoding="utf-8") as file:
        file.write(json.dumps(head)[:-1])
        for key, found in (("images", _images), ("annotations", _lines)):
            file.write(f',\n"{key}": [')
            for number, entry in enumerate(found(parts)):
                file.write(("," if number else "") + "\n" + json.dumps(entry, separators=(",", ":")))
            file.write("\n]")
        file.write("}\n")
    for part in parts:
        part.unlink()


def read(folder: Path, manifest: Manifest) -> Iterator[Pixels]:
    """Yield the pixels of the tiles; see `synthem.io.formats.StorageFormat`."""
    path = folder / ANNOTATIONS
    by_image = _read_annotations(path)
    for name in manifest.names:
        file = f"{name}.png"
        if file not in by_image:
            raise DataError(f"{path} must list the image {file}, got none")
        image = read_plane(folder / IMAGES / file, np.dtype(np.uint8), manifest.shape)
        masks = np.zeros((len(manifest.classes), *image.shape), np.bool_)
        for entry in by_image[file]:
            masks[_channel(entry, manifest, path)] |= _mask(entry, manifest, path)
        labels = [read_plane(folder / plane / file, np.dtype(np.int32), manifest.shape) for plane in LABELS]
        yield Pixels(image, masks, *labels)


def _parts(info: DatasetInfo) -> list[str]:
    return shared_files(PART, ".jsonl", info.n, info.tiles_per_file)


def _categories(info: DatasetInfo) -> list[dict[str, Any]]:
    return [
        {"id": number, "name": one.name, "supercategory": one.parent or "synthem", "color": list(one.colour)}
        for number, one in enumerate(info.classes, start=1)
    ]


def _annotations(tile: Tile, place: int) -> Iterator[dict[str, Any]]:
    number = place * IDS_PER_TILE
    for channel, mask in enumerate(tile.masks):
        for item in np.unique(tile.instances[mask]).tolist():
            number += 1
            runs = run_lengths.encode(np.asfortranarray(mask & (tile.instances == item), np.uint8))
            yield {
                "id": number,
                "image_id": place + 1,
                "category_id": channel + 1,
                "object_id": item,
                "iscrowd": int(item == 0),
                "area": int(run_lengths.area(runs)),
                "bbox": run_lengths.toBbox(runs).tolist(),
                "segmentation": {"size": list(mask.shape), "counts": runs["counts"].decode("ascii")},
            }


def _images(parts: Sequence[Path]) -> Iterator[Any]:
    for part in parts:
        with part.open(encoding="utf-8") as lines:
            yield from (json.loads(line)["image"] for line in lines)


def _lines(parts: Sequence[Path]) -> Iterator[Any]:
    for part in parts:
        with part.open(encoding="utf-8") as lines:
            for line in lines:
                yield from json.loads(line)["annotations"]


def _read_annotations(path: Path) -> dict[str, list[dict[str, Any]]]:
    try:
        content = json.loads(read_bytes(path))
        found: dict[str, list[dict[str, Any]]] = {one["file_name"]: [] for one in content["images"]}
        files = {one["id"]: one["file_name"] for one in content["images"]}
        for entry in content["annotations"]:
            found[files[entry["image_id"]]].append(entry)
    except DataError:
        raise
    except Exception as error:
        raise DataError(f"{path} cannot be read as COCO annotations: {error!r}") from error
    return found


def _channel(entry: dict[str, Any], manifest: Manifest, path: Path) -> int:
    number = entry.get("category_id")
    if not isinstance(number, int) or not 1 <= number <= len(manifest.classes):
        raise DataError(f"`category_id` in {path} must be 1 to {len(manifest.classes)}, got {number!r}")
    return number - 1


def _mask(entry: dict[str, Any], manifest: Manifest, path: Path) -> npt.NDArray[np.bool_]:
    try:
        size = tuple(entry["segmentation"]["size"])
        if size != tuple(manifest.shape):
            raise DataError(f"annotation {entry.get('id')} in {path} must be of size {manifest.shape}, got {size}")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of NumPy, about what pycocotools asks of it
            mask = run_lengths.decode(entry["segmentation"]).astype(np.bool_)
    except DataError:
        raise
    except Exception as error:
        raise DataError(f"annotation {entry.get('id')} in {path} cannot be decoded: {error!r}") from error
    return np.asarray(mask)
