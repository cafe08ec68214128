"""One run at a time holds a folder."""

from __future__ import annotations

import errno
import sys
import time

import pytest

from synthem.errors import OutputError
from synthem.io.folder_lock import is_locked, locked_folder, wait_for_lock

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="folders cannot be locked")


def test_a_second_run_is_refused_until_the_first_ends(tmp_path):
    with locked_folder(tmp_path):
        assert is_locked(tmp_path)
        with pytest.raises(OutputError, match=r"one run at a time, got .*, which another run is writing"):
            locked_folder(tmp_path).__enter__()
    assert not is_locked(tmp_path)


def test_a_run_that_fails_leaves_no_lock(tmp_path):
    def fail():
        with locked_folder(tmp_path):
            raise RuntimeError("ended")

    with pytest.raises(RuntimeError, match="ended"):
        fail()
    assert not is_locked(tmp_path)


def test_a_wait_ends_at_its_limit(tmp_path):
    begin = time.monotonic()
    wait_for_lock(tmp_path, 60.0)
    with locked_folder(tmp_path):
        wait_for_lock(tmp_path, 0.1)
    assert time.monotonic() - begin < 60.0
    assert not is_locked(tmp_path)


def test_a_folder_that_is_gone_is_not_locked(tmp_path):
    assert not is_locked(tmp_path / "gone")


def test_without_locks_a_folder_is_written_all_the_same(tmp_path, monkeypatch):
    import fcntl

    def refuse(*_args):
        raise OSError(errno.ENOLCK, "no locks")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with locked_folder(tmp_path):
        (tmp_path / "a").write_text("")
    assert not is_locked(tmp_path)
