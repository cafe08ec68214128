"""What holds for the labels of every tile and volume, whatever is in it."""

from __future__ import annotations

import numpy as np
import shapely

from synthem.tiles.tile import Tile
from synthem.tiles.volume import Volume, VolumeObject

__all__ = ["check_ids", "check_labels", "check_outlines", "check_report"]

NEAR = 2e-3
"""Distance in pixels from an outline within which it does not decide: ellipses are polygons, rings have 32 bits."""


def check_labels(tile: Tile | Volume) -> None:
    """Classes share pixels as the table says, and what separates compartments belongs to none."""
    masks = dict(zip(tile.classes.names, tile.masks, strict=True))
    whole = [masks[one.name] for one in tile.classes if one.is_painted and one.parent not in masks]
    if whole:
        assert (np.sum(whole, axis=0) <= 1).all(), "two disjoint classes share a pixel"
    for one in tile.classes:
        if one.parent in masks:
            assert not (masks[one.name] & ~masks[one.parent]).any(), f"{one.name} lies outside {one.parent}"
        if one.separates:
            assert not tile.compartments[masks[one.name]].any(), f"{one.name} belongs to a compartment"
    assert tile.instances.min() >= 0
    assert tile.compartments.min() >= 0


def check_ids(tile: Tile | Volume) -> None:
    """Each id is an object, with pixels of its class and of no other; each pixel of a class with objects has one."""
    assert {item.id for item in tile.objects} == set(np.unique(tile.instances).tolist()) - {0}
    named = {one.name: one for one in tile.classes if one.is_painted and one.has_objects}
    left_out = {one.parent for one in tile.classes} - set(tile.classes.names)  # its objects have no class
    for item in tile.objects:
        pixels = tile.instances == item.id
        assert (item.voxels if isinstance(item, VolumeObject) else item.area) == np.count_nonzero(pixels)
        for name in named:
            if name == item.class_name:
                assert (pixels <= tile.mask(name)).all(), f"{item} has pixels of another class"
            elif named[name].parent is None or named[name].parent not in (item.class_name, *left_out):
                assert not (pixels & tile.mask(name)).any(), f"{item} has pixels of {name}"
    for name, one in named.items():
        if one.parent is None:
            ids = {item.id for item in tile.objects if item.class_name == name}
            assert set(np.unique(tile.instances[tile.mask(name)]).tolist()) == ids, f"ids and mask of {name} differ"


def check_outlines(tile: Tile) -> None:
    """A pixel belongs to an object if its centre lies inside the outline, unless an object or a membrane covers it."""
    rows, cols = np.mgrid[: tile.shape[0], : tile.shape[1]]
    for item in tile.objects:
        outline = item.outline
        assert outline.is_valid, f"{item}: {shapely.is_valid_reason(outline)}"
        assert outline.area > 0
        own = tile.instances == item.id
        shapely.prepare(outline)
        inside = shapely.contains_xy(outline, cols, rows)
        free = (tile.instances == 0) & ~tile.mask("boundaries")
        differs = (own & ~inside) | (inside & free)
        if differs.any():
            away = shapely.distance(outline.boundary, shapely.points(cols[differs], rows[differs]))
            assert away.max() <= NEAR, f"{item} and its outline differ {away.max():.3f} px from the edge"


def check_report(tile: Tile) -> None:
    """Counts are those asked for."""
    for entry in tile.report:
        assert 0 <= entry.placed <= entry.requested
        assert entry.attempts >= entry.placed
        assert 0 <= entry.free_area <= tile.image.size
