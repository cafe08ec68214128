"""Drawing of the small structures that belong to no class: lines, discs and footprints around the origin."""

from __future__ import annotations

from enum import auto
from typing import Annotated, NamedTuple

import numpy as np

from synthem.kernels._jit import helper, kernel
from synthem.kernels._math import normal
from synthem.kernels._records import Doubles, Ints
from synthem.kernels.capsules import CapsuleColumn
from synthem.kernels.columns import Columns
from synthem.kernels.outlines import arc

__all__ = ["MOST_STICKS", "NUMBERS", "ClutterKind", "ClutterMaterial", "ClutterPaint", "draw_clutter"]

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


class ClutterMaterial(Columns):
    """Materials of the structures."""

    RETICULUM = auto()
    RETICULUM_LUMEN = auto()
    DENSE_BODY = auto()
    DARK_LINE = auto()
    MICROTUBULE = auto()
    GRAZING_MEMBRANE = auto()


class ClutterPaint(NamedTuple):
    """What structures are painted with: lines of five and of two points, and discs."""

    curves: Annotated[Doubles, "f8[:,:,::1]"]  # (c, 5, 2)
    sticks: Annotated[Doubles, "f8[:,:,::1]"]  # (s, 2, 2)
    discs: Annotated[Doubles, "f8[:,:,::1]"]  # (d, 1, 5): row, column, semi-axes, angle
    pieces: Annotated[Doubles, "f8[:,:,::1]"]  # (3, m, 4): `LineColumn` of curves, of sticks, `EllipseColumn` of discs
    owners: Annotated[Ints, "i8[:,::1]"]  # (3, m): number of the structure to which each belongs


RETICULUM, RETICULUM_LUMEN, DENSE_BODY, DARK_LINE, MICROTUBULE, GRAZING_MEMBRANE = map(float, ClutterMaterial)


@helper
def set_row(table, row, a, b, c, d):
    """Write the first four numbers of a row."""
    table[row, 0], table[row, 1], table[row, 2], table[row, 3] = a, b, c, d


@helper
def lay_stick(stick, y0, x0, y1, x1):
    """Write both ends of a stick."""
    stick[0, 0], stick[0, 1], stick[1, 0], stick[1, 1] = y0, x0, y1, x1


@helper
def cover_curve(curve, radius, capsules, row):
    """Write two capsules along a curve of five points; return the next free row."""
    for k in range(2):
        set_row(capsules, row + k, curve[2 * k, 0], curve[2 * k, 1], curve[2 * k + 2, 0], curve[2 * k + 2, 1])
        capsules[row + k, CapsuleColumn.RADIUS] = radius
    return row + 2


@helper
def cover_line(reach, radius, capsules, row):
    """Write one capsule along the column axis; return the next free row."""
    set_row(capsules, row, 0.0, -reach, 0.0, reach)
    capsules[row, CapsuleColumn.RADIUS] = radius
    return row + 1


@helper
def draw_bundle(spread, length, u, group, sticks, pieces, first):
    """Draw microtubules, nearly parallel; return their number."""
    count = 3 + int((MOST_STICKS - 2) * u[3])
    for k in range(count):
        own = u[9 + 6 * k : 15 + 6 * k]
        y, x, reach = spread * (2.0 * own[0] - 1.0), length * 0.6 * (own[1] - 0.5), length * (0.15 + 0.2 * own[2])
        down = reach * np.tan(0.06 * normal(own[4], own[5]))
        lay_stick(sticks[first + k], y - down, x - reach, y + down, x + reach)
        set_row(pieces, first + k, 2.0, 6.5, MICROTUBULE, group)
    return count


@kernel("i8[::1], f8, f8[:,::1]", ClutterPaint, "f8[:,::1], i8[::1]")
def draw_clutter(kinds, size, uniforms, paint, capsules, counts):
    """Draw structures, each around the origin, in nanometres.

    Parameters
    ----------
    kinds : (k,) int64
        Which to draw from, see `ClutterKind`.
    size : float
        Factor of their extent.
    uniforms : (n, NUMBERS) float64
        Random numbers from 0 to 1.
    paint : ClutterPaint
        Receives lines and discs, with materials of `ClutterMaterial` (see `synthem.kernels.shading`); each structure is
        a group.
    capsules : (2 * n, 5) float64
        Receives the footprints, one after the other.
    counts : (n,) int64
        Receives the number of capsules of each.

    Returns
    -------
    tuple of int
        Numbers of curves, sticks, discs and capsules.
    """
    curves, sticks, discs, pieces, owners = paint
    a, b, c, row = np.int64(0), np.int64(0), np.int64(0), np.int64(0)  # literals would make other versions of helpers
    for n in range(uniforms.shape[0]):
        u, start = uniforms[n], row
        kind = kinds[int(u[8] * kinds.size)]
        bend = 0.5 * normal(u[4], u[5])
        if kind == ClutterKind.TUBE:
            half = 10.0 + 15.0 * u[1]
            for k in range(2):
                arc(size * (70.0 + 230.0 * u[0] * u[0]), bend, 0.0, curves[a + k])
                owners[0, a + k] = n
            set_row(pieces[0], a, half, 6.0, RETICULUM, n)
            set_row(pieces[0], a + 1, max(1.0, half - 10.0), 7.0, RETICULUM_LUMEN, n)
            row = cover_curve(curves[a], half + 10.0, capsules, row)
            a += 2
        elif kind == ClutterKind.ELLIPSE:
            long = size * (20.0 + 35.0 * u[0])
            short = long * (0.45 + 0.5 * u[1])
            set_row(discs[c], 0, 0.0, 0.0, long, short)
            discs[c, 0, 4] = 0.0
            rim = 7.5 + 5.0 * u[7]
            set_row(pieces[2], c, rim, RETICULUM, RETICULUM_LUMEN, n)
            owners[2, c] = n
            row = cover_line(long - short, short + 5.0, capsules, row)
            c += 1
        elif kind == ClutterKind.DENSE_BODY:
            radius = 10.0 + 17.5 * size * u[0]
            lay_stick(sticks[b], 0.0, -0.3 * radius, 0.0, 0.3 * radius)
            set_row(pieces[1], b, 0.6 * radius, radius, DENSE_BODY, n)
            owners[1, b] = n
            row = cover_line(0.0, 1.6 * radius, capsules, row)
            b += 1
        elif kind == ClutterKind.DARK_LINE:
            half = 3.0 + 6.0 * u[1]
            arc(size * (50.0 + 125.0 * u[0]), bend, 0.0, curves[a])
            set_row(pieces[0], a, half, 8.0, DARK_LINE, n)
            owners[0, a] = n
            row = cover_curve(curves[a], half + 5.0, capsules, row)
            a += 1
        elif kind == ClutterKind.GRAZING_MEMBRANE:  # it may reach over borders: it shows on unlabelled pixels alone
            arc(size * (40.0 + 200.0 * u[0]), bend, 0.0, curves[a])
            half, fade = size * (5.0 + 35.0 * u[1]), 15.0 + 30.0 * u[6]
            set_row(pieces[0], a, half, fade, GRAZING_MEMBRANE, n)
            owners[0, a] = n
            row = cover_line(0.0, 10.0, capsules, row)
            a += 1
        else:
            spread, length = size * (30.0 + 70.0 * u[0]), size * (120.0 + 200.0 * u[1])
            many = draw_bundle(spread, length, u, n, sticks, pieces[1], b)
            row = cover_line(0.3 * length, spread, capsules, row)
            for _ in range(many):
                owners[1, b] = n
                b += 1
        counts[n] = row - start
    return a, b, c, row
