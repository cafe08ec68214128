"""The format "tiff": OME-TIFF, one multi-page stack per plane, one page per tile, compressed without loss."""

from __future__ import annotations

import math
import uuid
import zlib
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import tifffile

from synthem.errors import DataError
from synthem.io.content import DatasetInfo
from synthem.io.formats import Encoded, TileWriter
from synthem.io.manifest import Manifest
from synthem.io.masks import MASK_THRESHOLD, mask_reading
from synthem.io.planes import plane_names, plane_types, stored_type, tile_planes
from synthem.io.size_limit import check_regular, check_tiff_chain, check_tiff_page
from synthem.io.tile_files import shared_files, write_shared
from synthem.tiles.stacks import Pixels
from synthem.tiles.tile import Tile

__all__ = ["encode", "finish", "open_writer", "owned_files", "read"]

LEVEL = 1
"""Of zlib; higher ones take ten times as long."""

LARGEST_FILE = 2**32 - 2**25
"""Bytes of pixels, before compression, above which offsets have 64 bits (BigTIFF), as tifffile has it."""

LARGEST_PIXEL = 4
NM_PER_CM = 1e7


def owned_files(manifest: Manifest) -> Iterator[str]:
    """Yield what is written; see `synthem.io.formats.StorageFormat`."""
    for plane in plane_names(manifest.table):
        yield from shared_files(plane, ".tif", len(manifest.names), manifest.tiles_per_file)


def encode(name: str, tile: Tile, place: int, info: DatasetInfo, *, first: int = 0) -> Encoded:
    """Return compressed pages by plane and section; see `synthem.io.formats.SlabFormat`."""
    pages = {}
    for plane, pixels in tile_planes(tile):
        stored = pixels.view(np.uint8) * np.uint8(255) if pixels.dtype == np.bool_ else pixels
        for z, section in enumerate(stored.reshape(-1, *stored.shape[-2:])):
            pages[f"{plane}/{z}"] = zlib.compress(section.tobytes(), LEVEL)
    return pages


def open_writer(folder: Path, info: DatasetInfo, *, first: int = 0) -> AbstractContextManager[TileWriter]:
    """Open a folder for tiles; see `synthem.io.formats.StorageFormat`."""

    @contextmanager
    def opened(number: int, tiles: int) -> Iterator[TileWriter]:
        big = tiles * math.prod(info.shape) * LARGEST_PIXEL > LARGEST_FILE
        with ExitStack() as files:
            writers = []
            for plane, dtype in plane_types(info.classes):
                path = folder / shared_files(plane, ".tif", info.n, info.tiles_per_file)[number]
                file = files.enter_context(tifffile.TiffWriter(path, bigtiff=big))
                writers.append((plane, file, _page_options(plane, stored_type(dtype), tiles, info)))

            def write(name: str, encoded: Encoded) -> None:
                for plane, file, options in writers:
                    for z in range(len(encoded) // len(writers)):
                        file.write(iter([encoded[f"{plane}/{z}"]]), **options)
                        options.pop("description", None)  # the first page tells it for all

            yield write

    return write_shared(opened, info, first)


def finish(folder: Path, names: Sequence[str], info: DatasetInfo) -> None:
    """Write nothing: all that is known of the tiles is in their files."""


def read(folder: Path, manifest: Manifest) -> Iterator[Pixels]:
    """Yield the pixels of the tiles; see `synthem.io.formats.StorageFormat`."""
    types = plane_types(manifest.table)
    n, shape, depth = len(manifest.names), manifest.shape, math.prod(manifest.shape[:-2])
    files = [shared_files(plane, ".tif", n, manifest.tiles_per_file) for plane, _ in types]
    for number, paths in enumerate(zip(*files, strict=True)):
        tiles = min(manifest.tiles_per_file, n - number * manifest.tiles_per_file)
        with ExitStack() as opened:
            stacks = []
            for path, (_, dtype) in zip(paths, types, strict=True):
                file = opened.enter_context(_opened(folder / path, (tiles * depth, *shape[-2:]), stored_type(dtype)))
                stacks.append((folder / path, file, dtype))
            for place in range(tiles):
                sections = range(place * depth, (place + 1) * depth)
                planes = [np.stack([_page(*stack, z) for z in sections]).reshape(shape) for stack in stacks]
                yield Pixels.of_planes(planes)


def _page_options(plane: str, dtype: np.dtype[Any], tiles: int, info: DatasetInfo) -> dict[str, Any]:
    """Return what tifffile needs to write encoded pages, and what the first of them tells of all."""
    height, width = info.shape[-2:]
    options: dict[str, Any] = {
        "shape": (height, width),
        "dtype": dtype,
        "rowsperstrip": height,
        "photometric": "minisblack",
        "compression": "zlib",
        "metadata": None,
        "description": _ome_xml(plane, dtype, tiles, info),
    }
    if info.spacing_nm is not None:
        rows, columns = info.spacing_nm[-2:]
        options |= {"resolution": (NM_PER_CM / columns, NM_PER_CM / rows), "resolutionunit": "CENTIMETER"}
    return options


def _ome_xml(plane: str, dtype: np.dtype[Any], tiles: int, info: DatasetInfo) -> bytes:
    """Return the description of a stack: tiles along T, sections of volumes along Z, and one channel, the plane."""
    height, width = info.shape[-2:]
    pages = (tiles * math.prod(info.shape[:-2]), 1, 1, height, width, 1)
    sizes: dict[str, Any] = {}
    for axis, spacing in zip(info.axes.upper(), info.spacing_nm or (), strict=False):
        sizes |= {f"PhysicalSize{axis}": spacing, f"PhysicalSize{axis}Unit": "nm"}
    identity = uuid.uuid5(uuid.NAMESPACE_OID, f"synthem {plane} {tiles} {info.shape}")  # no date, no chance
    xml = tifffile.OmeXml(UUID=str(identity), Creator="synthem")
    named = {"Name": plane, "Channel": {"Name": [plane]}}
    xml.addimage(dtype, (tiles, *info.shape), pages, axes=f"T{info.axes.upper()}", **sizes, **named)
    return xml.tostring(declaration=True).encode("ascii", "xmlcharrefreplace")


def _opened(path: Path, shape: tuple[int, ...], dtype: np.dtype[Any]) -> tifffile.TiffFile:
    """Open a stack, or say in what it differs from what was written."""
    check_regular(path)
    try:
        file = tifffile.TiffFile(path)
        check_tiff_chain(path, file)
        n, sizes = len(file.pages), {(page.shape, np.dtype(page.dtype)) for page in file.pages}
        inverted = any(int(getattr(page.keyframe, "photometric", 1)) == 0 for page in file.pages)
    except DataError:
        file.close()
        raise
    except Exception as error:
        raise DataError(f"{path} cannot be read as TIFF: {error}") from error
    problem = None
    if inverted:
        problem = 'be saved as "min is black", as it was written, got "min is white"'
    elif n != shape[0] or sizes != {(shape[1:], dtype)}:
        problem = f"hold {shape[0]} {dtype} pages of {shape[1:]}, got {n} of {sorted(map(str, sizes))}"
    if problem:
        file.close()
        raise DataError(f"{path} must {problem}")
    return file


def _page(path: Path, file: tifffile.TiffFile, dtype: np.dtype[Any], number: int) -> npt.NDArray[Any]:
    """Return a page; masks also if someone else saved them again."""
    try:
        check_tiff_page(path, file.pages[number])
        page = file.pages[number].asarray()
    except DataError:
        raise
    except Exception as error:
        raise DataError(f"{path} cannot be read as TIFF: {error}") from error
    if dtype != np.bool_:
        return page
    binary = np.count_nonzero(page) == np.count_nonzero(page == 255)
    return page > MASK_THRESHOLD if binary else mask_reading(path, page).mask
