"""The smooth warp that makes the borders between compartments irregular."""

from __future__ import annotations

import numpy as np

from synthem.kernels._jit import helper, kernel
from synthem.kernels._math import clamp, lerp
from synthem.kernels.capsules import CapsuleColumn, ends_of
from synthem.kernels.hashing import hash_unit

__all__ = ["WARP_SPACING", "warp_field"]

WARP_SPACING = 8
"""Distance between the nodes of the warp, in pixels."""


@helper
def noise_lattices(key, lattices):
    """Write random numbers in [0, 1) at the points of four lattices, each with a key of its own."""
    for layer in range(lattices.shape[0]):
        for j in range(lattices.shape[1]):
            for i in range(lattices.shape[2]):
                lattices[layer, j, i] = hash_unit(key + layer, j + 65536, i + 65536)


@helper
def smooth(lattices, layer, y, x):
    """Return smooth noise in [-1, 1] with features about one lattice cell wide."""
    j, i = int(y), int(x)
    fy, fx = y - j, x - i
    wy, wx = fy * fy * (3.0 - 2.0 * fy), fx * fx * (3.0 - 2.0 * fx)
    a, b = lattices[layer, j, i], lattices[layer, j, i + 1]
    c, d = lattices[layer, j + 1, i], lattices[layer, j + 1, i + 1]
    return np.float32(2.0 * lerp(lerp(a, b, wx), lerp(c, d, wx), wy) - 1.0)


@kernel("f4[:,::1], i8, i8, f8, f8, f8, f8, f4[:,:,::1]")
def warp_field(capsules, claims, key, coarse, fine, wave, fade, out):
    """Compute the warp at nodes every `WARP_SPACING` pixels.

    Parameters
    ----------
    capsules : (n, 6) float32
        See `CapsuleColumn`; the first `claims` of them are claims, near which nothing is warped.
    claims : int
        Number of claims.
    key : int
        Key of the noise.
    coarse, fine : float
        Amplitudes in pixels of the two octaves.
    wave : float
        Width in pixels of the features of the coarse octave; those of the fine one have a third of it.
    fade : float
        Distance from a claim, in pixels, over which the warp comes back.
    out : (3, h, w) float32
        Receives the shift in rows and columns; the third plane is scratch.
    """
    rows, cols = out.shape[1], out.shape[2]
    for j in range(rows):
        for i in range(cols):
            out[2, j, i] = 1.0
    for k in range(claims):
        (y0, x0, y1, x1), r = ends_of(capsules, k), capsules[k, CapsuleColumn.RADIUS]
        reach = r + fade
        dy, dx = y1 - y0, x1 - x0
        scale = 1.0 / max(dy * dy + dx * dx, 1e-6)
        j0, j1 = int((min(y0, y1) - reach) // WARP_SPACING), int((max(y0, y1) + reach) // WARP_SPACING) + 1
        i0, i1 = int((min(x0, x1) - reach) // WARP_SPACING), int((max(x0, x1) + reach) // WARP_SPACING) + 1
        for j in range(max(0, j0), min(rows - 1, j1) + 1):
            for i in range(max(0, i0), min(cols - 1, i1) + 1):
                ry, rx = j * WARP_SPACING - y0, i * WARP_SPACING - x0
                t = clamp((ry * dy + rx * dx) * scale, 0.0, 1.0)
                away = (np.sqrt((ry - t * dy) ** 2 + (rx - t * dx) ** 2) - r - WARP_SPACING) / fade
                out[2, j, i] = min(out[2, j, i], max(away, 0.0))
    step = WARP_SPACING / wave
    lattices = np.empty((4, int(3.0 * step * rows) + 2, int(3.0 * step * cols) + 2), np.float32)
    noise_lattices(key, lattices)
    for j in range(rows):
        for i in range(cols):
            y, x = j * step, i * step
            for axis in range(2):
                noise = coarse * smooth(lattices, 2 * axis, y, x)
                out[axis, j, i] = out[2, j, i] * (noise + fine * smooth(lattices, 2 * axis + 1, 3.0 * y, 3.0 * x))
