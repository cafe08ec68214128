"""What tiles lack of what was asked for: summed up tile by tile, said once."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from synthem.errors import EmptyClassWarning, PlacementError, PlacementWarning
from synthem.labels import EPFL6, ClassTable
from synthem.tiles.placement_report import PlacementReport
from synthem.tiles.tile import Tile

__all__ = ["Shortfall", "require_complete"]


def require_complete(report: PlacementReport, seed: int, index: int) -> None:
    """Raise a `PlacementError` if an object of a tile found no room."""
    if not report.complete:
        raise PlacementError(f"tile {index} of seed {seed} is incomplete: {_missing_of(report)}")


@dataclass(frozen=True, kw_only=True)
class Shortfall:
    """What is to be said of many tiles.

    Parameters
    ----------
    tiles : int, default 0
        Number of tiles.
    short : int, default 0
        How many of them hold fewer objects than were asked for.
    report : PlacementReport, default empty
        Requested and placed objects of all.
    seen : frozenset of str, default empty
        Names of the classes that have a pixel in any tile.
    """

    tiles: int = 0
    short: int = 0
    report: PlacementReport = field(default_factory=PlacementReport)
    seen: frozenset[str] = frozenset()

    @classmethod
    def of(cls, tile: Tile) -> Shortfall:
        """Return that of one tile."""
        seen = [name for name, mask in zip(tile.classes.names, tile.masks, strict=True) if mask.any()]
        return cls(tiles=1, short=int(not tile.report.complete), report=tile.report, seen=frozenset(seen))

    @classmethod
    def merge(cls, parts: Iterable[Shortfall]) -> Shortfall:
        """Return that of all tiles of several parts, in their order."""
        parts = list(parts)
        return cls(
            tiles=sum(part.tiles for part in parts),
            short=sum(part.short for part in parts),
            report=PlacementReport.merge(part.report for part in parts),
            seen=frozenset[str]().union(*(part.seen for part in parts)),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON-able values."""
        return {
            "tiles": self.tiles,
            "short": self.short,
            "report": self.report.to_dict(),
            "seen": sorted(self.seen),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Shortfall:
        """Return what `to_dict` was called of."""
        report = PlacementReport.from_dict(data["report"])
        return cls(tiles=data["tiles"], short=data["short"], report=report, seen=frozenset(data["seen"]))

    def warn(self, classes: ClassTable, *, stacklevel: int = 3) -> None:
        """Warn once of objects without room, and once of classes of one's own without a pixel.

        Parameters
        ----------
        classes : ClassTable
            The classes of the tiles.
        stacklevel : int
            How far up whoever is warned is; 3 for the caller of the function that calls this.
        """
        said = []
        if self.short:
            missing = _missing_of(self.report)
            said.append(f"{self.short} of {self.tiles} tiles hold fewer objects than requested: {missing}")
        sparse = "; ".join(str(entry) for entry in self.report if entry.sparse)
        said += [f"densities are not reached: {sparse}"] if sparse else []
        if said:
            warnings.warn(". ".join(said), PlacementWarning, stacklevel=stacklevel)
        empty = [name for name in classes.names if name not in self.seen]
        if empty and classes != EPFL6:  # the shipped recipes may lack classes of EPFL6
            them = "them" if len(empty) > 1 else "it"
            text = f"no tile has a pixel of {', '.join(empty)}; does the scene paint {them}?"
            warnings.warn(text, EmptyClassWarning, stacklevel=stacklevel)


def _missing_of(report: PlacementReport) -> str:
    return "; ".join(str(entry) for entry in report if not entry.complete)
