"""Details: the pixels and ids of what is painted without a label of its own, for class tables that ask for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from synthem.kernels.details import TAKEN, mark_strokes
from synthem.kernels.raster import CodeColumn, paint_discs, paint_fills
from synthem.kernels.shading import OfDisc, OfFill, OfStroke
from synthem.painting.canvas import Canvas
from synthem.painting.paint_list import PaintList, PaintLooks

__all__ = ["DetailObject", "Details"]

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
        of_strokes = paint.stroke_materials[:, (OfStroke.PART, OfStroke.GROUP)]
        of_discs = paint.disc_materials[:, (OfDisc.PART, OfDisc.GROUP)]
        shown = np.concatenate([strokes, discs])
        places = np.concatenate([of_strokes, of_discs])
        new = (shown > 0) & without[places[:, 0]]
        found, which = np.unique(places[new], axis=0, return_inverse=True)
        ids = np.zeros(len(shown), np.int32)
        ids[new] = first_id + which.ravel()
        first = np.full(len(found), len(shown))
        np.minimum.at(first, which.ravel(), np.flatnonzero(new))
        objects = tuple(DetailObject(first_id + k, int(shown[place])) for k, place in enumerate(first.tolist()))
        split = len(strokes)
        return cls(
            fills=by_material[paint.fill_materials[:, OfFill.MATERIAL]],
            strokes=strokes,
            discs=discs,
            stroke_ids=ids[:split],
            disc_ids=ids[split:],
            objects=objects,
        )

    def mark(self, canvas: Canvas, paint: PaintList, looks: PaintLooks, bank: Floats) -> Codes:
        """Return the code of the topmost detail of each pixel, and write its id; 0 where a label or nothing is.

        Parameters
        ----------
        canvas : Canvas
            With everything painted; its ids change where there is a detail with an id of its own.
        paint, looks : PaintList, PaintLooks
            What was painted on it.
        bank : (b, w) float32 array
            A texture.
        """
        detail = np.where(canvas.label > 0, np.uint8(TAKEN), np.uint8(0))
        grey, ids = np.empty(canvas.shape, np.float32), canvas.ids
        if self.fills.any():
            rings = (paint.fill_points, paint.ring_starts, paint.fill_rings)
            codes = paint.fill_codes.copy()
            codes[:, CodeColumn.LABEL], codes[:, CodeColumn.LIMIT] = self.fills, np.where(self.fills > 0, TAKEN, 0)
            points = int(np.diff(paint.ring_starts[paint.fill_rings]).max())
            scratch = (canvas.reserve(points), canvas.counts, canvas.rows[0])
            paint_fills(*rings, codes, looks.fills, bank, *scratch, grey, detail, ids)
        if self.discs.any():
            chosen = self.discs > 0
            codes = paint.disc_codes[chosen].copy()
            codes[:, CodeColumn.LABEL], codes[:, CodeColumn.LIMIT] = self.discs[chosen], TAKEN
            codes[:, CodeColumn.ID] = self.disc_ids[chosen]
            paint_discs(paint.discs[chosen], codes, looks.discs[chosen], grey, detail, ids)
        if self.strokes.any():
            lines = (paint.stroke_points, paint.stroke_starts, looks.strokes)
            mark_strokes(*lines, self.strokes, self.stroke_ids, canvas.rows[0], detail, ids)
        detail[detail == TAKEN] = 0
        return detail
