"""The order of names: numbers within them count as numbers."""

from __future__ import annotations

import re

__all__ = ["natural_key"]


def natural_key(name: str) -> tuple[tuple[str | int, ...], str]:
    """Return what to sort a name by, so that 2 comes before 10.

    Parameters
    ----------
    name : str
        Any name, such as that of a slice.

    Returns
    -------
    tuple
        Text and numbers in turn, without regard to case; then the name itself, so that no two names are equal.

    Examples
    --------
    >>> sorted(["s10", "s9", "S1", "s09"], key=natural_key)
    ['S1', 's09', 's9', 's10']
    """
    parts = re.split(r"([0-9]+)", name.casefold())
    return tuple(int(part) if k % 2 else part for k, part in enumerate(parts)), name
