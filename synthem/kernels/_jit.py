"""The two decorators of compiled functions."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar, cast

import numba

from synthem.kernels._cache import KernelCache
from synthem.kernels._records import numba_types

__all__ = ["SIGNATURES", "helper", "kernel"]

F = TypeVar("F", bound=Callable[..., object])

_njit: Any = numba.njit  # its type stub does not know the options that leave out wrappers
_OPTIONS = {"nogil": True, "error_model": "numpy", "no_cfunc_wrapper": True}

SIGNATURES: dict[Any, tuple[Any, ...]] = {}
"""Kernels with a cache on disk, and the types of arguments for which each is compiled."""


def kernel(*arguments: str | type[tuple[Any, ...]]) -> Callable[[F], F]:
    """Compile a function without the GIL, cached on disk where a cache can be written.

    The cache lies beside the module, or in the user's cache folder where the installation is read-only; where neither
    can be written the kernel still works and is compiled anew in each process. It is compiled when it is first called,
    or before by `synthem.kernels.compilation.compile_kernels`.

    Parameters
    ----------
    *arguments : str or type of a record
        Types of the arguments in their order: some as numba writes them, or one record (`synthem.kernels._records`).
    """

    def compiled(function: F) -> F:
        dispatcher = _njit(**_OPTIONS)(function)
        if dispatcher is function:  # NUMBA_DISABLE_JIT leaves functions as they are
            return function
        with suppress(RuntimeError):  # there is no folder that can be written
            dispatcher._cache = KernelCache(function)
            SIGNATURES[dispatcher] = tuple(found for argument in arguments for found in numba_types(argument))
        return cast(F, dispatcher)

    return compiled


def helper(function: F) -> F:
    """Compile a function that only kernels call: it becomes part of them, and cannot be called from Python.

    It counts no references, since that takes longer than the work on a short slice. So it can neither make arrays nor
    return slices; numba says so where one tries.
    """
    return cast(F, _njit(no_cpython_wrapper=True, _nrt=False, **_OPTIONS)(function))
