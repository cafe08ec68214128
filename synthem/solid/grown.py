"""Grown neurites as records of the kernels, and the capsules between their beads."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from synthem.kernels.solid.bins import Capsules
from synthem.kernels.solid.strands import Beads, Strands
from synthem.solid.bodies import Box, Ints

__all__ = ["Grown", "capsules_of", "chosen_capsules", "links_of", "near_box"]


class Grown(NamedTuple):
    """Strands and their beads."""

    strands: Strands
    beads: Beads


def links_of(beads: Beads) -> Ints:
    """Return the beads that have a next one on their strand."""
    same = (beads.strands[1:] == beads.strands[:-1]) & (beads.places[1:] == beads.places[:-1] + 1)
    return np.flatnonzero(same)


def capsules_of(grown: Grown) -> Capsules:
    """Return the capsules between linked beads, with the keys of their neurites."""
    strands, beads = grown
    at = links_of(beads)
    ends = np.hstack([beads.points[at], beads.points[at + 1]])
    return Capsules(ends, np.stack([beads.radii[at], beads.radii[at + 1]], axis=1), strands.owners[beads.strands[at]])


def chosen_capsules(capsules: Capsules, chosen: npt.NDArray[np.bool_]) -> Capsules:
    """Return some of the capsules."""
    ends, radii, owners = capsules
    return Capsules(ends[chosen], radii[chosen], owners[chosen])


def near_box(capsules: Capsules, box: Box) -> npt.NDArray[np.bool_]:
    """Return which capsules have an end in a box."""
    found: npt.NDArray[np.bool_] = box.holds(capsules.ends[:, :3]) | box.holds(capsules.ends[:, 3:])
    return found
