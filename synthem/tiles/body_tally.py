"""What is counted of the bodies of a volume, slab by slab: voxels, sections, boxes and centroids."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from synthem.tiles.objects import ObjectRecord
from synthem.tiles.placement_report import KindReport, PlacementReport

__all__ = ["BodyTally", "report_of_bodies"]

Ints = npt.NDArray[np.int64]


class BodyTally(NamedTuple):
    """Counts of the bodies that have a voxel, by their ids. All are whole numbers, so slabs add up exactly.

    Parameters
    ----------
    ids : (m,) int64 array
        Their ids, rising.
    voxels, sections : (m,) int64 arrays
        Number of their voxels, and of the sections that show them.
    sums : (m, 3) int64 array
        Sums of section, row and column over their voxels.
    low, high : (m, 3) int64 arrays
        First section, row and column, and those after the last.
    """

    ids: Ints
    voxels: Ints
    sections: Ints
    sums: Ints
    low: Ints
    high: Ints

    @classmethod
    def of(cls, instances: npt.NDArray[np.int32], *, first: int = 0) -> BodyTally:
        """Count the bodies of a volume, or of a slab of one.

        Parameters
        ----------
        instances : (Z, H, W) int32 array
            Object id of each voxel, 0 for none.
        first : int, default 0
            Number of the first section in its volume.

        Examples
        --------
        >>> import numpy as np
        >>> from synthem.tiles.body_tally import BodyTally
        >>> tally = BodyTally.of(np.array([[[0, 7], [7, 7]]], np.int32))
        >>> tally.ids.tolist(), tally.voxels.tolist(), tally.low.tolist()
        ([7], [3], [[0, 0, 0]])
        """
        return cls.joined(cls._of_section(ids, place) for place, ids in enumerate(instances, start=first))

    @classmethod
    def _of_section(cls, instances: npt.NDArray[np.int32], section: int) -> BodyTally:
        there = np.flatnonzero(instances)
        found = instances.ravel()[there]
        order = np.argsort(found, kind="stable")
        found, there = found[order], there[order]
        starts = np.flatnonzero(np.diff(found, prepend=0))
        if not len(starts):
            return cls(*np.empty((3, 0), np.int64), *np.empty((3, 0, 3), np.int64))
        rows, columns = np.divmod(there, instances.shape[1])
        places = np.stack([np.full_like(rows, section), rows, columns], axis=1)
        return cls(
            ids=found[starts].astype(np.int64),
            voxels=np.diff(starts, append=len(found)),
            sections=np.ones(len(starts), np.int64),
            sums=np.add.reduceat(places, starts),
            low=np.minimum.reduceat(places, starts),
            high=np.maximum.reduceat(places, starts) + 1,
        )

    @classmethod
    def joined(cls, slabs: Iterable[BodyTally]) -> BodyTally:
        """Return the counts of all slabs of a volume together."""
        ids, voxels, sections, sums, low, high = (np.concatenate(parts) for parts in zip(*slabs, strict=True))
        every, which = np.unique(ids, return_inverse=True)
        totals = [np.zeros((len(every), *one.shape[1:]), np.int64) for one in (voxels, sections, sums)]
        for total, one in zip(totals, (voxels, sections, sums), strict=True):
            np.add.at(total, which, one)
        least, most = np.full((len(every), 3), np.iinfo(np.int64).max), np.zeros((len(every), 3), np.int64)
        np.minimum.at(least, which, low)
        np.maximum.at(most, which, high)
        return cls(every, totals[0], totals[1], totals[2], least, most)


def report_of_bodies(records: Iterable[ObjectRecord], ids: Iterable[int]) -> PlacementReport:
    """Return how many bodies of each kind a volume shows: of tissue that goes on beyond it no number is required.

    Parameters
    ----------
    records : iterable of ObjectRecord
        All bodies in and around the volume.
    ids : iterable of int
        Those that have a voxel.
    """
    shown, counts = set(ids), dict[str, int]()
    for record in records:
        counts[record.kind] = counts.get(record.kind, 0) + (record.id in shown)
    return PlacementReport(
        tuple(KindReport(kind=kind, requested=n, placed=n, density=True) for kind, n in counts.items())
    )
