"""Real and synthetic samples in an exact ratio."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from numbers import Rational, Real
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from synthem._wording import counted
from synthem.errors import ConfigError
from synthem.seeds import Stream
from synthem.tiles.labelled_image import LabelledImage
from synthem.tiles.tile import Tile
from synthem.torch.readers import Ranks
from synthem.torch.stream import PositionStream, TileStream
from synthem.torch.tile_dataset import TileDataset

__all__ = ["Mixed"]


class Mixed(PositionStream):
    """A stream of real and synthetic samples: of the first k, ``floor(k * ratio)`` are synthetic.

    So a batch of 10 with a ratio of 0.9 always holds one real sample. Real samples come in a new random order each
    time they have all been seen, a function of the seed of the synthetic ones alone. Epochs, workers, ranks and states
    are as in `TileStream`.

    Parameters
    ----------
    real : sequence
        Real samples: a `synthem.Dataset`, a list of tiles or of `LabelledImage`, the windows of
        `synthem.tiles.cutting.cut_images`, a map-style dataset of PyTorch. Tiles and labelled images go through the
        transform of `synthetic`, anything else is given as it is.
    synthetic : TileStream or TileDataset
        A stream gives ever new tiles, a dataset its own again and again. `n`, ranks and `repeat` are those of `Mixed`;
        those of the stream do not count.
    ratio : float or Fraction, default 0.5
        Share of synthetic samples, more than 0 and less than 1. A float counts as the decimal that it prints.
    n : int or None, default None
        Samples of an epoch, over all ranks; None never ends.
    batch_size, repeat, rank, world_size
        As in `TileStream`.

    Raises
    ------
    ConfigError
        If a parameter is not as above, or ranks were given different ones.

    Examples
    --------
    >>> import synthem
    >>> from synthem.torch import Mixed, TileStream
    >>> real = synthem.generate(3, seed=1, shape=64)  # in place of real tiles
    >>> mixed = Mixed(real, TileStream(seed=7, shape=64), ratio=0.75, n=8)
    >>> [mixed.is_synthetic(place) for place in range(8)]
    [False, True, True, True, False, True, True, True]
    """

    def __init__(
        self,
        real: Sequence[Any],
        synthetic: TileStream | TileDataset,
        ratio: float | Fraction = 0.5,
        *,
        n: int | None = None,
        batch_size: int = 1,
        repeat: bool = False,
        rank: int | None = None,
        world_size: int | None = None,
    ) -> None:
        if not isinstance(synthetic, TileStream | TileDataset):
            raise ConfigError(f"`synthetic` must be a TileStream or a TileDataset, got {synthetic!r}")
        if isinstance(real, str) or not hasattr(real, "__len__") or not hasattr(real, "__getitem__") or len(real) < 1:
            raise ConfigError(f"`real` must be a sequence of at least one sample, got {real!r}{_reading_hint(real)}")
        self._real, self._synthetic, self._ratio = real, synthetic, _share(ratio)
        source = synthetic.source
        identity = {
            "seed": source.seed,
            "start": source.start,
            "scene": source.digest,
            "synthetic": len(synthetic) if isinstance(synthetic, TileDataset) else None,
            "real": len(real),
            "ratio": str(self._ratio),
        }
        ranks = Ranks.found(rank, world_size)
        super().__init__(n=n, batch_size=batch_size, repeat=repeat, ranks=ranks, identity=identity)

    def is_synthetic(self, place: int) -> bool:
        """Return whether the sample at a place, counted through all epochs, is synthetic."""
        return self._synthetic_before(place + 1) > self._synthetic_before(place)

    def sample_at(self, place: int) -> Any:
        """Return the sample at a place, counted through all epochs."""
        synthetic = self._synthetic_before(place)
        if self.is_synthetic(place):
            return self._of_synthetic(synthetic)
        source, (turn, rest) = self._synthetic.source, divmod(place - synthetic, len(self._real))
        item = self._real[int(_order(source.seed, turn, len(self._real))[rest])]
        if isinstance(item, Tile | LabelledImage):
            return source.transform(item, Stream(source.seed, place, "transform real"))
        return item

    def _of_synthetic(self, number: int) -> Any:
        if isinstance(self._synthetic, TileDataset):
            return self._synthetic.endless(number)
        return self._synthetic.sample_at(number)

    def _synthetic_before(self, place: int) -> int:
        return place * self._ratio.numerator // self._ratio.denominator

    def __repr__(self) -> str:
        """Return a short description."""
        return f"Mixed({counted(len(self._real), 'real sample')}, {self._synthetic!r}, ratio={self._ratio})"


def _reading_hint(real: object) -> str:
    return f"; `synthem.io.read_slices({str(real)!r})` reads a folder" if isinstance(real, str | Path) else ""


@lru_cache(maxsize=8)
def _order(seed: int, turn: int, n: int) -> npt.NDArray[np.int64]:
    """Return the order of real samples in one of their turns."""
    return Stream(seed, turn, "order of real samples").permutation(n)


def _share(ratio: object) -> Fraction:
    if isinstance(ratio, Real) and not isinstance(ratio, bool):
        try:
            share = Fraction(ratio) if isinstance(ratio, Rational) else Fraction(repr(float(ratio)))
        except ValueError:  # not finite
            share = Fraction(0)
        if 0 < share < 1:
            return share
    raise ConfigError(f"`ratio` must be the share of synthetic samples, more than 0 and less than 1, got {ratio!r}")
