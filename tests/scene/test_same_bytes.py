"""The same bytes in processes that differ in what must not matter."""

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
print(state.hexdigest())
"""


def digest(*options: str, **environment: str) -> str:
    command = [sys.executable, *options, "-c", SCRIPT]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **environment})
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.fixture(scope="module")
def usual():
    return digest(PYTHONHASHSEED="0")


@pytest.mark.slow
@pytest.mark.xdist_group("same bytes")
@pytest.mark.parametrize(
    ("options", "environment"),
    [((), {"PYTHONHASHSEED": "12345"}), (("-O",), {}), (("-OO",), {}), ((), {"NUMBA_NUM_THREADS": "1", "LC_ALL": "C"})],
    ids=["hash seed", "-O", "-OO", "threads and locale"],
)
def test_what_must_not_matter_does_not(usual, options, environment):
    assert digest(*options, **environment) == usual
