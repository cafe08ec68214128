"""Looks of tubes: from materials, and what differs between tubes, to the greys that are painted."""

from __future__ import annotations

from enum import auto
from typing import Annotated, NamedTuple

import numpy as np

from synthem.kernels._jit import kernel
from synthem.kernels._records import Doubles, Ints
from synthem.kernels.columns import Columns
from synthem.kernels.hashing import hash_unit
from synthem.kernels.shading import grey_of, opacity_of, own_grey
from synthem.kernels.solid.tubes import TubeColumn

__all__ = ["Named", "Shades", "ShellColumn", "shade_tubes"]


class Shades(NamedTuple):
    """Where greys come from; see `synthem.kernels.shading.shade_fills`."""

    numbers: Annotated[Doubles, "f8[:,::1]"]
    sources: Annotated[Ints, "i8[:,::1]"]
    rows: Annotated[Ints, "i8[::1]"]
    key: Annotated[int, "i8"]


class Named(NamedTuple):
    """Tubes: kind and key of each, and the radii of its capsules."""

    kinds: Annotated[Ints, "i8[::1]"]  # (m,)
    keys: Annotated[Ints, "i8[::1]"]  # (m,)
    radii: Annotated[Doubles, "f8[:,::1]"]  # (n, 2)
    starts: Annotated[Ints, "i8[::1]"]  # (m + 1,): where each starts


class ShellColumn(Columns):
    """How tubes of a kind are built. Lengths are nanometres; materials are numbers of those named, -1: none."""

    RIM = auto()
    INTERIOR = auto()
    RIDGES = auto()
    RIM_WIDTH = auto()  # least
    RIM_WIDTH_RANGE = auto()
    RIM_SHARE = auto()  # of the radius, beyond that
    RIM_MOST = auto()  # share of the radius that the rim may have
    SHARPNESS = auto()
    SOFTNESS = auto()
    FILLED = auto()  # 1: the interior is painted
    PERIOD = auto()
    PERIOD_RANGE = auto()


@kernel(Shades, "f8[:,::1]", Named, "f4[:,::1]")
def shade_tubes(shades, shells, tubes, looks):
    """Write the looks of tubes.

    Parameters
    ----------
    shades : Shades
        Where greys come from.
    shells : (k, 12) float64
        See `ShellColumn`, for each kind.
    tubes : Named
        The tubes.
    looks : (m, 14) float32
        Receives the looks, see `synthem.kernels.solid.tubes.TubeColumn`.
    """
    (table, sources, rows, key), (kinds, keys, radii, starts), none = shades, tubes, np.int64(-1)
    for m in range(kinds.size):
        shell, look, own = shells[kinds[m]], looks[m], keys[m]
        widest = 0.0
        for k in range(starts[m], starts[m + 1]):
            widest = max(widest, max(radii[k, 0], radii[k, 1]))
        rim = rows[int(shell[ShellColumn.RIM])]
        interior, ridges = int(shell[ShellColumn.INTERIOR]), int(shell[ShellColumn.RIDGES])
        width = shell[ShellColumn.RIM_WIDTH] + shell[ShellColumn.RIM_WIDTH_RANGE] * hash_unit(key, own, 1)
        width += shell[ShellColumn.RIM_SHARE] * widest
        look[TubeColumn.RIM_WIDTH] = min(width, shell[ShellColumn.RIM_MOST] * widest)
        look[TubeColumn.SHARPNESS], look[TubeColumn.SOFTNESS] = (
            shell[ShellColumn.SHARPNESS],
            shell[ShellColumn.SOFTNESS],
        )
        look[TubeColumn.RIM_LEVEL] = grey_of(table, sources, key, rim, none, own, 0)
        look[TubeColumn.OPACITY] = opacity_of(table, sources, key, rim, own, 0, hash_unit(key, own, 2))
        look[TubeColumn.LEVEL], look[TubeColumn.INNER_OPACITY] = look[TubeColumn.RIM_LEVEL], 0.0
        look[TubeColumn.TEXTURE_SD] = 0.0
        if interior >= 0:
            inner = rows[interior]
            look[TubeColumn.LEVEL] = grey_of(table, sources, key, inner, none, own, 0)
            look[TubeColumn.INNER_OPACITY] = look[TubeColumn.OPACITY] * shell[ShellColumn.FILLED]
        look[TubeColumn.RIDGES] = abs(own_grey(table, sources, key, rows[ridges], own, 0)) if ridges >= 0 else 0.0
        look[TubeColumn.PERIOD] = shell[ShellColumn.PERIOD] + shell[ShellColumn.PERIOD_RANGE] * hash_unit(key, own, 3)
        up, turn = 2.0 * hash_unit(key, own, 4) - 1.0, 2.0 * np.pi * hash_unit(key, own, 5)
        flat = np.sqrt(1.0 - up * up)
        look[TubeColumn.RIDGE_Z], look[TubeColumn.RIDGE_Y] = up, flat * np.sin(turn)
        look[TubeColumn.RIDGE_X], look[TubeColumn.PHASE] = flat * np.cos(turn), hash_unit(key, own, 6)
