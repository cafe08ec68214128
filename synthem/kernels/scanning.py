"""Greys of a disturbed scan: charging and motion blur."""

from __future__ import annotations

from enum import auto

import numpy as np

from synthem.kernels._jit import helper, kernel
from synthem.kernels._math import HALF, ONE, ZERO, lerp
from synthem.kernels.columns import Columns
from synthem.kernels.hashing import hash_unit

__all__ = ["COARSE", "FlareColumn", "add_flares", "blur_rows"]

COARSE = 4
"""Pixels per cell of the grid on which charge spreads."""

SEEN = np.float32(3.0)
"""Change of a grey, in levels, from which on a pixel counts as changed."""


class FlareColumn(Columns):
    """Charge and how it shows."""

    BRIGHT = auto()  # grey from which on bright places charge
    DARK = auto()  # grey below which dark places charge
    SPREAD = auto()  # share of the charge that is left a cell further, in all directions
    DECAY = auto()  # share of the tail that is left a cell further along the row
    GAIN = auto()  # levels per unit of charge
    TAIL = auto()  # of the tail, beside the halo
    SHADOW = auto()  # share of the tail that follows it, dark, as long again
    FLICKER = auto()  # standard deviation of tails between rows
    LIMIT = auto()  # levels that a flare does not exceed


@helper
def spread_line(line, share):
    """Spread what a line holds to both sides, with exponential tails and the same sum far from its ends."""
    gain = (ONE - share) / (ONE + share)
    carried = ZERO
    for k in range(line.size):
        carried = share * carried + line[k]
        line[k] = carried
    carried = ZERO
    for k in range(line.size - 1, -1, -1):
        carried = share * carried + line[k] * (ONE - share * share)
        line[k] = carried * gain


@helper
def charge_cells(grey, patches, bright, dark, out):
    """Write the charge of each cell: how far its mean grey lies beyond the limits, where the section charges at all."""
    height, width = grey.shape
    for j in range(out.shape[0]):
        for i in range(out.shape[1]):
            total, count = ZERO, ZERO
            for row in range(j * COARSE, min((j + 1) * COARSE, height)):
                for col in range(i * COARSE, min((i + 1) * COARSE, width)):
                    total += grey[row, col]
                    count += ONE
            mean = total / count
            out[j, i] = (max(mean - bright, ZERO) + max(dark - mean, ZERO)) * patches[j, i]


@helper
def between_four(plane, top, under, left, right, fy, fx):
    """Return a number between four of a plane."""
    above = lerp(plane[top, left], plane[top, right], fx)
    return lerp(above, lerp(plane[under, left], plane[under, right], fx), fy)


@helper
def drag(cells, decay, tail, shadow, reverse, out):
    """Write what the beam drags along each row of cells, and the shadow behind it."""
    late = np.sqrt(decay)
    for j in range(cells.shape[0]):
        carried, after = ZERO, ZERO
        for k in range(cells.shape[1]):
            i = cells.shape[1] - 1 - k if reverse else k
            carried = decay * carried + (ONE - decay) * cells[j, i]
            after = late * after + (ONE - late) * carried
            out[j, i] = tail * (carried - shadow * after)


@kernel("Array(f4, 2, 'C', readonly=True), f4[::1], i8, b1, f4[:,::1], u1[:,::1]")
def add_flares(patches, numbers, key, reverse, grey, mask):
    """Add flares around bright and dark places, with tails along the rows.

    Parameters
    ----------
    patches : (h, w) float32
        How easily each cell of `COARSE` pixels charges, from 0.
    numbers : (9,) float32
        See `FlareColumn`.
    key : int
        Key of the flicker between rows.
    reverse : bool
        Whether the beam scans from right to left.
    grey : (H, W) float32
        Changed in place.
    mask : (H, W) uint8
        Receives 0 or 1.
    """
    height, width = grey.shape
    cells, tails = np.empty(patches.shape, np.float32), np.empty(patches.shape, np.float32)
    column = np.empty(patches.shape[0], np.float32)
    charge_cells(grey, patches, numbers[FlareColumn.BRIGHT], numbers[FlareColumn.DARK], cells)
    spread = numbers[FlareColumn.SPREAD]
    for j in range(cells.shape[0]):
        spread_line(cells[j], spread)
    for i in range(cells.shape[1]):
        for j in range(cells.shape[0]):
            column[j] = cells[j, i]
        spread_line(column, spread)
        for j in range(cells.shape[0]):
            cells[j, i] = column[j]
    shadow = numbers[FlareColumn.SHADOW]
    drag(cells, numbers[FlareColumn.DECAY], numbers[FlareColumn.TAIL], shadow, reverse, tails)
    low, last = cells.shape[0] - 1, cells.shape[1] - 1
    gain, limit, scale = numbers[FlareColumn.GAIN], numbers[FlareColumn.LIMIT], ONE / np.float32(COARSE)
    for row in range(height):
        flicker = np.float32(3.4) * (hash_unit(key, row, 0) - HALF)  # evenly distributed, with a deviation of 1
        dragged = max(ONE + numbers[FlareColumn.FLICKER] * flicker, ZERO)
        y = min(max((np.float32(row) + HALF) * scale - HALF, ZERO), np.float32(low))
        top = int(y)
        under, fy = min(top + 1, low), y - np.float32(top)
        for col in range(width):
            x = min(max((np.float32(col) + HALF) * scale - HALF, ZERO), np.float32(last))
            left = int(x)
            right, fx = min(left + 1, last), x - np.float32(left)
            halo = between_four(cells, top, under, left, right, fy, fx)
            flare = gain * (halo + dragged * between_four(tails, top, under, left, right, fy, fx))
            flare = flare * limit / (limit + abs(flare))
            grey[row, col] += flare
            mask[row, col] = np.uint8(abs(flare) >= SEEN)


@kernel("f4[:,::1], f4[::1], f8, f8, f4[:,::1]")
def blur_rows(grey, lengths, along_rows, along_cols, out):
    """Blur each row of pixels along a direction, by a length of its own.

    Parameters
    ----------
    grey : (H, W) float32
    lengths : (H,) float32
        Length of the path in pixels; 0 leaves a row as it is.
    along_rows, along_cols : float
        Direction of the path, a unit vector.
    out : (H, W) float32
        Receives the result; beyond the tile its edge counts.
    """
    height, width = grey.shape
    for row in range(height):
        steps, line = int(np.ceil(lengths[row])), out[row]
        share = ONE / np.float32(steps + 1)
        for col in range(width):
            line[col] = ZERO
        for k in range(steps + 1):
            part = (k / steps - 0.5) * lengths[row] if steps else 0.0
            y = min(max(row + part * along_rows, 0.0), height - 1.0)
            top, shift = int(y), part * along_cols
            above, below = grey[top], grey[min(top + 1, height - 1)]
            fy, whole = np.float32(y - top), int(np.floor(shift))
            fx = np.float32(shift - whole)
            first, last = max(-whole, 0), min(width - 1 - whole, width)
            near, far = share * (ONE - fx), share * fx
            for col in range(width):
                if first <= col and col < last:
                    left, right = col + whole, col + whole + 1
                else:
                    left = min(max(col + whole, 0), width - 1)
                    right = min(max(col + whole + 1, 0), width - 1)
                line[col] += near * lerp(above[left], below[left], fy) + far * lerp(above[right], below[right], fy)
