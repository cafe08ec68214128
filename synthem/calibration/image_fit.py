"""Least-squares fit of greys, blur, noise and texture to images."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from synthem._progress import Tick
from synthem.calibration.fit_parameters import FitParameter
from synthem.calibration.forked import forked
from synthem.calibration.model import Model, with_value
from synthem.calibration.trial_tiles import TrialTiles
from synthem.quality.edges import DISTANCES, edge_distances
from synthem.quality.features import feature_table
from synthem.quality.regions import cytoplasm, flat_areas, grey_levels, noise, region_masks
from synthem.quality.smoothing import gaussian
from synthem.tiles.labelled_image import LabelledTiles
from synthem.tissue.recipes.recipe import Recipe

__all__ = ["ImageMetrics", "Regions", "find_regions", "image_fit", "image_metrics"]

Vector = NDArray[np.float64]

REACH = 60.0
"""Largest change of a parameter, in steps."""

GREY_TOLERANCE = 3.0
CORRELATION_TOLERANCE = 0.05
NOISE_TOLERANCE = 0.6
NOISE_REGIONS = 2
SMOOTHING = 2.0
PERCENTILES = (1, 5, 25, 50, 75, 95)
SPECTRUM_TOLERANCE = 0.17
SPECTRUM_BINS = 10
CLOSE = 1e-3
"""Relative change of cost and position below which the fit ends."""
SPREAD_WEIGHT = 0.5
JOINT_WEIGHT = 0.8
JOINT_RIDGE = 0.05
STAY = 0.03
"""Residual for each step away from the start, so that a parameter with little effect keeps its value."""


@dataclass(frozen=True, eq=False, kw_only=True)
class ImageMetrics:
    """What the fit compares: texture features, noise, power spectrum, and grey levels of the regions.

    Attributes
    ----------
    features : (n, k) float array
        Texture features of each tile.
    noise : (m,) float array
        Strength and autocorrelation of the noise, in cytoplasm and in mitochondria.
    spectrum : (p,) float array
        Logarithm of the power by vertical and horizontal frequency. It shows streaks and grain, which an average over
        directions hides.
    grey : dict of str to float array
        For each region the mean and standard deviation, and percentiles after a blur that removes the noise. The
        darkest spots of a class matter to a network.
    """

    features: NDArray[np.float64]
    noise: Vector
    spectrum: Vector
    grey: dict[str, Vector]

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
    flat, interior : (n, H, W) bool arrays
        Cytoplasm, or what is bright and flat, and mitochondria: where the noise is measured.
    named : dict of str to (n, H, W) bool array
        Regions whose greys are compared.
    bands : dict of str to (n, H, W) bool array
        Pixels at a distance from the edge of a label, whose mean greys are compared.
    """

    flat: NDArray[np.bool_]
    interior: NDArray[np.bool_]
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
    interior = named.get("mitochondria", np.zeros(tiles.images.shape, np.bool_))
    return Regions(flat, interior, named, bands)


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
    return ImageMetrics(
        features=feature_table(tiles.images, tiles.sources).values,
        noise=np.concatenate([_noise(tiles.images, regions.flat), _noise(tiles.images, regions.interior)]),
        spectrum=_spectrum(tiles.images),
        grey=grey,
    )


def _noise(images: NDArray[np.uint8], where: NDArray[np.bool_]) -> Vector:
    found = noise(images, where)
    return np.array([*found["sd"], *found["x"], *found["y"]])


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
    grey = [(generated.grey.get(name, levels) - levels) / GREY_TOLERANCE for name, levels in real.grey.items()]
    return np.concatenate([shift[known], joint, spread, noise_misses, spectrum, *grey])


GRAINS = {
    "style.cytoplasm.fine_texture": 8.0,
    "style.cytoplasm.fine_texture_size_nm": 24.0,
    "style.cytoplasm.speckle": 60.0,
    "style.cytoplasm.speckle_threshold": 0.9,
}
"""Cytoplasm with dark grains, such as ribosomes, instead of mottles: a fit that begins with mottles seldom finds it."""


def _better_start(model: Model, cost: Callable[[Model], float]) -> Model:
    """Return the model itself, or with grains in its cytoplasm, whichever comes nearer."""
    grainy = model
    for path, value in GRAINS.items():
        grainy = with_value(grainy, path, value)
    return min((model, grainy), key=cost)


class _Search:
    """The objective of the optimiser: positions are in steps from the start, results are residuals."""

    def __init__(
        self,
        model: Model,
        parameters: tuple[FitParameter, ...],
        measure: Callable[[Model], Vector],
        evaluations: int,
        tick: Tick,
    ) -> None:
        self.model, self.parameters, self.measure = model, parameters, measure
        self.left, self.tick = evaluations, tick
        self.best: tuple[float, Model] = (np.inf, model)
        self.steps = np.array([parameter.step for parameter in parameters])
        rooms = np.array([parameter.room(model) for parameter in parameters]).reshape(-1, 2)
        self.low, self.high = np.clip(rooms.T / self.steps, -REACH, REACH)
        self.last: tuple[Vector, Vector] | None = None
        self.map: Callable[[Sequence[Vector]], list[Vector]] = lambda positions: [self.residuals(p) for p in positions]

    def run(self) -> None:
        """Minimise from the start, with `dogbox`: in `trf` a parameter at its limit slows down all others."""
        with suppress(_ExhaustedError), forked(self.residuals) as self.map:
            optimize.least_squares(
                self.misses,
                np.zeros(len(self.parameters)),
                jac=self.slopes,
                bounds=(self.low, self.high),
                method="dogbox",
                loss="soft_l1",
                xtol=CLOSE,
                ftol=CLOSE,
            )

    def at(self, position: Vector) -> Model:
        """Return the model at a position."""
        model = self.model
        for parameter, by in zip(self.parameters, (position * self.steps).tolist(), strict=True):
            model = parameter.moved(model, by)
        return model

    def residuals(self, position: Vector) -> Vector:
        """Render tiles with the parameters at a position and return their residuals: a pure function."""
        return np.concatenate([self.measure(self.at(position)), STAY * position])

    def misses(self, position: Vector) -> Vector:
        """Return the residuals at a position, and remember the best one."""
        if self.last is not None and np.array_equal(position, self.last[0]):
            return self.last[1]
        found = self._spend([position])[0]
        cost = _cost(found)
        if cost < self.best[0]:
            self.best = (cost, self.at(position))
        self.last = position.copy(), found
        return found

    def slopes(self, position: Vector) -> NDArray[np.float64]:
        """Return the derivatives, each over one step towards the farther limit."""
        here = self.misses(position)
        ahead = np.where(self.high - position >= 1.0, 1.0, -1.0)
        there = self._spend([position + step for step in np.diag(ahead)])
        return np.stack([(found - here) / step for found, step in zip(there, ahead, strict=True)], axis=1)

    def _spend(self, positions: list[Vector]) -> list[Vector]:
        """Return the residuals at positions, as far as trials are left."""
        if self.left < len(positions):
            self.left = 0
            raise _ExhaustedError
        self.left -= len(positions)
        found = self.map(positions) if len(positions) > 1 else [self.residuals(positions[0])]
        self.tick(len(positions))
        return found


def _cost(residuals: Vector) -> float:
    """Return the mean soft loss."""
    return float(np.mean(2.0 * (np.sqrt(1.0 + residuals**2) - 1.0)))


class _ExhaustedError(Exception):
    """The allowed number of evaluations is used up."""


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

    Bounded least squares with a soft loss (`scipy.optimize.least_squares`) on the differences in mean and spread of all
    features, in noise and in grey levels. All trials use the same random numbers.

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
        regions = known.get(trial.recipe) if "boundaries" in classes else None
        if regions is None:
            regions = find_regions(rendered, classes)
        if trial.recipe == model.recipe:
            known[trial.recipe] = regions
        return _misses(real, image_metrics(rendered, regions))

    begin = _better_start(model, lambda trial: _cost(measure(trial)))  # workers inherit layouts and regions
    search = _Search(begin, parameters, measure, evaluations, tick)
    search.run()
    cost, best = search.best
    return best, cost
