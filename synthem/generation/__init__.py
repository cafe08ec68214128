"""From a request to tiles, in memory or on disk; and whether a dataset is what its recipe gives."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from synthem.generation.files import generate_files
from synthem.generation.pairs import restyle
from synthem.generation.requests import generate, iter_tiles

if TYPE_CHECKING:
    from synthem.generation.packing import pack, unpack
    from synthem.generation.verification import verify

__all__ = ["generate", "generate_files", "iter_tiles", "pack", "restyle", "unpack", "verify"]

_HOME = {"pack": "packing", "unpack": "packing", "verify": "verification"}
"""Module of what needs packages that read datasets, which take time to import."""


def __getattr__(name: str) -> object:
    """Import a name on first use."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value
