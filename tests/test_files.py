"""Single files are checked before the work, and written whole or not at all."""

from __future__ import annotations

import errno
import os

import pytest

from synthem._files import check_file, write_file
from synthem.errors import ConfigError, OutputError


def test_a_file_has_its_ending_and_is_no_folder(tmp_path):
    assert check_file("path", tmp_path / "new" / "a.TOML", ".toml") == tmp_path / "new" / "a.TOML"
    with pytest.raises(ConfigError, match=r"`path` must end in \.toml or \.json, got 'a\.txt'"):
        check_file("path", "a.txt", ".toml", ".json")
    (tmp_path / "b.toml").mkdir()
    with pytest.raises(OutputError, match=r"`path` must be a file, got the folder .*b\.toml"):
        check_file("path", tmp_path / "b.toml", ".toml")


def test_a_file_lies_in_no_file(tmp_path):
    (tmp_path / "a").write_text("")
    with pytest.raises(OutputError, match=r"`path` must lie in a folder, got .*b\.toml, but .*a is a file"):
        check_file("path", tmp_path / "a" / "b.toml", ".toml")


def test_folders_are_made(tmp_path):
    write_file(tmp_path / "new" / "a.txt", "µ")
    assert (tmp_path / "new" / "a.txt").read_bytes() == "µ".encode()


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_what_was_there_stays_when_the_disk_is_full(tmp_path, monkeypatch, call):
    def full(*_args):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    write_file(tmp_path / "a.txt", b"old")
    monkeypatch.setattr(os, call, full)
    with pytest.raises(OutputError, match=r"a\.txt cannot be written: No space left on device"):
        write_file(tmp_path / "a.txt", b"new")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a.txt", b"old")]
