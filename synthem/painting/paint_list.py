"""All paint of a layout in flat arrays, as the kernels take them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from synthem.errors import ConfigError, did_you_mean
from synthem.geometry.poses import Pose
from synthem.geometry.reach import check_reach, within_reach
from synthem.kernels.raster import CodeColumn, DiscColumn, FillColumn, Lines, Rings, StrokeColumn
from synthem.kernels.shading import (
    EllipseColumn,
    LineColumn,
    OfDisc,
    OfFill,
    OfStroke,
    shade_discs,
    shade_fills,
    shade_strokes,
)
from synthem.kernels.transforms import LocalPaint, PieceColumn, flatten_paint
from synthem.labels import EPFL6, ClassTable
from synthem.painting.paint import Discs, Fill, Paint, Part, Stroke, Strokes

Floats: TypeAlias = npt.NDArray[np.float32]
Doubles: TypeAlias = npt.NDArray[np.float64]

Ints: TypeAlias = npt.NDArray[np.int64]

__all__ = ["MaterialTable", "PaintAppearance", "PaintList", "count_instances", "labelled_discs"]

NO_PIECES: Final = np.empty((0, 4))
NONE: Final = -1
"""Number of no material."""


class MaterialTable(NamedTuple):
    """Appearance of all materials of a style, one row each, and the rows of those that paint names.

    See `synthem.kernels.shading`.
    """

    numbers: Doubles
    sources: Ints
    rows: Ints


class PaintAppearance(NamedTuple):
    """Greys and opacities of all paint of a layout under one style; see `synthem.kernels.raster`."""

    fills: Floats
    strokes: Lines
    discs: Floats


@dataclass(frozen=True, eq=False)
class PaintList:
    """All paint of a layout in flat arrays, as the kernels take them; see `synthem.kernels.raster`."""

    materials: tuple[str, ...]
    rings: Rings
    fill_codes: Ints
    fill_appearances: Floats
    fill_materials: Ints
    strokes: Lines
    """Without greys, which come from a style."""
    stroke_materials: Ints
    stroke_scales: Floats
    discs: Doubles
    disc_codes: Ints
    disc_appearances: Floats
    disc_materials: Ints
    first_ids: tuple[int, ...]
    """The first id of each part; that of the next one where a part has none."""

    @classmethod
    def compile(cls, parts: Sequence[Part], classes: ClassTable = EPFL6) -> PaintList:
        """Flatten the paint of parts; ids count from 1 in the order of parts, and of discs within a part."""
        codes, limits = classes.codes, classes.limits
        rings, paths, discs = _Pieces(2), _Pieces(2), _Pieces(5)
        names, fills = _Names(), list[tuple[Fill, Pose, int, list[int]]]()
        fill_rings, first_ids, next_id = [0], list[int](), 1
        for number, part in enumerate(parts):
            _check_class(part, "label", part.label, classes)
            first_ids.append(next_id)
            tint = names.code(part.tint) if part.tint else NONE
            for item in part.paint:
                if isinstance(item, Fill):
                    _check_owner(part, item.label, classes)
                    for ring in item.rings:
                        rings.add(ring, part.pose)
                    fill_rings.append(rings.count)
                    owner = next_id if has_id(part, classes) and _owns(part, item.label, classes) else 0
                    ridges = names.code(item.ridges.material) if item.ridges else NONE
                    materials = [names.code(item.material), ridges, tint if item.label else NONE, number]
                    fills.append((item, part.pose, owner, materials))
                elif isinstance(item, Discs):
                    _check_owner(part, item.label, classes)
                    if item.label:
                        _check_alone(part, classes)
                    first_id = next_id if classes.owners[item.label] else 0
                    of = names.all(item.materials), NONE, number
                    discs.add(item.discs, part.pose, item.pieces, of, codes[item.label], limits[item.label], first_id)
                else:
                    _check_class(part, "on", item.on, classes)
                    points, pieces, named = _lines(item)
                    of = names.all(named), tint if item.on else NONE, number
                    paths.add(points, part.pose, pieces, of, codes[item.on])
            next_id += count_instances(part, classes)
        poses, sizes = _joined(rings, paths, discs)
        ring_points, path_points, all_discs = rings.points(), paths.points(), discs.points()
        lines, ellipses, appearances = paths.all_pieces(), discs.all_pieces(), _fill_appearances(fills)
        numbers = (ring_points, path_points, all_discs, lines, ellipses, appearances, poses)
        if not all(within_reach(array) for array in numbers):
            _name_what_is_out_of_reach(parts)
        made = cls(
            materials=tuple(names.codes),
            rings=Rings(ring_points, np.empty(rings.count + 1, np.int64), np.array(fill_rings, np.int64)),
            fill_codes=_fill_codes(fills, classes),
            fill_appearances=appearances.astype(np.float32),
            fill_materials=np.array([of for *_, of in fills], np.int64).reshape(-1, len(OfFill)),
            strokes=_empty_lines(len(path_points), paths.count),
            stroke_materials=paths.materials_of_lines(lines),
            stroke_scales=np.empty(paths.count, np.float32),
            discs=all_discs,
            disc_codes=np.empty((len(all_discs), len(CodeColumn)), np.int64),
            disc_appearances=np.empty((len(all_discs), len(DiscColumn)), np.float32),
            disc_materials=discs.materials_of_discs(ellipses),
            first_ids=tuple(first_ids),
        )
        local = LocalPaint(ring_points, path_points, all_discs, lines, ellipses, poses, sizes)
        flatten_paint(
            local, made.rings.starts, made.strokes, made.stroke_scales, made.disc_codes, made.disc_appearances
        )
        return made

    @cached_property
    def most_points(self) -> int:
        """Number of points of the fill that has most."""
        return int(np.diff(self.rings.starts[self.rings.fills]).max(initial=0))

    def shaded(self, table: MaterialTable, key: int) -> PaintAppearance:
        """Return the greys of all paint: a material has one per object, drawn by the key.

        Parameters
        ----------
        table : MaterialTable
            Appearance of `materials`, in that order.
        key : int
            Key of what varies between objects.
        """
        fills, discs = self.fill_appearances.copy(), self.disc_appearances.copy()
        strokes = self.strokes._replace(appearances=self.strokes.appearances.copy())
        shade_fills(*table, key, self.fill_materials, fills)
        shade_strokes(*table, key, self.stroke_materials, self.stroke_scales, strokes.appearances)
        shade_discs(*table, key, self.disc_materials, discs)
        return PaintAppearance(fills, strokes, discs)


class _Names:
    """Numbers of materials, in the order in which paint names them."""

    def __init__(self) -> None:
        self.codes: dict[str, int] = {}

    def code(self, name: str) -> int:
        """Return the number of a material."""
        return self.codes.setdefault(name, len(self.codes))

    def all(self, names: Sequence[str]) -> list[int]:
        """Return the numbers of materials."""
        return [self.code(name) for name in names]


def _lines(item: Stroke | Strokes) -> tuple[Doubles, Doubles, tuple[str, ...]]:
    """Return the points of lines, `LineColumn` of each, and the names of their materials."""
    if isinstance(item, Stroke):
        return item.path, np.array([(item.half_width, item.softness, 0.0, 0.0)]), (item.material,)
    return item.paths.reshape(-1, 2), item.pieces, item.materials


class _Pieces:
    """Local geometries of one sort with what belongs to them, each list with one entry per piece."""

    def __init__(self, columns: int) -> None:
        self.arrays: list[Doubles] = [np.empty((0, columns))]
        self.pieces: list[Doubles] = [NO_PIECES]
        self.codes: list[int] = []  # materials of all pieces, one after the other
        self.first_codes: list[int] = []
        self.tints: list[int] = []
        self.parts: list[int] = []
        self.poses: list[float] = []  # four numbers per piece
        self.sizes: list[int] = []
        self.lines: list[int] = []
        self.labels: list[int] = []
        self.limits: list[int] = []
        self.first_ids: list[int] = []
        self.count = 0

    def add(
        self,
        points: Doubles,
        pose: Pose,
        pieces: Doubles | None = None,
        of: tuple[list[int], int, int] = ([], NONE, 0),
        code: int = 0,
        limit: int = 0,
        first: int = 0,
    ) -> None:
        """Add a ring, or lines or discs with what belongs to each."""
        many = 1 if pieces is None else len(pieces)
        if not many:
            return
        if pieces is not None:
            codes, tint, part = of
            self.pieces.append(pieces)
            self.first_codes.append(len(self.codes))
            self.codes += codes
            self.tints.append(tint)
            self.parts.append(part)
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

    def all_pieces(self) -> Doubles:
        """Return the numbers of all lines or discs."""
        return np.ascontiguousarray(np.concatenate(self.pieces), np.float64)

    def materials_of_lines(self, lines: Doubles) -> Ints:
        """Return `OfStroke` of lines, given `LineColumn` of each."""
        of = np.empty((len(lines), len(OfStroke)), np.int64)
        of[:, OfStroke.MATERIAL] = self._material(lines[:, LineColumn.MATERIAL])
        of[:, OfStroke.TINT] = np.repeat(np.array(self.tints, np.int64), self.lines)
        of[:, OfStroke.PART] = np.repeat(np.array(self.parts, np.int64), self.lines)
        of[:, OfStroke.GROUP] = lines[:, LineColumn.GROUP]
        return of

    def materials_of_discs(self, ellipses: Doubles) -> Ints:
        """Return `OfDisc` of discs, given `EllipseColumn` of each."""
        of = np.empty((len(ellipses), len(OfDisc)), np.int64)
        of[:, OfDisc.RIM] = self._material(ellipses[:, EllipseColumn.RIM])
        of[:, OfDisc.INTERIOR] = self._material(ellipses[:, EllipseColumn.INTERIOR])
        of[:, OfDisc.PART] = np.repeat(np.array(self.parts, np.int64), self.lines)
        of[:, OfDisc.GROUP] = ellipses[:, EllipseColumn.GROUP]
        return of

    def _material(self, which: Doubles) -> Ints:
        """Return the numbers of materials, given which of those of its paint each line or disc has."""
        first = np.repeat(np.array(self.first_codes, np.int64), self.lines)
        return np.array(self.codes, np.int64)[first + which.astype(np.int64)]


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


def _empty_lines(points: int, count: int) -> Lines:
    """Return room for lines."""
    appearances = np.empty((count, len(StrokeColumn)), np.float32)
    return Lines(np.empty((points, 2), np.float32), np.empty(count + 1, np.int64), appearances)


def _fill_codes(fills: Sequence[tuple[Fill, Pose, int, list[int]]], classes: ClassTable) -> Ints:
    codes = np.empty((len(fills), len(CodeColumn)), np.int64)
    codes[:, CodeColumn.LABEL] = [classes.codes[fill.label] for fill, *_ in fills]
    codes[:, CodeColumn.LIMIT] = [classes.limits[fill.label] for fill, *_ in fills]
    codes[:, CodeColumn.ID] = [first_id for _, _, first_id, _ in fills]
    return codes


def _fill_appearances(fills: Sequence[tuple[Fill, Pose, int, list[int]]]) -> Doubles:
    """Return what is known of fills without a style: the geometry of their ridges."""
    appearances = np.zeros((len(fills), len(FillColumn)))
    appearances[:, FillColumn.PERIOD] = 1.0
    for appearance, (fill, pose, *_) in zip(appearances, fills, strict=True):
        if fill.ridges:
            appearance[FillColumn.PERIOD] = fill.ridges.period * pose.scale
            appearance[FillColumn.ANGLE] = fill.ridges.angle + pose.angle
            appearance[FillColumn.PHASE] = fill.ridges.phase
    return appearances


def _name_what_is_out_of_reach(parts: Sequence[Part]) -> None:
    """Name the part whose paint is not of finite numbers."""
    for part in parts:
        for item in part.paint:
            if isinstance(item, Fill):
                arrays = [*item.rings, np.array(item.ridges[1:] if item.ridges else ())]
            elif isinstance(item, Discs):
                arrays = [item.discs, item.pieces]
            elif isinstance(item, Strokes):
                arrays = [item.paths, item.pieces]
            else:
                arrays = [item.path, np.array((item.half_width, item.softness))]
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
