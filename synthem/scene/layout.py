"""Layout: one tile before it is painted, everything random drawn and frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from synthem.errors import ConfigError
from synthem.geometry.poses import transform_all
from synthem.instrument.materials import Material
from synthem.instrument.stage import Stage, is_partition
from synthem.instrument.style import Style, load_style
from synthem.kernels.masks import write_masks
from synthem.labels import EPFL6, ClassTable
from synthem.painting.canvas import Canvas, borrow_canvas
from synthem.painting.details import Details, detail_record, write_other_masks
from synthem.painting.paint import Discs, Fill, Part
from synthem.painting.paint_list import PaintList, count_instances, has_id, labelled_discs
from synthem.painting.textures import texture
from synthem.tiles.artifacts import Artifact
from synthem.tiles.moved_objects import move_records
from synthem.tiles.objects import ObjectRecord
from synthem.tiles.placement_report import PlacementReport
from synthem.tiles.synapses import SynapticContact
from synthem.tiles.tile import Tile

__all__ = ["Layout"]

TEXTURE = 40.0
"""Size in nm of the texture of fills."""


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
        How it looks, unless `render` is asked for another one.
    pixel_size_nm : float
        Side of a pixel.
    materials : mapping of str to Material
        Looks of materials that organelles bring.
    key : int
        Key of the greys that differ between objects.
    compartment_kinds : mapping of int to str
        What claimed compartments are, such as ``"bouton"``, by their number.
    facing : tuple of (int, int)
        Presynaptic and postsynaptic compartment of each synapse, seen or not.
    densities : tuple of int or None
        Which of `parts` is the density of each of these synapses; None: it has none, or it lies beyond the tile.
    report : PlacementReport
        What was asked for and what found room.
    seed, index : int
        Where it came from.
    classes : ClassTable
        The classes that are labelled, by default those of EPFL6.

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
    pixel_size_nm: float
    materials: Mapping[str, Material]
    key: int
    compartment_kinds: Mapping[int, str]
    facing: tuple[tuple[int, int], ...]
    densities: tuple[int | None, ...]
    report: PlacementReport
    seed: int
    index: int
    classes: ClassTable = EPFL6

    @cached_property
    def paint(self) -> PaintList:
        """All paint in flat arrays."""
        return PaintList.compile(self.parts, self.classes)

    @cached_property
    def details(self) -> Details:
        """Codes and ids of the paint of materials that the class table asks for."""
        own = [
            has_id(part, self.classes) or labelled_discs(part.paint, self.classes) is not None for part in self.parts
        ]
        first = 1 + sum(count_instances(part, self.classes) for part in self.parts)
        return Details.compile(self.paint, self.classes.details, own, first)

    @property
    def synapses(self) -> tuple[SynapticContact, ...]:
        """Both sides of each synapse in the tile and around it, and the id of its density where that has one."""
        ids = self.paint.first_ids
        return tuple(
            SynapticContact(
                presynaptic=pre,
                postsynaptic=post,
                psd=ids[density] if density is not None and has_id(self.parts[density], self.classes) else None,
            )
            for (pre, post), density in zip(self.facing, self.densities, strict=True)
        )

    def render(self, style: str | Path | Style | None = None) -> Tile:
        """Paint the tile: a pure function of layout and style.

        Under any style it has the same masks, instances and objects: the style says how grey what is there looks.

        Parameters
        ----------
        style : str, Path, Style or None
            How it looks; None: the style of the layout. Its `pixel_size_nm` changes nothing.

        Returns
        -------
        Tile
        """
        shown = (self.style if style is None else load_style(style)).for_tile(self.key)
        appearance = self.paint.shaded(shown.table(self.paint.materials, self.materials), self.key)
        canvas = borrow_canvas(self.shape, self.classes)
        canvas.clear(shown.cytoplasm.level, self.pixel_size_nm)
        divided = False
        for stage, record in self.before:
            _apply_before(stage, record, canvas, shown, divided)
            divided |= is_partition(stage)
        bank = texture(TEXTURE / self.pixel_size_nm, 3)
        canvas.paint(self.paint, appearance, bank)
        detail = self.details.mark(canvas, self.paint, appearance, bank) if self.classes.details else None
        artifacts: tuple[Artifact, ...] = ()
        for stage, record in self.after:
            canvas.develop()
            done = stage.apply(canvas, record, shown)
            artifacts += () if done is None else (done,)
            detail = done.warp(detail) if done is not None and detail is not None else detail
        image = canvas.image
        if image is None:
            image = np.clip(np.rint(canvas.grey), 0, 255).astype(np.uint8)
        masks = np.empty((len(self.classes), *self.shape), np.uint8)
        write_masks(canvas.label, canvas.compartments, self.classes.code_ranges, self.classes.separators, masks)
        write_other_masks(self.classes, canvas, detail, self.compartment_kinds, masks)
        return Tile(
            image=image,
            masks=masks.view(np.bool_),
            instances=canvas.ids,
            compartments=canvas.compartments,
            records=partial(self.records, artifacts),
            artifacts=artifacts,
            facing=self.synapses,
            pixel_size_nm=self.pixel_size_nm,
            report=self.report,
            seed=self.seed,
            index=self.index,
            classes=self.classes,
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
            discs = labelled_discs(part.paint, self.classes)
            if discs is not None:
                out.extend(_disc_records(next_id, part, discs, self._class_of(part)))
            elif has_id(part, self.classes):
                pose = part.pose
                out.append(
                    ObjectRecord(
                        id=next_id,
                        kind=part.kind,
                        class_name=self._class_of(part),
                        pose={
                            "row": pose.row,
                            "col": pose.col,
                            "angle": pose.angle,
                            "scale": pose.scale * self.pixel_size_nm,
                        },
                        parameters=dict(part.parameters),
                        rings=tuple(pose.apply(ring).astype(np.float32) for ring in _outline(part)),
                    )
                )
            next_id += count_instances(part, self.classes)
        out = list(move_records(tuple(out), artifacts))
        if self.classes.details:
            names = [one.name for one in self.classes.detail_classes]
            out += [detail_record(one, names[one.code - 1]) for one in self.details.objects]
        return tuple(out)

    def _class_of(self, part: Part) -> str | None:
        """Return the class of a part, if it is one that is labelled."""
        if part.label is not None:
            return part.label if part.label in self.classes.names else None
        codes = (self.classes.details.get(fill.material) for fill in part.paint if isinstance(fill, Fill))
        code = next((code for code in codes if code), 0)
        return self.classes.detail_classes[code - 1].name if code else None

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


def _disc_records(first: int, part: Part, discs: Discs, class_name: str | None) -> list[ObjectRecord]:
    placed = transform_all(discs.discs, [part.pose], [len(discs.discs)], turns=1)
    return [
        ObjectRecord(
            id=first + k,
            kind=part.kind,
            class_name=class_name,
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
