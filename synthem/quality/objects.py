"""Counts, areas and shapes of objects, membranes and compartments."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.measure import label, regionprops
from skimage.morphology import skeletonize

from synthem.quality.distribution import Distribution
from synthem.tiles.labelled_image import LabelledTiles

__all__ = ["areas", "compartments", "counts", "shapes", "thickness"]

SPECK = 20
"""Labelled objects of fewer pixels are taken for errors of labelling and left out."""

VESICLE_SPECK = 1
"""The same for vesicles, which are small: all count."""
COMPARTMENT_FLOOR = 50


def areas(tiles: LabelledTiles) -> dict[str, Distribution]:
    """Return the share of a tile that each labelled class covers, in percent."""
    return {name: Distribution.of(100.0 * tiles.mask(name).mean(axis=(1, 2))) for name in tiles.labelled}


def counts(tiles: LabelledTiles) -> dict[str, Distribution]:
    """Return the number of 4-connected objects per tile of each kind."""
    return {
        name: Distribution.of([_count(mask, _speck(name)) for mask in tiles.mask(name)]) for name in _counted(tiles)
    }


def _counted(tiles: LabelledTiles) -> list[str]:
    """Return the labelled classes whose objects are counted: those that have any and are part of no other."""
    return [one.name for one in tiles.classes if one.has_objects and not one.parent and tiles.labels(one.name)]


def _speck(name: str) -> int:
    return VESICLE_SPECK if name == "vesicles" else SPECK


def _count(mask: NDArray[np.bool_], floor: int) -> int:
    labelled, _ = ndimage.label(mask)
    return int(np.count_nonzero(np.bincount(labelled.ravel())[1:] >= floor))


def compartments(tiles: LabelledTiles) -> dict[str, Distribution]:
    """Return number per tile and area of the compartments between membranes.

    A compartment is a 4-connected component outside `boundaries` of more than 50 px.
    """
    number, area = [], []
    for mask in tiles.mask("boundaries"):
        labelled, _ = ndimage.label(~mask)
        sizes = np.bincount(labelled.ravel())[1:]
        sizes = sizes[sizes > COMPARTMENT_FLOOR]
        number.append(sizes.size)
        area.append(sizes)
    return {"count": Distribution.of(number), "area": Distribution.of(np.concatenate(area))}


def thickness(masks: NDArray[np.bool_]) -> Distribution:
    """Return the thickness of bands, measured along their skeletons.

    Parameters
    ----------
    masks : (n, H, W) bool array
        Masks of bands, such as membranes.

    Returns
    -------
    Distribution
        Twice the Euclidean distance from the skeleton to the outside, less 1, in pixels: a band
        of 7 px gives 7.
    """
    values = [np.empty(0)]
    for mask in masks:
        distance = ndimage.distance_transform_edt(mask)
        values.append(2.0 * distance[skeletonize(mask)] - 1.0)
    return Distribution.of(np.concatenate(values))


def shapes(tiles: LabelledTiles) -> dict[str, Distribution]:
    """Return the shapes of objects that touch no edge of the tile.

    Parameters
    ----------
    tiles : LabelledTiles
        Labelled tiles.

    Returns
    -------
    dict of str to Distribution
        Angle in radians: ``psd_bend``, between the two ends of a least-squares parabola through the middle 0.8 of a
        PSD. Lengths in pixels: ``psd_length``, ``psd_width``, ``mitochondrion_length``, ``mitochondrion_width`` (axes
        of the ellipse of equal second moments), ``vesicle_radius`` (of the disc of equal area; objects that are one
        disc), ``axon_radius`` (outer, filled), ``mitochondrion_rim``, ``membrane_thickness``. Areas in square pixels:
        ``psd_area``, ``mitochondrion_area``, ``vesicle_blob_area``, and the name of a class of one's own with
        ``_area``. Ratio: ``mitochondrion_solidity``.
    """
    found: dict[str, Distribution] = {}
    own = {name: {f"{name}_area": (_any, _attribute("area"))} for name in _counted(tiles) if name not in _MEASURES}
    for name, measures in (_MEASURES | own).items():
        if tiles.labels(name):
            objects = list(_whole_objects(tiles.mask(name), _speck(name)))
            for metric, (accepts, measure) in measures.items():
                found[metric] = Distribution.of([measure(o) for o in objects if accepts(o)])
    if tiles.labels("boundaries"):
        found["membrane_thickness"] = thickness(tiles.mask("boundaries"))
    if tiles.labels("mitochondrial_boundaries"):
        found["mitochondrion_rim"] = thickness(tiles.mask("mitochondrial_boundaries"))
    return found


def _whole_objects(masks: NDArray[np.bool_], floor: int) -> Iterator[Any]:
    for mask in masks:
        height, width = mask.shape
        for props in regionprops(label(mask, connectivity=1)):
            top, left, bottom, right = props.bbox
            if top > 0 and left > 0 and bottom < height and right < width and props.area >= floor:
                yield props


def _any(_: Any) -> bool:
    return True


def _is_disc(props: Any) -> bool:
    if props.area < SPECK or props.axis_major_length > 1.6 * props.axis_minor_length:
        return False
    return bool(props.solidity > 0.9)


def _disc_radius(props: Any) -> float:
    return float(np.sqrt(props.area / np.pi))


def _bend(props: Any) -> float:
    offsets = props.coords - props.coords.mean(axis=0)
    _, axes = np.linalg.eigh(np.cov(offsets.T))
    across, along = (offsets @ axes).T
    ends = np.array([along.min(), along.max()])
    middle = abs(along - ends.mean()) < 0.4 * np.ptp(ends)  # the end faces of a bent bar are oblique
    slope = np.polynomial.Polynomial.fit(along[middle], across[middle], 2).deriv()
    return float(abs(np.diff(np.arctan(slope(ends)))[0]))


def _attribute(name: str) -> Callable[[Any], float]:
    def read(props: Any) -> float:
        return float(getattr(props, name))

    return read


_MEASURES: dict[str, dict[str, tuple[Callable[[Any], bool], Callable[[Any], float]]]] = {
    "psd": {
        "psd_length": (_any, _attribute("axis_major_length")),
        "psd_width": (_any, _attribute("axis_minor_length")),
        "psd_bend": (_any, _bend),
        "psd_area": (_any, _attribute("area")),
    },
    "mitochondria": {
        "mitochondrion_length": (_any, _attribute("axis_major_length")),
        "mitochondrion_width": (_any, _attribute("axis_minor_length")),
        "mitochondrion_area": (_any, _attribute("area")),
        "mitochondrion_solidity": (_any, _attribute("solidity")),
    },
    "vesicles": {
        "vesicle_radius": (_is_disc, _disc_radius),
        "vesicle_blob_area": (_any, _attribute("area")),
    },
    "axon": {
        "axon_radius": (_any, lambda props: float(np.sqrt(props.area_filled / np.pi))),
    },
}
