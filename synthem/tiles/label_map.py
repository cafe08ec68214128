"""One map of numbers instead of a mask per class, for programs that want each pixel to be of one class."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from synthem.labels import ClassTable

__all__ = ["LabelMap", "from_below", "map_labels", "with_wholes"]

BACKGROUND = "background"


@dataclass(frozen=True, kw_only=True, eq=False)
class LabelMap:
    """What is on top at each pixel.

    Parameters
    ----------
    labels : (H, W) uint8 array
        Number of the class on top: its place in the class table, from 1. 0 is none.
    legend : mapping of int to str
        The names of all numbers, 0 included, whether they occur or not.
    precedence : tuple of str
        The classes from below to above: each covers those before it.
    """

    labels: npt.NDArray[np.uint8]
    legend: Mapping[int, str]
    precedence: tuple[str, ...]

    def __repr__(self) -> str:
        """Return a short description."""
        return f"LabelMap({'x'.join(map(str, self.labels.shape))}, legend={dict(self.legend)})"


def map_labels(masks: npt.NDArray[np.bool_], classes: ClassTable) -> LabelMap:
    """Return the class on top at each pixel; see `synthem.Tile.label_map`.

    Parameters
    ----------
    masks : (C, H, W) bool array
        One mask per class.
    classes : ClassTable
        The classes.
    """
    order = from_below(classes)
    labels = np.zeros(masks.shape[1:], np.uint8)
    for channel in order:
        labels[masks[channel]] = channel + 1
    legend = {0: BACKGROUND} | dict(enumerate(classes.names, start=1))
    return LabelMap(labels=labels, legend=legend, precedence=tuple(classes.names[channel] for channel in order))


def from_below(classes: ClassTable) -> tuple[int, ...]:
    """Return channels from below to above: by precedence, but each whole before its parts, which it would hide.

    Parameters
    ----------
    classes : ClassTable
        The classes.

    Examples
    --------
    >>> from synthem.labels import EPFL6
    >>> from synthem.tiles.label_map import from_below
    >>> [EPFL6.names[channel] for channel in from_below(EPFL6)]
    ['boundaries', 'mitochondria', 'mitochondrial_boundaries', 'vesicles', 'psd', 'axon']
    """
    return tuple(dict.fromkeys(one for top in classes.order for one in reversed(with_wholes(classes, top))))


def with_wholes(classes: ClassTable, channel: int) -> list[int]:
    """Return a channel, then those of which it is a part, as far as the table has them."""
    parents = {one.name: one.parent for one in (*classes.painted, *classes)}
    line, name = [channel], parents[classes.names[channel]]
    while name is not None:
        if name in classes.names:
            line.append(classes.names.index(name))
        name = parents[name]
    return line
