"""Many tiles at once: threads, processes, or an executor of one's own. The result does not depend on the choice.

About a third of the time of a tile goes to Python code, which holds the interpreter's lock, so two threads are not much
faster than one. Where processes can be forked (Linux), `generate` does that: they start at once, with compiled kernels,
and paint into memory that they share, so that nothing but reports is sent back. Elsewhere, and for `iter_tiles`,
threads are used. `generate_files` has jobs of its own (`synthem.generation.jobs`).
"""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, runtime_checkable

from synthem.errors import SpeedWarning
from synthem.generation.pools import NoProcesses, can_fork, chunks_for, forked_pool, results_in_order
from synthem.labels import EPFL6, ClassTable
from synthem.scene.scene import Scene
from synthem.tiles.stacks import Stacks, TileMeta

if TYPE_CHECKING:
    from synthem.solid.layout import SolidLayout
    from synthem.solid.scene import SolidScene
    from synthem.tiles.artifacts import Artifact
    from synthem.tiles.objects import ObjectRecord
    from synthem.tiles.tile import Tile
    from synthem.tiles.volume import Volume

__all__ = [
    "Renderable",
    "classes_of",
    "compile_kernels_for",
    "render_in_order",
    "render_into",
    "render_slab",
    "render_tile",
]


class PaintedTile(NamedTuple):
    """What a forked process sends back of a tile that it painted into shared memory.

    Parameters
    ----------
    meta : TileMeta
        What is known of the tile.
    redrawn : bool
        Whether to draw its records again when they are asked for, which is less work than to send them.
    """

    meta: TileMeta
    redrawn: bool


@runtime_checkable
class Renderable(Protocol):
    """What can be asked for tile `index` under a seed; `synthem.Scene` is one.

    If its tiles have other classes than those of EPFL6, it has them as `classes`, a `ClassTable`.
    """

    @property
    def shape(self) -> tuple[int, ...]:
        """Height and width of a tile; of volumes sections, height and width."""

    def render(self, seed: int, index: int = 0) -> Tile:
        """Return one tile, which depends on the scene, the seed and the index alone."""

    def to_dict(self) -> dict[str, Any]:
        """Return the configuration as JSON-able values."""


_sampled: dict[str, tuple[tuple[SolidScene, int, int], SolidLayout]] = {}
"""The layout of the volume whose slabs this process paints, with what it was drawn from."""


def classes_of(scene: Renderable) -> ClassTable:
    """Return the classes that a scene labels: those of EPFL6 for one that does not tell."""
    classes = getattr(scene, "classes", None)
    return classes if isinstance(classes, ClassTable) else EPFL6


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
    chunking = chunks_for(workers, n, scene.shape, classes_of(scene))
    if isinstance(workers, Executor):
        yield from results_in_order(workers, chunking, render, indices)
        return
    compile_kernels_for(scene)
    if workers == 1:
        for index in indices:
            yield from render((index,))
    else:
        with ThreadPoolExecutor(workers, thread_name_prefix="synthem") as pool:
            yield from results_in_order(pool, chunking, render, indices)


def render_into(
    stacks: Stacks, scene: Renderable, seed: int, n: int, workers: int, *, start: int = 0
) -> Iterator[TileMeta]:
    """Render tiles into shared memory with forked processes.

    Parameters
    ----------
    stacks : Stacks
        Shared arrays; tile `start + k` is painted at place `k`.
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
    compile_kernels_for(scene)
    # what the first one compiles and tabulates is inherited
    yield from _with_records(_fill(stacks, scene, seed, start, (start,)), scene, seed)
    following = start + 1
    try:
        for painted in _painted_by_processes(stacks, scene, seed, start, n, workers):
            following += 1
            yield from _with_records([painted], scene, seed)
    except (NoProcesses, BrokenProcessPool) as error:
        reason = str(error) or type(error).__name__
        warnings.warn(f"worker processes failed ({reason}); one process goes on alone", SpeedWarning, stacklevel=2)
        for index in range(following, start + n):
            yield from _with_records(_fill(stacks, scene, seed, start, (index,)), scene, seed)


def _painted_by_processes(
    stacks: Stacks, scene: Renderable, seed: int, start: int, n: int, workers: int
) -> Iterator[PaintedTile]:
    """Yield what forked processes paint after the first tile, in order."""
    with forked_pool(workers, _inherit, stacks, scene, seed, start) as pool:
        chunking = chunks_for(workers, len(stacks.images), scene.shape, classes_of(scene))
        yield from results_in_order(pool, chunking, _fill_inherited, range(start + 1, start + n))


def compile_kernels_for(scene: Renderable) -> None:
    """Compile the kernels side by side where processes can be forked; elsewhere each is compiled when it is called."""
    if can_fork() and hasattr(scene, "sample"):
        from synthem.kernels.compilation import compile_kernels  # imports numba

        compile_kernels(solid=len(scene.shape) == 3)


def render_tile(scene: Renderable, seed: int, index: int) -> Tile:
    """Return one tile; an error bears a note of which."""
    with _noted(seed, index):
        return scene.render(seed, index)


def render_slab(scene: SolidScene, seed: int, index: int, sections: range) -> Volume:
    """Return some sections of a volume; its layout is kept until the last of them are asked for."""
    with _noted(seed, index):
        key = (scene, seed, index)
        last = _sampled.get("last")
        layout = last[1] if last is not None and last[0] == key else scene.sample(seed, index)
        _sampled["last"] = (key, layout)
        slab = layout.render(sections=sections)
        if sections.stop == scene.shape[0]:
            _sampled.clear()
        return slab


@contextmanager
def _noted(seed: int, index: int) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        error.add_note(f"while rendering tile {index} of seed {seed}")
        raise


def _render(scene: Renderable, seed: int, indices: Sequence[int]) -> list[Tile]:
    return [render_tile(scene, seed, index) for index in indices]


def _fill(stacks: Stacks, scene: Renderable, seed: int, start: int, indices: Sequence[int]) -> list[PaintedTile]:
    """Paint tiles into their places."""
    painted: list[PaintedTile] = []
    for index in indices:
        tile = render_tile(scene, seed, index)
        stacks.put(index - start, tile)
        redrawn = _is_redrawn(scene)
        meta = replace(TileMeta.of(tile), records=() if redrawn else _resolved(tile))
        painted.append(PaintedTile(meta, redrawn))
    return painted


def _with_records(painted: Iterable[PaintedTile], scene: Renderable, seed: int) -> Iterator[TileMeta]:
    """Add the records that were not sent, as what draws them again when they are asked for."""
    for meta, redrawn in painted:
        again = partial(_drawn_again, scene, seed, meta.index, meta.artifacts)
        yield replace(meta, seed=seed, records=again if redrawn else meta.records)


def _is_redrawn(scene: Renderable) -> bool:
    """Return whether records are drawn without painting the tile, as those of `Scene` are."""
    return isinstance(scene, Scene) and type(scene).render is Scene.render


def _drawn_again(scene: Renderable, seed: int, index: int, artifacts: tuple[Artifact, ...]) -> tuple[ObjectRecord, ...]:
    assert isinstance(scene, Scene)
    return scene.sample(seed, index).records(artifacts)


def _resolved(tile: Tile) -> tuple[ObjectRecord, ...]:
    return tile.records() if callable(tile.records) else tile.records


_inherited: dict[str, Any] = {}
"""What a forked process works on; set there once, never in the process that imports this."""


def _inherit(stacks: Stacks, scene: Renderable, seed: int, start: int) -> None:
    _inherited.update(stacks=stacks, scene=scene, seed=seed, start=start)


def _fill_inherited(indices: tuple[int, ...]) -> list[PaintedTile]:
    return _fill(**_inherited, indices=indices)
