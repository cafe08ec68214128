"""Single image files: strict reading, lossless writing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from synthem.errors import DataError, OutputError
from synthem.io.decoded import Decoded
from synthem.io.size_limit import read_bytes

__all__ = [
    "IMAGE_SUFFIXES",
    "check_grey",
    "decode",
    "encode_png",
    "grey_levels",
    "read_grey",
    "read_labels",
    "size_text",
]

IMAGE_SUFFIXES = (".png", ".tif", ".tiff", ".jpg", ".jpeg")
"""Endings of the files that are read, in lower case."""

LARGEST_LABEL = np.iinfo(np.uint16).max

# Found by trial to be the fastest within 15 % of the smallest size: noise and masks gain from run lengths, labels of
# 16 bits need matches, and no filter pays for its time.
_PNG_STRATEGY = {
    np.dtype(np.uint8): cv2.IMWRITE_PNG_STRATEGY_RLE,
    np.dtype(np.uint16): cv2.IMWRITE_PNG_STRATEGY_DEFAULT,
}


def decode(path: Path, data: bytes | None = None) -> Decoded:
    """Decode a PNG, TIFF or JPEG file by its ending.

    Parameters
    ----------
    path : Path
        The file.
    data : bytes, optional
        What it holds, if it is a file within another one.

    Returns
    -------
    Decoded
        The samples, upright, as the tags of the file mean them.

    Raises
    ------
    DataError
        If the file is missing, damaged, something else than its ending says, not a single image, or has no pixels or
        more than `synthem.io.size_limit` allows.
    MissingExtraError
        If the compression of a TIFF needs a package that is not installed.
    """
    data = read_bytes(path) if data is None else data
    if path.suffix.lower() in (".tif", ".tiff"):
        from synthem.io.tiff_page import decode_tiff as decoder
    elif path.suffix.lower() == ".png":
        from synthem.io.png_jpeg import decode_png as decoder
    else:
        from synthem.io.png_jpeg import decode_jpeg as decoder
    picture = decoder(path, data)
    if 0 in picture.shape:
        raise DataError(f"{path} must have pixels, got a picture of {size_text(picture.shape)}")
    return picture


def grey_levels(path: Path, picture: Decoded) -> npt.NDArray[np.uint8]:
    """Return the grey levels of a picture, without its opacity.

    Parameters
    ----------
    path : Path
        Where it came from, for errors.
    picture : Decoded
        From `decode`.

    Returns
    -------
    (H, W) uint8 array

    Raises
    ------
    DataError
        If it is not 8-bit or not grey; it says what to do.
    """
    check_grey(path, picture.bands[0])
    grey = picture.grey()
    if grey is None:
        raise DataError(
            f"{path} must be a grey image, got one with {len(picture.bands)} different colour channels; convert it to "
            "grey, or save the one channel that is electron microscopy"
        )
    levels: npt.NDArray[np.uint8] = grey
    return levels


def check_grey(path: Path, levels: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """Return grey levels if they have 8 bits, or raise a `DataError` that says what to do."""
    if levels.dtype != np.uint8:
        low, high = (level.item() for level in (levels.min(), levels.max()))
        raise DataError(
            f"{path} must be an 8-bit image, got {levels.dtype} from {low:g} to {high:g}; convert it, with the same "
            "limits for all slices: np.clip((image - low) * (255 / (high - low)), 0, 255).astype(np.uint8)"
        )
    return levels


def read_grey(path: Path, data: bytes | None = None) -> npt.NDArray[np.uint8]:
    """Read an 8-bit grey image; an alpha channel is ignored, equal colour channels count as grey.

    Parameters
    ----------
    path : Path
        PNG, TIFF or JPEG file.
    data : bytes, optional
        As in `decode`.

    Returns
    -------
    (H, W) uint8 array

    Raises
    ------
    DataError
        If the file is missing, damaged, not a single image, not 8-bit or not grey.
    """
    return grey_levels(path, decode(path, data))


def read_labels(path: Path, data: bytes | None = None) -> npt.NDArray[np.int32]:
    """Read an 8- or 16-bit label image, as `encode_png` makes them.

    Parameters
    ----------
    path : Path
        PNG or TIFF file.
    data : bytes, optional
        As in `decode`.

    Returns
    -------
    (H, W) int32 array

    Raises
    ------
    DataError
        If the file is missing, damaged or not a single grey image of 8 or 16 bits.
    """
    picture = decode(path, data)
    if picture.dtype not in (np.uint8, np.uint16) or len(picture.bands) > 1 or picture.alpha is not None:
        channels = len(picture.bands) + (picture.alpha is not None)
        raise DataError(
            f"{path} must be a grey image of 8 or 16 bits, got {picture.dtype} {(*picture.shape, channels)}"
        )
    return picture.bands[0].astype(np.int32) // np.int32(picture.step)


def size_text(shape: tuple[int, ...]) -> str:
    """Return a size for an error, such as ``"768x1024"``."""
    return "x".join(map(str, shape))


def encode_png(name: str, pixels: npt.NDArray[Any]) -> bytes:
    """Return a plane as a grey PNG.

    Parameters
    ----------
    name : str
        What it is, for the error.
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
                f"{name} needs labels from 0 to {LARGEST_LABEL} for a PNG, got {pixels.min()} to {pixels.max()}; "
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
        raise OutputError(f"{name} cannot be encoded as PNG")
    return encoded.tobytes()
