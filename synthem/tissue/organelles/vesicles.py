"""Synaptic vesicles: clouds in one compartment, and free ones."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import ClassVar

import numpy as np

from synthem.errors import ConfigError
from synthem.geometry.curves import outside
from synthem.geometry.poses import Numbers, Points
from synthem.kernels.capsules import CapsuleColumn
from synthem.kernels.scatter import TRAITS, TRIES, VesicleColumn, scatter_vesicles
from synthem.kernels.shading import EllipseColumn, LineColumn
from synthem.painting.paint import Discs, Part, Strokes
from synthem.parameters import Number, Range, check_count, declared, draw, draw_many
from synthem.tissue.batches import Ints, PackedBatch
from synthem.tissue.claims import Region
from synthem.tissue.organelles._ranges import draw_log_uniform
from synthem.tissue.organelles.base import Organelle
from synthem.tissue.shape import NO_RING, Shape

__all__ = ["FreeVesicles", "Vesicles"]

EDGE = -5.0
"""Least distance in nm of a cloud's vesicles from the edge of what it claims; the membrane lies beyond."""

GAP = -1.5
"""Least distance in nm between the discs of a cloud."""

MATERIALS = ("vesicle_membrane", "vesicle_lumen", "dense_core")
OUT_OF_PLANE_MATERIALS = ("out_of_plane_membrane", "out_of_plane_vesicle")
FREE_MATERIALS = ("free_vesicle_membrane", "free_vesicle_lumen", "dense_core")
"""Rim, interior, and the interior of those with a dense core."""

OVERLAP = 2.0
"""Further overlap of discs, in radii, per unit of packing fraction beyond 0.5."""


def _scatter(
    regions: Numbers, starts: Ints, radii: Numbers, populations: Numbers, rng: np.random.Generator
) -> tuple[Numbers, Numbers, Ints]:
    """Return discs, their pieces and their groups; see `synthem.kernels.scatter.scatter_vesicles`."""
    count = len(radii)
    discs, pieces, owners = np.empty((count, 5)), np.empty((count, 4)), np.empty(count, np.int64)
    uniforms = rng.random((count, 3 * TRIES + TRAITS))
    found = scatter_vesicles(regions, starts, radii, uniforms, populations, discs, pieces, owners)
    return discs[:found], pieces[:found], owners[:found]


def _population(rim: tuple[float, float], dense_core_share: float, flattening: float) -> Numbers:
    """Return the population of vesicles that are cut through the middle, all but their places."""
    population, (thin, thick) = np.zeros(len(VesicleColumn)), rim
    population[VesicleColumn.TRIES], population[VesicleColumn.FLATTENING] = TRIES, flattening
    population[VesicleColumn.RIM_WIDTH], population[VesicleColumn.RIM_WIDTH_RANGE] = thin, thick - thin
    population[VesicleColumn.DENSE_CORE_SHARE] = dense_core_share
    return population


def _shadows(discs: Numbers, pieces: Numbers) -> Strokes:
    """Return the edge shadows of vesicles, beyond their labels: a section cuts few of them through the middle."""
    along = np.stack((np.sin(discs[:, 4]), np.cos(discs[:, 4])), axis=1) * (discs[:, 2] - discs[:, 3])[:, None]
    lines = np.zeros((len(discs), len(LineColumn)))
    lines[:, LineColumn.HALF_WIDTH], lines[:, LineColumn.GROUP] = discs[:, 3], pieces[:, EllipseColumn.GROUP]
    paths = np.stack((discs[:, :2] - along, discs[:, :2] + along), axis=1)
    return Strokes(paths, lines, ("free_vesicle_shadow",))


@dataclass(frozen=True, kw_only=True)
class Vesicles(Organelle):
    """A cloud of discs in one compartment.

    Examples
    --------
    >>> import synthem
    >>> tile = synthem.Scene(organelles=[synthem.Vesicles(count=1)], stages=[]).render(seed=4)
    >>> len({item.kind for item in tile.objects})
    1
    """

    kind: ClassVar[str] = "vesicles"
    radius_nm: Number = declared(
        (20.0, 30.0), "Radius of a vesicle; within a cloud they differ little.", unit="nm", low=5, high=500
    )
    bouton_radius_nm: Number = declared(
        (110.0, 240.0),
        "Radius of the compartment that holds the cloud; small ones are more frequent. A cloud that faces a density "
        "has the larger of two.",
        unit="nm",
        low=40,
        high=10_000,
    )
    packing_fraction: Number = declared(
        (0.08, 0.42),
        "Share of the compartment's area that the discs would cover if all found room; beyond 0.5 they overlap, as "
        "vesicles in a section do. A target of 0.4 (0.9) gives a covered fraction of about 0.33 (0.62).",
        low=0.01,
        high=0.9,
    )
    flattening: float = declared(0.18, "Largest relative difference between a vesicle's axes.", high=0.5)
    touching: float = declared(0.6, "How often a vesicle is put beside another.", high=0.95)
    rim_nm: Range = declared((7.68, 13.18), "Width of a vesicle's membrane.", unit="nm", high=100)
    dense_core_share: float = declared(0.02, "Share of the vesicles with a dark interior.", high=1)

    empty_share: float = declared(
        0.0, "Share of the boutons that are dark and hold no vesicles; the count includes them.", high=1
    )

    def shape(self, rng: np.random.Generator, size: float) -> Shape:
        """Draw one cloud in an elongated compartment centred on the origin."""
        radius = draw_log_uniform(self.bouton_radius_nm, rng, size)
        half = radius * 0.7 * rng.random()
        lift = 0.25 * radius * rng.normal()
        region = np.array([[0.0, -half, lift, half, radius]])
        return self.cloud(region, rng)

    def cloud(
        self,
        region: Points,
        rng: np.random.Generator,
        towards: Sequence[float] = (),
        taken: Points = NO_RING,
    ) -> Shape:
        """Fill a region, made of capsules, with vesicles.

        Parameters
        ----------
        region : (k, 5) array
            See `synthem.kernels.capsules.CapsuleColumn`.
        rng : numpy.random.Generator
            Source of randomness.
        towards : (float, float), optional
            A point near which the vesicles gather.
        taken : (n, 2) array, optional
            Outline of what lies in the region already.
        """
        typical, capsules = draw(self.radius_nm, rng), region.tolist()
        area = sum(r * (math.pi * r + 2.0 * math.hypot(y1 - y0, x1 - x0)) for y0, x0, y1, x1, r in capsules)
        packing_fraction = draw(self.packing_fraction, rng)
        wanted = max(1, int(packing_fraction * area / (math.pi * typical**2)))
        total = wanted + int(0.7 * wanted) + 1
        radii, regions = np.empty(total), np.empty((2, *region.shape))
        radii[:], regions[:] = typical, region
        populations = self._populations(typical, packing_fraction)
        if towards:
            populations[0, VesicleColumn.CENTRE_ROW], populations[0, VesicleColumn.CENTRE_COL] = towards
            populations[0, VesicleColumn.PER_DECAY] = 2.0 / max(r for *_, r in capsules)
        discs, pieces, groups = _scatter(regions, np.array((0, wanted, total)), radii, populations, rng)
        if len(taken):
            free = outside(discs[:, :2], taken, 1.25 * typical + 10.0)
            discs, pieces, groups = discs[free], pieces[free], groups[free]
        if self.empty_share and rng.random() < self.empty_share:
            return _dark_bouton(region)
        found = len(groups) - np.count_nonzero(groups)
        if not found:
            return Shape((), (Region(region, kind="bouton"),), capsules=region)
        # a shadow between the vesicles: the dense cytoplasm of a bouton, and vesicles out of focus
        shadow = np.array([(0.45 * r, 0.5 * r, 0.0, 0.0) for *_, r in capsules])
        around = (
            Strokes(region[:, : CapsuleColumn.RADIUS].reshape(-1, 2, 2), shadow, ("bouton_cytoplasm",)),
            Discs(discs[found:], pieces[found:], OUT_OF_PLANE_MATERIALS),
        )
        cloud = (Discs(discs[:found], pieces[:found], MATERIALS, label="vesicles"),)
        parts = (Part("defocus", around), Part("vesicle", cloud, label="vesicles"))
        return Shape(parts, (Region(region, kind="bouton"),), capsules=region)

    def _populations(self, typical: float, packing_fraction: float) -> Numbers:
        """Return the populations of the vesicles, and of the faint ones that lie just above or below the section."""
        populations = np.zeros((2, len(VesicleColumn)))
        seen, faint = populations
        seen[:] = _population(self.rim_nm, self.dense_core_share, self.flattening)
        seen[VesicleColumn.MARGIN], seen[VesicleColumn.TOUCHING] = EDGE, self.touching
        seen[VesicleColumn.GAP] = min(GAP, GAP - OVERLAP * (packing_fraction - 0.5) * typical)
        seen[VesicleColumn.RADIUS_SD] = 0.12
        faint[VesicleColumn.MARGIN], faint[VesicleColumn.GAP] = 17.5, -0.7 * typical
        faint[VesicleColumn.TRIES], faint[VesicleColumn.SHRINKAGE] = 2.0, 0.4
        faint[VesicleColumn.RIM_WIDTH_SHARE] = 1.0
        return populations


def _dark_bouton(region: Points) -> Shape:
    """Return a bouton full of dark cytoplasm."""
    dark = np.array([(0.6 * capsule[4], 0.35 * capsule[4], 0.0, 0.0) for capsule in region])
    paint = Strokes(region[:, :4].reshape(-1, 2, 2), dark, ("dark_bouton",))
    return Shape((Part("dark_bouton", (paint,)),), (Region(region, kind="bouton"),), capsules=region)


@dataclass(frozen=True, kw_only=True)
class FreeVesicles(Organelle):
    """A few vesicles outside synapses, within a compartment that is there already, mostly beside its membrane.

    Examples
    --------
    >>> import synthem
    >>> synthem.FreeVesicles(count=3).fills_compartments
    True
    """

    kind: ClassVar[str] = "free_vesicles"
    fills_compartments: ClassVar[bool] = True
    border_decay_nm: ClassVar[float] = 7.5
    radius_nm: Number = declared((20.0, 32.5), "Radius of a vesicle.", unit="nm", low=5, high=500)
    together: tuple[int, int] = declared((1, 4), "Vesicles of one group, at least one; both ends are included.", low=1)
    flattening: float = declared(0.2, "Largest relative difference between a vesicle's axes.", high=0.5)
    rim_nm: Range = declared((7.68, 13.18), "Width of a vesicle's membrane.", unit="nm", high=100)
    dense_core_share: float = declared(0.02, "Share of the vesicles with a dark interior.", high=1)

    def __post_init__(self) -> None:
        super().__post_init__()
        together = check_count("together", self.together)
        if not isinstance(together, tuple) or together[0] < 1:
            raise ConfigError(f"`together` must be (low, high) with 1 <= low <= high, got {self.together!r}")
        object.__setattr__(self, "together", together)

    def shape(self, rng: np.random.Generator, size: float) -> Shape:
        """Draw one group."""
        return self.batch(rng, size, 1).shape()

    def batch(self, rng: np.random.Generator, size: float, count: int) -> PackedBatch:
        """Draw several groups at once."""
        # a handful of groups: lists are faster than arrays
        least = self.together[0]
        orders = 1 + round((self.together[1] - least) * size)
        uniforms = rng.random((count, 4)).tolist()
        members = [least + int(orders * one) for one, *_ in uniforms]
        starts = [0, *accumulate(members)]
        radii = draw_many(self.radius_nm, rng, starts[-1])
        sizes, regions = radii.tolist(), np.zeros((count, 1, 5))
        for k, (start, many) in enumerate(zip(starts[:-1], members, strict=True)):
            widest = max(sizes[start : start + many])
            rows = math.sqrt(0.5 * many)
            reach, broad = (0.0, 1.05) if many == 1 else (1.4 * rows, 1.24 * rows)
            regions[k, 0] = 0.0, -reach * widest, 0.0, reach * widest, broad * widest
        populations = np.empty((count, len(VesicleColumn)))
        populations[:] = _population(self.rim_nm, self.dense_core_share, self.flattening)
        populations[:, VesicleColumn.GAP], populations[:, VesicleColumn.TOUCHING] = -1.5, 0.6
        discs, pieces, owners = _scatter(regions, np.array(starts), radii, populations, rng)
        vesicles = Discs(discs, pieces, FREE_MATERIALS, label="vesicles")
        paint = ((vesicles, owners), (_shadows(discs, pieces), owners))
        return PackedBatch("vesicle", regions[:, 0], np.array([1] * count), paint, label="vesicles")
