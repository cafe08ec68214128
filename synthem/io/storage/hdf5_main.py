"""The format "hdf5-main": a file per plane, with an array ``main`` along z, y and x, for PyTorch Connectomics."""

from __future__ import annotations

from synthem.io.storage.hdf5 import Hdf5Layout
from synthem.labels import ClassTable

__all__ = ["encode", "finish", "open_writer", "owned_files", "read"]


def _main(plane: str, classes: ClassTable) -> tuple[str, str]:
    return plane, "main"


_LAYOUT = Hdf5Layout(_main)
owned_files, encode, open_writer, finish, read = (
    _LAYOUT.owned_files,
    _LAYOUT.encode,
    _LAYOUT.open_writer,
    _LAYOUT.finish,
    _LAYOUT.read,
)
