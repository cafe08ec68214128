"""Ends of processes: what unwinds when it is told to stop, and who goes with whom."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from types import FrameType

__all__ = ["end_with_parent", "is_terminal", "unwind_when_told_to_stop"]

STOPS = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))
LOOK_EVERY = 0.5
"""Seconds between two looks whether the parent still lives."""


def unwind_when_told_to_stop() -> None:
    """Make SIGTERM and SIGHUP unwind this process as an interrupt does, so that nothing half-made is left behind.

    A signal that is ignored, as under ``nohup``, stays ignored. Commands call this; the library leaves signals alone.
    """
    for number in STOPS:
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _unwind)


def _unwind(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def end_with_parent(parent: int) -> None:
    """Prepare a worker process: it leaves interrupts to its parent, and ends when that ends.

    Parameters
    ----------
    parent : int
        Process id of the parent, which may have ended while this process began.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in STOPS:
        signal.signal(number, signal.SIG_DFL)
    threading.Thread(target=_watch, args=(parent,), daemon=True, name="synthem-parent").start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK_EVERY)
    os._exit(1)


def is_terminal() -> bool:
    """Return whether standard error is a terminal; where it is closed or none at all, it is not."""
    try:
        return sys.stderr is not None and sys.stderr.isatty()
    except (AttributeError, ValueError):
        return False
