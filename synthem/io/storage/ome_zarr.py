"""The format "ome-zarr": OME-Zarr 0.5, an image per tile with a group of labels per class, in one hierarchy.

Axes are in nanometres where the size of a pixel is known. Tiles that do not fit into a chunk have a pyramid.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import zarr
from numcodecs.zstd import Zstd
from yaozarrs import v05
from zarr.codecs import ZstdCodec
from zarr.storage import MemoryStore

from synthem.errors import DataError
from synthem.io.content import DatasetInfo
from synthem.io.formats import Encoded, TileWriter
from synthem.io.manifest import Manifest
from synthem.io.planes import LABELS, stored_type
from synthem.io.pyramid import LONGEST, level_shapes, levels_of
from synthem.io.size_limit import check_regular
from synthem.io.tile_files import write_files
from synthem.labels import ClassTable
from synthem.tiles.stacks import Pixels
from synthem.tiles.tile import Tile

__all__ = ["encode", "finish", "open_writer", "owned_files", "read"]

ROOT = "tiles.zarr"
NODE = "zarr.json"
SERIES = "OME"
LAYOUT = 3
"""Of collections, as bioformats2raw numbers it."""

CHUNK = LONGEST
"""Longest side of a chunk."""

LEVEL = 3
"""Of Zstandard."""

COMPRESSOR = Zstd(level=LEVEL)
"""What zarr compresses chunks with."""


def owned_files(manifest: Manifest) -> Iterator[str]:
    """Yield what is written; see `synthem.io.formats.StorageFormat`."""
    yield from (f"{ROOT}/{NODE}", f"{ROOT}/{SERIES}/{NODE}")
    inner = [NODE, f"labels/{NODE}", *_pyramid_files("", manifest.shape)]
    for label in _label_names(manifest.table):
        inner += [f"labels/{label}/{NODE}", *_pyramid_files(f"labels/{label}/", manifest.shape)]
    for name in manifest.names:
        yield from (f"{ROOT}/{name}/{path}" for path in inner)


def encode(name: str, tile: Tile, place: int, info: DatasetInfo, *, first: int = 0) -> Encoded:
    """Return files by their paths; see `synthem.io.formats.SlabFormat`."""
    files = {}
    if not first:
        metadata = _metadata(tuple(info.shape), info.spacing_nm, info.axes, info.classes)
        files = {f"{ROOT}/{name}/{path}": content for path, content in metadata.items()}
    labels = zip(_label_names(info.classes), (*tile.masks, tile.instances, tile.compartments), strict=True)
    for path, pixels in (("", tile.image), *((f"labels/{label}/", plane) for label, plane in labels)):
        for level, shrunk in enumerate(levels_of(pixels)):
            for chunk, content in _encoded_chunks(shrunk, first):
                files[f"{ROOT}/{name}/{path}{level}/{chunk}"] = content
    return files


def open_writer(folder: Path, info: DatasetInfo, *, first: int = 0) -> AbstractContextManager[TileWriter]:
    """Open a folder for tiles; see `synthem.io.formats.StorageFormat`."""
    return write_files(folder)


def finish(folder: Path, names: Sequence[str], info: DatasetInfo) -> None:
    """Write of which images the hierarchy consists; see `synthem.io.formats.StorageFormat`."""
    content: dict[str, Any] = {}
    store = MemoryStore(content)
    _put_group(store, "", v05.Bf2Raw(**{"bioformats2raw.layout": LAYOUT}))
    _put_group(store, SERIES, v05.Series(series=list(names)))
    with write_files(folder) as write:
        write("", {f"{ROOT}/{path}": buffer.to_bytes() for path, buffer in content.items()})


def read(folder: Path, manifest: Manifest) -> Iterator[Pixels]:
    """Yield the pixels of the tiles; see `synthem.io.formats.StorageFormat`."""
    masks, labels = manifest.table.names, LABELS
    for name in manifest.names:
        path = folder / ROOT / name
        image = _array(path, np.uint8, manifest.shape)
        planes = [_array(path / "labels" / label, np.uint8, manifest.shape) for label in masks]
        ids = [_array(path / "labels" / label, np.int32, manifest.shape) for label in labels]
        yield Pixels.of_planes([image, *(plane > 0 for plane in planes), *ids])


def _label_names(classes: ClassTable) -> list[str]:
    return [*classes.names, *LABELS]


def _chunks(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape of chunks: one section, and at most `CHUNK` rows and columns."""
    return (*(1,) * (len(shape) - 2), *(min(side, CHUNK) for side in shape[-2:]))


def _pyramid_files(path: str, shape: tuple[int, ...]) -> Iterator[str]:
    for level, sizes in enumerate(level_shapes(shape)):
        yield from _level_files(path, level, sizes)


def _level_files(path: str, level: int, shape: tuple[int, ...]) -> Iterator[str]:
    yield f"{path}{level}/{NODE}"
    yield from (f"{path}{level}/c/{'/'.join(map(str, place))}" for place in itertools.product(*_grid(shape)))


def _grid(shape: tuple[int, ...]) -> list[range]:
    """Return the numbers of chunks along each axis."""
    return [range(-(-size // chunk)) for size, chunk in zip(shape, _chunks(shape), strict=True)]


def _multiscale(shape: tuple[int, ...], spacing_nm: tuple[float, ...] | None, axes: str) -> v05.Multiscale:
    """Return the axes, and the distance of pixels at each level."""
    unit = None if spacing_nm is None else "nanometer"
    spacing = np.array(spacing_nm or (1.0,) * len(shape))
    datasets = []
    for level in range(len(level_shapes(shape))):
        factor = np.array([1.0] * (len(spacing) - 2) + [2.0**level] * 2)
        scale = v05.ScaleTransformation(scale=(spacing * factor).tolist())
        shift = v05.TranslationTransformation(translation=(spacing * (factor - 1) / 2).tolist())
        datasets.append(v05.Dataset(path=str(level), coordinateTransformations=[scale, shift] if level else [scale]))
    return v05.Multiscale(axes=[v05.SpaceAxis(name=axis, unit=unit) for axis in axes], datasets=datasets)


@lru_cache(maxsize=4)
def _metadata(
    shape: tuple[int, ...], spacing_nm: tuple[float, ...] | None, axes: str, classes: ClassTable
) -> Mapping[str, bytes]:
    """Return the files of an image that are no chunks: the same for all tiles, and zarr takes long to make them."""
    content: dict[str, Any] = {}
    store, levels = MemoryStore(content), _multiscale(shape, spacing_nm, axes)
    _put_image(store, "", v05.Image(multiscales=[levels]), np.uint8, shape, axes)
    _put_group(store, "labels", v05.LabelsGroup(labels=_label_names(classes)))
    for one in classes:
        colours = v05.ImageLabel(colors=[v05.LabelColor(label_value=1, rgba=[*one.colour, 255])])
        labelled = v05.LabelImage(multiscales=[levels], image_label=colours)
        _put_image(store, f"labels/{one.name}", labelled, np.uint8, shape, axes)
    for label in LABELS:
        labelled = v05.LabelImage(multiscales=[levels], image_label=v05.ImageLabel())
        _put_image(store, f"labels/{label}", labelled, np.int32, shape, axes)
    return {path: buffer.to_bytes() for path, buffer in content.items()}


def _put_group(store: MemoryStore, path: str, model: Any) -> None:
    ome = model.model_dump(mode="json", exclude_none=True)
    zarr.create_group(store, path=path, attributes={"ome": ome})


def _put_image(
    store: MemoryStore, path: str, model: Any, dtype: type[np.generic], shape: tuple[int, ...], axes: str
) -> None:
    """Put a group with the arrays of a pyramid, without chunks."""
    _put_group(store, path, model)
    for level, sizes in enumerate(level_shapes(shape)):
        zarr.create_array(
            store,
            name=f"{path}/{level}".lstrip("/"),
            shape=sizes,
            chunks=_chunks(sizes),
            dtype=dtype,
            compressors=ZstdCodec(level=LEVEL),
            dimension_names=list(axes),
        )


def _encoded_chunks(pixels: npt.NDArray[Any], first: int) -> Iterator[tuple[str, bytes]]:
    """Yield paths and contents of chunks, as zarr would write them; those at the edge are filled up with 0.

    Sections are numbered from `first` on.
    """
    sizes = _chunks(pixels.shape)
    little = stored_type(pixels.dtype).newbyteorder("<")
    for place in itertools.product(*_grid(pixels.shape)):
        window = tuple(slice(k * size, (k + 1) * size) for k, size in zip(place, sizes, strict=True))
        chunk = np.zeros(sizes, little)
        part = pixels[window]
        chunk[tuple(slice(size) for size in part.shape)] = part
        *section, row, column = place
        numbers = (*(z + first for z in section), row, column)
        yield f"c/{'/'.join(map(str, numbers))}", bytes(COMPRESSOR.encode(chunk))


def _array(path: Path, dtype: type[np.generic], shape: tuple[int, ...]) -> npt.NDArray[Any]:
    """Read the full resolution of an image or of labels; a missing chunk is not taken for background."""
    try:
        for file in _level_files("", 0, shape):
            (path / file).stat()
            check_regular(path / file)
        array = zarr.open_array(str(path / "0"), mode="r")
        if array.dtype != dtype or array.shape != tuple(shape):
            raise DataError(f"{path} must be {np.dtype(dtype)} {tuple(shape)}, got {array.dtype} {array.shape}")
        return np.asarray(array[...])
    except DataError:
        raise
    except Exception as error:
        raise DataError(f"{path} cannot be read as OME-Zarr: {error!r}") from error
