"""Objects that move with the tissue: poses and outlines after artefacts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from synthem.tiles.artifacts import Artifact
from synthem.tiles.objects import ObjectRecord, Ring, ellipse_ring, object_outline

__all__ = ["move_records"]

STEP = 1.0
"""Largest distance in pixels between neighbouring points of an outline that is moved."""

ROUNDS = 40
CLOSE = 0.1
"""Distance in pixels at which a point counts as found again."""

TEAR = 3.5
"""Distance in pixels between neighbouring points of a moved outline from which on it is torn."""

Points = npt.NDArray[np.float64]


def move_records(records: tuple[ObjectRecord, ...], artifacts: tuple[Artifact, ...]) -> tuple[ObjectRecord, ...]:
    """Move poses and outlines of objects as artefacts moved the tissue.

    Parameters
    ----------
    records : tuple of ObjectRecord
        Objects of the tile before it was damaged.
    artifacts : tuple of Artifact
        What damaged it, the first one first.

    Returns
    -------
    tuple of ObjectRecord
        An object that lies where nothing moved is as it was. Others have outlines with points at most one pixel apart;
        angle and scale of their poses are as before. A torn object, and one that is hidden in part, has no rings and
        the mark `torn`: its outline is that of the pixels, see `synthem.tiles.objects.measure_objects`.
    """
    for artifact in artifacts:
        if artifact.displacement is not None or artifact.lost is not None:
            records = tuple(_moved(record, artifact) for record in records)
    return records


def _moved(record: ObjectRecord, artifact: Artifact) -> ObjectRecord:
    if record.torn:
        return record
    rings = [_dense(ring) for ring in record.rings or (ellipse_ring(record),)]
    goals = np.concatenate([*rings, [[record.pose["row"], record.pose["col"]]]])
    found, moved = _seen_at(goals, artifact)
    if artifact.lost is None and np.array_equal(goals, moved):
        return record
    ends = np.cumsum([len(ring) for ring in rings])
    pieces = np.split(moved[:-1], ends[:-1])
    pose = {**record.pose, "row": float(moved[-1, 0]), "col": float(moved[-1, 1])}
    torn = not found[:-1].all() or any(_is_torn(piece) for piece in pieces)
    candidate = replace(record, pose=pose, rings=() if torn else tuple(piece.astype(np.float32) for piece in pieces))
    if torn or _hides(candidate, artifact.lost):
        return replace(candidate, rings=(), torn=True)
    return record if np.array_equal(goals, moved) else candidate


def _dense(ring: Ring) -> Points:
    """Return a ring with more points on its long edges."""
    start = np.asarray(ring, np.float64)
    edge = np.roll(start, -1, axis=0) - start
    counts = np.maximum(np.ceil(np.hypot(*edge.T) / STEP).astype(int), 1)
    which = np.repeat(np.arange(len(start)), counts)
    number = np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts)
    points: Points = start[which] + edge[which] * (number / counts[which])[:, None]
    return points


def _seen_at(goals: Points, artifact: Artifact) -> tuple[npt.NDArray[np.bool_], Points]:
    """Return where points of the tissue are seen, and which of them are seen at all, by iteration.

    Beyond the tile, tissue moves as at its nearest pixel.
    """
    if artifact.displacement is None:
        return np.ones(len(goals), bool), goals
    places, wrong = goals.copy(), np.zeros_like(goals)
    for _ in range(ROUNDS):
        wrong = goals - places - _between(artifact.displacement, places)
        if (np.abs(wrong) < 1e-3).all():
            break
        places = places + wrong
    found: npt.NDArray[np.bool_] = np.hypot(wrong[:, 0], wrong[:, 1]) < CLOSE
    return found, places


def _between(displacement: npt.NDArray[np.float32], places: Points) -> Points:
    """Return the field between pixels, linearly interpolated."""
    height, width = displacement.shape[1:]
    rows, cols = np.clip(places[:, 0], 0, height - 1), np.clip(places[:, 1], 0, width - 1)
    top, left = np.minimum(rows.astype(int), height - 2), np.minimum(cols.astype(int), width - 2)
    down, across = rows - top, cols - left
    above = (1 - across) * displacement[:, top, left] + across * displacement[:, top, left + 1]
    below = (1 - across) * displacement[:, top + 1, left] + across * displacement[:, top + 1, left + 1]
    result: Points = ((1 - down) * above + down * below).T
    return result


def _is_torn(ring: Points) -> bool:
    return bool((np.hypot(*(np.roll(ring, -1, axis=0) - ring).T) > TEAR * STEP).any())


def _hides(record: ObjectRecord, lost: npt.NDArray[np.bool_] | None) -> bool:
    """Return whether pixels within the outline of an object are lost."""
    if lost is None:
        return False
    from shapely import contains_xy

    corners = np.concatenate([np.stack([ring.min(axis=0), ring.max(axis=0)]) for ring in record.rings])
    top, left = np.maximum(np.floor(corners.min(axis=0)).astype(int), 0)
    low, right = np.maximum(np.ceil(corners.max(axis=0)).astype(int) + 1, 0)
    rows, cols = np.nonzero(lost[top:low, left:right])
    return len(rows) > 0 and bool(contains_xy(object_outline(record), cols + left, rows + top).any())
