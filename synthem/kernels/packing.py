"""Packing of the empty compartments into the room that claims leave."""

from __future__ import annotations

import numpy as np

from synthem.kernels._jit import helper, kernel
from synthem.kernels.occupancy import PAD, SPACING, clearance_at, lower_around
from synthem.kernels.raster import VECTOR

__all__ = ["pack_chains", "shape_chains"]

LOBE = 2.0
STRIDE = 2.5
"""How much longer than the last step of a chain the others may be."""
TURN = 0.4
"""A chain that is in the way of something may turn by this angle at a step, in radians."""
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
    total, zero, last = np.int64(0), np.float32(0.0), np.float32(0.0)
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


@helper
def next_place(clearance, y, x, heading, step, wish, gap):
    """Return the best of three places a step away, straight on or to a side: radius there, row, column, heading."""
    best, row, col, chosen = 0.0, y, x, heading
    for turn in (0.0, TURN, -TURN):
        j, i = y + step * np.cos(heading + turn), x + step * np.sin(heading + turn)
        radius = min(wish, clearance_at(clearance, j, i) - gap)
        if radius > best:
            best, row, col, chosen = radius, j, i, heading + turn
    return best, row, col, chosen


@helper
def walk(clearance, wanted, chain, side, radius, y, x, leap, gap, smallest, number, out, count):
    """Write the capsules of a chain on one side of its middle, the first after a `leap`; return how many `out` has."""
    heading, walked, r = wanted[chain, 2] + np.pi * side, 0.0, radius
    while walked < wanted[chain, 1] / 2 and count < out.shape[0] - 1:
        short = max(0.8 * r, 3.0)
        step = min(max(wanted[chain, 1] / 2 - walked, short), STRIDE * short)
        heading += wanted[chain, 3] * step / r
        wish = r * wanted[chain, 4] ** (step / r)
        step = step if walked > 0.0 or leap == 0.0 else leap
        r_next, row, col, heading = next_place(clearance, y, x, heading, step, wish, gap)
        if r_next < smallest:
            break
        write_link(out, count, y, x, row, col, min(r, r_next), number)
        y, x, r, walked, count = row, col, r_next, walked + step, count + 1
    return count


@helper
def list_rooms(claims, closed, out, widest):
    """Copy claims that lie within no barrier to `out`; return how many.

    `widest` receives the row of the widest of each compartment, -1 where there is none.
    """
    known = np.int64(0)
    for number in range(widest.size):
        widest[number] = -1
    for ring in range(closed.size):
        widest[closed[ring]] = -2
    for k in range(claims.shape[0]):
        number = int(claims[k, 5])
        if widest[number] > -2:
            write_link(out, known, claims[k, 0], claims[k, 1], claims[k, 2], claims[k, 3], claims[k, 4], claims[k, 5])
            if widest[number] < 0 or claims[k, 4] > out[widest[number], 4]:
                widest[number] = known
            known += 1
    return known


@kernel(
    "f4[:,::1], i8[::1], f8[::1], f8[:,::1], f8[:,::1], f8[::1], f8[::1], f8, f8, f8, f8, f8, f8, f8[:,::1], f8[:,::1]"
)
def shape_chains(
    claims, closed, sizes, normal, uniforms, stretch, share, radius, spread, largest, lobes, angle, spray, out, chains
):
    """Say which chains `pack_chains` is to pack: what continues the rooms of organelles, then others, largest first.

    Parameters
    ----------
    claims : (n, 6) float32
        Claimed capsules and their compartment numbers.
    closed : (m,) int64
        Compartments within barriers: they do not go on.
    sizes : (w,) float64
        Sorted normal numbers, one per chain that continues nothing.
    normal, uniforms, stretch, share : (2, c), (c, 2), (c,), (c,) float64
        Normal numbers for bend and taper; numbers from 0 to 1 for angle and lobes; length over radius; radius, relative
        to that of a room, of what continues it.
    radius, spread, largest : float
        Median radius in pixels, standard deviation of its logarithm, and limit.
    lobes : float
        Share of the chains that are lobes of compartments beside them.
    angle, spray : float
        Middle and width of the range of angles, in radians.
    out : (m, 6) float64
        Receives the capsules of rooms.
    chains : (c, 7) float64
        Receives the chains; c is `sizes.size` plus the highest compartment number at least.

    Returns
    -------
    tuple of int
        How many capsules and chains there are.
    """
    widest = np.empty(chains.shape[0] - sizes.size + 1, np.int64)
    known, many = list_rooms(claims, closed, out, widest), 0
    for number in range(widest.size):
        if widest[number] >= 0:
            room = out[widest[number], 4]
            chains[many, 0], chains[many, 5], chains[many, 6] = share[many] * room, 0.0, widest[number]
            chains[many, 1] = chains[many, 0] * stretch[many] + 2.0 * room
            many += 1
    for k in range(sizes.size - 1, -1, -1):
        size = min(radius * np.exp(spread * sizes[k]), largest) * np.sqrt(np.pi / (np.pi + 2.0 * stretch[many]))
        chains[many, 0], chains[many, 5], chains[many, 6] = size, uniforms[many, 1] < lobes, -1.0
        chains[many, 1] = size * stretch[many]
        many += 1
    for k in range(many):
        # a chain is walked from the row axis; an axis has no sign, so half a turn covers all directions
        chains[k, 2] = 0.5 * np.pi - angle + spray * (uniforms[k, 0] - 0.5)
        chains[k, 3], chains[k, 4] = 0.12 * normal[0, k], np.exp(0.1 * normal[1, k])
    return known, many


@kernel("f4[:,::1], f8[:,::1], f8[:,::1], f8, f8, i8, i8, f8[:,::1], i8, i8, f4[:,::1]")
def pack_chains(clearance, wanted, uniforms, gap, smallest, first_owner, known, out, height, width, near):
    """Pack chains of capsules into free space, in the given order.

    A chain is a compartment, a lobe of the compartment nearest to it, or what continues a known capsule on both
    sides. Chains may leave the grid: they come in again on its other side, as images of themselves.

    Parameters
    ----------
    clearance : (h, w) float32
        Clearance grid, lowered in place as chains are put in.
    wanted : (c, 7) float64
        Radius, length, angle, bend in radians and taper per radius of length, 1 for a lobe or 0, row in `out` of the
        capsule to be continued or -1; in order of placement.
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
    count = np.int64(known)
    row = np.empty(clearance.shape[1] + VECTOR, np.float32)
    high, wide = float(clearance.shape[0] * SPACING), float(clearance.shape[1] * SPACING)
    owner = first_owner
    for chain in range(wanted.shape[0]):
        start, origin, number, leap = count, int(wanted[chain, 6]), owner, 0.0
        if origin >= 0:
            radius, number, leap = wanted[chain, 0], int(out[origin, 5]), out[origin, 4] + wanted[chain, 0] + gap
            y, x = 0.5 * (out[origin, 0] + out[origin, 2]), 0.5 * (out[origin, 1] + out[origin, 3])
        else:
            best, y, x = roomiest_probe(clearance, wanted[chain, 0] + gap, uniforms, chain)
            radius = min(wanted[chain, 0], best - gap)
        if radius < smallest or count >= out.shape[0] - 1:
            continue
        if wanted[chain, 5] > 0.0:
            beside, shift_y, shift_x = neighbour(out, start, y, x, LOBE * radius + gap, high, wide)
            if beside >= 0:
                number, y, x = beside, y + shift_y, x + shift_x
        # the chain is walked first, and put in afterwards: it must not get into its own way
        for side in range(2):
            count = walk(clearance, wanted, chain, side, radius, y, x, leap, gap, smallest, number, out, count)
        if count == start and origin < 0:
            write_link(out, count, y, x, y, x, radius, number)
            count += 1
        lower_around(clearance, out, start, count, radius + gap, row)
        owner += 1 if number == owner else 0
    return count, owner, write_images(out, known, count, high, wide, height, width, near)
