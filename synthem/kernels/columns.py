"""Names for the columns of tables that kernels and their callers share."""

from __future__ import annotations

from enum import IntEnum

__all__ = ["Columns"]


class Columns(IntEnum):
    """Columns of a table, numbered from 0 in the order in which ``auto()`` lists them.

    Kernel and caller both index by name, so that a reordered line changes nothing. Members are constants to numba.
    """

    @staticmethod
    def _generate_next_value_(name: str, start: int, count: int, last_values: list[int]) -> int:
        return count
