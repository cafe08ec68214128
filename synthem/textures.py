"""Tables shared by all tiles: periodic textures, normal quantiles, blur weights.

They are constants (functions of their arguments alone), made on first use. A tile reads them at
offsets of its own, and adds two textures at independent offsets, so that no two tiles look alike.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

__all__ = ["TEXTURE_SIZE", "blur_weights", "normal_quantiles", "texture"]

TEXTURE_SIZE = 1024


@lru_cache(maxsize=16)
def texture(size: int, octaves: int = 3) -> npt.NDArray[np.float32]:
    """Return a periodic texture of zero mean and unit standard deviation.

    Parameters
    ----------
    size : int
        Cell size of the first octave in pixels: a power of two from 2 to 256.
    octaves : int
        Octaves of gradient noise, each half as high as the one before.

    Returns
    -------
    (1024, 1024) float32 array, read-only
    """
    from synthem.kernels.noise import gradient_noise

    out = np.zeros((TEXTURE_SIZE, TEXTURE_SIZE), np.float32)
    gradient_noise(size * 1009 + octaves, size, octaves, 0.5, out)
    out -= out.mean()
    out /= out.std()
    out.flags.writeable = False
    return out


@lru_cache(maxsize=1)
def normal_quantiles() -> npt.NDArray[np.float32]:
    """Return 4096 equally likely values of the standard normal distribution."""
    from scipy.special import ndtri

    values = ndtri((np.arange(4096) + 0.5) / 4096)
    values /= values.std()
    table: npt.NDArray[np.float32] = values.astype(np.float32)
    table.flags.writeable = False
    return table


@lru_cache(maxsize=1024)
def blur_weights(sigma: float) -> npt.NDArray[np.float32]:
    """Return one side of a Gaussian kernel, centre first, cut at 3 sigma and summing to one as a whole."""
    radius = max(1, round(3.0 * sigma))
    weights = np.exp(-0.5 * (np.arange(radius + 1) / max(sigma, 1e-3)) ** 2)
    weights /= weights[0] + 2 * weights[1:].sum()
    table: npt.NDArray[np.float32] = weights.astype(np.float32)
    table.flags.writeable = False
    return table
