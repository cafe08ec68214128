"""Locks on folders: one run at a time, and free at once when a run ends, however it ends."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from synthem.errors import OutputError

__all__ = ["is_locked", "locked_folder", "wait_for_lock"]


def _lock(folder: Path) -> int | None:
    """Return an open file that holds the lock, or None if another process has it."""
    if sys.platform == "win32":  # folders cannot be locked: a second run is found when it puts its tiles in place
        return os.open(os.devnull, os.O_RDONLY)
    import fcntl

    file = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        return None
    except OSError:  # a file system without locks
        pass
    return file


def wait_for_lock(folder: Path, seconds: float) -> None:
    """Wait until the lock of a folder is free, some seconds at most: workers outlive their parent for a moment."""
    end = time.monotonic() + seconds
    while is_locked(folder) and time.monotonic() < end:
        time.sleep(0.05)


def is_locked(folder: Path) -> bool:
    """Return whether a run holds the lock of a folder."""
    try:
        file = _lock(folder)
    except OSError:
        return False
    if file is None:
        return True
    os.close(file)
    return False


@contextmanager
def locked_folder(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder. Processes that are forked meanwhile hold it, too.

    Raises
    ------
    OutputError
        If another run has it.
    """
    file = _lock(folder)
    if file is None:
        raise OutputError(f"`path` must be written by one run at a time, got {folder}, which another run is writing")
    try:
        yield
    finally:
        os.close(file)
