"""Textures of the solid, shared by all volumes: periodic, smooth in all three directions."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from synthem.kernels.optics import RUN
from synthem.kernels.solid.texture import SolidTextures

__all__ = ["solid_textures"]

PERIODS = ((48, 192, 192), (40, 160, 160))
"""Periods of the two textures: together they repeat after their least common multiples."""
GRANULE_PERIOD = (44, 176, 176)
"""Period of the texture of granules."""

KEPT = 2
"""Textures of each kind that are kept in memory: up to 17 MB each."""

SCALE, SHARPNESS = 1.4, 5.0
"""Length of the strongest waves of an octave relative to its size, and how few others there are: as gradient noise."""


def solid_textures(size: float, stretch: float, granule: float, pixel_size_nm: float) -> SolidTextures:
    """Return textures of unit standard deviation: two of cytoplasm, and one of granules.

    Parameters
    ----------
    size : float
        Size of the largest features in nm.
    stretch : float
        How much longer they are down the rows than along them.
    granule : float
        Diameter of granules in nm.
    pixel_size_nm : float
        Side of a pixel.

    Returns
    -------
    SolidTextures
    """
    first, second = (_cytoplasm(number, size / pixel_size_nm, stretch) for number in range(2))
    return SolidTextures(first, second, _granules(granule / pixel_size_nm), 1.0 / pixel_size_nm)


def _squares(shape: tuple[int, int, int], stretch: float = 1.0) -> npt.NDArray[np.float64]:
    """Return the square of each frequency of a real Fourier transform, per pixel."""
    axes = [np.fft.fftfreq(n) for n in shape[:2]] + [np.fft.rfftfreq(shape[2])]
    square: npt.NDArray[np.float64] = (axes[0] ** 2)[:, None, None] + ((stretch * axes[1]) ** 2)[:, None] + axes[2] ** 2
    return square


@lru_cache(maxsize=KEPT)
def _granules(diameter: float) -> npt.NDArray[np.float32]:
    """Return noise of one size: blobs about half a wave wide."""
    scaled = _squares(GRANULE_PERIOD) * (2.0 * diameter) ** 2
    return _filtered(GRANULE_PERIOD, scaled**2 * np.exp(-2.0 * scaled), len(PERIODS))


@lru_cache(maxsize=2 * KEPT)
def _cytoplasm(number: int, size: float, stretch: float) -> npt.NDArray[np.float32]:
    """Return white noise that passed a filter like that of three octaves of gradient noise."""
    square = _squares(PERIODS[number], stretch)
    gain = np.zeros(square.shape)
    for octave in range(3):
        scaled = square * (SCALE * size / 2**octave) ** 2
        # equal power in each octave's band needs more of the finer ones per frequency; each is half as high
        gain += 0.25**octave * (size / 2**octave) ** 3 * (scaled * np.exp(-scaled)) ** SHARPNESS
    return _filtered(PERIODS[number], gain, number)


def _filtered(shape: tuple[int, int, int], power: npt.NDArray[np.float64], key: int) -> npt.NDArray[np.float32]:
    """Return white noise that passed a filter, of unit standard deviation, with its first columns repeated."""
    white = np.random.Generator(np.random.PCG64([20_011, key])).standard_normal(shape)
    out = np.fft.irfftn(np.fft.rfftn(white) * np.sqrt(power), shape, axes=(0, 1, 2))
    out -= out.mean()
    out /= out.std()
    table = np.concatenate([out] * (1 + -(-RUN // shape[2])), axis=2)[:, :, : shape[2] + RUN].astype(np.float32)
    table.flags.writeable = False
    return table
