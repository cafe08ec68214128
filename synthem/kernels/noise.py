"""Gradient noise and white noise from integer keys."""

from __future__ import annotations

import numpy as np

from synthem.kernels._jit import kernel
from synthem.kernels.hashing import hash32

__all__ = ["gradient_noise", "white_noise"]


@kernel
def _slope(key, j, i, dy, dx):
    """Return the ramp of the lattice point (j, i): one of 256 gradient directions times an offset."""
    angle = np.float32(hash32(key, j, i) & 255) * np.float32(2.0 * np.pi / 256.0)
    return np.cos(angle) * dy + np.sin(angle) * dx


@kernel
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
    amplitude = np.float32(1.0)
    for octave in range(octaves):
        if cell < 2:
            break
        rows, cols = height // cell, width // cell
        for row in range(height):
            j = row // cell
            fy = np.float32(row % cell) / np.float32(cell)
            wy = fy * fy * fy * (fy * (fy * np.float32(6.0) - np.float32(15.0)) + np.float32(10.0))
            j1 = (j + 1) % rows
            for col in range(width):
                i = col // cell
                fx = np.float32(col % cell) / np.float32(cell)
                wx = fx * fx * fx * (fx * (fx * np.float32(6.0) - np.float32(15.0)) + np.float32(10.0))
                i1 = (i + 1) % cols
                a = _slope(key + octave, j, i, fy, fx)
                b = _slope(key + octave, j, i1, fy, fx - np.float32(1.0))
                c = _slope(key + octave, j1, i, fy - np.float32(1.0), fx)
                d = _slope(key + octave, j1, i1, fy - np.float32(1.0), fx - np.float32(1.0))
                top = a + wx * (b - a)
                out[row, col] += amplitude * (top + wy * (c + wx * (d - c) - top))
        cell //= 2
        amplitude *= np.float32(persistence)


@kernel
def white_noise(key, quantiles, out):
    """Fill an array with independent normal numbers.

    Parameters
    ----------
    key : int
        Key of the numbers; pixel (row, column) depends on it and on its position alone.
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
