"""Progress bars: on a terminal, and nowhere else unless asked for."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

__all__ = ["track"]

T = TypeVar("T")

REFRESHES_PER_SECOND = 4


def track(items: Iterable[T], *, total: int, label: str, show: bool | None = None) -> Iterator[T]:
    """Yield the items, with a progress bar on standard error.

    Parameters
    ----------
    items : iterable
        What to go through.
    total : int
        How many there will be.
    label : str
        What is being counted.
    show : bool or None, default None
        Show the bar; None means if standard error is a terminal.

    Yields
    ------
    object
        The items.
    """
    if not (sys.stderr.isatty() if show is None else show):
        yield from items
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), refresh_per_second=REFRESHES_PER_SECOND) as bar:
        task = bar.add_task(label, total=total)
        for item in items:
            yield item
            bar.advance(task)
