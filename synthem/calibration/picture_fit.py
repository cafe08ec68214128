"""Greys, blur, noise and texture: refined by comparing pictures."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, optimize

from synthem.calibration.drawing import drawn_tiles
from synthem.calibration.model import Model, middle, shifted, value_at, with_value
from synthem.quality.features import feature_table
from synthem.quality.regions import cytoplasm, flat_areas, grey_levels, noise, region_masks
from synthem.tiles.labelled_image import LabelledTiles

__all__ = ["KNOBS", "Knob", "PictureFigures", "picture_figures", "picture_fit"]

Vector = NDArray[np.float64]

REACH = 8.0
"""How many steps a knob may leave where it was."""

GREY_TOLERANCE = 3.0
CORRELATION_TOLERANCE = 0.05
NOISE_TOLERANCE = 0.6
NOISE_REGIONS = 2
SMOOTHING = 2.0
PERCENTILES = (1, 5, 25, 50, 75, 95)
SPECTRUM_TOLERANCE = 0.17
SPECTRUM_BINS = 10
SPREAD_WEIGHT = 0.5
JOINT_WEIGHT = 0.8
JOINT_RIDGE = 0.05
STAY = 0.15
"""What a step away from the start weighs: a knob that hardly matters stays where it was."""


@dataclass(frozen=True, kw_only=True)
class Knob:
    """A parameter of the style that the optimiser turns.

    Attributes
    ----------
    path : str
        The parameter; a range is moved as a whole.
    step : float
        A change that shows in a picture; derivatives are taken over it.
    low, high : float
        Limits of the parameter; of a range, of its lower end and of its middle. One that begins beyond its limit
        may stay or come back.
    """

    path: str
    step: float
    low: float = 0.0
    high: float = 255.0


def _knob(path: str, step: float, low: float = 0.0, high: float = 255.0) -> Knob:
    return Knob(path=f"style.{path}", step=step, low=low, high=high)


KNOBS = (
    _knob("optics.psf_sigma", 0.12, 0.4, 5.0),
    _knob("optics.soft_sigma", 0.3, 1.0, 8.0),
    _knob("optics.soft_cytoplasm", 0.06, 0.0, 1.0),
    _knob("optics.soft_boundaries", 0.06, 0.0, 1.0),
    _knob("optics.soft_mitochondria", 0.08, 0.0, 1.0),
    _knob("optics.soft_vesicles", 0.08, 0.0, 1.0),
    _knob("optics.focus_sd", 0.04, 0.0, 0.4),
    _knob("optics.gain_sd", 0.02, 0.0, 0.3),
    _knob("optics.tilt_sd", 2.0, 0.0, 40.0),
    _knob("optics.noise_white", 0.4, 0.0, 80.0),
    _knob("optics.noise_correlated", 0.6, 0.0, 80.0),
    _knob("optics.noise_sigma_rows", 0.25, 0.5, 5.0),
    _knob("optics.noise_sigma_cols", 0.15, 0.5, 5.0),
    _knob("optics.noise_axial", 0.02, -0.5, 0.5),
    _knob("optics.noise_diagonal", 0.05, -0.5, 0.5),
    _knob("optics.noise_tails", 0.01, 0.0, 0.2),
    _knob("cytoplasm.level", 2.0),
    _knob("cytoplasm.coarse_texture", 1.0, 0.0, 60.0),
    _knob("cytoplasm.fine_texture", 2.0, 0.0, 60.0),
    _knob("cytoplasm.speckle", 5.0, 0.0, 150.0),
    _knob("cytoplasm.speckle_threshold", 0.1, 0.0, 2.0),
    _knob("cytoplasm.texture_variation", 0.05, 0.0, 0.8),
    _knob("cytoplasm.coarse_texture_skew", 0.1, 0.0, 0.45),
    _knob("cytoplasm.fine_texture_stretch", 0.2, 0.6, 2.5),
    _knob("cytoplasm.highlight_knee", 4.0),
    _knob("cytoplasm.highlight_range", 4.0, 8.0, 120.0),
    _knob("membrane.level", 3.0),
    _knob("membrane.level_sd", 1.5, 0.0, 40.0),
    _knob("membrane.defocus", 4.0, 0.0, 60.0),
    _knob("membrane.fade", 0.1, 0.0, 1.0),
    _knob("membrane.edge_shadow", 0.1, 0.0, 1.0),
    _knob("membrane.edge_shadow_reach", 1.0, 0.0, 12.0),
    _knob("membrane.texture_sd", 1.0, 0.0, 40.0),
    _knob("membrane.width_sd_along", 0.04, 0.0, 0.5),
    _knob("membrane.width_sd_between", 0.04, 0.0, 0.5),
    _knob("membrane.oblique_level", 3.0),
    _knob("membrane.oblique_sd", 2.0, 0.0, 60.0),
    _knob("membrane.oblique_fade", 0.1, 0.0, 1.0),
    _knob("membrane.double_share", 0.08, 0.0, 0.5),
    _knob("membrane.cleft_level", 4.0),
    _knob("vesicles.rim_level", 3.0),
    _knob("vesicles.interior_level", 3.0),
    _knob("vesicles.defocus_level", 4.0),
    _knob("vesicles.defocus_opacity", 0.1, 0.0, 0.6),
    _knob("clutter.level", 5.0),
    _knob("clutter.opacity", 0.08, 0.2, 0.8),
    _knob("clutter.grazing_membrane_level", 4.0),
    _knob("clutter.grazing_membrane_opacity", 0.08, 0.2, 0.7),
    _knob("mitochondrion.rim_level", 3.0),
    _knob("mitochondrion.interior_level", 3.0),
    _knob("mitochondrion.interior_texture_sd", 2.0, 0.0, 30.0),
    _knob("mitochondrion.halo_opacity", 0.1, 0.0, 0.7),
    _knob("mitochondrion.cristae_depth", 3.0, 0.0, 120.0),
)
"""What is fitted to pictures, unless labels tell."""


@dataclass(frozen=True, eq=False, kw_only=True)
class PictureFigures:
    """What is compared: features of the tiles, noise, power, and the greys of the regions.

    `axes` turns differences of the features, in units of `sd`, into uncorrelated ones: two features that always go
    together in real tiles must do so in generated ones, or a classifier tells them apart by that alone. `grey` holds,
    per region, mean and standard deviation, and percentiles of what is left when a blur has removed the noise: how
    dark the darkest spots of a class are is what a network goes by. `spectrum` is the logarithm of the power per
    frequency down and across: streaks and grain that no average over directions shows.
    """

    mean: Vector
    sd: Vector
    axes: NDArray[np.float64]
    noise: Vector
    spectrum: Vector
    grey: dict[str, Vector]


def picture_figures(tiles: LabelledTiles, classes: tuple[str, ...]) -> PictureFigures:
    """Measure pictures; `classes` are those labelled on the real side."""
    seen = tiles.restricted(classes)
    flat = cytoplasm(seen.masks) if "boundaries" in classes else flat_areas(tiles.images)
    regions = {name: region for name, region in region_masks(seen).items() if name != "axon" and region.any()}
    interior = regions.get("mitochondria", np.zeros(tiles.images.shape, np.bool_))
    smooth = ndimage.gaussian_filter(tiles.images.astype(np.float32), (0, SMOOTHING, SMOOTHING)).astype(np.uint8)
    levels, calm = grey_levels(tiles.images, regions), grey_levels(smooth, regions)
    values = feature_table(tiles.images, tiles.sources).values
    return PictureFigures(
        mean=values.mean(axis=0),
        sd=values.std(axis=0),
        axes=_uncorrelated(values),
        noise=np.concatenate([_noise(tiles.images, flat), _noise(tiles.images, interior)]),
        spectrum=_spectrum(tiles.images),
        grey={
            name: np.array([one.mean, one.sd, *(calm[name].percentile(p) for p in PERCENTILES)])
            for name, one in levels.items()
        },
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


def _uncorrelated(values: NDArray[np.float64]) -> NDArray[np.float64]:
    sd = values.std(axis=0)
    rows = (values - values.mean(axis=0)) / np.where(sd > 1e-9, sd, np.inf)
    variances, directions = np.linalg.eigh(rows.T @ rows / len(rows))
    return np.asarray(directions / np.sqrt(variances + JOINT_RIDGE))


def _misses(real: PictureFigures, generated: PictureFigures) -> Vector:
    """Return differences in units of what is tolerable."""
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


class _Search:
    """The function that the optimiser sees: positions in steps from the start, misses as result."""

    def __init__(
        self,
        model: Model,
        knobs: tuple[Knob, ...],
        measure: Callable[[Model], Vector],
        evaluations: int,
        tick: Callable[[], None],
    ) -> None:
        self.model, self.knobs, self.measure, self.left, self.tick = model, knobs, measure, evaluations, tick
        self.best: tuple[float, Model] = (np.inf, model)
        values = [value_at(model, knob.path) for knob in knobs]
        starts = np.array([middle(value) for value in values])
        half = np.array([(value[1] - value[0]) / 2 if isinstance(value, tuple) else 0.0 for value in values])
        self.steps = np.array([knob.step for knob in knobs])
        low, high = np.array([knob.low for knob in knobs]) + half, np.array([knob.high for knob in knobs])
        self.low = np.clip((low - starts) / self.steps, -REACH, 0.0)
        self.high = np.clip((high - starts) / self.steps, 0.0, REACH)
        self.last: tuple[Vector, Vector] | None = None

    def run(self) -> None:
        """Search from the start; `dogbox`, since a knob at its limit holds up all others in `trf`."""
        with suppress(_ExhaustedError):
            optimize.least_squares(
                self.misses,
                np.zeros(len(self.knobs)),
                jac=self.slopes,
                bounds=(self.low, self.high),
                method="dogbox",
                loss="soft_l1",
            )

    def misses(self, position: Vector) -> Vector:
        """Draw tiles with the knobs at a position and return what they miss."""
        if self.last is not None and np.array_equal(position, self.last[0]):
            return self.last[1]
        if self.left <= 0:
            raise _ExhaustedError
        self.left -= 1
        model = self.model
        for knob, by in zip(self.knobs, (position * self.steps).tolist(), strict=True):
            model = with_value(model, knob.path, shifted(value_at(model, knob.path), by))
        found = np.concatenate([self.measure(model), STAY * position])
        cost = float(np.mean(2.0 * (np.sqrt(1.0 + found**2) - 1.0)))
        if cost < self.best[0]:
            self.best = (cost, model)
        self.last = position.copy(), found
        self.tick()
        return found

    def slopes(self, position: Vector) -> NDArray[np.float64]:
        """Return the derivatives, over one step towards the farther limit."""
        here = self.misses(position)
        columns = []
        for index in range(position.size):
            there = position.copy()
            step = 1.0 if self.high[index] - position[index] >= 1.0 else -1.0
            there[index] += step
            columns.append((self.misses(there) - here) / step)
        return np.stack(columns, axis=1)


class _ExhaustedError(Exception):
    """All evaluations are spent."""


def picture_fit(
    model: Model,
    real: PictureFigures,
    *,
    knobs: tuple[Knob, ...],
    classes: tuple[str, ...],
    tiles: int,
    evaluations: int,
    seed: int,
    tick: Callable[[], None],
) -> tuple[Model, float]:
    """Turn the knobs until generated pictures measure like real ones.

    Bounded least squares with a soft loss (`scipy.optimize.least_squares`) on the differences of mean and
    spread of all features, of noise and of grey levels; all trials draw from the same random numbers.

    Parameters
    ----------
    model : Model
        Where to start.
    real : PictureFigures
        What to match.
    knobs : tuple of Knob
        What to turn.
    classes : tuple of str
        Classes labelled on the real side.
    tiles : int
        Tiles drawn for each trial.
    evaluations : int
        Most trials.
    seed : int
        Seed of the tiles.
    tick : callable
        Called after each trial.

    Returns
    -------
    model : Model
        The best one seen.
    cost : float
        Its mean soft loss: below 1, figures are within what is tolerable on the whole.
    """

    def measure(trial: Model) -> Vector:
        return _misses(real, picture_figures(drawn_tiles(trial, tiles, seed=seed), classes))

    search = _Search(model, knobs, measure, evaluations, tick)
    search.run()
    cost, best = search.best
    return best, cost
