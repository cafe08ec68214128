"""Fit a style and a recipe to slices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from synthem._progress import track
from synthem.calibration.drawing import drawn_tiles
from synthem.calibration.model import Model, parameters, value_at
from synthem.calibration.picture_fit import KNOBS, Knob, picture_figures, picture_fit
from synthem.calibration.result import Calibration, Estimate
from synthem.calibration.rules import RULES, Rule, apply_rules, figure_misses
from synthem.calibration.statistics import (
    FEWEST_OBJECTS,
    Statistics,
    label_statistics,
    picture_statistics,
    standard_errors,
)
from synthem.errors import ConfigError
from synthem.instrument.style import Style, load_style
from synthem.io.slices import read_slices
from synthem.quality import cut_tiles
from synthem.tiles.labelled_image import LabelledImage, LabelledTiles
from synthem.tissue.recipes.recipe import Recipe, load_recipe

__all__ = ["calibrate", "fit"]

EVALUATIONS = 130
TILES = 60
AXON_SHARE = 0.25
PAINTED_SHARE = 0.4
AGREEMENT = 2.0
"""By how many standard errors a real and a generated figure may differ before a parameter moves."""


@dataclass(frozen=True, kw_only=True)
class _Leg:
    """One leg of the fit: rounds of corrections by the labels, then evaluations by the pictures."""

    rounds: int
    breadth: float
    """Tiles per round, as a multiple of what the caller allows."""
    share: float
    """Share of the evaluations."""


PLAN = (
    _Leg(rounds=4, breadth=1.0, share=0.5),
    _Leg(rounds=3, breadth=1.0, share=0.5),
    _Leg(rounds=2, breadth=2.5, share=0.0),
)


def calibrate(
    dataset: object,
    *,
    exclude: Sequence[str] = (),
    name: str = "fitted",
    style: str | Path | Style = "epfl",
    recipe: str | Path | Recipe = "tissue",
    evaluations: int = EVALUATIONS,
    tiles: int = TILES,
    seed: int = 0,
    progress: bool | None = None,
) -> Style:
    """Fit a style to labelled slices; see `synthem.calibration.fit`, which also returns the recipe.

    Parameters
    ----------
    dataset : path, Dataset, sequence of LabelledImage or of (image, masks) pairs
        Two slices are enough, of any size from 256x256, with any of the classes, or without labels.
    exclude, name, style, recipe, evaluations, tiles, seed, progress
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
    >>> style = synthem.calibrate(real, name="mine", tiles=2, evaluations=0)
    >>> style.name
    'mine'
    """
    return fit(
        dataset,
        exclude=exclude,
        name=name,
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
    style: str | Path | Style = "epfl",
    recipe: str | Path | Recipe = "tissue",
    evaluations: int = EVALUATIONS,
    tiles: int = TILES,
    seed: int = 0,
    progress: bool | None = None,
) -> Calibration:
    """Fit a style and a recipe to slices.

    Greys, widths, sizes, densities and compartments follow the labels: tiles are generated, measured by
    the same code as the slices, and each parameter is moved by what its figure misses, unless that is less than
    twice the standard error of the difference, where there are slices enough to tell. Blur, noise and texture
    follow the pictures: a bounded least-squares fit of the features of generated tiles. Both alternate.

    Parameters
    ----------
    dataset : path, Dataset, sequence of LabelledImage or of (image, masks) pairs
        Two slices are enough, of any size from 256x256, with any of the classes, or without labels. A
        folder may label some of its slices only.
    exclude : sequence of str
        Slices to leave out: names, or endings of names.
    name : str
        Name of the style and of the recipe, default ``"fitted"``.
    style, recipe : str, Path, Style, Recipe
        Where to start, and the declared default of all that cannot be estimated.
    evaluations : int
        Most trials of the fit to the pictures, default 130; 0 leaves blur, noise and texture as they are.
    tiles : int
        Tiles generated for each round of corrections, default 60; for each trial 0.4 times as many.
    seed : int
        Seed of the generated tiles, default 0.
    progress : bool or None
        Show a progress bar; None means if standard error is a terminal.

    Returns
    -------
    Calibration
        Style, recipe, where each parameter comes from, and how far off each figure still is.

    Raises
    ------
    DataError
        If there is no slice, one is too small or shows nothing.
    ConfigError
        If `exclude` names no slice, or a number is out of range.
    """
    if evaluations < 0:
        raise ConfigError(f"`evaluations` must be 0 or more, got {evaluations}")
    if tiles < 1:
        raise ConfigError(f"`tiles` must be 1 or more, got {tiles}")
    slices = read_slices(dataset, exclude=exclude, partial=True)
    labelled, pictures = _labelled_tiles(slices), cut_tiles([replace(item, labelled=()) for item in slices])
    model = Model(style=replace(load_style(style), name=name), recipe=replace(load_recipe(recipe), name=name))
    classes = labelled.classes if labelled is not None else ()
    real, errors = picture_statistics(pictures), standard_errors(pictures, picture_statistics, progress=progress)
    if labelled is not None:
        real |= label_statistics(labelled)
        errors |= standard_errors(labelled, label_statistics, progress=progress)
    rules = tuple(rule for rule in RULES if rule.figure in real and not set(rule.unless) & set(classes))
    told = {rule.path for rule in rules if rule.classes}
    knobs = tuple(knob for knob in KNOBS if knob.path not in told)
    job = _Job(real, errors, rules, knobs, classes, tiles, seed, _ticker(evaluations, progress))
    start = model
    model, misses, cost = job.run(model, pictures if labelled is None else labelled, evaluations)
    tried = max(round(leg.share * evaluations) for leg in PLAN) > len(knobs)
    turned = {knob.path for knob in knobs if tried or value_at(model, knob.path) != value_at(start, knob.path)}
    return Calibration(
        style=model.style,
        recipe=model.recipe,
        estimates=_origins(model, start, tuple(rule for rule in rules if rule.figure in misses), turned, classes),
        misses=misses,
        cost=cost,
        slices=len(slices),
        labelled_slices=0 if labelled is None else len(np.unique(labelled.sources)),
    )


def _ticker(evaluations: int, progress: bool | None) -> Callable[[], None]:
    total = sum(leg.rounds for leg in PLAN) + evaluations
    steps = iter(track(range(total), total=total, label="calibrating", show=progress))

    def tick() -> None:
        next(steps, None)

    return tick


def _labelled_tiles(slices: list[LabelledImage]) -> LabelledTiles | None:
    """Return the tiles of slices with the same classes labelled, the most of them; None if no pixel is."""
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
    knobs: tuple[Knob, ...]
    classes: tuple[str, ...]
    tiles: int
    seed: int
    tick: Callable[[], None]

    def run(self, model: Model, real: LabelledTiles, evaluations: int) -> tuple[Model, dict[str, float], float | None]:
        """Alternate between labels and pictures; return the model, what its figures miss, and the cost."""
        start, target = model, picture_figures(real, self.classes)
        cost = None
        for leg in PLAN:
            for _ in range(leg.rounds):
                generated = self._generated(model, leg.breadth)
                slack = self._slack(len(real), self._share(leg.breadth))
                model = apply_rules(model, self.rules, self.real, generated, slack=slack, start=start)
                self.tick()
            trials = round(leg.share * evaluations)
            if trials:
                model, cost = picture_fit(
                    model,
                    target,
                    knobs=self.knobs,
                    classes=self.classes,
                    tiles=self._share(PAINTED_SHARE),
                    evaluations=trials,
                    seed=self.seed,
                    tick=self.tick,
                )
        return model, figure_misses(self.rules, self.real, self._generated(model, PLAN[-1].breadth)), cost

    def _slack(self, real: int, generated: int) -> Statistics:
        """Return by how much figures of so many real and generated tiles may differ by chance."""
        factor = AGREEMENT * float(np.sqrt(1.0 + real / generated))
        return {name: factor * error for name, error in self.errors.items()}

    def _share(self, share: float) -> int:
        return max(1, round(share * self.tiles))

    def _generated(self, model: Model, breadth: float) -> Statistics:
        drawn = drawn_tiles(model, self._share(breadth), seed=self.seed)
        found = picture_statistics(drawn) | label_statistics(drawn.restricted(self.classes))
        if "axon_grey" in self.real:
            axons = drawn_tiles(model, self._share(AXON_SHARE), seed=self.seed, axons=1)
            found |= label_statistics(axons.restricted(["axon"]))
        return found


def _origins(
    model: Model, start: Model, rules: tuple[Rule, ...], turned: set[str], classes: tuple[str, ...]
) -> tuple[Estimate, ...]:
    followed = {rule.path: rule for rule in rules}
    possible = {rule.path: rule for rule in RULES if rule.classes}
    found = []
    for path in parameters(model):
        origin, reason = "default", "labels and pictures do not tell"
        if path in followed:
            origin = "labels" if followed[path].classes else "pictures"
            reason = followed[path].figure.replace("_", " ")
            if value_at(model, path) == value_at(start, path):
                reason += ", stays where it was"
        elif path in turned:
            origin, reason = "pictures", "fit of greys, blur, noise and texture"
        elif path in possible:
            missing = [name for name in possible[path].classes if name not in classes]
            few = f"fewer than {FEWEST_OBJECTS} whole objects, or too few pixels, are labelled or generated"
            reason = f"not labelled: {', '.join(missing)}" if missing else few
        found.append(Estimate(path=path, value=value_at(model, path), origin=origin, reason=reason))
    return tuple(found)
