"""Each kernel is compiled for one set of types: more would be compiled anew in the middle of a run."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import importlib, pkgutil
import synthem.kernels
from numba.core.dispatcher import Dispatcher
from synthem.recipes import build_scene, list_recipes

for recipe in list_recipes():
    for counts in ({}, {"axons": 3, "mitochondria": 3}, {"axons": 0, "psd": 0, "vesicles": 0, "mitochondria": 0}):
        for shape in ((64, 64), (100, 256)):
            scene = build_scene(recipe, shape=shape, **counts)
            for index in range(12):
                scene.render(1, index)
for info in pkgutil.iter_modules(synthem.kernels.__path__):
    module = importlib.import_module(f"synthem.kernels.{info.name}")
    for name, item in vars(module).items():
        if isinstance(item, Dispatcher) and item.py_func.__module__ == module.__name__:
            if item.targetoptions.get("no_cpython_wrapper") is None and len(item.signatures) > 1:
                print(name, *item.signatures, sep="\\n    ")
"""


def test_kernels_have_one_signature():
    result = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert result.stdout == ""
