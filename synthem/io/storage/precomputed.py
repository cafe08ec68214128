"""The format "precomputed": volumes as Neuroglancer reads them, a folder of layers for each.

Axes are x, y, z. A layer has a pyramid, of which each level is one shard, a file of compressed chunks with an index.
Written with NumPy and zlib alone: tensorstore, the usual writer, ends all processes that are forked after it is first
used.
"""

from __future__ import annotations

import gzip
import io
import itertools
import json
import struct
import tempfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from synthem.errors import DataError, OutputError
from synthem.io.content import DatasetInfo
from synthem.io.formats import Encoded, TileWriter
from synthem.io.manifest import Manifest
from synthem.io.planes import LABELS
from synthem.io.pyramid import level_shapes, levels_of
from synthem.io.size_limit import check_regular, read_bytes
from synthem.io.slabs import slabs_of
from synthem.labels import ClassTable
from synthem.tiles.stacks import Pixels
from synthem.tiles.tile import Tile
from synthem.tiles.volume import Volume

__all__ = ["encode", "finish", "open_writer", "owned_files", "read"]

FOLDER = "tiles"
IMAGE, CLASSES = "image", "classes"
LAYERS = (IMAGE, CLASSES, *LABELS)
ABOUT, PROPERTIES, SHARD = "info", "segment_properties/info", "0.shard"
NAMES = "names"
"""Of segments, in what `encode` returns."""
CHUNK, PLANE = (64, 64, 64), (1, 256, 256)
"""Most voxels of a chunk along z, y and x, of volumes and of tiles."""
IN_MEMORY = 2**22
"""Bytes of a shard that is being written which are kept in memory."""
MOST_CLASSES = 32
"""Of a table: each has a bit of a number."""
LEVEL = 1
"""Of gzip."""
HEAD = struct.Struct("<QQ")
"""First and last byte of the index of a shard, counted from here."""


def owned_files(manifest: Manifest) -> Iterator[str]:
    """Yield what is written; see `synthem.io.formats.StorageFormat`."""
    levels = range(len(level_shapes(manifest.shape)))
    for name, layer in itertools.product(manifest.names, LAYERS):
        yield from (f"{FOLDER}/{name}/{layer}/{file}" for file in (ABOUT, *(f"{level}/{SHARD}" for level in levels)))
        if layer in _NAMED:
            yield f"{FOLDER}/{name}/{layer}/{PROPERTIES}"


def encode(name: str, tile: Tile, place: int, info: DatasetInfo, *, first: int = 0) -> Encoded:
    """Return compressed chunks by layer, level and number; see `synthem.io.formats.SlabFormat`."""
    if len(info.classes) > MOST_CLASSES:
        raise OutputError(f"precomputed needs at most {MOST_CLASSES} classes, got {len(info.classes)}")
    origin = tile.origin if isinstance(tile, Volume) else (0,) * len(info.shape)
    numbers = _numbers(tile.masks)
    kinds = {item.id: item.kind for item in tile.objects}
    named = {CLASSES: _names_of(np.unique(numbers), info.classes), "instances": kinds}
    ids = (tile.instances.astype(np.uint32), tile.compartments.astype(np.uint32))
    layers: tuple[npt.NDArray[Any], ...] = (tile.image, numbers, *ids)
    shapes, depth = [_solid(one) for one in level_shapes(info.shape)], len(slabs_of("precomputed", info)[0])
    files = {}
    for layer, pixels in zip(LAYERS, layers, strict=True):
        if not first:
            files[f"{layer}/{ABOUT}"] = _json(_about(layer, pixels.dtype, info, origin, depth))
        if layer in _NAMED:
            files[f"{layer}/{NAMES}"] = _json(named[layer])
        sections = pixels.reshape(_solid(pixels.shape))
        for level, (shrunk, shape) in enumerate(zip(levels_of(sections), shapes, strict=True)):
            for number, chunk in _encoded_chunks(shrunk, shape, _chunk(info.shape, depth), first):
                files[f"{layer}/{level}/{number}"] = chunk
    return files


@contextmanager
def open_writer(folder: Path, info: DatasetInfo, *, first: int = 0) -> Iterator[TileWriter]:
    """Open a folder for tiles; see `synthem.io.formats.StorageFormat`."""
    with ExitStack() as opened:
        volume: _Volume | None = None

        def write(name: str, encoded: Encoded) -> None:
            nonlocal volume
            if volume is None or volume.folder.name != name:
                if volume is not None:
                    volume.finish()
                    opened.close()
                volume = _Volume(folder / FOLDER / name, opened)
            volume.add(encoded)

        yield write
        if volume is not None:
            volume.finish()


class _Volume:
    """A volume that is being written: chunks come slab by slab, and lie in the order of their numbers in the end."""

    def __init__(self, folder: Path, opened: ExitStack) -> None:
        self.folder, self._opened = folder, opened
        self._shards: dict[str, _Shard] = {}
        self._names: dict[str, dict[str, str]] = {}
        folder.mkdir(parents=True)

    def add(self, encoded: Encoded) -> None:
        for path, content in encoded.items():
            layer, _, rest = path.partition("/")
            if rest == NAMES:
                self._names.setdefault(layer, {}).update(json.loads(content))
            elif rest == ABOUT:
                (self.folder / layer).mkdir()
                (self.folder / layer / ABOUT).write_bytes(content)
            else:
                shard, _, number = path.rpartition("/")
                if shard not in self._shards:
                    file = tempfile.SpooledTemporaryFile(IN_MEMORY, dir=str(self.folder))  # noqa: SIM115 - by the stack
                    self._shards[shard] = _Shard(self._opened.enter_context(file))
                self._shards[shard].add(int(number), content)

    def finish(self) -> None:
        for name, shard in self._shards.items():
            (self.folder / name).mkdir()
            shard.finish(self.folder / name / SHARD)
        for layer, names in self._names.items():
            path = self.folder / layer / PROPERTIES
            path.parent.mkdir()
            path.write_bytes(_json(_properties(dict(sorted(names.items(), key=lambda one: int(one[0]))))))


class _Shard:
    """A shard that is being written; long ones in a file without a name."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._chunks: list[tuple[int, int, int]] = []

    def add(self, number: int, content: bytes) -> None:
        self._chunks.append((number, self._file.tell(), len(content)))
        self._file.write(content)

    def finish(self, path: Path) -> None:
        chunks = sorted(self._chunks)
        numbers = np.diff([number for number, _, _ in chunks], prepend=0)
        sizes = [size for _, _, size in chunks]
        index = np.array([numbers, np.zeros(len(chunks)), sizes], "<u8").tobytes()
        with path.open("wb") as file:
            file.write(HEAD.pack(sum(sizes), sum(sizes) + len(index)))
            for _, start, size in chunks:
                self._file.seek(start)
                file.write(self._file.read(size))
            file.write(index)
        self._file.close()


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


def _chunk(shape: tuple[int, ...], depth: int) -> tuple[int, int, int]:
    """Return the voxels of a chunk; a slab has a whole number of chunks."""
    return (min(CHUNK[0], depth), *CHUNK[1:]) if len(shape) == 3 else PLANE


def _about(layer: str, dtype: np.dtype[Any], info: DatasetInfo, origin: tuple[int, ...], depth: int) -> dict[str, Any]:
    """Return the description of a layer; where the size of a voxel is not known it is 1 nm."""
    spacing = info.spacing_nm or (1.0,) * len(info.shape)
    spacing = (spacing[-1],) * (3 - len(spacing)) + tuple(spacing)
    start = (0,) * (3 - len(origin)) + tuple(origin)
    sharding = {
        "@type": "neuroglancer_uint64_sharded_v1",
        "preshift_bits": 0,
        "hash": "identity",
        "minishard_bits": 0,
        "shard_bits": 0,
        "minishard_index_encoding": "raw",
        "data_encoding": "gzip",
    }
    scales = []
    for level, shape in enumerate(level_shapes(info.shape)):
        factors = (1, 2**level, 2**level)
        scale = {
            "key": str(level),
            "size": _solid(shape)[::-1],
            "resolution": [nm * factor for nm, factor in zip(spacing, factors, strict=True)][::-1],
            "voxel_offset": [at // factor for at, factor in zip(start, factors, strict=True)][::-1],
            "chunk_sizes": [_chunk(info.shape, depth)[::-1]],
            "encoding": "raw",
            "sharding": sharding,
        }
        scales.append(scale)
    return {
        "@type": "neuroglancer_multiscale_volume",
        "type": "image" if layer == IMAGE else "segmentation",
        "data_type": dtype.name,
        "num_channels": 1,
        "scales": scales,
        **({"segment_properties": PROPERTIES.partition("/")[0]} if layer in _NAMED else {}),
    }


def _json(value: Mapping[Any, Any]) -> bytes:
    return (json.dumps(value, indent=1) + "\n").encode()


def _properties(names: Mapping[str, str]) -> dict[str, Any]:
    values = {"id": "label", "type": "label", "values": list(names.values())}
    inline = {"ids": list(names), "properties": [values]}
    return {"@type": "neuroglancer_segment_properties", "inline": inline}


def _numbers(masks: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint32]:
    """Return one number per voxel: class k counts 2**k."""
    numbers = np.zeros(masks.shape[1:], np.uint32)
    for channel, mask in enumerate(masks):
        numbers |= mask.astype(np.uint32) << np.uint32(channel)
    return numbers


def _names_of(numbers: npt.NDArray[np.uint32], classes: ClassTable) -> Mapping[int, str]:
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


def _encoded_chunks(
    sections: npt.NDArray[Any], shape: tuple[int, ...], chunk: tuple[int, ...], first: int
) -> Iterator[tuple[int, bytes]]:
    """Yield numbers and contents of the chunks of some sections, from `first` on, of a layer of some shape."""
    little = sections.dtype.newbyteorder("<")
    for number, (z, *window) in _windows(shape, chunk):
        if first <= z.start < first + len(sections):
            part = sections[(slice(z.start - first, z.stop - first), *window)]
            yield number, _packed(np.ascontiguousarray(part, little).tobytes())


def _packed(content: bytes) -> bytes:
    file = io.BytesIO()
    with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=LEVEL, mtime=0) as packed:
        packed.write(content)
    return file.getvalue()


def _layer(path: Path, layer: str, shape: tuple[int, ...]) -> npt.NDArray[Any]:
    """Read the first level of a layer; a missing chunk is not taken for background."""
    dtype = np.dtype(np.uint8 if layer == IMAGE else np.uint32)
    size = list(_solid(shape)[::-1])
    try:
        found = json.loads(read_bytes(path / ABOUT))
        scale = found["scales"][0]
        if scale["size"] != size:
            raise DataError(f"{path / ABOUT} must be of {size} voxels as written, got {scale['size']}")
        ((x, y, z),) = scale["chunk_sizes"]
        most = CHUNK if len(shape) == 3 else PLANE
        if not all(type(one) is int and 1 <= one <= side for one, side in zip((z, y, x), most, strict=True)):
            raise DataError(f"`chunk_sizes` in {path / ABOUT} must be from 1 to {most[::-1]}, got {(x, y, z)}")
        if found["data_type"] != dtype.name or scale["key"] != "0":
            required = f"`data_type` {dtype.name} and `key` 0"
            raise DataError(f"{path / ABOUT} must have {required}, got {found['data_type']!r} and {scale['key']!r}")
        check_regular(path / "0" / SHARD)
        return _unpacked((path / "0" / SHARD).read_bytes(), dtype, _solid(shape), (z, y, x)).reshape(shape)
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
