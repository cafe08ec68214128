"""Counter-based randomness: pure functions of integer keys."""

from __future__ import annotations

import numpy as np

from synthem.kernels._jit import helper

__all__ = ["hash32", "hash_unit"]

BELOW_ONE = np.float32(1.0 - 2.0**-24)


@helper
def hash32(key, a, b):
    """Mix a key and two counters into 32 well-spread bits (splitmix64 finaliser)."""
    # by way of int64, which may be negative: without the compiler NumPy refuses a negative Python number
    first, second = np.uint64(np.int64(a)), np.uint64(np.int64(b))
    z = np.uint64(np.int64(key))
    z ^= (first * np.uint64(0x9E3779B97F4A7C15)) ^ (second * np.uint64(0xC2B2AE3D27D4EB4F))
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.uint32((z ^ (z >> np.uint64(31))) >> np.uint64(16))


@helper
def hash_unit(key, a, b):
    """Return a float in [0, 1) that depends on a key and two counters."""
    return min(np.float32(hash32(key, a, b) * 2.3283064365386963e-10), BELOW_ONE)
