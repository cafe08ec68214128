"""Gradient noise and white noise from integer keys."""

from __future__ import annotations

import numpy as np

from synthem.kernels._jit import helper, kernel
from synthem.kernels._math import ONE, lerp
from synthem.kernels.hashing import hash32

__all__ = ["gradient_noise", "white_noise"]


@helper
def fade(t):
    """Return Perlin's quintic fade."""
    return t * t * t * (t * (t * np.float32(6.0) - np.float32(15.0)) + np.float32(10.0))


@helper
def spread_slopes(key, j, cells, directions, lines):
    """Write, for every column, the contributions of the gradients of lattice row j, of 256 directions.

    Rows of `lines`: slope down the rows, and slope along the row times distance, of the lattice point to the left; both
    of the point to the right.
    """
    width = lines.shape[1]
    step, start = np.float32(cells / width), np.int64(0)
    last = hash32(key, j, 0) & 255
    for i in range(cells):
        this, last = last, hash32(key, j, (i + 1) % cells) & 255
        stop = -(-(i + 1) * width // cells)
        for col in range(start, stop):
            fx = np.float32(col * step - i)
            lines[0, col], lines[1, col] = directions[0, this], directions[1, this] * fx
            lines[2, col], lines[3, col] = directions[0, last], directions[1, last] * (fx - ONE)
        start = stop


@helper
def add_row(above, below, weights, fy, amplitude, out):
    """Add one row of gradient noise, given the result of `spread_slopes` for the lattice rows above and below it."""
    wy, gy = fade(fy), fy - ONE
    for col in range(out.size):
        top_left, top_right = above[0, col] * fy + above[1, col], above[2, col] * fy + above[3, col]
        low_left, low_right = below[0, col] * gy + below[1, col], below[2, col] * gy + below[3, col]
        top, low = lerp(top_left, top_right, weights[col]), lerp(low_left, low_right, weights[col])
        out[col] += amplitude * lerp(top, low, wy)


@kernel("i8, i8, i8, i8, f8, f4[:,::1]")
def gradient_noise(key, down, across, octaves, persistence, out):
    """Add octaves of periodic gradient noise to an array.

    Perlin's improved noise (K. Perlin, Improving noise, 2002: quintic fade) with hashed gradient
    directions. The result repeats with the size of the array.

    Parameters
    ----------
    key : int
        Key of the gradients.
    down, across : int
        Number of cells of the first octave along rows and columns; doubled from octave to octave.
    octaves : int
        Number of octaves; it stops early where cells would be smaller than two pixels.
    persistence : float
        Factor of the amplitude from octave to octave.
    out : (H, W) float32
        The noise is added to this array.
    """
    height, width = out.shape
    lines, weights = np.empty((2, 4, width), np.float32), np.empty(width, np.float32)
    amplitude, directions = ONE, np.empty((2, 256), np.float32)
    for k in range(256):
        angle = np.float32(k) * np.float32(2.0 * np.pi / 256.0)
        directions[0, k], directions[1, k] = np.cos(angle), np.sin(angle)
    for octave in range(octaves):
        if height < 2 * down or width < 2 * across:
            break
        for col in range(width):
            place = col * np.float32(across / width)
            weights[col] = fade(np.float32(place - np.floor(place)))
        spread_slopes(key + octave, np.int64(0), across, directions, lines[0])
        known = np.int64(-1)
        for row in range(height):
            j = row * down // height
            if j != known:
                spread_slopes(key + octave, (j + 1) % down, across, directions, lines[(j + 1) % 2])
                known = j
            fy = np.float32(row * down / height - j)
            add_row(lines[j % 2], lines[(j + 1) % 2], weights, fy, amplitude, out[row])
        down, across = 2 * down, 2 * across
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
