"""Synaptic vesicles: clouds in one compartment, and strays."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import ClassVar

import numpy as np

from synthem.errors import ConfigError
from synthem.geometry.curves import outside
from synthem.geometry.poses import Numbers, Points
from synthem.instrument.looks import VesicleLook
from synthem.instrument.style import Style
from synthem.kernels.scatter import LOOKS, TRIES, VesicleColumn, scatter_vesicles
from synthem.painting.paint import Discs, Part, Strokes
from synthem.parameters import Number, check_count, check_number, check_scalar, draw, draw_many
from synthem.seeds import appearance_of
from synthem.tissue.batches import Ints, PackedBatch
from synthem.tissue.claims import Region
from synthem.tissue.organelles._ranges import between, draw_log_uniform
from synthem.tissue.organelles.base import Organelle
from synthem.tissue.shape import NO_RING, Shape

__all__ = ["FreeVesicles", "Vesicles"]

EDGE = -1.0
"""Least distance in pixels of a cloud's vesicles from the edge of what it claims; the membrane lies beyond."""

GAP = -0.3
"""Least distance in pixels between the discs of a cloud."""

OVERLAP = 2.0
"""Further overlap of discs, in radii, per unit of packing fraction beyond 0.5."""


def _scatter(
    regions: Numbers, starts: Ints, radii: Numbers, laws: Numbers, rng: np.random.Generator
) -> tuple[Numbers, Numbers, Ints]:
    """Return discs, their looks and their groups; see `synthem.kernels.scatter.scatter_vesicles`."""
    count = len(radii)
    discs, looks, owners = np.empty((count, 5)), np.empty((count, 4)), np.empty(count, np.int64)
    uniforms = rng.random((count, 3 * TRIES + LOOKS))
    found = scatter_vesicles(regions, starts, radii, uniforms, laws, discs, looks, owners)
    return discs[:found], looks[:found], owners[:found]


@lru_cache(maxsize=64)
def _law_of_look(look: VesicleLook, flattening: float) -> Numbers:
    """Return the law of vesicles that are cut through the middle, all but their greys and places."""
    law, (thin, thick) = np.zeros(len(VesicleColumn)), look.rim_width
    law[VesicleColumn.TRIES], law[VesicleColumn.FLATTENING] = TRIES, flattening
    law[VesicleColumn.RIM_WIDTH], law[VesicleColumn.RIM_WIDTH_RANGE] = thin, thick - thin
    law[VesicleColumn.RIM_LEVEL_RANGE], law[VesicleColumn.INTERIOR_LEVEL_RANGE] = 8.0, 11.0
    law[VesicleColumn.DARK_SHARE], law[VesicleColumn.DARK_LEVEL] = look.dark_share, look.dark_level
    law[VesicleColumn.OPACITY] = 1.0
    law.flags.writeable = False
    return law


def _shadows(discs: Numbers, looks: Numbers, look: VesicleLook) -> Strokes:
    """Return the edge shadows of vesicles, beyond their labels: a section cuts few of them through the middle."""
    along = np.stack((np.sin(discs[:, 4]), np.cos(discs[:, 4])), axis=1) * (discs[:, 2] - discs[:, 3])[:, None]
    shadows = np.empty((len(discs), 4))
    shadows[:, 0], shadows[:, 1], shadows[:, 2] = discs[:, 3], look.edge_shadow_reach, looks[:, 1]
    shadows[:, 3] = look.edge_shadow * looks[:, 3]
    return Strokes(np.stack((discs[:, :2] - along, discs[:, :2] + along), axis=1), shadows)


@dataclass(frozen=True, kw_only=True)
class Vesicles(Organelle):
    """A cloud of discs in one compartment.

    Parameters
    ----------
    count : int, (int, int) or Density
        How many clouds per 256 x 256 pixels.
    radius : float or (float, float)
        Radius of a vesicle in pixels; within a cloud they differ little.
    bouton_radius : float or (float, float)
        Radius in pixels of the compartment that holds the cloud; small ones are more frequent. A cloud that faces a
        density has the larger of two.
    packing_fraction : float or (float, float)
        Share of the compartment's area that the discs would cover if all found room, 0.01 (sparse) to 0.9; beyond 0.5
        they overlap, as vesicles in a section do. A target of 0.4 (0.9) gives a covered fraction
        of about 0.33 (0.62).
    flattening : float
        Largest relative difference between a vesicle's axes, 0 to 0.5.
    touching : float
        How often a vesicle is put beside another, 0 to 0.95.

    Examples
    --------
    >>> import synthem
    >>> tile = synthem.Scene(organelles=[synthem.Vesicles(count=1)], stages=[]).render(seed=4)
    >>> len({item.kind for item in tile.objects})
    1
    """

    kind: ClassVar[str] = "vesicles"
    radius: Number = (4.0, 6.0)
    bouton_radius: Number = (22.0, 48.0)
    packing_fraction: Number = (0.08, 0.42)
    flattening: float = 0.18
    touching: float = 0.6

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "radius", check_number("radius", self.radius, low=1.5, high=100))
        object.__setattr__(self, "bouton_radius", check_number("bouton_radius", self.bouton_radius, low=8, high=2000))
        object.__setattr__(
            self, "packing_fraction", check_number("packing_fraction", self.packing_fraction, low=0.01, high=0.9)
        )
        check_scalar("flattening", self.flattening, low=0, high=0.5)
        check_scalar("touching", self.touching, low=0, high=0.95)

    def shape(self, rng: np.random.Generator, style: Style, size: float) -> Shape:
        """Draw one cloud in an elongated compartment centred on the origin."""
        radius = draw_log_uniform(self.bouton_radius, rng, size)
        half = radius * 0.7 * rng.random()
        lift = 0.25 * radius * rng.normal()
        region = np.array([[0.0, -half, lift, half, radius]])
        return self.cloud(region, rng, style)

    def cloud(
        self,
        region: Points,
        rng: np.random.Generator,
        style: Style,
        towards: Sequence[float] = (),
        taken: Points = NO_RING,
    ) -> Shape:
        """Fill a region, made of capsules, with vesicles.

        Parameters
        ----------
        region : (k, 5) array
            Capsules y0, x0, y1, x1, r.
        rng : numpy.random.Generator
            Source of randomness.
        style : Style
            How they look.
        towards : (float, float), optional
            A point near which the vesicles gather.
        taken : (n, 2) array, optional
            Outline of what lies in the region already.
        """
        typical, look, capsules = draw(self.radius, rng), style.vesicles, region.tolist()
        area = sum(r * (math.pi * r + 2.0 * math.hypot(y1 - y0, x1 - x0)) for y0, x0, y1, x1, r in capsules)
        packing_fraction = draw(self.packing_fraction, rng)
        wanted = max(1, int(packing_fraction * area / (math.pi * typical**2)))
        total = wanted + int(0.7 * wanted) + 1
        radii, regions = np.empty(total), np.empty((2, *region.shape))
        radii[:], regions[:] = typical, region
        greys = appearance_of(rng)
        laws = self._laws(typical, packing_fraction, greys, look)
        if towards:
            laws[0, VesicleColumn.CENTRE_ROW], laws[0, VesicleColumn.CENTRE_COL] = towards
            laws[0, VesicleColumn.PER_DECAY] = 2.0 / max(capsule[4] for capsule in capsules)
        discs, looks, groups = _scatter(regions, np.array((0, wanted, total)), radii, laws, rng)
        if len(taken):
            free = outside(discs[:, :2], taken, 1.25 * typical + 2.0)
            discs, looks, groups = discs[free], looks[free], groups[free]
        found, opacity = len(groups) - np.count_nonzero(groups), draw(look.defocus_opacity, greys)
        if not found:
            return Shape((), (Region(region),), capsules=region)
        # a shadow between the vesicles: the dense cytoplasm of a bouton, and vesicles out of focus
        shadow = np.array([(0.45 * capsule[4], 0.5 * capsule[4], look.defocus_level, opacity) for capsule in capsules])
        around = (Strokes(region[:, :4].reshape(-1, 2, 2), shadow), Discs(discs[found:], looks[found:]))
        cloud = (Discs(discs[:found], looks[:found], label="vesicles"),)
        parts = (Part("defocus", around), Part("vesicle", cloud, label="vesicles"))
        return Shape(parts, (Region(region),), capsules=region)

    def _laws(self, typical: float, packing_fraction: float, rng: np.random.Generator, look: VesicleLook) -> Numbers:
        """Return the laws of the vesicles, and of the faint ones that lie just above or below the section."""
        laws = np.zeros((2, len(VesicleColumn)))
        seen, faint = laws
        seen[:] = _law_of_look(look, self.flattening)
        seen[VesicleColumn.MARGIN], seen[VesicleColumn.TOUCHING] = EDGE, self.touching
        seen[VesicleColumn.GAP] = min(GAP, GAP - OVERLAP * (packing_fraction - 0.5) * typical)
        seen[VesicleColumn.RADIUS_SD] = 0.12
        seen[VesicleColumn.RIM_LEVEL] = draw(look.rim_level, rng)
        seen[VesicleColumn.INTERIOR_LEVEL] = draw(look.interior_level, rng)
        faint[VesicleColumn.MARGIN], faint[VesicleColumn.GAP] = 3.5, -0.7 * typical
        faint[VesicleColumn.TRIES], faint[VesicleColumn.SHRINKAGE] = 2.0, 0.4
        faint[VesicleColumn.RIM_WIDTH_SHARE] = 1.0
        faint[VesicleColumn.RIM_LEVEL] = draw(look.rim_level, rng)
        faint[VesicleColumn.INTERIOR_LEVEL] = look.out_of_plane_level
        faint[VesicleColumn.OPACITY_RANGE] = look.out_of_plane_opacity
        return laws


@dataclass(frozen=True, kw_only=True)
class FreeVesicles(Organelle):
    """A few vesicles outside synapses, within a compartment that is there already, mostly beside its membrane.

    Parameters
    ----------
    count : int, (int, int) or Density
        How many small groups per 256 x 256 pixels.
    radius : float or (float, float)
        Radius of a vesicle in pixels.
    together : (int, int)
        Number of vesicles in a group, both ends included.
    flattening : float
        Largest relative difference between a vesicle's axes, 0 to 0.5.

    Examples
    --------
    >>> import synthem
    >>> synthem.FreeVesicles(count=3).fills_compartments
    True
    """

    kind: ClassVar[str] = "free_vesicles"
    fills_compartments: ClassVar[bool] = True
    border_decay: ClassVar[float] = 1.5
    radius: Number = (4.0, 6.5)
    together: tuple[int, int] = (1, 4)
    flattening: float = 0.2

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "radius", check_number("radius", self.radius, low=1.5, high=100))
        check_scalar("flattening", self.flattening, low=0, high=0.5)
        together = check_count("together", self.together)
        if not isinstance(together, tuple) or together[0] < 1:
            raise ConfigError(f"`together` must be (low, high) with 1 <= low <= high, got {self.together!r}")
        object.__setattr__(self, "together", together)

    def shape(self, rng: np.random.Generator, style: Style, size: float) -> Shape:
        """Draw one group."""
        return self.batch(rng, style, size, 1).shape()

    def batch(self, rng: np.random.Generator, style: Style, size: float, count: int) -> PackedBatch:
        """Draw several groups at once."""
        # a handful of groups: lists are faster than arrays
        least, look = self.together[0], style.vesicles
        orders = 1 + round((self.together[1] - least) * size)
        uniforms = rng.random((count, 4)).tolist()
        members = [least + int(orders * one) for one, *_ in uniforms]
        starts = [0, *accumulate(members)]
        radii = draw_many(self.radius, rng, starts[-1])
        sizes, regions = radii.tolist(), np.zeros((count, 1, 5))
        for k, (start, many) in enumerate(zip(starts[:-1], members, strict=True)):
            widest = max(sizes[start : start + many])
            rows = math.sqrt(0.5 * many)
            reach, broad = (0.0, 1.05) if many == 1 else (1.4 * rows, 1.24 * rows)
            regions[k, 0] = 0.0, -reach * widest, 0.0, reach * widest, broad * widest
        laws = np.empty((count, len(VesicleColumn)))
        laws[:] = _law_of_look(look, self.flattening)
        laws[:, VesicleColumn.GAP], laws[:, VesicleColumn.TOUCHING] = -0.3, 0.6
        drawn = np.array([self._greys(look, *own) for _, *own in uniforms])
        laws[:, VesicleColumn.RIM_LEVEL], laws[:, VesicleColumn.INTERIOR_LEVEL] = drawn[:, 0], drawn[:, 1]
        laws[:, VesicleColumn.OPACITY] = drawn[:, 2]
        discs, looks, owners = _scatter(regions, np.array(starts), radii, laws, rng)
        paint = ((Discs(discs, looks, label="vesicles"), owners), (_shadows(discs, looks, look), owners))
        return PackedBatch("vesicle", regions[:, 0], np.array([1] * count), paint, label="vesicles")

    def _greys(self, look: VesicleLook, rim: float, interior: float, fade: float) -> tuple[float, float, float]:
        """Return the greys of rims and interiors of a group, and its opacity, given numbers from 0 to 1."""
        (darkest, dark), (pale, palest) = look.rim_level, look.interior_level
        rims = darkest, between((dark, palest), look.free_spread)
        interiors = between((pale, darkest), look.free_spread), palest
        return between(rims, rim), between(interiors, interior), 1.0 - look.free_fade * fade**2
