"""What a reader used and what it ignored."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from synthem._wording import counted
from synthem.errors import DataWarning

__all__ = ["Ignored", "ReadReport", "shortened"]

NAMES_SHOWN = 4


class Ignored(NamedTuple):
    """A file or folder that was not read."""

    name: str
    """Path within the folder that was read."""
    reason: str
    """Why, and what to do about it."""
    data: bool
    """Whether it looks like pictures or masks."""


@dataclass(frozen=True, kw_only=True)
class ReadReport:
    """What was read from a folder, how, and what was left out.

    Parameters
    ----------
    source : str
        The folder, or what else was read.
    pictures : tuple of str, default ()
        Names of the slices.
    masks : mapping of str to tuple of str, default empty
        Files of each class that was found, within the folder.
    notes : tuple of str, default ()
        How files were read that are not 0 and 255 under the name of their picture.
    questions : tuple of str, default ()
        What may not be what it was meant to be.
    ignored : tuple of Ignored, default ()
        What was not read.

    Examples
    --------
    >>> from synthem.io.read_report import Ignored, ReadReport
    >>> print(ReadReport(source="slices", pictures=("0", "1"), ignored=(Ignored("a.txt", "not a picture", False),)))
    slices: 2 pictures, no masks
      ignored: a.txt (not a picture)
    """

    source: str
    pictures: tuple[str, ...] = ()
    masks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    ignored: tuple[Ignored, ...] = ()

    def __str__(self) -> str:
        """Return a line on what was used, and one for each kind of remark."""
        masks = ", ".join(f"{name} {len(files)}" for name, files in self.masks.items())
        pictures = counted(len(self.pictures), "picture")
        lines = [f"{self.source}: {pictures}, {f'masks: {masks}' if masks else 'no masks'}"]
        lines += [f"  read: {note}" for note in self.notes]
        lines += [f"  ignored: {text}" for text in _by_reason(self.ignored)]
        lines += [f"  warning: {question}" for question in self.questions]
        return "\n".join(lines)

    def warn(self, stacklevel: int = 3) -> None:
        """Warn of questions, and of what was ignored though it looks like pictures or masks.

        Parameters
        ----------
        stacklevel : int, default 3
            As in `warnings.warn`; 2 is the caller of this method.
        """
        remarks = [f"ignored: {text}" for text in _by_reason(one for one in self.ignored if one.data)]
        remarks += self.questions
        if remarks:
            warnings.warn(DataWarning(f"{self.source}: {'; '.join(remarks)}"), stacklevel=stacklevel)


def _by_reason(ignored: Iterable[Ignored]) -> list[str]:
    names: dict[str, list[str]] = {}
    for one in ignored:
        names.setdefault(one.reason, []).append(one.name)
    return [f"{shortened(group)} ({reason})" for reason, group in names.items()]


def shortened(names: list[str]) -> str:
    """Return a list of names for a message, the first few of many."""
    more = len(names) - NAMES_SHOWN
    return ", ".join(names[:NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")
