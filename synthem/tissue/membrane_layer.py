"""Cell membranes: the partition of the tile into compartments."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import Any, ClassVar, TypeAlias

import numpy as np
import numpy.typing as npt

from synthem.errors import ConfigError
from synthem.geometry.poses import TissueDirection
from synthem.geometry.territory import Territory
from synthem.instrument.looks import MembraneLook
from synthem.instrument.style import Style
from synthem.kernels.membranes import MembraneColumn, paint_membranes
from synthem.kernels.occupancy import PAD, SPACING
from synthem.kernels.packing import ChainColumn, DrawRow, LimitColumn, SizeColumn, pack_chains, shape_chains
from synthem.kernels.partition import fill_owner, find_candidates, lower_to_borders
from synthem.kernels.warp import WARP_SPACING, warp_field
from synthem.painting.canvas import Canvas
from synthem.painting.textures import texture
from synthem.parameters import Number, check_number, check_scalar, draw, draw_many

__all__ = ["MembraneLayer", "MembranePlan"]

Floats: TypeAlias = npt.NDArray[np.float32]
Ints: TypeAlias = npt.NDArray[np.int32]

PROBES = 10
CAPSULES_PER_CHAIN = 6
GAP = 3.0
"""Room in pixels between compartments when they are packed."""


@dataclass(frozen=True, eq=False)
class MembranePlan:
    """The partition of a tile as geometry.

    Parameters
    ----------
    capsules : (n, 6) float32 array
        y0, x0, y1, x1, r and compartment number, sorted by the number.
    spans, items : (h / 2, w / 2, 2), (m,) int32 arrays
        Which capsules decide each patch of 2 x 2 blocks of pixels.
    gaps : (h, w) float32 array
        Distance of the second compartment beyond the nearest, at the centre of each block.
    warp : (3, h, w) float32 array
        Shift of the borders in rows and columns, per node.
    ring_points, ring_starts, owners
        Barrier rings and the compartments within them.
    facing : (n,) int32 array
        For each compartment number the one from which a synaptic membrane divides it, or 0.
    key : int
        Key of the variation along and between membranes.
    direction : TissueDirection
        Direction of the tissue.
    """

    capsules: Floats
    spans: Ints
    items: Ints
    gaps: Floats
    warp: Floats
    ring_points: npt.NDArray[np.float64]
    ring_starts: npt.NDArray[np.int64]
    owners: npt.NDArray[np.int64]
    facing: Ints
    key: int
    direction: TissueDirection


@dataclass(frozen=True, kw_only=True)
class MembraneLayer:
    """Partition the tile under the claims of the organelles, and paint the membranes.

    Parameters
    ----------
    compartments : float
        How many compartments there are per 256 x 256 pixels, those claimed by organelles included, before the
        smallest that find no room are dropped.
    radius : float
        Median radius of an empty compartment in pixels; radii are log-normal.
    spread : float
        Standard deviation of the logarithm of the radius.
    variation : float
        Standard deviation of the logarithm of a factor by which all radii of a tile differ from those of others.
    largest : float
        Largest radius in pixels.
    smallest : float
        Smallest radius in pixels; what has less room is dropped.
    lobes : float
        Share of the empty compartments that become a lobe of the compartment beside them instead, 0 to 1.
    elongation : float or (float, float)
        Length of a compartment's axis over its radius; its area is as if it were round.
    direction : float or (float, float)
        Preferred direction of the compartments of a tile, in radians from the column axis towards the row axis.
    alignment : float or (float, float)
        How strongly those of a tile keep to it: 0 not at all, 1 entirely.
    continuation : float or (float, float)
        Radius of the process that extends the compartment beyond the organelle, as a fraction of the organelle's
        radius; 0, or less than `smallest` in pixels: none.
    warp : (float, float)
        Amplitude in pixels of the irregularity of borders, 48 px and 16 px wide. Up to (8, 2.5).

    Notes
    -----
    The stage knows nothing of organelles: it reads claims (see `synthem.tissue.claims`) and keeps them to the pixel.

    Examples
    --------
    >>> import synthem
    >>> tile = synthem.Scene(organelles=[], stages=[synthem.MembraneLayer(compartments=20)]).render(seed=5)
    >>> len(set(tile.compartments.ravel().tolist())) > 5
    True
    """

    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}
    before_organelles: ClassVar[bool] = True

    compartments: float = 26.0
    radius: float = 15.0
    spread: float = 0.9
    variation: float = 0.25
    largest: float = 90.0
    smallest: float = 5.0
    lobes: float = 0.0
    elongation: Number = (0.0, 4.0)
    direction: Number = 0.0
    alignment: Number = 0.0
    continuation: Number = 0.0
    warp: tuple[float, float] = (8.0, 2.5)

    def __post_init__(self) -> None:
        limits: dict[str, tuple[float, float]] = {
            "compartments": (0, 1000),
            "radius": (2, 1000),
            "spread": (0, 2),
            "variation": (0, 1),
            "largest": (4, 4000),
        }
        for name, (low, high) in (limits | {"smallest": (2, 100)}).items():
            object.__setattr__(self, name, check_scalar(name, getattr(self, name), low=low, high=high))
        ranges = {"elongation": (0, 40), "direction": (-7, 7), "alignment": (0, 1), "continuation": (0, 1)}
        for name, (low, high) in ranges.items():
            object.__setattr__(self, name, check_number(name, getattr(self, name), low=low, high=high))
        check_scalar("lobes", self.lobes, low=0, high=1)
        if not isinstance(self.warp, (tuple, list)) or len(self.warp) != 2:
            raise ConfigError(f"`warp` must be two amplitudes in pixels, got {self.warp!r}")
        for amplitude, high in zip(self.warp, (8.0, 2.5), strict=True):
            check_scalar("warp", amplitude, low=0, high=high)

    def sample(self, rng: np.random.Generator, style: Style, territory: Territory) -> MembranePlan:
        """Draw the empty compartments into the room that claims leave."""
        height, width = territory.shape
        key = int(rng.integers(1 << 40))
        padded = territory.clearance.size * SPACING**2 / 65536
        zoom = math.exp(self.variation * min(max(rng.standard_normal(), -2.0), 2.0))
        wanted = max(0, round(self.compartments * padded / zoom**2) - (territory.next_cell - 1))
        direction = TissueDirection(draw(self.direction, rng), draw(self.alignment, rng))
        fill = self._pack(wanted, zoom, direction, rng, territory)
        capsules = np.concatenate([territory.capsules, fill])
        if not len(capsules):  # one compartment for all
            capsules = np.array([[height / 2, width / 2, height / 2, width / 2, 1.0, territory.next_cell]], np.float32)
        warp = np.zeros((3, -(-height // WARP_SPACING) + 1, -(-width // WARP_SPACING) + 1), np.float32)
        warp_field(capsules, len(territory.capsules), key, *self.warp, 14.0, warp)
        capsules = capsules[np.argsort(capsules[:, 5], kind="stable")]
        facing = np.zeros(int(capsules[-1, 5]) + 1, np.int32)
        for one, other in territory.facing:
            facing[one], facing[other] = other, one
        rounding = style.membrane.junction_rounding
        border = 2.0 * style.membrane.widest + 0.5 * rounding
        spans, items, gaps = _candidates(capsules, warp, border, rounding)
        return MembranePlan(
            capsules=capsules,
            spans=spans,
            items=items,
            gaps=gaps,
            warp=warp,
            ring_points=np.concatenate(territory.barriers) if territory.barriers else np.empty((0, 2)),
            ring_starts=np.array([0, *accumulate(len(ring) for ring in territory.barriers)], np.int64),
            owners=np.array(territory.owners, np.int64),
            facing=facing,
            key=key,
            direction=direction,
        )

    def _pack(
        self, wanted: int, zoom: float, direction: TissueDirection, rng: np.random.Generator, territory: Territory
    ) -> Floats:
        """Return the capsules of empty compartments, and of those that continue compartments of organelles."""
        first, claims, grid = territory.next_cell, territory.capsules, territory.clearance
        total = wanted + first - 1
        sizes = rng.standard_normal(wanted)
        sizes.sort()
        draws = np.empty((len(DrawRow), total))
        draws[DrawRow.BEND], draws[DrawRow.TAPER] = rng.standard_normal((2, total))
        draws[DrawRow.ANGLE], draws[DrawRow.LOBE] = rng.random((total, 2)).T
        probes = rng.random((total, 2 * PROBES))
        draws[DrawRow.ELONGATION] = draw_many(self.elongation, rng, total)
        draws[DrawRow.CONTINUATION] = draw_many(self.continuation, rng, total)
        law = np.empty(len(SizeColumn))
        law[SizeColumn.RADIUS], law[SizeColumn.RADIUS_SD] = zoom * self.radius, self.spread
        law[SizeColumn.LARGEST], law[SizeColumn.LOBE_SHARE] = self.largest, self.lobes
        law[SizeColumn.ANGLE], law[SizeColumn.ANGLE_RANGE] = direction.angle, math.pi * (1.0 - direction.alignment)
        limits = np.empty(len(LimitColumn))
        limits[LimitColumn.GAP], limits[LimitColumn.SMALLEST] = GAP, self.smallest
        out = np.empty((len(claims) + total * CAPSULES_PER_CHAIN, 6))
        chains, near = np.empty((total, len(ChainColumn))), np.empty((9 * len(out), 6), np.float32)
        closed = np.array(territory.owners, np.int64)
        known, many = shape_chains(claims, closed, sizes, draws, law, out, chains)
        *_, count = pack_chains(grid, chains[:many], probes, limits, first, known, out, *territory.shape, near)
        return near[:count]

    def lower_clearance(
        self, record: MembranePlan, style: Style, territory: Territory, grid: Floats
    ) -> TissueDirection:
        """Lower a clearance grid to the distance from the membranes; return the direction of the tissue."""
        half = 0.5 * style.membrane.width + 1.0
        lower_to_borders(record.gaps, half, *territory.shape, SPACING, PAD, grid)
        return record.direction

    def apply(self, canvas: Canvas, record: MembranePlan, style: Style) -> None:
        """Fill the compartments and paint the membranes between them."""
        rings = (record.ring_points, record.ring_starts, record.owners)
        points = int(np.diff(record.ring_starts).max(initial=0))
        fill_owner(*rings, canvas.reserve(points), canvas.counts, canvas.compartments)
        paint_membranes(
            record.capsules,
            record.spans,
            record.items,
            record.facing,
            record.key,
            record.warp,
            texture(8, 2),
            _look_numbers(style.membrane),
            canvas.classes.codes["boundaries"],
            canvas.lanes,
            canvas.compartments,
            canvas.grey,
            canvas.label,
        )


@lru_cache(maxsize=64)
def _look_numbers(look: MembraneLook) -> Floats:
    """Return the look as `synthem.kernels.membranes` takes it."""
    numbers = np.empty(len(MembraneColumn), np.float32)
    numbers[MembraneColumn.HALF_WIDTH] = 0.5 * look.width
    numbers[MembraneColumn.WIDTH_SD_ALONG] = look.width_sd_along
    numbers[MembraneColumn.WIDTH_SD_BETWEEN] = look.width_sd_between
    numbers[MembraneColumn.WIDEST_HALF_WIDTH] = 0.5 * max(look.oblique_width, look.width)
    numbers[MembraneColumn.PAINTED_WITHIN] = look.widest
    numbers[MembraneColumn.ROUNDING] = look.junction_rounding
    numbers[MembraneColumn.LEVEL] = look.level
    numbers[MembraneColumn.LEVEL_SD] = look.level_sd
    numbers[MembraneColumn.FADE] = look.fade
    numbers[MembraneColumn.DEFOCUS] = look.defocus
    numbers[MembraneColumn.OBLIQUE_SHARE] = look.oblique_share
    numbers[MembraneColumn.OBLIQUE_LEVEL] = look.oblique_level
    numbers[MembraneColumn.OBLIQUE_SD] = look.oblique_sd
    numbers[MembraneColumn.OBLIQUE_FADE] = look.oblique_fade
    numbers[MembraneColumn.DOUBLE_SHARE] = look.double_share
    numbers[MembraneColumn.CLEFT_HALF_WIDTH] = 0.5 * look.cleft_width
    numbers[MembraneColumn.CLEFT_LEVEL] = look.cleft_level
    numbers[MembraneColumn.EDGE_SHADOW] = look.edge_shadow
    numbers[MembraneColumn.EDGE_SHADOW_REACH] = look.edge_shadow_reach
    return numbers


def _candidates(capsules: Floats, warp: Floats, border: float, extra: float) -> tuple[Ints, Ints, Floats]:
    """Return which capsules decide each patch: spans and items; and the gaps of blocks."""
    rows, cols = warp.shape[1] - 1, warp.shape[2] - 1
    spans, gaps = np.empty((-(-rows // 2), -(-cols // 2), 2), np.int32), np.empty((rows, cols), np.float32)
    room = 8 * rows * cols
    while True:
        items = np.empty(room, np.int32)
        total = find_candidates(capsules, warp, border, extra, spans, items, gaps)
        if total <= room:
            return spans, items[:total].copy(), gaps
        room = total
