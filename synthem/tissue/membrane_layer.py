"""Cell membranes: the partition of the tile into compartments."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import ClassVar, TypeAlias

import numpy as np
import numpy.typing as npt

from synthem.errors import ConfigError
from synthem.geometry.poses import TissueDirection
from synthem.geometry.territory import Territory
from synthem.instrument.sections import WIDEST_SHADOW_NM, MembraneStyle
from synthem.instrument.style import Style
from synthem.kernels.capsules import CapsuleColumn
from synthem.kernels.membranes import MembraneColumn, Partition, paint_membranes
from synthem.kernels.occupancy import PAD, SPACING
from synthem.kernels.packing import ChainColumn, DrawRow, LimitColumn, Packed, SizeColumn, pack_chains, shape_chains
from synthem.kernels.partition import fill_owner, find_candidates, lower_to_borders
from synthem.kernels.warp import WARP_SPACING, warp_field
from synthem.painting.canvas import Canvas
from synthem.painting.textures import texture
from synthem.parameters import Declared, Number, check_scalar, declared, draw, draw_many

__all__ = ["MembraneLayer", "MembranePlan"]

Floats: TypeAlias = npt.NDArray[np.float32]
Ints: TypeAlias = npt.NDArray[np.int32]

PROBES = 10
CAPSULES_PER_CHAIN = 6
GAP = 15.0
"""Room in nm between compartments when they are packed."""
STEP = 15.0
"""Least step in nm of a chain of capsules."""
TEXTURE = 40.0
"""Size in nm of what varies along membranes, before it is stretched."""
WAVE, FADE = 240.0, 70.0
"""Width in nm of the coarse irregularity of borders, and distance over which it grows beside claims."""
MOST_WARP = (40.0, 12.5)
"""Largest amplitudes in nm: with more, compartments would fall apart."""


@dataclass(frozen=True, eq=False)
class MembranePlan:
    """The partition of a tile as geometry.

    Parameters
    ----------
    capsules : (n, 6) float32 array
        See `synthem.kernels.capsules.CapsuleColumn`; sorted by their compartment.
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
    pixel_size_nm : float
        Side of a pixel.
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
    pixel_size_nm: float


@dataclass(frozen=True, kw_only=True)
class MembraneLayer(Declared):
    """Partition the tile under the claims of the organelles, and paint the membranes.

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

    before_organelles: ClassVar[bool] = True

    compartments: float = declared(
        26.0,
        "How many compartments there are per (1.28 µm)², those claimed by organelles included, before the smallest "
        "that find no room are dropped.",
        high=1000,
    )
    radius_nm: float = declared(
        75.0, "Median radius of an empty compartment; radii are log-normal.", unit="nm", low=10, high=5000
    )
    spread: float = declared(0.9, "Standard deviation of the logarithm of the radius.", high=2)
    variation: float = declared(
        0.25, "Standard deviation of the logarithm of a factor by which all radii of a tile differ.", high=1
    )
    largest_nm: float = declared(450.0, "Largest radius.", unit="nm", low=20, high=20_000)
    smallest_nm: float = declared(25.0, "Smallest radius; what has less room is dropped.", unit="nm", low=10, high=500)
    lobes: float = declared(
        0.0, "Share of the empty compartments that become a lobe of the compartment beside them instead.", high=1
    )
    elongation: Number = declared(
        (0.0, 4.0), "Length of a compartment's axis over its radius; its area is as if it were round.", high=40
    )
    direction: Number = declared(
        0.0,
        "Preferred direction of the compartments of a tile, from the column axis towards the row axis.",
        unit="rad",
        low=-7,
        high=7,
    )
    alignment: Number = declared(0.0, "How strongly those of a tile keep to it: 0 not at all, 1 entirely.", high=1)
    continuation: Number = declared(
        0.0,
        "Radius of the process that extends the compartment beyond the organelle, as a fraction of the organelle's "
        "radius; 0, or less than `smallest_nm`: none.",
        high=1,
    )
    warp_nm: tuple[float, float] = declared(
        MOST_WARP, "Amplitudes by which borders wind, in wide waves and in narrow ones; at most 40 and 12.5.", unit="nm"
    )
    width_nm: float = declared(32.0, "Width of a membrane cut across.", unit="nm", low=2, high=500)
    width_sd_along: float = declared(0.22, "Standard deviation of the logarithm of the width along a membrane.", high=1)
    width_sd_between: float = declared(
        0.36, "Standard deviation of the logarithm of the width from membrane to membrane.", high=1
    )
    oblique_share: float = declared(0.094, "Share of the membranes that are cut obliquely.", high=1)
    oblique_width_nm: float = declared(221.5, "Width of these where it is largest.", unit="nm", low=2, high=1000)
    double_share: float = declared(0.31, "Share of the membranes that show as two lines.", high=1)
    cleft_nm: float = declared(11.6, "Width of the gap between two lines.", unit="nm", high=200)
    junction_rounding_nm: float = declared(
        50.0, "Radius to which corners of compartments are rounded.", unit="nm", high=500
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.warp_nm, (tuple, list)) or len(self.warp_nm) != 2:
            raise ConfigError(f"`warp_nm` must be two amplitudes in nm, got {self.warp_nm!r}")
        for amplitude, high in zip(self.warp_nm, MOST_WARP, strict=True):
            check_scalar("warp_nm", amplitude, low=0, high=high)

    def sample(self, rng: np.random.Generator, territory: Territory) -> MembranePlan:
        """Draw the empty compartments into the room that claims leave."""
        height, width = territory.shape
        key = int(rng.integers(1 << 40))
        pixel = territory.pixel_size_nm
        padded = territory.clearance.size * (SPACING * pixel / 1280.0) ** 2
        zoom = math.exp(self.variation * min(max(rng.standard_normal(), -2.0), 2.0))
        wanted = max(0, round(self.compartments * padded / zoom**2) - (territory.next_cell - 1))
        direction = TissueDirection(draw(self.direction, rng), draw(self.alignment, rng))
        fill = self._pack(wanted, zoom, direction, rng, territory)
        capsules = np.concatenate([territory.capsules, fill])
        if not len(capsules):  # one compartment for all
            capsules = np.array([[height / 2, width / 2, height / 2, width / 2, 1.0, territory.next_cell]], np.float32)
        warp = np.zeros((3, -(-height // WARP_SPACING) + 1, -(-width // WARP_SPACING) + 1), np.float32)
        coarse, fine = self.warp_nm
        warp_field(
            capsules, len(territory.capsules), key, coarse / pixel, fine / pixel, WAVE / pixel, FADE / pixel, warp
        )
        capsules = capsules[np.argsort(capsules[:, CapsuleColumn.OWNER], kind="stable")]
        facing = np.zeros(int(capsules[-1, CapsuleColumn.OWNER]) + 1, np.int32)
        for one, other in territory.facing:
            facing[one], facing[other] = other, one
        rounding = self.junction_rounding_nm / pixel
        border = 2.0 * (self._widest + WIDEST_SHADOW_NM) / pixel + 0.5 * rounding
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
            pixel_size_nm=pixel,
        )

    @property
    def _widest(self) -> float:
        """Distance from a border that no membrane exceeds."""
        return 0.5 * max(self.oblique_width_nm, self.width_nm)

    def _pack(
        self, wanted: int, zoom: float, direction: TissueDirection, rng: np.random.Generator, territory: Territory
    ) -> Floats:
        """Return the capsules of empty compartments, and of those that continue compartments of organelles."""
        first, claims, grid = territory.next_cell, territory.capsules, territory.clearance
        pixel = territory.pixel_size_nm
        total = wanted + first - 1
        sizes = rng.standard_normal(wanted)
        sizes.sort()
        draws = np.empty((len(DrawRow), total))
        draws[DrawRow.BEND], draws[DrawRow.TAPER] = rng.standard_normal((2, total))
        draws[DrawRow.ANGLE], draws[DrawRow.LOBE] = rng.random((total, 2)).T
        probes = rng.random((total, 2 * PROBES))
        draws[DrawRow.ELONGATION] = draw_many(self.elongation, rng, total)
        draws[DrawRow.CONTINUATION] = draw_many(self.continuation, rng, total)
        distribution = np.empty(len(SizeColumn))
        distribution[SizeColumn.RADIUS], distribution[SizeColumn.RADIUS_SD] = zoom * self.radius_nm / pixel, self.spread
        distribution[SizeColumn.LARGEST], distribution[SizeColumn.LOBE_SHARE] = self.largest_nm / pixel, self.lobes
        distribution[SizeColumn.ANGLE] = direction.angle
        distribution[SizeColumn.ANGLE_RANGE] = math.pi * (1.0 - direction.alignment)
        limits = np.empty(len(LimitColumn))
        limits[LimitColumn.GAP], limits[LimitColumn.SMALLEST] = GAP / pixel, self.smallest_nm / pixel
        limits[LimitColumn.STEP] = STEP / pixel
        out = np.empty((len(claims) + total * CAPSULES_PER_CHAIN, len(CapsuleColumn)))
        near, chains = np.empty((9 * len(out), len(CapsuleColumn)), np.float32), np.empty((total, len(ChainColumn)))
        closed = np.array(territory.owners, np.int64)
        known, many = shape_chains(claims, closed, sizes, draws, distribution, out, chains)
        packed = Packed(out, near)
        *_, count = pack_chains(grid, chains[:many], probes, limits, first, known, territory.shape, packed)
        return near[:count]

    def lower_clearance(self, record: MembranePlan, territory: Territory, grid: Floats) -> TissueDirection:
        """Lower a clearance grid to the distance from the membranes; return the direction of the tissue."""
        half = (0.5 * self.width_nm + 5.0) / record.pixel_size_nm
        lower_to_borders(record.gaps, half, *territory.shape, SPACING, PAD, grid)
        return record.direction

    def apply(self, canvas: Canvas, record: MembranePlan, style: Style) -> None:
        """Fill the compartments and paint the membranes between them."""
        rings = (record.ring_points, record.ring_starts, record.owners)
        points = int(np.diff(record.ring_starts).max(initial=0))
        scratch = canvas.reserve(points)
        fill_owner(*rings, scratch.crossings, scratch.counts, canvas.compartments)
        partition = Partition(record.capsules, record.spans, record.items, record.warp, record.facing)
        numbers = _membrane_numbers(self, style.membranes, record.pixel_size_nm)
        bank, code = texture(TEXTURE / record.pixel_size_nm, 2), canvas.classes.codes["boundaries"]
        paint_membranes(partition, numbers, code, record.key, bank, canvas.lanes, canvas.planes)


@lru_cache(maxsize=64)
def _membrane_numbers(layer: MembraneLayer, style: MembraneStyle, pixel: float) -> Floats:
    """Return widths and greys as `synthem.kernels.membranes` takes them."""
    numbers = np.empty(len(MembraneColumn), np.float32)
    numbers[MembraneColumn.HALF_WIDTH] = 0.5 * layer.width_nm / pixel
    numbers[MembraneColumn.WIDTH_SD_ALONG] = layer.width_sd_along
    numbers[MembraneColumn.WIDTH_SD_BETWEEN] = layer.width_sd_between
    numbers[MembraneColumn.WIDEST_HALF_WIDTH] = layer._widest / pixel
    numbers[MembraneColumn.PAINTED_WITHIN] = (layer._widest + style.edge_shadow_reach_nm) / pixel
    numbers[MembraneColumn.ROUNDING] = layer.junction_rounding_nm / pixel
    numbers[MembraneColumn.LEVEL] = style.level
    numbers[MembraneColumn.LEVEL_SD] = style.level_sd
    numbers[MembraneColumn.FADE] = style.fade
    numbers[MembraneColumn.DEFOCUS] = style.defocus
    numbers[MembraneColumn.OBLIQUE_SHARE] = layer.oblique_share
    numbers[MembraneColumn.OBLIQUE_LEVEL] = style.oblique_level
    numbers[MembraneColumn.OBLIQUE_SD] = style.oblique_sd
    numbers[MembraneColumn.OBLIQUE_FADE] = style.oblique_fade
    numbers[MembraneColumn.DOUBLE_SHARE] = layer.double_share
    numbers[MembraneColumn.CLEFT_HALF_WIDTH] = 0.5 * layer.cleft_nm / pixel
    numbers[MembraneColumn.CLEFT_LEVEL] = style.cleft_level
    numbers[MembraneColumn.EDGE_SHADOW] = style.edge_shadow
    numbers[MembraneColumn.EDGE_SHADOW_REACH] = style.edge_shadow_reach_nm / pixel
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
