"""Synaptic vesicles: clouds in one compartment, and strays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthem.geometry import Points, limit
from synthem.kernels.scatter import scatter_discs
from synthem.nodes import Organelle
from synthem.organelles._ranges import draw_size
from synthem.sampling import Number, check_number, draw
from synthem.shapes import Discs, Part, Region, Shape
from synthem.styles import Style

__all__ = ["FreeVesicles", "Vesicles", "vesicle_part"]

TRIES = 6


def vesicle_part(places: Points, radii: Points, flattening: float, rng: np.random.Generator, style: Style) -> Part:
    """Return vesicles at given places.

    Parameters
    ----------
    places : (n, 2) array
        Centres.
    radii : (n,) array
        Radii in pixels.
    flattening : float
        Largest relative difference between the semi-axes.
    rng : numpy.random.Generator
        Source of randomness.
    style : Style
        How they look.
    """
    count, look = len(places), style.vesicles
    discs = np.empty((count, 5))
    uniforms = rng.random((5, count))
    discs[:, :2] = places
    discs[:, 2] = radii
    discs[:, 3] = radii * (1.0 - flattening * uniforms[0])
    discs[:, 4] = 2.0 * np.pi * uniforms[1]
    looks = np.empty((count, 4))
    looks[:, 0] = look.rim_width[0] + uniforms[2] * (look.rim_width[1] - look.rim_width[0])
    looks[:, 1] = draw(look.rim_level, rng) + 10.0 * (uniforms[3] - 0.5)
    inner = draw(look.interior_level, rng) + 16.0 * (uniforms[3] - 0.5)
    looks[:, 2] = np.where(uniforms[4] < look.dark_share, look.dark_level, inner)
    looks[:, 3] = 1.0
    return Part("vesicle", (Discs(discs, looks, label="vesicles"),), label="vesicles")


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
        Share of the compartment's area that the discs cover, 0.02 (sparse) to 0.5 (dense).
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
        object.__setattr__(self, "crowding", check_number("crowding", self.crowding, low=0.01, high=0.5))
        check_number("flattening", self.flattening, low=0, high=0.5)
        check_number("touching", self.touching, low=0, high=0.95)

    def shape(self, rng: np.random.Generator, style: Style, size: float) -> Shape:
        """Draw one cloud in an elongated compartment centred on the origin."""
        radius = draw_size(self.bouton, rng, size)
        half = radius * 0.7 * rng.random()
        lift = 0.25 * radius * rng.normal()
        region = np.array([[0.0, -half, lift, half, radius]])
        return self.cloud(region, rng, style)

    def cloud(self, region: Points, rng: np.random.Generator, style: Style, towards: Points | None = None) -> Shape:
        """Fill a region, made of capsules, with vesicles.

        Parameters
        ----------
        region : (k, 5) array
            Capsules y0, x0, y1, x1, r.
        rng : numpy.random.Generator
            Source of randomness.
        style : Style
            How they look.
        towards : (2,) array, optional
            A point near which the vesicles gather.
        """
        typical = draw(self.radius, rng)
        lengths = np.hypot(region[:, 2] - region[:, 0], region[:, 3] - region[:, 1])
        area = float((np.pi * region[:, 4] ** 2 + 2 * region[:, 4] * lengths).max())
        wanted = max(1, int(draw(self.crowding, rng) * area / (np.pi * typical**2)))
        radii = typical * (1.0 + 0.12 * limit(rng.standard_normal(wanted), -2.0, 2.0))
        gather = np.array([0.0, 0.0, 0.0]) if towards is None else np.array([*towards, 1.0 / float(region[:, 4].max())])
        places = np.empty((wanted, 2))
        placed = scatter_discs(region, radii, rng.random((wanted, 3 * TRIES)), 3.5, -0.3, self.touching, gather, places)
        kept = ~np.isnan(places[:, 0])
        part = vesicle_part(places[kept], radii[kept], self.flattening, rng, style)
        parts = (self._ghosts(region, typical, wanted, rng, style), part) if placed else ()
        return Shape(parts, (Region(region),), capsules=region)

    def _ghosts(self, region: Points, typical: float, wanted: int, rng: np.random.Generator, style: Style) -> Part:
        """Return faint discs without a label: vesicles that lie just above or below the section."""
        count = int(0.7 * wanted) + 1
        places = np.empty((count, 2))
        radii = typical * (0.6 + 0.4 * rng.random(count))
        scatter_discs(region, radii, rng.random((count, 6)), 3.5, -0.7 * typical, 0.0, np.zeros(3), places)
        kept = ~np.isnan(places[:, 0])
        discs, looks = np.zeros((count, 5)), np.empty((count, 4))
        discs[:, :2], discs[:, 2], discs[:, 3] = places, radii, radii
        looks[:, 0], looks[:, 1], looks[:, 2] = radii, draw(style.vesicles.rim_level, rng), style.vesicles.ghost_level
        looks[:, 3] = style.vesicles.ghost_opacity * rng.random(count)
        return Part("ghost_vesicles", (Discs(discs[kept], looks[kept]),))


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

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "radius", check_number("radius", self.radius, low=1.5, high=100))
        object.__setattr__(self, "together", tuple(self.together))

    def shape(self, rng: np.random.Generator, style: Style, size: float) -> Shape:
        """Draw one group."""
        most = self.together[0] + round((self.together[1] - self.together[0]) * size)
        count = int(rng.integers(self.together[0], most + 1))
        radii = np.array([draw(self.radius, rng) for _ in range(count)])
        reach = float(radii.max()) * (1.0 if count == 1 else 1.6 + 0.5 * count**0.5)
        region = np.array([[0.0, 0.0, 0.0, 0.0, reach]])
        places = np.empty((count, 2))
        scatter_discs(region, radii, rng.random((count, 3 * TRIES)), 0.0, -0.3, 0.6, np.zeros(3), places)
        kept = ~np.isnan(places[:, 0])
        return Shape((vesicle_part(places[kept], radii[kept], 0.2, rng, style),), capsules=region)
