"""Tiles as a map-style dataset."""

from __future__ import annotations

import operator
from functools import partial
from typing import Any, Unpack

from torch.utils.data import Dataset

from synthem._wording import counted
from synthem.generation.tile_request import TileOptions, check_whole, shows_options
from synthem.torch.source import TileSource, Transform

__all__ = ["TileDataset"]


class TileDataset(Dataset[Any]):
    """Tiles by number, made when they are asked for; any length costs nothing.

    Sample `i` is tile ``start + i`` of the scene, in every process and every epoch. Whoever hands out the numbers (a
    sampler of PyTorch, ``grain``) thus decides order, workers and ranks. `TileStream` gives new tiles in every epoch.

    Parameters
    ----------
    n : int
        Number of tiles, at least 1.
    transform : callable, optional
        Takes a `synthem.Tile` and a ``numpy.random.Generator`` that belongs to this tile, and gives the sample. Without
        it a sample is that of `synthem.torch.to_tensors`. Workers that are spawned need one that can be pickled.
    axons, psd, vesicles, mitochondria, recipe, style, shape, pixel_size_nm
        As in `synthem.generate`.
    spacing_nm, thickness_nm, classes, seed, strict, start
        As in `synthem.generate`.

    Raises
    ------
    ConfigError
        If a parameter is not as above.
    PlacementError
        If `strict` and an object finds no room, in the first tile or in one that is asked for.

    Examples
    --------
    >>> import synthem
    >>> from synthem.torch import TileDataset
    >>> tiles = TileDataset(10**9, seed=7, shape=64)
    >>> image, masks = tiles[123_456_789]
    >>> len(tiles), image.shape, masks.shape
    (1000000000, torch.Size([1, 64, 64]), torch.Size([6, 64, 64]))
    """

    @partial(shows_options, without=("workers",))
    def __init__(self, n: int, *, transform: Transform | None = None, **options: Unpack[TileOptions]) -> None:
        self._n = check_whole("n", n)
        self._source = TileSource.of("TileDataset", options, transform)

    @property
    def seed(self) -> int:
        """Seed of the scene, drawn if none was given."""
        return self._source.seed

    def __len__(self) -> int:
        """Return the number of tiles."""
        return self._n

    def __getitem__(self, number: int) -> Any:
        """Return one sample; a negative number counts from the end."""
        place = operator.index(number)
        if not -self._n <= place < self._n:
            raise IndexError(f"`number` must be from {-self._n} to {self._n - 1}, got {place}")
        return self._source.sample(place % self._n)

    def endless(self, number: int) -> Any:
        """Return a sample, as if the tiles came again and again."""
        return self._source.sample(number % self._n)

    @property
    def source(self) -> TileSource:
        """The scene with seed and transform."""
        return self._source

    def __repr__(self) -> str:
        """Return a short description."""
        return f"TileDataset({counted(self._n, 'tile')}, seed={self.seed})"
