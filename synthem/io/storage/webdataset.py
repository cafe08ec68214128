"""The format "webdataset": tar files of samples, each a PNG per plane and a JSON text; the same bytes each time."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from itertools import chain, groupby
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import webdataset

from synthem.errors import DataError
from synthem.io.content import DatasetInfo
from synthem.io.formats import Encoded, TileWriter
from synthem.io.images import encode_png
from synthem.io.manifest import Manifest
from synthem.io.masks import read_plane
from synthem.io.planes import IMAGES, plane_names, plane_types, tile_planes
from synthem.io.size_limit import check_regular
from synthem.io.tile_files import shared_files, write_shared
from synthem.labels import ClassTable
from synthem.tiles.stacks import Pixels
from synthem.tiles.tile import Tile

__all__ = ["encode", "finish", "open_writer", "owned_files", "read"]

USER = "synthem"


def owned_files(manifest: Manifest) -> list[str]:
    """Return what is written; see `synthem.io.formats.StorageFormat`."""
    return shared_files("tiles", ".tar", len(manifest.names), manifest.tiles_per_file)


def encode(name: str, tile: Tile, place: int, info: DatasetInfo) -> Encoded:
    """Return the files of a sample by their endings; see `synthem.io.formats.StorageFormat`."""
    endings = _endings(info.classes)
    files = {endings[plane]: encode_png(f"{plane} of {name}", pixels) for plane, pixels in tile_planes(tile)}
    known = {"name": name, "index": tile.index, "seed": tile.seed, "pixel_size_nm": tile.pixel_size_nm}
    return {**files, "json": json.dumps(known).encode()}


def open_writer(folder: Path, info: DatasetInfo, *, first: int = 0) -> AbstractContextManager[TileWriter]:
    """Open a folder for tiles; see `synthem.io.formats.StorageFormat`."""

    @contextmanager
    def opened(number: int, tiles: int) -> Iterator[TileWriter]:
        path = folder / shared_files("tiles", ".tar", info.n, info.tiles_per_file)[number]
        with path.open("wb") as file, webdataset.TarWriter(file, user=USER, group=USER, encoder=False, mtime=0) as tar:
            yield lambda name, encoded: tar.write({"__key__": _key(name), **encoded})

    return write_shared(opened, info, first)


def finish(folder: Path, names: Sequence[str], info: DatasetInfo) -> None:
    """Write nothing: all that is known of the tiles is in their samples."""


def read(folder: Path, manifest: Manifest) -> Iterator[Pixels]:
    """Yield the pixels of the tiles; see `synthem.io.formats.StorageFormat`."""
    types, endings = plane_types(manifest.table), _endings(manifest.table)
    samples = chain.from_iterable(_samples(folder / path) for path in owned_files(manifest))
    for name in manifest.names:
        path, sample = next(samples, (folder, {}))
        found = unquote(sample.get("__key__", "")) or "none"
        if found != name:
            raise DataError(f"{path} must hold the sample {name!r}, got {found!r}")
        planes = []
        for plane, dtype in types:
            if endings[plane] not in sample:
                raise DataError(f"{path} must hold {endings[plane]} of {name}, got none")
            planes.append(read_plane(path / f"{name}.{endings[plane]}", dtype, manifest.shape, sample[endings[plane]]))
        yield Pixels.of_planes(planes)


def _samples(path: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield the samples of a tar file: neighbouring files of one key, by their endings. Nothing is unpacked to disk."""
    check_regular(path)
    try:
        with tarfile.open(path, "r:") as tar:
            for key, members in groupby(tar, lambda member: member.name.partition(".")[0]):
                yield path, {"__key__": key, **{one.name.partition(".")[2]: _content(tar, one) for one in members}}
    except Exception as error:
        raise DataError(f"{path} cannot be read as a tar file of samples: {error}") from error


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    """Return the content of a file in a tar; a link leads elsewhere, and a sparse file may claim any size."""
    file = tar.extractfile(member) if member.isreg() and not member.issparse() else None
    if file is None:
        raise ValueError(f"{member.name!r} is no plain file")
    return file.read()


def _key(name: str) -> str:
    """Return the key of a sample: it ends at the first dot, so a name must hold none."""
    return name.replace("%", "%25").replace(".", "%2E")


def _endings(classes: ClassTable) -> dict[str, str]:
    """Return the ending of the file of each plane: names of classes have no spaces."""
    named = {IMAGES: "image"} | {one.folder: one.name for one in classes}
    return {plane: f"{named.get(plane, plane)}.png" for plane in plane_names(classes)}
