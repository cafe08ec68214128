"""What is painted on, and the flat arrays that are painted."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from synthem.classes import CLASS_NAMES, class_index
from synthem.shapes import Discs, Fill, Paint, Part, Stroke

__all__ = ["CODES", "Canvas", "PaintList", "borrow_canvas", "code_channels"]

Ints: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float32]

CODES: Final = {
    None: 0,
    "boundaries": 1,
    "mitochondria": 2,
    "mitochondrial_boundaries": 3,
    "vesicles": 4,
    "psd": 5,
    "axon": 6,
}
"""Label codes, by rising precedence: a class never covers one with a higher code."""


def code_channels() -> npt.NDArray[np.bool_]:
    """Return which classes each label code belongs to, shape (codes, 6)."""
    table = np.zeros((len(CODES), len(CLASS_NAMES)), bool)
    for name, code in CODES.items():
        if name is not None:
            table[code, class_index(name)] = True
    table[CODES["mitochondrial_boundaries"], class_index("mitochondria")] = True
    return table


def _limit(label: str | None) -> int:
    """Return the lowest code that paint of a class may not cover."""
    if label is None:
        return 1
    return min(CODES[label], CODES["mitochondria"]) if label.startswith("mito") else CODES[label]


class Canvas:
    """Float greys, label codes, instance ids and compartment numbers of one tile, and work space.

    Parameters
    ----------
    shape : (int, int)
        Rows and columns.

    Attributes
    ----------
    grey : (H, W) float32 array
        The picture, 0 to 255.
    label : (H, W) uint8 array
        Label codes, see `CODES`.
    ids : (H, W) int32 array
        Instance ids.
    compartments : (H, W) int32 array
        Compartment numbers, membranes included; 0 is nobody's.
    planes : list of (H, W) float32 arrays
        Work space of stages.
    image : (H, W) uint8 array or None
        The finished picture, once a stage has exposed it.
    """

    def __init__(self, shape: tuple[int, int]) -> None:
        self.shape = shape
        self.grey = np.zeros(shape, np.float32)
        self.label = np.zeros(shape, np.uint8)
        self.ids = np.zeros(shape, np.int32)
        self.compartments = np.zeros(shape, np.int32)
        self.planes = [np.empty(shape, np.float32) for _ in range(3)]
        self.row = np.empty(shape[1] + 256, np.float32)
        self.crossings = np.empty(256)
        self.lanes = np.empty(14 * 64, np.float32)
        self.image: npt.NDArray[np.uint8] | None = None

    def clear(self, level: float) -> None:
        """Start anew with an even grey."""
        self.grey.fill(level)
        self.label.fill(0)
        self.ids.fill(0)
        self.compartments.fill(0)
        self.image = None

    def paint(self, paint: PaintList, bank: Floats) -> None:
        """Paint fills, then strokes, then discs."""
        from synthem.kernels.raster import paint_discs, paint_fills, paint_strokes

        grey, label, ids = self.grey, self.label, self.ids
        if len(paint.fill_codes):
            rings = (paint.fill_points, paint.ring_starts, paint.fill_rings)
            paint_fills(*rings, paint.fill_codes, paint.fill_looks, bank, self.crossings, grey, label, ids)
        if len(paint.disc_codes):
            paint_discs(paint.discs, paint.disc_codes, paint.disc_looks, grey, label, ids)
        if len(paint.stroke_looks):
            paint_strokes(paint.stroke_points, paint.stroke_starts, paint.stroke_looks, grey, label)


_local = threading.local()


def borrow_canvas(shape: tuple[int, int]) -> Canvas:
    """Return this thread's canvas of a shape, made on first use; its content is left over from before."""
    canvas: Canvas | None = getattr(_local, "canvas", None)
    if canvas is None or canvas.shape != shape:
        canvas = _local.canvas = Canvas(shape)
    return canvas


@dataclass(frozen=True, eq=False)
class PaintList:
    """All paint of a layout in flat arrays, as the kernels take them; see `synthem.kernels.raster`."""

    fill_points: npt.NDArray[np.float64]
    ring_starts: Ints
    fill_rings: Ints
    fill_codes: Ints
    fill_looks: Floats
    stroke_points: Floats
    stroke_starts: Ints
    stroke_looks: Floats
    discs: npt.NDArray[np.float64]
    disc_codes: Ints
    disc_looks: Floats

    @classmethod
    def compile(cls, parts: Sequence[Part]) -> PaintList:
        """Flatten the paint of parts; ids count from 1 in the order of parts, and of discs within a part."""
        rings: list[npt.NDArray[np.float64]] = []
        fill_rings, fill_codes, fill_looks = [0], [], []
        paths, stroke_looks, discs, disc_codes, disc_looks = [], [], [], [], []
        next_id = 1
        for part in parts:
            for item in part.paint:
                if isinstance(item, Fill):
                    rings.extend(item.rings)
                    fill_rings.append(len(rings))
                    code = CODES[item.label] if item.label else -1
                    fill_codes.append((code, _limit(item.label), next_id))
                    fill_looks.append((item.level, item.grain, *item.lamellae))
                elif isinstance(item, Stroke):
                    paths.append(item.path)
                    on = float(CODES[item.on])
                    stroke_looks.append((item.half_width, max(item.softness, 0.1), item.level, item.opacity, on))
                else:
                    discs.append(item.discs)
                    codes = np.empty((len(item.discs), 3), np.int64)
                    codes[:, 0] = CODES[item.label] if item.label else -1
                    codes[:, 1] = _limit(item.label)
                    codes[:, 2] = next_id + np.arange(len(item.discs))
                    disc_codes.append(codes)
                    disc_looks.append(item.looks)
            next_id += count_instances(part)
        return cls(
            fill_points=_stack(rings, (0, 2), np.float64),
            ring_starts=_starts(rings),
            fill_rings=np.array(fill_rings, np.int64),
            fill_codes=np.array(fill_codes, np.int64).reshape(-1, 3),
            fill_looks=np.array(fill_looks, np.float32).reshape(-1, 6),
            stroke_points=_stack(paths, (0, 2), np.float32),
            stroke_starts=_starts(paths),
            stroke_looks=np.array(stroke_looks, np.float32).reshape(-1, 5),
            discs=_stack(discs, (0, 5), np.float64),
            disc_codes=_stack(disc_codes, (0, 3), np.int64),
            disc_looks=_stack(disc_looks, (0, 4), np.float32),
        )


def labelled_discs(paint: Sequence[Paint]) -> Discs | None:
    """Return the labelled discs among paint, each of which is an instance."""
    for item in paint:
        if isinstance(item, Discs) and item.label:
            return item
    return None


def count_instances(part: Part) -> int:
    """Return how many instance ids a part takes: one per labelled disc, else one, none without a class."""
    discs = labelled_discs(part.paint)
    if discs is not None:
        return len(discs.discs)
    return 1 if part.label else 0


def _stack(arrays: Sequence[npt.NDArray[np.generic]], empty: tuple[int, int], dtype: type) -> npt.NDArray:  # type: ignore[type-arg]
    if not arrays:
        return np.empty(empty, dtype)
    return np.ascontiguousarray(np.concatenate(arrays), dtype=dtype)


def _starts(arrays: Sequence[npt.NDArray[np.generic]]) -> Ints:
    starts = np.zeros(len(arrays) + 1, np.int64)
    np.cumsum([len(a) for a in arrays], out=starts[1:])
    return starts
