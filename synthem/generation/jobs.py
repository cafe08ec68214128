"""Datasets on disk in parts: who makes which, in processes, threads or any executor, on one machine or many.

A part is made where a worker is: it renders, encodes and writes, and sends nothing back but a number. Where parts are
too few to keep all workers busy, since many tiles share a file, workers encode single tiles and this process writes
them. The bytes are the same.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import Any, TypeAlias

from synthem.errors import DataError, OutputError, SpeedWarning
from synthem.generation.pools import NoProcesses, can_fork, chunks_for, forked_pool, results_in_order
from synthem.generation.shortfall import Shortfall, require_complete
from synthem.generation.workers import Renderable, compile_kernels_for, render_tile
from synthem.io.content import DatasetInfo
from synthem.io.encoding import EncodedTile, encode_tile
from synthem.io.formats import Format, load_format
from synthem.io.parts import Part, PartRecord, write_part
from synthem.io.writing import Writing

__all__ = ["FilesJob", "make_parts"]

PARTS_PER_WORKER = 2
"""With fewer parts for each worker, single tiles are handed out."""

UNKNOWN_WIDTH = 8
"""Workers of an executor that does not tell how many it has."""

Encoding: TypeAlias = tuple[EncodedTile, Shortfall]
"""A tile in the bytes of a format, and what it lacks."""


@dataclass(frozen=True, kw_only=True)
class FilesJob:
    """All that a worker needs to know to make any part of a dataset.

    Parameters
    ----------
    scene : Renderable
        What renders the tiles.
    start : int
        Number of the tile at place 0.
    strict : bool
        Raise if an object finds no room.
    format : str
        Format on disk.
    info : DatasetInfo
        Number, shape and classes of the tiles, and their seed.
    writing : Writing
        What to say if something cannot be written.
    """

    scene: Renderable
    start: int
    strict: bool
    format: Format
    info: DatasetInfo
    writing: Writing

    def make(self, folder: Path, part: Part) -> int:
        """Make a part, and return its number."""
        self.write(folder, part, (self.encoded(place) for place in range(part.first, part.stop)))
        return part.number

    def write(self, folder: Path, part: Part, tiles: Iterable[Encoding]) -> None:
        """Write the tiles of a part, with what they lack."""
        lacking = Shortfall()

        def encoded() -> Iterator[EncodedTile]:
            nonlocal lacking
            for tile, one in tiles:
                lacking = Shortfall.merge((lacking, one))
                yield tile

        about: dict[str, Any] = {"format": self.format, "info": self.info, "writing": self.writing}
        write_part(folder, part, encoded(), **about, notes=lambda: lacking.to_dict())

    def encode_some(self, places: tuple[int, ...]) -> list[Encoding]:
        """Return several tiles; see `encoded`."""
        return [self.encoded(place) for place in places]

    def encoded(self, place: int) -> Encoding:
        """Render a tile and return it in the bytes of the format, and what it lacks."""
        seed, index = self.info.seed, self.start + place
        assert seed is not None
        tile = render_tile(self.scene, seed, index)
        if tile.index != index:
            raise DataError(f"`index` of tile {index} of the scene must be {index}, got {tile.index}")
        if self.strict:
            require_complete(tile.report, seed, index)
        name = f"{index:06d}"
        return encode_tile(name, tile, place, self.info, load_format(self.format)), Shortfall.of(tile)


def make_parts(job: FilesJob, folder: Path, parts: Sequence[Part], workers: int | Executor) -> Iterator[Part]:
    """Make parts of a dataset, and yield each once it is recorded, in any order.

    Parameters
    ----------
    job : FilesJob
        The dataset.
    folder : Path
        Where it is written; all workers must see it.
    parts : sequence of Part
        Those to make.
    workers : int or Executor
        Number of processes (threads, where none can be forked), or an executor, which stays open.

    Yields
    ------
    Part

    Raises
    ------
    OutputError
        If something cannot be written, or a worker of an executor writes where this process does not see it.
    """
    if not parts:
        return
    make, encode = partial(job.make, folder), job.encode_some
    if isinstance(workers, Executor):
        width = getattr(workers, "_max_workers", None) or UNKNOWN_WIDTH
        yield from _Sharing(job, folder, workers, width, make, encode).made(parts)
        return
    compile_kernels_for(job.scene)
    if workers == 1 or sum(map(len, parts)) == 1:
        yield from _alone(make, parts)
    elif can_fork():
        yield from _forked(job, folder, parts, workers)
    else:
        with ThreadPoolExecutor(workers, thread_name_prefix="synthem") as pool:
            yield from _Sharing(job, folder, pool, workers, make, encode).made(parts)


def _alone(make: Callable[[Part], int], parts: Iterable[Part]) -> Iterator[Part]:
    for part in parts:
        make(part)
        yield part


def _forked(job: FilesJob, folder: Path, parts: Sequence[Part], workers: int) -> Iterator[Part]:
    """Make parts in forked processes; if these fail, the rest in this one."""
    job.encoded(parts[0].first)  # what this one compiles and tabulates is inherited
    made = set[int]()
    try:
        with forked_pool(workers, _inherit, job, folder) as pool:
            for part in _Sharing(job, folder, pool, workers, _make_inherited, _encode_inherited).made(parts):
                made.add(part.number)
                yield part
    except (NoProcesses, BrokenProcessPool) as error:
        reason = str(error) or type(error).__name__
        warnings.warn(f"worker processes failed ({reason}); one process goes on alone", SpeedWarning, stacklevel=2)
        yield from _alone(partial(job.make, folder), [part for part in parts if part.number not in made])


@dataclass(frozen=True)
class _Sharing:
    """How the parts of a job are shared out to a pool.

    Parameters
    ----------
    job, folder
        What is made, and where.
    pool : Executor
        Who makes it.
    width : int
        How many workers it has.
    make, encode : callable
        What workers are called with: a part, or some places.
    """

    job: FilesJob
    folder: Path
    pool: Executor
    width: int
    make: Callable[[Part], int]
    encode: Callable[[tuple[int, ...]], list[Encoding]]

    def made(self, parts: Sequence[Part]) -> Iterator[Part]:
        """Yield parts once they are recorded."""
        return self._whole(parts) if len(parts) >= PARTS_PER_WORKER * self.width else self._tile_by_tile(parts)

    def _whole(self, parts: Sequence[Part]) -> Iterator[Part]:
        by_number = {part.number: part for part in parts}
        futures = [self.pool.submit(self.make, part) for part in parts]
        try:
            for future in as_completed(futures):
                part = by_number[future.result()]
                if PartRecord.read(self.folder, part) is None:
                    raise OutputError(
                        f"`path` must lie where all workers see it, got {self.folder}, where the tiles {part.first} to "
                        f"{part.stop - 1} that a worker wrote are not seen"
                    )
                yield part
        finally:
            for future in futures:
                future.cancel()

    def _tile_by_tile(self, parts: Sequence[Part]) -> Iterator[Part]:
        info, n = self.job.info, sum(map(len, parts))
        workers = self.width if isinstance(self.pool, ProcessPoolExecutor | ThreadPoolExecutor) else self.pool
        places = chain.from_iterable(range(part.first, part.stop) for part in parts)
        tiles = results_in_order(self.pool, chunks_for(workers, n, info.shape, info.classes), self.encode, places)
        with closing(tiles):
            for part in parts:
                self.job.write(self.folder, part, islice(tiles, len(part)))
                yield part


_inherited: dict[str, Any] = {}
"""What a forked process works on; set there once, never in the process that imports this."""


def _inherit(job: FilesJob, folder: Path) -> None:
    _inherited.update(job=job, folder=folder)


def _make_inherited(part: Part) -> int:
    number: int = _inherited["job"].make(_inherited["folder"], part)
    return number


def _encode_inherited(places: tuple[int, ...]) -> list[Encoding]:
    encoded: list[Encoding] = _inherited["job"].encode_some(places)
    return encoded
