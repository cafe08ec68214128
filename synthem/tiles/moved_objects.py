"""Objects that move with the tissue: poses and outlines after artefacts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from synthem.tiles.artifacts import Artifact
from synthem.tiles.objects import ObjectRecord, Ring, ellipse_ring, object_outline

__all__ = ["move_records"]

STEP = 1.0
"""Largest distance in pixels between neighbouring points of an outline that is moved."""

ROUNDS = 40
EXACT, CLOSE = 1e-3, 0.1
"""Distances in pixels at which a point is found well enough, and at which it counts as found in the end."""

TEAR = 3.5
"""Distance in pixels between neighbouring points of a moved outline from which on it is torn."""

Points = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


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
            whole = [record for record in records if not record.torn]
            moved = iter(_moved(whole, artifact))
            records = tuple(record if record.torn else next(moved) for record in records)
    return records


def _moved(records: list[ObjectRecord], artifact: Artifact) -> Iterator[ObjectRecord]:
    """Yield records after one artefact; the points of all are moved together, since that is faster."""
    outlines = [[_dense(ring) for ring in record.rings or (_thinned(ellipse_ring(record)),)] for record in records]
    origins = [np.array([[record.pose["row"], record.pose["col"]]]) for record in records]
    parts = [part for rings, origin in zip(outlines, origins, strict=True) for part in (*rings, origin)]
    if not parts:
        return
    found, moved = _seen_at(np.concatenate(parts), artifact)
    ends = np.cumsum([len(part) for part in parts])[:-1]
    pieces = zip(parts, np.split(found, ends), np.split(moved, ends), strict=True)
    for record, rings in zip(records, outlines, strict=True):
        yield _changed(record, [next(pieces) for _ in rings], next(pieces)[2][0], artifact.lost)


def _changed(
    record: ObjectRecord,
    rings: list[tuple[Points, Flags, Points]],
    origin: Points,
    lost: Flags | None,
) -> ObjectRecord:
    """Return a record whose rings, of which are given the points before, which are seen, and where, have moved."""
    torn = any(not seen.all() or _is_torn(after) for _, seen, after in rings)
    pose = {**record.pose, "row": float(origin[0]), "col": float(origin[1])}
    if torn:
        return replace(record, pose=pose, rings=(), torn=True)
    moved = replace(record, pose=pose, rings=tuple(after.astype(np.float32) for _, _, after in rings))
    if _hides(moved, lost):
        return replace(moved, rings=(), torn=True)
    return record if all(np.array_equal(before, after) for before, _, after in rings) else moved


def _thinned(ring: Ring) -> Ring:
    """Return a ring with fewer points, if its edges are short."""
    longest = np.hypot(*(np.roll(ring, -1, axis=0) - ring).T).max()
    return ring[:: max(min(int(STEP / max(longest, 1e-6)), len(ring) // 8), 1)]


def _dense(ring: Ring) -> Points:
    """Return a ring with more points on its long edges."""
    start = np.asarray(ring, np.float64)
    edge = np.roll(start, -1, axis=0) - start
    counts = np.maximum(np.ceil(np.hypot(*edge.T) / STEP).astype(int), 1)
    which = np.repeat(np.arange(len(start)), counts)
    number = np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts)
    points: Points = start[which] + edge[which] * (number / counts[which])[:, None]
    return points


def _seen_at(goals: Points, artifact: Artifact) -> tuple[Flags, Points]:
    """Return which points of the tissue are seen, and where, by iteration.

    Beyond the tile, tissue moves as at its nearest pixel.
    """
    found, places = np.ones(len(goals), bool), goals.copy()
    if artifact.displacement is None:
        return found, places
    left = np.arange(len(goals))
    for _ in range(ROUNDS):
        wrong = goals[left] - places[left] - _between(artifact.displacement, places[left])
        distance = np.hypot(wrong[:, 0], wrong[:, 1])
        left, wrong = left[distance > EXACT], wrong[distance > EXACT]
        if not len(left):
            break
        places[left] += wrong
    wrong = goals[left] - places[left] - _between(artifact.displacement, places[left])
    found[left] = np.hypot(wrong[:, 0], wrong[:, 1]) < CLOSE
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
