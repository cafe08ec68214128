"""Compilation of all kernels at once, where the cache is empty."""

from __future__ import annotations

import gc
import importlib
import multiprocessing
import os
import pkgutil
import signal
import warnings
from functools import cache
from typing import Any

from numba.core.compiler_lock import global_compiler_lock

from synthem import kernels
from synthem.kernels._jit import SIGNATURES
from synthem.kernels.noise import white_noise

__all__ = ["compile_kernels"]

PATIENCE = 300.0
"""Seconds after which processes that compile are given up."""

FIRST = ("partition", "membranes", "occupancy", "raster", "optics", "packing", "inner_placement")
"""Modules that take longest, the longest first."""


@cache
def compile_kernels() -> None:
    """Compile all kernels side by side in forked processes, if the cache on disk is empty.

    What the processes leave in the cache is read when a kernel is first called. What is missing there is then compiled
    in this process, as if nothing had happened.
    """
    first: Any = white_noise
    if first not in SIGNATURES:  # no cache can be written, or nothing is compiled at all
        return
    first.compile(SIGNATURES[first])
    if not first.stats.cache_misses:
        return
    names = sorted((info.name for info in pkgutil.iter_modules(kernels.__path__)), key=_rank)
    context = multiprocessing.get_context("fork")
    try:
        taken = context.Value("i", 0)
    except OSError:  # no semaphores here: each kernel is compiled when it is called
        return
    count = min(len(os.sched_getaffinity(0)), len(names))
    children = [context.Process(target=_compile_some, args=(names, taken), daemon=True) for _ in range(count)]
    try:
        # no other thread compiles while this one forks, and so no lock is held in the children for ever
        with global_compiler_lock, warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            for child in children:
                child.start()
        for child in children:
            child.join(PATIENCE)
    except OSError:  # no process can be started: each kernel is compiled when it is called
        return
    finally:
        for child in children:
            if child.pid is not None:
                child.kill()


def _rank(name: str) -> int:
    return FIRST.index(name) if name in FIRST else len(FIRST)


def _compile_some(names: list[str], taken: Any) -> None:
    """Compile the kernels of one module after the other, of those that no other process has taken."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    warnings.simplefilter("ignore")  # the parent says it
    gc.disable()  # in a process that ends soon
    while True:
        with taken:
            place = taken.value
            taken.value += 1
        if place >= len(names):
            return
        module = importlib.import_module(f"{kernels.__name__}.{names[place]}")
        for dispatcher, signature in list(SIGNATURES.items()):
            if dispatcher.__module__ == module.__name__:
                dispatcher.compile(signature)
