"""Overlays of predictions: green for right, red for wrong, orange for missed pixels."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from synthem.view.sheets import tint

__all__ = ["draw_overlay"]

RIGHT: Final = (40, 200, 80)
WRONG: Final = (230, 40, 40)
MISSED: Final = (255, 170, 30)


def draw_overlay(
    image: npt.NDArray[np.uint8],
    predicted: npt.NDArray[np.bool_],
    true: npt.NDArray[np.bool_],
    *,
    opacity: float = 0.6,
) -> npt.NDArray[np.uint8]:
    """Colour the pixels of one class: green right, red wrongly predicted, orange missed.

    Parameters
    ----------
    image : ndarray of uint8, (H, W)
        Grey levels.
    predicted, true : ndarray of bool, (H, W)
        Masks of one class.
    opacity : float
        Share of the colour, 0 to 1.

    Returns
    -------
    ndarray of uint8, (H, W, 3)
        RGB picture.

    Examples
    --------
    >>> yes, no = np.ones((1, 1), bool), np.zeros((1, 1), bool)
    >>> draw_overlay(np.zeros((1, 1), np.uint8), yes, no, opacity=1.0).tolist()
    [[[230, 40, 40]]]
    """
    layers = [(predicted & true, RIGHT), (predicted & ~true, WRONG), (~predicted & true, MISSED)]
    return tint(image, layers, opacity=opacity)
