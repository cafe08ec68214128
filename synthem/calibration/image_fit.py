"""Least-squares fit of greys, blur, noise and texture to images."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from synthem._progress import Tick
from synthem.calibration.fit_parameters import ALTERNATIVES, FitParameter
from synthem.calibration.model import Model, with_value
from synthem.calibration.search import Search, soft_cost
from synthem.calibration.trial_tiles import KEPT, TrialTiles
from synthem.quality.edges import DISTANCES, edge_distances
from synthem.quality.features import feature_table
from synthem.quality.regions import cytoplasm, flat_areas, grey_levels, noise, region_masks
from synthem.quality.smoothing import gaussian
from synthem.tiles.labelled_image import LabelledTiles
from synthem.tissue.recipes.recipe import Recipe

__all__ = ["ImageMetrics", "Regions", "find_regions", "image_fit", "image_metrics"]

Vector = NDArray[np.float64]

GREY_TOLERANCE = 2.0
CORRELATION_TOLERANCE = 0.05
NOISE_TOLERANCE = 0.6
NOISE_REGIONS = 3
TONES = 16
TONE_TOLERANCE = 0.5
COMMON = 0.003
"""Share of all pixels that a band of grey must have."""
SMOOTHING = 2.0
SHARP = 1.0
NEAR = np.ones((7, 7), np.uint8)
"""Where the darkest and the palest grey around a pixel are looked for: labels may be as far from the true edge."""
AROUND = 3.0
LINED = "mitochondria"
"""Beginning of the names of the regions whose lines are compared: mitochondria, and their rims where labelled."""
LINE_TOLERANCE = 2.0
PERCENTILES = (1, 5, 25, 50, 75, 95)
SPECTRUM_TOLERANCE = 0.17
SPECTRUM_BINS = 10
SHIFT_WEIGHT = 1.5
SPREAD_WEIGHT = 1.5
JOINT_WEIGHT = 0.8
JOINT_RIDGE = 0.05


@dataclass(frozen=True, eq=False, kw_only=True)
class ImageMetrics:
    """What the fit compares: texture features, noise, power spectrum, and grey levels of the regions.

    Attributes
    ----------
    features : (n, k) float array
        Texture features of each tile.
    noise : (m,) float array
        Strength and autocorrelation of the noise, in cytoplasm, in mitochondria and in membranes.
    spectrum : (p,) float array
        Logarithm of the power by vertical and horizontal frequency. It shows streaks and grain, which an average over
        directions hides.
    grey : dict of str to float array
        For each region the mean and standard deviation, and percentiles after a blur that removes the noise; for each
        band the mean. The darkest spots of a class matter to a network.
    tones : (q,) float array
        By brightness, in bands of smoothed grey: standard deviation of fine and of coarser detail. A tone curve that is
        flat where it is bright takes the noise away there.
    lines : dict of str to float array
        For mitochondria and the bands beside their edge: the means of the darkest and the palest grey within 3 px,
        after a weaker blur, and of the coherence in percent. Rims and cristae show in it although labels are drawn
        beside them, grains do not.
    """

    features: NDArray[np.float64]
    noise: Vector
    spectrum: Vector
    grey: dict[str, Vector]
    tones: Vector
    lines: dict[str, Vector]

    @cached_property
    def mean(self) -> Vector:
        """Mean of each feature over the tiles."""
        return np.asarray(self.features.mean(axis=0))

    @cached_property
    def sd(self) -> Vector:
        """Its standard deviation."""
        return np.asarray(self.features.std(axis=0))

    @cached_property
    def axes(self) -> NDArray[np.float64]:
        """What turns feature differences, in units of `sd`, into uncorrelated ones.

        Two features that are correlated in real tiles must be so in generated ones, or the correlation alone
        distinguishes them.
        """
        rows = (self.features - self.mean) / np.where(self.sd > 1e-9, self.sd, np.inf)
        variances, directions = np.linalg.eigh(rows.T @ rows / len(rows))
        return np.asarray(directions / np.sqrt(variances + JOINT_RIDGE))


@dataclass(frozen=True, eq=False)
class Regions:
    """Where the images of tiles are measured; it follows from their masks alone, if membranes are labelled.

    Attributes
    ----------
    flat, interior, dark : (n, H, W) bool arrays
        Cytoplasm, or what is bright and flat, mitochondria, and membranes: where the noise is measured.
    named : dict of str to (n, H, W) bool array
        Regions whose greys are compared.
    bands : dict of str to (n, H, W) bool array
        Pixels at a distance from the edge of a label, whose mean greys are compared.
    """

    flat: NDArray[np.bool_]
    interior: NDArray[np.bool_]
    dark: NDArray[np.bool_]
    named: dict[str, NDArray[np.bool_]]
    bands: dict[str, NDArray[np.bool_]]


def find_regions(tiles: LabelledTiles, classes: tuple[str, ...]) -> Regions:
    """Find where the images of tiles are measured.

    Parameters
    ----------
    tiles : LabelledTiles
        Real or generated tiles.
    classes : tuple of str
        The classes that are labelled on the real side.
    """
    seen = tiles.restricted(classes)
    flat = cytoplasm(seen.masks) if "boundaries" in classes else flat_areas(tiles.images)
    named = {name: region for name, region in region_masks(seen).items() if name != "axon" and region.any()}
    distances = edge_distances(seen).items()
    bands = {f"{name} {d}": away == d for name, away in distances for d in DISTANCES if (away == d).any()}
    nowhere = np.zeros(tiles.images.shape, np.bool_)
    interior, dark = (named.get(name, nowhere) for name in ("mitochondria", "boundaries"))
    return Regions(flat, interior, dark, named, bands)


def image_metrics(tiles: LabelledTiles, regions: Regions) -> ImageMetrics:
    """Measure the images of tiles.

    Parameters
    ----------
    tiles : LabelledTiles
        Real or generated tiles.
    regions : Regions
        Where they are measured.

    Returns
    -------
    ImageMetrics
        The measurements.
    """
    smooth = np.empty_like(tiles.images)
    for image, out in zip(tiles.images, smooth, strict=True):
        out[...] = gaussian(image.astype(np.float32), SMOOTHING)
    levels, calm = grey_levels(tiles.images, regions.named), grey_levels(smooth, regions.named)
    grey = {
        name: np.array([one.mean, one.sd, *(calm[name].percentile(p) for p in PERCENTILES)])
        for name, one in levels.items()
    }
    grey |= {name: np.array([tiles.images[band].mean()]) for name, band in regions.bands.items()}
    both = regions.named | regions.bands
    return ImageMetrics(
        features=feature_table(tiles.images, tiles.sources).values,
        noise=np.concatenate(
            [
                [*one["sd"], *one["x"], *one["y"]]
                for one in noise(tiles.images, regions.flat, regions.interior, regions.dark)
            ]
        ),
        spectrum=_spectrum(tiles.images),
        grey=grey,
        tones=_tones(tiles.images, smooth),
        lines=_lines(tiles.images, {name: one for name, one in both.items() if name.startswith(LINED)}),
    )


def _lines(images: NDArray[np.uint8], regions: dict[str, NDArray[np.bool_]]) -> dict[str, Vector]:
    """Return the darkest and the palest grey around the pixels of each region, and their coherence in percent.

    Coherence is that of the structure tensor: 0 where grey changes alike in all directions, 1 where in one alone
    (J. Weickert, "Coherence-enhancing diffusion filtering", International Journal of Computer Vision 31, 1999).
    """
    seen = np.empty((3, *images.shape), np.float32)
    for image, darkest, palest, coherence in zip(images, *seen, strict=True):
        sharp = gaussian(image.astype(np.float32), SHARP)
        darkest[...], palest[...] = cv2.erode(sharp, NEAR), cv2.dilate(sharp, NEAR)
        down, across = np.gradient(sharp)
        products = np.stack((down * down, across * across, down * across))
        rows, columns, both = (gaussian(one, AROUND) for one in products)
        coherence[...] = 100.0 * np.hypot(rows - columns, 2.0 * both) / (rows + columns + 1e-3)
    return {name: seen[:, region].mean(axis=1, dtype=np.float64) for name, region in regions.items()}


def _tones(images: NDArray[np.uint8], smooth: NDArray[np.uint8]) -> Vector:
    """Return the standard deviation of fine and of coarser detail in each band of smoothed grey; NaN in rare ones."""
    number, squares = np.zeros(TONES), np.zeros((2, TONES))
    for image, level in zip(images, smooth, strict=True):
        grey = image.astype(np.float32)
        sharp, broad = gaussian(grey, SHARP), gaussian(grey, AROUND)
        band = (level // np.uint8(256 // TONES)).ravel()
        number += np.bincount(band, minlength=TONES)
        for square, detail in zip(squares, (grey - sharp, sharp - broad), strict=True):
            square += np.bincount(band, (detail**2).ravel(), minlength=TONES)
    known = number >= COMMON * images.size
    return np.asarray(np.where(known, np.sqrt(squares / np.maximum(number, 1.0)), np.nan).ravel())


def _spectrum(images: NDArray[np.uint8]) -> Vector:
    """Return the logarithm of the mean power in a grid of frequencies, flattened, without the lowest."""
    height, width = images.shape[1:]
    window = np.hanning(height)[:, None] * np.hanning(width)
    power = np.zeros((height, width // 2 + 1))
    for image in images:
        power += np.abs(np.fft.rfft2((image - image.mean()) * window)) ** 2
    down, across = np.abs(np.fft.fftfreq(height)), np.fft.rfftfreq(width)
    rows, cols = [np.minimum((2 * SPECTRUM_BINS * f).astype(int), SPECTRUM_BINS - 1) for f in (down, across)]
    place = (rows[:, None] * SPECTRUM_BINS + cols).ravel()
    total, number = np.bincount(place, power.ravel()), np.bincount(place)
    return np.asarray(np.log(total / (number * len(images)) + 1e-6)[1:])


def _misses(real: ImageMetrics, generated: ImageMetrics) -> Vector:
    """Return the differences, each divided by its tolerance."""
    known = real.sd > 1e-9
    shift = (generated.mean - real.mean) / np.where(known, real.sd, np.inf)
    joint = JOINT_WEIGHT * (shift @ real.axes)
    spread = SPREAD_WEIGHT * np.log((generated.sd[known] + 1e-6) / (real.sd[known] + 1e-6))
    tolerance = np.full(real.noise.size, CORRELATION_TOLERANCE)
    tolerance[:: real.noise.size // NOISE_REGIONS] = NOISE_TOLERANCE
    noise_misses = np.nan_to_num((generated.noise - real.noise) / tolerance)
    spectrum = (generated.spectrum - real.spectrum) / SPECTRUM_TOLERANCE
    tones = np.nan_to_num((generated.tones - real.tones) / TONE_TOLERANCE)
    grey = [(generated.grey.get(name, levels) - levels) / GREY_TOLERANCE for name, levels in real.grey.items()]
    lines = [(generated.lines.get(name, seen) - seen) / LINE_TOLERANCE for name, seen in real.lines.items()]
    return np.concatenate([SHIFT_WEIGHT * shift[known], joint, spread, noise_misses, spectrum, tones, *grey, *lines])


def _better_start(model: Model, cost: Callable[[Model], float]) -> Model:
    """Return the model itself, or with any of the alternatives that bring it nearer."""
    lowest = cost(model)
    for alternative in ALTERNATIVES:
        trial = model
        for path, value in alternative.items():
            trial = with_value(trial, path, value)
        found = cost(trial)
        if found < lowest:
            model, lowest = trial, found
    return model


def image_fit(
    model: Model,
    real: ImageMetrics,
    *,
    parameters: tuple[FitParameter, ...],
    classes: tuple[str, ...],
    trials: TrialTiles,
    tiles: int,
    evaluations: int,
    tick: Tick,
) -> tuple[Model, float]:
    """Fit parameters so that generated images measure like real ones.

    See `Search`. The residuals are the differences in mean and spread of all features, in noise, spectrum and grey
    levels. All trials use the same random numbers.

    Parameters
    ----------
    model : Model
        The model to start from.
    real : ImageMetrics
        The measurements to match.
    parameters : tuple of FitParameter
        The parameters to change.
    classes : tuple of str
        Classes labelled on the real side.
    trials : TrialTiles
        Renders the tiles.
    tiles : int
        Tiles rendered for each trial.
    evaluations : int
        Largest number of trials.
    tick : callable
        Told of each trial.

    Returns
    -------
    model : Model
        The best model found.
    cost : float
        Its mean soft loss; below 1 the differences are within the tolerances on the whole.
    """
    known: dict[Recipe, Regions] = {}

    def measure(trial: Model) -> Vector:
        rendered = trials.render(trial, tiles)
        regions = known.pop(trial.recipe, None) if "boundaries" in classes else None
        known[trial.recipe] = regions = find_regions(rendered, classes) if regions is None else regions
        while len(known) > KEPT:
            del known[next(iter(known))]
        return _misses(real, image_metrics(rendered, regions))

    begin = _better_start(model, lambda trial: soft_cost(measure(trial)))  # workers inherit layouts and regions
    search = Search(begin, parameters, measure, evaluations, tick)
    search.run()
    cost, best = search.best
    return best, cost
