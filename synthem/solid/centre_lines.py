"""Centre lines: where the neurites of a block run, once the tissue is bent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from synthem.kernels.solid.bending import PATCH, Field, Grid
from synthem.solid.bodies import Box, Doubles, Ints, SolidBodies
from synthem.solid.species import Species
from synthem.tiles.skeletons import CentreLine

__all__ = ["BentBlock", "centre_lines"]

STEP_NM = 40.0
"""Largest distance of neighbouring nodes."""
ROUNDS = 60
"""Of looking for the place of a node; each leaves less than two thirds of the error."""


class BentBlock(NamedTuple):
    """A block and how its tissue is bent.

    Parameters
    ----------
    shape, origin : (int, int, int)
        Sections, rows and columns, and the first of each.
    voxel_nm : (float, float, float)
        Distance of voxels along z, y and x.
    grid : Grid
        Where its nodes lie.
    fields : (8, d, h, w) float32 array
        At these, see `synthem.kernels.solid.bending`.
    """

    shape: tuple[int, int, int]
    origin: tuple[int, int, int]
    voxel_nm: tuple[float, float, float]
    grid: Grid
    fields: npt.NDArray[np.float32]

    def shifts(self, places: Doubles) -> Doubles:
        """Return by how many nm tissue is shifted at places (n, 3) in nm; beyond the block, as at its edge."""
        grid, fields = self.grid, self.fields[: Field.SHIFT_X + 1]
        side, sizes = PATCH * grid.pixel, np.array(fields.shape[1:])
        first = np.array([grid.plane, grid.row // PATCH, grid.column // PATCH])
        at = np.clip(places / (grid.depth, side, side) - first, 0.0, sizes - 1)
        low = np.minimum(at.astype(np.intp), np.maximum(sizes - 2, 0))
        share, out = at - low, np.zeros(places.shape)
        for corner in np.ndindex(2, 2, 2):
            weight = np.prod(np.where(corner, share, 1.0 - share), axis=1)
            k, j, i = np.minimum(low + corner, sizes - 1).T
            out += (weight * fields[:, k, j, i]).T
        return out

    def voxels(self, points: Doubles) -> Doubles:
        """Return the section, row and column (n, 3) that show points of the unbent tissue."""
        places = points
        for _ in range(ROUNDS):
            places = points - self.shifts(places)
        return places / self.voxel_nm - self.origin


class _Nodes(NamedTuple):
    """Nodes in the unbent tissue, those of a compartment one after the other."""

    owners: Ints
    points: Doubles
    radii: Doubles
    parents: Ints


def centre_lines(bodies: SolidBodies, around: Box, block: BentBlock) -> Iterator[CentreLine]:
    """Yield the centre lines in a block, in the order of the compartments.

    Parameters
    ----------
    bodies : SolidBodies
        What is in the block.
    around : Box
        The block and as much around it as its tissue is bent.
    block : BentBlock
        Nodes lie between the middles of its outermost voxels.
    """
    nodes = _nodes(bodies, around.grown(STEP_NM))
    voxels = block.voxels(nodes.points)
    kept = ((voxels >= 0.0) & (voxels <= np.array(block.shape) - 1)).all(axis=1)
    number = np.where(kept, np.cumsum(kept) - 1, -1)
    parents = np.where(nodes.parents >= 0, number[nodes.parents], -1)[kept]
    owners, voxels, radii = nodes.owners[kept], voxels[kept], nodes.radii[kept]
    names, starts = np.unique(owners, return_index=True)
    for owner, first, last in zip(names.tolist(), starts, np.append(starts, len(owners))[1:], strict=True):
        own = parents[first:last]
        kind = Species(bodies.species[owner]).name.lower()
        local = np.where(own >= 0, own - first, -1)
        yield CentreLine(owner, kind, voxels[first:last], radii[first:last], local)


def _nodes(bodies: SolidBodies, within: Box) -> _Nodes:
    """Return the ends of the capsules in a box, and nodes between them; each capsule leads on from its first end."""
    near = np.minimum(bodies.ends[:, :3], bodies.ends[:, 3:]) <= within.high
    near &= np.maximum(bodies.ends[:, :3], bodies.ends[:, 3:]) >= within.low
    chosen = np.flatnonzero(near.all(axis=1))
    start, stop = bodies.ends[chosen, :3], bodies.ends[chosen, 3:]
    radii, owners = bodies.radii[chosen], bodies.owners[chosen]
    named = np.hstack([np.repeat(owners, 2)[:, None], np.stack([start, stop], axis=1).reshape(-1, 3)])
    _, ends = np.unique(named, axis=0, return_inverse=True)
    ends = ends.reshape(-1, 2)
    pieces = np.maximum(1, np.ceil(np.linalg.norm(stop - start, axis=1) / STEP_NM)).astype(np.int64)
    reached = np.full(int(ends.max(initial=-1)) + 1, -1)
    reached[ends[:, 1]] = np.arange(len(chosen))
    begins = np.zeros(len(chosen), bool)  # capsules whose first end is the last one of no other
    roots = np.flatnonzero(reached[ends[:, 0]] < 0)
    begins[roots[np.unique(ends[roots, 0], return_index=True)[1]]] = True
    many = pieces + begins
    last = np.cumsum(many) - 1
    heads = np.empty(len(reached), np.int64)  # the node of each end
    heads[ends[begins, 0]] = (last - pieces)[begins]
    heads[ends[:, 1]] = last
    which = np.repeat(np.arange(len(chosen)), many)
    step = np.arange(len(which)) - np.repeat(last - pieces, many)  # 0 at a root
    share = (step / pieces[which])[:, None]
    parents = np.where(step == 1, heads[ends[which, 0]], np.arange(len(which)) - 1)
    return _Nodes(
        owners=owners[which],
        points=start[which] + share * (stop - start)[which],
        radii=radii[which, 0] + share[:, 0] * (radii[which, 1] - radii[which, 0]),
        parents=np.where(step == 0, -1, parents),
    )
