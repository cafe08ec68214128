"""Synaptic vesicles: clouds in one compartment, and strays."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthem.geometry import Numbers, Points, limit, outside
from synthem.kernels.scatter import LOOKS, scatter_vesicles
from synthem.nodes import Organelle
from synthem.organelles._ranges import draw_size
from synthem.sampling import Number, check_number, draw, draw_many
from synthem.shapes import NO_RING, Discs, Part, Region, Shape, Strokes
from synthem.styles import Style, VesicleLook
from synthem.swarms import Ints, Swarm

__all__ = ["FreeVesicles", "Vesicles"]

TRIES = 10


def _scatter(
    regions: Numbers,
    starts: Ints,
    radii: Numbers,
    rng: np.random.Generator,
    rules: tuple[float, float, float],
    gather: tuple[float, float, float],
    look: Numbers,
    tries: int = TRIES,
) -> tuple[Numbers, Numbers, Ints]:
    """Return discs, their looks and their groups; see `synthem.kernels.scatter.scatter_vesicles`."""
    count = len(radii)
    discs, looks, owners = np.empty((count, 5)), np.empty((count, 4)), np.empty(count, np.int64)
    uniforms = rng.random((count, 3 * tries + LOOKS))
    law = (np.array(rules), np.array(gather), look)
    found = scatter_vesicles(regions, starts, radii, uniforms, *law, discs, looks, owners)
    return discs[:found], looks[:found], owners[:found]


def _look(flattening: float, look: VesicleLook, rng: np.random.Generator, groups: int) -> Numbers:
    """Return how vesicles look, group by group."""
    rim, inner = draw_many(look.rim_level, rng, groups), draw_many(look.interior_level, rng, groups)
    out = np.empty((groups, 12))
    width = look.rim_width
    out[:] = (flattening, width[0], width[1] - width[0], 0, 0, 0, 10, 16, look.dark_share, look.dark_level, 1, 0)
    out[:, 4], out[:, 5] = rim, inner
    return out


@dataclass(frozen=True, kw_only=True)
class Vesicles(Organelle):
    """A cloud of discs in one compartment.

    Parameters
    ----------
    count : int, (int, int) or Density
        How many clouds per 256 x 256 pixels.
    radius : float or (float, float)
        Radius of a vesicle in pixels; within a cloud they differ little.
    bouton : float or (float, float)
        Radius in pixels of the compartment that holds the cloud.
    crowding : float or (float, float)
        Share of the compartment's area that the discs cover, 0.02 (sparse) to 0.6 (dense).
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
    bouton: Number = (22.0, 48.0)
    crowding: Number = (0.08, 0.42)
    flattening: float = 0.18
    touching: float = 0.6

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "radius", check_number("radius", self.radius, low=1.5, high=100))
        object.__setattr__(self, "bouton", check_number("bouton", self.bouton, low=8, high=2000))
        object.__setattr__(self, "crowding", check_number("crowding", self.crowding, low=0.01, high=0.6))
        check_number("flattening", self.flattening, low=0, high=0.5)
        check_number("touching", self.touching, low=0, high=0.95)

    def shape(self, rng: np.random.Generator, style: Style, size: float) -> Shape:
        """Draw one cloud in an elongated compartment centred on the origin."""
        radius = draw_size(self.bouton, rng, size)
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
        typical = draw(self.radius, rng)
        capsules = region.tolist()
        area = max(r * (math.pi * r + 2.0 * math.hypot(y1 - y0, x1 - x0)) for y0, x0, y1, x1, r in capsules)
        wanted = max(1, int(draw(self.crowding, rng) * area / (math.pi * typical**2)))
        radii = typical * (1.0 + 0.12 * limit(rng.standard_normal(wanted), -2.0, 2.0))
        near = (0.0, 0.0, 0.0) if not towards else (*towards, 2.0 / max(capsule[4] for capsule in capsules))
        starts, rules = np.array([0, wanted]), (1.5, -0.3, self.touching)
        look = _look(self.flattening, style.vesicles, rng, 1)
        discs, looks, _ = _scatter(region[None], starts, radii, rng, rules, near, look)
        if len(taken):
            free = outside(discs[:, :2], taken, radii.max() + 2.0)
            discs, looks = discs[free], looks[free]
        part = Part("vesicle", (Discs(discs, looks, label="vesicles"),), label="vesicles")
        around = (self._haze(region, rng, style.vesicles), self._ghosts(region, typical, wanted, rng, style))
        parts = (*around, part) if len(discs) else ()
        return Shape(parts, (Region(region),), capsules=region)

    def _haze(self, region: Points, rng: np.random.Generator, look: VesicleLook) -> Part:
        """Return a shadow between the vesicles: the dense cytoplasm of a bouton, and what is out of focus."""
        opacity = draw(look.haze_opacity, rng)
        paths, looks = region[:, :4].reshape(-1, 2, 2), np.empty((len(region), 4))
        looks[:, 0], looks[:, 1] = 0.45 * region[:, 4], 0.5 * region[:, 4]
        looks[:, 2], looks[:, 3] = look.haze_level, opacity
        return Part("haze", (Strokes(paths, looks),))

    def _ghosts(self, region: Points, typical: float, wanted: int, rng: np.random.Generator, style: Style) -> Part:
        """Return faint discs without a label: vesicles that lie just above or below the section."""
        count = int(0.7 * wanted) + 1
        radii = typical * (0.6 + 0.4 * rng.random(count))
        rim, grey = draw(style.vesicles.rim_level, rng), style.vesicles.ghost_level
        look = np.array([[0, 0, 0, 1, rim, grey, 0, 0, 0, 0, 0, style.vesicles.ghost_opacity]])
        starts, rules = np.array([0, count]), (3.5, -0.7 * typical, 0.0)
        discs, looks, _ = _scatter(region[None], starts, radii, rng, rules, (0.0, 0.0, 0.0), look, tries=2)
        return Part("ghost_vesicles", (Discs(discs, looks),))


@dataclass(frozen=True, kw_only=True)
class FreeVesicles(Organelle):
    """A few vesicles outside synapses, within a compartment that is there already.

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
    >>> synthem.organelles.FreeVesicles(count=3).inside
    True
    """

    kind: ClassVar[str] = "free_vesicles"
    inside: ClassVar[bool] = True
    radius: Number = (4.0, 6.5)
    together: tuple[int, int] = (1, 4)
    flattening: float = 0.2

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "radius", check_number("radius", self.radius, low=1.5, high=100))
        check_number("flattening", self.flattening, low=0, high=0.5)
        object.__setattr__(self, "together", tuple(self.together))

    def shape(self, rng: np.random.Generator, style: Style, size: float) -> Shape:
        """Draw one group."""
        return self.batch(rng, style, size, 1).shape()

    def batch(self, rng: np.random.Generator, style: Style, size: float, count: int) -> Swarm:
        """Draw several groups at once."""
        most = self.together[0] + round((self.together[1] - self.together[0]) * size)
        members = rng.integers(self.together[0], most + 1, size=count)
        starts = np.zeros(count + 1, np.int64)
        np.cumsum(members, out=starts[1:])
        radii = draw_many(self.radius, rng, int(starts[-1]))
        regions = np.zeros((count, 1, 5))
        spread = np.where(members == 1, 1.3, 1.6 + 0.5 * np.sqrt(members))
        regions[:, 0, 4] = np.maximum.reduceat(radii, starts[:-1]) * spread
        look = _look(self.flattening, style.vesicles, rng, count)
        look[:, 10] -= style.vesicles.stray_fade * rng.random(count) ** 2
        discs, looks, owners = _scatter(regions, starts, radii, rng, (0.0, -0.3, 0.6), (0.0, 0.0, 0.0), look)
        paint = ((Discs(discs, looks, label="vesicles"), owners),)
        return Swarm("vesicle", regions[:, 0], np.ones(count, np.int64), paint, label="vesicles")
