"""Progress bars: on a terminal, and nowhere else unless asked for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from itertools import islice
from typing import TypeVar

from synthem._signals import is_terminal

__all__ = ["Tick", "ticker", "track"]

T = TypeVar("T")
Tick = Callable[[int], None]
"""Say that so many more pieces of the work are done."""

REFRESHES_PER_SECOND = 4
PATIENCE = 2.0


def track(
    items: Iterable[T], *, total: int, label: str, show: bool | None = None, at_first: str | None = None
) -> Generator[T, None, None]:
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
    at_first : str, optional
        What to say if the first item takes more than two seconds, until it is there.

    Yields
    ------
    object
        The items.
    """
    if not (is_terminal() if show is None else show):
        yield from items
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), refresh_per_second=REFRESHES_PER_SECOND) as bar:
        task = bar.add_task(label, total=total)
        patience = threading.Timer(PATIENCE, bar.update, (task,), {"description": at_first or label})
        patience.start()
        try:
            for place, item in enumerate(items):
                if place == 0:
                    patience.cancel()
                    bar.update(task, description=label)
                yield item
                bar.advance(task)
        finally:
            patience.cancel()


@contextmanager
def ticker(*, total: int, label: str, show: bool | None = None) -> Iterator[Tick]:
    """Show a progress bar for work that is no loop.

    Parameters
    ----------
    total, label, show
        See `track`.

    Yields
    ------
    callable
        Called with the number of pieces that are done since the call before.
    """
    with closing(track(range(total), total=total, label=label, show=show)) as steps:

        def tick(number: int) -> None:
            for _ in islice(steps, number):
                pass

        yield tick
        for _ in steps:  # the last piece counts as done when another one is asked for
            pass
