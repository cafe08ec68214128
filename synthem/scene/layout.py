"""Layout: one tile before it is painted, everything random drawn and frozen."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np
import numpy.typing as npt

from synthem.errors import ConfigError
from synthem.geometry.poses import transform_all
from synthem.instrument.stage import Stage, is_partition
from synthem.instrument.style import Style
from synthem.kernels.masks import write_masks
from synthem.labels import CODE_RANGES, SEPARATORS
from synthem.painting.canvas import Canvas, borrow_canvas
from synthem.painting.paint import Discs, Fill, Part
from synthem.painting.paint_list import PaintList, count_instances, has_id, labelled_discs
from synthem.painting.textures import texture
from synthem.tiles.artifacts import Artifact
from synthem.tiles.moved_objects import move_records
from synthem.tiles.objects import ObjectRecord
from synthem.tiles.placement_report import PlacementReport
from synthem.tiles.tile import Tile

__all__ = ["Layout"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Layout:
    """One tile before it is painted: everything random, drawn and frozen.

    Parameters
    ----------
    shape : (int, int)
        Rows and columns.
    parts : tuple of Part
        All objects with their poses, in the order in which they are painted.
    before, after : tuple of (stage, record)
        Stages that paint the tissue, and stages that work on the finished picture, with what they drew.
    style : Style
        How it looks.
    report : PlacementReport
        What was asked for and what found room.
    seed, index : int
        Where it came from.

    Examples
    --------
    >>> import synthem
    >>> layout = synthem.Scene(organelles=[synthem.Axon(count=1)]).sample(seed=3)
    >>> layout.render() == layout.render()
    True
    """

    shape: tuple[int, int]
    parts: tuple[Part, ...]
    before: tuple[tuple[Stage, Any], ...]
    after: tuple[tuple[Stage, Any], ...]
    style: Style
    report: PlacementReport
    seed: int
    index: int

    @cached_property
    def paint(self) -> PaintList:
        """All paint in flat arrays."""
        return PaintList.compile(self.parts)

    def render(self) -> Tile:
        """Paint the tile: a pure function of the layout.

        Returns
        -------
        Tile
        """
        canvas = borrow_canvas(self.shape)
        canvas.clear(self.style.cytoplasm.level)
        divided = False
        for stage, record in self.before:
            _apply_before(stage, record, canvas, self.style, divided)
            divided |= is_partition(stage)
        canvas.paint(self.paint, texture(8, 3))
        artifacts: tuple[Artifact, ...] = ()
        for stage, record in self.after:
            canvas.develop()
            done = stage.apply(canvas, record, self.style)
            artifacts += () if done is None else (done,)
        image = canvas.image
        if image is None:
            image = np.clip(np.rint(canvas.grey), 0, 255).astype(np.uint8)
        masks = np.empty((len(CODE_RANGES), *self.shape), np.uint8)
        write_masks(canvas.label, canvas.compartments, CODE_RANGES, SEPARATORS, masks)
        return Tile(
            image=image,
            masks=masks.view(np.bool_),
            instances=canvas.ids,
            compartments=canvas.compartments,
            records=partial(self.records, artifacts),
            artifacts=artifacts,
            report=self.report,
            seed=self.seed,
            index=self.index,
        )

    def records(self, artifacts: tuple[Artifact, ...] = ()) -> tuple[ObjectRecord, ...]:
        """Return what is known of every object that has an instance id.

        Parameters
        ----------
        artifacts : tuple of Artifact, default ()
            What damaged the tile: poses and outlines move with the tissue.
        """
        out: list[ObjectRecord] = []
        next_id = 1
        for part in self.parts:
            discs = labelled_discs(part.paint)
            if discs is not None:
                out.extend(_disc_records(next_id, part, discs))
            elif has_id(part):
                pose = part.pose
                out.append(
                    ObjectRecord(
                        id=next_id,
                        kind=part.kind,
                        class_name=part.label,
                        pose={"row": pose.row, "col": pose.col, "angle": pose.angle, "scale": pose.scale},
                        parameters=dict(part.parameters),
                        rings=tuple(pose.apply(ring).astype(np.float32) for ring in _outline(part)),
                    )
                )
            next_id += count_instances(part)
        return move_records(tuple(out), artifacts)

    def __eq__(self, other: object) -> bool:
        """Compare everything that was drawn, arrays number by number."""
        return isinstance(other, Layout) and _same(
            [getattr(self, f.name) for f in fields(self)], [getattr(other, f.name) for f in fields(other)]
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        """Return a short description."""
        return f"Layout(shape={self.shape}, seed={self.seed}, index={self.index}, {len(self.parts)} parts)"


def _apply_before(stage: Stage, record: Any, canvas: Canvas, style: Style, divided: bool) -> None:
    """Apply a stage that paints tissue; only one that keeps fillers off its membranes may draw them."""
    drawn = np.count_nonzero(canvas.label)
    stage.apply(canvas, record, style)
    if is_partition(stage):
        return
    if np.count_nonzero(canvas.label) != drawn or (not divided and canvas.compartments.any()):
        raise ConfigError(
            f"`stages`: {type(stage).__name__} draws membranes or compartments, so it must define `lower_clearance`, "
            "which keeps what fills compartments off them"
        )


def _outline(part: Part) -> tuple[npt.NDArray[np.float64], ...]:
    """Return the rings of a part, or of its first labelled fill where it has none of its own."""
    fills = (item.rings for item in part.paint if isinstance(item, Fill) and item.label)
    return part.rings or next(fills, ())


def _disc_records(first: int, part: Part, discs: Discs) -> list[ObjectRecord]:
    placed = transform_all(discs.discs, [part.pose], [len(discs.discs)], turns=1)
    return [
        ObjectRecord(
            id=first + k,
            kind=part.kind,
            class_name=part.label,
            pose={"row": row, "col": col, "angle": angle, "scale": 1.0},
            parameters={"semi_major": a, "semi_minor": b},
        )
        for k, (row, col, a, b, angle) in enumerate(placed.tolist())
    ]


def _same(a: Any, b: Any) -> bool:
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and np.array_equal(a, b)
    if isinstance(a, (tuple, list)):
        return len(a) == len(b) and all(_same(x, y) for x, y in zip(a, b, strict=True))
    if is_dataclass(a) and not isinstance(a, (type, Style)):
        return all(_same(getattr(a, f.name), getattr(b, f.name)) for f in fields(a))
    return bool(a == b)
