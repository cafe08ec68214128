"""The format "hdf5": arrays ``raw`` and ``labels/...`` along z, y and x, as torch-em and BiaPy read them.

Tiles are the sections of one file, at most `DatasetInfo.tiles_per_file` of them; a volume has a file to itself.
"""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt

from synthem.errors import DataError
from synthem.io.content import DatasetInfo
from synthem.io.formats import Encoded, TileWriter
from synthem.io.manifest import Manifest
from synthem.io.planes import IMAGES, plane_names, plane_types, stored_type, tile_planes
from synthem.io.size_limit import check_regular
from synthem.io.tile_files import shared_files, write_shared
from synthem.labels import ClassTable
from synthem.tiles.stacks import Pixels
from synthem.tiles.tile import Tile

__all__ = ["Hdf5Layout", "encode", "finish", "open_writer", "owned_files", "read"]

LEVEL = 1
"""Of gzip; higher ones take ten times as long."""

ERRNO = re.compile(r"errno = (\d+)")
AXES = "zyx"


@dataclass(frozen=True)
class Hdf5Layout:
    """Where planes lie, and with it a `synthem.io.formats.StorageFormat`.

    Parameters
    ----------
    place : callable
        From the name of a plane and the classes to the stem of its file and the path of its array.
    """

    place: Callable[[str, ClassTable], tuple[str, str]]

    def owned_files(self, manifest: Manifest) -> Iterator[str]:
        """Yield what is written; see `synthem.io.formats.StorageFormat`."""
        for stem in self._stems(manifest.table):
            yield from _files(stem, manifest.names, manifest.info())

    def encode(self, name: str, tile: Tile, place: int, info: DatasetInfo, *, first: int = 0) -> Encoded:
        """Return compressed chunks by plane; see `synthem.io.formats.SlabFormat`."""
        chunks = {}
        for plane, pixels in tile_planes(tile):
            for z, section in enumerate(pixels.reshape(-1, *pixels.shape[-2:])):
                little = np.ascontiguousarray(section, section.dtype.newbyteorder("<"))
                chunks[f"{plane}/{z}"] = zlib.compress(little.tobytes(), LEVEL)
        return chunks

    def open_writer(self, folder: Path, info: DatasetInfo, *, first: int = 0) -> AbstractContextManager[TileWriter]:
        """Open a folder for tiles; see `synthem.io.formats.StorageFormat`."""
        if len(info.shape) == len(AXES):
            return self._write_volumes(folder, info)

        def opened(number: int, tiles: int) -> AbstractContextManager[TileWriter]:
            paths = {s: shared_files(s, ".h5", info.n, info.tiles_per_file)[number] for s in self._stems(info.classes)}
            return self._opened({stem: folder / path for stem, path in paths.items()}, (tiles, *info.shape), info)

        return write_shared(opened, info, first)

    def finish(self, folder: Path, names: Sequence[str], info: DatasetInfo) -> None:
        """Write nothing: all that is known of the tiles is in their files."""

    def read(self, folder: Path, manifest: Manifest) -> Iterator[Pixels]:
        """Yield the pixels of the tiles; see `synthem.io.formats.StorageFormat`."""
        info, volumes = manifest.info(), len(manifest.shape) == len(AXES)
        files = {stem: _files(stem, manifest.names, info) for stem in self._stems(manifest.table)}
        for number in range(len(next(iter(files.values())))):
            tiles = min(info.tiles_per_file, info.n - number * info.tiles_per_file)
            shape = info.shape if volumes else (tiles, *info.shape)
            with ExitStack() as opened:
                arrays = []
                for plane, dtype in plane_types(manifest.table):
                    stem, path = self.place(plane, manifest.table)
                    arrays.append(_array(opened, folder / files[stem][number], path, stored_type(dtype), shape))
                for place in range(1 if volumes else tiles):
                    index = () if volumes else place
                    planes = [_content(array, index, name) for array, name in arrays]
                    kinds = [dtype for _, dtype in plane_types(manifest.table)]
                    yield Pixels.of_planes([p.astype(kind) for p, kind in zip(planes, kinds, strict=True)])

    def _stems(self, classes: ClassTable) -> list[str]:
        return list(dict.fromkeys(self.place(plane, classes)[0] for plane in plane_names(classes)))

    @contextmanager
    def _write_volumes(self, folder: Path, info: DatasetInfo) -> Iterator[TileWriter]:
        with ExitStack() as stack:
            open_one, put = "", None

            def write(name: str, encoded: Encoded) -> None:
                nonlocal open_one, put
                if put is None or name != open_one:
                    stack.close()
                    paths = {stem: folder / f"{stem}/{name}.h5" for stem in self._stems(info.classes)}
                    for path in paths.values():
                        path.parent.mkdir(exist_ok=True)
                    open_one, put = name, stack.enter_context(self._opened(paths, info.shape, info))
                put(name, encoded)

            yield write

    @contextmanager
    def _opened(self, paths: dict[str, Path], shape: tuple[int, ...], info: DatasetInfo) -> Iterator[TileWriter]:
        """Open the files of the stems, with arrays of a shape that are filled chunk by chunk."""
        with _as_os_errors(), ExitStack() as stack:
            files = {stem: stack.enter_context(h5py.File(path, "w")) for stem, path in paths.items()}
            for file in files.values():
                file.attrs["axes"] = AXES
                if info.spacing_nm is not None:
                    file.attrs[f"spacing_nm_{info.axes}"] = info.spacing_nm
            arrays = {}
            for plane, dtype in plane_types(info.classes):
                stem, path = self.place(plane, info.classes)
                kind = stored_type(dtype).newbyteorder("<")
                chunk = (1, *shape[-2:])
                arrays[plane] = files[stem].create_dataset(
                    path, shape=shape, dtype=kind, chunks=chunk, compression="gzip", compression_opts=LEVEL
                )
            z = iter(range(shape[0]))

            def write(name: str, encoded: Encoded) -> None:
                sections = len(encoded) // len(arrays)
                for section, place in enumerate(next(z) for _ in range(sections)):
                    for plane, array in arrays.items():
                        array.id.write_direct_chunk((place, 0, 0), encoded[f"{plane}/{section}"])

            yield write


def _files(stem: str, names: Sequence[str], info: DatasetInfo) -> list[str]:
    if len(info.shape) == len(AXES):
        return [f"{stem}/{name}.h5" for name in names]
    return shared_files(stem, ".h5", info.n, info.tiles_per_file)


def _array(
    opened: ExitStack, path: Path, name: str, dtype: np.dtype[Any], shape: tuple[int, ...]
) -> tuple[h5py.Dataset, str]:
    """Open a file and return an array of it with its name for errors."""
    check_regular(path)
    try:
        array = opened.enter_context(h5py.File(path, "r"))[name]
        found = f"{array.dtype} {array.shape}"
    except Exception as error:
        raise DataError(f"{path} cannot be read as HDF5 with an array {name!r}: {error}") from error
    if found != f"{dtype} {tuple(shape)}":
        raise DataError(f"`{name}` in {path} must be {dtype} {tuple(shape)}, got {found}")
    return array, f"`{name}` in {path}"


def _content(array: h5py.Dataset, index: object, name: str) -> npt.NDArray[Any]:
    try:
        content: npt.NDArray[Any] = array[index]
    except Exception as error:
        raise DataError(f"{name} cannot be read: {error}") from error
    return content


@contextmanager
def _as_os_errors() -> Iterator[None]:
    """Say as the system does what HDF5 says of a full disk, on many lines or when a file is closed."""
    try:
        yield
    except (OSError, RuntimeError) as error:
        number = ERRNO.search(str(error))
        if number is None:
            raise
        raise OSError(int(number[1]), os.strerror(int(number[1]))) from error


def _raw_and_labels(plane: str, classes: ClassTable) -> tuple[str, str]:
    named = {one.folder: one.name for one in classes}
    return "tiles", "raw" if plane == IMAGES else f"labels/{named.get(plane, plane)}"


_LAYOUT = Hdf5Layout(_raw_and_labels)
owned_files, encode, open_writer, finish, read = (
    _LAYOUT.owned_files,
    _LAYOUT.encode,
    _LAYOUT.open_writer,
    _LAYOUT.finish,
    _LAYOUT.read,
)
