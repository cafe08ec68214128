"""Numbers of things in messages."""

from __future__ import annotations

__all__ = ["counted", "counted_tiles"]


def counted(number: int, noun: str) -> str:
    """Return a number with its noun.

    Examples
    --------
    >>> counted(1, "tile"), counted(2, "tile")
    ('1 tile', '2 tiles')
    """
    return f"{number} {noun}{'' if number == 1 else 's'}"


def counted_tiles(number: int, axes: int) -> str:
    """Return a number of tiles, or of volumes where their shape has three axes."""
    return counted(number, "volume" if axes == 3 else "tile")
