"""Whole datasets: made, streamed, written as they come, saved, loaded."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from pathlib import Path

import synthem
from synthem.io import FORMATS

COUNTS = {"axons": (1, 3), "psd": (1, 3), "vesicles": (1, 3)}


class _Quiet:
    def setup(self, *_):
        warnings.simplefilter("ignore", synthem.PlacementWarning)
        synthem.generate(1, seed=0, **COUNTS)


class Generate(_Quiet):
    """`generate(n)`, recipe `paper`, one to three axons, PSDs and vesicle clouds, start of the pool included."""

    params = ([1, 30, 300], [1, 2])
    param_names = ("n", "workers")
    timeout = 600

    def time_generate(self, n, workers):
        synthem.generate(n, seed=0, workers=workers, **COUNTS)

    def peakmem_generate(self, n, workers):
        synthem.generate(n, seed=0, workers=workers, **COUNTS)


class Stream(_Quiet):
    """Go through n tiles and keep none: peak memory must not grow with n."""

    params = ([30, 300],)
    param_names = ("n",)

    def peakmem_iter_tiles(self, n):
        for _ in synthem.iter_tiles(n, seed=0, workers=2, **COUNTS):
            pass


class Files(_Quiet):
    """Write n tiles as they come: peak memory must not grow with n."""

    params = ([30, 300], [1, 2])
    param_names = ("n", "workers")
    timeout = 600

    def time_generate_files(self, n, workers):
        with tempfile.TemporaryDirectory() as folder:
            synthem.generate_files(f"{folder}/tiles", n, seed=0, workers=workers, **COUNTS)

    def peakmem_generate_files(self, n, workers):
        self.time_generate_files(n, workers)


class Disk(_Quiet):
    """Thirty 256x256 tiles to and from disk."""

    params = (list(FORMATS),)
    param_names = ("format",)

    def setup(self, format):
        super().setup()
        self.tiles = synthem.generate(30, seed=0, **COUNTS)
        self.folder = Path(tempfile.mkdtemp())
        self.tiles.save(self.folder / "saved", format=format)

    def teardown(self, format):
        shutil.rmtree(self.folder)

    def time_save(self, format):
        self.tiles.save(self.folder / "again", format=format, overwrite=True)

    def time_load(self, format):
        synthem.Dataset.load(self.folder / "saved")

    def track_bytes_per_tile(self, format):
        files = (path for path in (self.folder / "saved").rglob("*") if path.is_file())
        return sum(path.stat().st_size for path in files) / len(self.tiles)

    track_bytes_per_tile.unit = "bytes"
