"""Compare synthetic with real tiles."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from synthem.errors import ConfigError, DataError
from synthem.labels import CLASS_NAMES
from synthem.quality.distances import FEWEST, TILES, distances, floor_distances, giveaways, half_size
from synthem.quality.features import FeatureTable
from synthem.quality.figures import Figure, figures
from synthem.quality.measurement import measure
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
) -> Report:
    """Measure how far synthetic tiles are from real ones, and what gives them away.

    Both sides are cut into disjoint tiles of `size` and measured by the same code. The two-sample
    test and the Fréchet distance depend on the number of tiles, so they always take `tiles` from
    each side, and are also measured between two halves of the real slices, as the floor.

    Parameters
    ----------
    real, synthetic : path, Dataset, sequence of LabelledImage, of Tile or of (image, masks) pairs
        A folder in the EPFL6 layout, or what is in memory: images (H, W) uint8, masks (6, H, W)
        bool. Slices may differ in size.
    exclude : sequence of str
        Slices of the real side to leave out: names, or endings of names.
    size : int
        Side of a tile in pixels, default 256.
    tiles : int
        Tiles on each side of a draw, 10 or more, default 60; fewer where there are fewer.
    seed : int
        Seed of the draws and of the tiles that are shown, default 0.

    Returns
    -------
    Report
        Figures, distances, ranked give-away features and pictures.

    Raises
    ------
    DataError
        If a side is empty, has a slice smaller than a tile, or data of another form.
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
    >>> round(report.giveaways[0].separation, 2)
    1.0
    """
    if tiles < FEWEST:
        raise ConfigError(f"`tiles` must be at least {FEWEST}, got {tiles}")
    one, two = _cut(real, "real", size, exclude), _cut(synthetic, "synthetic", size)
    one, two, notes = _same_classes(one, two)
    first, second = measure(one), measure(two)
    count = _tiles_per_draw(one, two, tiles)
    sheet, key = quiz(one, two, seed=seed)
    return Report(
        real=first,
        synthetic=second,
        figures=figures(first, second),
        halves=_halves(one, first.features, seed),
        distances=distances(first.features, second.features, tiles=count, seed=seed),
        floor=floor_distances(first.features, tiles=count, seed=seed),
        giveaways=giveaways(first.features, second.features),
        notes=tuple(notes),
        pairs=pairs(one, two, seed=seed),
        quiz=sheet,
        quiz_key=key,
    )


def _cut(source: object, side: str, size: int, exclude: Sequence[str] = ()) -> LabelledTiles:
    try:
        return cut_tiles(source, size=size, exclude=exclude)
    except DataError as error:
        raise DataError(f"`{side}`: {error}") from error


def _same_classes(real: LabelledTiles, synthetic: LabelledTiles) -> tuple[LabelledTiles, LabelledTiles, list[str]]:
    """Restrict both sides to what is labelled on the real one, or to the pictures alone."""
    notes = []
    classes = real.classes if synthetic.classes else ()
    if not real.classes:
        notes.append("no pixel of the real side is labelled: only the pictures were compared")
    elif not synthetic.classes:
        notes.append("no pixel of the synthetic side is labelled: only the pictures were compared")
    else:
        missing = [name for name in CLASS_NAMES if name not in classes]
        if missing:
            notes.append(f"not labelled on the real side, so not compared: {', '.join(missing)}")
    if len(np.unique(real.sources)) < 2:
        notes.append("the real side is one slice, so there is no floor from two halves")
    return real.restricted(classes), synthetic.restricted(classes), notes


def _tiles_per_draw(real: LabelledTiles, synthetic: LabelledTiles, wanted: int) -> int:
    """Return the number that both sides have, and half of the real side where that is enough for a floor."""
    half = half_size(real.sources)
    return min(wanted, len(synthetic), half if half >= FEWEST else len(real))


def _halves(tiles: LabelledTiles, features: FeatureTable, seed: int) -> tuple[Figure, ...]:
    """Return the figures of two random halves of the slices; none with one slice."""
    slices = np.unique(tiles.sources)
    if len(slices) < 2:
        return ()
    chosen = np.isin(tiles.sources, np.random.default_rng(seed).permutation(slices)[: len(slices) // 2])
    sides = [measure(tiles.part(part), features=features.part(part)) for part in (chosen, ~chosen)]
    return figures(*sides)
