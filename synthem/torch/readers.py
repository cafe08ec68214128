"""Who reads which part of a stream: ranks of a distributed run, and workers of a loader."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch.distributed as dist
from torch.utils.data import get_worker_info

from synthem.errors import ConfigError
from synthem.generation.tile_request import check_whole

__all__ = ["Ranks", "Reader", "check_same_on_all_ranks", "worker_and_workers"]


def worker_and_workers() -> tuple[int, int]:
    """Return which worker of how many of a loader this process is; a process that has no loader is one alone."""
    info = get_worker_info()
    return (0, 1) if info is None else (info.id, info.num_workers)


@dataclass(frozen=True, kw_only=True)
class Ranks:
    """Which of how many processes of a distributed run this one is."""

    rank: int
    world_size: int

    @classmethod
    def found(cls, rank: int | None, world_size: int | None) -> Ranks:
        """Return what was given, else what ``torch.distributed`` or the environment tells, else one process alone."""
        if (rank is None) != (world_size is None):
            raise ConfigError(f"`rank` and `world_size` must be given together, got {rank!r} and {world_size!r}")
        if rank is None and dist.is_available() and dist.is_initialized():
            rank, world_size = dist.get_rank(), dist.get_world_size()
        if rank is None or world_size is None:
            rank, world_size = _from_environment()
        world_size = check_whole("world_size", world_size)
        rank = check_whole("rank", rank, least=0)
        if rank >= world_size:
            raise ConfigError(f"`rank` must be below `world_size` ({world_size}), got {rank}")
        return cls(rank=rank, world_size=world_size)


def _from_environment() -> tuple[int, int]:
    """Return what ``torchrun`` and others set."""
    texts = [os.environ.get(name) for name in ("RANK", "WORLD_SIZE")]
    if texts == [None, None]:
        return 0, 1
    try:
        rank, world_size = (int(text) for text in texts if text is not None)
    except ValueError:
        raise ConfigError(
            f"RANK and WORLD_SIZE in the environment must both be whole numbers, got {texts[0]!r} and {texts[1]!r}"
        ) from None
    return rank, world_size


def check_same_on_all_ranks(ranks: Ranks, what: str, facts: tuple[Any, ...]) -> None:
    """Raise on every rank if the ranks of a distributed run were not all given the same.

    It asks all ranks, so each has to come here, as each has to wrap its network in ``DistributedDataParallel``. Without
    an initialised ``torch.distributed`` there is nobody to ask.
    """
    if not (dist.is_available() and dist.is_initialized() and ranks.world_size == dist.get_world_size() > 1):
        return
    everywhere: list[Any] = [None] * ranks.world_size
    dist.all_gather_object(everywhere, facts)
    other = next((rank for rank, found in enumerate(everywhere) if found != everywhere[0]), None)
    if other is not None:
        got = f"{everywhere[0]} on rank 0 and {everywhere[other]} on rank {other}"
        raise ConfigError(f"{what} must be the same on all ranks, got {got}")


@dataclass(frozen=True, kw_only=True)
class Reader:
    """One of those that share a stream: it takes every `many`-th block of positions from `origin` on.

    Block `g` belongs to rank ``g % world_size``, and there to worker ``g // world_size % workers``. So what all readers
    have read together after equally many blocks is the beginning of the stream, without a gap.

    Parameters
    ----------
    number : int
        Of this reader, which is that of its first block.
    many : int
        Number of readers.
    block : int
        Positions in a block.
    origin : int
        Position at which the readers began.

    Examples
    --------
    >>> from itertools import islice
    >>> from synthem.torch.readers import Reader
    >>> list(islice(Reader(number=1, many=3, block=2, origin=0).positions(0, None), 5))
    [2, 3, 8, 9, 14]
    """

    number: int
    many: int
    block: int
    origin: int

    @classmethod
    def of(cls, ranks: Ranks, worker: int, workers: int, *, block: int, origin: int) -> Reader:
        """Return the reader that a worker of a rank is."""
        many = ranks.world_size * workers
        return cls(number=ranks.rank + ranks.world_size * worker, many=many, block=block, origin=origin)

    def first_from(self, position: int) -> int:
        """Return the first position of this reader at or after a position."""
        block = (position - self.origin) // self.block
        if block % self.many == self.number:
            return position
        return self.origin + (block + (self.number - block) % self.many) * self.block

    def positions(self, position: int, end: int | None) -> Iterator[int]:
        """Yield the positions of this reader from a position on, up to an end or without one."""
        position = self.first_from(position)
        while end is None or position < end:
            yield position
            position = self.first_from(position + 1)
