"""Packing of the empty compartments into the room that claims leave."""

from __future__ import annotations

import numpy as np

from synthem.kernels._jit import helper, kernel
from synthem.kernels.occupancy import PAD, SPACING, clearance_at, lower_around
from synthem.kernels.raster import VECTOR

__all__ = ["pack_chains"]

LOBE = 2.0
NEAR = np.float32(24.0)
"""Capsules farther from the tile than this do not matter."""


@helper
def roomiest_probe(clearance, enough, uniforms, chain):
    """Return the clearance, row and column of the best of some random nodes."""
    height, width = clearance.shape
    best, y, x = -1e9, 0.0, 0.0
    for probe in range(0, uniforms.shape[1], 2):
        j, i = int(uniforms[chain, probe] * height), int(uniforms[chain, probe + 1] * width)
        room = min(float(clearance[j, i]), enough)
        if room > best:
            best, y, x = room, float(j * SPACING - PAD), float(i * SPACING - PAD)
    return best, y, x


@helper
def write_link(out, row, y0, x0, y1, x1, radius, owner):
    """Write one capsule and its compartment number."""
    out[row, 0], out[row, 1], out[row, 2], out[row, 3], out[row, 4], out[row, 5] = y0, x0, y1, x1, radius, owner


@helper
def neighbour(out, count, y, x, reach, high, wide):
    """Return the compartment of the nearest of the first `count` capsules, or -1 if none is within `reach`.

    Return as well what to add to y and x to be beside it, where the grid, of size `high` by `wide`, lies between.
    """
    owner, nearest, shift_y, shift_x = -1, reach, 0.0, 0.0
    for k in range(count):
        dy, dx = out[k, 2] - out[k, 0], out[k, 3] - out[k, 1]
        ry, rx = y - out[k, 0], x - out[k, 1]
        sy, sx = -high * np.round(ry / high), -wide * np.round(rx / wide)
        ry, rx = ry + sy, rx + sx
        t = min(max((ry * dy + rx * dx) / (dy * dy + dx * dx + 1e-6), 0.0), 1.0)
        away = np.sqrt((ry - t * dy) ** 2 + (rx - t * dx) ** 2) - out[k, 4]
        if away < nearest:
            owner, nearest, shift_y, shift_x = int(out[k, 5]), away, sy, sx
    return owner, shift_y, shift_x


@helper
def write_images(chains, first, count, high, wide, height, width, out):
    """Write the capsules from `first` on, and their images, as far as they come near the tile; return how many do.

    Images are shifted by the size of the grid, `high` by `wide`, and are compartments of their own.
    """
    total, zero, last = 0, np.float32(0.0), np.float32(0.0)
    for k in range(first, count):
        last = max(last, np.float32(chains[k, 5]))
    for image in range(9):  # the first is what was packed itself
        cell = image if image > 4 else (image + 4) % 5
        down, across = high * (cell // 3 - 1), wide * (cell % 3 - 1)
        for k in range(first, count):
            y0, x0 = np.float32(np.float32(chains[k, 0]) + down), np.float32(np.float32(chains[k, 1]) + across)
            y1, x1 = np.float32(np.float32(chains[k, 2]) + down), np.float32(np.float32(chains[k, 3]) + across)
            reach = np.float32(chains[k, 4]) + NEAR
            low, left = min(y0, y1) - reach, min(x0, x1) - reach
            if (max(y0, y1) + reach > zero) & (max(x0, x1) + reach > zero) & (low < height) & (left < width):
                write_link(out, total, y0, x0, y1, x1, chains[k, 4], chains[k, 5] + image * (last + 1.0))
                total += 1
    return total


@kernel("f4[:,::1], f8[:,::1], f8[:,::1], f8, f8, i8, i8, f8[:,::1], i8, i8, f4[:,::1]")
def pack_chains(clearance, wanted, uniforms, gap, smallest, first_owner, known, out, height, width, near):
    """Pack chains of capsules into free space, large ones first.

    A chain is a compartment, or a lobe of the compartment nearest to it. Chains may leave the grid: they come in
    again on its other side, as images of themselves.

    Parameters
    ----------
    clearance : (h, w) float32
        Clearance grid, lowered in place as chains are put in.
    wanted : (6, c) float64
        Radius, length, angle, bend per step in radians, taper per step, 1 for a lobe or 0; in order of placement.
    uniforms : (c, 2 * probes) float64
        Positions to probe, as fractions of the padded tile.
    gap : float
        Room left to neighbours, in pixels.
    smallest : float
        Radius below which a chain is dropped.
    first_owner : int
        Compartment number of the first chain.
    known : int
        How many capsules `out` holds already; lobes may belong to their compartments.
    out : (m, 6) float64
        Receives the capsules and their compartment numbers.
    height, width : int
        Size of the tile.
    near : (9 * m, 6) float32
        Receives those packed capsules and images that come near the tile.

    Returns
    -------
    tuple of int
        Capsules in `out`, the next free compartment number, and capsules in `near`.
    """
    count, most = np.int64(known), out.shape[0] - 1
    row = np.empty(clearance.shape[1] + VECTOR, np.float32)
    high, wide = float(clearance.shape[0] * SPACING), float(clearance.shape[1] * SPACING)
    owner = first_owner
    for chain in range(wanted.shape[1]):
        length, angle = wanted[1, chain], wanted[2, chain]
        best, y, x = roomiest_probe(clearance, wanted[0, chain] + gap, uniforms, chain)
        radius = min(wanted[0, chain], best - gap)
        if radius < smallest or count >= most:
            continue
        # the chain is walked first, and put in afterwards: it must not get into its own way
        start = count
        number, lobe = owner, False
        if wanted[5, chain] > 0.0:
            beside, shift_y, shift_x = neighbour(out, start, y, x, LOBE * radius + gap, high, wide)
            lobe = beside >= 0
            if lobe:
                number, y, x = beside, y + shift_y, x + shift_x
        for side in range(2):
            cy, cx, r = y, x, radius
            heading = angle + np.pi * side
            walked = 0.0
            while walked < length / 2 and count < most:
                step = max(0.8 * r, 3.0)
                heading += wanted[3, chain]
                ny, nx = cy + step * np.cos(heading), cx + step * np.sin(heading)
                r_next = min(r * wanted[4, chain], clearance_at(clearance, ny, nx) - gap)
                if r_next < smallest:
                    break
                write_link(out, count, cy, cx, ny, nx, min(r, r_next), number)
                count += 1
                cy, cx, r = ny, nx, r_next
                walked += step
        if count == start:
            write_link(out, count, y, x, y, x, radius, number)
            count += 1
        lower_around(clearance, out, start, count, radius + gap, row)
        owner += 0 if lobe else 1
    return count, owner, write_images(out, known, count, high, wide, height, width, near)
