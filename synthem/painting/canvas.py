"""The planes that are painted on."""

from __future__ import annotations

import threading
from typing import Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from synthem.kernels.membranes import WORK_SPACE
from synthem.kernels.planes import Planes
from synthem.kernels.raster import paint_discs, paint_fills, paint_strokes
from synthem.labels import EPFL6, ClassTable
from synthem.painting.paint_list import PaintAppearance, PaintList

__all__ = ["Canvas", "borrow_canvas"]

Floats: TypeAlias = npt.NDArray[np.float32]

Doubles: TypeAlias = npt.NDArray[np.float64]

FEW_POINTS: Final = 136
"""Of a polygon for which there is scratch from the start: a row may cross as many edges as there are points. Not a
multiple of a large power of two, so that the rows do not share lines of the cache."""


class FillScratch(NamedTuple):
    """Work space for polygons."""

    crossings: Doubles
    counts: npt.NDArray[np.int64]
    relief: Floats


class Canvas:
    """Float greys, label codes, instance ids and compartment numbers of one tile, and work space.

    Parameters
    ----------
    shape : (int, int)
        Rows and columns.
    classes : ClassTable
        The classes that are labelled, by default those of EPFL6.

    Attributes
    ----------
    grey : (H, W) float32 array
        The picture, 0 to 255.
    label : (H, W) uint8 array
        Label codes, see `ClassTable.codes`.
    ids : (H, W) int32 array
        Instance ids, 0 where there is no object. It becomes the tile's own.
    compartments : (H, W) int32 array
        Compartment numbers, membranes included; 0 is none. It becomes the tile's own.
    rows, halves : (7, W + 256) and (2, H / 2, W / 2) float32 arrays, rounded up
        Work space of stages.
    image : (H, W) uint8 array or None
        The finished picture, once a stage has exposed it.
    pixel_size_nm : float
        Side of a pixel.
    """

    def __init__(self, shape: tuple[int, int], classes: ClassTable = EPFL6) -> None:
        self.shape, self.classes = shape, classes
        self.grey = np.zeros(shape, np.float32)
        self.label = np.zeros(shape, np.uint8)
        self.ids, self.compartments = np.zeros(shape, np.int32), np.zeros(shape, np.int32)
        self.rows = np.empty((7, shape[1] + 256), np.float32)
        self.halves = np.empty((2, -(-shape[0] // 2), -(-shape[1] // 2)), np.float32)
        self.crossings, self.counts = np.empty((shape[0], FEW_POINTS)), np.empty(shape[0], np.int64)
        self.lanes = np.empty(WORK_SPACE, np.float32)
        self.image: npt.NDArray[np.uint8] | None = None
        self.pixel_size_nm = 5.0

    def clear(self, level: float, pixel_size_nm: float) -> None:
        """Start anew with an even grey, in pixels of a size."""
        self.pixel_size_nm = pixel_size_nm
        self.grey.fill(level)
        self.label.fill(0)
        self.ids, self.compartments = np.zeros(self.shape, np.int32), np.zeros(self.shape, np.int32)
        self.image = None

    def develop(self) -> None:
        """Put the exposed picture, if there is one, back into `grey`, for a further stage to work on."""
        if self.image is not None:
            self.grey[...] = self.image
            self.image = None

    @property
    def planes(self) -> Planes:
        """The planes as the kernels take them."""
        return Planes(self.grey, self.label, self.ids, self.compartments)

    def reserve(self, points: int) -> FillScratch:
        """Return work space for polygons of so many points, as `synthem.kernels.raster.paint_fills` takes it."""
        if points > self.crossings.shape[1]:
            self.crossings = np.empty((self.shape[0], points))
        return FillScratch(self.crossings, self.counts, self.rows[0])

    def paint(self, paint: PaintList, appearance: PaintAppearance, bank: Floats) -> None:
        """Paint fills, then discs, then strokes."""
        planes = self.planes
        if len(paint.fill_codes):
            scratch = self.reserve(paint.most_points)
            paint_fills(paint.rings, paint.fill_codes, appearance.fills, bank, *scratch, planes)
        if len(paint.disc_codes):
            paint_discs(paint.discs, paint.disc_codes, appearance.discs, planes)
        if len(appearance.strokes.appearances):
            paint_strokes(appearance.strokes, self.rows[0], planes)


_local = threading.local()


def borrow_canvas(shape: tuple[int, int], classes: ClassTable = EPFL6) -> Canvas:
    """Return this thread's canvas of a shape, made on first use; its content is left over from before."""
    canvas: Canvas | None = getattr(_local, "canvas", None)
    if canvas is None or canvas.shape != shape:
        canvas = _local.canvas = Canvas(shape, classes)
    canvas.classes = classes
    return canvas
