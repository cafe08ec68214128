"""Whether this installation is well: versions, the cache of kernels, cores, extras, and a test of itself with times."""

from __future__ import annotations

import importlib.metadata as metadata
import os
import platform
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from synthem import __version__
from synthem.errors import SynthemError
from synthem.kernels._cache import cache_folder
from synthem.kernels.compilation import kernels_are_kept

__all__ = ["Finding", "look", "test_itself"]

PACKAGES = ("numpy", "scipy", "numba", "llvmlite", "shapely", "scikit-image", "opencv-python-headless", "pydantic")
"""What tiles depend on most."""

FOR_DEVELOPERS = {"bench", "browser", "dev", "docs", "release", "test"}
"""Extras of those who change synthem."""

TILES = 20


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One line of what was found.

    Attributes
    ----------
    part : str
        What was looked at.
    text : str
        What was found, and where something is wrong, what to do.
    well : bool or None
        Whether that is as it should be; None: neither good nor bad.
    """

    part: str
    text: str
    well: bool | None = None


def look() -> Iterator[Finding]:
    """Look at the installation: versions, cores, the cache of kernels, extras.

    Yields
    ------
    Finding
        One by one.

    Examples
    --------
    >>> from synthem.doctor import look
    >>> next(look()).part
    'synthem'
    """
    yield Finding(part="synthem", text=f"{__version__} in {Path(__file__).parent}")
    system = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, {_cores()} of them for this process"
    yield Finding(part="machine", text=system)
    versions = ", ".join(f"{name} {_version(name) or 'missing'}" for name in PACKAGES)
    complete = all(map(_version, PACKAGES))
    yield Finding(part="packages", text=f"Python {platform.python_version()}, {versions}", well=complete)
    yield _cache()
    yield from _extras()


def test_itself() -> Iterator[Finding]:
    """Make tiles and see whether they are as they must be; kernels are compiled if they are not yet.

    Yields
    ------
    Finding
        One by one, as they are known, each with the time that it took.
    """
    for part, test in TESTS.items():
        yield _tested(part, test)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _cache() -> Finding:
    """Say where compiled kernels are kept."""
    folder = cache_folder()
    if os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0"):
        text = "NUMBA_DISABLE_JIT is set: kernels are not compiled, a tile takes minutes; unset it"
        return Finding(part="kernel cache", text=text, well=False)
    if folder is None:
        text = "no folder can be written, so each process compiles anew; set NUMBA_CACHE_DIR to one that can"
        return Finding(part="kernel cache", text=text, well=False)
    kept = kernels_are_kept()
    state = "kernels are compiled" if kept else "empty: kernels are compiled once, in up to half a minute"
    return Finding(part="kernel cache", text=f"{folder}, {state}", well=True)


def _extras() -> Iterator[Finding]:
    """Say which extras are installed, and how to get the others."""
    needs: dict[str, list[str]] = {}
    try:
        lines = metadata.requires("synthem") or ()
    except metadata.PackageNotFoundError:
        yield Finding(part="extras", text="unknown: synthem runs from a folder that pip did not install", well=None)
        return
    for line in lines:
        found = re.match(r"([A-Za-z0-9._-]+)(\[[^]]*\])?.*extra\s*==\s*['\"]([^'\"]+)['\"]", line)
        if found and found[1].lower() != "synthem":
            needs.setdefault(found[3], []).append(found[1])
    for extra, packages in sorted(needs.items()):
        if extra in FOR_DEVELOPERS:
            continue
        missing = [name for name in packages if _version(name) is None]
        text = f'without {", ".join(missing)}: pip install "synthem[{extra}]"' if missing else "installed"
        yield Finding(part=f"extra {extra}", text=text, well=None if missing else True)


def _tested(part: str, test: Callable[[], str]) -> Finding:
    began = time.perf_counter()
    try:
        text = test()
    except Exception as error:  # whatever it is, the other tests go on
        return Finding(part=part, text=f"{type(error).__name__}: {error}", well=False)
    return Finding(part=part, text=f"{text} ({time.perf_counter() - began:.2f} s)", well=True)


def _require(holds: bool, text: str) -> None:
    if not holds:
        raise SynthemError(text)


def _first_tile() -> str:
    from synthem.generation import generate

    generate(1, seed=0, progress=False)
    return "made"


def _more_tiles() -> str:
    from synthem.generation import iter_tiles

    began = time.process_time()
    for _ in iter_tiles(TILES, seed=0):
        pass
    return f"{TILES} tiles, {1e3 * (time.process_time() - began) / TILES:.1f} ms of processor time each"


def _same_bytes() -> str:
    from synthem.generation import generate

    one, two = (generate(4, seed=1, workers=workers, progress=False) for workers in (1, 2))
    _require(one == two, "two workers made other tiles than one; please report this")
    alone = generate(1, seed=1, start=3, progress=False)[0]
    _require(alone == one[3], "a tile alone is another one than among others; please report this")
    return "the same with one and two workers"


def _files() -> str:
    from synthem.dataset import Dataset
    from synthem.generation import generate

    tiles = generate(2, seed=2, progress=False)
    with tempfile.TemporaryDirectory() as folder:
        tiles.save(f"{folder}/tiles")
        _require(Dataset.load(f"{folder}/tiles") == tiles, "tiles came back otherwise than they were saved")
    return "saved and loaded again"


def _masks() -> str:
    from synthem.generation import generate, restyle

    tiles = generate(2, seed=3, progress=False)
    _require(np.array_equal(restyle(tiles, "ac4", progress=False).masks, tiles.masks), "a style changed masks")
    return "the same in two styles"


TESTS: dict[str, Callable[[], str]] = {
    "first tile": _first_tile,
    "more tiles": _more_tiles,
    "bytes": _same_bytes,
    "masks": _masks,
    "files": _files,
}
"""The test of itself, in this order."""
