"""Trials on all cores: worker processes that inherit the tiles to be painted."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

from synthem.generation.pools import can_fork

__all__ = ["forked"]

T = TypeVar("T")

_inherited: Callable[[Any], Any] | None = None


@contextmanager
def forked(function: Callable[[Any], T], workers: int | None = None) -> Iterator[Callable[[Sequence[Any]], list[T]]]:
    """Give a map that calls a function in worker processes, which inherit all that it refers to.

    Parameters
    ----------
    function : callable
        A pure function of one argument; arguments and results travel, what the function refers to does not.
    workers : int or None, default None
        Number of processes; None: as many as there are processors for this process.

    Yields
    ------
    callable
        Takes a sequence of arguments and returns the results in their order. Where processes cannot be forked, or
        there is one processor, it calls the function itself.
    """
    global _inherited
    many = len(os.sched_getaffinity(0)) if workers is None and hasattr(os, "sched_getaffinity") else workers or 1
    if many == 1 or not can_fork():
        yield lambda arguments: [function(one) for one in arguments]
        return
    _inherited = function
    context = multiprocessing.get_context("fork")
    pool = ProcessPoolExecutor(many, mp_context=context, initializer=_ignore_interrupts)
    try:
        yield lambda arguments: list(pool.map(_call, arguments))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        _inherited = None


def _ignore_interrupts() -> None:
    """Leave Ctrl-C to the parent, which ends its workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _call(argument: Any) -> Any:
    assert _inherited is not None
    return _inherited(argument)
