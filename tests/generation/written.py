"""Datasets written straight onto disk, and their files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from synthem import generate_files
from synthem.io import FORMATS
from synthem.io.formats import TRAITS

__all__ = ["N", "few_formats", "formats", "run", "tree"]

N = 40
formats = pytest.mark.parametrize(
    "format", [pytest.param(one, marks=[pytest.mark.slow] if TRAITS[one].packages else []) for one in FORMATS]
)
few_formats = pytest.mark.parametrize("format", ["folders", "tiff"])  # one of each kind: a file per tile, shared files


def tree(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def run(path: Path, scene: Any, **options: Any) -> Path:
    return generate_files(path, N, **{"recipe": scene, "seed": 3, "tiles_per_file": 8, **options})
