"""Streams of samples that workers and ranks share, with one position for all."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from functools import partial
from typing import Any, Unpack

from torch.utils.data import IterableDataset, get_worker_info

from synthem._wording import counted
from synthem.errors import ConfigError
from synthem.generation.tile_request import TileOptions, check_flag, check_whole, shows_options
from synthem.torch.epochs import EpochBoard
from synthem.torch.readers import Ranks, Reader, check_same_on_all_ranks, worker_and_workers
from synthem.torch.source import TileSource, Transform

__all__ = ["ENDLESS", "PositionStream", "TileStream"]

ENDLESS = 2**32
"""Samples by which two epochs without an end lie apart."""

MARK = "synthem_stream"


class PositionStream(IterableDataset[Any]):
    """Samples at positions 0, 1, 2 … of each epoch, shared out to ranks and workers.

    Parameters
    ----------
    n : int or None
        Samples of an epoch over all ranks; None never ends.
    batch_size : int
        Neighbouring positions that one reader takes.
    repeat : bool
        Whether all epochs are the same.
    ranks : Ranks
        Which of how many processes this one is.
    identity : dict
        What decides the samples, as JSON-able values.
    """

    def __init__(
        self, *, n: int | None, batch_size: int, repeat: bool, ranks: Ranks, identity: Mapping[str, Any]
    ) -> None:
        self._n = None if n is None else check_whole("n", n)
        self._block = check_whole("batch_size", batch_size)
        self._repeat, self._ranks = check_flag("repeat", repeat), ranks
        step = self._block * ranks.world_size
        if ranks.world_size > 1 and self._n is not None and self._n % step:
            raise ConfigError(
                f"`n` must be a multiple of {step}, `batch_size` by the number of ranks, so that all ranks make as "
                f"many steps, got {self._n}"
            )
        self._identity = {**identity, "n": self._n, "repeat": self._repeat}
        kind = type(self).__name__
        check_same_on_all_ranks(ranks, f"the parameters of `{kind}`", (kind, self._block, self._identity))
        self._board = EpochBoard()
        self._epoch = self._origin = self._position = 0
        self._resumed: tuple[int, int, int] | None = None

    @abstractmethod
    def sample_at(self, place: int) -> Any:
        """Return the sample at a place, which counts on through all epochs."""

    def __len__(self) -> int:
        """Return the number of samples of an epoch for this rank."""
        if self._n is None:
            raise TypeError(f"{type(self).__name__} without `n` has no length: it never ends")
        return self._n // self._ranks.world_size

    def __iter__(self) -> Iterator[Any]:
        """Begin an epoch, or go on in the one that was loaded."""
        self._epoch, self._origin, self._position = self._board.begin(), 0, 0
        if self._resumed is not None and self._resumed[0] == self._epoch:
            _, self._origin, self._position = self._resumed
        return self._samples()

    def _samples(self) -> Iterator[Any]:
        before = 0 if self._repeat else self._epoch * (self._n or ENDLESS)
        reader = Reader.of(self._ranks, *worker_and_workers(), block=self._block, origin=self._origin)
        for position in reader.positions(self._position, self._n):
            sample = self.sample_at(before + position)
            self._position = position + 1
            yield sample

    def state_dict(self) -> dict[str, Any]:
        """Return where this process is in the stream, as JSON-able values.

        `StatefulDataLoader` of torchdata asks each worker and puts the answers into its own state.

        Raises
        ------
        ConfigError
            If workers of a loader read the stream: only the loader knows how far they are.
        """
        info = get_worker_info()
        if info is None and self._board.read_by_workers:
            raise ConfigError(
                "`state_dict` must be asked of the loader (`StatefulDataLoader` of torchdata), since its workers read "
                "the stream, got the call in the process that they serve"
            )
        worker, workers = worker_and_workers()
        at = {"epoch": self._epoch, "origin": self._origin, "position": self._position}
        who = {"worker": worker, "workers": workers, **asdict(self._ranks), "batch_size": self._block}
        return {MARK: self._identity, **at, **who}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on where a state was taken, with any number of workers and ranks.

        Parameters
        ----------
        state : mapping
            What `state_dict` returned, or the state of a whole `StatefulDataLoader`. To go on with as many workers,
            give the loader its state instead.

        Raises
        ------
        ConfigError
            If the state is of other samples, or of workers whose batches were not of `batch_size`, so that what they
            had read has gaps.
        """
        found = list(_states_in(state))
        for one in found:
            for name, value in self._identity.items():
                if one[MARK].get(name) != value:
                    raise ConfigError(f"`{name}` must be that of the state, {one[MARK].get(name)!r}, got {value!r}")
        if not found or len({one["epoch"] for one in found}) > 1:
            raise ConfigError(f"`state` must be of one epoch of a {type(self).__name__}, got {len(found)} states in it")
        self._epoch = found[0]["epoch"]
        if get_worker_info() is None:
            self._origin = self._position = _reached(found)
        else:  # each worker has its own
            self._origin, self._position = found[0]["origin"], found[0]["position"]
        self._resumed = (self._epoch, self._origin, self._position)
        self._board.reset(self._epoch)


class TileStream(PositionStream):
    """Tiles without an end, or in epochs of `n`, shared out to the workers of a loader and to the ranks of a run.

    All workers and ranks together get every tile once, whatever their number. With `batch_size` that of the loader,
    batches are the same, in the same order, with any number of workers.

    An epoch is new tiles: it goes on where the one before ended (2**32 tiles further, if it has no end). With `repeat`
    every epoch is the same.

    Parameters
    ----------
    n : int or None, default None
        Tiles of an epoch, over all ranks; None never ends. With several ranks a multiple of `batch_size` by their
        number.
    batch_size : int, default 1
        That of the loader. A worker takes so many tiles in a row, so that batches do not depend on workers.
    repeat : bool, default False
        Give the same tiles in every epoch.
    rank, world_size : int, optional
        Which of how many processes of a distributed run this one is; by default as ``torch.distributed`` says if it is
        initialised, else as ``RANK`` and ``WORLD_SIZE`` in the environment say, else one alone. Then, if it is
        initialised, all ranks must make the stream, and are compared.
    transform : callable, optional
        As in `TileDataset`.
    axons, psd, vesicles, mitochondria, recipe, style, shape, pixel_size_nm
        As in `synthem.generate`. Several ranks need a `seed`.
    spacing_nm, thickness_nm, classes, seed, strict, start
        As in `synthem.generate`. Several ranks need a `seed`.

    Raises
    ------
    ConfigError
        If a parameter is not as above, or ranks were given different ones.
    PlacementError
        If `strict` and an object finds no room, in the first tile or in one that is read.

    Notes
    -----
    ``state_dict()`` and ``load_state_dict()`` make it go on exactly where it was. The state of a `StatefulDataLoader`
    of torchdata holds that of the workers; to go on with another number of workers or ranks, give it to
    ``stream.load_state_dict``. With a plain `DataLoader`, ``start=`` the number of tiles read so far does the same.

    Examples
    --------
    >>> from torch.utils.data import DataLoader
    >>> from synthem.torch import TileStream
    >>> stream = TileStream(4, seed=7, shape=64, batch_size=2)
    >>> [images.shape[0] for images, masks in DataLoader(stream, batch_size=2)]
    [2, 2]
    """

    @partial(shows_options, without=("workers",))
    def __init__(
        self,
        n: int | None = None,
        *,
        batch_size: int = 1,
        repeat: bool = False,
        rank: int | None = None,
        world_size: int | None = None,
        transform: Transform | None = None,
        **options: Unpack[TileOptions],
    ) -> None:
        ranks = Ranks.found(rank, world_size)
        if ranks.world_size > 1 and options.get("seed") is None:
            raise ConfigError(f"`seed` must be the same number on all {ranks.world_size} ranks, got None")
        self._source = TileSource.of("TileStream", options, transform)
        source = {"seed": self._source.seed, "start": self._source.start, "scene": self._source.digest}
        super().__init__(n=n, batch_size=batch_size, repeat=repeat, ranks=ranks, identity=source)

    @property
    def seed(self) -> int:
        """Seed of the scene, drawn if none was given."""
        return self._source.seed

    @property
    def source(self) -> TileSource:
        """The scene with seed and transform."""
        return self._source

    def sample_at(self, place: int) -> Any:
        """Return the sample of tile ``start + place``."""
        return self._source.sample(place)

    def __repr__(self) -> str:
        """Return a short description."""
        epoch = "endless" if self._n is None else f"{counted(self._n, 'tile')} an epoch"
        return f"TileStream({epoch}, seed={self.seed})"


def _reached(states: list[Any]) -> int:
    """Return the position up to which the workers of a loader have read everything together, on all ranks."""
    workers, origin, block = (states[0][name] for name in ("workers", "origin", "batch_size"))
    ranks = Ranks(rank=states[0]["rank"], world_size=states[0]["world_size"])
    if sorted(one["worker"] for one in states) != list(range(workers)):
        raise ConfigError(f"`state` must hold the states of all {workers} workers, got {len(states)}")
    readers = [Reader.of(ranks, one["worker"], workers, block=block, origin=origin) for one in states]
    following = [reader.first_from(one["position"]) for reader, one in zip(readers, states, strict=True)]
    reached = min(following)
    if following != [reader.first_from(reached) for reader in readers]:
        raise ConfigError(
            "`batch_size` of the stream must have been that of the loader when the state was taken, so that workers "
            f"read without gaps, got {block}"
        )
    step = block * ranks.world_size
    return int(reached if ranks.world_size == 1 else origin + (reached - origin) // step * step)


def _states_in(value: object) -> Iterator[Mapping[str, Any]]:
    """Yield the states of streams in the state of a loader, however it nests them."""
    if isinstance(value, Mapping):
        if MARK in value:
            yield value
            return
        value = list(value.values())
    if isinstance(value, list | tuple):
        for one in value:
            yield from _states_in(one)
