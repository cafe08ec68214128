"""Faults that are no fault of a run: what vanishes, clocks that are set back, two that write at once.

Further ones have their tests elsewhere: signals and the death of workers in `test_signals` and `test_jobs`, runs that
are killed in `test_resume` and `io/test_staging`, full and read-only disks in `io/test_saving` and
`io/storage/test_damage`, damaged caches of kernels in `kernels/test_cache`.
"""

from __future__ import annotations

import ast
import itertools
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

import synthem
from synthem import Dataset, generate, generate_files
from synthem.errors import OutputError
from synthem.io import FORMATS


class Meddling:
    """A scene that calls something when a tile is asked for."""

    def __init__(self, scene, act, at: int = 3) -> None:
        self.scene, self.act, self.at = scene, act, at
        self.shape = scene.shape

    def render(self, seed, index=0):
        if index == self.at:
            self.act()
        return self.scene.render(seed, index)

    def to_dict(self):
        return self.scene.to_dict()


def stages(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize("format", FORMATS)
def test_a_folder_that_vanishes_is_said(squares, tmp_path, format):
    def vanish():
        for path in stages(tmp_path):
            shutil.rmtree(path)

    scene = Meddling(squares(requested=1), vanish)
    with pytest.raises(OutputError, match=re.escape(f"{tmp_path / 'out'} cannot be written: ")):
        generate_files(tmp_path / "out", 6, recipe=scene, seed=1, format=format, tiles_per_file=2)
    assert list(tmp_path.iterdir()) == []
    again = generate_files(tmp_path / "out", 6, recipe=squares(requested=1), seed=1, format=format, tiles_per_file=2)
    assert list(Dataset.load(again)) == list(generate(6, recipe=squares(requested=1), seed=1))


def test_a_dataset_that_vanishes_while_it_is_replaced_is_written_anew(squares, tmp_path):
    path = generate_files(tmp_path / "out", 4, recipe=squares(requested=1), seed=1)
    scene = Meddling(squares(requested=1), lambda: (path / "manifest.json").unlink())
    try:
        generate_files(path, 6, recipe=scene, seed=2, overwrite=True)
    except OutputError as error:  # nothing is replaced of what is no longer known to be a dataset
        assert str(path) in str(error)  # noqa: PT017
    else:
        assert len(Dataset.load(path)) == 6


def test_a_clock_that_is_set_back_changes_nothing(squares, tmp_path, monkeypatch):
    whole = generate_files(tmp_path / "whole", 6, recipe=squares(requested=1), seed=1)
    clock = itertools.count(2_000_000_000, -86_400)
    monkeypatch.setattr(time, "time", lambda: float(next(clock)))
    monkeypatch.setattr(time, "time_ns", lambda: next(clock) * 10**9)

    def stop():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        generate_files(tmp_path / "out", 6, recipe=Meddling(squares(requested=1), stop), seed=1, resume=True)
    for path in tmp_path.rglob("*"):
        os.utime(path, (4e9, 4e9))  # written in what is now the future
    made = generate_files(tmp_path / "out", 6, recipe=squares(requested=1), seed=1, resume=True)
    names = [path.relative_to(whole) for path in sorted(whole.rglob("*")) if path.is_file()]
    assert all((made / name).read_bytes() == (whole / name).read_bytes() for name in names)


CLOCKS = {"time", "time_ns", "now", "today", "utcnow", "getmtime", "getctime", "st_mtime", "st_ctime", "st_mtime_ns"}


def test_no_module_asks_what_time_it_is():
    """Apart from how long something took, by a clock that cannot be set back."""
    found = set()
    folder = Path(synthem.__file__).parent
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in CLOCKS:
                owner = ast.unparse(node.value)
                if node.attr.startswith(("st_", "get")) or owner in ("time", "datetime", "date", "datetime.datetime"):
                    found.add(path.relative_to(folder).as_posix())
    assert found == set()


WRITER = """
import sys
from synthem import generate_files
from synthem.errors import OutputError
try:
    generate_files(sys.argv[1], 24, seed=int(sys.argv[2]), shape=64, axons=0, mitochondria=0, psd=0)
except OutputError as error:
    print("refused", error)
else:
    print("written")
"""


@pytest.mark.slow
def test_of_two_that_write_at_once_one_writes_all(tmp_path):
    command = [sys.executable, "-W", "ignore", "-c", WRITER, str(tmp_path / "out")]
    running = [subprocess.Popen([*command, str(seed)], stdout=subprocess.PIPE, text=True) for seed in (1, 2)]
    said = [process.communicate(timeout=300)[0] for process in running]
    assert sorted(text.split()[0] for text in said) == ["refused", "written"]
    seed = 1 + [text.split()[0] for text in said].index("written")
    tiles = Dataset.load(tmp_path / "out")
    assert tiles.seed == seed
    assert list(tiles) == list(generate(24, seed=seed, shape=64, axons=0, mitochondria=0, psd=0))
