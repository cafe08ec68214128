"""Tiles: an image, its exact masks, and a record of every object in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from synthem.classes import class_index
from synthem.report import PlacementReport

if TYPE_CHECKING:
    from shapely import Polygon

__all__ = ["ObjectRecord", "Ring", "Tile", "TileObject", "object_outline"]

Ring: TypeAlias = npt.NDArray[np.float32]
"""A closed ring of (row, column) points, shape (k, 2), first point not repeated."""

ELLIPSE_POINTS = 48


@dataclass(frozen=True, kw_only=True, eq=False)
class ObjectRecord:
    """What the layout knows of one object, before pixels are counted.

    Parameters
    ----------
    id : int
        Value of the object in `Tile.instances`, from 1.
    kind : str
        Kind of organelle, such as ``"axon"``.
    class_name : str or None
        Label class of the object.
    pose : mapping of str to float
        ``row``, ``col`` (pixels), ``angle`` (radians, from the column axis towards the row axis) and ``scale``.
    parameters : mapping of str to float or str
        What was drawn for the object.
    rings : tuple of (k, 2) float32 arrays, default ()
        Outline, exterior ring first, then holes. Empty means an ellipse at the pose with the semi-axes
        ``parameters["semi_major"]`` and ``parameters["semi_minor"]``.
    """

    id: int
    kind: str
    class_name: str | None
    pose: Mapping[str, float] = field(default_factory=dict)
    parameters: Mapping[str, float | str] = field(default_factory=dict)
    rings: tuple[Ring, ...] = ()


Records: TypeAlias = tuple[ObjectRecord, ...] | Callable[[], tuple[ObjectRecord, ...]]


@dataclass(frozen=True, kw_only=True, eq=False)
class TileObject(ObjectRecord):
    """One labelled object of a tile, as far as it can be seen.

    Parameters
    ----------
    id, kind, class_name, pose, parameters, rings
        As in `ObjectRecord`.
    bbox : tuple of int
        Visible pixels lie in rows ``bbox[0]:bbox[2]`` and columns ``bbox[1]:bbox[3]``.
    centroid : tuple of float
        Mean (row, column) of the visible pixels.
    area : int
        Number of visible pixels.
    """

    bbox: tuple[int, int, int, int]
    centroid: tuple[float, float]
    area: int

    @property
    def outline(self) -> Polygon:
        """The outline as a shapely polygon in (column, row) = (x, y) order, made anew on each access."""
        return object_outline(self)

    def __eq__(self, other: object) -> bool:
        """Compare all fields, rings point by point."""
        if not isinstance(other, TileObject):
            return NotImplemented
        return (
            _scalars(self) == _scalars(other)
            and len(self.rings) == len(other.rings)
            and all(np.array_equal(a, b) for a, b in zip(self.rings, other.rings, strict=True))
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        """Return a short description without rings."""
        return f"TileObject(id={self.id}, kind={self.kind!r}, area={self.area}, bbox={self.bbox})"


def _scalars(item: TileObject) -> tuple[object, ...]:
    identity = (item.id, item.kind, item.class_name, dict(item.pose), dict(item.parameters))
    return (*identity, item.bbox, item.centroid, item.area)


def object_outline(record: ObjectRecord) -> Polygon:
    """Return an object's outline as a shapely polygon.

    Parameters
    ----------
    record : ObjectRecord
        A record or a `TileObject`.

    Returns
    -------
    shapely.Polygon
        In (x, y) = (column, row) order; not clipped to the tile.

    Examples
    --------
    >>> from synthem.tile import ObjectRecord, object_outline
    >>> disc = ObjectRecord(
    ...     id=1, kind="vesicle", class_name="vesicles", pose={"row": 8.0, "col": 20.0},
    ...     parameters={"semi_major": 5.0, "semi_minor": 5.0},
    ... )
    >>> round(object_outline(disc).centroid.x, 3)
    20.0
    """
    from shapely import Polygon

    rings = record.rings or (_ellipse(record),)
    flipped = [np.asarray(ring, dtype=float)[:, ::-1] for ring in rings]
    return Polygon(flipped[0], holes=flipped[1:])


def _ellipse(record: ObjectRecord) -> Ring:
    pose, drawn = record.pose, record.parameters
    turn = np.linspace(0.0, 2.0 * np.pi, ELLIPSE_POINTS, endpoint=False)
    along = float(drawn["semi_major"]) * np.cos(turn)
    across = float(drawn["semi_minor"]) * np.sin(turn)
    cos, sin = np.cos(pose.get("angle", 0.0)), np.sin(pose.get("angle", 0.0))
    rows = pose["row"] + along * sin + across * cos
    cols = pose["col"] + along * cos - across * sin
    return np.stack([rows, cols], axis=1).astype(np.float32)


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Tile:
    """One generated or loaded tile. Arrays are read-only; copy one to change it.

    Parameters
    ----------
    image : (H, W) uint8 array
        Grey levels.
    masks : (6, H, W) bool array
        One mask per class, in the order of `synthem.CLASS_NAMES`.
    instances : (H, W) int32 array
        Object id of each pixel, 0 where there is no organelle.
    compartments : (H, W) int32 array
        Cell compartment of each pixel, 0 on membranes and where unknown.
    records : tuple of ObjectRecord, or a callable that returns one
        What the layout knows of the objects; a callable is called at most once, when `objects`, which is what
        to read, is first used.
    report : PlacementReport
        Requested and placed objects.
    seed : int or None
        Seed of the scene; None for loaded data without one.
    index : int, default 0
        Number of the tile under this seed.
    """

    image: npt.NDArray[np.uint8]
    masks: npt.NDArray[np.bool_]
    instances: npt.NDArray[np.int32]
    compartments: npt.NDArray[np.int32]
    records: Records = ()
    report: PlacementReport = field(default_factory=PlacementReport)
    seed: int | None = None
    index: int = 0

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        for array in (self.image, self.masks, self.instances, self.compartments):
            array.flags.writeable = False

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return (self.image.shape[0], self.image.shape[1])

    def mask(self, name: str) -> npt.NDArray[np.bool_]:
        """Return the mask of one class, (H, W) bool.

        Parameters
        ----------
        name : str
            Class name, such as ``"axon"``; case, spaces and underscores do not matter.
        """
        result: npt.NDArray[np.bool_] = self.masks[class_index(name)]
        return result

    @cached_property
    def objects(self) -> tuple[TileObject, ...]:
        """The objects with at least one visible pixel, in the order of their ids."""
        records = self.records() if callable(self.records) else self.records
        return measure_objects(records, self.instances)

    def __eq__(self, other: object) -> bool:
        """Compare pixels, objects, report, seed and index."""
        if not isinstance(other, Tile):
            return NotImplemented
        return (
            (self.seed, self.index, self.report) == (other.seed, other.index, other.report)
            and np.array_equal(self.image, other.image)
            and np.array_equal(self.masks, other.masks)
            and np.array_equal(self.instances, other.instances)
            and np.array_equal(self.compartments, other.compartments)
            and self.objects == other.objects
        )

    __hash__ = None  # type: ignore[assignment]

    def __getstate__(self) -> dict[str, Any]:
        """Resolve the records, so that a tile can be pickled whatever its maker was."""
        return {**self.__dict__, "records": self.objects}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Restore the fields and freeze the arrays again."""
        self.__dict__.update(state)
        for array in (self.image, self.masks, self.instances, self.compartments):
            array.flags.writeable = False

    def __repr__(self) -> str:
        """Return a short description."""
        height, width = self.shape
        return f"Tile({height}x{width}, seed={self.seed}, index={self.index})"

    def preview(self, *, scale: int = 1) -> npt.NDArray[np.uint8]:
        """Return the image beside its coloured overlay, with a legend below, uint8 RGB.

        Parameters
        ----------
        scale : int, default 1
            Whole-number magnification.
        """
        from synthem.preview import sheet

        return sheet([self], columns=1, scale=scale)

    def _repr_png_(self) -> bytes:
        from synthem.preview import encode_png

        return encode_png(self.preview())


def measure_objects(records: tuple[ObjectRecord, ...], instances: npt.NDArray[np.int32]) -> tuple[TileObject, ...]:
    """Join records with what is visible of them; objects without a visible pixel are left out.

    Parameters
    ----------
    records : tuple of ObjectRecord
        In any order.
    instances : (H, W) int32 array
        Object id of each pixel, 0 for none.

    Returns
    -------
    tuple of TileObject
        In the order of their ids.
    """
    from scipy import ndimage  # slow to import, and not needed to make a tile

    if not records:
        return ()
    rows, cols = np.nonzero(instances)
    ids = instances[rows, cols]
    areas = np.bincount(ids)
    boxes = ndimage.find_objects(instances)
    row_sums = np.bincount(ids, weights=rows)
    col_sums = np.bincount(ids, weights=cols)
    visible = sorted((r for r in records if r.id < len(areas) and areas[r.id]), key=lambda r: r.id)
    return tuple(
        TileObject(
            id=r.id,
            kind=r.kind,
            class_name=r.class_name,
            pose=r.pose,
            parameters=r.parameters,
            rings=r.rings,
            bbox=_bbox(boxes[r.id - 1]),
            centroid=(float(row_sums[r.id] / areas[r.id]), float(col_sums[r.id] / areas[r.id])),
            area=int(areas[r.id]),
        )
        for r in visible
    )


def _bbox(box: tuple[slice, slice]) -> tuple[int, int, int, int]:
    rows, cols = box
    return (rows.start, cols.start, rows.stop, cols.stop)
