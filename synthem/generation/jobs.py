"""Datasets on disk in parts: who makes which, in processes, threads or any executor, on one machine or many.

A part is made where a worker is: it renders, encodes and writes, and sends nothing back but a number. Where parts are
too few to keep all workers busy, since many tiles share a file, workers encode pieces, which are tiles or slabs of
volumes, and this process writes them. The bytes are the same.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from synthem._progress import Tick
from synthem.errors import DataError, OutputError, SpeedWarning
from synthem.generation.pools import NoProcesses, can_fork, chunks_for, forked_pool, results_in_order
from synthem.generation.shortfall import Shortfall, require_complete
from synthem.generation.workers import Renderable, compile_kernels_for, render_slab, render_tile
from synthem.io.content import AXES, DatasetInfo
from synthem.io.encoding import EncodedSlab, EncodedTile, encode_slab, encode_tile
from synthem.io.formats import Format, SlabFormat, load_format
from synthem.io.kept_slabs import KeptSlabs
from synthem.io.parts import Part, PartRecord, slabs_folder, write_part
from synthem.io.slabs import slabs_of
from synthem.io.writing import Writing

if TYPE_CHECKING:
    from synthem.solid.scene import SolidScene

__all__ = ["FilesJob", "make_parts"]

PARTS_PER_WORKER = 2
"""With fewer parts for each worker, single tiles are handed out."""

UNKNOWN_WIDTH = 8
"""Workers of an executor that does not tell how many it has."""


class Piece(NamedTuple):
    """A tile by its place, or some sections of a volume."""

    place: int
    sections: range


class Encoding(NamedTuple):
    """A piece in the bytes of a format, and what it lacks."""

    piece: Piece
    tile: EncodedTile | EncodedSlab
    lacking: Shortfall


def _unsaid(number: int) -> None:
    """Say nothing: what a worker has done is said once its part is recorded."""


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
    keep : bool, default False
        Keep the slabs of a volume until it is whole, and take those that a stopped run kept.
    """

    scene: Renderable
    start: int
    strict: bool
    format: Format
    info: DatasetInfo
    writing: Writing
    keep: bool = False

    def make(self, folder: Path, part: Part) -> int:
        """Make a part, and return its number."""
        self.write(folder, part, map(self.encoded, self.missing(folder, part)))
        return part.number

    def write(self, folder: Path, part: Part, encodings: Iterable[Encoding], tick: Tick = _unsaid) -> None:
        """Write the tiles of a part, with what they lack, of what `missing` returned and of what was kept."""
        lacking, made = Shortfall(), iter(encodings)

        def encoded() -> Iterator[EncodedTile | EncodedSlab]:
            nonlocal lacking
            ahead = next(made, None)
            for piece in self.pieces(part):
                if ahead is not None and ahead.piece == piece:
                    done, ahead = ahead, None
                else:
                    done = self._kept(folder, part, piece) or self.encoded(piece)
                lacking = Shortfall.merge((lacking, done.lacking))
                yield done.tile
                self._keep(folder, part, done)
                tick(len(piece.sections))
                ahead = next(made, None) if ahead is None else ahead

        about: dict[str, Any] = {"format": self.format, "info": self.info, "writing": self.writing}
        write_part(folder, part, encoded(), **about, notes=lambda: lacking.to_dict())

    def pieces(self, *parts: Part) -> Iterator[Piece]:
        """Yield all pieces of parts, in order."""
        for place in chain.from_iterable(range(part.first, part.stop) for part in parts):
            for sections in self._slabs:
                yield Piece(place, sections)

    def missing(self, folder: Path, *parts: Part) -> Iterator[Piece]:
        """Yield the pieces of parts that no stopped run kept, in order."""
        for part in parts:
            slabs = KeptSlabs(slabs_folder(folder, part))
            for piece in self.pieces(part):
                if not (self.keep and slabs.has(self._name(piece), piece.sections)):
                    yield piece

    def _kept(self, folder: Path, part: Part, piece: Piece) -> Encoding | None:
        """Return what a stopped run kept of a piece."""
        found = KeptSlabs(slabs_folder(folder, part)).load(self._name(piece), piece.sections) if self.keep else None
        return None if found is None else Encoding(piece, found[0], Shortfall.from_dict(found[1]))

    def _keep(self, folder: Path, part: Part, done: Encoding) -> None:
        """Keep a slab until its volume is whole."""
        if self.keep and isinstance(done.tile, EncodedSlab):
            with self.writing.errors():
                slabs = KeptSlabs(slabs_folder(folder, part))
                if not slabs.has(done.tile.name, done.piece.sections):
                    slabs.save(done.tile, done.piece.sections, done.lacking.to_dict())

    def _name(self, piece: Piece) -> str:
        """Return the name of the files of a tile."""
        return f"{self.start + piece.place:06d}"

    def size(self, parts: Iterable[Part]) -> int:
        """Return the number of tiles in parts, of volumes that of sections."""
        return sum(map(len, parts)) * self._slabs[-1].stop

    def shape_of(self, piece: Piece) -> tuple[int, ...]:
        """Return the shape of a piece."""
        return (*(len(piece.sections) for _ in self.info.shape[:-2]), *self.info.shape[-2:])

    @cached_property
    def _slabs(self) -> list[range]:
        """The sections of each piece of a tile; a tile has one."""
        if self.info.axes != AXES:
            return [range(1)]
        from synthem.solid.scene import SolidScene  # with what it needs, which tiles do not

        known = isinstance(self.scene, SolidScene) and type(self.scene).render is SolidScene.render
        return slabs_of(self.format, self.info) if known else [range(self.info.shape[0])]

    def encode_some(self, pieces: tuple[Piece, ...]) -> list[Encoding]:
        """Return several pieces; see `encoded`."""
        return [self.encoded(piece) for piece in pieces]

    def encoded(self, piece: Piece) -> Encoding:
        """Render a tile or a slab and return it in the bytes of the format, and what it lacks."""
        seed, index = self.info.seed, self.start + piece.place
        assert seed is not None
        storage, name = load_format(self.format), self._name(piece)
        if len(self._slabs) > 1:
            slab = render_slab(cast("SolidScene", self.scene), seed, index, piece.sections)
            about = (piece.place, self.info, cast("SlabFormat", storage))
            last = piece.sections.stop == self._slabs[-1].stop
            lacking = Shortfall(tiles=int(last), seen=Shortfall.of(slab).seen)
            return Encoding(piece, encode_slab(name, slab, piece.sections, *about), lacking)
        tile = render_tile(self.scene, seed, index)
        if tile.index != index:
            raise DataError(f"`index` of tile {index} of the scene must be {index}, got {tile.index}")
        if self.strict:
            require_complete(tile.report, seed, index)
        return Encoding(piece, encode_tile(name, tile, piece.place, self.info, storage), Shortfall.of(tile))


def make_parts(job: FilesJob, folder: Path, parts: Sequence[Part], workers: int | Executor, tick: Tick) -> None:
    """Make parts of a dataset, in any order.

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
    tick : callable
        Called with the number of tiles, or of sections of volumes, that are done since the call before.

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
        _exhaust(_Sharing(job, folder, workers, width, tick, make, encode).made(parts))
        return
    compile_kernels_for(job.scene)
    if workers == 1 or len(list(islice(job.pieces(*parts), 2))) == 1:
        _alone(job, folder, parts, tick)
    elif can_fork():
        _forked(job, folder, parts, workers, tick)
    else:
        with ThreadPoolExecutor(workers, thread_name_prefix="synthem") as pool:
            _exhaust(_Sharing(job, folder, pool, workers, tick, make, encode).made(parts))


def _exhaust(parts: Iterable[Part]) -> None:
    for _ in parts:
        pass


def _alone(job: FilesJob, folder: Path, parts: Iterable[Part], tick: Tick) -> None:
    for part in parts:
        job.write(folder, part, map(job.encoded, job.missing(folder, part)), tick)


def _forked(job: FilesJob, folder: Path, parts: Sequence[Part], workers: int, tick: Tick) -> None:
    """Make parts in forked processes; if these fail, the rest in this one."""
    job.encoded(next(job.missing(folder, *parts)))  # what this one compiles and tabulates is inherited
    made = set[int]()
    try:
        with forked_pool(workers, _inherit, job, folder) as pool:
            for part in _Sharing(job, folder, pool, workers, tick, _make_inherited, _encode_inherited).made(parts):
                made.add(part.number)
    except (NoProcesses, BrokenProcessPool) as error:
        reason = str(error) or type(error).__name__
        warnings.warn(f"worker processes failed ({reason}); one process goes on alone", SpeedWarning, stacklevel=2)
        _alone(job, folder, [part for part in parts if part.number not in made], tick)


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
    tick : callable
        See `make_parts`.
    make, encode : callable
        What workers are called with: a part, or some pieces.
    """

    job: FilesJob
    folder: Path
    pool: Executor
    width: int
    tick: Tick
    make: Callable[[Part], int]
    encode: Callable[[tuple[Piece, ...]], list[Encoding]]

    def made(self, parts: Sequence[Part]) -> Iterator[Part]:
        """Yield parts once they are recorded."""
        return self._whole(parts) if len(parts) >= PARTS_PER_WORKER * self.width else self._piece_by_piece(parts)

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
                self.tick(self.job.size([part]))
                yield part
        finally:
            for future in futures:
                future.cancel()

    def _piece_by_piece(self, parts: Sequence[Part]) -> Iterator[Part]:
        job, shares = self.job, [list(self.job.missing(self.folder, part)) for part in parts]
        pieces = list(chain.from_iterable(shares))
        workers = self.width if isinstance(self.pool, ProcessPoolExecutor | ThreadPoolExecutor) else self.pool
        chunking = chunks_for(workers, len(pieces), job.shape_of(pieces[0]), job.info.classes)
        encodings = results_in_order(self.pool, chunking, self.encode, pieces)
        with closing(encodings):
            for part, share in zip(parts, shares, strict=True):
                job.write(self.folder, part, islice(encodings, len(share)), self.tick)
                yield part


_inherited: dict[str, Any] = {}
"""What a forked process works on; set there once, never in the process that imports this."""


def _inherit(job: FilesJob, folder: Path) -> None:
    _inherited.update(job=job, folder=folder)


def _make_inherited(part: Part) -> int:
    number: int = _inherited["job"].make(_inherited["folder"], part)
    return number


def _encode_inherited(pieces: tuple[Piece, ...]) -> list[Encoding]:
    encoded: list[Encoding] = _inherited["job"].encode_some(pieces)
    return encoded
