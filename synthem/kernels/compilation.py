"""Compilation of all kernels at once, where the cache is empty."""

from __future__ import annotations

import gc
import importlib
import multiprocessing
import multiprocessing.connection
import os
import pkgutil
import signal
import threading
import time
import warnings
from collections.abc import Callable
from functools import cache
from typing import Any, TypeAlias

from numba.core.compiler_lock import global_compiler_lock

from synthem import kernels
from synthem.kernels import solid as solid_kernels
from synthem.kernels._jit import SIGNATURES
from synthem.kernels.noise import white_noise

__all__ = ["Tell", "compile_kernels", "kernels_are_kept"]

Tell: TypeAlias = Callable[[int, int], None]

PATIENCE = 300.0
"""Seconds after which processes that compile are given up."""

LOOK_EVERY = 0.25
"""Seconds between two looks how far they are."""

_TRIED = {False: threading.Event(), True: threading.Event()}
"""Set in this process for tiles or volumes once tried: what was missing afterwards is compiled when it is called."""

FIRST = ("partition", "membranes", "occupancy", "raster", "optics", "packing", "inner_placement")
"""Modules that take longest, the longest first."""

FIRST_SOLID = ("solid.walls", "solid.settling", "optics", "solid.furnishing", "solid.vesicles", "solid.tubes")
SHARED = ("optics", "masks")
"""What volumes need of the kernels of tiles."""


@cache
def kernels_are_kept(*, solid: bool = False) -> bool:
    """Return whether kernels that were compiled before are read from the cache on disk; false: they are not there.

    Without a cache that can be written, and without compilation at all, there is nothing to wait for beforehand: true.

    Parameters
    ----------
    solid : bool, default False
        Ask for the kernels of volumes.
    """
    first: Any = _first_of_solid() if solid else white_noise
    if first not in SIGNATURES:  # no cache can be written, or nothing is compiled at all
        return True
    first.compile(SIGNATURES[first])
    return not first.stats.cache_misses


def compile_kernels(tell: Tell = lambda done, total: None, *, solid: bool = False) -> None:
    """Compile all kernels of tiles, or of volumes, side by side in forked processes, if the cache is empty.

    What the processes leave in the cache is read when a kernel is first called. What is missing there is then compiled
    in this process, as if nothing had happened.

    Parameters
    ----------
    tell : callable, optional
        Told now and then how many of how many modules are begun or done.
    solid : bool, default False
        Compile the kernels of volumes.
    """
    if not kernels_are_kept(solid=solid) and not _TRIED[solid].is_set():
        _TRIED[solid].set()
        _compile_beside(tell, _names(solid))


def _first_of_solid() -> Any:
    """Return a kernel of volumes that takes little time to compile."""
    from synthem.kernels.solid.bending import fields_of_section

    return fields_of_section


def _names(solid: bool) -> list[str]:
    """Return the modules of kernels, below `synthem.kernels`; those that take longest come first."""
    modules = pkgutil.iter_modules(solid_kernels.__path__ if solid else kernels.__path__)
    names = [f"solid.{info.name}" if solid else info.name for info in modules if not info.ispkg]
    first: tuple[str, ...] = FIRST_SOLID if solid else FIRST
    return sorted(
        [*names, *(SHARED if solid else ())], key=lambda name: first.index(name) if name in first else len(first)
    )


def _compile_beside(tell: Tell, names: list[str]) -> None:
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
        end = time.monotonic() + PATIENCE
        while any(child.is_alive() for child in children) and time.monotonic() < end:
            tell(max(0, min(taken.value, len(names)) - count), len(names))
            multiprocessing.connection.wait([child.sentinel for child in children], LOOK_EVERY)
            for child in children:
                child.join(0)
        tell(len(names), len(names))
    except OSError:  # no process can be started: each kernel is compiled when it is called
        return
    finally:
        for child in children:
            if child.pid is not None:
                child.kill()


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
