"""Progress bars: on a terminal, and nowhere else unless asked for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
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
    with ticker(total=total, label=label, show=show, at_first=at_first) as tick:
        for item in items:
            tick(0)
            yield item
            tick(1)


@contextmanager
def ticker(*, total: int, label: str, show: bool | None = None, at_first: str | None = None) -> Iterator[Tick]:
    """Show a progress bar for work that is no loop.

    Parameters
    ----------
    total, label, show
        See `track`.
    at_first : str, optional
        What to say if the first call takes more than two seconds to come, until then.

    Yields
    ------
    callable
        Called with the number of pieces that are done since the call before.
    """
    if not (is_terminal() if show is None else show):
        yield lambda number: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), refresh_per_second=REFRESHES_PER_SECOND) as bar:
        task = bar.add_task(label, total=total)
        patience = threading.Timer(PATIENCE, bar.update, (task,), {"description": at_first or label})
        patience.start()

        def tick(number: int) -> None:
            patience.cancel()
            bar.update(task, description=label, advance=number)

        try:
            yield tick
        finally:
            patience.cancel()
