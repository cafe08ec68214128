"""The format "precomputed": volumes as Neuroglancer reads them, a folder of layers for each.

Axes are x, y, z. A layer is one shard, a file of compressed chunks with an index. Written with NumPy and zlib alone:
tensorstore, the usual writer, ends all processes that are forked after its first use.
"""

from __future__ import annotations

import gzip
import io
import itertools
import json
import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from synthem.errors import DataError, OutputError
from synthem.io.content import DatasetInfo
from synthem.io.formats import Encoded, TileWriter
from synthem.io.manifest import Manifest
from synthem.io.planes import LABELS
from synthem.io.size_limit import check_regular, read_bytes
from synthem.io.tile_files import write_files
from synthem.labels import ClassTable
from synthem.tiles.stacks import Pixels
from synthem.tiles.tile import Tile
from synthem.tiles.volume import Volume

__all__ = ["encode", "finish", "open_writer", "owned_files", "read"]

FOLDER = "tiles"
IMAGE, CLASSES = "image", "classes"
LAYERS = (IMAGE, CLASSES, *LABELS)
ABOUT, PROPERTIES, SHARD = "info", "segment_properties/info", "0/0.shard"
MOST_CLASSES = 32
"""Of a table: each has a bit of a number."""
LEVEL = 1
"""Of gzip."""
HEAD = struct.Struct("<QQ")
"""First and last byte of the index of a shard, counted from here."""


def owned_files(manifest: Manifest) -> Iterator[str]:
    """Yield what is written; see `synthem.io.formats.StorageFormat`."""
    for name, layer in itertools.product(manifest.names, LAYERS):
        yield from (f"{FOLDER}/{name}/{layer}/{file}" for file in (ABOUT, SHARD))
        if layer in _NAMED:
            yield f"{FOLDER}/{name}/{layer}/{PROPERTIES}"


def encode(name: str, tile: Tile, place: int, info: DatasetInfo) -> Encoded:
    """Return files by their paths; see `synthem.io.formats.StorageFormat`."""
    if len(info.classes) > MOST_CLASSES:
        raise OutputError(f"precomputed needs at most {MOST_CLASSES} classes, got {len(info.classes)}")
    origin = tile.origin if isinstance(tile, Volume) else (0,) * len(info.shape)
    numbers = _numbers(tile.masks)
    kinds = {item.id: item.kind for item in tile.objects}
    named = {CLASSES: _names_of(np.unique(numbers), info.classes), "instances": kinds}
    ids = (tile.instances.astype(np.uint32), tile.compartments.astype(np.uint32))
    layers: tuple[npt.NDArray[Any], ...] = (tile.image, numbers, *ids)
    files = {}
    for layer, pixels in zip(LAYERS, layers, strict=True):
        about = _about(layer, pixels.dtype, info.shape, info.spacing_nm, origin)
        path = f"{FOLDER}/{name}/{layer}"
        files[f"{path}/{ABOUT}"] = _json(about)
        files[f"{path}/{SHARD}"] = _shard(pixels.reshape(_solid(info.shape)), _chunk(info.shape))
        if layer in _NAMED:
            files[f"{path}/{PROPERTIES}"] = _json(_properties(named[layer]))
    return files


def open_writer(folder: Path, info: DatasetInfo, *, first: int = 0) -> AbstractContextManager[TileWriter]:
    """Open a folder for tiles; see `synthem.io.formats.StorageFormat`."""
    return write_files(folder)


def finish(folder: Path, names: Sequence[str], info: DatasetInfo) -> None:
    """Write nothing: all that is known of the tiles is in their files."""


def read(folder: Path, manifest: Manifest) -> Iterator[Pixels]:
    """Yield the pixels of the tiles; see `synthem.io.formats.StorageFormat`."""
    for name in manifest.names:
        path = folder / FOLDER / name
        image, numbers, *labels = (_layer(path / layer, layer, manifest.shape) for layer in LAYERS)
        bits = _bits(path / CLASSES / PROPERTIES, manifest.table)
        yield Pixels.of_planes([image, *(numbers & bit > 0 for bit in bits), *(one.view(np.int32) for one in labels)])


_NAMED = (CLASSES, "instances")
"""Layers whose segments have names."""


def _solid(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return sections, rows and columns; a tile is one section."""
    return (1,) * (3 - len(shape)) + tuple(shape)


def _chunk(shape: tuple[int, ...]) -> tuple[int, int, int]:
    return (64, 64, 64) if len(shape) == 3 else (1, 256, 256)


def _about(
    layer: str,
    dtype: np.dtype[Any],
    shape: tuple[int, ...],
    spacing_nm: tuple[float, ...] | None,
    origin: tuple[int, ...],
) -> dict[str, Any]:
    """Return the description of a layer; where the size of a voxel is not known it is 1 nm."""
    spacing = spacing_nm or (1.0,) * len(shape)
    spacing = (spacing[-1],) * (3 - len(spacing)) + tuple(spacing)
    first = (0,) * (3 - len(origin)) + tuple(origin)
    sharding = {
        "@type": "neuroglancer_uint64_sharded_v1",
        "preshift_bits": 0,
        "hash": "identity",
        "minishard_bits": 0,
        "shard_bits": 0,
        "minishard_index_encoding": "raw",
        "data_encoding": "gzip",
    }
    scale = {
        "key": SHARD.partition("/")[0],
        "size": _solid(shape)[::-1],
        "resolution": spacing[::-1],
        "voxel_offset": first[::-1],
        "chunk_sizes": [_chunk(shape)[::-1]],
        "encoding": "raw",
        "sharding": sharding,
    }
    return {
        "@type": "neuroglancer_multiscale_volume",
        "type": "image" if layer == IMAGE else "segmentation",
        "data_type": dtype.name,
        "num_channels": 1,
        "scales": [scale],
        **({"segment_properties": PROPERTIES.partition("/")[0]} if layer in _NAMED else {}),
    }


def _json(value: Mapping[str, Any]) -> bytes:
    return (json.dumps(value, indent=1) + "\n").encode()


def _properties(names: Mapping[int, str]) -> dict[str, Any]:
    values = {"id": "label", "type": "label", "values": list(names.values())}
    inline = {"ids": [str(number) for number in names], "properties": [values]}
    return {"@type": "neuroglancer_segment_properties", "inline": inline}


def _numbers(masks: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint32]:
    """Return one number per voxel: class k counts 2**k."""
    numbers = np.zeros(masks.shape[1:], np.uint32)
    for channel, mask in enumerate(masks):
        numbers |= mask.astype(np.uint32) << np.uint32(channel)
    return numbers


def _names_of(numbers: npt.NDArray[np.uint32], classes: ClassTable) -> dict[int, str]:
    """Return the names of all classes, and of the combinations of them that occur."""
    single = {1 << channel: name for channel, name in enumerate(classes.names)}
    several = (number for number in numbers.tolist() if number and number not in single)
    return single | {number: " + ".join(name for bit, name in single.items() if bit & number) for number in several}


def _bits(path: Path, classes: ClassTable) -> list[np.uint32]:
    """Return the number of each class."""
    try:
        inline = json.loads(read_bytes(path))["inline"]
        numbers = dict(zip(inline["properties"][0]["values"], map(int, inline["ids"]), strict=True))
        return [np.uint32(numbers[name]) for name in classes.names]
    except DataError:
        raise
    except Exception as error:
        raise DataError(f"{path} must give the numbers of {', '.join(classes.names)}, got {error!r}") from error


def _windows(shape: tuple[int, ...], chunk: tuple[int, ...]) -> list[tuple[int, tuple[slice, ...]]]:
    """Return numbers and windows of all chunks, rising: the bits of x, y and z take turns in a number."""
    grid = [-(-size // side) for size, side in zip(shape, chunk, strict=True)]
    found = []
    for place in itertools.product(*map(range, grid)):
        number, at = 0, 0
        for bit in range(max(grid).bit_length()):
            for step, many in zip(place[::-1], grid[::-1], strict=True):
                if 1 << bit < many:
                    number |= (step >> bit & 1) << at
                    at += 1
        sides = zip(place, chunk, shape, strict=True)
        found.append((number, tuple(slice(k * side, min((k + 1) * side, size)) for k, side, size in sides)))
    return sorted(found, key=lambda one: one[0])


def _shard(pixels: npt.NDArray[Any], chunk: tuple[int, ...]) -> bytes:
    """Return the chunks of a layer as a shard."""
    windows = _windows(pixels.shape, chunk)
    little = pixels.dtype.newbyteorder("<")
    chunks = [_packed(np.ascontiguousarray(pixels[window], little).tobytes()) for _, window in windows]
    numbers = np.diff([number for number, _ in windows], prepend=0)
    index = np.array([numbers, np.zeros(len(chunks)), [len(one) for one in chunks]], "<u8").tobytes()
    body = b"".join(chunks)
    return HEAD.pack(len(body), len(body) + len(index)) + body + index


def _packed(content: bytes) -> bytes:
    file = io.BytesIO()
    with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=LEVEL, mtime=0) as packed:
        packed.write(content)
    return file.getvalue()


def _layer(path: Path, layer: str, shape: tuple[int, ...]) -> npt.NDArray[Any]:
    """Read a layer; a missing chunk is not taken for background."""
    dtype = np.dtype(np.uint8 if layer == IMAGE else np.uint32)
    wanted = _about(layer, dtype, shape, None, (0,) * len(shape))
    try:
        found = json.loads(read_bytes(path / ABOUT))
        for one in (wanted, found):
            for key in ("resolution", "voxel_offset"):
                del one["scales"][0][key]
        if found != json.loads(_json(wanted)):
            size = found["scales"][0]["size"]
            raise DataError(f"{path / ABOUT} must be of {wanted['scales'][0]['size']} voxels as written, got {size}")
        check_regular(path / SHARD)
        return _unpacked((path / SHARD).read_bytes(), dtype, _solid(shape), _chunk(shape)).reshape(shape)
    except DataError:
        raise
    except Exception as error:
        raise DataError(f"{path} cannot be read as precomputed: {error!r}") from error


def _unpacked(content: bytes, dtype: np.dtype[Any], shape: tuple[int, ...], chunk: tuple[int, ...]) -> npt.NDArray[Any]:
    """Return the array of a shard; `ValueError` if it is not whole."""
    first, last = HEAD.unpack_from(content)
    body = memoryview(content)[HEAD.size :]
    windows = _windows(shape, chunk)
    index = np.frombuffer(body[first:last], "<u8").reshape(3, -1)
    if np.cumsum(index[0]).tolist() != [number for number, _ in windows] or index[1].any():
        raise ValueError("the index lists other chunks")
    ends = np.cumsum(index[2]).tolist()
    if ends[-1] != first:
        raise ValueError("chunks are cut off")
    out = np.empty(shape, dtype)
    for (_, window), start, end in zip(windows, [0, *ends[:-1]], ends, strict=True):
        part = out[window]
        unpacked = zlib.decompressobj(wbits=31).decompress(body[start:end], part.nbytes + 1)
        out[window] = np.frombuffer(unpacked, dtype.newbyteorder("<")).reshape(part.shape)
    return out
