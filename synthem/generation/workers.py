"""Many tiles at once: threads, processes, or an executor of one's own. The result does not depend on the choice.

About a third of the time of a tile goes to Python code, which holds the interpreter's lock, so two threads are not much
faster than one. Where processes can be forked (Linux), `generate` and `generate_files` do that: they start at once,
with compiled kernels, and paint into memory that they share, so that nothing but reports is sent back. Elsewhere, and
for `iter_tiles`, threads are used.
"""

from __future__ import annotations

import itertools
import multiprocessing
import signal
import sys
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, runtime_checkable

from synthem.tiles.stacks import Stacks, TileMeta

if TYPE_CHECKING:
    from synthem.tiles.objects import ObjectRecord
    from synthem.tiles.placement_report import PlacementReport
    from synthem.tiles.tile import Tile

__all__ = ["Renderable", "can_fork", "render_in_order", "render_into", "ring_size"]

T = TypeVar("T")

LARGEST_CHUNK = 8
CHUNKS_PER_WORKER = 4
FOREIGN_WINDOW = 32


@dataclass(frozen=True, slots=True)
class PaintedTile:
    """What a forked process sends back of a tile that it painted into shared memory."""

    index: int
    report: PlacementReport


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


def can_fork() -> bool:
    """Return whether worker processes can be forked here."""
    return sys.platform == "linux" and not multiprocessing.current_process().daemon


def render_in_order(
    scene: Renderable, seed: int, n: int | None, workers: int | Executor, *, start: int = 0, step: int = 1
) -> Iterator[Tile]:
    """Yield tiles `start`, `start + step` and so on, with a bounded number of them waiting.

    Parameters
    ----------
    scene : Renderable
        What to render.
    seed : int
        Its seed.
    n : int or None
        Number of tiles; None never ends.
    workers : int or Executor
        Number of threads, or an executor, which stays open.
    start, step : int
        Number of the first tile, and how far apart they are.

    Yields
    ------
    Tile
    """
    indices = itertools.count(start, step) if n is None else range(start, start + n * step, step)
    render = partial(_render, scene, seed)
    if isinstance(workers, Executor):
        yield from _pooled(workers, FOREIGN_WINDOW, render, indices, n)
        return
    _compile_kernels(scene)
    if workers == 1:
        for index in indices:
            yield from render((index,))
    else:
        with ThreadPoolExecutor(workers, thread_name_prefix="synthem") as pool:
            yield from _pooled(pool, CHUNKS_PER_WORKER * workers, render, indices, n)


def ring_size(n: int, workers: int) -> int:
    """Return how many places `render_into` needs for `n` tiles if each is used before the next is asked for."""
    return min(n, CHUNKS_PER_WORKER * workers * LARGEST_CHUNK)


def render_into(
    stacks: Stacks, scene: Renderable, seed: int, n: int, workers: int, *, start: int = 0
) -> Iterator[TileMeta]:
    """Render tiles into shared memory with forked processes.

    Parameters
    ----------
    stacks : Stacks
        Shared arrays. With fewer places than tiles, at least those that `ring_size` says, tile `start + k` lies at
        place ``k % len(stacks.images)`` until the next is asked for.
    scene : Renderable
        What to render.
    seed : int
        Its seed.
    n : int
        Number of tiles.
    workers : int
        Number of processes.
    start : int
        Number of the first tile.

    Yields
    ------
    TileMeta
        Records, report, seed and index of each tile, in order, once it is painted.
    """
    _compile_kernels(scene)
    # what the first one compiles and tabulates is inherited
    yield from _with_records(_fill(stacks, scene, seed, start, (start,)), scene, seed)
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(workers, context, _inherit, (stacks, scene, seed, start)) as pool:
        with warnings.catch_warnings():
            # Python warns of forks beside threads: those of BLAS do not matter here, and no other holds a lock of ours
            warnings.simplefilter("ignore", DeprecationWarning)
            pool.submit(int).result()
        done = _pooled(pool, CHUNKS_PER_WORKER * workers, _fill_inherited, range(start + 1, start + n), n)
        yield from _with_records(done, scene, seed)


def _compile_kernels(scene: Renderable) -> None:
    """Compile the kernels side by side where processes can be forked; elsewhere each is compiled when it is called."""
    if can_fork() and hasattr(scene, "sample"):
        from synthem.kernels.compilation import compile_kernels  # imports numba

        compile_kernels()


def _pooled(
    pool: Executor, window: int, work: Callable[[tuple[int, ...]], list[T]], indices: Iterable[int], n: int | None
) -> Iterator[T]:
    """Yield results in order, with at most `window` chunks in flight."""
    size = LARGEST_CHUNK if n is None else max(1, min(LARGEST_CHUNK, n // window))
    pending: deque[Future[list[T]]] = deque()
    try:
        for chunk in _chunks(indices, size):
            pending.append(pool.submit(work, chunk))
            if len(pending) == window:
                yield from pending.popleft().result()
        while pending:
            yield from pending.popleft().result()
    finally:
        for future in pending:
            future.cancel()


def _chunks(indices: Iterable[int], size: int) -> Iterator[tuple[int, ...]]:
    remaining = iter(indices)
    while chunk := tuple(itertools.islice(remaining, size)):
        yield chunk


def _render(scene: Renderable, seed: int, indices: Sequence[int]) -> list[Tile]:
    tiles = []
    for index in indices:
        try:
            tiles.append(scene.render(seed, index))
        except Exception as error:
            error.add_note(f"while rendering tile {index} of seed {seed}")
            raise
    return tiles


def _fill(stacks: Stacks, scene: Renderable, seed: int, start: int, indices: Sequence[int]) -> list[PaintedTile]:
    """Paint tiles into their places."""
    painted: list[PaintedTile] = []
    for index in indices:
        (tile,) = _render(scene, seed, (index,))
        stacks.put((index - start) % len(stacks.images), tile)
        painted.append(PaintedTile(index, tile.report))
    return painted


def _with_records(painted: Iterable[PaintedTile], scene: Renderable, seed: int) -> Iterator[TileMeta]:
    """Add records that are drawn again when asked for, which is less work than sending them."""
    for tile in painted:
        yield TileMeta(partial(_records, scene, seed, tile.index), tile.report, seed, tile.index)


def _records(scene: Renderable, seed: int, index: int) -> tuple[ObjectRecord, ...]:
    from synthem.scene.scene import Scene

    if isinstance(scene, Scene) and type(scene).render is Scene.render:
        return scene.sample(seed, index).records()
    return scene.render(seed, index).objects


_inherited: dict[str, Any] = {}
"""What a forked process works on; set there once, never in the process that imports this."""


def _inherit(stacks: Stacks, scene: Renderable, seed: int, start: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what an interrupt means
    _inherited.update(stacks=stacks, scene=scene, seed=seed, start=start)


def _fill_inherited(indices: tuple[int, ...]) -> list[PaintedTile]:
    return _fill(**_inherited, indices=indices)
