"""Details: the pixels and ids of what is painted without a label of its own, for class tables that ask for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from synthem.kernels.details import TAKEN, mark_strokes, write_detail_masks
from synthem.kernels.raster import CodeColumn, paint_discs, paint_fills
from synthem.kernels.shading import OfDisc, OfFill, OfStroke
from synthem.labels import ClassTable
from synthem.painting.canvas import Canvas
from synthem.painting.paint_list import PaintAppearance, PaintList
from synthem.tiles.objects import ObjectRecord

__all__ = ["DetailObject", "Details", "detail_record", "write_other_masks"]

CYTOPLASM = "cytoplasm"
"""Material of compartments where nothing is painted."""

Ints: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float32]
Codes: TypeAlias = npt.NDArray[np.uint8]


class DetailObject(NamedTuple):
    """An object that has an id only because a class table asks for it."""

    id: int
    code: int


@dataclass(frozen=True, eq=False)
class Details:
    """Codes and ids of the paint of a layout that details show.

    Parameters
    ----------
    fills, strokes, discs : (n,) uint8 arrays
        Code of each piece of paint; 0: it is not shown.
    stroke_ids, disc_ids : (n,) int32 arrays
        Id of the object of each line and disc; 0: it has one already.
    objects : tuple of DetailObject
        What has an id here alone.
    """

    fills: Codes
    strokes: Codes
    discs: Codes
    stroke_ids: npt.NDArray[np.int32]
    disc_ids: npt.NDArray[np.int32]
    objects: tuple[DetailObject, ...]

    @classmethod
    def compile(cls, paint: PaintList, codes: Mapping[str, int], has_id: Sequence[bool], first_id: int) -> Details:
        """Find what is shown.

        Parameters
        ----------
        paint : PaintList
            All paint of a layout.
        codes : mapping of str to int
            Code of each material that is shown, from 1 to 254.
        has_id : sequence of bool
            Whether each part of the layout has ids already.
        first_id : int
            First free id.
        """
        by_material = np.array([codes.get(name, 0) for name in paint.materials] or [0], np.uint8)
        strokes = by_material[paint.stroke_materials[:, OfStroke.MATERIAL]]
        discs = by_material[paint.disc_materials[:, OfDisc.RIM]]
        discs = np.where(paint.disc_codes[:, CodeColumn.LABEL] == 0, discs, np.uint8(0))
        without = ~np.array([*has_id, True])
        shown = np.concatenate([strokes, discs])
        parts = np.concatenate([paint.stroke_materials[:, OfStroke.PART], paint.disc_materials[:, OfDisc.PART]])
        groups = np.concatenate([paint.stroke_materials[:, OfStroke.GROUP], paint.disc_materials[:, OfDisc.GROUP]])
        new = np.flatnonzero((shown > 0) & without[parts])
        _, first, which = np.unique(parts[new] << 32 | groups[new], return_index=True, return_inverse=True)
        ids = np.zeros(len(shown), np.int32)
        ids[new] = first_id + which
        codes_of = shown[new[first]].tolist()
        objects = tuple(DetailObject(first_id + k, code) for k, code in enumerate(codes_of))
        split = len(strokes)
        return cls(
            fills=by_material[paint.fill_materials[:, OfFill.MATERIAL]],
            strokes=strokes,
            discs=discs,
            stroke_ids=ids[:split],
            disc_ids=ids[split:],
            objects=objects,
        )

    def mark(self, canvas: Canvas, paint: PaintList, appearance: PaintAppearance, bank: Floats) -> Codes:
        """Return the code of the topmost detail of each pixel, and write its id; `TAKEN` where a label is.

        Parameters
        ----------
        canvas : Canvas
            With everything painted; its ids change where there is a detail with an id of its own.
        paint, appearance : PaintList, PaintAppearance
            What was painted on it.
        bank : (b, w) float32 array
            A texture.
        """
        detail = np.where(canvas.label > 0, np.uint8(TAKEN), np.uint8(0))
        planes = canvas.planes._replace(grey=np.empty(canvas.shape, np.float32), label=detail)
        if self.fills.any():
            codes = paint.fill_codes.copy()
            codes[:, CodeColumn.LABEL], codes[:, CodeColumn.LIMIT] = self.fills, np.where(self.fills > 0, TAKEN, 0)
            paint_fills(paint.rings, codes, appearance.fills, bank, *canvas.reserve(paint.most_points), planes)
        if self.discs.any():
            chosen = self.discs > 0
            codes = paint.disc_codes[chosen].copy()
            codes[:, CodeColumn.LABEL], codes[:, CodeColumn.LIMIT] = self.discs[chosen], TAKEN
            codes[:, CodeColumn.ID] = self.disc_ids[chosen]
            paint_discs(paint.discs[chosen], codes, appearance.discs[chosen], planes)
        if self.strokes.any():
            mark_strokes(paint.strokes, self.strokes, self.stroke_ids, canvas.rows[0], detail, canvas.ids)
        return detail


def detail_record(item: DetailObject, class_name: str) -> ObjectRecord:
    """Return the record of an object that has an id only because a class table asks for it."""
    return ObjectRecord(id=item.id, kind=class_name, class_name=class_name, torn=True)


def write_other_masks(
    classes: ClassTable,
    canvas: Canvas,
    detail: Codes | None,
    kinds: Mapping[int, str],
    masks: Codes,
) -> None:
    """Write the masks of classes that are not painted: those of materials and of compartments.

    Parameters
    ----------
    classes : ClassTable
        The classes.
    canvas : Canvas
        With labels and compartments as they are in the end.
    detail : (H, W) uint8 array or None
        What `Details.mark` returned, moved with the tissue.
    kinds : mapping of int to str
        What compartments are, by their number.
    masks : (C, H, W) uint8 array
        Changed in place.
    """
    detail_channels, compartment_channels = np.full(256, -1, np.int64), np.full((1, 1), -1, np.int64)
    bare = -1
    of_kinds = [(channel, one.compartments) for channel, one in enumerate(classes) if one.compartments]
    for channel, one in enumerate(classes):
        if one.materials:
            detail_channels[classes.details[one.materials[0]]] = channel
            bare = channel if CYTOPLASM in one.materials else bare
    if of_kinds:
        compartment_channels = np.full((len(of_kinds), 1 + max(kinds, default=0)), -1, np.int64)
        for row, (channel, names) in enumerate(of_kinds):
            compartment_channels[row, [number for number, kind in kinds.items() if kind in names]] = channel
    if of_kinds or detail is not None:
        shown = np.zeros(canvas.shape, np.uint8) if detail is None else detail
        planes = (canvas.label, shown, canvas.compartments)
        write_detail_masks(*planes, detail_channels, bare, compartment_channels, masks)
