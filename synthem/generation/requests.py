"""From a request to tiles: `generate`, `generate_files` and `iter_tiles`, with workers and progress."""

from __future__ import annotations

import json
import operator
import warnings
from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from synthem._progress import track
from synthem.dataset import Dataset
from synthem.errors import ConfigError, PlacementError, PlacementWarning
from synthem.generation.workers import Renderable, can_fork, places, render_in_order, render_into
from synthem.scene.build import build_scene
from synthem.seeds import resolve_seed
from synthem.tiles.placement_report import PlacementReport
from synthem.tiles.stacks import Stacks

if TYPE_CHECKING:
    import numpy as np

    from synthem.instrument.style import Style
    from synthem.parameters import Count
    from synthem.tiles.tile import Tile
    from synthem.tissue.recipes.recipe import Recipe

__all__ = ["generate", "generate_files", "iter_tiles"]

Seed: TypeAlias = "int | np.random.Generator | np.random.SeedSequence | None"

DEFAULT_SHAPE = (256, 256)
DEFAULT_STYLE = "epfl"
COMPILING = "compiling kernels (once)"


def generate(
    n: int = 300,
    *,
    axons: Count | None = None,
    psd: Count | None = None,
    vesicles: Count | None = None,
    mitochondria: Count | None = None,
    recipe: str | Path | Recipe | Renderable = "paper",
    style: str | Path | Style = DEFAULT_STYLE,
    shape: tuple[int, int] = DEFAULT_SHAPE,
    seed: Seed = None,
    workers: int | Executor = 1,
    progress: bool | None = None,
    strict: bool = False,
    start: int = 0,
) -> Dataset:
    """Generate labelled tiles.

    Tile `i` depends on the configuration, the seed and `i` alone: not on `n`, nor on `workers`.

    Parameters
    ----------
    n : int, default 300
        Number of tiles, at least 1. All are held in memory, at 15 bytes per pixel: 1 MB for one of 256x256. See
        `generate_files` and `iter_tiles` for more than fit.
    axons, psd, vesicles, mitochondria : int, (low, high) or Density, optional
        Number of objects per 256x256 pixels, both ends included; vesicles count clouds. None means what the
        recipe says. Larger shapes get more in proportion to their area.
    recipe : str, Path, Recipe or Scene, default "paper"
        A shipped recipe, a TOML file, or a scene of one's own (which brings its counts, style and shape).
    style : str, Path or Style, default "epfl"
        A shipped style or a TOML file.
    shape : tuple of int, default (256, 256)
        Height and width in pixels, each at least 64.
    seed : int, Generator, SeedSequence or None, default None
        0 is a seed like any other. None draws one; it is recorded in the result.
    workers : int or concurrent.futures.Executor, default 1
        Number of processes (threads, where processes cannot be forked), or an executor, which stays open
        afterwards. The result is the same bytes.
    progress : bool or None, default None
        Show a progress bar on standard error; None means if that is a terminal.
    strict : bool, default False
        Raise, instead of warning, if an object finds no room.
    start : int, default 0
        Number of the first tile.

    Returns
    -------
    Dataset
        Tiles `start` to ``start + n - 1``.

    Raises
    ------
    ConfigError
        If a parameter is not as above.
    PlacementError
        If `strict` and an object finds no room.

    Warns
    -----
    PlacementWarning
        Once, if fewer objects were placed than were asked for.

    Examples
    --------
    >>> import synthem
    >>> tiles = synthem.generate(n=2, axons=1, psd=(0, 2), seed=0, shape=(128, 128))
    >>> tiles.images.shape, tiles.seed
    ((2, 128, 128), 0)
    """
    n, start = _whole("n", n), _whole("start", start, least=0)
    _flag("progress", False if progress is None else progress)
    counts = {"axons": axons, "psd": psd, "vesicles": vesicles, "mitochondria": mitochondria}
    job = _job(_scene(recipe, counts, style, shape), seed, workers, strict)
    config = json.loads(json.dumps(job.scene.to_dict()))
    dataset = job.dataset(n, start, config, progress)
    short = sum(not report.complete for report in dataset.reports)
    if short:
        warnings.warn(_short(short, n, PlacementReport.merge(dataset.reports)), PlacementWarning, stacklevel=2)
    return dataset


def generate_files(
    path: str | Path,
    n: int = 300,
    *,
    axons: Count | None = None,
    psd: Count | None = None,
    vesicles: Count | None = None,
    mitochondria: Count | None = None,
    recipe: str | Path | Recipe | Renderable = "paper",
    style: str | Path | Style = DEFAULT_STYLE,
    shape: tuple[int, int] = DEFAULT_SHAPE,
    seed: Seed = None,
    workers: int | Executor = 1,
    progress: bool | None = None,
    strict: bool = False,
    start: int = 0,
    overwrite: bool = False,
) -> Path:
    """Generate tiles straight onto disk, in memory that does not grow with `n`.

    The folder is the same, byte for byte, as that of ``generate(n, ...).save(path)``. It appears whole or not at all; a
    set that takes hours is better made in parts, which `start` numbers on.

    Parameters
    ----------
    path : str or Path
        Folder to make. It may exist if it is empty.
    n : int, default 300
        Number of tiles, at least 1.
    axons, psd, vesicles, mitochondria, recipe, style, shape, seed, workers, progress, strict, start
        As in `generate`.
    overwrite : bool, default False
        As in `Dataset.save`.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    ConfigError
        If a parameter is not as above.
    OutputError
        If the folder may not or cannot be written.
    PlacementError
        If `strict` and an object finds no room.

    Warns
    -----
    PlacementWarning
        Once, if fewer objects were placed than were asked for.

    Examples
    --------
    >>> import tempfile
    >>> import synthem
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = synthem.generate_files(f"{folder}/tiles", 2, axons=1, seed=0, shape=(128, 128))
    ...     synthem.Dataset.load(path) == synthem.generate(2, axons=1, seed=0, shape=(128, 128))
    True
    """
    from synthem.io import check_output, save_tiles

    n, start = _whole("n", n), _whole("start", start, least=0)
    _flag("progress", False if progress is None else progress)
    counts = {"axons": axons, "psd": psd, "vesicles": vesicles, "mitochondria": mitochondria}
    job = _job(_scene(recipe, counts, style, shape), seed, workers, strict)
    check_output(path, overwrite=overwrite)
    config = json.loads(json.dumps(job.scene.to_dict()))
    short, whole = 0, PlacementReport()

    def counted() -> Iterator[Tile]:
        nonlocal short, whole
        for tile in track(job.passing(n, start), total=n, label="tiles", show=progress, at_first=COMPILING):
            short += not tile.report.complete
            whole = PlacementReport.merge((whole, tile.report))
            yield tile

    target = save_tiles(counted(), path, shape=job.scene.shape, seed=job.seed, config=config, overwrite=overwrite)
    if short:
        warnings.warn(_short(short, n, whole), PlacementWarning, stacklevel=2)
    return target


def iter_tiles(
    n: int | None = None,
    *,
    axons: Count | None = None,
    psd: Count | None = None,
    vesicles: Count | None = None,
    mitochondria: Count | None = None,
    recipe: str | Path | Recipe | Renderable = "paper",
    style: str | Path | Style = DEFAULT_STYLE,
    shape: tuple[int, int] = DEFAULT_SHAPE,
    seed: Seed = None,
    workers: int | Executor = 1,
    strict: bool = False,
    start: int = 0,
    step: int = 1,
) -> Iterator[Tile]:
    """Yield the tiles of `generate` one by one, in order, in memory that does not grow with `n`.

    No `PlacementWarning` is given: each tile carries its `report`. With `start` and `step` several readers share one
    stream: reader `k` of `m` takes ``start=k, step=m``, and all need the same `seed`. See
    ``examples/torch_stream.py`` for a PyTorch `DataLoader`.

    Parameters
    ----------
    n : int or None, default None
        Number of tiles; None never ends.
    axons, psd, vesicles, mitochondria, recipe, style, shape, seed, strict
        As in `generate`.
    workers : int or concurrent.futures.Executor, default 1
        Number of threads, or an executor.
    start, step : int
        Number of the first tile, 0 by default, and how far apart the numbers are, 1 by default.

    Yields
    ------
    Tile
        Tile `start`, `start + step` and so on.

    Raises
    ------
    ConfigError
        If a parameter is not as above.
    PlacementError
        If `strict` and an object finds no room.

    Examples
    --------
    >>> import synthem
    >>> [tile.index for tile in synthem.iter_tiles(3, axons=1, seed=0, shape=(128, 128))]
    [0, 1, 2]
    >>> [tile.index for tile in synthem.iter_tiles(3, seed=0, shape=(128, 128), start=1, step=4)]
    [1, 5, 9]
    """
    if n is not None:
        n = _whole("n", n)
    start, step = _whole("start", start, least=0), _whole("step", step)
    counts = {"axons": axons, "psd": psd, "vesicles": vesicles, "mitochondria": mitochondria}
    job = _job(_scene(recipe, counts, style, shape), seed, workers, strict)
    return job.tiles(n, start=start, step=step)


@dataclass(frozen=True)
class _Job:
    """A checked request."""

    scene: Renderable
    seed: int
    workers: int | Executor
    strict: bool

    def tiles(self, n: int | None, *, start: int = 0, step: int = 1) -> Iterator[Tile]:
        """Yield the tiles in order."""
        for tile in render_in_order(self.scene, self.seed, n, self.workers, start=start, step=step):
            self._check(tile.report, tile.index)
            yield tile

    def passing(self, n: int, start: int) -> Iterator[Tile]:
        """Yield the tiles in order, each of which is there until the next is asked for."""
        forked = self._forked(n)
        if not forked:
            for tile in self.tiles(n, start=start):
                yield Dataset.from_tiles([tile], n=1, shape=self.scene.shape)[0]
            return
        stacks = Stacks.empty(places(n, forked), self.scene.shape, shared=True)
        for number, facts in enumerate(render_into(stacks, self.scene, self.seed, n, forked, start=start)):
            self._check(facts[1], facts[3])
            yield stacks.tile(number % len(stacks.images), facts)

    def dataset(self, n: int, start: int, config: dict[str, Any], progress: bool | None) -> Dataset:
        """Render all tiles."""
        follow = partial(track, total=n, label="tiles", show=progress, at_first=COMPILING)
        forked = self._forked(n)
        if not forked:
            tiles = follow(self.tiles(n, start=start))
            return Dataset.from_tiles(tiles, n=n, shape=self.scene.shape, seed=self.seed, config=config)
        stacks = Stacks.empty(n, self.scene.shape, shared=True)
        facts = []
        for fact in follow(render_into(stacks, self.scene, self.seed, n, forked, start=start)):
            self._check(fact[1], fact[3])
            facts.append(fact)
        return Dataset.assemble(stacks, facts, seed=self.seed, config=config)

    def _forked(self, n: int) -> int:
        """Return how many processes to fork, 0 for none."""
        if self.workers == 1 or isinstance(self.workers, Executor) or n == 1 or not can_fork():
            return 0
        return self.workers

    def _check(self, report: PlacementReport, index: int) -> None:
        if self.strict and not report.complete:
            raise PlacementError(f"tile {index} of seed {self.seed} is incomplete: {_shortage(report)}")


def _scene(
    recipe: str | Path | Recipe | Renderable,
    counts: dict[str, Count | None],
    style: str | Path | Style,
    shape: tuple[int, int],
) -> Renderable:
    if isinstance(recipe, type):
        raise ConfigError(f"`recipe` must be a recipe or a scene, not a class of them, got {recipe!r}")
    if not isinstance(recipe, Renderable):
        return build_scene(recipe, **counts, style=style, shape=shape)
    given = [name for name, count in counts.items() if count is not None]
    if style != DEFAULT_STYLE:
        given.append("style")
    if shape not in (DEFAULT_SHAPE, recipe.shape):
        given.append("shape")
    if given:
        raise ConfigError(f"`{given[0]}` must be left out when `recipe` is a scene, which brings its own")
    return recipe


def _job(scene: Renderable, seed: Seed, workers: int | Executor, strict: bool) -> _Job:
    if not isinstance(workers, Executor):
        workers = _whole("workers", workers)
    return _Job(scene, resolve_seed(seed), workers, _flag("strict", strict))


def _whole(name: str, value: int, *, least: int = 1) -> int:
    try:
        number = operator.index(value)
    except TypeError:
        number = least - 1
    if number < least or isinstance(value, bool):
        raise ConfigError(f"`{name}` must be a whole number of at least {least}, got {value!r}")
    return number


def _flag(name: str, value: bool) -> bool:
    if not isinstance(value, bool):
        raise ConfigError(f"`{name}` must be True or False, got {value!r}")
    return value


def _short(short: int, n: int, report: PlacementReport) -> str:
    return f"{short} of {n} tiles hold fewer objects than requested: {_shortage(report)}"


def _shortage(report: PlacementReport) -> str:
    return "; ".join(str(entry) for entry in report if not entry.complete)
