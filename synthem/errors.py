"""Errors and warnings of synthem.

Which one to raise:

- `ConfigError`: a parameter, a TOML key or a command-line value is wrong.
- `DataError`: a file or folder that was read is not what it must be.
- `OutputError`: something cannot be written, or must not be overwritten.
- `PlacementError`: `strict=True` and not everything asked for was placed.
- `MissingExtraError`: an optional dependency is not installed.

What to warn with: `PlacementWarning` where less was placed than was asked for, `DataWarning` where something that was
read, or left out, may not be what it was meant to be, `EmptyClassWarning` where a class of one's own got no pixel.
"""

from __future__ import annotations

from collections.abc import Iterable

__all__ = [
    "ConfigError",
    "DataError",
    "DataWarning",
    "EmptyClassWarning",
    "MissingExtraError",
    "OutputError",
    "PlacementError",
    "PlacementWarning",
    "SpeedWarning",
    "SynthemError",
    "did_you_mean",
]


class SynthemError(Exception):
    """Base class of all errors raised on purpose by synthem."""


class ConfigError(SynthemError, ValueError):
    """A parameter or configuration value is not allowed."""


class DataError(SynthemError, ValueError):
    """Data that was read does not have the required form."""


class OutputError(SynthemError, OSError):
    """A result cannot be written, or would overwrite something."""


class PlacementError(SynthemError, RuntimeError):
    """Not every requested organelle found room and `strict=True` was asked."""


class MissingExtraError(SynthemError, ImportError):
    """An optional dependency is missing; the message names the extra that brings it."""


class PlacementWarning(UserWarning):
    """Fewer organelles were placed than were asked for."""


class DataWarning(UserWarning):
    """Something was left out when data was read, or may not be what it was meant to be."""


class EmptyClassWarning(UserWarning):
    """A class of a table of one's own has no pixel in any tile."""


class SpeedWarning(UserWarning):
    """A speed-up is not to be had: compiled kernels cannot be kept, or processes not started."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ``"; did you mean 'x'?"`` for the closest known word, or an empty string."""
    import difflib  # rarely needed

    close = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""
