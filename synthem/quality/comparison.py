"""Compare synthetic with real tiles."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from synthem._progress import Tick, ticker
from synthem.errors import ConfigError, DataError
from synthem.labels import Classes
from synthem.quality.distances import (
    DRAWS,
    FEWEST,
    TILES,
    distances,
    distinguishing_features,
    floor_distances,
    half_size,
)
from synthem.quality.features import FeatureTable
from synthem.quality.measurement import PASSES, measure
from synthem.quality.metrics import Metric, metrics
from synthem.quality.report import Report
from synthem.quality.sheets import pairs, quiz
from synthem.quality.tiles import TILE_SIZE, cut_tiles
from synthem.tiles.labelled_image import LabelledTiles

__all__ = ["compare"]


def compare(
    real: object,
    synthetic: object,
    *,
    exclude: Sequence[str] = (),
    size: int = TILE_SIZE,
    tiles: int = TILES,
    seed: int = 0,
    progress: bool | None = None,
    classes: Classes = None,
) -> Report:
    """Measure how far synthetic tiles are from real ones, and which features distinguish them.

    Both sides are cut into disjoint tiles of `size` and measured by the same code. The two-sample test and the Fréchet
    distance depend on the number of tiles, so each draw takes `tiles` from each side. Both are also measured between
    two halves of the real slices: the floor, which equal sides reach. Hundreds of tiles take minutes.

    Parameters
    ----------
    real, synthetic : path, Dataset, sequence of LabelledImage, of Tile or of (image, masks) pairs
        A folder in the EPFL6 layout, or what is in memory: images (H, W) uint8, masks (C, H, W)
        bool. Slices may differ in size.
    exclude : sequence of str
        Slices of the real side to leave out: names, or endings of names.
    size : int
        Side of a tile in pixels, default 256.
    tiles : int
        Tiles on each side of a draw, 10 or more, default 60; all tiles of a side that has fewer.
    seed : int
        Seed of the draws and of the tiles that are shown, default 0.
    progress : bool or None
        Show a progress bar; None means if standard error is a terminal.
    classes : str, Path, ClassTable or None
        The classes of the masks: a shipped table, a TOML file or a table. None means for each side those of which it
        tells, or "epfl6". Compared are classes of the same name.

    Returns
    -------
    Report
        Metrics, distances, distinguishing features and pictures. `Report.distances` is None if a side has fewer than 10
        tiles, `Report.floor` if half of the real slices have.

    Raises
    ------
    DataError
        If a side is empty, has a slice smaller than a tile, or has data of another form.
    ConfigError
        If `exclude` names no slice, or `size` or `tiles` is too small.

    Examples
    --------
    >>> import numpy as np
    >>> from synthem.quality import compare
    >>> rng = np.random.default_rng(0)
    >>> masks = np.zeros((6, 256, 256), bool)
    >>> real = [(rng.integers(90, 170, (256, 256), np.uint8), masks) for _ in range(4)]
    >>> synthetic = [(rng.integers(60, 200, (256, 256), np.uint8), masks) for _ in range(4)]
    >>> report = compare(real, synthetic)
    >>> round(report.distinguishing_features[0].separation, 2)
    1.0
    """
    if tiles < FEWEST:
        raise ConfigError(f"`tiles` must be at least {FEWEST}, got {tiles}")
    one, two = _cut(real, "real", size, classes, exclude), _cut(synthetic, "synthetic", size, classes)
    one, two, notes = _same_classes(one, two)
    if min(len(one), len(two)) < FEWEST:
        notes.append(
            f"too few tiles for two-sample accuracy and Fréchet distance (`distances` is None): {FEWEST} are needed on "
            f"each side, got {len(one)} real and {len(two)} synthetic ones"
        )
    count = _tiles_per_draw(one, two, tiles)
    total = (1 + PASSES) * (len(one) + len(two)) + PASSES * len(one) + 2 * DRAWS
    with ticker(total=total, label="comparing", show=progress) as tick:
        first, second = measure(one, tick=tick), measure(two, tick=tick)
        halves = _halves(one, first.features, seed, tick)
        apart = distances(first.features, second.features, tiles=count, seed=seed, tick=tick)
        floor = floor_distances(first.features, tiles=count, seed=seed, tick=tick)
    sheet, key = quiz(one, two, seed=seed)
    return Report(
        real=first,
        synthetic=second,
        metrics=metrics(first, second),
        halves=halves,
        distances=apart,
        floor=floor,
        distinguishing_features=distinguishing_features(first.features, second.features),
        notes=tuple(notes),
        pairs=pairs(one, two, seed=seed),
        quiz=sheet,
        quiz_key=key,
    )


def _cut(source: object, side: str, size: int, classes: Classes, exclude: Sequence[str] = ()) -> LabelledTiles:
    try:
        return cut_tiles(source, size=size, exclude=exclude, classes=classes)
    except DataError as error:
        raise DataError(f"`{side}`: {error}") from error


def _same_classes(real: LabelledTiles, synthetic: LabelledTiles) -> tuple[LabelledTiles, LabelledTiles, list[str]]:
    """Restrict both sides to the classes of the real one, or to the images alone; return notes on both."""
    notes = []
    known = synthetic.classes.names if synthetic.labelled else ()
    names = tuple(name for name in real.labelled if name in known)
    if not real.labelled:
        notes.append("no pixel of the real side is labelled: only the pictures were compared")
    elif not synthetic.labelled:
        notes.append("no pixel of the synthetic side is labelled: only the pictures were compared")
    else:
        every = dict.fromkeys((*real.classes.names, *synthetic.classes.names))
        missing = [name for name in every if name not in real.labelled]
        if missing:
            notes.append(f"not labelled on the real side, so not compared: {', '.join(missing)}")
        missing = [name for name in real.labelled if name not in names]
        if missing:
            notes.append(f"no class of the synthetic side, so not compared: {', '.join(missing)}")
    if len(np.unique(real.sources)) < 2:
        notes.append("the real side is one slice, so it has no two halves to compare")
    return real.restricted(names), synthetic.restricted(names), notes


def _tiles_per_draw(real: LabelledTiles, synthetic: LabelledTiles, wanted: int) -> int:
    """Return a number that both sides have, and half of the real slices too if they suffice for a floor."""
    half = half_size(real.sources)
    return min(wanted, len(synthetic), half if half >= FEWEST else len(real))


def _halves(tiles: LabelledTiles, features: FeatureTable, seed: int, tick: Tick) -> tuple[Metric, ...]:
    """Return the metrics of one random half of the slices against the other; none with one slice."""
    slices = np.unique(tiles.sources)
    if len(slices) < 2:
        return ()
    chosen = np.isin(tiles.sources, np.random.default_rng(seed).permutation(slices)[: len(slices) // 2])
    sides = [measure(tiles.part(part), features=features.part(part), tick=tick) for part in (chosen, ~chosen)]
    return metrics(*sides)
