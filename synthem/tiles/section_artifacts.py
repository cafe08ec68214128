"""Artefacts of the sections of a volume: what damaged each, as few numbers, and what follows for its pixels."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from synthem.tiles.artifacts import Artifact

__all__ = ["NODE_PX", "SectionArtifact", "artifact_of", "displacement_nm", "fold_distance_nm", "moves"]

Doubles: TypeAlias = npt.NDArray[np.float64]
Numbers: TypeAlias = Mapping[str, Any]

NODE_PX = 8
"""Distance in pixels of the nodes between which a displacement is linear."""
MOVED = 0.5
"""Displacement in pixels from which on a pixel counts as moved."""
WAVES = 4
"""Of a warp along each axis."""


class SectionArtifact(NamedTuple):
    """What one artefact did to a section of a volume.

    Parameters
    ----------
    section : int
        Number of the section, counted from the first of the volume.
    name : {"shift", "warp", "fold", "brightness", "focus", "dropped"}
        Which artefact it is.
    parameters : dict of str to float
        What was drawn for it; lengths are nanometres (``_nm``), greys levels, angles radians from columns towards rows.

    Examples
    --------
    >>> import synthem
    >>> from dataclasses import replace
    >>> from synthem.instrument.section_artifacts import SectionArtifacts, SectionShift
    >>> tissue = synthem.load_solid_recipe("tissue")
    >>> recipe = replace(tissue, artifacts=SectionArtifacts(shift=SectionShift(share=1, distance_nm=20)))
    >>> volume = synthem.SolidScene(recipe=recipe, shape=(2, 64, 64)).render(seed=0)
    >>> [(one.section, one.name) for one in volume.damage]
    [(0, 'shift'), (1, 'shift')]
    """

    section: int
    name: str
    parameters: dict[str, float]


def moves(artifact: SectionArtifact) -> bool:
    """Return whether an artefact moves tissue."""
    return artifact.name in _MOVES


def displacement_nm(artifacts: Iterable[SectionArtifact], y: Doubles, x: Doubles) -> Doubles:
    """Return by how many nm artefacts of a section move what is seen; displacements add up.

    Parameters
    ----------
    artifacts : iterable of SectionArtifact
        Those of one section.
    y, x : float64 arrays
        Places in the tissue in nm, of one shape.

    Returns
    -------
    (2, ...) float64 array
        A place shows the tissue that lies so far from it along y and x.
    """
    out = np.zeros((2, *y.shape))
    for one in artifacts:
        if moves(one):
            out += _MOVES[one.name](one.parameters, y, x)
    return out


def fold_distance_nm(fold: Numbers, y: Doubles, x: Doubles) -> Doubles:
    """Return the signed distance in nm of places from the nearest line along which a section is folded."""
    every = float(fold["every_nm"])
    along: Doubles = x * -math.sin(fold["angle"]) + y * math.cos(fold["angle"]) - fold["offset_nm"]
    return along - every * np.floor(along / every + 0.5)


def artifact_of(
    artifact: SectionArtifact, shape: tuple[int, int], first: tuple[int, int], pixel_size_nm: float
) -> Artifact:
    """Return what an artefact did to the pixels of its section.

    Parameters
    ----------
    artifact : SectionArtifact
        The artefact.
    shape : (int, int)
        Rows and columns.
    first : (int, int)
        First row and column, counted from the origin of the tissue.
    pixel_size_nm : float
        Side of a pixel.

    Returns
    -------
    Artifact
        Its displacement may lead beyond the section: tissue goes on there.
    """
    mask, lost, displacement = np.ones(shape, bool), None, None
    if moves(artifact):
        displacement = _displacement(artifact, shape, first, pixel_size_nm)
        mask = np.abs(displacement).max(axis=0) >= MOVED
    if artifact.name == "fold":
        rows, columns = (pixel_size_nm * (start + np.arange(size)) for start, size in zip(first, shape, strict=True))
        distance = fold_distance_nm(artifact.parameters, *np.meshgrid(rows, columns, indexing="ij"))
        mask = lost = np.abs(distance) <= 0.5 * artifact.parameters["width_nm"]
    return Artifact(name=artifact.name, parameters=artifact.parameters, mask=mask, lost=lost, displacement=displacement)


def _displacement(
    artifact: SectionArtifact, shape: tuple[int, int], first: tuple[int, int], pixel_size_nm: float
) -> npt.NDArray[np.float32]:
    """Return the displacement in pixels, linear between nodes."""
    nodes, shares = [], []
    for start, size in zip(first, shape, strict=True):
        node = start // NODE_PX
        nodes.append(NODE_PX * np.arange(node, (start + size - 1) // NODE_PX + 2))
        shares.append((start + np.arange(size)) / NODE_PX - node)
    places = np.meshgrid(*(pixel_size_nm * one for one in nodes), indexing="ij")
    field = displacement_nm([artifact], *places) / pixel_size_nm
    for axis, share in enumerate(shares, start=1):
        low = share.astype(np.intp)
        weight = (share - low).reshape(-1, *(1,) * (2 - axis))
        field = (1.0 - weight) * np.take(field, low, axis) + weight * np.take(field, low + 1, axis)
    return field.astype(np.float32)


def _shift(shift: Numbers, y: Doubles, x: Doubles) -> Doubles:
    return np.broadcast_to(np.array([shift["down_nm"], shift["right_nm"]]).reshape(2, *(1,) * y.ndim), (2, *y.shape))


def _warp(warp: Numbers, y: Doubles, x: Doubles) -> Doubles:
    """Return a sum of plane waves whose directions and phases follow from a key."""
    out = np.zeros((2, *y.shape))
    rng = np.random.Generator(np.random.PCG64(int(warp["key"])))
    for axis, (length, angle, phase) in zip([0, 1] * WAVES, rng.random((2 * WAVES, 3)).tolist(), strict=True):
        number, turn = 2.0 * math.pi / (warp["size_nm"] * (1.0 + length)), 2.0 * math.pi * angle
        wave = number * (y * math.sin(turn) + x * math.cos(turn)) + 2.0 * math.pi * phase
        out[axis] += warp["amplitude_nm"] / WAVES * np.sin(wave)
    return out


def _fold(fold: Numbers, y: Doubles, x: Doubles) -> Doubles:
    """Return a jump by twice the width at a line, which vanishes half way to the next line."""
    distance = fold_distance_nm(fold, y, x)
    along = fold["width_nm"] * (np.sign(distance) - 2.0 * distance / fold["every_nm"])
    return np.stack([along * math.cos(fold["angle"]), along * -math.sin(fold["angle"])])


_MOVES: Mapping[str, Callable[[Numbers, Doubles, Doubles], Doubles]] = {"shift": _shift, "warp": _warp, "fold": _fold}
