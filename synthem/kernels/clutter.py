"""Drawing of the small structures that belong to no class: lines, discs and footprints around the origin."""

from __future__ import annotations

from enum import auto

import numpy as np

from synthem.kernels._jit import helper, kernel
from synthem.kernels._math import between, normal
from synthem.kernels.columns import Columns
from synthem.kernels.outlines import arc

__all__ = ["MOST_STICKS", "NUMBERS", "ClutterKind", "ClutterRow", "draw_clutter"]

MOST_STICKS = 8
NUMBERS = 9 + 6 * MOST_STICKS
"""Random numbers that a structure may use."""


class ClutterKind(Columns):
    """Kinds of structures."""

    TUBE = auto()
    ELLIPSE = auto()
    DENSE_BODY = auto()
    DARK_LINE = auto()
    MICROTUBULES = auto()
    GRAZING_MEMBRANE = auto()


class ClutterRow(Columns):
    """Ranges that say how the structures look: greys, then opacities."""

    LEVEL = auto()  # of walls and lines
    LUMEN_LEVEL = auto()
    DENSE_LEVEL = auto()  # of dense bodies
    MICROTUBULE_LEVEL = auto()
    GRAZING_LEVEL = auto()  # of grazing membranes
    OPACITY = auto()  # of tubes, ellipses and dark lines
    GRAZING_OPACITY = auto()


@helper
def set_row(table, row, a, b, c, d):
    """Write the first four numbers of a row."""
    table[row, 0], table[row, 1], table[row, 2], table[row, 3] = a, b, c, d


@helper
def cover_curve(curve, radius, capsules, row):
    """Write two capsules along a curve of five points; return the next free row."""
    for k in range(2):
        set_row(capsules, row + k, curve[2 * k, 0], curve[2 * k, 1], curve[2 * k + 2, 0], curve[2 * k + 2, 1])
        capsules[row + k, 4] = radius
    return row + 2


@helper
def cover_line(reach, radius, capsules, row):
    """Write one capsule along the column axis; return the next free row."""
    set_row(capsules, row, 0.0, -reach, 0.0, reach)
    capsules[row, 4] = radius
    return row + 1


@helper
def draw_bundle(spread, length, u, level, sticks, looks, first):
    """Draw microtubules, nearly parallel; return how many."""
    count = 3 + int((MOST_STICKS - 2) * u[3])
    for k in range(count):
        own = u[9 + 6 * k : 15 + 6 * k]
        y, x, reach = spread * (2.0 * own[0] - 1.0), length * 0.6 * (own[1] - 0.5), length * (0.15 + 0.2 * own[2])
        down = reach * np.tan(0.06 * normal(own[4], own[5]))
        stick = sticks[first + k]
        stick[0, 0], stick[0, 1], stick[1, 0], stick[1, 1] = y - down, x - reach, y + down, x + reach
        set_row(looks, first + k, 0.4, 1.3, level, 0.25 + 0.4 * own[3])
    return count


@kernel(
    "i8[::1], f8, f8[:,::1], f8[:,::1], f8[:,:,::1], f8[:,:,::1], f8[:,:,::1], f8[:,:,::1], i8[:,::1], "
    "f8[:,::1], i8[::1]"
)
def draw_clutter(kinds, size, uniforms, look, curves, sticks, discs, looks, owners, capsules, counts):
    """Draw structures, each around the origin.

    Parameters
    ----------
    kinds : (k,) int64
        Which to draw from, see `ClutterKind`.
    size : float
        Factor of their extent.
    uniforms : (n, NUMBERS) float64
        Random numbers from 0 to 1.
    look : (7, 2) float64
        Ranges, see `ClutterRow`.
    curves, sticks, discs : (c, 5, 2), (s, 2, 2), (d, 1, 5) float64
        Receive lines of five and of two points, and discs: row, column, semi-axes, angle.
    looks : (3, m, 4) float64
        Receives what is painted of each: half-width, softness, level, opacity; of discs rim width, rim grey, interior
        grey, opacity.
    owners : (3, m) int64
        Receives the number of the structure to which each belongs.
    capsules : (2 * n, 5) float64
        Receives the footprints, one after the other.
    counts : (n,) int64
        Receives the number of capsules of each.

    Returns
    -------
    tuple of int
        How many curves, sticks, discs and capsules there are.
    """
    a, b, c, row = np.int64(0), np.int64(0), np.int64(0), np.int64(0)  # literals would make other versions of helpers
    for n in range(uniforms.shape[0]):
        u, start = uniforms[n], row
        kind = kinds[int(u[8] * kinds.size)]
        level, opacity = between(look[ClutterRow.LEVEL], u[2]), between(look[ClutterRow.OPACITY], u[3])
        bend = 0.5 * normal(u[4], u[5])
        if kind == ClutterKind.TUBE:
            half = 2.0 + 3.0 * u[1]
            for k in range(2):
                arc(size * (14.0 + 46.0 * u[0] * u[0]), bend, 0.0, curves[a + k])
                owners[0, a + k] = n
            set_row(looks[0], a, half, 1.2, level, opacity)
            set_row(looks[0], a + 1, max(0.2, half - 2.0), 1.4, between(look[ClutterRow.LUMEN_LEVEL], u[6]), opacity)
            row = cover_curve(curves[a], half + 2.0, capsules, row)
            a += 2
        elif kind == ClutterKind.ELLIPSE:
            long = size * (4.0 + 7.0 * u[0])
            short = long * (0.45 + 0.5 * u[1])
            set_row(discs[c], 0, 0.0, 0.0, long, short)
            discs[c, 0, 4] = 0.0
            set_row(looks[2], c, 1.5 + u[7], level, between(look[ClutterRow.LUMEN_LEVEL], u[6]), opacity)
            owners[2, c] = n
            row = cover_line(long - short, short + 1.0, capsules, row)
            c += 1
        elif kind == ClutterKind.DENSE_BODY:
            radius = 2.0 + 3.5 * size * u[0]
            set_row(sticks[b], 0, 0.0, -0.3 * radius, 0.0, 0.3 * radius)
            set_row(looks[1], b, 0.6 * radius, radius, between(look[ClutterRow.DENSE_LEVEL], u[1]), 0.8)
            owners[1, b] = n
            row = cover_line(0.0, 1.6 * radius, capsules, row)
            b += 1
        elif kind == ClutterKind.DARK_LINE:
            half = 0.6 + 1.2 * u[1]
            arc(size * (10.0 + 25.0 * u[0]), bend, 0.0, curves[a])
            set_row(looks[0], a, half, 1.6, level, opacity)
            owners[0, a] = n
            row = cover_curve(curves[a], half + 1.0, capsules, row)
            a += 1
        elif kind == ClutterKind.GRAZING_MEMBRANE:  # it may reach over borders: it shows on unlabelled pixels alone
            arc(size * (8.0 + 40.0 * u[0]), bend, 0.0, curves[a])
            half, fade = size * (1.0 + 7.0 * u[1]), 3.0 + 6.0 * u[6]
            level = between(look[ClutterRow.GRAZING_LEVEL], u[2])
            opacity = between(look[ClutterRow.GRAZING_OPACITY], u[3])
            set_row(looks[0], a, half, fade, level, opacity)
            owners[0, a] = n
            row = cover_line(0.0, 2.0, capsules, row)
            a += 1
        else:
            spread, length = size * (6.0 + 14.0 * u[0]), size * (24.0 + 40.0 * u[1])
            level = between(look[ClutterRow.MICROTUBULE_LEVEL], u[2])
            many = draw_bundle(spread, length, u, level, sticks, looks[1], b)
            row = cover_line(0.3 * length, spread, capsules, row)
            for _ in range(many):
                owners[1, b] = n
                b += 1
        counts[n] = row - start
    return a, b, c, row
