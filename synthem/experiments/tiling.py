"""Cut slices into overlapping tiles and put predictions together again."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from synthem.errors import ConfigError

__all__ = ["cut", "stitch", "tile_origins", "tile_starts"]


def tile_starts(length: int, tile: int, stride: int) -> list[int]:
    """Return where tiles start along one axis.

    The last tile ends at the border: where the stride does not divide the rest, it overlaps its
    neighbour by more than the others do, so that every pixel is covered.

    Parameters
    ----------
    length : int
        Length of the axis in pixels.
    tile : int
        Length of a tile in pixels, 1 to `length`.
    stride : int
        Step between tiles in pixels, 1 to `tile`.

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
    >>> tile_starts(300, 256, 64)
    [0, 44]
    """
    if not 1 <= tile <= length:
        raise ConfigError(f"`tile` must be 1 to the length of the slice, {length}, got {tile}")
    if not 1 <= stride <= tile:
        raise ConfigError(f"`stride` must be 1 to `tile`, {tile}, got {stride}")
    last = length - tile
    starts = list(range(0, last + 1, stride))
    if starts[-1] != last:
        starts.append(last)
    return starts


def tile_origins(shape: tuple[int, int], tile: int = 256, stride: int = 64) -> list[tuple[int, int]]:
    """Return the (row, column) of the first pixel of every tile, row by row.

    Parameters
    ----------
    shape : tuple of int
        Height and width of the slice in pixels.
    tile, stride : int
        Side of a tile and step between tiles in pixels; see `tile_starts`.

    Returns
    -------
    list of tuple of int
        117 origins for a 768x1024 slice with the defaults.
    """
    height, width = shape
    columns = tile_starts(width, tile, stride)
    return [(row, column) for row in tile_starts(height, tile, stride) for column in columns]


def cut(array: npt.NDArray[np.generic], tile: int = 256, stride: int = 64) -> npt.NDArray[np.generic]:
    """Cut an array into tiles along its last two axes.

    Parameters
    ----------
    array : ndarray, (..., H, W)
        Image, mask stack or both stacked.
    tile, stride : int
        Side of a tile and step between tiles in pixels; see `tile_starts`.

    Returns
    -------
    ndarray, (n, ..., tile, tile)
        Copies of the tiles, in the order of `tile_origins`.

    Examples
    --------
    >>> cut(np.zeros((6, 768, 1024), bool)).shape
    (117, 6, 256, 256)
    """
    height, width = array.shape[-2:]
    return np.stack([array[..., r : r + tile, c : c + tile] for r, c in tile_origins((height, width), tile, stride)])


def stitch(
    tiles: npt.NDArray[np.floating] | Iterator[npt.NDArray[np.floating]],
    shape: tuple[int, int],
    stride: int = 64,
) -> npt.NDArray[np.float32]:
    """Put tiles together; where they overlap, the mean counts.

    Parameters
    ----------
    tiles : ndarray, (n, ..., tile, tile), or iterator of its rows
        Tiles in the order of `tile_origins`.
    shape : tuple of int
        Height and width of the slice in pixels.
    stride : int
        Step between tiles in pixels.

    Returns
    -------
    ndarray of float32, (..., H, W)
        For tiles from `cut`, the array they were cut from.

    Raises
    ------
    ConfigError
        If there are more or fewer tiles than the slice has.
    """
    rows = iter(tiles)
    first = next(rows, None)
    if first is None:
        raise ConfigError("`tiles` must hold at least one tile, got none")
    tile = int(first.shape[-1])
    origins = tile_origins(shape, tile, stride)
    total = np.zeros((*first.shape[:-2], *shape), np.float64)
    weight = np.zeros(shape, np.float64)
    given = 0
    current: npt.NDArray[np.floating] | None = first
    while current is not None:
        if given < len(origins):
            r, c = origins[given]
            total[..., r : r + tile, c : c + tile] += current
            weight[r : r + tile, c : c + tile] += 1
        given += 1
        current = next(rows, None)
    if given != len(origins):
        raise ConfigError(f"`tiles` must hold {len(origins)} tiles for shape {shape} and stride {stride}, got {given}")
    return np.asarray(total / weight, np.float32)
