"""Texture statistics of one grey image."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from skimage.feature import graycomatrix, graycoprops

from synthem.quality.smoothing import gaussian, gaussian_laplace

__all__ = ["cooccurrence", "gradient", "grey", "laplacian", "local_patterns", "power_spectrum"]

Image = NDArray[np.float64]

POWER_BINS = 16
GREY_STEPS = 16
OFFSETS = (1, 4)
PATTERN_RADII = (1, 3)
NEIGHBOURS = 8


def _moments(values: Image) -> tuple[float, float, float, float]:
    """Return mean, sd, skewness and excess kurtosis; the last two are 0 for equal values."""
    mean = float(values.mean())
    centred = values - mean
    square = centred**2
    variance = float(square.mean())
    if variance == 0.0:
        return mean, 0.0, 0.0, 0.0
    skew = float((square * centred).mean()) / variance**1.5
    return mean, variance**0.5, skew, float((square**2).mean()) / variance**2 - 3.0


def grey(image: Image) -> dict[str, float]:
    """Return the moments and seven quantiles of the grey levels."""
    names = ("grey_mean", "grey_sd", "grey_skewness", "grey_kurtosis")
    found = dict(zip(names, _moments(image), strict=True))
    levels = (1, 5, 25, 50, 75, 95, 99)
    for level, value in zip(levels, np.percentile(image, levels), strict=True):
        found[f"grey_q{level:02d}"] = float(value)
    return found


def power_spectrum(image: Image) -> dict[str, float]:
    """Return the log power in 16 rings of equal width, from coarse to fine.

    The mean is removed and a Hann window applied. Ring *k* holds frequencies from k/32 to (k+1)/32 cycles per pixel;
    ring 0 leaves out the frequency 0.
    """
    height, width = image.shape
    window = np.hanning(height)[:, None] * np.hanning(width)
    power = np.abs(np.fft.rfft2((image - image.mean()) * window)) ** 2 / (window**2).sum()
    radius = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width))
    ring = np.minimum((radius * 2 * POWER_BINS).astype(np.int64), POWER_BINS)
    ring[0, 0] = POWER_BINS
    twice = np.full(power.shape, 2.0)  # the half plane stands for the whole one
    twice[:, 0] = 1.0
    total = np.bincount(ring.ravel(), (power * twice).ravel(), minlength=POWER_BINS + 1)
    number = np.bincount(ring.ravel(), twice.ravel(), minlength=POWER_BINS + 1)
    log = np.log10(total / np.maximum(number, 1.0) + 1e-6)
    return {f"power_{k:02d}": float(log[k]) for k in range(POWER_BINS)}


def cooccurrence(image: Image) -> dict[str, float]:
    """Return contrast, homogeneity, energy and correlation of grey-level co-occurrence.

    The symmetric matrices (Haralick, 1973) have 16 grey steps; offsets are 1 and 4 px along rows (x) and columns (y).
    """
    steps = np.clip(image * (GREY_STEPS / 256.0), 0, GREY_STEPS - 1).astype(np.uint8)
    angles = [0.0, np.pi / 2]
    matrices = graycomatrix(steps, OFFSETS, angles, GREY_STEPS, symmetric=True, normed=True)
    found = {}
    for name in ("contrast", "homogeneity", "energy", "correlation"):
        table = graycoprops(matrices, name)  # (offset, angle)
        for row, offset in enumerate(OFFSETS):
            found[f"glcm_{name}_x{offset}"] = float(table[row, 0])
            found[f"glcm_{name}_y{offset}"] = float(table[row, 1])
    return found


def gradient(image: Image) -> dict[str, float]:
    """Return statistics of the gradient magnitude at sigma 1 and 2, and the log ratio of x to y."""
    found = {}
    for sigma in (1, 2):
        down = gaussian(image, sigma, (1, 0))
        right = gaussian(image, sigma, (0, 1))
        magnitude = np.sqrt(down**2 + right**2)
        mean, sd, skew, _ = _moments(magnitude)
        found[f"gradient_mean_s{sigma}"] = mean
        found[f"gradient_sd_s{sigma}"] = sd
        found[f"gradient_skewness_s{sigma}"] = skew
        found[f"gradient_q95_s{sigma}"] = float(np.percentile(magnitude, 95))
        ratio = (np.abs(right).mean() + 1e-6) / (np.abs(down).mean() + 1e-6)
        found[f"gradient_xy_s{sigma}"] = float(np.log(ratio))
    return found


def laplacian(image: Image) -> dict[str, float]:
    """Return sd, skewness and kurtosis of the Laplacian of Gaussian at sigma 1, 2 and 4."""
    found = {}
    for sigma in (1, 2, 4):
        _, sd, skew, kurtosis = _moments(gaussian_laplace(image, sigma))
        found[f"laplacian_sd_s{sigma}"] = sd
        found[f"laplacian_skewness_s{sigma}"] = skew
        found[f"laplacian_kurtosis_s{sigma}"] = kurtosis
    return found


def local_patterns(image: Image) -> dict[str, float]:
    """Return the shares of the rotation-invariant uniform local binary patterns.

    Eight neighbours on circles of 1 and 3 px are read from the image after a Gaussian of a third of the radius (Ojala
    et al., 2002). ``lbp_r1_0`` to ``lbp_r1_8`` are the shares of patterns with so many neighbours at least as bright as
    the centre, and at most two changes around the circle; ``lbp_r1_9`` is the share of all other patterns.
    """
    found = {}
    for radius in PATTERN_RADII:
        code = _pattern_codes(np.rint(gaussian(image, radius / 3.0) * 64.0), radius)
        share = np.bincount(code.ravel(), minlength=NEIGHBOURS + 2) / code.size
        for pattern in range(NEIGHBOURS + 2):
            found[f"lbp_r{radius}_{pattern}"] = float(share[pattern])
    return found


def _pattern_codes(grey: Image, radius: int) -> NDArray[np.uint8]:
    """Return the uniform pattern of each pixel; `skimage.feature.local_binary_pattern` gives the same, more slowly.

    Neighbours beyond the edge count as 0. Those between pixels are interpolated.
    """
    height, width = grey.shape
    padded = np.pad(grey, radius + 1)
    number, changes = np.zeros((2, height, width), np.uint8)
    last: NDArray[np.bool_] | None = None
    for angle in 2.0 * np.pi / NEIGHBOURS * np.arange(NEIGHBOURS):
        down, along = round(-radius * np.sin(angle), 5), round(radius * np.cos(angle), 5)
        brighter = _shifted(padded, down, along, radius + 1) >= grey
        number += brighter
        if last is not None:
            changes += brighter != last
        last = brighter
    return np.where(changes <= 2, number, np.uint8(NEIGHBOURS + 1))


def _shifted(padded: Image, down: float, along: float, margin: int) -> Image:
    """Return a picture without its margin, each pixel read at a distance from its place."""
    row, col = int(np.floor(down)), int(np.floor(along))
    lower, right = down - row, along - col
    height, width = padded.shape[0] - 2 * margin, padded.shape[1] - 2 * margin
    rows = padded[margin + row : margin + row + height + (lower > 0), margin + col :]
    across = rows[:, :width]
    if right > 0:
        across = across * (1.0 - right) + rows[:, 1 : width + 1] * right
    if lower > 0:
        across = across[:-1] * (1.0 - lower) + across[1:] * lower
    return across
