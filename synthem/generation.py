"""From a request to tiles: `generate` and `iter_tiles`, with workers and progress."""

from __future__ import annotations

import itertools
import json
import operator
import warnings
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, runtime_checkable

from synthem.dataset import Dataset
from synthem.errors import ConfigError, PlacementError, PlacementWarning
from synthem.progress import track
from synthem.recipes import build_scene
from synthem.report import PlacementReport
from synthem.sampling import resolve_seed

if TYPE_CHECKING:
    import numpy as np

    from synthem.recipes import Recipe
    from synthem.sampling import Count
    from synthem.styles import Style
    from synthem.tile import Tile

__all__ = ["Renderable", "generate", "iter_tiles"]

Seed: TypeAlias = "int | np.random.Generator | np.random.SeedSequence | None"

DEFAULT_SHAPE = (256, 256)
DEFAULT_STYLE = "epfl"
LARGEST_CHUNK = 8
CHUNKS_PER_WORKER = 4
FOREIGN_WINDOW = 32


@runtime_checkable
class Renderable(Protocol):
    """What can be asked for tile `index` under a seed; `synthem.Scene` is one."""

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of a tile."""

    def render(self, seed: int, index: int = 0) -> Tile:
        """Return one tile, which depends on the scene, the seed and the index alone."""

    def to_dict(self) -> dict[str, Any]:
        """Return the configuration as JSON-able values."""


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
) -> Dataset:
    """Generate labelled tiles.

    Tile `i` depends on the configuration, the seed and `i` alone: not on `n`, nor on `workers`.

    Parameters
    ----------
    n : int, default 300
        Number of tiles, at least 1.
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
        Number of threads, or an executor that stays open afterwards. The result is the same bytes.
    progress : bool or None, default None
        Show a progress bar on standard error; None means if that is a terminal.
    strict : bool, default False
        Raise, instead of warning, if an object finds no room.

    Returns
    -------
    Dataset
        `n` tiles.

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
    n = _positive("n", n)
    _flag("progress", False if progress is None else progress)
    counts = {"axons": axons, "psd": psd, "vesicles": vesicles, "mitochondria": mitochondria}
    scene = _scene(recipe, counts, style, shape)
    job = _Job(scene, resolve_seed(seed), _checked_workers(workers), _flag("strict", strict))
    config = json.loads(json.dumps(job.scene.to_dict()))
    tiles = track(job.tiles(n), total=n, label="tiles", show=progress)
    dataset = Dataset.from_tiles(tiles, n=n, shape=job.scene.shape, seed=job.seed, config=config)
    incomplete = [report for report in dataset.reports if not report.complete]
    if incomplete:
        shortage = _shortage(PlacementReport.merge(dataset.reports))
        message = f"{len(incomplete)} of {n} tiles hold fewer objects than requested: {shortage}"
        warnings.warn(message, PlacementWarning, stacklevel=2)
    return dataset


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
) -> Iterator[Tile]:
    """Yield the tiles of `generate` one by one, in order, in memory that does not grow with `n`.

    No `PlacementWarning` is given: each tile carries its `report`.

    Parameters
    ----------
    n : int or None, default None
        Number of tiles; None never ends.
    axons, psd, vesicles, mitochondria, recipe, style, shape, seed, workers, strict
        As in `generate`.

    Yields
    ------
    Tile
        Tile 0, 1, 2 and so on.

    Examples
    --------
    >>> import synthem
    >>> [tile.index for tile in synthem.iter_tiles(3, axons=1, seed=0, shape=(128, 128))]
    [0, 1, 2]
    """
    if n is not None:
        n = _positive("n", n)
    counts = {"axons": axons, "psd": psd, "vesicles": vesicles, "mitochondria": mitochondria}
    scene = _scene(recipe, counts, style, shape)
    job = _Job(scene, resolve_seed(seed), _checked_workers(workers), _flag("strict", strict))
    return job.tiles(n)


@dataclass(frozen=True)
class _Job:
    """A checked request."""

    scene: Renderable
    seed: int
    workers: int | Executor
    strict: bool

    def tiles(self, n: int | None) -> Iterator[Tile]:
        """Yield the tiles in order."""
        for tile in self._rendered(n):
            if self.strict and not tile.report.complete:
                raise PlacementError(f"tile {tile.index} of seed {self.seed} is incomplete: {_shortage(tile.report)}")
            yield tile

    def _rendered(self, n: int | None) -> Iterator[Tile]:
        if self.workers == 1:
            for index in _indices(n):
                yield from _render(self.scene, self.seed, (index,))
        elif isinstance(self.workers, Executor):
            yield from self._pooled(self.workers, FOREIGN_WINDOW, n)
        else:
            with ThreadPoolExecutor(self.workers, thread_name_prefix="synthem") as pool:
                yield from self._pooled(pool, CHUNKS_PER_WORKER * self.workers, n)

    def _pooled(self, pool: Executor, window: int, n: int | None) -> Iterator[Tile]:
        """Yield the tiles in order, with at most `window` chunks in flight."""
        size = LARGEST_CHUNK if n is None else max(1, min(LARGEST_CHUNK, n // window))
        pending: deque[Future[list[Tile]]] = deque()
        try:
            for chunk in _chunks(_indices(n), size):
                pending.append(pool.submit(_render, self.scene, self.seed, chunk))
                if len(pending) == window:
                    yield from pending.popleft().result()
            while pending:
                yield from pending.popleft().result()
        finally:
            for future in pending:
                future.cancel()


def _render(scene: Renderable, seed: int, indices: Sequence[int]) -> list[Tile]:
    tiles = []
    for index in indices:
        try:
            tiles.append(scene.render(seed, index))
        except Exception as error:
            error.add_note(f"while rendering tile {index} of seed {seed}")
            raise
    return tiles


def _indices(n: int | None) -> Iterable[int]:
    return itertools.count() if n is None else range(n)


def _chunks(indices: Iterable[int], size: int) -> Iterator[tuple[int, ...]]:
    remaining = iter(indices)
    while chunk := tuple(itertools.islice(remaining, size)):
        yield chunk


def _scene(
    recipe: str | Path | Recipe | Renderable,
    counts: dict[str, Count | None],
    style: str | Path | Style,
    shape: tuple[int, int],
) -> Renderable:
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


def _checked_workers(workers: int | Executor) -> int | Executor:
    return workers if isinstance(workers, Executor) else _positive("workers", workers)


def _positive(name: str, value: int) -> int:
    try:
        number = operator.index(value)
    except TypeError:
        number = 0
    if number < 1 or isinstance(value, bool):
        raise ConfigError(f"`{name}` must be a whole number of at least 1, got {value!r}")
    return number


def _flag(name: str, value: bool) -> bool:
    if not isinstance(value, bool):
        raise ConfigError(f"`{name}` must be True or False, got {value!r}")
    return value


def _shortage(report: PlacementReport) -> str:
    return "; ".join(str(entry) for entry in report if not entry.complete)
