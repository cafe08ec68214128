"""Placement: the search for a pose, and an honest count of what found room."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import groupby

import numpy as np
import numpy.typing as npt

from synthem.geometry.poses import Numbers, Pose, TissueDirection
from synthem.geometry.reach import check_footprint, within_reach
from synthem.kernels.inner_placement import Footprints, InnerPlaces, place_inside
from synthem.kernels.occupancy import SPACING, WIDEST_FOOTPRINT
from synthem.painting.paint import Part
from synthem.seeds import draw_key
from synthem.tiles.placement_report import KindReport, PlacementReport
from synthem.tissue.batches import Batch, ListBatch
from synthem.tissue.free_space import FreeSpace, Placed
from synthem.tissue.organelles.base import Organelle, Placeable, draw_shape

__all__ = ["Tallies", "Tally", "place_all", "place_within"]

PROBES_WITHIN = 256

SIZES = (1.0, 1.0, 0.8, 0.6, 0.4, 0.2, 0.0)
"""At each redraw smaller sizes are asked for, down to the smallest allowed."""

SIZES_WITHIN = (1.0, 0.2)


class Tally:
    """Counts of one kind while a tile is filled."""

    def __init__(self, *, filling: bool = False) -> None:
        self.filling = filling
        self.requested = self.placed = self.attempts = self.redrawn = 0
        self.free = 0


class Tallies:
    """Counts of all kinds while a tile is filled.

    Parameters
    ----------
    density_kinds : iterable of str
        Kinds whose number was drawn from a density.
    """

    def __init__(self, density_kinds: Iterable[str] = ()) -> None:
        self._kinds: dict[str, Tally] = {}
        self._density_kinds = frozenset(density_kinds)

    def of(self, kind: str, *, filling: bool = False) -> Tally:
        """Return the counts of a kind, made on first use."""
        return self._kinds.setdefault(kind, Tally(filling=filling))

    def close(self, free_area: int) -> None:
        """Record how many pixels were left free once everything so far was placed."""
        for tally in self._kinds.values():
            tally.free = free_area

    def report(self) -> PlacementReport:
        """Return the counts as an immutable report."""
        return PlacementReport(
            tuple(
                KindReport(
                    kind=kind,
                    requested=tally.requested,
                    placed=tally.placed,
                    attempts=tally.attempts,
                    redrawn=tally.redrawn,
                    free_area=tally.free,
                    filling=tally.filling,
                    density=kind in self._density_kinds,
                )
                for kind, tally in self._kinds.items()
            )
        )


def place_all(
    requests: Sequence[Placeable],
    around: Sequence[Placeable],
    space: FreeSpace,
    rng: np.random.Generator,
    tallies: Tallies,
) -> list[Placed]:
    """Place shapes one after the other, without overlap, with their origins in the tile or around it.

    What does not fit is drawn again, smaller, within its allowed range. Of several organelles that do not fit together
    each is then tried alone. What never fits is counted as missing. What is asked for around the tile comes in between
    the others, as likely to find room as they, and is not counted.
    """
    placed: list[Placed] = []
    order = [(request, False) for request in requests]
    if around:
        here, beyond = iter(requests), iter(around)
        outer = np.arange(len(requests) + len(around)) >= len(requests)
        order = [(next(beyond if outside else here), outside) for outside in rng.permutation(outer).tolist()]
    for request, outside in order:
        for kind in () if outside else request.counted:
            tallies.of(kind).requested += 1
        waiting = [request]
        while waiting:
            one = waiting.pop(0)
            counts = [] if outside else [tallies.of(kind) for kind in one.counted]
            found = _place(one, space, rng, counts, beyond=outside)
            if found is None:
                waiting += one.members
            else:
                placed.append(found)
    return placed


def _place(
    request: Placeable,
    space: FreeSpace,
    rng: np.random.Generator,
    counts: Sequence[Tally],
    *,
    beyond: bool,
) -> Placed | None:
    """Place one request at the largest size that finds room, and count the attempts."""
    for size in SIZES:
        shape = draw_shape(request, rng, size)
        found, used = space.place(request.kind, shape, request.overhang_nm, rng, beyond=beyond)
        for count in counts:
            count.attempts += used
            count.redrawn += found is None
            count.placed += found is not None
        if found is not None:
            return found
    return None


def place_within(
    requests: Sequence[tuple[Placeable, np.random.Generator]],
    clearance: npt.NDArray[np.float32],
    shape: tuple[int, int],
    direction: TissueDirection,
    pixel_size_nm: float,
    rng: np.random.Generator,
    tallies: Tallies,
) -> list[Part]:
    """Place shapes inside compartments, given the distance of every grid node from borders and organelles.

    Each request comes with the stream from which its shape is drawn; `rng` decides the places.
    """
    scale = 1.0 / pixel_size_nm
    to_pixels = Pose(scale=scale)
    parts: list[Part] = []
    free = 0
    groups = [list(same) for _, same in groupby(requests, key=lambda asked: id(asked[0]))]
    pending = [(*same[0], len(same)) for same in groups]
    for request, _, many in pending:
        tallies.of(request.kind, filling=True).requested += many
    for size in SIZES_WITHIN:
        if not pending:
            break
        batches = [_draw_batch(request, own, size, many) for request, own, many in pending]
        total = sum(many for *_, many in pending)
        poses, attempts, found = np.zeros((total, 4)), np.empty(total, np.int64), np.empty(total, np.bool_)
        decays = np.repeat([scale * request.border_decay_nm for request, *_ in pending], [many for *_, many in pending])
        counts = np.concatenate([batch.counts for batch in batches])
        footprints = Footprints(_capsules(pending, batches, scale), counts, decays)
        spread = math.pi * (1.0 - direction.alignment)
        places, key = InnerPlaces(poses, attempts, found), draw_key(rng)
        free = place_inside(clearance, footprints, key, PROBES_WITHIN, shape, direction.angle, spread, places)
        poses[:, :2] *= pixel_size_nm
        first, left = 0, []
        for (request, stream, many), batch in zip(pending, batches, strict=True):
            own, entry = slice(first, first + many), tallies.of(request.kind)
            parts.extend(part.moved(to_pixels) for part in batch.parts(poses[own], found[own]))
            missing = many - int(np.count_nonzero(found[own]))
            entry.attempts += int(attempts[own].sum())
            entry.placed += many - missing
            entry.redrawn += missing
            if missing:
                left.append((request, stream, missing))
            first += many
        pending = left
    for kind in {request.kind for request, _ in requests}:
        tallies.of(kind).free = min(free * SPACING * SPACING, shape[0] * shape[1])
    return parts


def _capsules(
    pending: Sequence[tuple[Placeable, np.random.Generator, int]], batches: Sequence[Batch], scale: float
) -> Numbers:
    """Return the capsules of all batches in pixels, which must be of finite numbers."""
    together: Numbers = scale * np.concatenate([batch.capsules for batch in batches])
    if not within_reach(together, WIDEST_FOOTPRINT):
        for (request, *_), batch in zip(pending, batches, strict=True):
            check_footprint(request.kind, [batch.capsules], 1.0 / scale)
    return together


def _draw_batch(request: Placeable, rng: np.random.Generator, size: float, many: int) -> Batch:
    if isinstance(request, Organelle):
        return request.batch(rng, size, many)
    return ListBatch([draw_shape(request, rng, size) for _ in range(many)])
