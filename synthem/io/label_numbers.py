"""One map of numbers for masks that may overlap: a number for each combination of classes, 0 for none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from synthem.labels import ClassTable
from synthem.tiles.label_map import from_below, with_wholes

__all__ = ["LabelNumbers", "combined"]

BITS = 62


class LabelNumbers:
    """The combinations of classes, numbered from 1.

    First come the classes alone, with those of which they are parts, in channel order and each whole before its parts:
    of EPFL6 1 is mitochondria, 2 their boundaries, 3 PSDs, 4 vesicles, 5 axons and 6 boundaries. Then come these within
    the classes that are whole compartments. That is all that generated tiles have; labels of others may have more,
    which `add` numbers on.

    Parameters
    ----------
    classes : ClassTable
        The classes, in the order of masks.

    Examples
    --------
    >>> from synthem.io.label_numbers import LabelNumbers
    >>> from synthem.labels import EPFL6
    >>> LabelNumbers(EPFL6).regions()["mitochondria"], len(LabelNumbers(EPFL6))
    ((1, 2), 6)
    """

    def __init__(self, classes: ClassTable) -> None:
        self._classes = classes
        self._numbers: dict[frozenset[int], int] = {}
        for combination in _known(classes):
            self.add(combination)

    def __len__(self) -> int:
        """Return the number of combinations."""
        return len(self._numbers)

    def __contains__(self, combination: frozenset[int]) -> bool:
        """Return whether a combination of channels has a number; none at all has 0."""
        return not combination or combination in self._numbers

    def add(self, combination: frozenset[int]) -> None:
        """Give a combination of channels the next number, if it has none."""
        if combination not in self:
            self._numbers[combination] = len(self._numbers) + 1

    def of(self, combinations: Sequence[frozenset[int]]) -> npt.NDArray[np.int64]:
        """Return the numbers of combinations that have one."""
        return np.array([self._numbers[one] if one else 0 for one in combinations], np.int64)

    def regions(self) -> dict[str, tuple[int, ...]]:
        """Return for each class the numbers that contain it, from below to above and each whole before its parts.

        Where predictions overlap, the last one is on top, as in `synthem.Tile.label_map`.
        """
        table = self._classes
        numbers = self._numbers.items()
        return {table.names[c]: tuple(n for one, n in numbers if c in one) for c in from_below(table)}

    def own_numbers(self) -> list[int]:
        """Return for each class of `regions` the number of the class alone, with those of which it is a part."""
        table = self._classes
        return [self._numbers[frozenset(with_wholes(table, table.names.index(name)))] for name in self.regions()]


def combined(masks: npt.NDArray[np.bool_]) -> tuple[list[frozenset[int]], npt.NDArray[np.intp]]:
    """Return the combinations that occur in masks.

    Parameters
    ----------
    masks : (C, ...) bool array
        One mask per class.

    Returns
    -------
    list of frozenset of int
        The channels that are set, for each combination that occurs.
    (...) int array
        For each pixel the place of its combination in that list.
    """
    flat = masks.reshape(len(masks), -1)
    codes: npt.NDArray[Any] = np.zeros(flat.shape[1], np.uint8 if len(masks) <= 8 else np.int64)
    for channel, mask in enumerate(flat):
        if channel % BITS == BITS - 1:
            codes = np.unique(codes, return_inverse=True)[1]
        codes = codes + codes + mask
    _, first, places = np.unique(codes, return_index=True, return_inverse=True)
    found = [frozenset(np.flatnonzero(flat[:, pixel]).tolist()) for pixel in first]
    return found, places.reshape(masks.shape[1:])


def _known(classes: ClassTable) -> Iterator[frozenset[int]]:
    """Yield the combinations that follow from a class table."""
    whole: dict[str, set[int]] = {}
    for channel, label_class in enumerate(classes):
        for kind in label_class.compartments:
            whole.setdefault(kind, set()).add(channel)
    whole_compartments = list(dict.fromkeys(frozenset(channels) for channels in whole.values()))
    alone = [frozenset(with_wholes(classes, channel)) for channel in _wholes_first(classes)]
    yield from alone
    detail = [one for one in alone if not any(classes.classes[channel].compartments for channel in one)]
    for channels in whole_compartments:
        yield channels
        yield from (one | channels for one in detail)


def _wholes_first(classes: ClassTable) -> Iterator[int]:
    """Yield channels in order, each whole followed by its parts."""

    def within(whole: int | None) -> Iterator[int]:
        for channel in range(len(classes)):
            line = with_wholes(classes, channel)
            if (line[1] if len(line) > 1 else None) == whole:
                yield channel
                yield from within(channel)

    return within(None)
