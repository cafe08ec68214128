"""Seeds: from what a user gives, and a tile's number, to generators and keys of kernels."""

from __future__ import annotations

import secrets
from hashlib import blake2b
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.random.bit_generator import ISeedSequence

from synthem.errors import ConfigError
from synthem.parameters import _is_int

__all__ = ["draw_key", "resolve_seed", "tile_generator"]


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
    """Seed words that are a hash of two numbers: what a `SeedSequence` does, in a third of the time."""

    def __init__(self, seed: int, index: int) -> None:
        self._text = b"%d %d" % (seed, index)

    def generate_state(self, n_words: int, dtype: npt.DTypeLike = np.uint32) -> npt.NDArray[Any]:
        size = n_words * np.dtype(dtype).itemsize
        return np.frombuffer(blake2b(self._text, digest_size=size).digest(), dtype)


def tile_generator(seed: int, index: int) -> np.random.Generator:
    """Return the generator of tile `index`: a function of the two numbers alone."""
    return np.random.Generator(np.random.PCG64(_Digest(seed, index)))  # type: ignore[arg-type]
