"""The class table: order, names, folders and colours; label codes, precedence, parents, owners, separators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from synthem.errors import ConfigError, did_you_mean

__all__ = [
    "CLASSES",
    "CLASS_NAMES",
    "CODES",
    "CODE_RANGES",
    "LIMITS",
    "OWNERS",
    "PRECEDENCE",
    "SEPARATORS",
    "LabelClass",
    "class_index",
    "paint_rank",
]


class LabelClass(NamedTuple):
    """One label class of the EPFL6 convention."""

    name: str
    """Name used in code and in metadata."""
    folder: str
    """Folder name in the EPFL6 layout on disk."""
    color: tuple[int, int, int]
    """RGB colour of overlays and label layers."""
    code: int
    """Label code on the canvas, from 1; a class never covers one with a higher code."""
    parent: str | None = None
    """Class of which this one is a part; its pixels belong to both."""
    has_objects: bool = True
    """Whether its pixels belong to objects with ids."""
    separates: bool = False
    """Whether its pixels separate compartments, and so belong to none."""


CLASSES: Final = (
    LabelClass("mitochondria", "mitochondria", (235, 64, 52), 2),
    LabelClass("psd", "PSD", (255, 225, 25), 5, separates=True),
    LabelClass("vesicles", "vesicles", (60, 200, 75), 4),
    LabelClass("axon", "axon", (30, 120, 255), 6, separates=True),
    LabelClass("boundaries", "boundaries", (230, 50, 230), 1, has_objects=False, separates=True),
    LabelClass("mitochondrial_boundaries", "mitochondrial boundaries", (255, 150, 40), 3, parent="mitochondria"),
)
"""The classes in channel order."""

CLASS_NAMES: Final = tuple(c.name for c in CLASSES)
"""The class names in channel order."""


def _key(name: str) -> str:
    return name.strip().lower().replace(" ", "_").replace("-", "_")


def class_index(name: str) -> int:
    """Return the channel of a class.

    Parameters
    ----------
    name : str
        Class or folder name; case, spaces and underscores do not matter.

    Returns
    -------
    int
        Index into the first axis of `Tile.masks`, 0 to 5.

    Raises
    ------
    ConfigError
        If no class has this name.

    Examples
    --------
    >>> from synthem.labels import class_index
    >>> class_index("PSD"), class_index("mitochondrial boundaries")
    (1, 5)
    """
    key = _key(name)
    if key in CLASS_NAMES:
        return CLASS_NAMES.index(key)
    raise ConfigError(f"`class` must be one of {', '.join(CLASS_NAMES)}, got {name!r}{did_you_mean(key, CLASS_NAMES)}")


CODES: Final[Mapping[str | None, int]] = {None: 0} | {c.name: c.code for c in CLASSES}
"""Label codes; 0 is no class."""

OWNERS: Final[Mapping[str | None, str | None]] = {None: None} | {
    c.name: (c.parent or c.name) if c.has_objects else None for c in CLASSES
}
"""Class that a part must have for paint of a class to belong to its object; None: to no object."""

LIMITS: Final[Mapping[str | None, int]] = {None: 1} | {
    c.name: min(one.code for one in CLASSES if (c.parent or c.name) in (one.name, one.parent)) for c in CLASSES
}
"""The lowest code that paint of a class may not cover: its own, or that of the class of which it is a part."""

SEPARATORS: Final = sum(1 << c.code for c in CLASSES if c.separates)
"""One bit per label code: classes that separate compartments."""

PRECEDENCE: Final = tuple(sorted(range(len(CLASSES)), key=lambda channel: CLASSES[channel].code))
"""Channels from below to above: membranes first, axons last."""


def _code_ranges() -> npt.NDArray[np.uint8]:
    ranges = np.empty((len(CLASSES), 2), np.uint8)
    for channel, label_class in enumerate(CLASSES):
        codes = [one.code for one in CLASSES if label_class.name in (one.name, one.parent)]
        ranges[channel] = min(codes), max(codes)
    ranges.flags.writeable = False
    return ranges


CODE_RANGES: Final = _code_ranges()
"""First and last label code of each class, in class order: a mitochondrion's boundary is part of it."""


def paint_rank(label: str | None) -> float:
    """Return the place of a part in the order of painting: by class, those without one after membranes."""
    return LIMITS[label] if label in LIMITS and label is not None else CODES["boundaries"] + 0.5
