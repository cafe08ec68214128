"""Each kernel is compiled for one set of types: more would be compiled anew in the middle of a run."""

from __future__ import annotations

import importlib
import os
import pkgutil
import subprocess
import sys

import numba
import pytest

from synthem import kernels
from synthem.kernels._jit import SIGNATURES
from synthem.kernels._records import numba_types
from synthem.kernels.planes import Planes
from synthem.painting.canvas import Canvas

pytestmark = pytest.mark.slow

SCRIPT = """
import importlib, pkgutil
import synthem.kernels
from synthem.kernels._jit import SIGNATURES
from synthem.scene.build import build_scene
from synthem.tissue.recipes.recipe import list_recipes

for recipe in list_recipes():
    for counts in ({}, {"axons": 3, "mitochondria": 3}, {"axons": 0, "psd": 0, "vesicles": 0, "mitochondria": 0}):
        for shape in ((64, 64), (100, 256)):
            scene = build_scene(recipe, shape=shape, **counts)
            for index in range(6):
                scene.render(1, index)
for info in pkgutil.iter_modules(synthem.kernels.__path__):
    importlib.import_module(f"synthem.kernels.{info.name}")
for item, signature in SIGNATURES.items():
    if item.signatures and item.signatures != [signature]:
        print(item.__name__, signature, *item.signatures, sep="\\n    ")
"""


FILL_CACHE = """
import multiprocessing
from synthem.kernels.compilation import _compile_some

_compile_some(["masks", "noise"], multiprocessing.Value("i", 0))
"""

READ_CACHE = """
from synthem.kernels import masks, noise
from synthem.kernels._jit import SIGNATURES
from synthem.kernels.compilation import compile_kernels

compile_kernels()  # finds the first kernel, and so compiles none
for item in (masks.mark_seen, masks.write_masks, noise.gradient_noise, noise.white_noise):
    item.compile(SIGNATURES[item])
    print(sum(item.stats.cache_hits.values()), sum(item.stats.cache_misses.values()))
"""


def run(script, **environment):
    command = [sys.executable, "-c", script]
    return subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **environment})


def test_what_is_compiled_beforehand_is_read_from_the_cache(tmp_path):
    done = run(FILL_CACHE, NUMBA_CACHE_DIR=str(tmp_path))
    assert done.returncode == 0, done.stderr
    found = run(READ_CACHE, NUMBA_CACHE_DIR=str(tmp_path))
    assert found.stdout.split() == ["1", "0"] * 4, found.stderr
    assert len(list(tmp_path.rglob("*.nbi"))) == 4


def test_no_kernel_takes_arguments_by_the_dozen():
    for info in pkgutil.iter_modules(kernels.__path__):
        importlib.import_module(f"{kernels.__name__}.{info.name}")
    many = {item.__name__: len(signature) for item, signature in SIGNATURES.items() if len(signature) > 8}
    assert not many


def test_a_record_is_one_argument_to_numba():
    (found,) = numba_types(Planes)
    assert found == numba.typeof(Canvas((64, 64)).planes)
    assert [str(one) for one in numba_types("i8, f8")] == ["int64", "float64"]


def test_kernels_have_the_signature_that_they_declare():
    result = run(SCRIPT)
    assert result.returncode == 0, result.stderr
    assert result.stdout == ""
