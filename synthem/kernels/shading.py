"""Greys of paint: from materials, and what differs between objects, to what is painted."""

from __future__ import annotations

from enum import auto

import numpy as np

from synthem.kernels._jit import helper, kernel
from synthem.kernels._math import clamp
from synthem.kernels.columns import Columns
from synthem.kernels.hashing import hash_unit
from synthem.kernels.raster import DiscColumn, FillColumn, StrokeColumn

__all__ = [
    "EllipseColumn",
    "LineColumn",
    "MaterialColumn",
    "OfDisc",
    "OfFill",
    "OfStroke",
    "SourceColumn",
    "shade_discs",
    "shade_fills",
    "shade_strokes",
]

NEVER = -1
"""Number of no material."""
OPACITY_SALT, REACH_SALT, PIECE_SALT = 7_919, 15_485_863, 32_452_843
"""Added to the key of a material, so that its grey, opacity and reach do not vary together."""


class LineColumn(Columns):
    """A line as an organelle draws it. Lengths are nanometres."""

    HALF_WIDTH = auto()
    SOFTNESS = auto()
    MATERIAL = auto()  # number among the materials of its paint
    GROUP = auto()  # lines of one group have one grey


class EllipseColumn(Columns):
    """A disc as an organelle draws it. Lengths are nanometres."""

    RIM_WIDTH = auto()
    RIM = auto()  # number of the material of the rim among those of its paint
    INTERIOR = auto()
    GROUP = auto()


class MaterialColumn(Columns):
    """Appearance of a material. Greys are levels, or differences of levels from its base; the reach is nanometres."""

    GREY = auto()
    GREY_RANGE = auto()  # between objects
    GREY_WITHIN = auto()  # between pieces of an object
    TEXTURE_SD = auto()
    OPACITY = auto()
    OPACITY_RANGE = auto()
    OPACITY_WITHIN = auto()
    OPACITY_POWER = auto()
    REACH = auto()
    REACH_RANGE = auto()


class SourceColumn(Columns):
    """Where the grey of a material comes from."""

    BASE = auto()  # number of the material to whose grey it is relative, or -1
    KEY = auto()  # of what varies between objects


class OfFill(Columns):
    """Materials of a fill, and the object to which it belongs."""

    MATERIAL = auto()
    RIDGES = auto()  # -1: none
    TINT = auto()  # -1: none
    PART = auto()


class OfStroke(Columns):
    """Material of a line, and the object and group to which it belongs."""

    MATERIAL = auto()
    TINT = auto()
    PART = auto()
    GROUP = auto()


class OfDisc(Columns):
    """Materials of a disc, and the object and group to which it belongs."""

    RIM = auto()
    INTERIOR = auto()
    PART = auto()
    GROUP = auto()


@helper
def own_grey(table, sources, key, material, part, group):
    """Return the grey of a material in an object, relative to that of its base."""
    share = hash_unit(key + sources[material, SourceColumn.KEY], part, group)
    return table[material, MaterialColumn.GREY] + table[material, MaterialColumn.GREY_RANGE] * share


@helper
def grey_of(table, sources, key, material, tint, part, group):
    """Return the grey of a material in an object."""
    grey = own_grey(table, sources, key, tint, part, group) if tint >= 0 else 0.0
    while material >= 0:
        grey += own_grey(table, sources, key, material, part, group)
        material = sources[material, SourceColumn.BASE]
    return grey


@helper
def opacity_of(table, sources, key, material, part, group, piece):
    """Return the opacity of a piece."""
    share = hash_unit(key + sources[material, SourceColumn.KEY] + OPACITY_SALT, part, group)
    power, among = table[material, MaterialColumn.OPACITY_POWER], table[material, MaterialColumn.OPACITY_RANGE]
    between = among * (share if power == 1.0 else share**power)
    within = table[material, MaterialColumn.OPACITY_WITHIN] * (piece - 0.5)
    return clamp(table[material, MaterialColumn.OPACITY] + between + within, 0.0, 1.0)


@helper
def row_of(rows, material):
    """Return the row of a material in the table; -1 for none."""
    return rows[material] if material >= 0 else np.int64(NEVER)


@kernel("f8[:,::1], i8[:,::1], i8[::1], i8, i8[:,::1], f4[:,::1]")
def shade_fills(table, sources, rows, key, materials, appearances):
    """Write the greys of fills.

    Parameters
    ----------
    table, sources : (m, 10) float64, (m, 2) int64
        See `MaterialColumn` and `SourceColumn`.
    rows : (k,) int64
        Row of each of the materials to which paint refers.
    key : int
        Key of what varies between objects and pieces.
    materials : (f, 4) int64
        See `OfFill`.
    appearances : (f, 6) float32
        See `synthem.kernels.raster.FillColumn`; its greys are written.
    """
    group = np.int64(0)
    for n in range(appearances.shape[0]):
        material, ridges = row_of(rows, materials[n, OfFill.MATERIAL]), row_of(rows, materials[n, OfFill.RIDGES])
        tint, part = row_of(rows, materials[n, OfFill.TINT]), materials[n, OfFill.PART]
        appearances[n, FillColumn.LEVEL] = grey_of(table, sources, key, material, tint, part, group)
        appearances[n, FillColumn.TEXTURE_SD] = table[material, MaterialColumn.TEXTURE_SD]
        appearances[n, FillColumn.LAMELLA] = 0.0
        if ridges >= 0:
            appearances[n, FillColumn.LAMELLA] = abs(own_grey(table, sources, key, ridges, part, group))


@kernel("f8[:,::1], i8[:,::1], i8[::1], i8, i8[:,::1], f4[::1], f4[:,::1]")
def shade_strokes(table, sources, rows, key, materials, scales, appearances):
    """Write the greys, opacities and softness of lines.

    Parameters
    ----------
    table, sources, rows, key
        As in `shade_fills`.
    materials : (s, 4) int64
        See `OfStroke`.
    scales : (s,) float32
        Pixels per nanometre.
    appearances : (s, 5) float32
        See `synthem.kernels.raster.StrokeColumn`; the softness of the geometry grows by the reach of the material.
    """
    for n in range(appearances.shape[0]):
        material, tint = row_of(rows, materials[n, OfStroke.MATERIAL]), row_of(rows, materials[n, OfStroke.TINT])
        part, group, appearance = materials[n, OfStroke.PART], materials[n, OfStroke.GROUP], appearances[n]
        piece = hash_unit(key + PIECE_SALT, n, group)
        grey = grey_of(table, sources, key, material, tint, part, group)
        appearance[StrokeColumn.LEVEL] = grey + table[material, MaterialColumn.GREY_WITHIN] * (piece - 0.5)
        other = hash_unit(key + PIECE_SALT + OPACITY_SALT, n, group)
        appearance[StrokeColumn.OPACITY] = opacity_of(table, sources, key, material, part, group, other)
        share = hash_unit(key + sources[material, SourceColumn.KEY] + REACH_SALT, part, group)
        reach = table[material, MaterialColumn.REACH] + table[material, MaterialColumn.REACH_RANGE] * share
        appearance[StrokeColumn.SOFTNESS] = max(appearance[StrokeColumn.SOFTNESS] + scales[n] * reach, 0.1)


@kernel("f8[:,::1], i8[:,::1], i8[::1], i8, i8[:,::1], f4[:,::1]")
def shade_discs(table, sources, rows, key, materials, appearances):
    """Write the greys and opacities of discs.

    Parameters
    ----------
    table, sources, rows, key
        As in `shade_fills`.
    materials : (d, 4) int64
        See `OfDisc`.
    appearances : (d, 4) float32
        See `synthem.kernels.raster.DiscColumn`; all but the width of the rim is written.
    """
    none = np.int64(NEVER)
    for n in range(appearances.shape[0]):
        rim, interior = row_of(rows, materials[n, OfDisc.RIM]), row_of(rows, materials[n, OfDisc.INTERIOR])
        part, group = materials[n, OfDisc.PART], materials[n, OfDisc.GROUP]
        piece, other = hash_unit(key + PIECE_SALT, n, group), hash_unit(key + PIECE_SALT + OPACITY_SALT, n, group)
        grey = grey_of(table, sources, key, rim, none, part, group)
        appearances[n, DiscColumn.RIM_LEVEL] = grey + table[rim, MaterialColumn.GREY_WITHIN] * (piece - 0.5)
        grey = grey_of(table, sources, key, interior, none, part, group)
        appearances[n, DiscColumn.INTERIOR_LEVEL] = grey + table[interior, MaterialColumn.GREY_WITHIN] * (piece - 0.5)
        appearances[n, DiscColumn.OPACITY] = opacity_of(table, sources, key, rim, part, group, other)
