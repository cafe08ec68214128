"""Whether the files of a dataset are those that were written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from synthem.errors import DataError
from synthem.io.checksums import Sums, joined, sums_of
from synthem.io.formats import check_format, load_format
from synthem.io.manifest import MANIFEST, Manifest
from synthem.io.tile_list import TILES, TileEntry, read_entries
from synthem.tiles.stacks import Pixels

__all__ = ["DatasetCheck", "Problem"]


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Something that is not as it was written.

    Parameters
    ----------
    text : str
        What.
    places : range
        The tiles that it concerns; all where that is not known.
    """

    text: str
    places: range


class DatasetCheck:
    """A pass through a dataset, and what was found on it.

    Parameters
    ----------
    folder : Path
        The dataset.
    manifest : Manifest
        Its manifest.

    Attributes
    ----------
    entries : list of TileEntry
        The lines of ``tiles.jsonl``.
    problems : list of Problem
        What was found so far.

    Raises
    ------
    DataError
        If ``tiles.jsonl`` is missing, damaged, or lists other tiles.
    """

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.folder, self.manifest = folder, manifest
        self.entries: list[TileEntry] = list(read_entries(folder, manifest.names))
        self.problems: list[Problem] = []
        self._all = range(len(self.entries))

    @property
    def has_sums(self) -> bool:
        """Whether the dataset has SHA-256; those of older versions have none."""
        return self.manifest.sha256 is not None and all(entry.sha256 is not None for entry in self.entries)

    def tiles(self) -> Iterator[tuple[int, Pixels]]:
        """Look for all files, read all tiles and compare them; yield the place and the pixels of what can be read."""
        for place, pixels in self._pixels():
            self._compare(place, pixels)
            yield place, pixels
        for name in load_format(self.manifest.layout).owned_files(self.manifest):
            if not (self.folder / name).is_file() and not any(name in problem.text for problem in self.problems):
                self._found(f"{name} is missing", self._all)
        if self.has_sums:
            sums = (entry.sha256 or Sums(images="", masks="") for entry in self.entries)
            if joined(sums) != self.manifest.sha256:
                self._found(f"{TILES} and {MANIFEST} do not belong together", self._all)

    def _found(self, text: str, places: range) -> None:
        self.problems.append(Problem(text=text, places=places))

    def _pixels(self) -> Iterator[tuple[int, Pixels]]:
        storage, names, place = load_format(self.manifest.layout), self.manifest.names, 0
        while place < len(names):
            try:
                # a format whose tiles share no files can go on behind one that cannot be read
                for pixels in storage.read(self.folder, replace(self.manifest, names=names[place:])):
                    yield place, pixels
                    place += 1
            except DataError as error:
                self._found(str(error), range(place, place + 1))
                place += 1
                if check_format(self.manifest.layout).shared_files and place < len(names):
                    self._found(f"what follows {names[place - 1]} was not read", range(place, len(names)))
                    return

    def _compare(self, place: int, pixels: Pixels) -> None:
        entry, here = self.entries[place], range(place, place + 1)
        if entry.sha256 is not None:
            found = sums_of(pixels)
            for what in ("masks", "images"):
                if getattr(found, what) != getattr(entry.sha256, what):
                    self._found(f"{what} of {entry.name} are not those that were written", here)
        try:
            entry.meta(self.folder, self.manifest.shape)
        except DataError as error:
            self._found(str(error), here)
