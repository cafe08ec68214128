"""Pictures of the report: tiles side by side, and the quiz "which is real?"."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synthem.tiles.labelled_image import LabelledTiles
from synthem.view.sheets import overlay

__all__ = ["pairs", "quiz"]

Picture = NDArray[np.uint8]

GAP = 8
PAPER = 255


def pairs(real: LabelledTiles, synthetic: LabelledTiles, *, rows: int = 3, seed: int = 0) -> Picture:
    """Return tiles at one scale: real, its labels, synthetic, its labels from left to right.

    Parameters
    ----------
    real, synthetic : LabelledTiles
        The tiles.
    rows : int
        Number of pairs, default 3; fewer where a side has fewer tiles.
    seed : int
        Seed of the choice of tiles.

    Returns
    -------
    (H, W, 3) uint8 array
        RGB picture.
    """
    rng = np.random.default_rng(seed)
    rows = min(rows, len(real), len(synthetic))
    grid = []
    picks = [rng.choice(len(side), rows, replace=False) for side in (real, synthetic)]
    for one, two in zip(*picks, strict=True):
        line = []
        for side, pick in ((real, one), (synthetic, two)):
            line += [_grey(side.images[pick]), overlay(side.images[pick], side.masks[pick])]
        grid.append(line)
    return _mounted(grid)


def quiz(
    real: LabelledTiles, synthetic: LabelledTiles, *, rows: int = 3, columns: int = 4, seed: int = 0
) -> tuple[Picture, tuple[str, ...]]:
    """Return a sheet of real and synthetic tiles in random order, and the key.

    Parameters
    ----------
    real, synthetic : LabelledTiles
        The tiles.
    rows, columns : int
        Size of the sheet in tiles, default 3 by 4; fewer rows where a side has too few tiles.
    seed : int
        Seed of choice and order.

    Returns
    -------
    sheet : (H, W, 3) uint8 array
        RGB picture.
    key : tuple of str
        ``"real"`` or ``"synthetic"`` for each tile, row by row.
    """
    rng = np.random.default_rng(seed)
    fewest = min(len(real), len(synthetic))
    rows = max(1, min(rows, 2 * fewest // columns))
    is_real = rng.permutation(np.arange(rows * columns) % 2 == 0)
    order = {True: iter(rng.permutation(len(real))), False: iter(rng.permutation(len(synthetic)))}
    shown, key = [], []
    for flag in is_real.tolist():
        pick = next(order[flag], None)
        if pick is not None:
            shown.append(_grey((real if flag else synthetic).images[pick]))
            key.append("real" if flag else "synthetic")
    blank = np.full_like(shown[0], PAPER)
    shown += [blank] * (rows * columns - len(shown))
    return _mounted([shown[row * columns : (row + 1) * columns] for row in range(rows)]), tuple(key)


def _grey(image: NDArray[np.uint8]) -> Picture:
    return np.repeat(image[..., None], 3, axis=2)


def _mounted(grid: list[list[Picture]]) -> Picture:
    size = grid[0][0].shape[0]
    step = size + GAP
    sheet = np.full((len(grid) * step - GAP, len(grid[0]) * step - GAP, 3), PAPER, np.uint8)
    for row, line in enumerate(grid):
        for column, picture in enumerate(line):
            sheet[row * step : row * step + size, column * step : column * step + size] = picture
    return sheet
