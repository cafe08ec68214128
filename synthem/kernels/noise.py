"""Gradient noise and white noise from integer keys."""

from __future__ import annotations

import numpy as np

from synthem.kernels._jit import helper, kernel
from synthem.kernels.hashing import hash32

__all__ = ["gradient_noise", "white_noise"]


@helper
def slopes_of_row(key, j, cols, slopes):
    """Write the gradients, one of 256 directions each, of the lattice points of row j."""
    for i in range(cols + 1):
        angle = np.float32(hash32(key, j, i % cols) & 255) * np.float32(2.0 * np.pi / 256.0)
        slopes[0, i], slopes[1, i] = np.cos(angle), np.sin(angle)


@helper
def fade(t):
    """Return Perlin's quintic fade."""
    return t * t * t * (t * (t * np.float32(6.0) - np.float32(15.0)) + np.float32(10.0))


@kernel("i8, i8, i8, f8, f4[:,::1]")
def gradient_noise(key, cell, octaves, persistence, out):
    """Add octaves of periodic gradient noise to an array.

    Perlin's improved noise (K. Perlin, Improving noise, 2002: quintic fade) with hashed gradient
    directions. The result repeats with the size of the array.

    Parameters
    ----------
    key : int
        Key of the gradients.
    cell : int
        Cell size of the first octave in pixels; halved from octave to octave. It must divide both sides.
    octaves : int
        How many octaves; stops early where cells would be smaller than two pixels.
    persistence : float
        Factor of the amplitude from octave to octave.
    out : (H, W) float32
        The noise is added to this array.
    """
    height, width = out.shape
    slopes = np.empty((2, 2, width // 2 + 1), np.float32)
    amplitude, one = np.float32(1.0), np.float32(1.0)
    for octave in range(octaves):
        if cell < 2:
            break
        rows, cols = height // cell, width // cell
        step = one / np.float32(cell)
        for row in range(height):
            j = row // cell
            if row % cell == 0:
                slopes_of_row(key + octave, j, cols, slopes[0])
                slopes_of_row(key + octave, (j + 1) % rows, cols, slopes[1])
            fy = np.float32(row % cell) * step
            wy = fade(fy)
            for i in range(cols):
                a, b = slopes[0, 0, i] * fy, slopes[0, 0, i + 1] * fy
                c, d = slopes[1, 0, i] * (fy - one), slopes[1, 0, i + 1] * (fy - one)
                for col in range(cell):
                    fx = np.float32(col) * step
                    wx = fade(fx)
                    top_left, top_right = a + slopes[0, 1, i] * fx, b + slopes[0, 1, i + 1] * (fx - one)
                    low_left, low_right = c + slopes[1, 1, i] * fx, d + slopes[1, 1, i + 1] * (fx - one)
                    top = top_left + wx * (top_right - top_left)
                    low = low_left + wx * (low_right - low_left)
                    out[row, i * cell + col] += amplitude * (top + wy * (low - top))
        cell //= 2
        amplitude *= np.float32(persistence)


@kernel("i8, f4[::1], f4[:,::1]")
def white_noise(key, quantiles, out):
    """Fill an array with independent normal numbers.

    Parameters
    ----------
    key : int
        Key of the numbers; element (row, column) depends on it and on its position alone.
    quantiles : (4096,) float32
        Quantiles of the standard normal distribution.
    out : (H, W) float32
        Receives the numbers.
    """
    for row in range(out.shape[0]):
        for col in range(0, out.shape[1], 2):
            bits = hash32(key, row, col)
            out[row, col] = quantiles[bits & np.uint32(4095)]
            if col + 1 < out.shape[1]:
                out[row, col + 1] = quantiles[(bits >> np.uint32(16)) & np.uint32(4095)]
