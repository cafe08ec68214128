"""A cache of kernels that is stale, damaged, full or impossible is a miss, never a stop."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numba
import numpy as np
import pytest

import synthem
from synthem.errors import SpeedWarning
from synthem.kernels import _cache, noise
from synthem.kernels._cache import KernelCache
from synthem.kernels._jit import _OPTIONS, SIGNATURES

pytestmark = pytest.mark.slow

SCRIPT = """
import sys
import numpy as np
from synthem.kernels.noise import white_noise
out = np.empty((1, 8), np.float32)
white_noise(5, np.arange(4096, dtype=np.float32), out)
misses = sum(white_noise.stats.cache_misses.values()) if hasattr(white_noise, "stats") else -1
print(misses, out.tolist())
"""


def run(folder: Path | str, package: Path | None = None) -> tuple[int, str]:
    """Return how many kernels were compiled, and what one of them gave."""
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(folder), "PYTHONWARNINGS": "error"}
    if package is not None:
        environment["PYTHONPATH"] = str(package)
    command, here = [sys.executable, "-c", SCRIPT], package or Path(synthem.__file__).parents[1]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=here)
    assert (done.returncode, done.stderr) == (0, "")
    misses, _, values = done.stdout.partition(" ")
    return int(misses), values


def compiled(folder: Path) -> tuple[int, list[float]]:
    """Compile one kernel with a cache in a folder; return how many were not found there, and what it gives."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_cache, "cache_folder", lambda: folder)
        found = numba.njit(**_OPTIONS)(noise.white_noise.py_func)
        found._cache = KernelCache(noise.white_noise.py_func)
        found.compile(SIGNATURES[noise.white_noise])
    out = np.empty((1, 8), np.float32)
    found(5, np.arange(4096, dtype=np.float32), out)
    return sum(found.stats.cache_misses.values()), out.tolist()


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A folder in which one kernel is kept, and what it gives."""
    folder = tmp_path_factory.mktemp("kept")
    first, values = compiled(folder)
    assert first == 1
    assert compiled(folder) == (0, values)
    return folder, values


@pytest.fixture
def filled(kept, tmp_path):
    """A copy of it to harm."""
    shutil.copytree(kept[0], tmp_path / "cache")
    return tmp_path / "cache", kept[1]


def damage_index(path):
    path.write_bytes(b"")


def cut_index(path):
    path.write_bytes(path.read_bytes()[:-20])


def garble(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(bytes(content))


@pytest.mark.parametrize(
    ("ending", "harm"),
    [(".nbi", damage_index), (".nbi", cut_index), (".nbi", garble), (".nbc", damage_index), (".nbc", garble)],
)
def test_what_is_damaged_is_compiled_again_and_written_anew(filled, ending, harm):
    folder, values = filled
    (path,) = folder.rglob(f"*{ending}")
    harm(path)
    assert compiled(folder) == (1, values)
    assert compiled(folder) == (0, values)


def test_a_helper_that_changes_in_another_module_is_not_run_as_before(tmp_path):
    shutil.copytree(Path(synthem.__file__).parent, tmp_path / "synthem", ignore=shutil.ignore_patterns("__pycache__"))
    _, before = run(tmp_path / "cache", tmp_path)
    assert run(tmp_path / "cache", tmp_path) == (0, before)
    helper = tmp_path / "synthem" / "kernels" / "hashing.py"
    text = helper.read_text()
    assert "0x94D049BB133111EB" in text
    helper.write_text(text.replace("0x94D049BB133111EB", "0x94D049BB133111E9"))
    misses, after = run(tmp_path / "cache", tmp_path)
    assert misses == 1
    assert after != before


def test_without_a_folder_kernels_are_compiled_in_each_process(tmp_path):
    (tmp_path / "file").write_text("")
    first, second = (run(tmp_path / "file" / "below") for _ in range(2))
    assert first == second
    assert first[0] == 1


def test_a_full_disk_is_said_once_and_stops_nothing(monkeypatch, tmp_path):
    monkeypatch.setattr(_cache, "cache_folder", lambda: tmp_path)
    cache = KernelCache(noise.white_noise.py_func)

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(cache, "_save_overload", full)
    _cache._say_once.cache_clear()
    with pytest.warns(SpeedWarning, match="cannot be kept in .*No space left on device"):
        cache.save_overload(None, None)
    cache.save_overload(None, None)  # a second warning would be an error


def test_a_missing_home_makes_no_folder_of_that_name(monkeypatch, tmp_path):
    for name in ("NUMBA_CACHE_DIR", "XDG_CACHE_HOME", "LOCALAPPDATA", "HOME", "USERPROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(_cache, "KERNELS", tmp_path / "file" / "kernels")
    (tmp_path / "file").write_text("")
    _cache.cache_folder.cache_clear()
    monkeypatch.chdir(tmp_path)
    try:
        assert _cache.cache_folder() is None
    finally:
        _cache.cache_folder.cache_clear()
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("variable", ["XDG_CACHE_HOME", "HOME"])
def test_a_read_only_installation_keeps_kernels_in_the_cache_of_the_user(monkeypatch, tmp_path, variable):
    for name in ("NUMBA_CACHE_DIR", "XDG_CACHE_HOME", "LOCALAPPDATA", "HOME", "USERPROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable, str(tmp_path / "home"))
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(_cache, "KERNELS", tmp_path / "file" / "kernels")
    _cache.cache_folder.cache_clear()
    try:
        folder = _cache.cache_folder()
    finally:
        _cache.cache_folder.cache_clear()
    assert folder is not None
    assert folder.is_relative_to(tmp_path / "home")
    assert folder.name.startswith("synthem-")
