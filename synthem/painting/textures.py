"""Tables shared by all tiles: periodic textures, a bank of noise, normal quantiles, blur weights.

They are constants (functions of their arguments alone), made on first use. A tile reads them at
offsets of its own, and adds two pieces at independent offsets, so that no two tiles look alike. Periodic tables
repeat their first `RUN` columns at the end: a kernel reads runs of up to so many pixels without wrapping around.
"""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from synthem.kernels.granules import scatter_spots
from synthem.kernels.noise import gradient_noise, white_noise
from synthem.kernels.optics import RUN

__all__ = [
    "TEXTURE_SIZE",
    "blur_weights",
    "half_weights",
    "height_of_share",
    "noise_banks",
    "normal_quantiles",
    "spots",
    "texture",
]

TEXTURE_SIZE = 1024
WHITE_SIZE = 1 << 18
WHITE_KEY = 20_011
SPOT_KEY = 30_011
APART = 1.2
"""Mean distance of spots relative to their diameter."""
NOWHERE = -6.0
"""Height where there is no spot."""

Floats = npt.NDArray[np.float32]


def _sealed(table: Floats) -> Floats:
    table.flags.writeable = False
    return table


@lru_cache(maxsize=16)
def texture(size: float, octaves: int = 3, stretch: float = 1.0) -> Floats:
    """Return a periodic texture of zero mean and unit standard deviation.

    Parameters
    ----------
    size : float
        Cell size of the first octave in pixels, rounded so that whole cells fit the period.
    octaves : int
        Octaves of gradient noise, each half as high as the one before.
    stretch : float
        How much longer it is down the rows than along them; rounded so that whole cells fit.

    Returns
    -------
    (1024, 1024 + RUN) float32 array, read-only
    """
    across = min(max(1, round(TEXTURE_SIZE / size)), TEXTURE_SIZE // 2)
    down = min(max(1, round(TEXTURE_SIZE / (stretch * size))), TEXTURE_SIZE // 2)
    out = np.zeros((TEXTURE_SIZE, TEXTURE_SIZE), np.float32)
    gradient_noise(round(size) * 1009 + octaves, down, across, octaves, 0.5, out)
    out -= out.mean()
    out /= out.std()
    return _sealed(np.concatenate([out, out[:, :RUN]], axis=1))


@lru_cache(maxsize=16)
def spots(diameter: float) -> Floats:
    """Return a periodic table of round spots of one size at random places, each of a height of its own.

    Parameters
    ----------
    diameter : float
        Diameter of a spot in pixels.

    Returns
    -------
    (1024, 1024 + RUN) float32 array, read-only
        Heights are normal, and `NOWHERE` beside the spots.
    """
    count = min(max(1, round(TEXTURE_SIZE / (APART * diameter))), TEXTURE_SIZE // 2)
    out = np.full((TEXTURE_SIZE, TEXTURE_SIZE), NOWHERE, np.float32)
    scatter_spots(SPOT_KEY, count, 0.5 * diameter, out)
    return _sealed(np.concatenate([out, out[:, :RUN]], axis=1))


@lru_cache(maxsize=64)
def height_of_share(diameter: float, share: float, spread: float) -> float:
    """Return the height that a share of the pixels of a table of spots exceeds.

    Parameters
    ----------
    diameter : float
        Diameter of a spot in pixels.
    share : float
        Share of the pixels, from 0 to 0.5.
    spread : float
        Standard deviation of what is added to the height from place to place.
    """
    heights = np.sort(spots(diameter)[::3, ::3].ravel())
    added = spread * normal_quantiles()[32::64]
    low, high = NOWHERE - 4.0 * spread, -NOWHERE + 4.0 * spread
    for _ in range(30):
        middle = 0.5 * (low + high)
        above = 1.0 - np.searchsorted(heights, middle + added).mean() / heights.size
        low, high = (middle, high) if above > share else (low, middle)
    return 0.5 * (low + high)


@lru_cache(maxsize=16)
def noise_banks(tails: float, sigma: float) -> tuple[npt.NDArray[np.int8], tuple[float, float]]:
    """Return independent random numbers of zero mean, and the same after a Gaussian blur along them.

    They are whole numbers, since a tile reads pieces of them all over the place: the fewer bytes, the faster.

    Parameters
    ----------
    tails : float
        0 for normal numbers z; otherwise z + tails * z³, which is heavier at both ends.
    sigma : float
        Standard deviation of the blur.

    Returns
    -------
    (2, 2 ** 18) int8 array, read-only, and (float, float)
        The numbers, and the standard deviations of both rows.
    """
    white = np.empty((1, WHITE_SIZE), np.float32)
    values = normal_quantiles()
    white_noise(WHITE_KEY, values * (1 + np.float32(tails) * values * values), white)
    half = blur_weights(sigma)
    rows = np.stack([white[0], np.convolve(white[0], np.concatenate([half[:0:-1], half]), "same")])
    banks = np.rint(rows * (127 / np.abs(rows).max(axis=1, keepdims=True))).astype(np.int8)
    banks.flags.writeable = False
    white_sd, blurred_sd = banks.std(axis=1).tolist()
    return banks, (white_sd, blurred_sd)


@lru_cache(maxsize=1)
def normal_quantiles() -> Floats:
    """Return 4096 equally likely values of the standard normal distribution, read-only."""
    upper = np.array([NormalDist().inv_cdf(p) for p in (np.arange(2048, 4096) + 0.5) / 4096])
    values = np.concatenate([-upper[::-1], upper])
    return _sealed((values / values.std()).astype(np.float32))


@lru_cache(maxsize=1024)
def blur_weights(sigma: float) -> Floats:
    """Return one side of a Gaussian kernel, centre first, cut at 3 sigma and summing to one as a whole."""
    # a handful of numbers, often drawn anew with the focus of a tile: a list is faster than an array
    weights = [math.exp(-0.5 * (k / max(sigma, 1e-3)) ** 2) for k in range(max(1, round(3.0 * sigma)) + 1)]
    total = 2.0 * sum(weights) - weights[0]
    return _sealed(np.array([weight / total for weight in weights], np.float32))


@lru_cache(maxsize=1024)
def half_weights(sigma: float) -> Floats:
    """Return the weights of a blur at half the resolution, as `blur_weights` does at the full one.

    Means of 2 x 2 pixels have a variance of 1/4 pixel along each axis, linear interpolation between them adds 3/4; the
    weights have the rest. A blur of less than one pixel becomes one of one pixel.
    """
    return blur_weights(0.5 * math.sqrt(max(sigma**2 - 1.0, 0.0)))
