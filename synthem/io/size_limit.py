"""How large a picture may be that is read: what asks for more is refused before memory is taken for it."""

from __future__ import annotations

import math
import os
import stat
import struct
from pathlib import Path
from typing import Any, Final

from synthem.errors import ConfigError, DataError

__all__ = [
    "MAX_PIXELS",
    "check_pixel_count",
    "check_regular",
    "check_tiff_chain",
    "check_tiff_page",
    "max_pixels",
    "read_bytes",
]

MAX_PIXELS: Final = "SYNTHEM_MAX_PIXELS"
"""Environment variable with the most pixels of a picture."""

USUAL: Final = 2**28
"""Without that variable: 16384 x 16384."""

INFLATED: Final = {8: 1032, 32946: 1032, 34925: 7000}
"""Codes of compressions without a limit of their own in tifffile (deflate and LZMA), with the most that a byte can
become."""

HARMLESS: Final = 2**28
"""Bytes to which a segment may grow unseen."""

PIECE: Final = 2**16


def max_pixels() -> int:
    """Return the most pixels that a picture may have.

    Raises
    ------
    ConfigError
        If the environment variable is no whole number from 1.
    """
    text = os.environ.get(MAX_PIXELS, str(USUAL))
    if not text.isascii() or not text.isdigit() or len(text) > 18 or int(text) < 1:
        raise ConfigError(f"`{MAX_PIXELS}` must be a whole number of pixels from 1, got {text!r}")
    return int(text)


def check_pixel_count(place: object, *sizes: int) -> None:
    """Raise a `DataError` if a picture has too many pixels to be read.

    Parameters
    ----------
    place : object
        The file, or an array in it, for the error.
    *sizes : int
        What its header says of its height, width and so on.
    """
    most = max_pixels()
    if math.prod(sizes) > most:
        size = "x".join(map(str, sizes))
        raise DataError(f"{place} must have at most {most} pixels ({MAX_PIXELS} allows more), got {size}")


def check_regular(path: Path) -> None:
    """Raise a `DataError` if a path is no file: a pipe or a device may never end."""
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        return  # what is wrong with it is said when it is opened
    if not stat.S_ISREG(mode):
        raise DataError(f"{path} cannot be read: it is no file")


def read_bytes(path: Path) -> bytes:
    """Return the content of a file.

    Raises
    ------
    DataError
        If it cannot be read or is no file.
    """
    check_regular(path)
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}") from error


def check_tiff_chain(place: object, file: Any) -> None:
    """Raise a `DataError` if the pages of a file of tifffile lead back to one another: to list them would never end."""
    handle, form = file.filehandle, file.tiff
    offset, seen = int(file.pages.first.offset), set()
    while 0 < offset < handle.size:
        if offset in seen:
            raise DataError(f"{place} cannot be decoded: its pages lead back to the one at byte {offset}")
        seen.add(offset)
        try:
            handle.seek(offset)
            entries = int(struct.unpack(form.tagnoformat, handle.read(form.tagnosize))[0])
            handle.seek(offset + form.tagnosize + entries * form.tagsize)
            offset = int(struct.unpack(form.offsetformat, handle.read(form.offsetsize))[0])
        except (struct.error, OSError, OverflowError):
            return  # tifffile lists what comes before


def check_tiff_page(place: object, page: Any) -> None:
    """Raise a `DataError` if a page of tifffile has too many pixels, or compressed data that go on beyond them."""
    key = page.keyframe
    sizes = [(key.imagelength, key.tilelength), (key.imagewidth, key.tilewidth), (key.imagedepth, key.tiledepth)]
    rows, columns, depth = (max(int(size or 1) for size in both) for both in sizes)
    check_pixel_count(place, rows, columns, depth)
    ratio = INFLATED.get(int(key.compression))
    if ratio is None or _has_imagecodecs():
        return
    most = rows * columns * depth * int(key.samplesperpixel) * max(1, int(key.bitspersample) // 8)
    for offset, count in zip(page.dataoffsets, page.databytecounts, strict=True):
        if count * ratio > max(HARMLESS, most):
            file = page.parent.filehandle
            file.seek(offset)
            if _grows_beyond(file.read(count), most, lzma=ratio != INFLATED[8]):
                raise DataError(f"{place} cannot be decoded: its compressed data go on beyond its pixels")


def _has_imagecodecs() -> bool:
    """Return whether tifffile decodes by imagecodecs, which stops where the pixels end."""
    try:
        import imagecodecs  # noqa: F401
    except ImportError:
        return False
    return True


def _grows_beyond(segment: bytes, most: int, *, lzma: bool) -> bool:
    """Return whether a segment has more than so many bytes, in the memory of a piece."""
    import lzma as lzma_module
    import zlib

    found = 0
    if lzma:
        unpacked = lzma_module.LZMADecompressor()
        while found <= most and not unpacked.eof and (piece := unpacked.decompress(segment, PIECE)):
            found, segment = found + len(piece), b""
        return found > most
    inflated = zlib.decompressobj()
    while found <= most and not inflated.eof and (piece := inflated.decompress(segment, PIECE)):
        found, segment = found + len(piece), inflated.unconsumed_tail
    return found > most
