"""Territory: the claims of everything placed, in the form in which stages use them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from synthem.geometry import Pose, move_all
from synthem.shapes import Barrier, Shape, Synaptic, check_reach, within_reach

__all__ = ["Territory", "gather_claims"]

Floats: TypeAlias = npt.NDArray[np.float32]
NO_CAPSULES = np.empty((0, 6), np.float32)


@dataclass(frozen=True, eq=False)
class Territory:
    """The claims of a layout with compartment numbers that are unique in the tile.

    Parameters
    ----------
    shape : (int, int)
        Rows and columns of the tile.
    capsules : (n, 6) float32 array
        Capsules y0, x0, y1, x1, r and the number of the compartment that claims them.
    barriers : tuple of (k, 2) arrays
        Rings on which membranes end.
    owners : tuple of int
        Number of the compartment within each ring.
    facing : tuple of (int, int)
        Pairs of compartments between which the membrane is synaptic.
    next_cell : int
        The first compartment number that nobody uses.
    clearance : (h, w) float32 array
        Distance to the nearest claim or barrier, per node of the clearance grid.
    """

    shape: tuple[int, int]
    capsules: Floats
    barriers: tuple[npt.NDArray[np.float64], ...]
    owners: tuple[int, ...]
    facing: tuple[tuple[int, int], ...]
    next_cell: int
    clearance: Floats


def gather_claims(
    shapes: Sequence[tuple[Shape, Pose]],
) -> tuple[Floats, list[npt.NDArray[np.float64]], list[int], list[tuple[int, int]], int]:
    """Give numbers, from 1, to the compartments that shapes claim.

    Parameters
    ----------
    shapes : sequence of (Shape, Pose)
        Local shapes and where they are.

    Returns
    -------
    tuple
        Capsules (n, 6) in the tile, barrier rings, their compartments, pairs of compartments with a synaptic
        membrane between them, and the first free number.
    """
    blocks: list[npt.NDArray[np.float64]] = []
    poses: list[Pose] = []
    numbers: list[int] = []
    rings: list[npt.NDArray[np.float64]] = []
    owners: list[int] = []
    facing: list[tuple[int, int]] = []
    next_cell = 1
    for shape, pose in shapes:
        known: dict[int, int] = {}
        for claim in shape.claims:
            if isinstance(claim, Synaptic):
                continue
            number = known.setdefault(claim.cell, next_cell)
            next_cell += number == next_cell
            if isinstance(claim, Barrier):
                rings.append(pose.apply(claim.ring))
                owners.append(number)
            else:
                blocks.append(claim.capsules)
                poses.append(pose)
                numbers += [number] * len(claim.capsules)
        pairs = [claim.cells for claim in shape.claims if isinstance(claim, Synaptic)]
        facing += [(known[one], known[other]) for one, other in pairs]
    if rings and not within_reach(np.concatenate(rings)):
        _check_claims(shapes)
    if not blocks:
        return NO_CAPSULES, rings, owners, facing, next_cell
    counts = [len(block) for block in blocks]
    local = np.concatenate(blocks)
    if not within_reach(local):
        _check_claims(shapes)
    capsules = np.empty((len(local), 6), np.float32)
    capsules[:, :5] = move_all(local, poses, counts)
    capsules[:, 5] = numbers
    return capsules, rings, owners, facing, next_cell


def _check_claims(shapes: Sequence[tuple[Shape, Pose]]) -> None:
    """Name the shape whose claims are not of finite numbers."""
    for shape, _ in shapes:
        arrays = [c.ring if isinstance(c, Barrier) else c.capsules for c in shape.claims if not isinstance(c, Synaptic)]
        check_reach(shape.kind, "its claims", arrays)
