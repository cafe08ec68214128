"""Folders that appear whole or not at all.

A new folder is written into a hidden sibling of the target, which is renamed at the end. A folder that exists is filled
from a hidden folder inside it, so that it stays the folder it is: a working directory, the root of a disk, one with
rights and links of its own. The seal, the file without which a folder is no dataset, comes last. What is replaced is
moved aside into a second hidden folder first, and back if anything fails. A run holds the lock of its hidden folder, so
a second one for the same target is refused.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
import shutil
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from synthem._files import check_parent
from synthem.errors import OutputError
from synthem.io.folder_lock import is_locked, locked_folder, wait_for_lock
from synthem.io.writing import Writing

__all__ = ["TakenError", "check_target", "leftovers_in", "set_aside", "staged_folder"]

Owned = Callable[[Path], frozenset[str] | None]
"""Given a folder, the relative paths that synthem wrote there, or None if it wrote nothing."""

Adopt = Callable[[list[Path]], Path | None]
"""Given what stopped runs left, the hidden folder to go on with, or None."""

PATIENCE = 5.0
"""Seconds to wait for workers of a run that was killed: they end when they see that their parent is gone."""

LISTED_FILES = 3
SYSTEM_FILES = {".ds_store", "thumbs.db", "desktop.ini"}
"""What file managers leave in folders that a person would call empty."""

HIDDEN = re.compile(r"\.(?P<name>.*)\.(tmp|old)-((?P<process>\d+)-)?[0-9a-f]{8}", re.DOTALL)


TAKEN = (errno.EEXIST, errno.ENOTEMPTY)


class TakenError(OutputError):
    """Another run was there first; what this one has written is kept."""


def check_target(target: Path, *, overwrite: bool, owned: Owned) -> frozenset[str]:
    """Raise if a dataset may not be written to a folder.

    Parameters
    ----------
    target : Path
        Folder to be made.
    overwrite : bool
        Whether what synthem wrote there before may be replaced.
    owned : callable
        Tells which files in a folder synthem wrote.

    Returns
    -------
    frozenset of str
        The files that may be replaced.

    Raises
    ------
    OutputError
        If `target` is a file, holds something that may not be replaced, or cannot be written or made.
    """
    if not target.is_dir():
        if os.path.lexists(target):
            raise OutputError(f"`path` must be a folder, got the file {target}")
        check_parent("path", target)
        return frozenset()
    if not os.access(target, os.W_OK | os.X_OK):
        raise OutputError(f"`path` must be a writable folder, got {target}")
    if not _has_content(target):
        return frozenset()
    if not overwrite:
        raise OutputError(
            f"`path` must be new or empty, got {target}, which is not; `overwrite` replaces a dataset of synthem"
        )
    ours = owned(target)
    if ours is None:
        raise OutputError(f"`path` must hold a dataset of synthem to be overwritten, got {target}, which holds none")
    return ours


def leftovers_in(folder: Path, *, of: str) -> list[Path]:
    """Return the hidden folders that runs have made in a folder and not taken away, or not yet.

    Parameters
    ----------
    folder : Path
        A dataset, or the folder that holds it.
    of : str
        Name of the dataset.
    """
    if not folder.is_dir():
        return []
    found = []
    for path in sorted(folder.iterdir()):
        match = HIDDEN.fullmatch(path.name)
        if match and match["name"] == of and path.is_dir() and not path.is_symlink():
            found.append(path)
    return found


def set_aside(target: Path) -> Path:
    """Rename a folder to what a run that was killed would have left of it, and return it."""
    hidden = target.with_name(_hidden_name(target, "tmp"))
    target.rename(hidden)
    return hidden


@contextmanager
def staged_folder(
    writing: Writing, *, overwrite: bool, owned: Owned, seal: str, adopt: Adopt | None = None, stacklevel: int = 5
) -> Iterator[Path]:
    """Give a temporary folder whose content becomes that of `target` at the end of the block.

    If the block raises, the temporary folder is removed and `target` is as it was.

    Parameters
    ----------
    writing : Writing
        The target, and what to say if it cannot be written.
    overwrite, owned
        As in `check_target`, which is called before the block and once more after it.
    seal : str
        The file that is moved last.
    adopt : callable, optional
        Chooses, out of the hidden folders that stopped runs left, the one to go on with. With it, the temporary folder
        is kept if the block raises.
    stacklevel : int
        How far up whoever is warned is.

    Yields
    ------
    Path
        An empty folder beside `target`, or in it if it exists; or the one that was adopted.

    Raises
    ------
    OutputError
        As `check_target`; if another run is writing `target`; also if one has written it meanwhile. Then the temporary
        folder is kept. Also if the disk is full or writing fails otherwise.

    Warns
    -----
    UserWarning
        If an earlier run was killed and left a hidden folder. With `overwrite` it is removed in the end.
    """
    target = writing.target
    check_target(target, overwrite=overwrite, owned=owned)
    left = leftovers_in(target, of=target.name) + leftovers_in(target.parent, of=target.name)
    _check_unlocked(target, left, patience=0.0 if adopt is None else PATIENCE)
    adopted = None if adopt is None else adopt(left)
    left = [path for path in left if path != adopted]
    if left and not overwrite:
        names = _some_names(map(str, left))
        warnings.warn(
            f"{names} was left by a run that was killed or still writes: kept until `overwrite`",
            stacklevel=stacklevel,
        )
    with writing.errors():
        stage = _new_hidden(target, "tmp") if adopted is None else adopted
    with locked_folder(stage):
        try:
            yield stage
            with writing.errors():
                _put_in_place(stage, target, overwrite=overwrite, owned=owned, seal=seal)
        except TakenError:
            raise
        except BaseException:
            if adopt is None:
                shutil.rmtree(stage, ignore_errors=True)
            raise
    for path in (stage, *(path for path in left if overwrite and not _is_in_use(path))):
        shutil.rmtree(path, ignore_errors=True)


def _check_unlocked(target: Path, left: list[Path], *, patience: float) -> None:
    """Raise if a run is writing the target."""
    for path in left:
        wait_for_lock(path, patience)
        if is_locked(path):
            raise OutputError(
                f"`path` must be written by one run at a time, got {target}, which another run is writing in {path}"
            )


def _put_in_place(stage: Path, target: Path, *, overwrite: bool, owned: Owned, seal: str) -> None:
    try:
        ours = check_target(target, overwrite=overwrite, owned=owned)
    except OutputError as error:
        raise TakenError(f"{error}. It was not so when this run began: the new tiles are kept in {stage}") from error
    try:
        if target.is_dir():
            _fill(target, stage, ours, seal)
        else:
            stage.rename(target)
    except OSError as error:
        if error.errno not in TAKEN:
            raise
        raise TakenError(
            f"`path` must be new or empty, got {target}, which another run has just written; the new tiles are kept in "
            f"{stage}"
        ) from error


def _fill(target: Path, stage: Path, ours: frozenset[str], seal: str) -> None:
    """Move what is in `stage` into `target`, and what was there into a hidden folder that is removed in the end."""
    _check_free(target, stage, ours)
    retired = _new_hidden(target, "old")
    moves = _Moves()
    try:
        for path in _sealed_first(_owned_entries(target, ours), target / seal):
            moves.move(path, retired / path.relative_to(target))
        for path in reversed(_sealed_first(_missing_entries(stage, target), stage / seal)):
            moves.move(path, target / path.relative_to(stage))
    except BaseException as error:
        if not moves.undo():
            raise OutputError(f"{target} could be neither written nor restored: its content is in {retired}") from error
        retired.rmdir()
        raise
    shutil.rmtree(retired, ignore_errors=True)


class _Moves:
    """Renames that can be taken back."""

    def __init__(self) -> None:
        self._moved: list[tuple[Path, Path]] = []
        self._made: list[Path] = []

    def move(self, source: Path, goal: Path) -> None:
        """Rename what lies at `source`, and make the folders above `goal`, where nothing may be."""
        for folder in reversed([folder for folder in goal.parents if not folder.exists()]):
            folder.mkdir()
            self._made.append(folder)
        if os.path.lexists(goal):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(goal))
        self._moved.append((source, goal))  # before it is done: a signal may come in between
        source.rename(goal)

    def undo(self) -> bool:
        """Take everything back as far as possible; return whether that is all."""
        failed = 0
        for source, goal in reversed(self._moved):
            if not os.path.lexists(goal) and os.path.lexists(source):
                continue
            try:
                goal.rename(source)
            except OSError:
                failed += 1
        for folder in reversed(self._made):
            with suppress(OSError):
                folder.rmdir()
        return not failed


def _check_free(target: Path, stage: Path, ours: frozenset[str]) -> None:
    """Raise if a file of others, or a folder, lies where one is to be written."""
    foreign = (path.relative_to(target) for path in _files(target) if path.relative_to(target).as_posix() not in ours)
    taken = [path.as_posix() for path in foreign if os.path.lexists(stage / path)]
    if taken:
        raise OutputError(
            f"`path` must not hold files of others that are in the way, got {target} with {_some_names(taken)}"
        )


def _owned_entries(target: Path, ours: frozenset[str]) -> list[Path]:
    """Return what to move away: whole folders where all is synthem's, single files elsewhere."""
    entries = []
    for top in sorted({path.partition("/")[0] for path in ours}):
        entry = target / top
        if entry.is_dir() and not entry.is_symlink():
            files = list(_files(entry))
            own = [path for path in files if path.relative_to(target).as_posix() in ours]
            entries += [entry] if len(own) == len(files) else own
        elif top in ours and os.path.lexists(entry):
            entries.append(entry)
    return entries


def _missing_entries(stage: Path, target: Path) -> list[Path]:
    """Return what to move in: whole folders that are not there, single files into those that are."""
    entries = []
    for entry in sorted(stage.iterdir()):
        both = entry.is_dir() and (target / entry.name).is_dir()
        entries += list(_files(entry)) if both else [entry]
    return entries


def _sealed_first(entries: list[Path], seal: Path) -> list[Path]:
    return sorted(entries, key=lambda path: path != seal)


def _files(folder: Path) -> Iterator[Path]:
    """Yield files and links below a folder; links to folders are not followed, hidden folders of runs left out."""
    for root, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not HIDDEN.fullmatch(name)]
        for name in (*files, *(name for name in folders if Path(root, name).is_symlink())):
            yield Path(root, name)


def _has_content(target: Path) -> bool:
    hidden = set(leftovers_in(target, of=target.name))
    return any(path.name.lower() not in SYSTEM_FILES and path not in hidden for path in target.iterdir())


def _new_hidden(target: Path, purpose: str) -> Path:
    """Make a folder whose name says for which target, to what purpose and by which process."""
    place = target if target.is_dir() else target.parent
    place.mkdir(parents=True, exist_ok=True)
    hidden = place / _hidden_name(target, purpose)
    hidden.mkdir()
    return hidden


def _hidden_name(target: Path, purpose: str) -> str:
    return f".{target.name}.{purpose}-{os.getpid()}-{secrets.token_hex(4)}"


def _is_in_use(hidden: Path) -> bool:
    """Return whether the run that made a hidden folder still goes on, on this computer."""
    if is_locked(hidden):
        return True
    match = HIDDEN.fullmatch(hidden.name)
    if match is None or match["process"] is None:
        return False
    if os.name == "nt":  # to ask for a process by `os.kill` would end it
        return True
    try:
        os.kill(int(match["process"]), 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


def _some_names(names: Iterable[str]) -> str:
    ordered = sorted(names)
    rest = len(ordered) - LISTED_FILES
    return ", ".join(ordered[:LISTED_FILES]) + (f" and {rest} more" if rest > 0 else "")
