"""What a new process costs: importing synthem, and the first tile with an empty and with a warm kernel cache."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile

FIRST_TILE = "import synthem; synthem.generate(n=1, seed=0, recipe='paper', mitochondria=1)"
HEAVY = ("torch", "matplotlib", "dask", "numba", "scipy", "cv2", "skimage", "pydantic")


def run_python(code: str, **environment: str) -> str:
    """Run code in a new process and return what it prints."""
    command = [sys.executable, "-W", "ignore", "-c", code]
    done = subprocess.run(command, env={**os.environ, **environment}, check=True, capture_output=True, text=True)
    return done.stdout


class Import:
    """`import synthem` in a new process: its time, and how many heavy packages it brings (none)."""

    def timeraw_import(self):
        return "import synthem"

    def track_heavy_packages(self):
        return int(run_python(f"import sys, synthem; print(len(set({HEAVY!r}) & set(sys.modules)))"))


class FirstTile:
    """The first tile of a new process, from start to end, with the kernel cache warm or empty."""

    params = (["warm", "empty"],)
    param_names = ("cache",)
    timeout = 600
    number = 1
    repeat = 1
    rounds = 1
    warmup_time = 0
    min_run_count = 1

    def setup(self, cache):
        self.folder = tempfile.mkdtemp()
        self.environment = {"NUMBA_CACHE_DIR": self.folder} if cache == "empty" else {}
        if cache == "warm":  # at its usual place, where it may be warm already
            run_python(FIRST_TILE)

    def teardown(self, cache):
        shutil.rmtree(self.folder)

    def time_first_tile(self, cache):
        run_python(FIRST_TILE, **self.environment)
