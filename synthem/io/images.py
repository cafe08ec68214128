"""Single image files: strict reading, lossless writing."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from synthem.errors import DataError, OutputError

__all__ = ["IMAGE_SUFFIXES", "MASK_THRESHOLD", "read_grey", "read_labels", "read_plane", "write_png"]

IMAGE_SUFFIXES = (".png", ".tif", ".tiff")
"""Endings of the lossless formats that are read, in lower case."""

MASK_THRESHOLD = 127
"""Masks are true above this grey level."""

LARGEST_LABEL = np.iinfo(np.uint16).max

# Found by trial to be the fastest within 15 % of the smallest size: noise and masks gain from run lengths, labels of
# 16 bits need matches, and no filter pays for its time.
_PNG_STRATEGY = {
    np.dtype(np.uint8): cv2.IMWRITE_PNG_STRATEGY_RLE,
    np.dtype(np.uint16): cv2.IMWRITE_PNG_STRATEGY_DEFAULT,
}
_TIFF_COMPRESSIONS = (1, 8, 32946)  # none and two codes of zlib, which need no further package
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def read_grey(path: Path) -> npt.NDArray[np.uint8]:
    """Read an 8-bit grey image; an alpha channel is ignored, equal colour channels count as grey.

    Parameters
    ----------
    path : Path
        PNG or TIFF file.

    Returns
    -------
    (H, W) uint8 array

    Raises
    ------
    DataError
        If the file is missing, damaged, not a single image, not 8-bit or not grey.
    """
    pixels = _decoded(path)
    if pixels.dtype != np.uint8:
        raise DataError(f"{path} must be an 8-bit image, got {pixels.dtype}")
    if pixels.ndim == 2:
        return pixels
    grey = pixels[..., 0]
    colours = 3 if pixels.shape[2] >= 3 else 1
    if any(not np.array_equal(grey, pixels[..., channel]) for channel in range(1, colours)):
        raise DataError(f"{path} must be a grey image, got one with different colour channels")
    return np.ascontiguousarray(grey)


def read_labels(path: Path) -> npt.NDArray[np.int32]:
    """Read an 8- or 16-bit label image, as `write_png` writes them.

    Parameters
    ----------
    path : Path
        PNG or TIFF file.

    Returns
    -------
    (H, W) int32 array

    Raises
    ------
    DataError
        If the file is missing, damaged or not a single grey image of 8 or 16 bits.
    """
    pixels = _decoded(path)
    if pixels.dtype not in (np.uint8, np.uint16) or pixels.ndim != 2:
        raise DataError(f"{path} must be a grey image of 8 or 16 bits, got {pixels.dtype} {pixels.shape}")
    return pixels.astype(np.int32)


def read_plane(path: Path, dtype: np.dtype[Any], shape: tuple[int, ...]) -> npt.NDArray[Any]:
    """Read an image, a mask or labels of a known size.

    Parameters
    ----------
    path : Path
        PNG or TIFF file.
    dtype : dtype
        uint8 for grey levels, bool for masks, which are true above 127, int32 for labels.
    shape : tuple of int
        Height and width in pixels.

    Returns
    -------
    (H, W) array
        Of type `dtype`, or uint8 for grey levels.

    Raises
    ------
    DataError
        As `read_grey` and `read_labels`, and if the file is of another size.
    """
    pixels = read_labels(path) if dtype == np.int32 else read_grey(path)
    if pixels.shape != tuple(shape):
        raise DataError(f"{path} must have the size {_size(shape)} of the others, got {_size(pixels.shape)}")
    return pixels > MASK_THRESHOLD if dtype == np.bool_ else pixels


def write_png(path: Path, pixels: npt.NDArray[Any]) -> None:
    """Write a grey PNG.

    Parameters
    ----------
    path : Path
        File to make.
    pixels : (H, W) array
        uint8 as it is, bool as 0 and 255, int32 labels as 16 bits.

    Raises
    ------
    OutputError
        If a label does not fit into 16 bits.
    """
    if pixels.dtype == np.bool_:
        pixels = pixels.view(np.uint8) * np.uint8(255)
    elif pixels.dtype == np.int32:
        if pixels.size and (pixels.max() > LARGEST_LABEL or pixels.min() < 0):
            raise OutputError(
                f"{path.name} needs labels from 0 to {LARGEST_LABEL} for a PNG, got {pixels.min()} to {pixels.max()}; "
                'format="tiff" has no such limit'
            )
        pixels = pixels.astype(np.uint16)
    options = (
        *(cv2.IMWRITE_PNG_COMPRESSION, 1),
        *(cv2.IMWRITE_PNG_STRATEGY, _PNG_STRATEGY[pixels.dtype]),
        *(cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_NONE),
    )
    done, encoded = cv2.imencode(".png", pixels, options)
    if not done:
        raise OutputError(f"{path} cannot be encoded as PNG")
    path.write_bytes(encoded.tobytes())


def _size(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape))


def _decoded(path: Path) -> npt.NDArray[Any]:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}") from error
    if path.suffix.lower() == ".png":
        _check_png(path, data)
        return _decoded_by_cv2(path, data)
    return _decoded_tiff(path, data)


def _decoded_by_cv2(path: Path, data: bytes) -> npt.NDArray[Any]:
    try:
        pixels: npt.NDArray[Any] | None = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        raise DataError(f"{path} cannot be decoded: {error}") from error
    if pixels is None:
        raise DataError(f"{path} cannot be decoded")
    return pixels


def _decoded_tiff(path: Path, data: bytes) -> npt.NDArray[Any]:
    import tifffile

    try:
        with tifffile.TiffFile(io.BytesIO(data)) as file:
            shape = file.series[0].shape if len(file.pages) == 1 else (len(file.pages), *file.pages[0].shape)
            if len(file.pages) != 1 or len(shape) not in (2, 3):
                raise DataError(f"{path} must hold a single image, got shape {shape}")
            if file.pages[0].compression not in _TIFF_COMPRESSIONS:
                return _decoded_by_cv2(path, data)
            pixels: npt.NDArray[Any] = file.asarray()
    except DataError:
        raise
    except Exception as error:
        raise DataError(f"{path} cannot be decoded as TIFF: {error}") from error
    return pixels


def _check_png(path: Path, data: bytes) -> None:
    """Walk through the chunks, because decoders return half a picture for a truncated file."""
    if not data.startswith(_PNG_SIGNATURE):
        raise DataError(f"{path} must be a PNG file, but its content is something else")
    position, kind = len(_PNG_SIGNATURE), b""
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
