"""Names of tiles and classes, which become names of files and folders."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from synthem.errors import DataError, OutputError, SynthemError

__all__ = ["check_inside", "check_portable", "check_safe", "lies_in"]

FORBIDDEN = frozenset('/\\:*?"<>|\0')
RESERVED = frozenset(("con", "prn", "aux", "nul", *(f"{port}{k}" for port in ("com", "lpt") for k in "123456789¹²³")))
"""Names of devices in Windows, with any ending."""


def check_safe(names: Sequence[str]) -> None:
    """Check names that were read: none leads to another folder, and none is there twice.

    Parameters
    ----------
    names : sequence of str
        Names without endings.

    Raises
    ------
    DataError
        If a name is empty, begins with a dot, holds a separator of paths, or differs from another in case at most.
    """
    for name in names:
        if not _is_plain(name):
            raise DataError(f"`names` must be plain file names, got {name!r}")
    if len({name.lower() for name in names}) < len(names):
        raise DataError("`names` must differ in more than case, got some twice")


def check_inside(paths: Iterable[str]) -> None:
    """Check paths of files in a dataset that were read: none leads out of it.

    Parameters
    ----------
    paths : iterable of str
        Relative to the dataset, with ``/``.

    Raises
    ------
    DataError
        If a path is absolute, holds ``..`` or an empty step, or what is no name on every system.
    """
    for path in paths:
        if any(step in ("", ".", "..") or FORBIDDEN & set(step) for step in path.split("/")):
            raise DataError(f"`files` must be paths in the dataset, got {path!r}")


def lies_in(folder: Path, path: str) -> bool:
    """Return whether a file lies in a folder; one in a folder that is a link to elsewhere does not."""
    return (folder / path).parent.resolve().is_relative_to(folder.resolve())


def check_portable(name: str, *, parameter: str = "`names`", error: type[SynthemError] = OutputError) -> None:
    """Check a name before a file or folder is made of it: it can be kept on any system.

    Parameters
    ----------
    name : str
        Name without its ending.
    parameter : str, default "`names`"
        Beginning of the error: the parameter in backticks.
    error : type, default OutputError
        Error to raise.

    Raises
    ------
    OutputError
        As `check_safe`; also if Windows reserves the name for a device, or cannot keep a character of it.
    """
    if not _is_plain(name):
        raise error(f"{parameter} must be plain file names, got {name!r}")
    if name.partition(".")[0].rstrip(" ").lower() in RESERVED:
        raise error(f"{parameter} must be file names on every system, got {name!r}, which is a device in Windows")
    if name[-1] in ". ":
        raise error(f"{parameter} must not end in a dot or a space, which Windows takes away, got {name!r}")
    if any(ord(character) < 32 for character in name):
        raise error(f"{parameter} must not hold control characters, got {name!r}")


def _is_plain(name: str) -> bool:
    return bool(name) and not name.startswith(".") and not FORBIDDEN & set(name)
