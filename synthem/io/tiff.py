"""The format "tiff": one multi-page stack per plane, one page per tile, compressed without loss."""

from __future__ import annotations

import json
import math
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import tifffile

from synthem.errors import DataError
from synthem.io.content import DatasetInfo
from synthem.io.manifest import Manifest
from synthem.io.masks import MASK_THRESHOLD, mask_of
from synthem.io.planes import plane_names, stack_planes, tile_planes
from synthem.labels import ClassTable
from synthem.tiles.stacks import Stacks
from synthem.tiles.tile import Tile

__all__ = ["owned_files", "read", "write"]

COMPRESSION = "zlib"
LARGEST_FILE = 2**32 - 2**25
"""Bytes of pixels, before compression, above which offsets have 64 bits (BigTIFF), as tifffile has it."""

LARGEST_PIXEL = 4
NM_PER_CM = 1e7


def owned_files(names: Sequence[str], classes: ClassTable) -> Iterator[str]:
    """Yield what `write` makes; see `synthem.io.formats.StorageFormat`."""
    for plane in plane_names(classes):
        yield f"{plane}.tif"


def write(
    tiles: Iterable[tuple[str, Tile]], folder: Path, info: DatasetInfo
) -> Generator[tuple[str, Tile], None, None]:
    """Write tiles as they come, with the size of a pixel; see `synthem.io.formats.StorageFormat`."""
    big = info.n * math.prod(info.shape) * LARGEST_PIXEL > LARGEST_FILE
    axes: str | None = json.dumps({"shape": [info.n, *info.shape], "axes": "QYX"})
    with ExitStack() as opened:
        names = plane_names(info.classes)
        stacks = {p: opened.enter_context(tifffile.TiffWriter(folder / f"{p}.tif", bigtiff=big)) for p in names}
        for name, tile in tiles:
            for plane, pixels in tile_planes(tile):
                stacks[plane].write(
                    _page(pixels),
                    photometric="minisblack",
                    compression=COMPRESSION,
                    metadata=None,
                    description=axes,
                    **_resolution(info),
                )
            axes = None  # the first page tells it for all
            yield name, tile


def read(folder: Path, manifest: Manifest) -> Stacks:
    """Read the pixels of all tiles; see `synthem.io.formats.StorageFormat`."""
    for plane, stack in stack_planes(Stacks.empty(1, (1, 1), manifest.table), manifest.table):
        _check(folder / f"{plane}.tif", (len(manifest.names), *manifest.shape), _type_on_disk(stack))
    stacks = Stacks.empty(len(manifest.names), manifest.shape, manifest.table, name="path")
    for plane, stack in stack_planes(stacks, manifest.table):
        path = folder / f"{plane}.tif"
        pixels = _read(path).reshape(stack.shape)
        if stack.dtype != np.bool_:
            stack[:] = pixels
        else:  # as `write` makes them, or as someone else saved them again
            for place, page in enumerate(pixels):
                binary = np.count_nonzero(page) == np.count_nonzero(page == 255)
                stack[place] = page > MASK_THRESHOLD if binary else mask_of(path, page)
    return stacks


def _page(pixels: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return pixels.view(np.uint8) * np.uint8(255) if pixels.dtype == np.bool_ else pixels


def _type_on_disk(stack: npt.NDArray[Any]) -> np.dtype[Any]:
    return np.dtype(np.uint8) if stack.dtype == np.bool_ else stack.dtype


def _resolution(info: DatasetInfo) -> dict[str, Any]:
    """Return pixels per cm along columns and rows, as the tags of the format want it."""
    if info.spacing_nm is None:
        return {}
    rows, columns = info.spacing_nm[-2:]
    return {"resolution": (NM_PER_CM / columns, NM_PER_CM / rows), "resolutionunit": "CENTIMETER"}


def _check(path: Path, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
    try:
        with tifffile.TiffFile(path) as file:
            n, sizes = len(file.pages), {(page.shape, np.dtype(page.dtype)) for page in file.pages}
            inverted = any(int(getattr(page.keyframe, "photometric", 1)) == 0 for page in file.pages)
    except Exception as error:
        raise DataError(f"{path} cannot be read as TIFF: {error}") from error
    if inverted:
        raise DataError(f'{path} must be saved as "min is black", as it was written, got "min is white"')
    if n != shape[0] or sizes != {(shape[1:], dtype)}:
        raise DataError(
            f"{path} must hold {shape[0]} {dtype} pages of {shape[1:]}, got {n} of {sorted(map(str, sizes))}"
        )


def _read(path: Path) -> npt.NDArray[Any]:
    try:
        pixels: npt.NDArray[Any] = tifffile.imread(path)
    except Exception as error:
        raise DataError(f"{path} cannot be read as TIFF: {error}") from error
    return pixels
