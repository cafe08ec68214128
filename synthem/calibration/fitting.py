"""Fit a style and a recipe to slices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from synthem._progress import Tick, ticker
from synthem.calibration.figures import figures_of
from synthem.calibration.fit_parameters import FIT_PARAMETERS, FitParameter
from synthem.calibration.image_fit import ImageMetrics, find_regions, image_fit, image_metrics
from synthem.calibration.model import Model, looks_as_usual, parameters, value_at
from synthem.calibration.pixel_size import find_pixel_size
from synthem.calibration.result import Calibration, Estimate
from synthem.calibration.rules import RULES, Rule, apply_rules
from synthem.calibration.statistics import (
    FEWEST_OBJECTS,
    Statistics,
    image_statistics,
    label_statistics,
    standard_errors,
)
from synthem.calibration.trial_tiles import TrialTiles
from synthem.errors import ConfigError
from synthem.instrument.style import Style, load_style
from synthem.io.slices import read_slices
from synthem.labels import EPFL6
from synthem.quality import cut_tiles
from synthem.tiles.labelled_image import LabelledImage, LabelledTiles
from synthem.tissue.recipes.recipe import Recipe, load_recipe

__all__ = ["calibrate", "fit"]

EVALUATIONS = 1200
TILES = 60
AXON_SHARE = 0.25
PAINTED_SHARE = 0.4
AGREEMENT = 2.0
"""Real and generated metrics agree within this number of standard errors of their difference."""


@dataclass(frozen=True, kw_only=True)
class Phase:
    """One phase of the fit: rounds of corrections by the labels, then evaluations of the fit to images."""

    rounds: int
    breadth: float
    """Tiles per round, as a multiple of `tiles`."""
    share: float
    """Share of the evaluations."""


SCHEDULE = (
    Phase(rounds=4, breadth=1.0, share=0.5),
    Phase(rounds=3, breadth=1.0, share=0.5),
    Phase(rounds=2, breadth=2.5, share=0.0),
)


def calibrate(
    dataset: object,
    *,
    exclude: Sequence[str] = (),
    name: str = "fitted",
    pixel_size_nm: float | None = None,
    style: str | Path | Style = "epfl",
    recipe: str | Path | Recipe = "tissue",
    evaluations: int = EVALUATIONS,
    tiles: int = TILES,
    seed: int = 0,
    progress: bool | None = None,
) -> Style:
    """Fit a style to slices; `synthem.calibration.fit` also returns the recipe.

    Parameters
    ----------
    dataset : path, Dataset, sequence of LabelledImage or of (image, masks) pairs
        Two slices are enough, of any size from 256x256, with any of the classes, or without labels.
    exclude, name, pixel_size_nm, style, recipe, evaluations, tiles, seed, progress
        As in `synthem.calibration.fit`.

    Returns
    -------
    Style
        The fitted look.

    Examples
    --------
    >>> import synthem
    >>> from synthem.scene.build import build_scene
    >>> scene = build_scene("tissue")
    >>> real = [scene.render(seed=1, index=index) for index in range(2)]
    >>> style = synthem.calibrate(real, name="mine", pixel_size_nm=5, tiles=2, evaluations=0)
    >>> style.name
    'mine'
    """
    return fit(
        dataset,
        exclude=exclude,
        name=name,
        pixel_size_nm=pixel_size_nm,
        style=style,
        recipe=recipe,
        evaluations=evaluations,
        tiles=tiles,
        seed=seed,
        progress=progress,
    ).style


def fit(
    dataset: object,
    *,
    exclude: Sequence[str] = (),
    name: str = "fitted",
    pixel_size_nm: float | None = None,
    style: str | Path | Style = "epfl",
    recipe: str | Path | Recipe = "tissue",
    evaluations: int = EVALUATIONS,
    tiles: int = TILES,
    seed: int = 0,
    progress: bool | None = None,
) -> Calibration:
    """Fit a style and a recipe to slices.

    Greys, widths, sizes, densities and compartments follow the labels. Tiles are generated and measured by the same
    code as the slices, and each parameter is adjusted by the difference of its metric. A difference of less than two
    standard errors, which take several slices to estimate, changes nothing. Blur, noise and texture follow the
    images, by a bounded least-squares fit of the features of generated tiles. Both parts alternate.

    Parameters
    ----------
    dataset : path, Dataset, sequence of LabelledImage or of (image, masks) pairs
        Two slices are enough, of any size from 256x256, with any of the classes, or without labels. A
        folder may label some of its slices only.
    exclude : sequence of str
        Slices to leave out: names, or endings of names.
    name : str
        Name of the style and of the recipe, default ``"fitted"``.
    pixel_size_nm : float or None
        Side of a pixel of the slices, 1 to 100 nm; None: as the slices tell it. That is in the resolution tags of TIFF
        files, and in the manifest of a dataset of synthem.
    style, recipe : str, Path, Style, Recipe
        Where to start. Parameters that cannot be estimated keep their value from here.
    evaluations : int
        Largest number of trials of the fit to images, default 1200; 0 leaves blur, noise and texture as they are.
    tiles : int
        Tiles generated for each round of corrections, default 60; for each trial 0.4 times as many.
    seed : int
        Seed of the generated tiles, default 0.
    progress : bool or None
        Show a progress bar; None means if standard error is a terminal.

    Returns
    -------
    Calibration
        Style, recipe, the origin of each parameter, and the remaining difference of each metric.

    Raises
    ------
    DataError
        If there is no slice, or one is too small or uniformly grey.
    ConfigError
        If `exclude` names no slice, a number is out of range, or the slices tell of different pixels.

    Warns
    -----
    DataWarning
        If the size of a pixel is neither given nor told by the slices, so that it is taken from the style.
    """
    if evaluations < 0:
        raise ConfigError(f"`evaluations` must be 0 or more, got {evaluations}")
    if tiles < 1:
        raise ConfigError(f"`tiles` must be 1 or more, got {tiles}")
    slices = [item.with_classes(EPFL6) for item in read_slices(dataset, exclude=exclude, partial=True)]
    labelled, pictures = _labelled_tiles(slices), cut_tiles([replace(item, labelled=()) for item in slices])
    pixel = find_pixel_size(pixel_size_nm, slices, load_style(style))
    begin = replace(load_style(style), per_tile={})  # one instrument took the slices
    begin = replace(begin, name=name, pixel_size_nm=pixel.size_nm)
    model = Model(style=begin, recipe=replace(load_recipe(recipe), name=name))
    classes = labelled.labelled if labelled is not None else ()
    real, errors = image_statistics(pictures), standard_errors(pictures, image_statistics, progress=progress)
    if labelled is not None:
        measure = partial(label_statistics, pixel_size_nm=pixel.size_nm)
        real |= measure(labelled)
        errors |= standard_errors(labelled, measure, progress=progress)
    rules = tuple(rule for rule in RULES if rule.metric in real and not set(rule.unless) & set(classes))
    from_labels = {rule.path for rule in rules if rule.classes}
    free = tuple(parameter for parameter in FIT_PARAMETERS if parameter.path not in from_labels)
    start, total = model, sum(phase.rounds for phase in SCHEDULE) + evaluations
    with ticker(total=total, label="calibrating", show=progress) as tick:
        job = _Job(real, errors, rules, free, classes, tiles, TrialTiles(seed=seed), tick, pixel.size_nm)
        tiles_of = pictures if labelled is None else labelled
        model, measured, cost, interrupted = job.run(model, tiles_of, evaluations)
    tried = max(round(phase.share * evaluations) for phase in SCHEDULE) > len(free)
    moved = [item for item in free if tried or value_at(model, item.path) != value_at(start, item.path)]
    fitted = {path for item in moved for path in item.paths}
    return Calibration(
        style=model.style,
        recipe=model.recipe,
        estimates=_origins(model, start, tuple(rule for rule in rules if rule.metric in measured[1]), fitted, classes),
        figures=figures_of([rule.metric for rule in rules], real, job.halves(tiles_of, pictures), *measured),
        at_limit=_at_limit(model, free),
        interrupted=interrupted,
        cost=cost,
        pixel_size_origin=pixel.origin,
        slices=len(slices),
        labelled_slices=0 if labelled is None else len(np.unique(labelled.sources)),
    )


def _labelled_tiles(slices: list[LabelledImage]) -> LabelledTiles | None:
    """Return the tiles of the slices with the largest common set of labelled classes; None if no pixel is labelled."""
    kinds = Counter(frozenset(item.labelled) for item in slices if item.labelled)
    if not kinds:
        return None
    best = max(kinds, key=lambda kind: (len(kind), kinds[kind]))
    chosen = [item for item in slices if frozenset(item.labelled) == best]
    return cut_tiles(chosen) if any(item.masks.any() for item in chosen) else None


@dataclass(frozen=True, eq=False)
class _Job:
    real: Statistics
    errors: Statistics
    rules: tuple[Rule, ...]
    free: tuple[FitParameter, ...]
    classes: tuple[str, ...]
    tiles: int
    trials: TrialTiles
    tick: Tick
    pixel_size_nm: float

    def run(
        self, model: Model, real: LabelledTiles, evaluations: int
    ) -> tuple[Model, tuple[Statistics, Statistics], float | None, bool]:
        """Alternate between labels and images.

        Returns
        -------
        tuple
            The model, metrics of tiles before and after, the cost, and whether Ctrl-C ended the fit early.
        """
        before, cost, interrupted, found = self._generated(model, SCHEDULE[-1].breadth), None, False, [model]
        target = image_metrics(real, find_regions(real, self.classes)) if evaluations else None
        try:
            for phase in SCHEDULE:
                cost = self._phase(found, phase, real, target, round(phase.share * evaluations)) or cost
        except KeyboardInterrupt:  # the best so far is worth keeping
            interrupted = True
        return found[-1], (before, self._generated(found[-1], SCHEDULE[-1].breadth)), cost, interrupted

    def _phase(
        self, found: list[Model], phase: Phase, real: LabelledTiles, target: ImageMetrics | None, most: int
    ) -> float | None:
        """Add the models of one phase, the best last; return the cost of the fit to images."""
        for _ in range(phase.rounds):
            generated = self._generated(found[-1], phase.breadth)
            slack = self._slack(len(real), self._share(phase.breadth))
            found.append(apply_rules(found[-1], self.rules, self.real, generated, slack=slack, start=found[0]))
            self.tick(1)
        if not most or target is None:
            return None
        model, cost = image_fit(
            found[-1],
            target,
            parameters=self.free,
            classes=self.classes,
            trials=self.trials,
            tiles=self._share(PAINTED_SHARE),
            evaluations=most,
            tick=self.tick,
        )
        found.append(model)
        return cost

    def halves(self, labelled: LabelledTiles, pictures: LabelledTiles) -> tuple[Statistics, Statistics]:
        """Return the metrics of two halves of the slices."""
        first, second = (self._half(labelled, pictures, odd) for odd in (False, True))
        return first, second

    def _half(self, labelled: LabelledTiles, pictures: LabelledTiles, odd: bool) -> Statistics:
        found: Statistics = {}
        for tiles, labels in ((pictures, False), (labelled, True)):
            ranks = np.searchsorted(np.unique(tiles.sources), tiles.sources)
            part = tiles.part((ranks % 2 == 1) == odd)
            if len(part):
                found |= label_statistics(part, self.pixel_size_nm) if labels else image_statistics(part)
        return found

    def _slack(self, real: int, generated: int) -> Statistics:
        """Return the difference of each metric that may be chance, for these numbers of tiles."""
        factor = AGREEMENT * float(np.sqrt(1.0 + real / generated))
        return {name: factor * error for name, error in self.errors.items()}

    def _share(self, share: float) -> int:
        return max(1, round(share * self.tiles))

    def _generated(self, model: Model, breadth: float) -> Statistics:
        drawn, pixel = self.trials.render(model, self._share(breadth)), model.style.pixel_size_nm
        found = image_statistics(drawn) | label_statistics(drawn.restricted(self.classes), pixel)
        if "axon_grey" in self.real:
            axons = self.trials.render(model, self._share(AXON_SHARE), axons=1)
            found |= label_statistics(axons.restricted(["axon"]), pixel)
        return found


def _at_limit(model: Model, free: Sequence[FitParameter]) -> tuple[str, ...]:
    """Return the fitted parameters that ended at a limit."""
    found = []
    for item in free:
        fall, rise = item.room(model)
        if -fall < 1e-6 * item.step or rise < 1e-6 * item.step:
            found.append(item.path)
    return tuple(found)


def _origins(
    model: Model, start: Model, rules: tuple[Rule, ...], fitted: set[str], classes: tuple[str, ...]
) -> tuple[Estimate, ...]:
    followed = {rule.path: rule for rule in rules}
    possible = {rule.path: rule for rule in RULES if rule.classes}
    found = []
    for path in parameters(model):
        origin, reason = "default", "neither labels nor pictures determine it"
        if path in followed:
            origin = "labels" if followed[path].classes else "pictures"
            reason = followed[path].metric.replace("_", " ")
            if value_at(model, path) == value_at(start, path):
                reason += ", unchanged"
        elif path in fitted:
            origin, reason = "pictures", "fit of greys, blur, noise and texture"
        elif path in possible:
            missing = [name for name in possible[path].classes if name not in classes]
            few = f"fewer than {FEWEST_OBJECTS} whole objects, or too few pixels, are labelled or generated"
            reason = f"not labelled: {', '.join(missing)}" if missing else few
        elif looks_as_usual(model, path):  # there are too many of these to list them
            continue
        found.append(Estimate(path=path, value=value_at(model, path), origin=origin, reason=reason))
    return tuple(found)
