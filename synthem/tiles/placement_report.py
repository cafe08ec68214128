"""What was asked for and what found room: the placement report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from synthem.errors import DataError

__all__ = ["KindReport", "PlacementReport"]


@dataclass(frozen=True, kw_only=True)
class KindReport:
    """Counts of one kind of organelle in one tile, or summed over several tiles.

    Parameters
    ----------
    kind : str
        Kind of organelle, such as ``"axon"``.
    requested : int
        Number of objects asked for.
    placed : int
        Number of objects that found room.
    attempts : int, default 0
        Number of candidate poses that were tested.
    redrawn : int, default 0
        Number of objects whose size was drawn again because it did not fit.
    free_area : int, default 0
        Pixels of the tile that were free once all kinds were placed: outside everything placed, and for a kind that
        fills compartments, within them outside of everything, counted in blocks of 4 x 4.
    filling : bool, default False
        Whether the kind only fills compartments as far as there is room (clutter, free vesicles): then nothing of it
        is missed.
    density : bool, default False
        Whether the number was drawn from a `Density`, which is a mean: then nothing of it is missed in one tile.

    Examples
    --------
    >>> from synthem.tiles.placement_report import KindReport
    >>> KindReport(kind="axon", requested=3, placed=2).missing
    1
    """

    kind: str
    requested: int
    placed: int
    attempts: int = 0
    redrawn: int = 0
    free_area: int = 0
    filling: bool = False
    density: bool = False

    @property
    def missing(self) -> int:
        """Number of requested objects that were not placed; of a filling kind or a density nothing is missed."""
        return 0 if self.filling or self.density else max(self.requested - self.placed, 0)

    @property
    def sparse(self) -> bool:
        """Whether a density was missed by more than 30 %, of at least 50 requested: a mean that is not reached."""
        return self.density and not self.filling and self.requested >= 50 and self.placed < 0.7 * self.requested

    @property
    def complete(self) -> bool:
        """Whether everything requested was placed, or is not missed."""
        return self.missing == 0

    @classmethod
    def _sum(cls, entries: Sequence[KindReport]) -> KindReport:
        """Sum the counts of entries of one kind."""
        return cls(
            kind=entries[0].kind,
            requested=sum(entry.requested for entry in entries),
            placed=sum(entry.placed for entry in entries),
            attempts=sum(entry.attempts for entry in entries),
            redrawn=sum(entry.redrawn for entry in entries),
            free_area=sum(entry.free_area for entry in entries),
            filling=entries[0].filling,
            density=entries[0].density,
        )

    def __str__(self) -> str:
        """Return one readable line."""
        return (
            f"{self.kind}: placed {self.placed} of {self.requested} requested "
            f"({self.attempts} attempts, {self.redrawn} redrawn, {self.free_area} px left free)"
        )


@dataclass(frozen=True)
class PlacementReport:
    """Requested and placed objects, one entry per kind.

    Parameters
    ----------
    kinds : tuple of KindReport, default ()
        The entries, in the order of placement.

    Examples
    --------
    >>> from synthem.tiles.placement_report import KindReport, PlacementReport
    >>> report = PlacementReport((KindReport(kind="axon", requested=3, placed=2),))
    >>> report.complete, report["axon"].placed
    (False, 2)
    """

    kinds: tuple[KindReport, ...] = ()

    @classmethod
    def merge(cls, reports: Iterable[PlacementReport]) -> PlacementReport:
        """Sum several reports by kind.

        Parameters
        ----------
        reports : iterable of PlacementReport
            Reports of single tiles.

        Returns
        -------
        PlacementReport
            One entry per kind, in the order of first appearance.
        """
        found: dict[str, list[KindReport]] = {}
        for report in reports:
            for entry in report.kinds:
                found.setdefault(entry.kind, []).append(entry)
        return cls(tuple(KindReport._sum(entries) for entries in found.values()))

    @classmethod
    def from_dict(cls, data: Mapping[str, Mapping[str, Any]]) -> PlacementReport:
        """Rebuild a report from what `to_dict` returned.

        Raises
        ------
        DataError
            If an entry has an unknown or a missing key.
        """
        try:
            return cls(tuple(KindReport(kind=kind, **entry) for kind, entry in data.items()))
        except (AttributeError, TypeError) as error:
            keys = ", ".join(f.name for f in fields(KindReport))
            raise DataError(f"`report` must map kinds to {keys}, got {data!r}") from error

    def to_dict(self) -> dict[str, dict[str, Any]]:
        """Return the report as plain dictionaries, keyed by kind."""
        result = {}
        for entry in self.kinds:
            values = asdict(entry)
            result[values.pop("kind")] = values
        return result

    @property
    def complete(self) -> bool:
        """Whether everything requested was placed."""
        return all(entry.complete for entry in self.kinds)

    @property
    def missing(self) -> int:
        """Number of requested objects that were not placed, all kinds together."""
        return sum(entry.missing for entry in self.kinds)

    def __getitem__(self, kind: str) -> KindReport:
        """Return the entry of one kind; a `KeyError` names the kinds there are."""
        for entry in self.kinds:
            if entry.kind == kind:
                return entry
        raise KeyError(f"no entry for kind {kind!r}, there are {[e.kind for e in self.kinds]}")

    def __iter__(self) -> Iterator[KindReport]:
        """Iterate over the entries."""
        return iter(self.kinds)

    def __len__(self) -> int:
        """Return the number of kinds."""
        return len(self.kinds)

    def __repr__(self) -> str:
        """Return a short description."""
        kinds = ", ".join(f"{one.kind} {one.placed} of {one.requested}" for one in self.kinds)
        return f"PlacementReport({kinds})"

    def __str__(self) -> str:
        """Return one line per kind."""
        return "\n".join(map(str, self.kinds)) or "nothing was requested"
