"""NPZ files: what their arrays are is known before they are read, and nothing in them is executed."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from synthem.errors import DataError
from synthem.io.size_limit import check_regular

__all__ = ["Header", "NpzArrays", "open_npz"]

ENDING = ".npy"


class Header(NamedTuple):
    """Shape and type of an array."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]


@dataclass(frozen=True, eq=False)
class NpzArrays:
    """The arrays of an open NPZ file.

    Parameters
    ----------
    path : Path
        The file, for errors.
    archive : zipfile.ZipFile
        Its content.
    """

    path: Path
    archive: zipfile.ZipFile

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the arrays."""
        return tuple(name.removesuffix(ENDING) for name in self.archive.namelist() if name.endswith(ENDING))

    def header(self, name: str) -> Header:
        """Return shape and type of an array; its elements are not read.

        Raises
        ------
        DataError
            If there is no such array, it is damaged, or it holds Python objects.
        """
        with _said(self.path), self.archive.open(name + ENDING) as member:
            version = np.lib.format.read_magic(member)
            read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
            shape, _, dtype = read(member)
            if dtype.hasobject:
                raise ValueError(f"the array {name!r} holds Python objects")
        return Header(shape, dtype)

    def array(self, name: str) -> npt.NDArray[Any]:
        """Return an array.

        Raises
        ------
        DataError
            As `header`.
        """
        with _said(self.path), self.archive.open(name + ENDING) as member:
            array: npt.NDArray[Any] = np.lib.format.read_array(member, allow_pickle=False)
        return array


@contextmanager
def open_npz(path: Path) -> Iterator[NpzArrays]:
    """Open an NPZ file.

    Parameters
    ----------
    path : Path
        The file.

    Yields
    ------
    NpzArrays

    Raises
    ------
    DataError
        If it cannot be read or is no NPZ file.
    """
    check_regular(path)
    with _said(path):
        archive = zipfile.ZipFile(path)
    with archive:
        yield NpzArrays(path, archive)


@contextmanager
def _said(path: Path) -> Iterator[None]:
    """Say of which file whatever is wrong with it is."""
    try:
        yield
    except Exception as error:
        raise DataError(f"{path} cannot be read as NPZ: {error}") from error
