"""Claims: what the partition into compartments must respect."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from synthem.geometry.poses import Pose, transform_all
from synthem.geometry.reach import check_reach, within_reach
from synthem.kernels.capsules import CapsuleColumn
from synthem.painting.paint import Array

Floats: TypeAlias = npt.NDArray[np.float32]
__all__ = ["Barrier", "Claim", "Gathered", "Region", "Synaptic", "check_claims", "gather_claims"]


@dataclass(frozen=True, eq=False)
class Region:
    """Claim: this lies within one compartment.

    Parameters
    ----------
    capsules : (k, 5) array
        Segments with a radius that cover the region, see `synthem.kernels.capsules.CapsuleColumn`.
    cell : int
        Which compartment of the shape; claims with the same number share one.
    kind : str
        What the compartment is, such as ``"bouton"``; empty: nothing in particular.
    """

    capsules: Array
    cell: int = 0
    kind: str = ""


@dataclass(frozen=True, eq=False)
class Barrier:
    """Claim: membranes end on this ring; its inside is a compartment of its own.

    Parameters
    ----------
    ring : (k, 2) array
        The outline.
    cell : int
        Compartment inside.
    kind : str
        What it is, as in `Region`.
    """

    ring: Array
    cell: int = 0
    kind: str = ""


@dataclass(frozen=True)
class Synaptic:
    """Claim: the membrane between two compartments of the shape is synaptic: broad, and cut across, never aslant.

    Parameters
    ----------
    cells : (int, int)
        The compartments: the presynaptic one, and the postsynaptic one.
    density : int or None, default None
        Which part of the shape is the postsynaptic density between them; None: there is none.
    """

    cells: tuple[int, int]
    density: int | None = None


Claim: TypeAlias = Region | Barrier | Synaptic

NO_CAPSULES = np.empty((0, 6), np.float32)


class Gathered(NamedTuple):
    """The claims of all shapes, with compartment numbers from 1; see `synthem.geometry.territory.Territory`."""

    capsules: Floats
    rings: list[npt.NDArray[np.float64]]
    owners: list[int]
    facing: list[tuple[int, int]]
    densities: list[tuple[int, int] | None]
    kinds: dict[int, str]
    next_cell: int


def gather_claims(claimed: Sequence[tuple[str, Sequence[Claim], Pose]]) -> Gathered:
    """Give numbers, from 1, to the compartments that shapes claim.

    Parameters
    ----------
    claimed : sequence of (str, sequence of Claim, Pose)
        For each shape what it is called in an error, its claims in local coordinates, and where it is.

    Returns
    -------
    Gathered
        Capsules (n, 6) in the tile, barrier rings, their compartments, pairs of compartments with a synaptic
        membrane between them, the density of each pair as (position in `claimed`, part of that shape), what
        compartments are, and the first free number.
    """
    blocks: list[npt.NDArray[np.float64]] = []
    poses: list[Pose] = []
    numbers: list[int] = []
    rings: list[npt.NDArray[np.float64]] = []
    owners: list[int] = []
    facing: list[tuple[int, int]] = []
    densities: list[tuple[int, int] | None] = []
    kinds: dict[int, str] = {}
    next_cell = 1
    for place, (_, claims, pose) in enumerate(claimed):
        known: dict[int, int] = {}
        for claim in claims:
            if isinstance(claim, Synaptic):
                continue
            number = known.setdefault(claim.cell, next_cell)
            next_cell += number == next_cell
            if claim.kind:
                kinds[number] = claim.kind
            if isinstance(claim, Barrier):
                rings.append(pose.apply(claim.ring))
                owners.append(number)
            else:
                blocks.append(claim.capsules)
                poses.append(pose)
                numbers += [number] * len(claim.capsules)
        synaptic = [claim for claim in claims if isinstance(claim, Synaptic)]
        facing += [(known[claim.cells[0]], known[claim.cells[1]]) for claim in synaptic]
        densities += [_density(claim, place) for claim in synaptic]
    if rings and not within_reach(np.concatenate(rings)):
        check_claims([(kind, claims) for kind, claims, _ in claimed])
    if not blocks:
        return Gathered(NO_CAPSULES, rings, owners, facing, densities, kinds, next_cell)
    counts = [len(block) for block in blocks]
    local = np.concatenate(blocks)
    if not within_reach(local):
        check_claims([(kind, claims) for kind, claims, _ in claimed])
    capsules = np.empty((len(local), len(CapsuleColumn)), np.float32)
    capsules[:, : CapsuleColumn.OWNER] = transform_all(local, poses, counts)
    capsules[:, CapsuleColumn.OWNER] = numbers
    return Gathered(capsules, rings, owners, facing, densities, kinds, next_cell)


def _density(claim: Synaptic, place: int) -> tuple[int, int] | None:
    return None if claim.density is None else (place, claim.density)


def check_claims(claimed: Sequence[tuple[str, Sequence[Claim]]]) -> None:
    """Raise a `ConfigError` that names the shape whose claims are not of finite numbers.

    Parameters
    ----------
    claimed : sequence of (str, sequence of Claim)
        What each shape is called, and its claims.
    """
    for kind, claims in claimed:
        arrays = [c.ring if isinstance(c, Barrier) else c.capsules for c in claims if not isinstance(c, Synaptic)]
        check_reach(kind, "its claims", arrays)
