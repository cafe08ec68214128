"""Pictures of the report: tiles side by side, and the quiz "Which is real?"."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synthem.tiles.labelled_image import LabelledTiles
from synthem.view.sheets import PAPER, mount, overlay

__all__ = ["pairs", "quiz"]

Picture = NDArray[np.uint8]


def pairs(real: LabelledTiles, synthetic: LabelledTiles, *, rows: int = 3, seed: int = 0) -> Picture:
    """Return rows of a real tile, its labels, a synthetic tile and its labels, at one scale.

    Parameters
    ----------
    real, synthetic : LabelledTiles
        The tiles.
    rows : int
        Number of rows, default 3; fewer if a side has fewer tiles.
    seed : int
        Seed of the choice of tiles.

    Returns
    -------
    (H, W, 3) uint8 array
        RGB picture.
    """
    rng = np.random.default_rng(seed)
    rows = min(rows, len(real), len(synthetic))
    shown: list[Picture] = []
    picks = [rng.choice(len(side), rows, replace=False) for side in (real, synthetic)]
    for one, two in zip(*picks, strict=True):
        for side, pick in ((real, one), (synthetic, two)):
            shown += [_grey(side.images[pick]), overlay(side.images[pick], side.masks[pick], classes=side.classes)]
    return mount(shown, columns=4)


def quiz(
    real: LabelledTiles, synthetic: LabelledTiles, *, rows: int = 3, columns: int = 4, seed: int = 0
) -> tuple[Picture, tuple[str, ...]]:
    """Return a sheet of real and synthetic tiles in random order, and the key.

    Parameters
    ----------
    real, synthetic : LabelledTiles
        The tiles.
    rows, columns : int
        Size of the sheet in tiles, default 3 by 4; fewer rows if a side has too few tiles.
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
    return mount(shown, columns=columns), tuple(key)


def _grey(image: NDArray[np.uint8]) -> Picture:
    return np.repeat(image[..., None], 3, axis=2)
