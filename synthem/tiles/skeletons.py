"""Skeletons of neurites: their centre lines as trees of nodes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from synthem._files import check_file, write_file
from synthem.tiles.section_artifacts import SectionArtifact, displacement_nm, moves

__all__ = ["CentreLine", "Lines", "Skeleton", "skeletons_of"]

Doubles = npt.NDArray[np.float64]

ROUNDS = 40
"""Of looking for the place that shows a node."""
SWC_TYPES = {"myelinated": 2, "axon": 2, "dendrite": 3}
"""Numbers of SWC; what has none is undefined, 0."""


class CentreLine(NamedTuple):
    """Where a neurite runs within a volume.

    Parameters
    ----------
    compartment : int
        Its number.
    kind : str
        Its species.
    voxels : (n, 3) float64 array
        Section, row and column of each node.
    radii_nm : (n,) float64 array
        Radius at each.
    parents : (n,) int64 array
        Place of the node before, -1 for none. It comes first.
    """

    compartment: int
    kind: str
    voxels: Doubles
    radii_nm: Doubles
    parents: npt.NDArray[np.int64]


Lines: TypeAlias = Callable[[], tuple[CentreLine, ...]]
"""Finds the centre lines of a volume."""


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Skeleton:
    """The centre line of a neurite, as far as it lies in a volume.

    Parameters
    ----------
    compartment : int
        Number of the neurite in `synthem.Volume.compartments`.
    kind : {"myelinated", "dendrite", "axon", "process"}
        Its species.
    voxels : (n, 3) float64 array
        Section, row and column that show each node, counted from the first voxel of the volume; where the nearest
        section was shifted, warped or folded, it is where that put it.
    nodes_nm : (n, 3) float64 array
        z, y and x of each node in the tissue, in nm.
    radii_nm : (n,) float64 array
        Radius of the neurite at each node. Its wall is at least so far away.
    parents : (n,) int64 array
        Place of the node before, which comes first, or -1: the line enters the volume there or begins.
    inside : (n,) bool array
        Whether the voxel of the node is one of the compartment. Where not, a membrane or a density covers it, or the
        middle of the nearest section lies beside a neurite as thin as that.

    Examples
    --------
    >>> import synthem
    >>> volume = synthem.SolidScene(shape=(64, 128, 128)).render(seed=3)
    >>> one = volume.skeletons()[0]
    >>> one.compartment in volume.compartments, one.voxels.shape == one.nodes_nm.shape == (len(one), 3)
    (True, True)
    """

    compartment: int
    kind: str
    voxels: Doubles
    nodes_nm: Doubles
    radii_nm: Doubles
    parents: npt.NDArray[np.int64]
    inside: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        """Return the number of nodes."""
        return len(self.parents)

    @property
    def length_nm(self) -> float:
        """Length of all edges together in nm."""
        later = self.parents >= 0
        edges = self.nodes_nm[later] - self.nodes_nm[self.parents[later]]
        return float(np.linalg.norm(edges, axis=1).sum())

    def to_swc(self, path: str | Path) -> Path:
        """Write an SWC file: number from 1, type, x, y, z and radius in nm, and number of the parent or -1.

        Types are 2 for axons, 3 for dendrites, and 0 for other processes.

        Parameters
        ----------
        path : str or Path
            File to make or replace, ending in ``.swc``.

        Raises
        ------
        ConfigError
            If its name has another ending.
        OutputError
            If it cannot be written.
        """
        target = check_file("path", path, ".swc")
        kind = SWC_TYPES.get(self.kind, 0)
        lines = [f"# {self.kind}, compartment {self.compartment}", "# number type x y z radius parent, lengths in nm"]
        nodes = zip(self.nodes_nm.tolist(), self.radii_nm.tolist(), self.parents.tolist(), strict=True)
        for number, ((z, y, x), radius, parent) in enumerate(nodes, start=1):
            before = parent + 1 if parent >= 0 else -1
            lines.append(f"{number} {kind} {x:.3f} {y:.3f} {z:.3f} {radius:.3f} {before}")
        write_file(target, "\n".join(lines) + "\n")
        return target

    def __repr__(self) -> str:
        """Return a short description."""
        return f"Skeleton(compartment={self.compartment}, kind={self.kind!r}, {len(self)} nodes)"


def skeletons_of(
    lines: Iterable[CentreLine],
    compartments: npt.NDArray[np.int32],
    origin: tuple[int, int, int],
    voxel_size_nm: tuple[float, float, float],
    damage: Sequence[SectionArtifact] = (),
) -> tuple[Skeleton, ...]:
    """Return the skeletons of centre lines.

    Parameters
    ----------
    lines : iterable of CentreLine
        Within the volume, before its sections were damaged.
    compartments : (Z, H, W) int32 array
        Compartment of each voxel.
    origin : (int, int, int)
        First section, row and column.
    voxel_size_nm : (float, float, float)
        Distance of voxels along z, y and x.
    damage : sequence of SectionArtifact, default ()
        What damaged the sections.
    """
    moving = [one for one in damage if moves(one)]
    found = []
    for line in lines:
        nodes = (line.voxels + origin) * voxel_size_nm
        voxels = _seen(line.voxels, nodes, moving) if moving else nodes
        voxels = voxels / voxel_size_nm - origin
        places = np.floor(voxels + 0.5).astype(np.intp)
        within: npt.NDArray[np.bool_] = np.all((places >= 0) & (places < compartments.shape), axis=1)
        z, y, x = np.where(within[:, None], places, 0).T
        found.append(
            Skeleton(
                compartment=line.compartment,
                kind=line.kind,
                voxels=voxels,
                nodes_nm=nodes,
                radii_nm=line.radii_nm,
                parents=line.parents,
                inside=within & (compartments[z, y, x] == line.compartment),
            )
        )
    return tuple(found)


def _seen(voxels: Doubles, nodes: Doubles, moving: Sequence[SectionArtifact]) -> Doubles:
    """Return where in nm the nearest sections show nodes."""
    out, sections = nodes.copy(), np.floor(voxels[:, 0] + 0.5)
    for section in np.unique(sections):
        own, here = [one for one in moving if one.section == section], np.flatnonzero(sections == section)
        for _ in range(ROUNDS if own else 0):
            out[here, 1:] = nodes[here, 1:] - displacement_nm(own, out[here, 1], out[here, 2]).T
    return out
