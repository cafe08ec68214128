"""Boutons: vesicle clouds with the PSD they face and the mitochondrion beside them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import MISSING, dataclass
from typing import ClassVar

import numpy as np

from synthem.errors import ConfigError
from synthem.geometry.poses import Points, Pose
from synthem.kernels.capsules import CapsuleColumn
from synthem.parameters import Density, declared, draw_beyond, draw_count
from synthem.tissue.organelles._ranges import draw_log_uniform
from synthem.tissue.organelles.base import Organelle, Placeable
from synthem.tissue.organelles.mitochondrion import Mitochondrion
from synthem.tissue.organelles.psd import PRE, PSD
from synthem.tissue.organelles.vesicles import Vesicles
from synthem.tissue.shape import NO_RING, Shape

__all__ = ["Synapse"]

GAP = 30.0
"""Distance in nm of a bouton from the middle of the density that it faces."""

DOCK = 60.0
"""Half of the depth in nm of the vesicles that lie along a density."""


@dataclass(frozen=True, kw_only=True)
class _Bouton:
    """A vesicle cloud to place, with its density, its mitochondrion, or both."""

    vesicles: Vesicles
    psd: PSD | None
    mitochondrion: Mitochondrion | None
    kind: str = "synapse"
    fills_compartments: bool = False
    overhang_nm: float = 0.0
    border_decay_nm: float = math.inf

    @property
    def counted(self) -> tuple[str, ...]:
        """Kinds under which a placement is counted in the report."""
        return tuple(item.kind for item in self.members)

    @property
    def members(self) -> tuple[Organelle, ...]:
        """What to place one by one if all of it together finds no room."""
        return tuple(item for item in (self.psd, self.vesicles, self.mitochondrion) if item)

    def shape(self, rng: np.random.Generator, size: float) -> Shape:
        """Draw the density, the bouton before it with its vesicles, and the mitochondrion behind them."""
        radius = draw_log_uniform(self.vesicles.bouton_radius_nm, rng, size)
        if self.psd:  # boutons that face a density hold more vesicles than others
            radius = max(radius, draw_log_uniform(self.vesicles.bouton_radius_nm, rng, size))
        row = 0.4 * radius  # the middle of the whole lies between the density and the bouton
        shift = 0.35 * radius * min(max(rng.normal(), -1.5), 1.5)
        half = 0.6 * radius * rng.random()
        depth = row - (radius + GAP)
        back = depth - 0.3 * radius * rng.random()
        bouton: Points = np.array([[depth, shift - half, back, shift + half, radius]])
        shapes, taken = [], NO_RING
        if self.mitochondrion:
            shapes.append(self._within(bouton[0], rng, size))
            (part,) = shapes[0].parts
            taken = part.pose.apply(part.rings[0])
        if self.psd:
            density = self.psd.density(rng, size, row)
            reach, dock = 0.3 * float(density.parts[0].parameters["length_nm"]), min(DOCK, 0.5 * radius)
            front = row - GAP - dock
            bouton = np.concatenate([bouton, [[front, -reach, front, reach, dock]]])
            shapes.append(density)
        towards = (row - GAP, 0.0) if self.psd else ()
        shapes.append(self.vesicles.cloud(bouton, rng, towards=towards, taken=taken))
        # the bouton is the presynaptic compartment of the density
        return Shape.joined(shapes, cells=[PRE] * len(shapes))

    def _within(self, bouton: Points, rng: np.random.Generator, size: float) -> Shape:
        """Draw a mitochondrion that lies partly in the bouton, on its far side."""
        assert self.mitochondrion is not None
        whole = self.mitochondrion.shape(rng, size)
        turn, aside, overlap = (rng.random(3) - (0.5, 0.5, 0.0)).tolist()
        turned = whole.moved(Pose(angle=0.6 * turn))
        rows = turned.capsules[:, (CapsuleColumn.Y0, CapsuleColumn.Y1)]
        nearest = float((rows + turned.capsules[:, CapsuleColumn.RADIUS :]).max())
        radius = bouton[CapsuleColumn.RADIUS]
        far = min(bouton[CapsuleColumn.Y0], bouton[CapsuleColumn.Y1]) - radius
        return turned.moved(
            Pose(far - nearest + (0.4 + 0.6 * overlap) * radius, bouton[CapsuleColumn.X0] + radius * aside)
        )


@dataclass(frozen=True, kw_only=True)
class Synapse(Organelle):
    """PSDs, vesicle clouds and mitochondria, put together where they are asked for.

    Notes
    -----
    ``count`` must be 0, the default: the members have counts of their own.

    Examples
    --------
    >>> import synthem
    >>> synapses = synthem.Synapse(psd=synthem.PSD(count=2), vesicles=synthem.Vesicles(count=(1, 3)))
    >>> synapses.synapse_share
    0.8
    """

    kind: ClassVar[str] = "synapse"
    psd: PSD = declared(MISSING, "The postsynaptic densities; their count is how many there are in all.")
    vesicles: Vesicles = declared(MISSING, "The vesicle clouds, likewise.")
    mitochondrion: Mitochondrion = declared(Mitochondrion(), "The mitochondria, likewise.")
    synapse_share: float = declared(
        0.8,
        "Share of the possible pairs of PSD and cloud that are placed as one synapse; the rest stand alone.",
        high=1,
    )
    mitochondrion_in_bouton_share: float = declared(
        0.0, "Share of the possible pairs of mitochondrion and cloud that share a compartment.", high=1
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, kind in (("psd", PSD), ("vesicles", Vesicles), ("mitochondrion", Mitochondrion)):
            if not isinstance(getattr(self, name), kind):
                raise ConfigError(f"`{name}` must be {kind.__name__}(count=...), got {getattr(self, name)!r}")
        if self.count != 0:
            raise ConfigError(f"`count` of a Synapse must be left out, its members have their own, got {self.count!r}")

    def requests(self, rng: np.random.Generator, scale: float) -> list[Placeable]:
        """Return the largest first: mitochondria, then what is paired, then what stands alone."""
        return self._paired([draw_count(item.count, scale, rng) for item in self._members], rng)

    def requests_outside(self, rng: np.random.Generator, scale: float) -> list[Placeable]:
        """Return what to place around a tile, on an area of `scale` times (1.28 µm)²."""
        return self._paired([draw_beyond(item.count, scale, rng) for item in self._members], rng)

    @property
    def density_kinds(self) -> tuple[str, ...]:
        """Kinds whose number is a mean, and so may be less than asked for in a single tile."""
        return tuple(item.kind for item in self._members if isinstance(item.count, Density))

    @property
    def _members(self) -> tuple[Organelle, ...]:
        return self.mitochondrion, self.psd, self.vesicles

    def _paired(self, counts: Sequence[int], rng: np.random.Generator) -> list[Placeable]:
        mitochondria, densities, clouds = counts
        pairs = sum(rng.random() < self.synapse_share for _ in range(min(densities, clouds)))
        housed = sum(rng.random() < self.mitochondrion_in_bouton_share for _ in range(min(mitochondria, clouds)))
        boutons = [
            _Bouton(
                vesicles=self.vesicles,
                psd=self.psd if facing < pairs else None,
                mitochondrion=self.mitochondrion if k < housed else None,
            )
            for k, facing in enumerate(rng.permutation(clouds).tolist() if clouds > 1 else range(clouds))
        ]
        together: list[Placeable] = [b if b.psd or b.mitochondrion else self.vesicles for b in boutons]
        alone: list[Placeable] = [self.psd] * (densities - pairs)
        return [*together[:housed], *[self.mitochondrion] * (mitochondria - housed), *together[housed:], *alone]
