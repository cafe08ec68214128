"""PNG and JPEG files, read by Pillow."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from synthem.errors import DataError
from synthem.io.decoded import Decoded, oriented
from synthem.io.size_limit import check_pixel_count

__all__ = ["decode_jpeg", "decode_png"]

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
JPEG_SIGNATURE = b"\xff\xd8\xff"
ORIENTATION = 274
STEPS = {2: 85, 4: 17}
_COLOUR_TYPES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_HEADER = struct.Struct(">II2B")
_HEADER_AT = 16


def decode_png(path: Path, data: bytes) -> Decoded:
    """Decode the content of a PNG file.

    Raises
    ------
    DataError
        If it is something else, damaged, truncated, animated, or has 16 bits and more than one channel.
    """
    from PIL.PngImagePlugin import PngImageFile  # Image.open would refuse large slices

    _check_png(path, data)
    width, height, depth, colour_type = _HEADER.unpack_from(data, _HEADER_AT)
    check_pixel_count(path, height, width)
    if depth == 16 and colour_type != 0:
        channels = _COLOUR_TYPES.get(colour_type, 0)
        raise DataError(f"{path} must be a grey image of one channel, got {channels} channels of 16 bits")
    try:
        with PngImageFile(io.BytesIO(data)) as file:
            frames = getattr(file, "n_frames", 1)
            file.load()
            picture = _picture(file, STEPS.get(depth, 1) if colour_type == 0 else 1)
    except Exception as error:
        raise DataError(f"{path} cannot be decoded: {error}") from error
    if frames != 1:
        raise DataError(f"{path} must hold a single image, got {frames}")
    return picture


def decode_jpeg(path: Path, data: bytes) -> Decoded:
    """Decode the content of a JPEG file.

    Raises
    ------
    DataError
        If it is something else, damaged or truncated.
    """
    from dataclasses import replace

    from PIL.JpegImagePlugin import JpegImageFile

    if not data.startswith(JPEG_SIGNATURE):
        raise DataError(f"{path} must be a JPEG file, but its content is something else")
    try:
        with JpegImageFile(io.BytesIO(data)) as file:
            check_pixel_count(path, file.height, file.width)
            file.load()
            return replace(_picture(file, 1), lossy=True)
    except DataError:
        raise
    except Exception as error:
        raise DataError(f"{path} cannot be decoded: {error}") from error


def _picture(file: Any, step: int) -> Decoded:
    alpha: npt.NDArray[Any] | None = None
    index: npt.NDArray[np.uint8] | None = None
    if "transparency" in file.info:
        alpha = np.asarray(file.convert("RGBA").getchannel("A"))
    elif file.mode in ("LA", "RGBA"):
        alpha = np.asarray(file.getchannel("A"))
    if file.mode == "P":
        index, file = np.array(file), file.convert("RGB")
    elif file.mode == "1":
        file = file.convert("L")
    elif file.mode in ("LA", "RGBA"):
        file = file.getchannel("L") if file.mode == "LA" else file
    bands = [np.array(file)] if len(file.getbands()) == 1 else [np.array(one) for one in file.split()[:3]]
    if bands[0].dtype == np.int32:  # 16 bits, as older versions give them
        bands = [bands[0].astype(np.uint16)]
    picture = Decoded(bands=tuple(bands), alpha=alpha, index=index, step=step)
    return oriented(picture, int(file.getexif().get(ORIENTATION, 1)) if file.info.get("exif") else 1)


def _check_png(path: Path, data: bytes) -> None:
    """Walk through the chunks, because decoders return half a picture for a truncated file."""
    if not data.startswith(PNG_SIGNATURE):
        raise DataError(f"{path} must be a PNG file, but its content is something else")
    position, kind = len(PNG_SIGNATURE), b""
    while kind != b"IEND":
        if position + 12 > len(data):
            raise DataError(f"{path} is truncated")
        length, kind = struct.unpack_from(">I4s", data, position)
        end = position + 12 + length
        if end > len(data):
            raise DataError(f"{path} is truncated")
        if zlib.crc32(data[position + 4 : end - 4]) != int.from_bytes(data[end - 4 : end], "big"):
            raise DataError(f"{path} is damaged: the checksum of its {kind!r} part does not match")
        position = end
