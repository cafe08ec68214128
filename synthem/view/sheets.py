"""Pictures to look at: overlays of masks, and sheets of tiles."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
import numpy.typing as npt

from synthem._files import check_file, write_file
from synthem.errors import ConfigError, OutputError
from synthem.labels import EPFL6, ClassTable

__all__ = ["PAPER", "Labelled", "encode_png", "mount", "overlay", "sheet", "tint", "write_sheet"]

Rgb = npt.NDArray[np.uint8]


GAP = 8
CAPTION_HEIGHT = 28
LEGEND_HEIGHT = 22
SWATCH = 12
FONT = cv2.FONT_HERSHEY_SIMPLEX
FONT_SCALE = 0.45
PAPER = 255
INK = (30, 30, 30)


class Labelled(Protocol):
    """An image with masks: a `Tile` or a `synthem.tiles.labelled_image.LabelledImage`."""

    @property
    def image(self) -> npt.NDArray[np.uint8]:
        """Grey levels, (H, W) uint8."""

    @property
    def masks(self) -> npt.NDArray[np.bool_]:
        """Masks, (C, H, W) bool."""

    @property
    def classes(self) -> ClassTable:
        """The classes of the masks."""


def overlay(
    image: npt.NDArray[np.uint8],
    masks: npt.NDArray[np.bool_],
    *,
    classes: ClassTable = EPFL6,
    opacity: float = 0.45,
) -> Rgb:
    """Colour an image by its masks.

    Parameters
    ----------
    image : (H, W) uint8 array
        Grey levels.
    masks : (C, H, W) bool array
        One mask per class.
    classes : ClassTable, default EPFL6
        The classes, with their colours.
    opacity : float, default 0.45
        Share of the colour, 0 to 1.

    Returns
    -------
    (H, W, 3) uint8 array
        RGB.

    Examples
    --------
    >>> import numpy as np
    >>> from synthem.view.sheets import overlay
    >>> masks = np.zeros((6, 4, 4), bool)
    >>> masks[3] = True
    >>> overlay(np.zeros((4, 4), np.uint8), masks, opacity=1.0)[0, 0].tolist()
    [30, 120, 255]
    """
    if not 0 <= opacity <= 1:
        raise ConfigError(f"`opacity` must be a number from 0 to 1, got {opacity!r}")
    if len(masks) != len(classes):
        raise ConfigError(f"`masks` must be one per class, {len(classes)}, got {len(masks)}")
    layers = [(masks[channel], classes.classes[channel].colour) for channel in classes.order]
    return tint(image, layers, opacity=opacity)


def tint(
    image: npt.NDArray[np.uint8],
    layers: Iterable[tuple[npt.NDArray[np.bool_], tuple[int, int, int]]],
    *,
    opacity: float,
) -> Rgb:
    """Colour parts of an image.

    Parameters
    ----------
    image : (H, W) uint8 array
        Grey levels.
    layers : iterable of ((H, W) bool array, (int, int, int))
        Masks with their RGB colours; a later layer covers an earlier one.
    opacity : float
        Share of the colour, 0 to 1.

    Returns
    -------
    (H, W, 3) uint8 array
        RGB.
    """
    paint = np.repeat(image[..., np.newaxis], 3, axis=2)
    for mask, colour in layers:
        paint[mask] = colour
    mixed = (1 - opacity) * image[..., np.newaxis] + opacity * paint
    return np.rint(mixed).astype(np.uint8)


def sheet(
    tiles: Iterable[Labelled],
    *,
    real: Iterable[Labelled] = (),
    columns: int = 3,
    scale: int = 1,
) -> Rgb:
    """Lay out tiles, each as its image beside its overlay, above a legend of the colours.

    Parameters
    ----------
    tiles : iterable of Tile or LabelledImage
        What to show.
    real : iterable of Tile or LabelledImage, default ()
        Shown in further columns to the right, under a caption.
    columns : int, default 3
        Pairs per row, of `tiles` and of `real` each.
    scale : int, default 1
        Whole-number magnification without smoothing.

    Returns
    -------
    (rows, cols, 3) uint8 array
        RGB on white.
    """
    for name, value in (("columns", columns), ("scale", scale)):
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise ConfigError(f"`{name}` must be a whole number of at least 1, got {value!r}")
    tiles, real = list(tiles), list(real)
    left = [_pair(tile, scale) for tile in tiles]
    right = [_pair(tile, scale) for tile in real]
    if not left:
        raise ConfigError("`tiles` must hold at least one tile, got none")
    shown = dict.fromkeys((one.folder, one.colour) for tile in (*tiles, *real) for one in tile.classes)
    if not right:
        return _with_legend(mount(left, columns=columns), list(shown))
    blocks = [_captioned("synthetic", mount(left, columns=columns)), _captioned("real", mount(right, columns=columns))]
    return _with_legend(_beside(blocks, gap=3 * GAP), list(shown))


def mount(pictures: Sequence[Rgb], *, columns: int) -> Rgb:
    """Lay out pictures in rows on white, with gaps of 8 px.

    Parameters
    ----------
    pictures : sequence of (rows, cols, 3) uint8 array
        RGB pictures, at least one.
    columns : int
        Pictures per row.

    Returns
    -------
    (rows, cols, 3) uint8 array
        RGB.
    """
    rows = [_beside(pictures[i : i + columns], gap=GAP) for i in range(0, len(pictures), columns)]
    width = max(row.shape[1] for row in rows)
    padded: list[Rgb] = []
    for row in rows:
        indent = GAP if padded else 0
        padded.append(_padded(row, row.shape[0] + indent, width, top=indent))
    return np.concatenate(padded)


def encode_png(picture: Rgb) -> bytes:
    """Encode an RGB picture as PNG.

    Parameters
    ----------
    picture : (rows, cols, 3) uint8 array
        RGB.
    """
    done, encoded = cv2.imencode(".png", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    if not done:
        raise OutputError("the picture cannot be encoded as PNG")
    return encoded.tobytes()


def write_sheet(picture: Rgb, path: str | Path) -> Path:
    """Write a picture as PNG, whole or not at all; an existing file is replaced.

    Parameters
    ----------
    picture : (rows, cols, 3) uint8 array
        RGB.
    path : str or Path
        File that ends in ``.png``.

    Raises
    ------
    ConfigError
        If the name has another ending.
    OutputError
        If the file cannot be written.
    """
    target = check_file("path", path, ".png")
    write_file(target, encode_png(picture))
    return target


def _pair(tile: Labelled, scale: int) -> Rgb:
    grey = np.repeat(tile.image[..., np.newaxis], 3, axis=2)
    pair = _beside([grey, overlay(tile.image, tile.masks, classes=tile.classes)], gap=2)
    return pair.repeat(scale, axis=0).repeat(scale, axis=1)


def _beside(pictures: Sequence[Rgb], gap: int) -> Rgb:
    height = max(picture.shape[0] for picture in pictures)
    parts: list[Rgb] = []
    for picture in pictures:
        indent = gap if parts else 0
        parts.append(_padded(picture, height, picture.shape[1] + indent, left=indent))
    return np.concatenate(parts, axis=1)


def _padded(picture: Rgb, height: int, width: int, *, top: int = 0, left: int = 0) -> Rgb:
    page: Rgb = np.full((height, width, 3), PAPER, np.uint8)
    page[top : top + picture.shape[0], left : left + picture.shape[1]] = picture
    return page


def _captioned(text: str, picture: Rgb) -> Rgb:
    page: Any = _padded(picture, picture.shape[0] + CAPTION_HEIGHT, picture.shape[1], top=CAPTION_HEIGHT)
    baseline = (2, CAPTION_HEIGHT - 9)
    cv2.putText(page, text, baseline, FONT, 0.6, INK, 1, cv2.LINE_AA)
    return np.asarray(page, np.uint8)


def _with_legend(picture: Rgb, classes: Sequence[tuple[str, tuple[int, int, int]]]) -> Rgb:
    """Put the colour and name of every class under a picture, on as many lines as its width asks for."""
    widths = [SWATCH + cv2.getTextSize(name, FONT, FONT_SCALE, 1)[0][0] + 3 * GAP for name, _ in classes]
    places, left, bottom = [], 0, picture.shape[0] + LEGEND_HEIGHT
    for wide in widths:
        if left and left + wide > picture.shape[1]:
            left, bottom = 0, bottom + LEGEND_HEIGHT
        places.append((left, bottom))
        left += wide
    page: Any = _padded(picture, bottom, max(picture.shape[1], *widths))
    for (name, colour), (left, bottom) in zip(classes, places, strict=True):
        page[bottom - SWATCH : bottom, left : left + SWATCH] = colour
        start = (left + SWATCH + GAP, bottom - 2)
        cv2.putText(page, name, start, FONT, FONT_SCALE, INK, 1, cv2.LINE_AA)
    return np.asarray(page, np.uint8)
