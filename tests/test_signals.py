"""Runs that are told to stop leave nothing behind, and workers end with their parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import synthem
from synthem._progress import track
from synthem._signals import is_terminal, unwind_when_told_to_stop
from synthem.errors import SpeedWarning
from synthem.generation import workers as workers_module

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")

COMMAND = (sys.executable, "-m", "synthem", "generate")
MANY = ("-n", "20000", "--shape", "64", "--seed", "1")


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
    command = (*COMMAND, str(tmp_path / "out"), *MANY, "--workers", "2")
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: len(list(tmp_path.glob(".out.*/original/*.png"))) > 40, seconds=300)
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
def test_workers_end_with_a_parent_that_is_killed_and_the_next_run_names_what_is_left(running, tmp_path):
    workers = children_of(running.pid)
    running.kill()
    running.wait(timeout=60)
    wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers), seconds=10)
    (left,) = tmp_path.iterdir()
    assert left.name.startswith(".out.")
    again = subprocess.run(
        (*COMMAND, str(tmp_path / "out"), "-n", "1", "--shape", "64"), capture_output=True, text=True, check=False
    )
    assert again.returncode == 0
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
    monkeypatch.setattr(workers_module, "ProcessPoolExecutor", none)
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


HELP_AND_LISTS = """
import sys
from synthem.cli import run

for arguments in (["--help"], ["generate", "--help"], ["styles"]):
    sys.argv[1:] = arguments
    if arguments != ["--help"]:
        print("NEXT")
    try:
        run()
    except SystemExit as end:
        assert not end.code
"""


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["ascii", "cp437", "latin-1"])
def test_help_and_lists_go_out_in_what_the_stream_can_take(encoding):
    done = subprocess.run(
        (sys.executable, "-c", HELP_AND_LISTS),
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONIOENCODING": encoding, "NO_COLOR": "1"},
    )
    assert (done.returncode, done.stderr) == (0, b"")
    shown = done.stdout.decode(encoding).split("NEXT")
    assert len(shown) == 3
    assert all(text.strip() for text in shown)


def test_a_worker_whose_parent_has_gone_already_ends():
    code = "import time; from synthem._signals import end_with_parent; end_with_parent(2**22 + 1); time.sleep(60)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=30).returncode == 1
