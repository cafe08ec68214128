"""Windows of slices: overlapping or disjoint tiles, and pieces spread over slices."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from synthem.errors import ConfigError, DataError, DataWarning
from synthem.tiles.data_area import data_box
from synthem.tiles.labelled_image import LabelledImage, LabelledTiles

__all__ = ["cut", "cut_images", "spread_windows", "tile_origins", "tile_starts"]

GOLDEN_RATIO = 0.6180339887498949


def tile_starts(length: int, tile: int, stride: int, *, cover: bool = True) -> list[int]:
    """Return where tiles start along one axis.

    Parameters
    ----------
    length : int
        Length of the axis in pixels.
    tile : int
        Length of a tile in pixels, 1 to `length`.
    stride : int
        Step between tiles in pixels, 1 to `tile`.
    cover : bool, default True
        Whether a last tile ends at the border, so that every pixel is covered: where the stride does not divide the
        rest, that tile overlaps its neighbour by more than the others do. Otherwise the rest is left out.

    Returns
    -------
    list of int
        First pixel of every tile, rising.

    Raises
    ------
    ConfigError
        If the tile is larger than the axis, or the stride would leave gaps.

    Examples
    --------
    >>> tile_starts(1024, 256, 64)[-2:], len(tile_starts(1024, 256, 64))
    ([704, 768], 13)
    >>> tile_starts(300, 256, 64), tile_starts(300, 256, 64, cover=False)
    ([0, 44], [0])
    """
    if not 1 <= tile <= length:
        raise ConfigError(f"`tile` must be 1 to the length of the slice, {length}, got {tile}")
    if not 1 <= stride <= tile:
        raise ConfigError(f"`stride` must be 1 to `tile`, {tile}, got {stride}")
    last = length - tile
    starts = list(range(0, last + 1, stride))
    if cover and starts[-1] != last:
        starts.append(last)
    return starts


def tile_origins(
    shape: Sequence[int], tile: int = 256, stride: int = 64, *, cover: bool = True
) -> list[tuple[int, int]]:
    """Return the (row, column) of the first pixel of every tile, row by row.

    Parameters
    ----------
    shape : (int, int)
        Height and width of the slice in pixels.
    tile, stride, cover
        As in `tile_starts`; side of a tile and step between tiles in pixels.

    Returns
    -------
    list of (int, int)
        117 origins for a 768x1024 slice with the defaults.
    """
    height, width = shape
    columns = tile_starts(width, tile, stride, cover=cover)
    return [(row, column) for row in tile_starts(height, tile, stride, cover=cover) for column in columns]


def cut(array: npt.NDArray[np.generic], tile: int = 256, stride: int = 64) -> npt.NDArray[np.generic]:
    """Cut an array into tiles along its last two axes; every pixel is covered.

    Parameters
    ----------
    array : (..., H, W) array
        Image, mask stack or both stacked.
    tile, stride : int
        Side of a tile and step between tiles in pixels; see `tile_starts`.

    Returns
    -------
    (n, ..., tile, tile) array
        Copies of the tiles, in the order of `tile_origins`.

    Examples
    --------
    >>> cut(np.zeros((6, 768, 1024), bool)).shape
    (117, 6, 256, 256)
    """
    origins = tile_origins(array.shape[-2:], tile, stride)
    return np.stack([array[..., r : r + tile, c : c + tile] for r, c in origins])


def cut_images(slices: Sequence[LabelledImage], tile: int, stride: int | None = None, *, cover: bool) -> LabelledTiles:
    """Cut slices into square tiles.

    Parameters
    ----------
    slices : sequence of LabelledImage
        At least one; none smaller than a tile.
    tile : int
        Side of a tile in pixels.
    stride : int, optional
        Step between tiles in pixels; by default `tile`, so that tiles are disjoint.
    cover : bool
        As in `tile_starts`.

    Returns
    -------
    LabelledTiles
        A class counts as labelled if every slice has it. Of slices with pixels without data, tiles are cut from the
        rows and columns that have data, and those with a pixel without are left out.

    Raises
    ------
    DataError
        If slices differ in their classes, one has too few rows or columns with data, or no tile is left.

    Warns
    -----
    DataWarning
        If tiles were left out.
    """
    classes = slices[0].classes
    for item in slices:
        if item.classes != classes:
            names = f"{', '.join(item.classes.names)} of {item.name}, {', '.join(classes.names)} of {slices[0].name}"
            raise DataError(f"slices must have the same classes, got {names}")
    pieces, left_out = [], 0
    for index, item in enumerate(slices):
        windows = _windows(item, tile, stride or tile, cover)
        kept = [window for window in windows if window.data is None or window.data.all()]
        left_out += len(windows) - len(kept)
        pieces += [(index, window) for window in kept]
    if not pieces:
        raise DataError(f"slices must hold a tile of {tile}x{tile} pixels with data, got none: {left_out} have margins")
    if left_out:
        warnings.warn(
            DataWarning(f"{left_out} of {left_out + len(pieces)} tiles were left out: they hold pixels without data"),
            stacklevel=2,
        )
    return LabelledTiles(
        images=np.stack([piece.image for _, piece in pieces]),
        masks=np.stack([piece.masks for _, piece in pieces]),
        sources=np.array([index for index, _ in pieces]),
        labelled=tuple(name for name in classes.names if all(name in item.labelled for item in slices)),
        classes=classes,
    )


def _windows(item: LabelledImage, tile: int, stride: int, cover: bool) -> list[LabelledImage]:
    """Return the windows of a slice within its rows and columns with data."""
    if item.data is None:
        origins = tile_origins(item.image.shape, tile, stride, cover=cover)
        return [item.window(row, col, (tile, tile)) for row, col in origins]
    rows, cols = data_box(item.data, item.image.shape)
    height, width = rows.stop - rows.start, cols.stop - cols.start
    if min(height, width) < tile:
        raise DataError(
            f"slice {item.name} must have data in at least {tile}x{tile} pixels, got {height}x{width} within margins"
        )
    origins = tile_origins((height, width), tile, stride, cover=cover)
    return [item.window(rows.start + row, cols.start + col, (tile, tile)) for row, col in origins]


def spread_windows(slices: Sequence[LabelledImage], *, n: int, shape: tuple[int, int]) -> list[LabelledImage]:
    """Return windows that are spread over slices and places, always the same ones.

    Parameters
    ----------
    slices : sequence of LabelledImage
        What to cut; smaller ones are used as they are.
    n : int
        Number of windows; none if there are no slices.
    shape : (int, int)
        Height and width of a window.

    Returns
    -------
    list of LabelledImage
    """
    if not slices:
        return []
    windows = []
    for i in range(n):
        whole = slices[i * len(slices) // n if n < len(slices) else i % len(slices)]
        if whole.data is not None:
            down, across = data_box(whole.data, whole.image.shape)
            whole = whole.window(down.start, across.start, (down.stop - down.start, across.stop - across.start))
        rows = max(whole.image.shape[0] - shape[0], 0)
        cols = max(whole.image.shape[1] - shape[1], 0)
        windows.append(whole.window(int(rows * (i * GOLDEN_RATIO % 1)), int(cols * (i * GOLDEN_RATIO**2 % 1)), shape))
    return windows
