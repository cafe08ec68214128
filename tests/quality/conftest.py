"""The real slices where they are at hand."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def epfl6() -> Path:
    """The folder of real slices."""
    folder = os.environ.get("SYNTHEM_EPFL6_DIR")
    if not folder or not Path(folder, "original").is_dir():
        pytest.skip("needs the EPFL6 slices; SYNTHEM_EPFL6_DIR does not point to them")
    return Path(folder)
