"""A table of label classes: their order, codes, precedence, parents, owners and separators."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from synthem._toml import read_toml, to_toml
from synthem.errors import ConfigError, did_you_mean
from synthem.labels.label_class import LabelClass, key_of

__all__ = ["EPFL6", "TABLES", "ClassTable"]

TABLES: Final = Path(__file__).parent / "tables"
"""Folder of the shipped tables."""

MOST_CLASSES: Final = 249
"""With the six that synthem paints, codes have 8 bits."""


@dataclass(frozen=True, kw_only=True)
class ClassTable:
    """The classes that are labelled, in channel order.

    Parameters
    ----------
    classes : sequence of LabelClass or str
        The classes; a name stands for one of the six of EPFL6.
    name : str, default "own"
        Name of the table; tables of the same classes are equal.

    Raises
    ------
    ConfigError
        If two classes share a name or a folder, a parent is unknown or its own descendant, one of the six differs in
        what its organelles paint, or there are more than 249 classes.

    Notes
    -----
    The organelles of synthem paint the six classes of EPFL6 whether the table has them or not, so all of them have
    codes; masks are written for the classes of the table.

    Examples
    --------
    >>> from synthem import ClassTable, LabelClass
    >>> apparatus = LabelClass(name="spine_apparatus", colour=(160, 80, 200), precedence=35)
    >>> table = ClassTable(classes=("mitochondria", "boundaries", apparatus))
    >>> table.names
    ('mitochondria', 'boundaries', 'spine_apparatus')
    >>> table.index("Spine apparatus")
    2
    """

    classes: tuple[LabelClass, ...]
    name: str = field(default="own", compare=False)

    def __post_init__(self) -> None:
        if isinstance(self.classes, str) or not isinstance(self.classes, Sequence) or not self.classes:
            raise ConfigError(f"`classes` must be a sequence of at least one class, got {self.classes!r}")
        if len(self.classes) > MOST_CLASSES:
            raise ConfigError(f"`classes` must be at most {MOST_CLASSES} classes, got {len(self.classes)}")
        object.__setattr__(self, "classes", tuple(_label_class(one) for one in self.classes))
        self._check_words()
        self._check_parents()
        for one in self.classes:
            _check_as_painted(one)
        owners: dict[str, str] = {}
        for one in self.classes:
            for material in one.materials:
                other = owners.setdefault(material, one.name)
                if other != one.name:
                    got = f"got {material!r} in {one.name!r} and in {other!r}"
                    raise ConfigError(f"`materials` of classes must not share any, {got}")

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], source: str = "`classes`") -> ClassTable:
        """Rebuild a table from what `to_dict` returned, or from TOML.

        Parameters
        ----------
        data : mapping
            ``classes``, a list of names or of mappings, and ``name``. Of a class of EPFL6 the name will do.
        source : str
            Where it came from, for the error.

        Raises
        ------
        ConfigError
            If a key is unknown or missing, or a value is wrong.
        """
        if not isinstance(data, Mapping):
            raise ConfigError(f"{source} must be a table of classes, got {data!r}")
        _check_keys(data, [f.name for f in fields(cls)], ("classes",), source)
        if not isinstance(data["classes"], list):
            raise ConfigError(f"{source}: `classes` must be a list of classes, got {data['classes']!r}")
        if not isinstance(data.get("name", ""), str):
            raise ConfigError(f"{source}: `name` must be a text, got {data['name']!r}")
        try:
            entries = (_entry(one, f"{source}: class {place}") for place, one in enumerate(data["classes"]))
            return cls(**{**data, "classes": tuple(entries)})
        except ConfigError as error:
            text = str(error)
            raise ConfigError(text if text.startswith(source) else f"{source}: {text}") from error

    def to_dict(self) -> dict[str, Any]:
        """Return the table as plain data."""
        classes = [{k: v for k, v in asdict(one).items() if v not in (None, ())} for one in self.classes]
        return {"name": self.name, "classes": [_listed(one) for one in classes]}

    def to_toml(self) -> str:
        """Return the table as TOML text that `load_class_table` reads back equal."""
        classes = self.to_dict()["classes"]
        return to_toml({"name": self.name}) + "".join(f"\n[[classes]]\n{to_toml(one)}" for one in classes)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names in channel order."""
        return tuple(one.name for one in self.classes)

    @cached_property
    def painted(self) -> tuple[LabelClass, ...]:
        """The classes of the table and those of EPFL6 that it leaves out, in the order of their codes."""
        own = [one for one in self.classes if one.is_painted]
        every = (*own, *(one for one in _BUILT_IN if one.name not in self.names))
        return tuple(_in_order(None, every))

    @cached_property
    def codes(self) -> Mapping[str | None, int]:
        """Label codes on the canvas, from 1; 0 is no class. A class never covers one with a higher code."""
        return {None: 0} | {one.name: code for code, one in enumerate(self.painted, start=1)}

    @cached_property
    def owners(self) -> Mapping[str | None, str | None]:
        """Class that a part must have for paint of a class to belong to its object; None: to no object."""
        return {None: None} | {one.name: self._root(one) if one.has_objects else None for one in self.painted}

    @cached_property
    def limits(self) -> Mapping[str | None, int]:
        """The lowest code that paint of a class may not cover: its own, or that of the class of which it is a part."""
        lowest: dict[str, int] = {}
        for one in self.painted:
            lowest.setdefault(self._root(one), self.codes[one.name])
        return {None: 1} | {one.name: lowest[self._root(one)] for one in self.painted}

    @cached_property
    def code_ranges(self) -> npt.NDArray[np.uint8]:
        """First and last label code of each class, in channel order: those of its parts are its own.

        Of a class that is not painted the last is below the first.
        """
        return self._ranges([self._codes_within(one) if one.is_painted else (1, 0) for one in self.classes])

    @cached_property
    def details(self) -> Mapping[str, int]:
        """Code, from 1, of each material that makes up a class; classes have the codes of `detail_classes`."""
        return {word: code for code, one in enumerate(self.detail_classes, start=1) for word in one.materials}

    @cached_property
    def detail_classes(self) -> tuple[LabelClass, ...]:
        """The classes that are made up of materials."""
        return tuple(one for one in self.classes if one.materials)

    @cached_property
    def separators(self) -> npt.NDArray[np.uint8]:
        """First and last label code of each run of classes that separate compartments."""
        runs: list[list[int]] = []
        for code in (self.codes[one.name] for one in self.painted if one.separates):
            if runs and runs[-1][-1] == code - 1:
                runs[-1].append(code)
            else:
                runs.append([code])
        return self._ranges(runs)

    @cached_property
    def order(self) -> tuple[int, ...]:
        """Channels from below to above: what is not painted lies below all that is."""
        place = {one.name: (1, float(rank)) for rank, one in enumerate(self.painted)}
        places = [place.get(one.name, (0, one.precedence)) for one in self.classes]
        return tuple(sorted(range(len(self)), key=places.__getitem__))

    def __len__(self) -> int:
        """Return the number of classes."""
        return len(self.classes)

    def __iter__(self) -> Iterator[LabelClass]:
        """Iterate over the classes in channel order."""
        return iter(self.classes)

    def __repr__(self) -> str:
        """Return the name of the table and those of its classes."""
        return f"ClassTable({self.name!r}: {', '.join(self.names)})"

    def __getstate__(self) -> dict[str, Any]:
        """Pickle the classes alone; the rest follows from them."""
        return {"classes": self.classes, "name": self.name}

    def index(self, name: str) -> int:
        """Return the channel of a class.

        Parameters
        ----------
        name : str
            Class or folder name; case, spaces, hyphens and underscores do not matter.

        Returns
        -------
        int
            Index into the first axis of `Tile.masks`.

        Raises
        ------
        ConfigError
            If no class has this name.

        Examples
        --------
        >>> from synthem.labels import EPFL6
        >>> EPFL6.index("PSD"), EPFL6.index("mitochondrial boundaries")
        (1, 5)
        """
        found = self.of_word(name)
        if found is None:
            hint = did_you_mean(key_of(name), self.names)
            raise ConfigError(f"`class` must be one of {', '.join(self.names)}, got {name!r}{hint}")
        return self.names.index(found)

    def of_word(self, word: str) -> str | None:
        """Return the name of the class that has this name or folder, or None."""
        return self._words.get(key_of(word))

    def paint_rank(self, label: str | None) -> float:
        """Return the place of a part in the order of painting: by class, those without one after membranes."""
        return self.codes["boundaries"] + 0.5 if label is None else self.limits.get(label, math.inf)

    @cached_property
    def _words(self) -> Mapping[str, str]:
        return {key_of(word): one.name for one in self.classes for word in (one.folder, one.name)}

    @cached_property
    def _by_name(self) -> Mapping[str | None, LabelClass]:
        return {one.name: one for one in (*_BUILT_IN, *self.classes)}

    def _root(self, one: LabelClass) -> str:
        return one.name if one.parent is None else self._root(self._by_name[one.parent])

    def _codes_within(self, whole: LabelClass) -> list[int]:
        """Return the codes of a class and its parts, which follow one another."""
        return sorted(self.codes[one.name] for one in _in_order(whole, self.painted))

    @staticmethod
    def _ranges(runs: Sequence[Sequence[int]]) -> npt.NDArray[np.uint8]:
        ranges = np.array([(run[0], run[-1]) for run in runs], np.uint8).reshape(-1, 2)
        ranges.flags.writeable = False
        return ranges

    def _check_words(self) -> None:
        """Refuse names and folders that cannot be told apart, as on file systems that do not tell case."""
        places: dict[str, int] = {}
        for place, one in enumerate(self.classes):
            for what in ("name", "folder"):
                word = getattr(one, what)
                other = places.setdefault(key_of(word), place)
                if other != place:
                    required = "differ from names and folders of all others in more than case, spaces and hyphens"
                    got = f"got {word!r}, as of class {self.classes[other].name!r}"
                    raise ConfigError(f"`{what}` of class {one.name!r} must {required}, {got}")

    def _check_parents(self) -> None:
        for one in self.classes:
            line = [one.name]
            while (parent := self._by_name[line[-1]].parent) is not None:
                if parent not in self._by_name:
                    hint = did_you_mean(parent, [name for name in self._by_name if name])
                    raise ConfigError(f"`parent` of class {line[-1]!r} must be a class, got {parent!r}{hint}")
                line.append(parent)
                if parent in line[:-1]:
                    raise ConfigError(f"`parent` of class {one.name!r} must lead to a whole, got {' in '.join(line)}")


def _in_order(whole: LabelClass | None, every: Sequence[LabelClass]) -> list[LabelClass]:
    """Return a class with its parts and theirs, from below to above; of None, all classes."""
    parts = [one for one in every if one.parent == (None if whole is None else whole.name)]
    parts.sort(key=lambda one: one.precedence)
    below = [one for one in parts if whole is not None and one.precedence < whole.precedence]
    ordered = [*below, whole, *parts[len(below) :]]
    return [found for one in ordered if one is not None for found in ([one] if one is whole else _in_order(one, every))]


def _listed(data: Mapping[str, Any]) -> dict[str, Any]:
    return {key: list(value) if isinstance(value, tuple) else value for key, value in data.items()}


def _label_class(value: object) -> LabelClass:
    if isinstance(value, LabelClass):
        return value
    found = next((one for one in _BUILT_IN if one.name == value), None)
    if found is None:
        known = [one.name for one in _BUILT_IN]
        hint = did_you_mean(str(value), known)
        raise ConfigError(f"`classes` must hold classes or names of {', '.join(known)}, got {value!r}{hint}")
    return found


def _check_as_painted(one: LabelClass) -> None:
    """Refuse one of the six that differs in what the organelles of synthem paint."""
    for built_in in _BUILT_IN:
        for name in ("parent", "has_objects", "separates"):
            if one.name == built_in.name and getattr(one, name) != getattr(built_in, name):
                required, got = getattr(built_in, name), getattr(one, name)
                raise ConfigError(f"`{name}` of class {one.name!r} must be {required!r}, as it is painted, got {got!r}")


def _entry(data: object, source: str) -> LabelClass:
    """Return a class from plain data; of one of the six, what is left out is as it is there."""
    if not isinstance(data, Mapping):
        return _label_class(data)
    of_six = next((asdict(one) for one in _BUILT_IN if one.name == data.get("name")), {})
    _check_keys(data, [f.name for f in fields(LabelClass)], () if of_six else ("name", "colour"), source)
    return LabelClass(**{**of_six, **data})


def _check_keys(data: Mapping[str, Any], known: Sequence[str], required: Sequence[str], source: str) -> None:
    for key in data:
        if key not in known:
            raise ConfigError(f"{source}: `{key}` is not a known key{did_you_mean(key, known)}")
    for key in required:
        if key not in data:
            raise ConfigError(f"{source}: `{key}` is missing")


_BUILT_IN: Final = tuple(LabelClass(**one) for one in read_toml(TABLES / "epfl6.toml")["classes"])
"""The classes that the organelles and stages of synthem paint."""

EPFL6: Final = ClassTable(name="epfl6", classes=_BUILT_IN)
"""The six classes of the EPFL6 labels: the default table."""
