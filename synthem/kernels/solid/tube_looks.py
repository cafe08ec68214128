"""Looks of tubes: from materials, and what differs between tubes, to the greys that are painted."""

from __future__ import annotations

from enum import auto
from typing import Annotated, NamedTuple

import numpy as np

from synthem.kernels._jit import helper, kernel
from synthem.kernels._math import lerp
from synthem.kernels._records import Doubles, Ints
from synthem.kernels.columns import Columns
from synthem.kernels.hashing import hash_unit
from synthem.kernels.shading import PIECE_SALT, MaterialColumn, grey_of, opacity_of, own_grey
from synthem.kernels.solid.tubes import TubeColumn

__all__ = ["Named", "Shades", "ShellColumn", "shade_tubes"]

SMALL = 112.0
"""Radius in nm below which tubes are condensed more often."""
SLITS_NM = (70.0, 260.0)
"""Range of the period of slits along a ridge."""
RARITY = (1.2, -0.7)
"""Range of the rarity of slits: few are more frequent than many."""
SWOLLEN_RARITY = (0.6, -0.6)
BAND_EDGE_NM = (20.0, 40.0)
"""Range of the width of a loose rim on either side of its band."""
MOST_EDGE = 0.4
"""Most of a loose rim that is beside its band, on either side."""
LAMELLA_NM = (22.0, 55.0)
"""Range of the distance of the layers of a band."""
WIDER, CALMER = 1.4, 0.5
"""Period of swollen ridges relative to that of others; how far they and their slits swing to either side, relative to
what a line of their material differs by."""


class Shades(NamedTuple):
    """Where greys come from; see `synthem.kernels.shading.shade_fills`."""

    numbers: Annotated[Doubles, "f8[:,::1]"]
    sources: Annotated[Ints, "i8[:,::1]"]
    rows: Annotated[Ints, "i8[::1]"]
    key: Annotated[int, "i8"]


class Named(NamedTuple):
    """Tubes: kind and key of each, key of its neurite, and the radii of its capsules."""

    kinds: Annotated[Ints, "i8[::1]"]  # (m,)
    keys: Annotated[Ints, "i8[::1]"]  # (m,)
    hosts: Annotated[Ints, "i8[::1]"]  # (m,)
    radii: Annotated[Doubles, "f8[:,::1]"]  # (n, 2)
    starts: Annotated[Ints, "i8[::1]"]  # (m + 1,): where each starts


class ShellColumn(Columns):
    """How tubes of a kind are built. Lengths are nanometres; materials are numbers of those named, -1: none."""

    RIM = auto()
    INTERIOR = auto()
    RIDGES = auto()
    HALO = auto()
    SLIT = auto()
    CORE = auto()
    SWOLLEN = auto()  # interior, ridges and slits of those that are swollen
    SWOLLEN_RIDGES = auto()
    SWOLLEN_SLIT = auto()
    CONDENSED = auto()
    OUTER_EDGE = auto()
    FADE = auto()
    INNER_EDGE = auto()
    RIM_WIDTH = auto()  # least
    RIM_WIDTH_RANGE = auto()
    RIM_SHARE = auto()  # of the radius, beyond that
    RIM_MOST = auto()  # share of the radius that the rim may have
    SHARPNESS = auto()
    SOFTNESS = auto()
    FILLED = auto()  # 1: the interior is painted
    COVER = auto()  # opacity relative to that of its materials
    HALO_REACH = auto()  # beyond that of its material
    HALO_COVER = auto()  # opacity relative to that of its material
    PERIOD = auto()
    PERIOD_RANGE = auto()
    SWOLLEN_SHARE = auto()
    CONDENSED_SHARE = auto()
    WALL = auto()  # distance from walls at which it ends; 0: it ends at its surface alone
    LOOSE = auto()  # material of the pale band in the rim of those that are loose, -1: none is
    LOOSE_SHARE = auto()
    LOOSE_WIDTH = auto()  # of the rim of these, least
    LOOSE_WIDTH_RANGE = auto()
    ALIKE = auto()  # 1: greys vary between neurites, and among the tubes of one no more than within an object


@helper
def opacity_in(shades, row, own):
    """Return the opacity of a material in a tube."""
    return opacity_of(shades.numbers, shades.sources, shades.key, row, own, 0, hash_unit(shades.key, own, 2))


@helper
def level_in(shades, row, tint, own, named):
    """Return the grey of a material in a tube, which varies with what is named: the tube, or its neurite."""
    piece = hash_unit(shades.key + PIECE_SALT, own, 0) - 0.5
    grey = grey_of(shades.numbers, shades.sources, shades.key, row, tint, named, 0)
    return grey + shades.numbers[row, MaterialColumn.GREY_WITHIN] * piece


@helper
def turn_ridges(key, own, look):
    """Write the directions of ridges and along them."""
    up, turn = 2.0 * hash_unit(key, own, 4) - 1.0, 2.0 * np.pi * hash_unit(key, own, 5)
    flat = np.sqrt(1.0 - up * up)
    z, y, x = up, flat * np.sin(turn), flat * np.cos(turn)
    look[TubeColumn.RIDGE_Z], look[TubeColumn.RIDGE_Y], look[TubeColumn.RIDGE_X] = z, y, x
    look[TubeColumn.PHASE] = hash_unit(key, own, 6)
    turn = 2.0 * np.pi * hash_unit(key, own, 7)
    cos, sin = np.cos(turn), np.sin(turn)
    one, other = (-flat, z * y / (flat + 1e-9), z * x / (flat + 1e-9)), (0.0, -x / (flat + 1e-9), y / (flat + 1e-9))
    look[TubeColumn.SHEET_Z] = cos * one[0] + sin * other[0]
    look[TubeColumn.SHEET_Y] = cos * one[1] + sin * other[1]
    look[TubeColumn.SHEET_X] = cos * one[2] + sin * other[2]


@helper
def shade_inside(shades, shell, own, named, tint, look):
    """Write the looks of the interior of a tube: ridges, slits and a paler middle."""
    (table, sources, rows, key), interior = shades, int(shell[ShellColumn.INTERIOR])
    look[TubeColumn.RIDGES], look[TubeColumn.SLIT], look[TubeColumn.CORE] = 0.0, 0.0, 0.0
    look[TubeColumn.LEVEL], look[TubeColumn.INNER_OPACITY] = look[TubeColumn.RIM_LEVEL], 0.0
    look[TubeColumn.TEXTURE_SD] = 0.0
    look[TubeColumn.PERIOD] = shell[ShellColumn.PERIOD] + shell[ShellColumn.PERIOD_RANGE] * hash_unit(key, own, 3)
    if interior < 0:
        return
    ridges, slit, rarity, contrast = int(shell[ShellColumn.RIDGES]), int(shell[ShellColumn.SLIT]), RARITY, 1.0
    if hash_unit(key, own, 8) < shell[ShellColumn.SWOLLEN_SHARE]:
        interior, rarity, contrast = int(shell[ShellColumn.SWOLLEN]), SWOLLEN_RARITY, CALMER
        ridges, slit = int(shell[ShellColumn.SWOLLEN_RIDGES]), int(shell[ShellColumn.SWOLLEN_SLIT])
        look[TubeColumn.PERIOD] *= WIDER
    look[TubeColumn.LEVEL] = level_in(shades, rows[interior], tint, own, named)
    look[TubeColumn.INNER_OPACITY] = look[TubeColumn.OPACITY] * shell[ShellColumn.FILLED]
    if ridges < 0:
        return
    look[TubeColumn.TEXTURE_SD] = table[rows[interior], MaterialColumn.TEXTURE_SD]
    look[TubeColumn.RIDGES] = abs(own_grey(table, sources, key, rows[ridges], own, 0)) * contrast
    turn_ridges(key, own, look)
    if slit < 0:
        return
    height, many = own_grey(table, sources, key, rows[slit], own, 0), hash_unit(key, own, 9)
    look[TubeColumn.SLIT] = contrast * max(0.0, height) * opacity_in(shades, rows[slit], own)
    look[TubeColumn.SLIT_RARITY] = lerp(rarity[0], rarity[1], many * many)
    look[TubeColumn.SLIT_PERIOD] = lerp(SLITS_NM[0], SLITS_NM[1], hash_unit(key, own, 10))
    core = rows[int(shell[ShellColumn.CORE])]
    look[TubeColumn.CORE] = own_grey(table, sources, key, core, own, 0) * opacity_in(shades, core, own)


@helper
def reach_in(shades, row, own):
    """Return over which distance a material fades out around a tube."""
    table = shades.numbers
    share = hash_unit(shades.key + shades.sources[row, 1], own, 11)
    return table[row, MaterialColumn.REACH] + table[row, MaterialColumn.REACH_RANGE] * share


@helper
def shade_edges(shades, shell, own, host, tint, look):
    """Write how the rim of a tube ends, and what surrounds it: alike around all of a kind in a neurite."""
    table, sources, rows, key = shades
    for column in range(TubeColumn.FADE, TubeColumn.BEYOND + 1):
        look[column] = 0.0
    look[TubeColumn.BEYOND] = look[TubeColumn.SOFTNESS]
    if shell[ShellColumn.HALO] < 0:
        return
    halo = rows[int(shell[ShellColumn.HALO])]
    look[TubeColumn.HALO_LEVEL] = grey_of(table, sources, key, halo, tint, host, 0)
    look[TubeColumn.HALO_OPACITY] = opacity_in(shades, halo, host) * shell[ShellColumn.HALO_COVER]
    look[TubeColumn.HALO_REACH] = reach_in(shades, halo, host) + shell[ShellColumn.HALO_REACH]
    look[TubeColumn.BEYOND] = max(look[TubeColumn.BEYOND], look[TubeColumn.HALO_REACH])
    if shell[ShellColumn.OUTER_EDGE] < 0:
        return
    fade, inner = rows[int(shell[ShellColumn.FADE])], rows[int(shell[ShellColumn.INNER_EDGE])]
    paler = grey_of(table, sources, key, fade, np.int64(-1), own, 0) - look[TubeColumn.RIM_LEVEL]
    look[TubeColumn.FADE] = paler * opacity_in(shades, fade, own)
    look[TubeColumn.INNER_EDGE] = opacity_in(shades, inner, own)
    outer = rows[int(shell[ShellColumn.OUTER_EDGE])]
    look[TubeColumn.OUTER_OPACITY] = opacity_in(shades, outer, own)
    look[TubeColumn.OUTER_REACH] = reach_in(shades, outer, own)
    look[TubeColumn.BEYOND] = max(look[TubeColumn.BEYOND], look[TubeColumn.OUTER_REACH])


@helper
def is_loose(shades, shell, own):
    """Tell whether a tube has a loose rim."""
    return (shell[ShellColumn.LOOSE] >= 0) & (hash_unit(shades.key, own, 13) < shell[ShellColumn.LOOSE_SHARE])


@helper
def shade_loose(shades, shell, own, look):
    """Write the pale band in the rim of a tube, if it is loose."""
    look[TubeColumn.BAND], look[TubeColumn.BAND_EDGE], look[TubeColumn.LAMELLA] = 0.0, 0.0, 1.0
    if not is_loose(shades, shell, own):
        return
    (table, sources, rows, key), none = shades, np.int64(-1)
    level = grey_of(table, sources, key, rows[int(shell[ShellColumn.LOOSE])], none, own, 0)
    look[TubeColumn.BAND] = level - look[TubeColumn.RIM_LEVEL]
    edge = lerp(BAND_EDGE_NM[0], BAND_EDGE_NM[1], hash_unit(key, own, 14))
    look[TubeColumn.BAND_EDGE] = min(edge, MOST_EDGE * look[TubeColumn.RIM_WIDTH])
    look[TubeColumn.LAMELLA] = lerp(LAMELLA_NM[0], LAMELLA_NM[1], hash_unit(key, own, 15))


@kernel(Shades, "f8[:,::1]", Named, "f4[:,::1]")
def shade_tubes(shades, shells, tubes, looks):
    """Write the looks of tubes.

    Parameters
    ----------
    shades : Shades
        Where greys come from.
    shells : (k, 33) float64
        See `ShellColumn`, for each kind.
    tubes : Named
        The tubes.
    looks : (m, 34) float32
        Receives the looks, see `synthem.kernels.solid.tubes.TubeColumn`.
    """
    rows, key, (kinds, keys, hosts, radii, starts), none = shades.rows, shades.key, tubes, np.int64(-1)
    for m in range(kinds.size):
        shell, look, own = shells[kinds[m]], looks[m], keys[m]
        named, widest = hosts[m] if shell[ShellColumn.ALIKE] > 0.0 else own, 0.0
        for k in range(starts[m], starts[m + 1]):
            widest = max(widest, max(radii[k, 0], radii[k, 1]))
        rim, tint = rows[int(shell[ShellColumn.RIM])], none
        condensed = shell[ShellColumn.CONDENSED_SHARE] * max(1.0, (SMALL / widest) ** 4)
        if hash_unit(key, own, 12) < condensed:
            tint = rows[int(shell[ShellColumn.CONDENSED])]
        at, loose = hash_unit(key, own, 1), is_loose(shades, shell, own)
        width = shell[ShellColumn.RIM_WIDTH] + shell[ShellColumn.RIM_WIDTH_RANGE] * at
        if loose:
            width = shell[ShellColumn.LOOSE_WIDTH] + shell[ShellColumn.LOOSE_WIDTH_RANGE] * at
        width += shell[ShellColumn.RIM_SHARE] * widest
        look[TubeColumn.RIM_WIDTH] = min(width, shell[ShellColumn.RIM_MOST] * widest)
        look[TubeColumn.SHARPNESS], look[TubeColumn.SOFTNESS] = (
            shell[ShellColumn.SHARPNESS],
            shell[ShellColumn.SOFTNESS],
        )
        look[TubeColumn.RIM_LEVEL] = level_in(shades, rim, tint, own, named)
        look[TubeColumn.OPACITY] = opacity_in(shades, rim, own) * shell[ShellColumn.COVER]
        look[TubeColumn.CORE_DEPTH], look[TubeColumn.WALL] = widest, shell[ShellColumn.WALL]
        shade_loose(shades, shell, own, look)
        shade_inside(shades, shell, own, named, tint, look)
        shade_edges(shades, shell, own, hosts[m], tint, look)
