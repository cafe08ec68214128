"""The format "nnunet": a dataset of nnU-Net v2, whose one map of labels holds all classes as regions.

Numbers are those of `synthem.io.label_numbers`. Tiles are PNG, volumes TIFF with their spacing in a JSON file beside,
a page per section. Instances and compartments, which nnU-Net does not know, lie beside in folders of their own.
"""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import tifffile

from synthem.errors import DataError, OutputError
from synthem.io.content import DatasetInfo
from synthem.io.formats import Encoded, TileWriter
from synthem.io.images import encode_png, read_labels
from synthem.io.label_numbers import LabelNumbers, combined
from synthem.io.manifest import Manifest
from synthem.io.masks import check_size
from synthem.io.planes import LABELS
from synthem.io.size_limit import check_pixel_count, check_regular, check_tiff_chain, check_tiff_page, read_bytes
from synthem.io.storage.tiff import LARGEST_FILE, LARGEST_PIXEL, LEVEL
from synthem.io.tile_files import write_files
from synthem.labels import ClassTable
from synthem.tiles.stacks import Pixels
from synthem.tiles.tile import Tile

__all__ = ["encode", "finish", "open_writer", "owned_files", "read"]

ABOUT, SPLITS = "dataset.json", "splits_final.json"
IMAGES, NUMBERS = "imagesTr", "labelsTr"
FOLDS = 5
READERS = {".png": "NaturalImage2DIO", ".tif": "Tiff3DIO"}

OVERLAPS = ".overlaps.json"
"""Hidden file in which a writer leaves the further combinations of classes for `finish`."""


def owned_files(manifest: Manifest) -> Iterator[str]:
    """Yield what is written; see `synthem.io.formats.StorageFormat`."""
    ending = _ending(manifest.shape)
    yield ABOUT
    if len(manifest.names) > 1:
        yield SPLITS
    for name in manifest.names:
        yield from (f"{IMAGES}/{name}_0000{ending}", f"{NUMBERS}/{name}{ending}")
        yield from (f"{folder}/{name}{ending}" for folder in LABELS)
        if ending != ".png":
            yield from (f"{IMAGES}/{name}.json", f"{NUMBERS}/{name}.json")


def encode(name: str, tile: Tile, place: int, info: DatasetInfo, *, first: int = 0) -> Encoded:
    """Return pictures by their folders, of volumes by folder and section; see `synthem.io.formats.SlabFormat`.

    Labels that overlap as the class table does not tell are left to the writer: without a folder in their path.
    """
    numbers = LabelNumbers(info.classes)
    combinations, places = combined(tile.masks)
    pictures = _pictures(IMAGES, name, tile.image)
    for folder, labels in zip(LABELS, (tile.instances, tile.compartments), strict=True):
        pictures |= _pictures(folder, name, labels)
    if all(one in numbers for one in combinations):
        labels = numbers.of(combinations)[places].astype(_number_type(numbers))
        return pictures | _pictures(NUMBERS, name, labels)
    pictures["combinations"] = json.dumps([sorted(one) for one in combinations]).encode()
    pictures["places"] = places.astype(np.uint32).tobytes()
    return pictures


@contextmanager
def open_writer(folder: Path, info: DatasetInfo, *, first: int = 0) -> Iterator[TileWriter]:
    """Open a folder for tiles; see `synthem.io.formats.StorageFormat`."""
    numbers = LabelNumbers(info.classes)
    overlaps: list[list[int]] = []
    with write_files(folder) if len(info.shape) == 2 else _write_volumes(folder, info, numbers) as write_pictures:

        def write(name: str, encoded: Encoded) -> None:
            pictures = {path: content for path, content in encoded.items() if "/" in path}
            if "combinations" in encoded:
                if first:
                    raise OutputError(f"{name} has labels that overlap, which nnU-Net needs to be written in one part")
                found = [frozenset(one) for one in json.loads(encoded["combinations"])]
                overlaps.extend(sorted(one) for one in found if one not in numbers)
                for one in found:
                    numbers.add(one)
                places = np.frombuffer(encoded["places"], np.uint32).reshape(info.shape)
                pictures |= _pictures(NUMBERS, name, numbers.of(found)[places].astype(_number_type(numbers)))
            write_pictures(name, pictures)

        yield write
    if overlaps:
        (folder / OVERLAPS).write_text(json.dumps(overlaps))


@contextmanager
def _write_volumes(folder: Path, info: DatasetInfo, numbers: LabelNumbers) -> Iterator[TileWriter]:
    """Write the pages of volumes, of which each is given in one piece or in slabs, one after the other."""
    spacing = json.dumps({"spacing": info.spacing_nm or (1.0,) * len(info.shape)})
    big = math.prod(info.shape) * LARGEST_PIXEL > LARGEST_FILE
    about = json.dumps({"shape": info.shape, "axes": "ZYX"})
    files: dict[str, tuple[tifffile.TiffWriter, dict[str, Any]]] = {}
    with ExitStack() as opened:
        last: str | None = None

        def write(name: str, encoded: Encoded) -> None:
            nonlocal last
            if name != last:
                opened.close()
                last = name
                types = zip(
                    (IMAGES, NUMBERS, *LABELS), (np.uint8, _number_type(numbers), np.int32, np.int32), strict=True
                )
                for plane, dtype in types:
                    path = folder / _path(plane, name, ".tif")
                    path.parent.mkdir(parents=True, exist_ok=True)
                    file = opened.enter_context(tifffile.TiffWriter(path, bigtiff=big))
                    files[plane] = file, _page_options(info.shape, dtype) | {"description": about}
                for plane in (IMAGES, NUMBERS):
                    (folder / f"{plane}/{name}.json").write_text(spacing)
            for place, page in encoded.items():
                file, options = files[place.split("/")[0]]
                file.write(iter([page]), **options)
                options.pop("description", None)  # the first page tells it for all

        yield write


def finish(folder: Path, names: Sequence[str], info: DatasetInfo) -> None:
    """Write what nnU-Net must know of all tiles; see `synthem.io.formats.StorageFormat`."""
    numbers, left = LabelNumbers(info.classes), folder / OVERLAPS
    if left.is_file():
        for one in json.loads(left.read_text()):
            numbers.add(frozenset(one))
        left.unlink()
    ending = _ending(info.shape)
    regions = numbers.regions()
    about: dict[str, Any] = {
        "channel_names": {"0": "EM"},
        "labels": {"background": 0} | {k: list(v) if len(v) > 1 else v[0] for k, v in regions.items()},
    }
    if any(len(one) > 1 for one in regions.values()):
        about["regions_class_order"] = numbers.own_numbers()
    about |= {
        "numTraining": len(names),
        "file_ending": ending,
        "overwrite_image_reader_writer": READERS[ending],
        "description": "written by synthem",
    }
    (folder / ABOUT).write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")  # the order of keys counts
    if len(names) > 1:
        (folder / SPLITS).write_text(json.dumps(_splits(names)) + "\n", encoding="utf-8")


def read(folder: Path, manifest: Manifest) -> Iterator[Pixels]:
    """Yield the pixels of the tiles; see `synthem.io.formats.StorageFormat`."""
    ending, classes_of = _ending(manifest.shape), _read_regions(folder / ABOUT, manifest.table)
    for name in manifest.names:
        path = folder / f"{NUMBERS}/{name}{ending}"
        labels = _read(path, manifest.shape)
        if labels.min() < 0 or labels.max() >= len(classes_of):
            raise DataError(
                f"{path} must hold labels of {ABOUT}, 0 to {len(classes_of) - 1}, got {labels.min()} to {labels.max()}"
            )
        masks = np.ascontiguousarray(np.moveaxis(classes_of[labels], -1, 0))
        image = _read(folder / f"{IMAGES}/{name}_0000{ending}", manifest.shape).astype(np.uint8)
        yield Pixels(image, masks, *(_read(folder / f"{plane}/{name}{ending}", manifest.shape) for plane in LABELS))


def _ending(shape: tuple[int, ...]) -> str:
    return ".png" if len(shape) == 2 else ".tif"


def _splits(names: Sequence[str]) -> list[dict[str, list[str]]]:
    """Return which tiles train and which validate: in each fold every fifth one validates."""
    folds = min(FOLDS, len(names))
    held = [set(names[fold::folds]) for fold in range(folds)]
    return [{"train": [n for n in names if n not in out], "val": [n for n in names if n in out]} for out in held]


def _number_type(numbers: LabelNumbers) -> type[np.uint8] | type[np.int32]:
    """Return the 8 bits that nnU-Net prefers, or those of other labels."""
    return np.uint8 if len(numbers) <= np.iinfo(np.uint8).max else np.int32


def _path(plane: str, name: str, ending: str) -> str:
    return f"{plane}/{name}_0000{ending}" if plane == IMAGES else f"{plane}/{name}{ending}"


def _pictures(plane: str, name: str, pixels: npt.NDArray[Any]) -> dict[str, bytes]:
    """Return the file of a tile by its path, or the compressed pages of a volume by folder and section."""
    if pixels.ndim == 2:
        return {_path(plane, name, ".png"): encode_png(f"{plane} of {name}", pixels)}
    return {f"{plane}/{z}": zlib.compress(section.tobytes(), LEVEL) for z, section in enumerate(pixels)}


def _page_options(shape: tuple[int, ...], dtype: type[np.generic]) -> dict[str, Any]:
    """Return what tifffile needs to write encoded pages."""
    return {
        "shape": shape[-2:],
        "dtype": np.dtype(dtype),
        "rowsperstrip": shape[-2],
        "photometric": "minisblack",
        "compression": "zlib",
        "metadata": None,
    }


def _read(path: Path, shape: tuple[int, ...]) -> npt.NDArray[np.int32]:
    if path.suffix == ".png":
        labels = read_labels(path)
    else:
        check_regular(path)
        try:
            with tifffile.TiffFile(path) as file:
                check_tiff_chain(path, file)
                check_pixel_count(path, *file.series[0].shape)
                for page in file.pages:
                    check_tiff_page(path, page)
                labels = file.asarray().astype(np.int32)
        except DataError:
            raise
        except Exception as error:
            raise DataError(f"{path} cannot be read as TIFF: {error}") from error
    check_size(path, labels.shape, shape)
    return labels


def _read_regions(path: Path, classes: ClassTable) -> npt.NDArray[np.bool_]:
    """Return which classes each number stands for, (numbers, classes)."""
    try:
        labels: Mapping[str, Any] = json.loads(read_bytes(path))["labels"]
        regions = {name: [of] if isinstance(of, int) else [int(one) for one in of] for name, of in labels.items()}
        found = np.zeros((1 + max(one for of in regions.values() for one in of), len(classes)), np.bool_)
        for channel, name in enumerate(classes.names):
            found[regions[name], channel] = True
    except DataError:
        raise
    except Exception as error:
        raise DataError(f"{path} must give the labels of {', '.join(classes.names)}, got {error!r}") from error
    return found
