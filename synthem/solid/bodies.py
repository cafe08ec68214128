"""Bodies: what is in a piece of solid tissue, as arrays of capsules in nanometres."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Box", "Densities", "SolidBodies", "TubeSet"]

Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Box:
    """A box of tissue.

    Parameters
    ----------
    low, high : (3,) float64 arrays
        Corners z, y, x in nm.
    """

    low: Doubles
    high: Doubles

    def grown(self, by: float) -> Box:
        """Return the box with so many nm more on all sides."""
        return Box(self.low - by, self.high + by)

    def holds(self, points: Doubles) -> npt.NDArray[np.bool_]:
        """Return which points lie in the box."""
        inside = np.ones(len(points), bool)
        for axis, (low, high) in enumerate(zip(self.low, self.high, strict=True)):
            inside &= (points[:, axis] >= low) & (points[:, axis] <= high)
        return inside


@dataclass(frozen=True, eq=False)
class TubeSet:
    """Tubes within compartments, each a chain of capsules.

    Parameters
    ----------
    ends, radii : (n, 6), (n, 2) float64 arrays
        z, y, x of both ends of each capsule, and its radius at both.
    starts : (m + 1,) int64 array
        Where each tube starts among the capsules.
    kinds, keys : (m,) int64 arrays
        `synthem.solid.species.Kind`, and what tells the tube from all others of the tissue.
    hosts : (m,) int64 array
        Key of the neurite in which it lies.
    """

    ends: Doubles
    radii: Doubles
    starts: Ints
    kinds: Ints
    keys: Ints
    hosts: Ints


@dataclass(frozen=True, eq=False)
class Densities:
    """Postsynaptic densities: plates on the wall between a bouton and another compartment.

    Parameters
    ----------
    pre, post : (m,) int64 arrays
        Numbers of both compartments.
    centres : (m, 3) float64 array
        Middle of each on the wall.
    radii : (m,) float64 array
        Its radius.
    depths : (m, 2) float64 array
        How far it reaches from the middle of the wall into the bouton and into the other compartment.
    keys : (m,) int64 array
        What tells it from all others of the tissue.
    """

    pre: Ints
    post: Ints
    centres: Doubles
    radii: Doubles
    depths: Doubles
    keys: Ints


@dataclass(frozen=True, eq=False)
class SolidBodies:
    """What is in a piece of tissue and around it, before it is bent.

    Parameters
    ----------
    ends, radii : (n, 6), (n, 2) float64 arrays
        Capsules of all compartments: z, y, x of both ends, and radius at both; sorted by compartment.
    owners : (n,) int64 array
        Compartment of each capsule, from 1.
    keys : (c + 1,) int64 array
        Key of the neurite of each compartment, rising; the first stands for none.
    species : (c + 1,) int64 array
        `synthem.solid.species.Species` of each compartment.
    densities : Densities
        Postsynaptic densities.
    tubes : TubeSet
        What lies within compartments.
    """

    ends: Doubles
    radii: Doubles
    owners: Ints
    keys: Ints
    species: Ints
    densities: Densities
    tubes: TubeSet
