"""Runs that are told to stop leave nothing behind, and workers end with their parent."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

import synthem
from synthem._progress import track
from synthem._signals import is_terminal, unwind_when_told_to_stop
from synthem.cli import app, run
from synthem.errors import SpeedWarning
from synthem.generation import pools

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")

MANY = ("-n", "20000", "--shape", "64", "--seed", "1", "--workers", "2")
SLOWLY = """
import signal, time
import numpy as np
from synthem.cli import run
from synthem.scene.scene import Scene
from synthem.tiles.placement_report import PlacementReport
from synthem.tiles.tile import Tile

def render(scene, seed, index=0):
    time.sleep(0.02)
    masks, labels = np.zeros((6, *scene.shape), bool), np.zeros(scene.shape, np.int32)
    return Tile(
        image=np.zeros(scene.shape, np.uint8), masks=masks, instances=labels, compartments=labels,
        records=tuple, report=PlacementReport(()), seed=seed, index=index,
    )

signal.signal(signal.SIGINT, signal.default_int_handler)  # whatever began the tests, which may ignore it
Scene.render = render
run()
"""
"""The command, with empty tiles that take their time: what is waited for costs nothing."""


def children_of(pid: int) -> list[int]:
    """Return the processes whose parent this is."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            if parent == pid:
                found.append(int(entry.name))
    return found


def wait_for(condition, seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come about in time"
        time.sleep(0.1)


@pytest.fixture
def running(tmp_path):
    """A long run with two workers that has written some tiles."""
    command = (sys.executable, "-c", SLOWLY, "generate", str(tmp_path / "out"), *MANY)
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: len(list(tmp_path.glob(".out.*/original/*.png"))) > 4, seconds=300)
        assert len(children_of(process.pid)) == 2
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_run_that_is_told_to_stop_leaves_nothing(running, tmp_path, number):
    workers = children_of(running.pid)
    running.send_signal(number)
    assert running.wait(timeout=60) != 0
    assert list(tmp_path.iterdir()) == []
    wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers))


@pytest.mark.slow
@pytest.mark.filterwarnings("default:.*was left by a run")
def test_workers_end_with_a_parent_that_is_killed_and_the_next_run_names_what_is_left(running, tmp_path):
    workers = children_of(running.pid)
    running.kill()
    running.wait(timeout=60)
    wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers), seconds=10)
    (left,) = tmp_path.iterdir()
    assert left.name.startswith(".out.")
    again = CliRunner().invoke(app, ["generate", str(tmp_path / "out"), "-n", "1", "--shape", "64"])
    assert again.exit_code == 0
    assert left.name in again.stderr
    assert left.is_dir()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_signals_to_stop_unwind_unless_they_are_ignored(number):
    before = signal.getsignal(number)
    try:
        signal.signal(number, signal.SIG_IGN)
        unwind_when_told_to_stop()
        assert signal.getsignal(number) is signal.SIG_IGN
        signal.signal(number, signal.SIG_DFL)
        unwind_when_told_to_stop()
        with pytest.raises(SystemExit) as stopped:
            signal.raise_signal(number)
        assert stopped.value.code == 128 + number
    finally:
        signal.signal(number, before)


class Dying:
    """A scene whose fifth tile kills the process that paints it, unless that is the first one."""

    shape = (64, 64)

    def __init__(self, scene, first: int) -> None:
        self.scene, self.first = scene, first

    def render(self, seed, index=0):
        if index == 5 and os.getpid() != self.first:
            os.kill(os.getpid(), signal.SIGKILL)
        return self.scene.render(seed, index)

    def to_dict(self):
        return {}


def test_the_death_of_a_worker_ends_no_run(squares):
    whole = synthem.generate(12, recipe=Dying(squares(requested=1), os.getpid()), seed=3)
    with pytest.warns(SpeedWarning, match="worker processes failed .*one process goes on alone"):
        found = synthem.generate(12, recipe=Dying(squares(requested=1), os.getpid()), seed=3, workers=2)
    assert found == whole


def test_processes_that_cannot_be_started_end_no_run(squares, monkeypatch):
    def none(*_, **__):
        raise OSError("no semaphores")

    whole = synthem.generate(6, recipe=squares(requested=1), seed=3)
    monkeypatch.setattr(pools, "ProcessPoolExecutor", none)
    with pytest.warns(SpeedWarning, match="no semaphores"):
        assert synthem.generate(6, recipe=squares(requested=1), seed=3, workers=2) == whole


class Mute:
    """A stream without `isatty`."""


class Closed:
    def isatty(self):
        raise ValueError("I/O operation on closed file")


@pytest.mark.parametrize("stream", [None, Mute(), Closed()])
def test_a_standard_error_that_is_none_is_no_terminal(monkeypatch, stream):
    monkeypatch.setattr(sys, "stderr", stream)
    assert not is_terminal()
    assert list(track([1, 2], total=2, label="things")) == [1, 2]


@pytest.mark.parametrize("arguments", [["--help"], ["generate", "--help"], ["styles"]], ids=" ".join)
@pytest.mark.parametrize("encoding", ["ascii", "cp437", "latin-1"])
def test_help_and_lists_go_out_in_what_the_stream_can_take(encoding, arguments, monkeypatch, capsys):
    out = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "argv", ["synthem", *arguments])
    monkeypatch.setattr("synthem.cli.unwind_when_told_to_stop", lambda: None)  # pytest has handlers of its own
    monkeypatch.setenv("NO_COLOR", "1")
    with pytest.raises(SystemExit) as end:
        run()
    assert not end.value.code
    out.flush()
    assert capsys.readouterr().err == ""
    assert out.buffer.getvalue().decode(encoding).strip()


def test_a_worker_whose_parent_has_gone_already_ends():
    code = "import time; from synthem._signals import end_with_parent; end_with_parent(2**22 + 1); time.sleep(60)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=30).returncode == 1
