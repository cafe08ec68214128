"""The six label classes: order, names, folder names, colours."""

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
    "PAINT_ORDER",
    "LabelClass",
    "class_index",
]


class LabelClass(NamedTuple):
    """One label class of the EPFL6 convention."""

    name: str
    """Name used in code and in metadata."""
    folder: str
    """Folder name in the EPFL6 layout on disk."""
    color: tuple[int, int, int]
    """RGB colour of overlays and label layers."""


CLASSES: Final = (
    LabelClass("mitochondria", "mitochondria", (235, 64, 52)),
    LabelClass("psd", "PSD", (255, 225, 25)),
    LabelClass("vesicles", "vesicles", (60, 200, 75)),
    LabelClass("axon", "axon", (30, 120, 255)),
    LabelClass("boundaries", "boundaries", (230, 50, 230)),
    LabelClass("mitochondrial_boundaries", "mitochondrial boundaries", (255, 150, 40)),
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


CODES: Final = {
    None: 0,
    "boundaries": 1,
    "mitochondria": 2,
    "mitochondrial_boundaries": 3,
    "vesicles": 4,
    "psd": 5,
    "axon": 6,
}
"""Label codes, by rising precedence: a class never covers one with a higher code."""


def _code_ranges() -> npt.NDArray[np.uint8]:
    ranges = np.zeros((len(CLASS_NAMES), 2), np.uint8)
    for name, code in CODES.items():
        if name is not None:
            ranges[class_index(name)] = code
    ranges[class_index("mitochondria"), 1] = CODES["mitochondrial_boundaries"]
    ranges.flags.writeable = False
    return ranges


CODE_RANGES: Final = _code_ranges()
"""First and last label code of each class, in class order: a mitochondrion's boundary is part of it."""

OWNERS: Final = {name: None if name == "boundaries" else name for name in CODES} | {
    "mitochondrial_boundaries": "mitochondria"
}
"""Class that a part must have for paint of a class to belong to its object; None: to no object."""

LIMITS: Final = {
    name: 1 if name is None else CODES["mitochondria"] if name.startswith("mito") else code
    for name, code in CODES.items()
}
"""The lowest code that paint of a class may not cover."""


PAINT_ORDER: Final[Mapping[str | None, int]] = {
    "boundaries": 0,
    None: 1,
    "mitochondria": 2,
    "mitochondrial_boundaries": 2,
    "vesicles": 3,
    "psd": 4,
    "axon": 5,
}
"""Order in which parts of a class are painted; those without a class come after membranes."""
