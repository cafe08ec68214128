"""What is said when something cannot be written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from synthem.errors import OutputError

__all__ = ["Writing"]

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Writing:
    """Where something is written, and what is left if that fails: for errors.

    Parameters
    ----------
    target : Path
        The dataset.
    kept : str, default "nothing was changed"
        What is left.
    """

    target: Path
    kept: str = "nothing was changed"

    @contextmanager
    def errors(self, tiles: Iterable[T] = ()) -> Iterator[Iterable[T]]:
        """Make errors of the system those of synthem, except what tiles raise, which the block goes through."""
        raised: list[Exception] = []

        def watched() -> Iterator[T]:
            try:
                yield from tiles
            except Exception as error:
                raised.append(error)
                raise

        try:
            yield watched()
        except OSError as error:
            if error in raised or isinstance(error, OutputError):
                raise
            reason = error.strerror or error
            raise OutputError(f"{self.target} cannot be written: {reason}; {self.kept}") from error
