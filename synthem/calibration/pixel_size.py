"""The side of a pixel of slices: given, read or assumed."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import NamedTuple

from synthem.errors import ConfigError, DataWarning
from synthem.instrument.style import Style, check_pixel_size
from synthem.tiles.labelled_image import LabelledImage

__all__ = ["PixelSize", "find_pixel_size"]

ALIKE = 0.01
"""Relative difference of two sizes that count as one."""


class PixelSize(NamedTuple):
    """Side of a pixel, and where it is known from."""

    size_nm: float
    origin: str


def find_pixel_size(given: float | None, slices: Sequence[LabelledImage], style: Style) -> PixelSize:
    """Return the side of a pixel of slices.

    Parameters
    ----------
    given : float or None
        What was asked for, if anything: it goes first.
    slices : sequence of LabelledImage
        They may tell it.
    style : Style
        Gives it where nothing else does.

    Returns
    -------
    PixelSize

    Raises
    ------
    ConfigError
        If it is out of range, or slices tell different ones.

    Warns
    -----
    DataWarning
        If it is taken from the style.
    """
    if given is not None:
        return PixelSize(check_pixel_size(given), "given")
    told = sorted({item.pixel_size_nm for item in slices if item.pixel_size_nm is not None})
    if not told:
        size = style.pixel_size_nm
        warnings.warn(
            DataWarning(
                f"pixels of {size:g} nm are assumed, those of the style {style.name!r}: no size was given, and the "
                "slices tell none"
            ),
            stacklevel=3,
        )
        return PixelSize(size, f"assumed, as in the style {style.name!r}")
    if not math.isclose(told[0], told[-1], rel_tol=ALIKE):
        raise ConfigError(
            f"`pixel_size_nm` must be given where slices tell different ones, got {told[0]:g} and {told[-1]:g} nm"
        )
    return PixelSize(check_pixel_size(told[0]), "read from the slices")
