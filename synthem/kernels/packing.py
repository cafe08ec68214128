"""Packing of the empty compartments into the room that claims leave."""

from __future__ import annotations

from enum import auto
from typing import Annotated, NamedTuple

import numpy as np

from synthem.kernels._jit import helper, kernel
from synthem.kernels._math import ZERO
from synthem.kernels._records import Doubles, Floats
from synthem.kernels.capsules import CapsuleColumn, ends_of
from synthem.kernels.columns import Columns
from synthem.kernels.occupancy import PAD, SPACING, clearance_at, lower_around
from synthem.kernels.raster import VECTOR

__all__ = ["ChainColumn", "DrawRow", "LimitColumn", "Packed", "SizeColumn", "pack_chains", "shape_chains"]

LOBE = 2.0
"""Distance from the compartment to which a lobe belongs, at most, in radii of the lobe."""
STRIDE = 2.5
"""Longest step of a chain relative to its last."""
TURN = 0.4
"""Angle in radians by which a chain may turn at a step, to go around something."""
NEAR = np.float32(24.0)
"""Distance from the tile up to which capsules matter, in pixels."""


class ChainColumn(Columns):
    """A chain to be packed. Lengths are pixels, angles radians."""

    RADIUS = auto()
    LENGTH = auto()
    ANGLE = auto()  # from the row axis
    BEND = auto()  # per radius of length
    TAPER = auto()  # factor of the radius, per radius of length
    LOBE = auto()  # 1 for a lobe of the nearest compartment, else 0
    CONTINUES = auto()  # row of the capsule that it continues, or -1


class SizeColumn(Columns):
    """Distribution of the chains to shape. Lengths are pixels, angles radians."""

    RADIUS = auto()  # median
    RADIUS_SD = auto()  # standard deviation of its logarithm
    LARGEST = auto()  # limit of the radius
    LOBE_SHARE = auto()  # share of the chains that are lobes
    ANGLE = auto()  # middle of the range of angles, from the column axis
    ANGLE_RANGE = auto()  # width of that range


class DrawRow(Columns):
    """Random numbers of each chain."""

    BEND = auto()  # normal
    TAPER = auto()  # normal
    ANGLE = auto()  # from 0 to 1
    LOBE = auto()  # from 0 to 1
    ELONGATION = auto()  # length over radius
    CONTINUATION = auto()  # radius of a chain that continues a room, relative to that of the room


class LimitColumn(Columns):
    """Limits of packed chains, in pixels."""

    STEP = auto()  # least step of a chain
    GAP = auto()  # room left to neighbours
    SMALLEST = auto()  # radius below which a chain is dropped


class Packed(NamedTuple):
    """Where packed capsules go; see `CapsuleColumn`."""

    capsules: Annotated[Doubles, "f8[:,::1]"]  # (m, 6): all of them
    near: Annotated[Floats, "f4[:,::1]"]  # (9 * m, 6): those packed, and their images, that come near the tile


@helper
def roomiest_probe(clearance, enough, uniforms):
    """Return the clearance, row and column of the best of some random nodes; `enough` clearance is as good as more."""
    height, width = clearance.shape
    best, y, x = -1e9, 0.0, 0.0
    for probe in range(0, uniforms.size, 2):
        j, i = int(uniforms[probe] * height), int(uniforms[probe + 1] * width)
        room = min(float(clearance[j, i]), enough)
        if room > best:
            best, y, x = room, float(j * SPACING - PAD), float(i * SPACING - PAD)
    return best, y, x


@helper
def write_link(out, row, y0, x0, y1, x1, radius, owner):
    """Write one capsule and its compartment number."""
    out[row, CapsuleColumn.Y0], out[row, CapsuleColumn.X0] = y0, x0
    out[row, CapsuleColumn.Y1], out[row, CapsuleColumn.X1] = y1, x1
    out[row, CapsuleColumn.RADIUS], out[row, CapsuleColumn.OWNER] = radius, owner


@helper
def neighbour(out, count, y, x, reach, high, wide):
    """Return the compartment of the nearest of the first `count` capsules, or -1 if none is within `reach`.

    The capsule may be an image beyond the edge of the grid, which is `high` by `wide`. The shift of y and x that leads
    beside the capsule itself is returned, too.
    """
    owner, nearest, shift_y, shift_x = -1, reach, 0.0, 0.0
    for k in range(count):
        y0, x0, y1, x1 = ends_of(out, k)
        dy, dx, ry, rx = y1 - y0, x1 - x0, y - y0, x - x0
        sy, sx = -high * np.round(ry / high), -wide * np.round(rx / wide)
        ry, rx = ry + sy, rx + sx
        t = min(max((ry * dy + rx * dx) / (dy * dy + dx * dx + 1e-6), 0.0), 1.0)
        away = np.sqrt((ry - t * dy) ** 2 + (rx - t * dx) ** 2) - out[k, CapsuleColumn.RADIUS]
        if away < nearest:
            owner, nearest, shift_y, shift_x = int(out[k, CapsuleColumn.OWNER]), away, sy, sx
    return owner, shift_y, shift_x


@helper
def write_images(chains, first, count, high, wide, height, width, out):
    """Write those of the capsules from `first` on, and of their images, that come near the tile; return their number.

    Images are shifted by the size of the grid, `high` by `wide`, and are compartments of their own.
    """
    total, last = np.int64(0), ZERO
    for k in range(first, count):
        last = max(last, np.float32(chains[k, CapsuleColumn.OWNER]))
    for image in range(9):  # the first is not shifted
        cell = image if image > 4 else (image + 4) % 5
        down, across = high * (cell // 3 - 1), wide * (cell % 3 - 1)
        for k in range(first, count):
            y0, x0, y1, x1 = ends_of(chains, k)
            y0, x0 = np.float32(np.float32(y0) + down), np.float32(np.float32(x0) + across)
            y1, x1 = np.float32(np.float32(y1) + down), np.float32(np.float32(x1) + across)
            radius, owner = chains[k, CapsuleColumn.RADIUS], chains[k, CapsuleColumn.OWNER]
            reach = np.float32(radius) + NEAR
            low, left = min(y0, y1) - reach, min(x0, x1) - reach
            if (max(y0, y1) + reach > ZERO) & (max(x0, x1) + reach > ZERO) & (low < height) & (left < width):
                write_link(out, total, y0, x0, y1, x1, radius, owner + image * (last + 1.0))
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
def walk(clearance, chain, side, start, limits, number, out, count):
    """Write the capsules of a chain on one side of its middle; return the number of capsules in `out`.

    `start` holds row, column and radius of the middle, and the length of the first step, 0: like the others.
    """
    y, x, r, leap = start
    heading, walked, half = chain[ChainColumn.ANGLE] + np.pi * side, 0.0, chain[ChainColumn.LENGTH] / 2
    while walked < half and count < out.shape[0] - 1:
        short = max(0.8 * r, limits[LimitColumn.STEP])
        step = min(max(half - walked, short), STRIDE * short)
        heading += chain[ChainColumn.BEND] * step / r
        wish = r * chain[ChainColumn.TAPER] ** (step / r)
        step = step if walked > 0.0 or leap == 0.0 else leap
        r_next, row, col, heading = next_place(clearance, y, x, heading, step, wish, limits[LimitColumn.GAP])
        if r_next < limits[LimitColumn.SMALLEST]:
            break
        write_link(out, count, y, x, row, col, min(r, r_next), number)
        y, x, r, walked, count = row, col, r_next, walked + step, count + 1
    return count


@helper
def list_rooms(claims, closed, out, widest):
    """Copy claims outside barriers to `out`; return their number.

    `widest` receives the row of the widest claim of each compartment: -1 for no claim, -2 within a barrier.
    """
    known = np.int64(0)
    for number in range(widest.size):
        widest[number] = -1
    for ring in range(closed.size):
        widest[closed[ring]] = -2
    for k in range(claims.shape[0]):
        number, radius = int(claims[k, CapsuleColumn.OWNER]), claims[k, CapsuleColumn.RADIUS]
        if widest[number] > -2:
            y0, x0, y1, x1 = ends_of(claims, k)
            write_link(out, known, y0, x0, y1, x1, radius, claims[k, CapsuleColumn.OWNER])
            if widest[number] < 0 or radius > out[widest[number], CapsuleColumn.RADIUS]:
                widest[number] = known
            known += 1
    return known


@kernel("f4[:,::1], i8[::1], f8[::1], f8[:,::1], f8[::1], f8[:,::1], f8[:,::1]")
def shape_chains(claims, closed, sizes, draws, distribution, out, chains):
    """Shape the chains for `pack_chains`: first those that continue rooms of organelles, then others, largest first.

    Parameters
    ----------
    claims : (n, 6) float32
        Claimed capsules, see `CapsuleColumn`.
    closed : (m,) int64
        Compartments within barriers, which nothing continues.
    sizes : (w,) float64
        Sorted normal numbers, one for each chain of its own.
    draws : (6, c) float64
        See `DrawRow`.
    distribution : (6,) float64
        See `SizeColumn`.
    out : (m, 6) float64
        Receives the capsules of rooms.
    chains : (c, 7) float64
        Receives the chains, see `ChainColumn`; c is `sizes.size` plus the highest compartment number at least.

    Returns
    -------
    tuple of int
        Numbers of capsules and chains.
    """
    widest = np.empty(chains.shape[0] - sizes.size + 1, np.int64)
    known, many = list_rooms(claims, closed, out, widest), 0
    for number in range(widest.size):
        if widest[number] >= 0:
            chain, room = chains[many], out[widest[number], CapsuleColumn.RADIUS]
            radius = draws[DrawRow.CONTINUATION, many] * room
            chain[ChainColumn.RADIUS], chain[ChainColumn.LOBE] = radius, 0.0
            chain[ChainColumn.LENGTH] = radius * draws[DrawRow.ELONGATION, many] + 2.0 * room
            chain[ChainColumn.CONTINUES] = widest[number]
            many += 1
    for k in range(sizes.size - 1, -1, -1):
        chain, elongation = chains[many], draws[DrawRow.ELONGATION, many]
        radius = distribution[SizeColumn.RADIUS] * np.exp(distribution[SizeColumn.RADIUS_SD] * sizes[k])
        radius = min(radius, distribution[SizeColumn.LARGEST])
        radius *= np.sqrt(np.pi / (np.pi + 2.0 * elongation))
        chain[ChainColumn.RADIUS], chain[ChainColumn.LENGTH] = radius, radius * elongation
        chain[ChainColumn.LOBE] = draws[DrawRow.LOBE, many] < distribution[SizeColumn.LOBE_SHARE]
        chain[ChainColumn.CONTINUES] = -1.0
        many += 1
    for k in range(many):
        chain = chains[k]
        # a chain is walked from the row axis; an axis has no sign, so half a turn covers all directions
        aside = distribution[SizeColumn.ANGLE_RANGE] * (draws[DrawRow.ANGLE, k] - 0.5)
        chain[ChainColumn.ANGLE] = 0.5 * np.pi - distribution[SizeColumn.ANGLE] + aside
        chain[ChainColumn.BEND] = 0.12 * draws[DrawRow.BEND, k]
        chain[ChainColumn.TAPER] = np.exp(0.1 * draws[DrawRow.TAPER, k])
    return known, many


@kernel("f4[:,::1], f8[:,::1], f8[:,::1], f8[::1], i8, i8, UniTuple(i8, 2)", Packed)
def pack_chains(clearance, chains, uniforms, limits, first_owner, known, shape, packed):
    """Pack chains of capsules into free space, in the given order.

    A chain is a compartment of its own, a lobe of the compartment nearest to it, or continues a known capsule on both
    sides. Chains may leave the grid: they come in again on its other side, as images of themselves.

    Parameters
    ----------
    clearance : (h, w) float32
        Clearance grid, lowered in place as chains are put in.
    chains : (c, 7) float64
        See `ChainColumn`; in order of placement.
    uniforms : (c, 2 * probes) float64
        Positions to probe, as fractions of the padded tile.
    limits : (3,) float64
        See `LimitColumn`.
    first_owner : int
        Compartment number of the first chain.
    known : int
        Number of capsules that there are already; lobes may belong to their compartments.
    shape : (int, int)
        Rows and columns of the tile.
    packed : Packed
        Receives the capsules, after those that there are already.

    Returns
    -------
    tuple of int
        Number of all capsules, next free compartment number, and number of those near the tile.
    """
    out, count = packed.capsules, np.int64(known)
    row = np.empty(clearance.shape[1] + VECTOR, np.float32)
    high, wide = float(clearance.shape[0] * SPACING), float(clearance.shape[1] * SPACING)
    gap, owner = limits[LimitColumn.GAP], first_owner
    for n in range(chains.shape[0]):
        chain, start, number, leap = chains[n], count, owner, 0.0
        origin = int(chain[ChainColumn.CONTINUES])
        if origin >= 0:
            radius, number = chain[ChainColumn.RADIUS], int(out[origin, CapsuleColumn.OWNER])
            leap = out[origin, CapsuleColumn.RADIUS] + radius + gap
            y0, x0, y1, x1 = ends_of(out, origin)
            y, x = 0.5 * (y0 + y1), 0.5 * (x0 + x1)
        else:
            best, y, x = roomiest_probe(clearance, chain[ChainColumn.RADIUS] + gap, uniforms[n])
            radius = min(chain[ChainColumn.RADIUS], best - gap)
        if radius < limits[LimitColumn.SMALLEST] or count >= out.shape[0] - 1:
            continue
        if chain[ChainColumn.LOBE] > 0.0:
            beside, shift_y, shift_x = neighbour(out, start, y, x, LOBE * radius + gap, high, wide)
            if beside >= 0:
                number, y, x = beside, y + shift_y, x + shift_x
        for side in range(2):  # walked first and put in afterwards: a chain must not get into its own way
            count = walk(clearance, chain, side, (y, x, radius, leap), limits, number, out, count)
        if count == start and origin < 0:
            write_link(out, count, y, x, y, x, radius, number)
            count += 1
        lower_around(clearance, out, start, count, radius + gap, row)
        owner += 1 if number == owner else 0
    return count, owner, write_images(out, known, count, high, wide, shape[0], shape[1], packed.near)
