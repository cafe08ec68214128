"""Pixels of a picture that hold data, as against the flat margins that registration leaves."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["data_area", "data_box"]

BLOCK = 8
"""Side of the flat block in pixels that a margin at a corner must hold."""

LEAST_DATA = 0.05
"""Share of a picture below which what would be left is no picture with margins."""

SIDE_SHARE = 0.5
"""Share of a side of the picture that a margin covers if it holds no corner block."""


def data_area(image: npt.NDArray[np.uint8], *, tolerance: int = 0) -> npt.NDArray[np.bool_] | None:
    """Return which pixels hold data, or None if all do.

    A margin is black (0) or white (255) throughout and lies at the edge of the picture: it holds a corner of the
    picture with a block of 8x8 pixels, as a shifted or rotated slice leaves it, or covers at least half of a side.

    Parameters
    ----------
    image : (H, W) uint8 array
        Grey levels.
    tolerance : int, default 0
        How far levels of a margin may lie from 0 and 255, for files that were compressed with loss.

    Returns
    -------
    (H, W) bool array or None
        False in margins.

    Examples
    --------
    >>> picture = np.full((64, 64), 120, np.uint8)
    >>> data_area(picture) is None
    True
    >>> picture[:10] = 0
    >>> int((~data_area(picture)).sum())
    640
    """
    margin = np.zeros(image.shape, bool)
    for flat in (image <= tolerance, image >= 255 - tolerance):
        if _edge(flat).any():
            margin |= _margin(flat)
    return ~margin if margin.any() and margin.mean() < 1 - LEAST_DATA else None


def data_box(data: npt.NDArray[np.bool_] | None, shape: tuple[int, ...]) -> tuple[slice, slice]:
    """Return the rows and columns that hold data; all of them for None.

    Parameters
    ----------
    data : (H, W) bool array or None
        From `data_area`.
    shape : (int, int)
        Height and width in pixels.

    Examples
    --------
    >>> data_box(np.array([[False, False], [False, True]]), (2, 2))
    (slice(1, 2, None), slice(1, 2, None))
    """
    if data is None:
        return slice(0, shape[0]), slice(0, shape[1])
    rows, columns = np.flatnonzero(data.any(axis=1)), np.flatnonzero(data.any(axis=0))
    if not len(rows):
        return slice(0, 0), slice(0, 0)
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def _edge(flat: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    return np.concatenate([flat[0], flat[-1], flat[:, 0], flat[:, -1]])


def _margin(flat: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Return the regions of a flat area that are margins."""
    import cv2  # slow to import

    count, regions = cv2.connectedComponents(flat.view(np.uint8), connectivity=4)
    blocks = cv2.erode(flat.view(np.uint8), np.ones((BLOCK, BLOCK), np.uint8), borderValue=0).view(bool)
    thick = np.zeros(count, bool)
    thick[regions[blocks]] = True
    corners = np.zeros(count, bool)
    corners[regions[[0, 0, -1, -1], [0, -1, 0, -1]]] = True
    chosen = thick & corners
    for side in (regions[0], regions[-1], regions[:, 0], regions[:, -1]):
        chosen |= np.bincount(side, minlength=count) >= SIDE_SHARE * len(side)
    chosen[0] = False  # what is not flat
    margin: npt.NDArray[np.bool_] = chosen[regions]
    return margin
