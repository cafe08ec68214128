"""Seeds: from what a user gives, a tile's number and the name of a stream to generators and keys of kernels."""

from __future__ import annotations

import secrets
from collections import Counter
from functools import cached_property
from hashlib import blake2b
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.random.bit_generator import ISeedSequence

from synthem.errors import ConfigError
from synthem.parameters import _is_int

__all__ = ["Stream", "Streams", "detail_of", "draw_key", "resolve_seed", "tile_share"]


def draw_key(rng: np.random.Generator) -> int:
    """Draw the key of a kernel's own randomness, an integer below 2**40."""
    return int(rng.random() * 2**40)


def resolve_seed(seed: int | np.random.Generator | np.random.SeedSequence | None) -> int:
    """Reduce whatever was given as a seed to one integer that can be recorded.

    Parameters
    ----------
    seed : int, numpy.random.Generator, numpy.random.SeedSequence or None
        An integer from 0 to 2**63 - 1 stands for itself, 0 included. None draws a fresh seed. A generator or a
        seed sequence yields one integer.

    Returns
    -------
    int

    Raises
    ------
    ConfigError
        If the seed is negative, too large, or not an integer.

    Examples
    --------
    >>> from synthem.seeds import resolve_seed
    >>> resolve_seed(0)
    0
    """
    if seed is None:
        return secrets.randbits(53)
    if isinstance(seed, np.random.Generator):
        return int(seed.integers(2**53))
    if isinstance(seed, np.random.SeedSequence):
        return int(seed.generate_state(1, np.uint64)[0] >> np.uint64(11))
    if _is_int(seed) and 0 <= int(seed) < 2**63:
        return int(seed)
    raise ConfigError(f"`seed` must be an integer from 0 to 2**63 - 1 or None, got {seed!r}")


class _Digest(ISeedSequence):
    """Seed words that are a hash of a text: what a `SeedSequence` does, in a third of the time."""

    def __init__(self, text: bytes) -> None:
        self._text = text

    def generate_state(self, n_words: int, dtype: npt.DTypeLike = np.uint32) -> npt.NDArray[Any]:
        size = n_words * np.dtype(dtype).itemsize
        return np.frombuffer(blake2b(self._text, digest_size=size).digest(), dtype)


class Stream(np.random.Generator):
    """The generator of one kind of organelle or of one stage, with a second one for details within objects.

    Parameters
    ----------
    seed, index : int
        Seed and number of the tile.
    name : str
        Name of the stream.
    """

    def __init__(self, seed: int, index: int, name: str) -> None:
        self._text = f"{seed} {index} {name}".encode()
        super().__init__(np.random.PCG64(_Digest(self._text)))  # type: ignore[arg-type]

    @cached_property
    def detail(self) -> np.random.Generator:
        """Source of what lies within objects, such as cristae, and decides no mask."""
        return np.random.Generator(np.random.PCG64(_Digest(self._text + b" appearance")))  # type: ignore[arg-type]

    def shared(self, name: str) -> float:
        """Return a number from 0 to 1 that is the same whenever it is asked for: what objects of a tile share."""
        return int.from_bytes(blake2b(self._text + f" {name}".encode(), digest_size=6).digest(), "big") / 2**48


def tile_share(rng: np.random.Generator, name: str) -> float:
    """Return a number from 0 to 1 that all objects of a kind share within a tile; a plain generator draws a new one.

    It is a function of the stream and the name alone, so that asking for it changes nothing of what is drawn.
    """
    return rng.shared(name) if isinstance(rng, Stream) else float(rng.random())


def detail_of(rng: np.random.Generator) -> np.random.Generator:
    """Return the source of details that goes with a source of shapes; a plain generator is its own."""
    return rng.detail if isinstance(rng, Stream) else rng


class Streams:
    """The streams of one tile, each a function of seed, index and its name alone.

    Parameters
    ----------
    seed, index : int
        Seed and number of the tile.

    Examples
    --------
    >>> from synthem.seeds import Streams
    >>> Streams(7, 0).named("axon").random() == Streams(7, 0).named("axon").random()
    True
    """

    def __init__(self, seed: int, index: int) -> None:
        self._place = (seed, index)
        self._uses: Counter[str] = Counter()

    def named(self, name: str) -> Stream:
        """Return a new stream; the second one of a name differs from the first, and so on."""
        self._uses[name] += 1
        many = self._uses[name]
        return Stream(*self._place, name if many == 1 else f"{name} {many}")
