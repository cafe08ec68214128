"""The same bytes in a process that differs in what must not matter."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

SCRIPT = """
import hashlib
import synthem

state = hashlib.sha256()
for tile in synthem.iter_tiles(2, axons=1, psd=1, mitochondria=1, seed=7, shape=(128, 160)):
    for plane in (tile.image, tile.masks, tile.instances, tile.compartments):
        state.update(plane.tobytes())
    state.update(repr([(item, item.parameters, item.pose) for item in tile.objects]).encode())
found = state.hexdigest()
"""

OTHER = {"PYTHONHASHSEED": "12345", "NUMBA_NUM_THREADS": "1", "LC_ALL": "C"}


@pytest.mark.slow
def test_hash_seed_optimisation_threads_and_locale_do_not_matter():
    """All differ at once; `-OO` leaves out what `-O` does, and docstrings."""
    here: dict[str, str] = {}
    exec(SCRIPT, here)
    check = f"assert_runs = __debug__\n{SCRIPT}\nprint(assert_runs, found)"
    command = [sys.executable, "-OO", "-c", check]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **OTHER})
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split() == ["False", here["found"]]
    assert os.environ.get("PYTHONHASHSEED") != OTHER["PYTHONHASHSEED"]
