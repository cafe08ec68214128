"""Single files: checked before the work, then written whole or not at all."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from synthem.errors import ConfigError, OutputError

__all__ = ["check_file", "check_parent", "write_file"]


def check_file(name: str, path: str | Path, *endings: str) -> Path:
    """Return the path of a file to be written, or say before any work is done why it cannot be.

    Parameters
    ----------
    name : str
        Parameter name for the error.
    path : str or Path
        The file; it may exist.
    *endings : str
        What its name may end in, such as ``".toml"``.

    Returns
    -------
    Path

    Raises
    ------
    ConfigError
        If the name has another ending.
    OutputError
        If it is a folder, or lies where nothing can be written.
    """
    target = Path(path)
    if target.suffix.lower() not in endings:
        raise ConfigError(f"`{name}` must end in {' or '.join(endings)}, got {str(path)!r}")
    if target.is_dir():
        raise OutputError(f"`{name}` must be a file, got the folder {target}")
    check_parent(name, target)
    return target


def check_parent(name: str, target: Path) -> None:
    """Raise an `OutputError` if the folder of a path is neither there and writable nor can be made."""
    parent = target.absolute().parent
    while not parent.exists() and parent != parent.parent:
        parent = parent.parent
    if not parent.exists():
        raise OutputError(f"`{name}` must lie on a drive that is there, got {target}")
    if not parent.is_dir():
        raise OutputError(f"`{name}` must lie in a folder, got {target}, but {parent} is a file")
    if not os.access(parent, os.W_OK | os.X_OK):
        raise OutputError(f"`{name}` must lie in a writable folder, got {target}, but {parent} is not writable")


def write_file(target: Path, content: str | bytes) -> None:
    """Write a file, text as UTF-8, so that it is there whole or not at all, also after a kill or a power cut.

    Raises
    ------
    OutputError
        If it cannot be written; what was there before still is.
    """
    stage = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with stage.open("xb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        stage.replace(target)
    except OSError as error:
        with suppress(OSError):
            stage.unlink()
        raise OutputError(f"{target} cannot be written: {error.strerror or error}") from error
