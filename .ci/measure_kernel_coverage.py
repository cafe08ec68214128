"""Branch coverage of the kernels: small scenes with the compiler off, since compiled code cannot be watched.

    python .ci/measure_kernel_coverage.py

What the tests say of compiled kernels holds for these: both are the same functions.
"""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from pathlib import Path

os.environ["NUMBA_DISABLE_JIT"] = "1"

import coverage
import pytest

ROOT = Path(__file__).resolve().parent.parent
TESTS = ("damage", "details", "masks", "occupancy", "optics", "outlines", "partition", "raster", "shading")
COMPILING = ("_cache", "_jit", "_records", "compilation")
"""Modules that compile: these are watched as the rest of synthem is."""

FIND = """
import synthem
centres = synthem.SolidScene(shape=(64, 128, 128)).sample(4).bodies.densities.centres
print(*(int(place / 5) for place in centres[0]))
"""
"""Prints where a density lies."""


def scenes() -> None:
    """Render small scenes of all kinds."""
    import synthem
    import synthem.instrument.cytoplasm
    import synthem.painting.textures as tables

    for module in (tables, synthem.instrument.cytoplasm):
        module.TEXTURE_SIZE = 64  # of tables that are the same for all tiles
    counts = {"axons": 1, "psd": 1, "vesicles": 1, "mitochondria": 2}
    for index, shape in enumerate([(64, 64), (64, 65)]):
        synthem.build_scene("tissue", shape=shape, **counts).render(1, index)
    synthem.build_scene("paper", shape=(64, 64), **counts).render(2)
    synthem.build_scene("tissue", shape=(64, 64), style="any", pixel_size_nm=9).render(3)
    synthem.build_scene("tissue", shape=(64, 64), classes="all", **counts).render(4)
    synthem.Scene(organelles=[], stages=[synthem.Cytoplasm(granule_share=0.2)], shape=(64, 64)).render(5)
    place = subprocess.run(
        [sys.executable, "-c", FIND],
        env=os.environ | {"NUMBA_DISABLE_JIT": "0"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    section, row, col = map(int, place.stdout.split())
    synthem.SolidScene(shape=(1, 64, 64)).sample(4, origin=(section, row - 32, col - 32)).render()


def main() -> None:
    """Print what is covered."""
    warnings.simplefilter("ignore", RuntimeWarning)  # hashes overflow on purpose
    compiling = [str(ROOT / f"synthem/kernels/{name}.py") for name in COMPILING]
    watch = coverage.Coverage(branch=True, source=[str(ROOT / "synthem/kernels")], data_file=None, omit=compiling)
    watch.start()
    scenes()
    files = [str(ROOT / f"tests/kernels/test_{name}.py") for name in TESTS]
    other = "not periodic"  # a test of the tables of usual size
    pytest.main(["-q", "-n", "0", "-p", "no:cacheprovider", "-W", "ignore::RuntimeWarning", "-k", other, *files])
    watch.stop()
    watch.report(show_missing=True, file=sys.stdout)


if __name__ == "__main__":
    main()
