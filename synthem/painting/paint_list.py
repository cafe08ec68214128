"""All paint of a layout in flat arrays, as the kernels take them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from synthem.errors import ConfigError, did_you_mean
from synthem.geometry.poses import Pose
from synthem.geometry.reach import check_reach, within_reach
from synthem.kernels.transforms import flatten_paint
from synthem.labels import CODES, LIMITS, OWNERS
from synthem.painting.paint import Discs, Fill, Paint, Part, Strokes

Floats: TypeAlias = npt.NDArray[np.float32]
Doubles: TypeAlias = npt.NDArray[np.float64]

__all__ = ["PaintList", "count_instances", "labelled_discs"]

Ints: TypeAlias = npt.NDArray[np.int64]

NO_LOOKS: Final = np.empty((0, 4))


@dataclass(frozen=True, eq=False)
class PaintList:
    """All paint of a layout in flat arrays, as the kernels take them; see `synthem.kernels.raster`."""

    fill_points: Doubles
    ring_starts: Ints
    fill_rings: Ints
    fill_codes: Ints
    fill_looks: Floats
    stroke_points: Floats
    stroke_starts: Ints
    stroke_looks: Floats
    discs: Doubles
    disc_codes: Ints
    disc_looks: Floats

    @classmethod
    def compile(cls, parts: Sequence[Part]) -> PaintList:
        """Flatten the paint of parts; ids count from 1 in the order of parts, and of discs within a part."""
        rings, paths, discs = _Points(2), _Points(2), _Points(5)
        fill_rings, next_id = [0], 1
        fill_codes: list[int] = []
        fill_looks: list[float] = []
        for part in parts:
            pose = part.pose
            instances = int(has_id(part))
            for item in part.paint:
                if isinstance(item, Fill):
                    _check_owner(part, item.label)
                    for ring in item.rings:
                        rings.add(ring, pose)
                    fill_rings.append(rings.count)
                    owner = next_id if instances and _owns(part, item.label) else 0
                    fill_codes += (CODES[item.label], LIMITS[item.label], owner)
                    amplitude, period, turn, phase = item.lamellae
                    fill_looks += (
                        item.level,
                        item.texture_sd,
                        amplitude,
                        period * pose.scale,
                        turn + pose.angle,
                        phase,
                    )
                elif isinstance(item, Discs):
                    _check_owner(part, item.label)
                    discs.add(item.discs, pose, item.looks, CODES[item.label], LIMITS[item.label], next_id)
                    if item.label:
                        _check_alone(part)
                        instances = len(item.looks)
                elif isinstance(item, Strokes):
                    paths.add(item.paths.reshape(-1, 2), pose, item.looks, CODES[item.on])
                else:
                    look = np.array([(item.half_width, item.softness, item.level, item.opacity)])
                    paths.add(item.path, pose, look, CODES[item.on])
            next_id += instances
        return cls._laid_out(
            parts,
            rings,
            paths,
            discs,
            np.array(fill_rings, np.int64),
            np.array(fill_codes, np.int64).reshape(-1, 3),
            np.array(fill_looks).reshape(-1, 6),
        )

    @classmethod
    def _laid_out(
        cls,
        parts: Sequence[Part],
        rings: _Points,
        paths: _Points,
        discs: _Points,
        fill_rings: Ints,
        fill_codes: Ints,
        fill_looks: Doubles,
    ) -> PaintList:
        """Move everything to its place."""
        ring_points, path_points, all_discs = rings.joined(), paths.joined(), discs.joined()
        looks, lines = np.ascontiguousarray(np.concatenate(paths.looks), np.float64), paths.count
        where = np.array(rings.where + paths.where + discs.where).reshape(-1, 9)
        ring_starts, stroke_starts = np.empty(rings.count + 1, np.int64), np.empty(lines + 1, np.int64)
        stroke_points, stroke_looks = np.empty(path_points.shape, np.float32), np.empty((lines, 5), np.float32)
        disc_codes = np.empty((len(all_discs), 3), np.int64)
        disc_looks = np.concatenate(discs.looks)
        numbers = (ring_points, path_points, all_discs, looks, disc_looks, fill_looks, where[:, :4])
        if not all(within_reach(array) for array in numbers):
            _name_what_is_out_of_reach(parts)
        sources = (ring_points, path_points, all_discs, looks, where)
        flatten_paint(*sources, ring_starts, stroke_points, stroke_starts, stroke_looks, disc_codes)
        return cls(
            fill_points=ring_points,
            ring_starts=ring_starts,
            fill_rings=fill_rings,
            fill_codes=fill_codes,
            fill_looks=fill_looks.astype(np.float32),
            stroke_points=stroke_points,
            stroke_starts=stroke_starts,
            stroke_looks=stroke_looks,
            discs=all_discs,
            disc_codes=disc_codes,
            disc_looks=disc_looks.astype(np.float32),
        )


class _Points:
    """Local geometries, as `synthem.kernels.transforms.flatten_paint` takes them."""

    def __init__(self, columns: int) -> None:
        self.arrays: list[Doubles] = [np.empty((0, columns))]
        self.looks: list[Doubles] = [NO_LOOKS]
        self.where: list[float] = []
        self.count = 0

    def add(
        self, points: Doubles, pose: Pose, looks: Doubles | None = None, code: int = 0, limit: int = 0, first: int = 0
    ) -> None:
        """Add a ring, or lines or discs with their looks."""
        many = 1 if looks is None else len(looks)
        if not many:
            return
        if looks is not None:
            self.looks.append(looks)
        self.arrays.append(points)
        self.where += (*pose, len(points), many, code, limit, first)
        self.count += many

    def joined(self) -> Doubles:
        """Return all points."""
        return np.ascontiguousarray(np.concatenate(self.arrays), np.float64)


def _name_what_is_out_of_reach(parts: Sequence[Part]) -> None:
    """Name the part whose paint is not of finite numbers."""
    for part in parts:
        for item in part.paint:
            if isinstance(item, Fill):
                arrays = [*item.rings, np.array((item.level, item.texture_sd, *item.lamellae))]
            elif isinstance(item, Discs):
                arrays = [item.discs, item.looks]
            elif isinstance(item, Strokes):
                arrays = [item.paths, item.looks]
            else:
                arrays = [item.path, np.array((item.half_width, item.softness, item.level, item.opacity))]
            check_reach(part.kind, "its paint", [*arrays, np.array(part.pose)])


def _check_owner(part: Part, label: str | None) -> None:
    """Refuse paint that would mark pixels of a class with the id of an object of another, or of none."""
    if label not in OWNERS:
        known = [name for name in OWNERS if name]
        hint = did_you_mean(str(label), known)
        raise ConfigError(f"`label` of paint ({part.kind}) must be None or of {', '.join(known)}, got {label!r}{hint}")
    owner = OWNERS[label]
    if owner is not None and owner != part.label:
        raise ConfigError(f"`label` of a part ({part.kind}) must be {owner!r}, as its paint says, got {part.label!r}")


def _check_alone(part: Part) -> None:
    """Refuse labelled discs beside other labelled paint: each of them is an object, so the ids would collide."""
    if sum(OWNERS[item.label] is not None for item in part.paint if isinstance(item, (Fill, Discs))) > 1:
        raise ConfigError(f"`paint` of a part ({part.kind}) with labelled discs must hold no other labelled paint")


def labelled_discs(paint: Sequence[Paint]) -> Discs | None:
    """Return the labelled discs among paint, each of which is an instance."""
    for item in paint:
        if isinstance(item, Discs) and item.label:
            return item
    return None


def count_instances(part: Part) -> int:
    """Return how many instance ids a part takes: one per labelled disc, else one if it has a class or an outline."""
    discs = labelled_discs(part.paint)
    return int(has_id(part)) if discs is None else len(discs.discs)


def has_id(part: Part) -> bool:
    """Return whether a part is an object: of a class whose pixels belong to objects, or of none but with an outline."""
    return bool(part.rings) if part.label is None else OWNERS[part.label] is not None


def _owns(part: Part, label: str | None) -> bool:
    """Return whether pixels painted with a label belong to the part: of a part without a class, all of them do."""
    return part.label is None or OWNERS[label] is not None
