"""Placement: free space, the search for a pose, and an honest count of what found room."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import groupby

import numpy as np
import numpy.typing as npt

from synthem.errors import ConfigError, did_you_mean
from synthem.geometry import Grain, Pose, move_all
from synthem.kernels.occupancy import PAD, SPACING, lower_clearance, place_footprint, place_inside
from synthem.nodes import Organelle, Sampler
from synthem.report import KindReport, PlacementReport
from synthem.sampling import check_scalar, draw_key
from synthem.shapes import Part, Shape, check_reach, within_reach
from synthem.styles import Style
from synthem.swarms import Batch, Shapes

__all__ = ["FreeSpace", "Margins", "Placed", "Tally", "place_all"]

PROBES = 96
PROBES_WITHIN = 256
SIZES = (1.0, 1.0, 0.8, 0.6, 0.4, 0.2, 0.0)
"""At each redraw smaller sizes are asked for, down to the smallest allowed."""

SIZES_WITHIN = (1.0, 0.2)

WIDEST_MARGIN = 200.0
FAR = 1e4
REACH = 96.0
"""Around a footprint clearances are exact up to this distance; beyond it they may be too large, which
costs attempts and nothing else."""


@dataclass(frozen=True, eq=False)
class Placed:
    """A local shape, its place, and whether any of it is in the tile."""

    kind: str
    pose: Pose
    shape: Shape
    seen: bool


@dataclass(frozen=True)
class Margins:
    """Distance in pixels that kinds keep from each other.

    Parameters
    ----------
    default : float
        For every pair that is not named.
    pairs : mapping of (str, str) to float
        Distances for pairs of kinds, in either order. What a `Synapse` places together has the kind ``"synapse"``,
        what it places alone its own.

    Examples
    --------
    >>> from synthem.placement import Margins
    >>> Margins(default=4.0, pairs={("axon", "psd"): 10.0}).between("psd", "axon")
    10.0
    """

    default: float = 4.0
    pairs: Mapping[tuple[str, str], float] | None = None

    def __post_init__(self) -> None:
        check_scalar("default", self.default, low=0, high=WIDEST_MARGIN)
        for kinds, distance in (self.pairs or {}).items():
            if not isinstance(kinds, tuple) or len(kinds) != 2 or not all(isinstance(kind, str) for kind in kinds):
                raise ConfigError(f"`pairs` must map two kinds, such as ('axon', 'psd'), to a distance, got {kinds!r}")
            check_scalar(f"pairs[{kinds!r}]", distance, low=0, high=WIDEST_MARGIN)

    def check_kinds(self, known: set[str]) -> None:
        """Raise a `ConfigError` if a pair names a kind that is not known."""
        named = {kind for kinds in self.pairs or {} for kind in kinds}
        for kind in sorted(named - known):
            hint = did_you_mean(kind, sorted(known))
            raise ConfigError(f"`pairs` of margins must name kinds ({', '.join(sorted(known))}), got {kind!r}{hint}")

    def between(self, first: str, second: str) -> float:
        """Return the distance that two kinds keep."""
        if not self.pairs:
            return self.default
        return self.pairs.get((first, second), self.pairs.get((second, first), self.default))

    @cached_property
    def _known(self) -> dict[tuple[str, ...], dict[str, npt.NDArray[np.float64]]]:
        return {}

    def rows(self, kinds: tuple[str, ...]) -> dict[str, npt.NDArray[np.float64]]:
        """Return, per kind, the distances from nothing (0) and from each kind, as the kernels take them."""
        if kinds not in self._known:
            self._known[kinds] = {
                kind: np.array([0.0, *(self.between(kind, other) for other in kinds)]) for kind in kinds
            }
        return self._known[kinds]


@lru_cache(maxsize=64)
def area_around(shape: tuple[int, int]) -> float:
    """Return the area around a tile on which organelles are placed, in units of 256 x 256 pixels."""
    return (math.prod(_grid(shape)) * SPACING**2 - math.prod(shape)) / 65536


@lru_cache(maxsize=64)
def _grid(shape: tuple[int, int]) -> tuple[int, int]:
    """Return the rows and columns of the clearance grid."""
    rows, cols = (-(-(n + 2 * PAD) // SPACING) for n in shape)
    return rows, cols


class Tally:
    """Counts of one kind while a tile is filled."""

    def __init__(self, *, filling: bool = False) -> None:
        self.filling = filling
        self.requested = self.placed = self.attempts = self.redrawn = 0
        self.free = 0


class FreeSpace:
    """The occupancy raster and the clearance grid of one tile.

    Parameters
    ----------
    shape : (int, int)
        Rows and columns of the tile.
    kinds : sequence of str
        Kinds that will be placed; their position gives their code.
    margins : Margins
        Distances to keep.
    """

    def __init__(self, shape: tuple[int, int], kinds: Sequence[str], margins: Margins) -> None:
        self.shape = shape
        self.occupied = np.zeros(shape, np.uint8)
        self.clearance = np.empty(_grid(shape), np.float32)
        self.clearance.fill(FAR)
        self.kinds = tuple(dict.fromkeys(kinds))
        self._margins = margins.rows(self.kinds)

    def place(
        self, kind: str, shape: Shape, edge: float, rng: np.random.Generator, *, beyond: bool = False
    ) -> tuple[Placed | None, int]:
        """Search a pose and occupy the footprint there; return it, or None, with the number of attempts."""
        used, row, col, angle, seen = place_footprint(
            self.occupied,
            self.clearance,
            shape.footprint,
            self._margins[kind],
            -edge,
            beyond,
            draw_key(rng),
            PROBES,
            1 + self.kinds.index(kind),
            REACH,
        )
        if used == 0 and seen:
            check_reach(kind, "its footprint", [shape.footprint])
        return (Placed(kind, Pose(row, col, angle), shape, seen), used) if used > 0 else (None, -used)

    def inner_clearance(self, placed: Sequence[Placed]) -> npt.NDArray[np.float32]:
        """Return the clearance grid for what lies within compartments, to which rooms are open."""
        if not any(len(item.shape.room) for item in placed):
            return self.clearance.copy()
        grid, solids = np.full_like(self.clearance, FAR), [item.shape.solid for item in placed]
        lower_clearance(grid, move_all(np.concatenate(solids), [p.pose for p in placed], list(map(len, solids))), REACH)
        return grid

    @property
    def free_area(self) -> int:
        """Number of the tile's pixels that nothing placed covers."""
        return self.occupied.size - int(np.count_nonzero(self.occupied))


def place_all(
    requests: Sequence[Sampler],
    around: Sequence[Sampler],
    space: FreeSpace,
    style: Style,
    rng: np.random.Generator,
    tally: dict[str, Tally],
) -> list[Placed]:
    """Place shapes one after the other, without overlap, with their origins in the tile or around it.

    What does not fit is drawn again, smaller, within its allowed range; what never fits is counted as missing. What is
    asked for around the tile comes in between the others, as likely to find room as they, and is not counted.
    """
    placed: list[Placed] = []
    order = [(request, False) for request in requests]
    if around:
        here, beyond = iter(requests), iter(around)
        outer = np.arange(len(requests) + len(around)) >= len(requests)
        order = [(next(beyond if outside else here), outside) for outside in rng.permutation(outer).tolist()]
    for request, outside in order:
        counts = [] if outside else [tally.setdefault(kind, Tally()) for kind in request.counted]
        found: Placed | None = None
        for size in SIZES:
            shape = request.shape(rng, style, size)
            found, used = space.place(request.kind, shape, request.edge, rng, beyond=outside)
            for count in counts:
                count.attempts += used
                count.redrawn += found is None
            if found is not None:
                placed.append(found)
                break
        for count in counts:
            count.requested += 1
            count.placed += found is not None
    return placed


def place_within(
    requests: Sequence[Sampler],
    clearance: npt.NDArray[np.float32],
    shape: tuple[int, int],
    grain: Grain,
    style: Style,
    rng: np.random.Generator,
    tally: dict[str, Tally],
) -> list[Part]:
    """Place shapes inside compartments, given the distance of every grid node from borders and organelles."""
    parts: list[Part] = []
    free = 0
    groups = [list(same) for _, same in groupby(requests, key=id)]
    pending = [(same[0], len(same)) for same in groups]
    for request, many in pending:
        tally.setdefault(request.kind, Tally(filling=True)).requested += many
    for size in SIZES_WITHIN:
        if not pending:
            break
        batches = [_draw_batch(request, rng, style, size, many) for request, many in pending]
        counts, capsules = [batch.counts for batch in batches], [batch.capsules for batch in batches]
        if not within_reach(together := np.concatenate(capsules)):
            for (request, _), batch in zip(pending, batches, strict=True):
                check_reach(request.kind, "its footprint", [batch.capsules])
        poses, tried = np.empty((sum(map(len, counts)), 4)), np.empty(sum(map(len, counts)), np.int64)
        near = np.repeat([request.near for request, _ in pending], [len(own) for own in counts])
        laws = (draw_key(rng), PROBES_WITHIN, *shape, grain.direction, math.pi * (1.0 - grain.alignment))
        free = place_inside(clearance, together, np.concatenate(counts), near, *laws, poses, tried)
        found, attempts = tried > 0, tried.tolist()
        first, left = 0, []
        for (request, many), batch in zip(pending, batches, strict=True):
            last = first + many
            parts.extend(batch.parts(poses[first:last], found[first:last]))
            own = attempts[first:last]
            missing, entry = sum([one <= 0 for one in own]), tally[request.kind]
            entry.attempts += sum(map(abs, own))
            entry.placed += many - missing
            entry.redrawn += missing if size > 0 else 0
            if missing:
                left.append((request, missing))
            first = last
        pending = left
    for kind in {request.kind for request in requests}:
        tally[kind].free = min(free * SPACING * SPACING, shape[0] * shape[1])
    return parts


def _draw_batch(request: Sampler, rng: np.random.Generator, style: Style, size: float, many: int) -> Batch:
    if isinstance(request, Organelle):
        return request.batch(rng, style, size, many)
    return Shapes([request.shape(rng, style, size) for _ in range(many)])


def tally_report(tally: Mapping[str, Tally]) -> PlacementReport:
    """Return the counts as an immutable report."""
    return PlacementReport(
        tuple(
            KindReport(
                kind=kind,
                requested=c.requested,
                placed=c.placed,
                attempts=c.attempts,
                redrawn=c.redrawn,
                free_area=c.free,
                filling=c.filling,
            )
            for kind, c in tally.items()
        )
    )
