"""The proof that a killed run goes on to the bytes of one that was not: SIGKILL at random moments, in every format.

    python .ci/prove_resume.py [--kills 30] [--formats folders,tiff] [--seed 0] [--volumes]

Each trial begins a run with one or two workers, kills it at a random moment of its time, resumes it (and kills
every second one once more), and compares all files with those of a run that was left alone. With `--volumes` two
volumes are written in slabs, in the formats that take them so.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import synthem
import synthem.io.slabs
from synthem.io import FORMATS
from synthem.io.formats import TRAITS

N, PER_FILE = 60, 10
REQUEST = {"recipe": "tissue", "seed": 3, "shape": 64, "axons": 0, "tiles_per_file": PER_FILE}


def make_tiles(path: Path, format: str, workers: int) -> None:
    """Make a dataset of tiles, or go on with it."""
    warnings.simplefilter("ignore")
    synthem.generate_files(path, N, **REQUEST, format=format, workers=workers, resume=True)


def make_volumes(path: Path, format: str, workers: int) -> None:
    """Make a dataset of volumes in slabs of three sections, or go on with it."""
    synthem.io.slabs.SLAB_BYTES = 3 * 64 * 64 * 15
    synthem.generate_files(path, 2, shape=(24, 64, 64), seed=3, format=format, workers=workers, resume=True)


def forked(work: Callable[[], None]) -> int:
    """Begin work in a process of its own, and return its id."""
    pid = os.fork()
    if pid == 0:
        try:
            work()
            os._exit(0)
        except BaseException as error:
            print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
            os._exit(1)
    return pid


def ended(pid: int) -> int:
    """Wait for a process, and return its exit code."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def wait(pid: int, seconds: float) -> float | None:
    """Wait some seconds; return after how many a process has ended, or None if it still runs."""
    began = time.monotonic()
    while time.monotonic() < began + seconds:
        if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            ended(pid)
            return time.monotonic() - began
        time.sleep(0.005)
    return None


def tree(folder: Path) -> dict[str, bytes]:
    """Return all files by their paths."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def prove(run: Callable[[Path, str, int], None], format: str, kills: int, chance: random.Random, place: Path) -> str:
    """Kill runs that write a format so often, and return a line about what was seen."""
    for name in ("first", "whole"):  # the first one may compile
        began, whole = time.monotonic(), place / name
        if ended(forked(lambda: run(whole, format, 1))):  # noqa: B023
            raise SystemExit(f"{format}: the run that was left alone failed")
    usual, expected = time.monotonic() - began, tree(whole)
    killed = trials = 0
    while killed < kills:
        trials += 1
        target, workers = place / f"out{trials}", 1 + trials % 2
        for _ in range(1 + trials // 2 % 2):
            pid = forked(lambda: run(target, format, workers))  # noqa: B023
            lived = wait(pid, chance.uniform(0.0, usual))
            if lived is not None:
                usual = lived  # faster than thought: the next moments are drawn from the time it takes now
                continue
            os.kill(pid, signal.SIGKILL)
            killed += ended(pid) == -signal.SIGKILL
        if ended(forked(lambda: run(target, format, workers))):  # noqa: B023
            raise SystemExit(f"{format}: trial {trials} could not be resumed")
        if tree(target) != expected:
            raise SystemExit(f"{format}: trial {trials} has other bytes in {target}")
        left = [path.name for path in place.iterdir() if path.name.startswith(".")]
        if left:
            raise SystemExit(f"{format}: trial {trials} left {left}")
        shutil.rmtree(target)
    return f"{format}: killed {killed} times in {trials} runs of about {usual:.1f} s, each resumed to the same bytes"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--formats", default="")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--volumes", action="store_true")
    options = parser.parse_args()
    able = [name for name in FORMATS if TRAITS[name].slabs or not options.volumes]
    if ended(forked(lambda: list(synthem.iter_tiles(1, recipe="tissue", seed=0, shape=64)) and None)):
        raise SystemExit("kernels could not be compiled")
    for number, name in enumerate(options.formats.split(",") if options.formats else able):
        with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as folder:
            chance = random.Random(options.seed * 1000 + number)
            make = make_volumes if options.volumes else make_tiles
            print(prove(make, name, options.kills, chance, Path(folder)), flush=True)
