"""Objects of a tile: their records and what is visible of them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from shapely import MultiPolygon, Polygon

__all__ = ["ObjectRecord", "Ring", "TileObject", "ellipse_ring", "measure_objects", "object_outline", "share_inside"]

Ring: TypeAlias = npt.NDArray[np.floating]
"""A closed ring of (row, column) points, shape (k, 2), first point not repeated."""

SAGITTA = 1e-3
"""Largest distance in pixels of the outline of an ellipse from the ellipse."""


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class ObjectRecord:
    """What the layout knows of one object, before pixels are counted.

    Parameters
    ----------
    id : int
        Value of the object in `Tile.instances`, from 1.
    kind : str
        Kind of organelle, such as ``"axon"``.
    class_name : str or None
        Label class of the object; None if it has none, or one that the class table leaves out.
    pose : mapping of str to float
        ``row``, ``col`` (pixels), ``angle`` (radians, from the column axis towards the row axis) and ``scale``.
    parameters : mapping of str to float or str
        What was drawn for the object.
    rings : tuple of (k, 2) float32 arrays, default ()
        Outline, exterior ring first, then holes. Empty means an ellipse at the pose with the semi-axes
        ``parameters["semi_major"]`` and ``parameters["semi_minor"]``.
    torn : bool, default False
        Whether an artefact tore the object apart or hid a part of it. Then its outline is that of its visible pixels,
        and the row and column of its pose are their mean.
    """

    id: int
    kind: str
    class_name: str | None
    pose: Mapping[str, float] = field(default_factory=dict)
    parameters: Mapping[str, float | str] = field(default_factory=dict)
    rings: tuple[Ring, ...] = ()
    torn: bool = False


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class TileObject(ObjectRecord):
    """One labelled object of a tile, as far as it can be seen.

    Parameters
    ----------
    id, kind, class_name, pose, parameters, rings, torn
        As in `ObjectRecord`.
    bbox : tuple of int
        Visible pixels lie in rows ``bbox[0]:bbox[2]`` and columns ``bbox[1]:bbox[3]``.
    centroid : tuple of float
        Mean (row, column) of the visible pixels.
    area : int
        Number of visible pixels.
    share_inside : float or None
        How much of the object lies in the tile, whatever covers it there: area of its outline within the tile over its
        whole area, so 1 if the outline does not leave the tile. None where the outline is that of the visible pixels:
        of torn objects, and of what is an object only because a class table names its material.
    """

    bbox: tuple[int, int, int, int]
    centroid: tuple[float, float]
    area: int
    share_inside: float | None

    @property
    def outline(self) -> Polygon | MultiPolygon:
        """The outline as a valid shapely geometry in (column, row) = (x, y) order, made anew on each access."""
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
    identity = (item.id, item.kind, item.class_name, dict(item.pose), dict(item.parameters), item.torn)
    return (*identity, item.bbox, item.centroid, item.area, item.share_inside)


def object_outline(record: ObjectRecord) -> Polygon | MultiPolygon:
    """Return the outline of an object as a valid shapely geometry.

    Parameters
    ----------
    record : ObjectRecord
        A record or a `TileObject`.

    Returns
    -------
    shapely.Polygon or shapely.MultiPolygon
        In (x, y) = (column, row) order; not clipped to the tile. It covers what is within an odd number of rings, as
        the pixels do: a sheath that is open at one side is an arc, one that is pinched off is several pieces. Ellipses
        are polygons that lie nowhere more than 0.001 pixels within them.

    Examples
    --------
    >>> from synthem.tiles.objects import ObjectRecord, object_outline
    >>> disc = ObjectRecord(
    ...     id=1, kind="vesicle", class_name="vesicles", pose={"row": 8.0, "col": 20.0},
    ...     parameters={"semi_major": 5.0, "semi_minor": 5.0},
    ... )
    >>> round(object_outline(disc).centroid.x, 3)
    20.0
    """
    from shapely import MultiPolygon, Polygon

    pieces = [_polygons(ring) for ring in record.rings or (ellipse_ring(record),)]
    whole = pieces[0] if len(pieces) == 1 else _areas(reduce(lambda one, other: one ^ other, pieces))
    assert isinstance(whole, Polygon | MultiPolygon)
    return whole


def _polygons(ring: Ring) -> Polygon | MultiPolygon:
    """Return the area within one ring; where it crosses itself, what it encloses an odd number of times."""
    from shapely import Polygon, make_valid

    polygon = Polygon(np.asarray(ring, dtype=float)[:, ::-1])
    return polygon if polygon.is_valid else _areas(make_valid(polygon))


def _areas(geometry: Any) -> Polygon | MultiPolygon:
    """Return the areas of a geometry without its lines and points."""
    from shapely import MultiPolygon, get_parts

    parts = [part for part in get_parts(get_parts(geometry)) if part.geom_type == "Polygon" and part.area > 0]
    return parts[0] if len(parts) == 1 else MultiPolygon(parts)


def ellipse_ring(record: ObjectRecord) -> Ring:
    """Return the ring of an object without rings: an ellipse at its pose."""
    pose, drawn = record.pose, record.parameters
    major, minor = float(drawn["semi_major"]), float(drawn["semi_minor"])
    count = max(16, math.ceil(math.pi * math.sqrt(max(major, minor) / (2.0 * SAGITTA))))
    turn = np.linspace(0.0, 2.0 * np.pi, count, endpoint=False)
    along, across = major * np.cos(turn), minor * np.sin(turn)
    cos, sin = np.cos(pose.get("angle", 0.0)), np.sin(pose.get("angle", 0.0))
    rows = pose["row"] + along * sin + across * cos
    cols = pose["col"] + along * cos - across * sin
    return np.stack([rows, cols], axis=1)


def share_inside(record: ObjectRecord, shape: tuple[int, ...]) -> float | None:
    """Return which share of the area of an object lies in a tile.

    Parameters
    ----------
    record : ObjectRecord
        A record or a `TileObject`.
    shape : (int, int)
        Rows and columns of the tile. It covers its pixels whole: from -0.5 to ``rows - 0.5`` and ``columns - 0.5``.

    Returns
    -------
    float or None
        From 0 to 1, and 1 if the outline does not leave the tile; None for an object that is torn, or whose outline
        is not known, not of finite numbers or without an area.

    Examples
    --------
    >>> import numpy as np
    >>> from synthem.tiles.objects import ObjectRecord, share_inside
    >>> corners = np.array([(10, -3), (10, 7), (20, 7), (20, -3)], np.float32)
    >>> square = ObjectRecord(id=1, kind="lysosome", class_name=None, rings=(corners,))
    >>> share_inside(square, (64, 64))
    0.75
    """
    if record.torn or not (record.rings or "semi_major" in record.parameters):
        return None
    extent, (rows, cols) = _extent(record), shape
    if not all(map(math.isfinite, extent)):
        return None
    top, left, bottom, right = extent
    if min(top, left) >= -0.5 and bottom <= rows - 0.5 and right <= cols - 0.5:
        return 1.0
    from shapely import box

    outline = object_outline(record)
    inside = outline.intersection(box(-0.5, -0.5, cols - 0.5, rows - 0.5))
    return min(float(inside.area / outline.area), 1.0) if outline.area > 0 else None


def _extent(record: ObjectRecord) -> tuple[float, float, float, float]:
    """Return the first and last row and column of an outline, in the order top, left, bottom, right."""
    if record.rings:
        points = record.rings[0] if len(record.rings) == 1 else np.concatenate(record.rings)
        return (*points.min(axis=0).tolist(), *points.max(axis=0).tolist())
    pose, angle = record.pose, record.pose.get("angle", 0.0)
    major, minor = float(record.parameters["semi_major"]), float(record.parameters["semi_minor"])
    down = math.hypot(major * math.sin(angle), minor * math.cos(angle))
    across = math.hypot(major * math.cos(angle), minor * math.sin(angle))
    return pose["row"] - down, pose["col"] - across, pose["row"] + down, pose["col"] + across


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
        In the order of their ids. Torn ones without rings get those of their pixels.
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
    objects = []
    for r in visible:
        centroid = (float(row_sums[r.id] / areas[r.id]), float(col_sums[r.id] / areas[r.id]))
        box = boxes[r.id - 1]
        traced = r.torn and not r.rings
        objects.append(
            TileObject(
                id=r.id,
                kind=r.kind,
                class_name=r.class_name,
                pose={**r.pose, "row": centroid[0], "col": centroid[1]} if traced else r.pose,
                parameters=r.parameters,
                rings=_traced(instances[box] == r.id, box) if traced else r.rings,
                torn=r.torn,
                bbox=_bbox(box),
                centroid=centroid,
                area=int(areas[r.id]),
                share_inside=share_inside(r, instances.shape),
            )
        )
    return tuple(objects)


def _traced(mask: npt.NDArray[np.bool_], box: tuple[slice, slice]) -> tuple[Ring, ...]:
    """Return rings halfway between the pixels of a mask and their neighbours."""
    from skimage.measure import find_contours

    corner = np.array([box[0].start - 1, box[1].start - 1])
    return tuple((ring[:-1] + corner).astype(np.float32) for ring in find_contours(np.pad(mask, 1).astype(float), 0.5))


def _bbox(box: tuple[slice, slice]) -> tuple[int, int, int, int]:
    rows, cols = box
    return (rows.start, cols.start, rows.stop, cols.stop)
