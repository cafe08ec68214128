"""Statistics of labelled tiles that determine parameters of a style and a recipe.

Real and generated tiles are measured by the same code, so errors of measurement (objects cut by the edge of a tile,
grey levels mixed by the blur) affect both sides alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.measure import label, regionprops

from synthem._progress import track
from synthem.quality import Distribution
from synthem.quality.arrangement import arrangement
from synthem.quality.objects import areas, compartments, counts, shapes
from synthem.quality.regions import cytoplasm
from synthem.quality.texture import power_spectrum
from synthem.tiles.labelled_image import LabelledTiles

__all__ = ["FEWEST_OBJECTS", "Statistics", "image_statistics", "label_statistics", "standard_errors"]

Statistics = dict[str, float]
"""Values by the name of the metric."""

GROUPS = 5
FEWEST_OBJECTS = 5
FEWEST_PIXELS = 300
WHOLE_OBJECT = 60
FLAT_COMPARTMENT = 400
FUZZ = (10.0, 40.0)
"""Distances in nm from a density between which its fuzz lies."""
LINE = (7.5, 22.5)
"""Half-widths in nm of membranes that are cut at a right angle."""
FIELD = 27.5
"""Distance in nm from the edge of a membrane that only obliquely cut membranes reach."""
VESICLE_RIM, VESICLE_CORE = 10.0, 17.5
"""Depths in nm up to which a vesicle is rim, and from which it is interior."""
DARK = -35.0
"""Mean grey of a dark compartment, at most, relative to the median of those of its tile."""
TO_SD = 1.4826
"""From the median absolute deviation to the standard deviation of a normal distribution: outliers count little."""
TONES = 32
FEWEST_TONES = 5
FINE_DETAIL = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]]) / 6.0
"""High-pass filter along both axes; white noise keeps its standard deviation."""
FINEST_RINGS = (12, 13, 14, 15)


def label_statistics(tiles: LabelledTiles, pixel_size_nm: float) -> Statistics:
    """Measure all metrics of the labelled classes.

    Parameters
    ----------
    tiles : LabelledTiles
        Labelled tiles.
    pixel_size_nm : float
        Side of a pixel.

    Returns
    -------
    dict of str to float
        The metrics that at least five objects, or 300 pixels, support.
    """
    found: Statistics = {}
    in_pixels = [part(tiles) for part in (_cytoplasm, _mitochondria, _axons, _contents)]
    in_nm = [part(tiles, pixel_size_nm) for part in (_membranes, _densities, _vesicles)]
    for name, value in chain(*in_pixels, *in_nm):
        if np.isfinite(value):
            found[name] = value
    return found


def image_statistics(tiles: LabelledTiles) -> Statistics:
    """Measure metrics of the images, without labels.

    Parameters
    ----------
    tiles : LabelledTiles
        Tiles.

    Returns
    -------
    dict of str to float
        ``fine_noise``: standard deviation of white noise with the power of the finest rings;
        ``fine_noise_spread``: standard deviation of its logarithm between tiles;
        ``noise_slope`` and ``noise_curve``: slope and curvature of the noise over brightness, per 128 levels, relative
        to the noise at grey 128;
        ``bright_grey`` and ``dark_grey``: upper quartile and 5th percentile of the grey levels;
        ``brightness_sd``: standard deviation of the tiles' upper quartiles;
        ``mean_grey`` and ``grey_sd``: mean of all pixels, and mean over tiles of the standard deviation of theirs.
    """
    rings = [power_spectrum(image.astype(np.float64)) for image in tiles.images]
    power = [np.mean([10 ** ring[f"power_{k:02d}"] for k in FINEST_RINGS]) for ring in rings]
    quartiles = np.percentile(tiles.images, 75, axis=(1, 2))
    found = {
        "fine_noise": float(np.sqrt(np.mean(power))),
        "fine_noise_spread": float(np.log(power).std() / 2),
        "bright_grey": float(quartiles.mean()),
        "dark_grey": float(np.percentile(tiles.images, 5, axis=(1, 2)).mean()),
        "brightness_sd": float(quartiles.std()),
        "mean_grey": float(tiles.images.mean()),
        "grey_sd": float(tiles.images.std(axis=(1, 2)).mean()),
    }
    found["noise_slope"], found["noise_curve"] = _tone_curve(tiles.images)
    return {name: value for name, value in found.items() if np.isfinite(value)}


def standard_errors(
    tiles: LabelledTiles, measure: Callable[[LabelledTiles], Statistics], *, progress: bool | None = False
) -> Statistics:
    """Estimate the standard errors of metrics by leaving slices out.

    The jackknife over groups of slices (Tukey 1958): with `k` groups, sqrt(k - 1) times the standard deviation of
    the `k` metrics taken without one group each. A group holds slices that follow each other, since neighbouring
    sections show the same objects.

    Parameters
    ----------
    tiles : LabelledTiles
        Tiles of any number of slices.
    measure : callable
        `label_statistics` or `image_statistics`.
    progress : bool or None
        Show a progress bar; None means if standard error is a terminal.

    Returns
    -------
    dict of str to float
        The standard error of each metric that every subset of groups has; empty if all tiles are from one slice.
    """
    slices = np.unique(tiles.sources)
    groups = min(GROUPS, len(slices))
    if groups < 2:
        return {}
    turns = track(np.array_split(slices, groups), total=groups, label="standard errors", show=progress)
    found = [measure(tiles.part(~np.isin(tiles.sources, group))) for group in turns]
    known = set.intersection(*(set(one) for one in found))
    return {name: float(np.sqrt(groups - 1) * np.std([one[name] for one in found])) for name in known}


def _tone_curve(images: NDArray[np.uint8]) -> tuple[float, float]:
    """Return slope and curvature of the noise over brightness; NaN for images of few grey levels."""
    number, square = np.zeros(TONES), np.zeros(TONES)
    for image in images:
        grey = image.astype(np.float64)
        tone = (ndimage.gaussian_filter(grey, 2.0) * (TONES / 256.0)).astype(np.int64).ravel()
        fine = ndimage.convolve(grey, FINE_DETAIL).ravel()
        number += np.bincount(tone, minlength=TONES)
        square += np.bincount(tone, fine**2, minlength=TONES)
    known = number >= FEWEST_PIXELS * len(images) / 4
    if np.count_nonzero(known) < FEWEST_TONES:
        return np.nan, np.nan
    level = (np.flatnonzero(known) + 0.5) * (2.0 / TONES) - 1.0
    strength = np.sqrt(square[known] / number[known])
    curve, slope, middle = np.polyfit(level, strength, 2, w=np.sqrt(number[known])).tolist()
    return (slope / middle, curve / middle) if middle > 0 else (np.nan, np.nan)


Named = Iterator[tuple[str, float]]


def _cytoplasm(tiles: LabelledTiles) -> Named:
    if not tiles.labels("boundaries"):
        return
    where = cytoplasm(tiles.masks)
    yield "cytoplasm_grey", _mean(tiles.images[where])
    means = []
    for image, flat in zip(tiles.images, where, strict=True):
        regions, count = ndimage.label(flat)
        sizes = np.bincount(regions.ravel(), minlength=count + 1)[1:]
        greys = ndimage.mean(image, regions, np.arange(1, count + 1)) if count else np.empty(0)
        greys = greys[sizes >= FLAT_COMPARTMENT]
        means.append(greys - np.median(greys) if greys.size else greys)
    spread = np.concatenate(means)
    enough = spread.size >= FEWEST_OBJECTS
    yield "compartment_grey_sd", TO_SD * float(np.median(np.abs(spread))) if enough else np.nan
    dark = spread < DARK
    yield "dark_compartments", float(dark.mean()) if enough else np.nan
    yield "dark_compartment_depth", float(spread[dark].mean()) if dark.sum() >= FEWEST_OBJECTS else np.nan


def _membranes(tiles: LabelledTiles, pixel: float) -> Named:
    if not tiles.labels("boundaries"):
        return
    masks = tiles.mask("boundaries")
    if np.count_nonzero(masks) < FEWEST_PIXELS:
        return
    lines, fields = [], []
    for image, mask in zip(tiles.images, masks, strict=True):
        depth = ndimage.distance_transform_edt(mask, pixel)
        ridge = mask & (depth >= ndimage.maximum_filter(depth, 3))
        thin = ridge & (depth > LINE[0]) & (depth <= LINE[1])
        lines.append(image[thin])
        fields.append(image[depth > FIELD])
    yield "membrane_grey", _mean(np.concatenate(lines))
    yield "oblique_membrane_grey", _mean(np.concatenate(fields))
    width = shapes(_only(tiles, "boundaries"))["membrane_thickness"]
    yield "membrane_width", _middle(width)
    yield "membrane_width_oblique", float(width.percentile(95))
    yield "membrane_width_spread", float(np.log(width.percentile(80) / width.percentile(20)))
    share = areas(tiles)["boundaries"].mean
    yield "membrane_area", share if share > 0 else np.nan
    arranged = arrangement(tiles.restricted(["boundaries"]))
    yield "membrane_alignment", arranged["membrane_alignment"].mean
    yield "compartment_elongation", float(arranged["compartment_elongation"].percentile(50))
    broad = arranged["broad_membranes"].mean
    yield "broad_membranes", broad if broad > 0 else np.nan


def _mitochondria(tiles: LabelledTiles) -> Named:
    if not tiles.labels("mitochondria"):
        return
    interiors, rims = [], []
    for image, mask, rim in zip(
        tiles.images, tiles.mask("mitochondria"), tiles.mask("mitochondrial_boundaries"), strict=True
    ):
        for _, inside in _objects(mask):
            interiors.append(_mean(image[inside & ~rim]))
            rims.append(_mean(image[inside & rim]))
    yield "mitochondrion_interior_grey", _typical(interiors)
    found = shapes(_only(tiles, "mitochondria", "mitochondrial_boundaries"))
    yield "mitochondrion_length", _median(found["mitochondrion_length"])
    yield "mitochondrion_width", _median(found["mitochondrion_width"])
    for name in ("mitochondrion_length", "mitochondrion_width"):
        yield f"{name}_spread", _spread(found[name])
    yield "mitochondrion_count", _positive(counts(tiles)["mitochondria"].mean)
    if tiles.labels("mitochondrial_boundaries"):
        yield "mitochondrion_rim_grey", _typical(rims)
        yield "mitochondrion_rim_width", _middle(found["mitochondrion_rim"])


def _densities(tiles: LabelledTiles, pixel: float) -> Named:
    if not tiles.labels("psd"):
        return
    greys, fuzz = [], [np.empty(0)]
    for image, masks, mask in zip(tiles.images, tiles.masks, tiles.mask("psd"), strict=True):
        greys += [_mean(image[inside]) for _, inside in _objects(mask)]
        if mask.any():
            distance = ndimage.distance_transform_edt(~mask, pixel)
            fuzz.append(image[(distance > FUZZ[0]) & (distance <= FUZZ[1]) & ~masks.any(axis=0)])
    found = shapes(_only(tiles, "psd"))
    yield "psd_grey", _typical(greys)
    yield "psd_fuzz_grey", _mean(np.concatenate(fuzz))
    yield "psd_length", _median(found["psd_length"])
    yield "psd_width", _median(found["psd_width"])
    yield "psd_count", _positive(counts(tiles)["psd"].mean)


def _vesicles(tiles: LabelledTiles, pixel: float) -> Named:
    if not tiles.labels("vesicles"):
        return
    rims, cores = [], []
    for image, mask in zip(tiles.images, tiles.mask("vesicles"), strict=True):
        depth = ndimage.distance_transform_edt(mask, pixel)
        rims.append(image[(depth > 0) & (depth <= VESICLE_RIM)])
        cores.append(image[depth >= VESICLE_CORE])
    found = shapes(_only(tiles, "vesicles"))
    yield "vesicle_rim_grey", _mean(np.concatenate(rims))
    yield "vesicle_interior_grey", _mean(np.concatenate(cores))
    yield "vesicle_radius", _median(found["vesicle_radius"])
    yield "vesicle_area", _positive(areas(tiles)["vesicles"].mean)


def _axons(tiles: LabelledTiles) -> Named:
    if tiles.labels("axon"):
        yield "axon_grey", _mean(tiles.images[tiles.mask("axon")])


def _contents(tiles: LabelledTiles) -> Named:
    if not tiles.labels("boundaries"):
        return
    found = compartments(tiles)
    if found["area"].count < FEWEST_OBJECTS or not tiles.mask("boundaries").any():
        return
    yield "compartment_count", _positive(found["count"].mean)
    # Large compartments only: small ones are slivers between membranes, which no size in the recipe determines.
    yield "compartment_area", found["area"].percentile(75)
    yield "compartment_area_spread", float(np.log(found["area"].percentile(95) / found["area"].percentile(75)))


def _objects(mask: NDArray[np.bool_]) -> Iterator[tuple[int, NDArray[np.bool_]]]:
    """Yield area and mask of each object of some size."""
    regions = label(mask, connectivity=1)
    for props in regionprops(regions):
        if props.area >= WHOLE_OBJECT:
            yield int(props.area), regions == props.label


def _only(tiles: LabelledTiles, *names: str) -> LabelledTiles:
    return replace(tiles, labelled=tuple(name for name in names if tiles.labels(name)))


def _mean(greys: NDArray[np.uint8]) -> float:
    return float(greys.mean()) if greys.size >= WHOLE_OBJECT else np.nan


def _typical(values: list[float]) -> float:
    """Return the median over objects."""
    known = [value for value in values if np.isfinite(value)]
    return float(np.median(known)) if len(known) >= FEWEST_OBJECTS else np.nan


def _median(values: Distribution) -> float:
    return values.median if values.count >= FEWEST_OBJECTS else np.nan


def _spread(values: Distribution) -> float:
    """Return the logarithm of the ratio of large ones to usual ones."""
    return float(np.log(values.percentile(90) / values.median)) if values.count >= 3 * FEWEST_OBJECTS else np.nan


def _middle(values: Distribution) -> float:
    """Return the mean of the 10th to 60th percentile: steadier than the median of whole pixels."""
    return float(np.mean(values.percentiles[10:61])) if values.count >= FEWEST_PIXELS else np.nan


def _positive(value: float) -> float:
    return value if value > 0 else np.nan
