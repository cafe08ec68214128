"""Folders that appear whole or not at all.

A dataset is written into a temporary sibling of its target and renamed at the end. When a dataset is replaced, only
files that synthem wrote go; files of others are hard-linked (or copied) into the new folder before the swap, so that
each exists at every moment.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from synthem._files import check_parent
from synthem.errors import OutputError

__all__ = ["check_target", "staged_folder"]

Owned = Callable[[Path], frozenset[str] | None]
"""Given a folder, the relative paths that synthem wrote there, or None if it wrote nothing."""

LISTED_FILES = 3


def check_target(target: Path, *, overwrite: bool, owned: Owned) -> None:
    """Raise if a dataset may not be written to a folder, before any work is done.

    Parameters
    ----------
    target : Path
        Folder to be made.
    overwrite : bool
        Whether what synthem wrote there before may be replaced.
    owned : callable
        Tells which files in a folder synthem wrote.

    Raises
    ------
    OutputError
        If `target` is a file, holds something that may not be replaced, or its parent cannot be written.
    """
    if target.is_dir():
        if any(target.iterdir()):
            _check_replaceable(target, overwrite=overwrite, owned=owned)
    elif os.path.lexists(target):
        raise OutputError(f"`path` must be a folder, got the file {target}")
    check_parent("path", target)


def _check_replaceable(target: Path, *, overwrite: bool, owned: Owned) -> None:
    if not overwrite:
        raise OutputError(
            f"`path` must be new or empty, got {target}, which is not; `overwrite` replaces a dataset of synthem"
        )
    if owned(target) is None:
        raise OutputError(f"`path` must hold a dataset of synthem to be overwritten, got {target}, which holds none")


@contextmanager
def staged_folder(target: Path, *, overwrite: bool, owned: Owned) -> Iterator[Path]:
    """Give a temporary folder that becomes `target` at the end of the block.

    If the block raises, the temporary folder is removed and `target` is as it was.

    Parameters
    ----------
    target, overwrite, owned
        As in `check_target`.

    Yields
    ------
    Path
        An empty folder beside `target`.

    Raises
    ------
    OutputError
        As `check_target`, and if the disk is full or writing fails otherwise.
    """
    check_target(target, overwrite=overwrite, owned=owned)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        stage = _new_sibling(target, "tmp")
    except OSError as error:
        raise OutputError(f"`path` cannot be made: {error}") from error
    try:
        yield stage
        _adopt_foreign_files(target, stage, owned)
        _swap(stage, target)
    except OSError as error:
        if isinstance(error, OutputError):
            raise
        raise OutputError(f"{target} cannot be written: {error.strerror or error}; nothing was changed") from error
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _new_sibling(target: Path, purpose: str) -> Path:
    sibling = target.with_name(f".{target.name}.{purpose}-{secrets.token_hex(4)}")
    sibling.mkdir()
    return sibling


def _adopt_foreign_files(target: Path, stage: Path, owned: Owned) -> None:
    """Link the files that synthem did not write from the old folder into the new one."""
    if not target.is_dir():
        return
    ours = owned(target) or frozenset()
    foreign = [path for path in _files(target) if path.relative_to(target).as_posix() not in ours]
    taken = [path for path in foreign if os.path.lexists(stage / path.relative_to(target))]
    if taken:
        names = _some_names(path.relative_to(target).as_posix() for path in taken)
        raise OutputError(f"`path` must not hold files of others that are in the way, got {target} with {names}")
    for path in foreign:
        copy = stage / path.relative_to(target)
        copy.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(path, copy, follow_symlinks=False)
        except (OSError, NotImplementedError):  # no hard links here; what else is wrong shows in the copy
            shutil.copy2(path, copy, follow_symlinks=False)


def _files(folder: Path) -> Iterator[Path]:
    """Yield files and links below a folder; links to folders are not followed."""
    for root, folders, files in os.walk(folder):
        for name in (*files, *(name for name in folders if Path(root, name).is_symlink())):
            yield Path(root, name)


def _some_names(names: Iterable[str]) -> str:
    ordered = sorted(names)
    rest = len(ordered) - LISTED_FILES
    return ", ".join(ordered[:LISTED_FILES]) + (f" and {rest} more" if rest > 0 else "")


def _swap(stage: Path, target: Path) -> None:
    """Put `stage` where `target` is, and then remove the old folder."""
    if not target.is_dir():
        stage.rename(target)
        return
    retired = _new_sibling(target, "old")
    old = retired / target.name
    try:
        target.rename(old)
        stage.rename(target)
    except BaseException:
        with suppress(OSError):
            old.rename(target)
        with suppress(OSError):
            retired.rmdir()
        raise
    shutil.rmtree(retired, ignore_errors=True)
