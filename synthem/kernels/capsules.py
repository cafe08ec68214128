"""Capsules: all points within a radius of a segment."""

from __future__ import annotations

from enum import auto

from synthem.kernels._jit import helper
from synthem.kernels.columns import Columns

__all__ = ["CapsuleColumn", "ends_of"]


class CapsuleColumn(Columns):
    """A capsule, and the compartment to which it belongs; footprints and regions have no such column."""

    Y0 = auto()  # row of one end of the axis
    X0 = auto()  # and its column
    Y1 = auto()  # row of the other end
    X1 = auto()
    RADIUS = auto()
    OWNER = auto()  # compartment number


@helper
def ends_of(capsules, k):
    """Return both ends of the axis of a capsule: row and column of one, row and column of the other."""
    y0, x0 = capsules[k, CapsuleColumn.Y0], capsules[k, CapsuleColumn.X0]
    return y0, x0, capsules[k, CapsuleColumn.Y1], capsules[k, CapsuleColumn.X1]
