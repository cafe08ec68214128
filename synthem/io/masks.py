"""Masks of others: read as what they unambiguously are, or refused with their values.

In this order, a mask is

1. *plain*: 0 and one other value, whatever it is;
2. *lossy*: a JPEG whose values lie near 0 and 255; it is cut at 127;
3. *rimmed*: 0 and 255 with values between them at the edges, as drawing programs leave them: no 3x3 block is of one
   value from 1 to 239, at most twice as many pixels are 16 to 239 as are 240 or more, and they lie beside these; it is
   cut at 127;
4. *ids*: at least four fifths of the values fill a 2x2 block, a value has three pieces at most on average, and unequal
   neighbours are rare; 255 beside 1, 2, 3 ... or beside a single value may mean "to be ignored" and is refused.

A palette counts by its grey levels, or by its numbers if it has colours and number 0 is black. Where a mask is constant
and its opacity is not, the shape is in the opacity.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
import numpy.typing as npt

from synthem.errors import DataError
from synthem.io.decoded import Decoded
from synthem.io.images import decode, read_grey, read_labels, size_text

__all__ = ["MASK_THRESHOLD", "MaskReading", "check_size", "mask_reading", "read_mask", "read_plane"]

MASK_THRESHOLD = 127
"""Masks of 0 to 255 are true above this value."""

DARK, BRIGHT = 15, 240
"""Values up to the first are near 0, those from the second on near 255; EPFL6 has areas of 246."""

RIM_SHARE = 2.0
RIM_WIDTH, RIM_ASTRAY = 4, 0.05
"""A rim lies so many pixels at most from what is bright, but for a small share."""

LOSSY_LOW, LOSSY_HIGH, LOSSY_SHARE = 64, 192, 0.05
REGION_SHARE, PIECES_PER_VALUE, STEPS_PER_PIXEL = 0.8, 3.0, 0.25
LARGEST_CONSECUTIVE = 128
VALUES_SHOWN = 8

Form = Literal["plain", "lossy", "rimmed", "ids", "alpha"]


@dataclass(frozen=True, kw_only=True, eq=False)
class MaskReading:
    """A mask, and what it was read from.

    Parameters
    ----------
    mask : (H, W) bool array
        The mask.
    form : str
        What its file holds: see the module.
    value : int
        The one value of a plain mask, 0 if it is empty.
    ids : (H, W) int32 array, optional
        The ids, 0 for none.
    """

    mask: npt.NDArray[np.bool_]
    form: Form
    value: int = 255
    ids: npt.NDArray[np.int32] | None = None


def read_mask(path: Path, data: bytes | None = None) -> MaskReading:
    """Read a mask in any form that has one meaning.

    Parameters
    ----------
    path : Path
        PNG, TIFF or JPEG file.
    data : bytes, optional
        What it holds, if it is a file within another one.

    Returns
    -------
    MaskReading

    Raises
    ------
    DataError
        If the file cannot be decoded, or its values have no clear meaning; they are in the message.
    """
    picture = decode(path, data)
    numbers = _numbers(path, picture)
    alpha = picture.alpha
    if alpha is None or alpha.min() == alpha.max():
        return _interpreted(path, numbers, picture.lossy)
    if numbers.min() == numbers.max():
        return replace(_interpreted(path, alpha, False), form="alpha", ids=None)
    reading = _interpreted(path, numbers, picture.lossy)
    hidden = reading.mask & (alpha <= np.iinfo(alpha.dtype).max // 2)
    if hidden.any():
        raise DataError(
            f"{path} must not be transparent within the mask, got {np.count_nonzero(hidden)} such pixels; "
            "save it without transparency"
        )
    return reading


def mask_reading(path: Path, numbers: npt.NDArray[Any]) -> MaskReading:
    """Return the mask that numbers stand for, or raise as `read_mask` does.

    Parameters
    ----------
    path : Path
        Where they came from, for errors.
    numbers : (H, W) array of integers
        One plane.
    """
    if numbers.dtype.kind not in "ui":
        raise DataError(f"{path} must be a mask of whole numbers, got {numbers.dtype}")
    return _interpreted(path, numbers, False)


def read_plane(path: Path, dtype: np.dtype[Any], shape: tuple[int, ...], data: bytes | None = None) -> npt.NDArray[Any]:
    """Read an image, a mask or labels of a known size.

    Parameters
    ----------
    path : Path
        PNG, TIFF or JPEG file.
    dtype : dtype
        uint8 for grey levels, bool for masks, see `read_mask`, int32 for labels.
    shape : tuple of int
        Height and width in pixels.
    data : bytes, optional
        As in `read_mask`.

    Returns
    -------
    (H, W) array
        Of type `dtype`.

    Raises
    ------
    DataError
        As `read_grey`, `read_mask` and `read_labels`, and if the file is of another size.
    """
    if dtype == np.int32:
        pixels: npt.NDArray[Any] = read_labels(path, data)
    else:
        pixels = read_mask(path, data).mask if dtype == np.bool_ else read_grey(path, data)
    check_size(path, pixels.shape, shape)
    return pixels


def check_size(path: Path, shape: tuple[int, ...], wanted: tuple[int, ...]) -> None:
    """Raise a `DataError` if a file is not of the size of the others."""
    if tuple(shape) != tuple(wanted):
        raise DataError(f"{path} must have the size {size_text(wanted)} of the others, got {size_text(shape)}")


def _numbers(path: Path, picture: Decoded) -> npt.NDArray[Any]:
    """Return the one plane of numbers that stands for the mask."""
    grey = picture.grey()
    if picture.index is not None:
        return _palette_numbers(path, picture, picture.index, grey)
    if grey is None:
        return _colour_numbers(path, picture)
    if grey.dtype.kind == "f":
        with np.errstate(invalid="ignore"):
            whole = grey.astype(np.int64)
        if not np.array_equal(whole, grey):
            raise _refused(path, np.unique(grey))
        return whole
    numbers: npt.NDArray[Any] = grey // grey.dtype.type(picture.step) if picture.step > 1 else grey
    return numbers


def _palette_numbers(
    path: Path, picture: Decoded, index: npt.NDArray[np.uint8], grey: npt.NDArray[Any] | None
) -> npt.NDArray[Any]:
    if grey is not None and (grey.min() != grey.max() or index.min() == index.max()):
        return grey
    zero = index == 0
    if zero.any() and any(band[zero][0] for band in picture.bands):
        raise DataError(f"{path} must have a palette whose number 0 is black, to be a mask, got another colour")
    return index


def _colour_numbers(path: Path, picture: Decoded) -> npt.NDArray[Any]:
    if len(picture.bands) != 3 or picture.dtype != np.uint8:
        raise DataError(f"{path} must be a mask of one channel, got {len(picture.bands)} different ones")
    red, green, blue = (band.astype(np.int32) for band in picture.bands)
    colours = red << 16 | green << 8 | blue
    values = np.unique(colours)
    if len(values) == 2 and values[0] == 0 and not picture.lossy:
        return np.asarray(colours != 0, np.uint8)
    shown = ", ".join(f"#{value:06x}" for value in values[:VALUES_SHOWN])
    more = f" and {len(values) - VALUES_SHOWN} more" if len(values) > VALUES_SHOWN else ""
    raise DataError(f"{path} must be a mask of black and one other colour, or grey, got {shown}{more}")


def _interpreted(path: Path, numbers: npt.NDArray[Any], lossy: bool) -> MaskReading:
    counts = _counts(numbers)
    values = np.flatnonzero(counts) if isinstance(counts, np.ndarray) else np.array(sorted(counts))
    if len(values) and values[0] < 0:
        raise _refused(path, values)
    if len(values) <= 1 or (len(values) == 2 and values[0] == 0 and not lossy):
        return MaskReading(mask=numbers > 0, form="plain", value=int(values[-1]) if len(values) else 0)
    eight = numbers if numbers.dtype == np.uint8 else _as_8_bits(numbers, int(values[-1]))
    if lossy and eight is not None:
        if _near_0_and_255(eight):
            return MaskReading(mask=eight > MASK_THRESHOLD, form="lossy")
    elif eight is not None and _rimmed(eight):
        return MaskReading(mask=eight > MASK_THRESHOLD, form="rimmed")
    if lossy or values[0] != 0 or values[-1] > np.iinfo(np.int32).max or _may_ignore(values, numbers.dtype):
        raise _refused(path, values)
    ids = numbers.astype(np.int32)
    if not _regions(ids, len(values) - 1):
        raise _refused(path, values)
    return MaskReading(mask=ids > 0, form="ids", ids=ids)


def _counts(numbers: npt.NDArray[Any]) -> npt.NDArray[Any] | set[int]:
    if numbers.dtype == np.uint8:
        return cv2.calcHist([numbers], [0], None, [256], [0, 256]).ravel()
    return set(np.unique(numbers).tolist())


def _as_8_bits(numbers: npt.NDArray[Any], largest: int) -> npt.NDArray[np.uint8] | None:
    """Return 16 bits as 8, if they use their range as a mask of 0 and 65535 does."""
    if not BRIGHT << 8 <= largest < 1 << 16:
        return None
    return (numbers >> 8).astype(np.uint8)


def _rimmed(numbers: npt.NDArray[np.uint8]) -> bool:
    rim = cv2.inRange(numbers, 1, BRIGHT - 1)  # 255 where true
    bright = cv2.inRange(numbers, BRIGHT, 255)
    between = cv2.inRange(numbers, DARK + 1, BRIGHT - 1)
    most = RIM_SHARE * cv2.countNonZero(bright)
    if not most or cv2.countNonZero(between) > most:
        return False
    beside = cv2.dilate(bright, np.ones((2 * RIM_WIDTH + 1, 2 * RIM_WIDTH + 1), np.uint8))
    if cv2.countNonZero(cv2.bitwise_and(between, cv2.bitwise_not(beside))) > RIM_ASTRAY * most:
        return False
    block = np.ones((3, 3), np.uint8)
    core = cv2.erode(rim, block)  # an unequal block is not erased, but there are few
    if not cv2.countNonZero(core):
        return True
    equal = cv2.compare(cv2.erode(numbers, block), cv2.dilate(numbers, block), cv2.CMP_EQ)
    return cv2.countNonZero(cv2.bitwise_and(core, equal)) == 0


def _near_0_and_255(numbers: npt.NDArray[np.uint8]) -> bool:
    between = np.count_nonzero((numbers >= LOSSY_LOW) & (numbers < LOSSY_HIGH))
    bright = np.count_nonzero(numbers >= LOSSY_HIGH)
    return bool(bright > 0 and between <= LOSSY_SHARE * bright)


def _may_ignore(values: npt.NDArray[Any], dtype: np.dtype[Any]) -> bool:
    """Return whether the last value may mean that pixels are to be ignored."""
    if dtype.kind != "u" or values[-1] != np.iinfo(dtype).max:
        return False
    others = values[1:-1]
    return len(others) == 1 or (len(others) <= LARGEST_CONSECUTIVE and int(others[-1]) == len(others))


def _regions(ids: npt.NDArray[np.int32], n: int) -> bool:
    """Return whether each of n values fills a region, rather than being a grey level or a class."""
    from skimage.measure import label

    right = (ids[:, 1:] != ids[:, :-1]) & (ids[:, 1:] > 0) & (ids[:, :-1] > 0)
    down = (ids[1:] != ids[:-1]) & (ids[1:] > 0) & (ids[:-1] > 0)
    if np.count_nonzero(right) + np.count_nonzero(down) > STEPS_PER_PIXEL * np.count_nonzero(ids):
        return False
    corner = ids[:-1, :-1]
    block = (corner > 0) & (corner == ids[1:, :-1]) & (corner == ids[:-1, 1:]) & (corner == ids[1:, 1:])
    if len(np.unique(corner[block])) < REGION_SHARE * n:
        return False
    pieces = label(ids, background=0, connectivity=2, return_num=True)[1]
    return bool(pieces <= PIECES_PER_VALUE * n)


def _refused(path: Path, values: npt.NDArray[Any]) -> DataError:
    shown = ", ".join(f"{value:g}" for value in values[:VALUES_SHOWN])
    more = f" and {len(values) - VALUES_SHOWN} more up to {values[-1]:g}" if len(values) > VALUES_SHOWN else ""
    return DataError(
        f"{path} must be a mask of 0 and one other value, of 0 and 255 with a thin rim, or of ids with 0 for none, "
        f"got the values {shown}{more}"
    )
