"""One label class."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Final

from synthem._names import check_portable
from synthem.errors import ConfigError
from synthem.parameters import LARGEST

__all__ = ["OTHER_PLANES", "LabelClass", "key_of"]

OTHER_PLANES: Final = ("original", "instances", "compartments")
"""Names of the planes of a tile that are no masks: no class can have them."""

RESERVED: Final = (*OTHER_PLANES, "image", "manifest.json", "tiles.jsonl")


@dataclass(frozen=True, kw_only=True)
class LabelClass:
    """One label class.

    Parameters
    ----------
    name : str
        Name in code and in metadata: small letters, digits and underscores.
    folder : str, default ""
        Folder of its masks on disk; by default the name.
    colour : (int, int, int)
        Red, green and blue of overlays, 0 to 255.
    precedence : float, default 100
        A class is painted over those with a lower number. The six classes of EPFL6 have 10 to 60. A part lies where
        its parent does: its own number counts among the parent and the other parts only.
    parent : str, optional
        Class of which this one is a part; its pixels belong to both.
    has_objects : bool, default True
        Whether its pixels belong to objects with ids.
    separates : bool, default False
        Whether its pixels separate compartments, and so belong to none.
    materials : sequence of str, default ()
        The class is what is painted of these materials where nothing else is labelled, instead of what is painted with
        its label; ``"cytoplasm"`` is where nothing is painted at all.
    compartments : sequence of str, default ()
        The class is the whole of compartments of these kinds: ``"axon_lumen"``, ``"bouton"``, ``"dendrite"``,
        ``"spine"``. Its pixels may belong to other classes, too.

    Examples
    --------
    >>> from synthem import LabelClass
    >>> LabelClass(name="spine_apparatus", colour=(160, 80, 200), precedence=35).folder
    'spine_apparatus'
    """

    name: str
    folder: str = ""
    colour: tuple[int, int, int]
    precedence: float = 100.0
    parent: str | None = None
    has_objects: bool = True
    separates: bool = False
    materials: tuple[str, ...] = ()
    compartments: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name.isidentifier() or self.name != key_of(self.name):
            required = "small letters, digits and underscores, a letter first"
            raise ConfigError(f"`name` of a class must be {required}, got {self.name!r}")
        of = f"of class {self.name!r} must be"
        if not isinstance(self.folder, str):
            raise ConfigError(f"`folder` {of} a name, got {self.folder!r}")
        object.__setattr__(self, "folder", self.folder or self.name)
        check_portable(self.folder, parameter=f"`folder` of class {self.name!r}", error=ConfigError)
        for parameter, value in (("name", self.name), ("folder", self.folder)):
            if value.lower() in RESERVED:
                raise ConfigError(f"`{parameter}` {of} none of {', '.join(RESERVED)}, got {value!r}")
        self._check_values(of)
        self._check_sources(of)

    def _check_values(self, of: str) -> None:
        """Check all that is no name."""
        colour = tuple(self.colour) if isinstance(self.colour, Sequence) else ()
        if len(colour) != 3 or not all(_is_whole(one) and 0 <= one <= 255 for one in colour):
            raise ConfigError(f"`colour` {of} three whole numbers from 0 to 255, got {self.colour!r}")
        object.__setattr__(self, "colour", tuple(int(one) for one in colour))
        if (
            isinstance(self.precedence, bool)
            or not isinstance(self.precedence, Real)
            or not -LARGEST <= self.precedence <= LARGEST
        ):
            raise ConfigError(f"`precedence` {of} a finite number, got {self.precedence!r}")
        object.__setattr__(self, "precedence", float(self.precedence))
        if not isinstance(self.parent, str | None):
            raise ConfigError(f"`parent` {of} the name of a class or None, got {self.parent!r}")
        for parameter in ("has_objects", "separates"):
            if not isinstance(getattr(self, parameter), bool):
                raise ConfigError(f"`{parameter}` {of} true or false, got {getattr(self, parameter)!r}")

    def _check_sources(self, of: str) -> None:
        """Check from what the class follows where it is not painted."""
        for parameter in ("materials", "compartments"):
            words = getattr(self, parameter)
            if not isinstance(words, (tuple, list)) or not all(isinstance(word, str) and word for word in words):
                raise ConfigError(f"`{parameter}` {of} a sequence of names, got {words!r}")
            object.__setattr__(self, parameter, tuple(words))
        if not self.is_painted and (
            self.parent is not None or self.separates or (self.materials and self.compartments)
        ):
            required = "either materials or compartments, no parent, and separate nothing"
            raise ConfigError(f"class {self.name!r} must have {required}, or be painted, got {self!r}")

    @property
    def is_painted(self) -> bool:
        """Whether paint has its label; otherwise it follows from materials or compartments."""
        return not (self.materials or self.compartments)


def _is_whole(value: object) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)


def key_of(word: str) -> str:
    """Return a name or folder in the form in which they are compared: without case, spaces and hyphens."""
    return re.sub(r"[\s_-]+", "_", unicodedata.normalize("NFC", word).strip().lower())
