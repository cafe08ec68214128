"""The two decorators of compiled functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

__all__ = ["helper", "kernel"]

F = TypeVar("F", bound=Callable[..., object])

_njit: Any = numba.njit  # its type stub does not know the options that leave out wrappers
_OPTIONS = {"nogil": True, "error_model": "numpy", "no_cfunc_wrapper": True}


def kernel(function: F) -> F:
    """Compile a function without the GIL, cached on disk where a cache can be written.

    Numba keeps its cache beside the module, or in the user's cache folder when the
    installation is read-only; where neither can be written the kernel still works and is
    compiled anew in each process.
    """
    try:
        return cast(F, _njit(cache=True, **_OPTIONS)(function))
    except RuntimeError:  # numba found no folder that can be written
        return cast(F, _njit(**_OPTIONS)(function))


def helper(function: F) -> F:
    """Compile a function that only kernels call: it becomes part of them, and cannot be called from Python."""
    return cast(F, _njit(no_cpython_wrapper=True, **_OPTIONS)(function))
