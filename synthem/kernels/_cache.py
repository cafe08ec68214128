"""The cache of compiled kernels on disk: fresh or a miss, never a stop.

Numba's own cache watches only the file of a kernel, so that a helper that changed in another module went on running as
before. Here the key holds a hash of all kernels and of the versions that matter. What is damaged, cut off or cannot be
read is compiled again, and what cannot be written is said once.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import sys
import warnings
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import llvmlite
import numba
import numpy as np
from numba.core.caching import CompileResultCacheImpl, FunctionCache, IndexDataCacheFile, _CacheLocator

from synthem.errors import SpeedWarning

__all__ = ["KernelCache"]

KERNELS = Path(__file__).parent
DIGEST = 16


@cache
def kernels_stamp() -> str:
    """Return a hash of the source of all kernels and of the versions on which compiled code depends."""
    state = hashlib.blake2b(digest_size=DIGEST)
    for path in sorted(KERNELS.rglob("*.py")):
        state.update(path.relative_to(KERNELS).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    versions = (sys.version, numba.__version__, llvmlite.__version__, np.__version__)
    state.update(repr(versions).encode())
    return state.hexdigest()


def _candidates() -> list[Path]:
    """Return the folders where compiled kernels may be kept, the best first."""
    place = f"synthem-{hashlib.blake2b(os.fsencode(KERNELS), digest_size=6).hexdigest()}"
    if given := os.environ.get("NUMBA_CACHE_DIR"):
        return [Path(given).absolute() / place]
    found = [KERNELS / "__pycache__"]
    for variable, below in (
        ("XDG_CACHE_HOME", ""),
        ("LOCALAPPDATA", ""),
        ("HOME", ".cache"),
        ("USERPROFILE", ".cache"),
    ):
        folder = Path(os.environ.get(variable, ""))
        if folder.is_absolute():
            found.append(folder / below / place)
    return found


@cache
def cache_folder() -> Path | None:
    """Return the first folder that can be written, or None."""
    for folder in _candidates():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            probe = folder / f".probe-{os.getpid()}"
            probe.write_bytes(b"")
            probe.unlink()
        except OSError:
            continue
        return folder
    return None


@cache
def _say_once(folder: str, reason: str) -> None:
    text = f"compiled kernels cannot be kept in {folder} ({reason}); each process compiles them anew"
    warnings.warn(text, SpeedWarning, stacklevel=2)


class _Locator(_CacheLocator):
    """Say where a kernel is kept, and what must be as it was."""

    def __init__(self, py_func: Any, folder: Path) -> None:
        self._line, self._folder = py_func.__code__.co_firstlineno, folder

    def get_cache_path(self) -> str:
        return str(self._folder)

    def get_source_stamp(self) -> str:
        return kernels_stamp()

    def get_disambiguator(self) -> str:
        return str(self._line)

    @classmethod
    def from_function(cls, py_func: Any, py_file: str) -> _Locator | None:
        folder = cache_folder()
        return None if folder is None else cls(py_func, folder)


class _Impl(CompileResultCacheImpl):
    """Numba's own way to keep compiled code, at our place."""

    _locator_classes = [_Locator]  # noqa: RUF012


class _SealedFile(IndexDataCacheFile):
    """Compiled code with a digest before it: code that is damaged would crash the process."""

    def _load_data(self, name: str) -> Any:
        content = Path(self._data_path(name)).read_bytes()
        digest, data = content[:DIGEST], content[DIGEST:]
        if hashlib.blake2b(data, digest_size=DIGEST).digest() != digest:
            raise ValueError(f"{name} is damaged")
        return pickle.loads(data)

    def _save_data(self, name: str, data: Any) -> None:
        dumped = self._dump(data)
        with self._open_for_write(self._data_path(name)) as file:
            file.write(hashlib.blake2b(dumped, digest_size=DIGEST).digest() + dumped)


class KernelCache(FunctionCache):
    """The cache of one kernel.

    Raises
    ------
    RuntimeError
        If there is no folder that can be written.
    """

    _impl_class = _Impl

    def __init__(self, py_func: Any) -> None:
        super().__init__(py_func)
        locator = self._impl.locator
        self._cache_file = _SealedFile(self._cache_path, self._impl.filename_base, locator.get_source_stamp())

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Return what is kept, or None if there is nothing of use, for whatever reason."""
        try:
            return super().load_overload(sig, target_context)
        except Exception:  # whatever a damaged file makes of a pickle: it is compiled again and written anew
            with suppress(OSError):
                Path(self._cache_file._index_path).unlink(missing_ok=True)
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep compiled code, if it can be written."""
        try:
            super().save_overload(sig, data)
        except OSError as error:
            _say_once(self._cache_path, error.strerror or str(error))
