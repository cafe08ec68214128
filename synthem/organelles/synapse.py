"""Synapses: a PSD with its vesicle cloud on the presynaptic side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthem.geometry import Points
from synthem.nodes import Organelle, Sampler
from synthem.organelles._ranges import draw_size
from synthem.organelles.psd import PRE, PSD
from synthem.organelles.vesicles import Vesicles
from synthem.sampling import check_number, draw_beyond, draw_count
from synthem.shapes import Shape
from synthem.styles import Style

__all__ = ["Synapse"]


@dataclass(frozen=True, kw_only=True)
class _Pair:
    """One synapse to place."""

    psd: PSD
    vesicles: Vesicles
    kind: str = "synapse"
    inside: bool = False
    edge: float = 0.0
    counted: tuple[str, ...] = ("psd", "vesicles")

    def shape(self, rng: np.random.Generator, style: Style, size: float) -> Shape:
        """Draw the density, the bouton before it and the vesicles in the bouton."""
        radius = draw_size(self.vesicles.bouton, rng, size)
        gap, row = 6.0, 0.4 * radius  # the middle of the whole lies between the density and the bouton
        density = self.psd.density(rng, style, size, row)
        shift = 0.35 * radius * min(max(rng.normal(), -1.5), 1.5)
        half = 0.6 * radius * rng.random()
        depth = row - (radius + gap)
        bouton: Points = np.array([[depth, shift - half, depth - 0.3 * radius * rng.random(), shift + half, radius]])
        # the bouton is the presynaptic compartment of the density
        cloud = self.vesicles.cloud(bouton, rng, style, towards=(row - gap, 0.0), cell=PRE)
        return Shape(
            parts=density.parts + cloud.parts,
            claims=density.claims + cloud.claims,
            capsules=np.concatenate((density.capsules, cloud.capsules)),
        )


@dataclass(frozen=True, kw_only=True)
class Synapse(Organelle):
    """PSDs and vesicle clouds, paired where both are asked for.

    Parameters
    ----------
    psd : PSD
        The densities; its count is how many there are in all.
    vesicles : Vesicles
        The clouds; its count is how many there are in all.
    share : float
        Share of the possible pairs that are placed as one synapse, 0 to 1; the rest stand alone.
    count : int
        Not used: the counts are those of `psd` and `vesicles`.

    Examples
    --------
    >>> import synthem
    >>> synapses = synthem.Synapse(psd=synthem.PSD(count=2), vesicles=synthem.Vesicles(count=(1, 3)))
    >>> synapses.share
    0.8
    """

    kind: ClassVar[str] = "synapse"
    psd: PSD
    vesicles: Vesicles
    share: float = 0.8

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("share", self.share, low=0, high=1)

    def requests(self, rng: np.random.Generator, scale: float) -> list[Sampler]:
        """Return pairs first, then what stands alone."""
        densities, clouds = draw_count(self.psd.count, scale, rng), draw_count(self.vesicles.count, scale, rng)
        return self._paired(densities, clouds, rng)

    def beyond(self, rng: np.random.Generator, scale: float) -> list[Sampler]:
        """Return what to place around a tile, on an area of `scale` times 256 x 256 pixels."""
        densities, clouds = draw_beyond(self.psd.count, scale, rng), draw_beyond(self.vesicles.count, scale, rng)
        return self._paired(densities, clouds, rng)

    def _paired(self, densities: int, clouds: int, rng: np.random.Generator) -> list[Sampler]:
        pairs = sum(rng.random() < self.share for _ in range(min(densities, clouds)))
        pair: Sampler = _Pair(psd=self.psd, vesicles=self.vesicles)
        alone: list[Sampler] = [self.psd] * (densities - pairs)
        alone += [self.vesicles] * (clouds - pairs)
        return [pair] * pairs + alone
