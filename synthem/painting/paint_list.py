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
from synthem.kernels.raster import CodeColumn, FillColumn, StrokeColumn
from synthem.kernels.transforms import PieceColumn, flatten_paint
from synthem.labels import EPFL6, ClassTable
from synthem.painting.paint import Discs, Fill, Paint, Part, Stroke, Strokes

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
    def compile(cls, parts: Sequence[Part], classes: ClassTable = EPFL6) -> PaintList:
        """Flatten the paint of parts; ids count from 1 in the order of parts, and of discs within a part."""
        codes, limits = classes.codes, classes.limits
        rings, paths, discs = _Pieces(2), _Pieces(2), _Pieces(5)
        fills: list[tuple[Fill, Pose, int]] = []
        fill_rings, next_id = [0], 1
        for part in parts:
            _check_class(part, "label", part.label, classes)
            for item in part.paint:
                if isinstance(item, Fill):
                    _check_owner(part, item.label, classes)
                    for ring in item.rings:
                        rings.add(ring, part.pose)
                    fill_rings.append(rings.count)
                    owner = next_id if has_id(part, classes) and _owns(part, item.label, classes) else 0
                    fills.append((item, part.pose, owner))
                elif isinstance(item, Discs):
                    _check_owner(part, item.label, classes)
                    if item.label:
                        _check_alone(part, classes)
                    first_id = next_id if classes.owners[item.label] else 0
                    discs.add(item.discs, part.pose, item.looks, codes[item.label], limits[item.label], first_id)
                elif isinstance(item, Strokes):
                    _check_class(part, "on", item.on, classes)
                    paths.add(item.paths.reshape(-1, 2), part.pose, item.looks, codes[item.on])
                else:
                    _check_class(part, "on", item.on, classes)
                    paths.add(item.path, part.pose, _stroke_look(item), codes[item.on])
            next_id += count_instances(part, classes)
        poses, pieces = _joined(rings, paths, discs)
        ring_points, path_points, all_discs = rings.points(), paths.points(), discs.points()
        stroke_looks, disc_looks, fill_looks = paths.all_looks(), discs.all_looks(), _fill_looks(fills)
        numbers = (ring_points, path_points, all_discs, stroke_looks, disc_looks, fill_looks, poses)
        if not all(within_reach(array) for array in numbers):
            _name_what_is_out_of_reach(parts)
        made = cls(
            fill_points=ring_points,
            ring_starts=np.empty(rings.count + 1, np.int64),
            fill_rings=np.array(fill_rings, np.int64),
            fill_codes=_fill_codes(fills, classes),
            fill_looks=fill_looks.astype(np.float32),
            stroke_points=np.empty(path_points.shape, np.float32),
            stroke_starts=np.empty(paths.count + 1, np.int64),
            stroke_looks=np.empty((paths.count, len(StrokeColumn)), np.float32),
            discs=all_discs,
            disc_codes=np.empty((len(all_discs), len(CodeColumn)), np.int64),
            disc_looks=disc_looks.astype(np.float32),
        )
        flatten_paint(
            made.fill_points,
            path_points,
            made.discs,
            stroke_looks,
            poses,
            pieces,
            made.ring_starts,
            made.stroke_points,
            made.stroke_starts,
            made.stroke_looks,
            made.disc_codes,
        )
        return made


class _Pieces:
    """Local geometries of one sort with what belongs to them, each list with one entry per piece."""

    def __init__(self, columns: int) -> None:
        self.arrays: list[Doubles] = [np.empty((0, columns))]
        self.looks: list[Doubles] = [NO_LOOKS]
        self.poses: list[float] = []  # four numbers per piece
        self.sizes: list[int] = []
        self.lines: list[int] = []
        self.labels: list[int] = []
        self.limits: list[int] = []
        self.first_ids: list[int] = []
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
        self.poses += pose
        self.sizes.append(len(points))
        self.lines.append(many)
        self.labels.append(code)
        self.limits.append(limit)
        self.first_ids.append(first)
        self.count += many

    def points(self) -> Doubles:
        """Return all points."""
        return np.ascontiguousarray(np.concatenate(self.arrays), np.float64)

    def all_looks(self) -> Doubles:
        """Return the looks of all lines or discs."""
        return np.ascontiguousarray(np.concatenate(self.looks), np.float64)


def _joined(rings: _Pieces, paths: _Pieces, discs: _Pieces) -> tuple[Doubles, Ints]:
    """Return poses and columns of all pieces, as `synthem.kernels.transforms.flatten_paint` takes them."""
    poses = np.array(rings.poses + paths.poses + discs.poses).reshape(-1, 4)
    pieces = np.empty((len(poses), len(PieceColumn)), np.int64)
    pieces[:, PieceColumn.POINTS] = rings.sizes + paths.sizes + discs.sizes
    pieces[:, PieceColumn.LINES] = rings.lines + paths.lines + discs.lines
    pieces[:, PieceColumn.LABEL] = rings.labels + paths.labels + discs.labels
    pieces[:, PieceColumn.LIMIT] = rings.limits + paths.limits + discs.limits
    pieces[:, PieceColumn.FIRST_ID] = rings.first_ids + paths.first_ids + discs.first_ids
    return poses, pieces


def _fill_codes(fills: Sequence[tuple[Fill, Pose, int]], classes: ClassTable) -> Ints:
    codes = np.empty((len(fills), len(CodeColumn)), np.int64)
    codes[:, CodeColumn.LABEL] = [classes.codes[fill.label] for fill, *_ in fills]
    codes[:, CodeColumn.LIMIT] = [classes.limits[fill.label] for fill, *_ in fills]
    codes[:, CodeColumn.ID] = [first_id for *_, first_id in fills]
    return codes


def _fill_looks(fills: Sequence[tuple[Fill, Pose, int]]) -> Doubles:
    looks = np.empty((len(fills), len(FillColumn)))
    looks[:, FillColumn.LEVEL] = [fill.level for fill, *_ in fills]
    looks[:, FillColumn.TEXTURE_SD] = [fill.texture_sd for fill, *_ in fills]
    looks[:, FillColumn.LAMELLA] = [fill.lamellae[0] for fill, *_ in fills]
    looks[:, FillColumn.PERIOD] = [fill.lamellae[1] * pose.scale for fill, pose, _ in fills]
    looks[:, FillColumn.ANGLE] = [fill.lamellae[2] + pose.angle for fill, pose, _ in fills]
    looks[:, FillColumn.PHASE] = [fill.lamellae[3] for fill, *_ in fills]
    return looks


def _stroke_look(stroke: Stroke) -> Doubles:
    return np.array([(stroke.half_width, stroke.softness, stroke.level, stroke.opacity)])


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
                arrays = [item.path, _stroke_look(item)]
            check_reach(part.kind, "its paint", [*arrays, np.array(part.pose)])


def _check_class(part: Part, name: str, label: str | None, classes: ClassTable) -> None:
    """Refuse the name of a class that there is not."""
    if label not in classes.owners:
        known = [name for name in classes.owners if name]
        hint = did_you_mean(str(label), known) or "; a class of your own goes into `Scene(classes=)`"
        raise ConfigError(f"`{name}` of paint ({part.kind}) must be None or of {', '.join(known)}, got {label!r}{hint}")


def _check_owner(part: Part, label: str | None, classes: ClassTable) -> None:
    """Refuse paint that would mark pixels of a class with the id of an object of another, or of none."""
    _check_class(part, "label", label, classes)
    owner = classes.owners[label]
    if owner is not None and owner != part.label:
        raise ConfigError(f"`label` of a part ({part.kind}) must be {owner!r}, as its paint says, got {part.label!r}")


def _check_alone(part: Part, classes: ClassTable) -> None:
    """Refuse labelled discs beside other labelled paint: each of them is an object, so the ids would collide."""
    if sum(classes.owners[item.label] is not None for item in part.paint if isinstance(item, (Fill, Discs))) > 1:
        raise ConfigError(f"`paint` of a part ({part.kind}) with labelled discs must hold no other labelled paint")


def labelled_discs(paint: Sequence[Paint], classes: ClassTable = EPFL6) -> Discs | None:
    """Return the labelled discs among paint, each of which is an instance."""
    for item in paint:
        if isinstance(item, Discs) and classes.owners[item.label]:
            return item
    return None


def count_instances(part: Part, classes: ClassTable = EPFL6) -> int:
    """Return how many instance ids a part takes: one per labelled disc, else one if it has a class or an outline."""
    discs = labelled_discs(part.paint, classes)
    return int(has_id(part, classes)) if discs is None else len(discs.discs)


def has_id(part: Part, classes: ClassTable = EPFL6) -> bool:
    """Return whether a part is an object: of a class whose pixels belong to objects, or of none but with an outline."""
    return bool(part.rings) if part.label is None else classes.owners[part.label] is not None


def _owns(part: Part, label: str | None, classes: ClassTable) -> bool:
    """Return whether pixels painted with a label belong to the part: of a part without a class, all of them do."""
    return part.label is None or classes.owners[label] is not None
