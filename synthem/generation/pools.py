"""Pools of workers: processes that are forked, how tiles are shared out to them, and results in order."""

from __future__ import annotations

import itertools
import math
import multiprocessing
import os
import sys
import time
import warnings
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeVar

from synthem._signals import end_with_parent
from synthem.labels import EPFL6, ClassTable
from synthem.tiles.stacks import bytes_per_pixel

__all__ = ["Chunking", "NoProcesses", "can_fork", "chunks_for", "forked_pool", "results_in_order", "ring_size"]

T = TypeVar("T")
P = TypeVar("P")

LARGEST_CHUNK = 8
"""Most tiles that are given to a worker at once."""

CHUNKS_PER_WORKER = 4
FOREIGN_WINDOW = 32
"""Chunks in flight for an executor, whose number of workers is not known."""

MOST_WAITING = 512 * 2**20
"""Bytes of the tiles that are painted or wait; more only if these are fewer than `LEAST_PER_WORKER` for each worker."""

LEAST_PER_WORKER = 2

PATIENCE = 5.0
"""Seconds until a pool that ends has cancelled what waits, at most."""


class NoProcesses(Exception):
    """No worker process can be started here."""


class Chunking(NamedTuple):
    """How tiles are shared out: so many in a chunk, so many chunks in flight."""

    size: int
    window: int


def can_fork() -> bool:
    """Return whether worker processes can be forked here."""
    return sys.platform == "linux" and not multiprocessing.current_process().daemon


@contextmanager
def forked_pool(workers: int, inherit: Callable[..., None], *args: Any) -> Iterator[Executor]:
    """Give a pool of forked processes that end with this one.

    Parameters
    ----------
    workers : int
        Number of processes.
    inherit : callable
        Called in each with `args`, which are not pickled.
    *args
        What the processes work on.

    Raises
    ------
    NoProcesses
        If none can be started.
    """
    try:
        context = multiprocessing.get_context("fork")
        pool = ProcessPoolExecutor(workers, context, _begin, (os.getpid(), inherit, args))
    except OSError as error:  # no semaphores here
        raise NoProcesses(str(error)) from error
    with pool:
        try:
            with warnings.catch_warnings():
                # Python warns of forks beside threads: those of BLAS do not matter, and no other holds a lock of ours
                warnings.simplefilter("ignore", DeprecationWarning)
                pool.submit(int).result()
        except OSError as error:  # no more processes, or no memory for them
            for process in list((pool._processes or {}).values()):  # nobody else would end those that have begun
                process.kill()
                process.join()
            raise NoProcesses(str(error)) from error
        try:
            yield pool
        except BaseException:
            _end(pool)  # what its processes are at is of no use any more
            raise


def _end(pool: ProcessPoolExecutor) -> None:
    """End the processes of a pool at once. What waits is cancelled before: a pool that is broken cannot take it."""
    processes, waiting = list((pool._processes or {}).values()), pool._pending_work_items
    pool.shutdown(wait=False, cancel_futures=True)
    patience = time.monotonic() + PATIENCE
    while any(item.future.cancelled() for item in list(waiting.values())) and time.monotonic() < patience:
        time.sleep(0.005)
    for process in processes:
        process.kill()


def _begin(parent: int, inherit: Callable[..., None], args: tuple[Any, ...]) -> None:
    end_with_parent(parent)
    inherit(*args)


def ring_size(n: int, workers: int, shape: tuple[int, ...], classes: ClassTable = EPFL6) -> int:
    """Return how many tiles may be painted or wait, if each is used before the next is asked for.

    Parameters
    ----------
    n : int
        Number of tiles in all.
    workers : int
        Number of processes or threads.
    shape : tuple of int
        Of a tile in pixels.
    classes : ClassTable, default EPFL6
        The classes of its masks.

    Returns
    -------
    int
        32 per worker for small tiles; for large ones so many as take 512 MiB, and at least 2 per worker.

    Examples
    --------
    >>> ring_size(1000, 8, (256, 256)), ring_size(1000, 8, (1024, 1024)), ring_size(1000, 8, (2048, 2048))
    (256, 34, 16)
    """
    most, fitting = CHUNKS_PER_WORKER * workers * LARGEST_CHUNK, _fitting(shape, classes)
    return min(n, most, max(fitting, LEAST_PER_WORKER * workers))


def _fitting(shape: tuple[int, ...], classes: ClassTable) -> int:
    return MOST_WAITING // (math.prod(shape) * bytes_per_pixel(classes))


def chunks_for(workers: int | Executor, n: int | None, shape: tuple[int, ...], classes: ClassTable) -> Chunking:
    """Return how to share out tiles.

    Parameters
    ----------
    workers : int or Executor
        Number of processes or threads, or an executor, whose number is not known.
    n : int or None
        Number of tiles; None for no end.
    shape : tuple of int
        Of a tile in pixels.
    classes : ClassTable
        The classes of its masks.
    """
    if isinstance(workers, Executor):
        room = max(FOREIGN_WINDOW, min(FOREIGN_WINDOW * LARGEST_CHUNK, _fitting(shape, classes)))
        return _chunking(n, FOREIGN_WINDOW, room)
    return _chunking(n, CHUNKS_PER_WORKER * workers, ring_size(n or sys.maxsize, workers, shape, classes))


def _chunking(n: int | None, most: int, room: int) -> Chunking:
    """Return how to share out `n` tiles, with room for so many in flight."""
    window = min(most, room)
    tiles = room if n is None else min(n, room)
    return Chunking(size=max(1, min(LARGEST_CHUNK, tiles // window)), window=window)


def results_in_order(
    pool: Executor, chunking: Chunking, work: Callable[[tuple[P, ...]], list[T]], pieces: Iterable[P]
) -> Generator[T, None, None]:
    """Yield what work returns for chunks of pieces, in order, with a bounded number of chunks in flight."""
    pending: deque[Future[list[T]]] = deque()
    try:
        for chunk in _chunks(pieces, chunking.size):
            pending.append(pool.submit(work, chunk))
            if len(pending) == chunking.window:
                yield from pending.popleft().result()
        while pending:
            yield from pending.popleft().result()
    finally:
        for future in pending:
            future.cancel()


def _chunks(pieces: Iterable[P], size: int) -> Iterator[tuple[P, ...]]:
    remaining = iter(pieces)
    while chunk := tuple(itertools.islice(remaining, size)):
        yield chunk
