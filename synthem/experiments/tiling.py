"""Assemble predictions of overlapping tiles."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from synthem.errors import ConfigError
from synthem.tiles.cutting import tile_origins

__all__ = ["stitch"]


def stitch(
    tiles: npt.NDArray[np.floating] | Iterator[npt.NDArray[np.floating]],
    shape: tuple[int, int],
    stride: int = 64,
) -> npt.NDArray[np.float32]:
    """Assemble tiles; overlaps are averaged.

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
