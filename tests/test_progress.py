from __future__ import annotations

import threading
import time

import pytest

from synthem._progress import ticker, track


def test_no_bar_without_a_terminal(capsys):
    assert list(track(range(3), total=3, label="tiles")) == [0, 1, 2]
    assert capsys.readouterr() == ("", "")


def test_a_bar_on_request(capsys):
    assert list(track(range(3), total=3, label="tiles", show=True)) == [0, 1, 2]
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "tiles" in captured.err
    assert "3/3" in captured.err


def test_errors_pass_through(capsys):
    def failing():
        yield 1
        raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError, match="in the middle"):
        list(track(failing(), total=3, label="tiles", show=True))


@pytest.fixture
def terminal(monkeypatch):
    """Make rich draw as on a terminal."""
    monkeypatch.setattr("rich.console.Console.is_terminal", True)
    monkeypatch.setenv("TERM", "xterm")


@pytest.mark.slow
def test_a_slow_start_is_explained(capsys, monkeypatch, terminal):
    monkeypatch.setattr("synthem._progress.PATIENCE", 0.05)

    def slow():
        time.sleep(0.8)
        yield from range(3)

    assert list(track(slow(), total=3, label="tiles", show=True, at_first="compiling")) == [0, 1, 2]
    shown = capsys.readouterr().err
    assert shown.index("tiles") < shown.index("compiling") < shown.rindex("tiles")


def test_a_fast_start_is_not(capsys, terminal):
    assert list(track(range(3), total=3, label="tiles", show=True, at_first="compiling")) == [0, 1, 2]
    assert "compiling" not in capsys.readouterr().err


def test_nothing_is_left_running(capsys):
    before = threading.active_count()
    tiles = track(iter(range(3)), total=3, label="tiles", show=True)
    next(tiles)
    tiles.close()
    for _ in range(50):
        if threading.active_count() <= before:
            break
        time.sleep(0.1)
    assert threading.active_count() <= before


def test_a_ticker_counts_work_that_is_no_loop(capsys):
    with ticker(total=5, label="comparing", show=True) as tick:
        tick(3)
        tick(2)
    assert "5/5" in capsys.readouterr().err
    with ticker(total=5, label="comparing") as tick:
        tick(5)
    assert capsys.readouterr() == ("", "")


def test_a_ticker_ends_with_an_error(capsys):
    def failing():
        with ticker(total=5, label="comparing", show=True) as tick:
            tick(2)
            raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError, match="in the middle"):
        failing()
    assert "5/5" not in capsys.readouterr().err
