"""The one decorator that every kernel wears."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numba

__all__ = ["kernel"]

F = TypeVar("F", bound=Callable[..., object])


def kernel(function: F) -> F:
    """Compile a function without the GIL, cached on disk where a cache can be written.

    Numba keeps its cache beside the module, or in the user's cache folder when the
    installation is read-only; where neither can be written the kernel still works and is
    compiled anew in each process.
    """
    try:
        return cast(F, numba.njit(function, cache=True, nogil=True, error_model="numpy"))
    except RuntimeError:  # numba found no folder that can be written
        return cast(F, numba.njit(function, nogil=True, error_model="numpy"))
