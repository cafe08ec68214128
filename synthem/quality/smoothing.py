"""Gaussian filters of single pictures, as those of `scipy.ndimage` to rounding, and several times as fast."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["gaussian", "gaussian_laplace"]

Image = NDArray[np.float64]

TRUNCATE = 4.0
"""Standard deviations at which kernels end."""


@lru_cache(maxsize=64)
def _kernel(sigma: float, order: int) -> Image:
    """Return the samples of a Gaussian, or of its first or second derivative, as they are correlated with a picture."""
    radius = int(TRUNCATE * sigma + 0.5)
    x = np.arange(-radius, radius + 1)
    bell = np.exp(-0.5 * (x / sigma) ** 2)
    bell /= bell.sum()
    factor = (1.0, x / sigma**2, x**2 / sigma**4 - 1.0 / sigma**2)[order]
    return np.asarray(bell * factor, np.float64)


def gaussian(image: Image, sigma: float, order: tuple[int, int] = (0, 0)) -> Image:
    """Return a picture after a Gaussian, or a derivative of it; at the edges it is mirrored.

    Parameters
    ----------
    image : (H, W) float array
        The picture.
    sigma : float
        Standard deviation in pixels.
    order : (int, int)
        Order of the derivative down the rows and along them, 0 to 2.
    """
    down, along = (_kernel(sigma, one) for one in order)
    return np.asarray(cv2.sepFilter2D(image, cv2.CV_64F, along, down, borderType=cv2.BORDER_REFLECT))


def gaussian_laplace(image: Image, sigma: float) -> Image:
    """Return the Laplacian of a picture after a Gaussian."""
    return gaussian(image, sigma, (2, 0)) + gaussian(image, sigma, (0, 2))
