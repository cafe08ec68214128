"""Variety: a style whose look differs from tile to tile, around one that does not."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

from synthem.parameters import PerTile, check_scalar

if TYPE_CHECKING:
    from synthem.instrument.style import Style

__all__ = ["LARGEST", "per_tile_around"]

DECIMALS = 6
LARGEST = 3.0
"""Largest amount of variety."""

FACTORS = {
    "detector.contrast": (0.75, 1.33),
    "detector.white": (0.8, 1.5),
    "optics.psf_sigma_nm": (1.0, 2.2),
}
"""What is multiplied, and by how much at an amount of 1: a stack is never sharper than the slices that were seen."""

SHIFTS = {
    "detector.offset": 12.0,
    "cytoplasm.level": 8.0,
    "cytoplasm.dark_level": 12.0,
    "membranes.level": 15.0,
    "materials.matrix.grey": 12.0,
    "materials.mitochondrial_rim.grey": 12.0,
    "materials.psd.grey": 12.0,
}
"""What is shifted, and by how many levels to either side at an amount of 1."""


def per_tile_around(style: Style, amount: float) -> dict[str, PerTile]:
    """Return ranges around the values of a style, for `Style.per_tile`; what differs already keeps its range.

    Parameters
    ----------
    style : Style
        The style.
    amount : float
        How wide they are, 0 to 3; see `Style.varied`.

    Raises
    ------
    ConfigError
        If the amount is not from 0 to 3.
    """
    amount = check_scalar("amount", amount, high=LARGEST)
    found = dict(style.per_tile)
    if amount == 0:
        return found
    for path, (least, most) in FACTORS.items():
        value = attrgetter(path)(style)
        found.setdefault(path, _range(value * least**amount, value * most**amount))
    for path, shift in SHIFTS.items():
        value = attrgetter(path)(style)
        low, high = value if isinstance(value, tuple) else (value, value)
        middle, spread = 0.5 * (low + high), high - low
        bottom = middle - amount * shift
        if path != "detector.offset":  # a grey is never below black
            bottom = max(bottom, min(middle, 0.5 * spread))
        found.setdefault(path, _range(bottom, middle + amount * shift, spread))
    return found


def _range(low: float, high: float, spread: float = 0.0) -> PerTile:
    """Return a range whose numbers are short in files."""
    return PerTile(low=round(low, DECIMALS), high=round(high, DECIMALS), spread=round(spread, DECIMALS))
