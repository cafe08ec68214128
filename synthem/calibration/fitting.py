"""Fit a style and a recipe to slices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from synthem._progress import ticker
from synthem.calibration.alternation import SCHEDULE, Alternation, Course
from synthem.calibration.evidence import Evidence, gather_evidence
from synthem.calibration.figures import distances_of, figures_of
from synthem.calibration.fit_parameters import FIT_PARAMETERS, FitParameter
from synthem.calibration.model import Model, ends, looks_as_usual, parameters, value_at
from synthem.calibration.negatives import are_negatives, invert, negated
from synthem.calibration.pixel_size import find_pixel_size
from synthem.calibration.result import Calibration, Estimate
from synthem.calibration.rules import RULES, Rule
from synthem.calibration.statistics import FEWEST_OBJECTS
from synthem.calibration.trial_tiles import TrialTiles
from synthem.errors import ConfigError
from synthem.instrument.style import Style, load_style
from synthem.io.slices import read_slices
from synthem.labels import EPFL6
from synthem.tissue.recipes.recipe import Recipe, load_recipe

__all__ = ["calibrate", "fit"]

EVALUATIONS = 2400
TILES = 60


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
    code as the slices, and each parameter is adjusted by the difference of its metric; one that may be chance counts
    for less. Blur, noise and texture follow the images, by a bounded least-squares fit of the features of generated
    tiles. Both parts alternate.

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
        Largest number of trials of the fit to images, default 2400; 0 leaves blur, noise and texture as they are.
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
    pixel = find_pixel_size(pixel_size_nm, slices, load_style(style))
    if negatives := are_negatives(slices):
        slices = invert(slices)
    evidence = gather_evidence(slices, pixel.size_nm, progress=progress)
    start = _start(load_style(style), load_recipe(recipe), name, evidence)
    labelled = set(evidence.classes)
    rules = tuple(rule for rule in RULES if rule.metric in evidence.metrics and not set(rule.unless) & labelled)
    from_labels = {rule.path for rule in rules if rule.classes and rule.path.startswith("recipe.")}
    free = tuple(item for item in FIT_PARAMETERS if item.widens or item.path not in from_labels)
    with ticker(
        total=sum(phase.rounds for phase in SCHEDULE) + evaluations, label="calibrating", show=progress
    ) as tick:
        course = Alternation(
            evidence=evidence,
            rules=rules,
            free=free,
            schedule=SCHEDULE,
            tiles=tiles,
            trials=TrialTiles(seed=seed),
            tick=tick,
        ).run(start, evaluations)
    found = course.model.style
    return Calibration(
        style=replace(found, detector=negated(found.detector)) if negatives else found,
        recipe=course.model.recipe,
        estimates=_origins(course, start, rules, _fitted(course.model, start, free, evaluations), evidence.classes),
        figures=figures_of(
            [rule.metric for rule in rules], evidence.metrics, evidence.halves(), course.before, course.after
        ),
        distances=distances_of(evidence.pictures, course.tiles_before, course.tiles_after),
        empty=tuple(name for name in evidence.classes if not evidence.tiles.mask(name).any()),
        at_limit=_at_limit(course.model, free),
        negatives=negatives,
        interrupted=course.interrupted,
        cost=course.cost,
        pixel_size_origin=pixel.origin,
        slices=evidence.slices,
        labelled_slices=evidence.labelled_slices,
        tiles={
            "slices": evidence.pictures.images,
            "before": course.tiles_before.images,
            "after": course.tiles_after.images,
        },
    )


def _start(style: Style, recipe: Recipe, name: str, evidence: Evidence) -> Model:
    """Return where a fit begins: one instrument took the slices, which show membranes dark."""
    detector = negated(style.detector) if style.detector.contrast < 0 else style.detector
    if detector.normalisation == 0.0:  # to what pictures would be brought if they were
        metrics = evidence.metrics
        detector = replace(detector, normalised_mean=metrics["mean_grey"], normalised_sd=max(metrics["grey_sd"], 1.0))
    begin = replace(style, per_tile={}, name=name, pixel_size_nm=evidence.pixel_size_nm)
    return Model(style=replace(begin, detector=detector), recipe=replace(recipe, name=name))


def _fitted(model: Model, start: Model, free: Sequence[FitParameter], evaluations: int) -> set[str]:
    """Return the parameters that pictures decided: all that were tried, or have moved."""
    tried = max(round(phase.share * evaluations) for phase in SCHEDULE) > len(free)
    moved = [item for item in free if tried or value_at(model, item.path) != value_at(start, item.path)]
    return {path for item in moved for path in item.paths}


def _at_limit(model: Model, free: Sequence[FitParameter]) -> tuple[str, ...]:
    """Return the fitted parameters that ended at a limit; one that is off, at 0, asks for no more."""
    found = []
    for item in free:
        fall, rise = item.room(model)
        off = item.widens or ends(value_at(model, item.path))[0] == 0.0
        if (-fall < 1e-6 * item.step and not off) or rise < 1e-6 * item.step:
            found.append(item.path)
    return tuple(found)


def _origins(
    course: Course, start: Model, rules: Sequence[Rule], fitted: set[str], classes: tuple[str, ...]
) -> tuple[Estimate, ...]:
    model, followed = course.model, {rule.path: rule for rule in rules if rule.metric in course.after}
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
