"""What is painted on, and the flat arrays that are painted."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from synthem.classes import CLASS_NAMES, class_index
from synthem.geometry import Pose
from synthem.kernels.membranes import LANE_ROWS
from synthem.kernels.motion import move_points
from synthem.kernels.raster import paint_discs, paint_fills, paint_strokes
from synthem.shapes import Discs, Fill, Paint, Part, Strokes

__all__ = ["CODES", "CODE_RANGES", "Canvas", "PaintList", "borrow_canvas"]

Ints: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float32]
Doubles: TypeAlias = npt.NDArray[np.float64]

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


def _code_ranges() -> npt.NDArray[np.uint8]:
    ranges = np.zeros((len(CLASS_NAMES), 2), np.uint8)
    for name, code in CODES.items():
        if name is not None:
            ranges[class_index(name)] = code
    ranges[class_index("mitochondria"), 1] = CODES["mitochondrial_boundaries"]
    ranges.flags.writeable = False
    return ranges


CODE_RANGES: Final = _code_ranges()
"""First and last label code of each class, in class order: a mitochondrion's boundary is part of it."""


NO_LOOKS: Final = np.empty((0, 4))

LIMITS: Final = {
    name: 1 if name is None else CODES["mitochondria"] if name.startswith("mito") else code
    for name, code in CODES.items()
}
"""The lowest code that paint of a class may not cover."""


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
        Instance ids; where nothing is labelled they are left over from before.
    compartments : (H, W) int32 array
        Compartment numbers, membranes included; 0 is nobody's.
    rows, noise, halves : (6, W + 256), (H, W) and (2, H / 2, W / 2) float32 arrays, rounded up
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
        self.rows, self.noise = np.empty((6, shape[1] + 256), np.float32), np.empty(shape, np.float32)
        self.halves = np.empty((2, -(-shape[0] // 2), -(-shape[1] // 2)), np.float32)
        self.crossings, self.counts = np.empty((shape[0], 64)), np.empty(shape[0], np.int64)
        self.lanes = np.empty((2, LANE_ROWS * 64), np.float32)
        self.image: npt.NDArray[np.uint8] | None = None

    def clear(self, level: float) -> None:
        """Start anew with an even grey."""
        self.grey.fill(level)
        self.label.fill(0)
        self.compartments.fill(0)
        self.image = None

    def paint(self, paint: PaintList, bank: Floats) -> None:
        """Paint fills, then strokes, then discs."""
        grey, label, ids = self.grey, self.label, self.ids
        if len(paint.fill_codes):
            rings = (paint.fill_points, paint.ring_starts, paint.fill_rings)
            scratch = (self.crossings, self.counts, self.rows[0])
            paint_fills(*rings, paint.fill_codes, paint.fill_looks, bank, *scratch, grey, label, ids)
        if len(paint.disc_codes):
            paint_discs(paint.discs, paint.disc_codes, paint.disc_looks, grey, label, ids)
        if len(paint.stroke_looks):
            paint_strokes(paint.stroke_points, paint.stroke_starts, paint.stroke_looks, self.rows[0], grey, label)


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
        fill_rings, disc_looks, next_id = [0], [NO_LOOKS], 1
        fill_codes: list[int] = []
        fill_looks: list[float] = []
        disc_sets: list[int] = []
        strokes: list[tuple[Doubles | Sequence[float], float, int]] = []
        for part in parts:
            pose = part.pose
            instances = 1 if part.label else 0
            for item in part.paint:
                if isinstance(item, Fill):
                    for ring in item.rings:
                        rings.add(ring, pose)
                    fill_rings.append(len(rings.counts))
                    fill_codes += (CODES[item.label], LIMITS[item.label], next_id)
                    amplitude, period, turn, phase = item.lamellae
                    fill_looks += (item.level, item.grain, amplitude, period * pose.scale, turn + pose.angle, phase)
                elif isinstance(item, Discs):
                    count = len(item.looks)
                    disc_sets += (count, CODES[item.label], LIMITS[item.label], next_id if item.label else 0)
                    disc_looks.append(item.looks)
                    discs.add(item.discs, pose)
                    instances = count if item.label else instances
                elif isinstance(item, Strokes):
                    strokes.append((item.looks, pose.scale, CODES[item.on]))
                    paths.add(item.paths.reshape(-1, 2), pose, len(item.looks))
                else:
                    look = (item.half_width, item.softness, item.level, item.opacity)
                    strokes.append((look, pose.scale, CODES[item.on]))
                    paths.add(item.path, pose)
            next_id += instances
        return cls(
            fill_points=rings.moved(),
            ring_starts=rings.starts(),
            fill_rings=np.array(fill_rings, np.int64),
            fill_codes=np.array(fill_codes, np.int64).reshape(-1, 3),
            fill_looks=np.array(fill_looks, np.float32).reshape(-1, 6),
            stroke_points=paths.moved().astype(np.float32),
            stroke_starts=paths.starts(),
            stroke_looks=_stroke_looks(strokes, len(paths.pieces) - 1),
            discs=discs.moved(turns=1),
            disc_codes=_disc_codes(disc_sets),
            disc_looks=np.concatenate(disc_looks, dtype=np.float32),
        )


class _Points:
    """Local geometries with their poses, to be moved all at once; a geometry may consist of several pieces."""

    def __init__(self, columns: int) -> None:
        self.arrays: list[Doubles] = [np.empty((0, columns))]
        self.poses: list[float] = []  # row, column, angle and scale, one pose after the other
        self.counts: list[int] = []
        self.pieces: list[int] = [0]

    def add(self, points: Doubles, pose: Pose, pieces: int = 1) -> None:
        """Add one geometry: the points of its pieces, which are equally long."""
        count = len(points)
        self.arrays.append(points)
        self.poses += pose
        self.counts.append(count)
        self.pieces += [count // max(pieces, 1)] * pieces

    def starts(self) -> Ints:
        """Return where each piece starts, and the total."""
        return np.array(self.pieces).cumsum()

    def moved(self, turns: int = 0) -> Doubles:
        """Return all points at their places."""
        points = np.ascontiguousarray(np.concatenate(self.arrays), np.float64)
        poses, counts = np.array(self.poses).reshape(-1, 4), np.array(self.counts, np.int64)
        move_points(points, poses, counts, 1, turns, points)
        return points


def _stroke_looks(sets: Sequence[tuple[Doubles | Sequence[float], float, int]], count: int) -> Floats:
    """Return half-width, softness, level, opacity and label code of each line, given looks, scale and code of sets."""
    out, first = np.empty((count, 5), np.float32), 0
    for looks, scale, code in sets:
        many = len(looks) if isinstance(looks, np.ndarray) else 1
        mine = out[first : first + many]
        mine[:, :4], mine[:, 4] = looks, code
        if scale != 1.0:
            mine[:, :2] *= scale
        first += many
    np.maximum(out[:, 1], 0.1, out=out[:, 1])
    return out


def _disc_codes(sets: Sequence[int]) -> Ints:
    """Return label code, limit and id of every disc, given number, code, limit and first id of sets."""
    numbers = np.array(sets, np.int64).reshape(-1, 4)
    numbers[:, 3] -= numbers[:, 0].cumsum() - numbers[:, 0]
    codes = numbers[:, 1:].repeat(numbers[:, 0], axis=0)
    codes[:, 2] += np.arange(len(codes))
    return codes


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
