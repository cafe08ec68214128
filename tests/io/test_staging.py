"""Where a dataset appears: new folders, folders that are there, runs beside each other, runs that are killed."""

from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from synthem.dataset import Dataset
from synthem.errors import DataError, OutputError
from synthem.io import FORMATS, DatasetInfo, read_slices, save_tiles

formats = pytest.mark.parametrize("format", FORMATS)


def tree(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def hidden(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.name.startswith(".")]


def save_with(dataset, path, between, **options):
    """Save a dataset; before its last tile is written, something else happens."""

    def named():
        for name, tile in zip(dataset.names, dataset.tiles, strict=True):
            if name == dataset.names[-1]:
                between()
            yield name, tile

    info = DatasetInfo(n=len(dataset), shape=dataset.shape, seed=dataset.seed, config=dataset.config)
    return save_tiles(named(), path, info=info, **options)


class TestFoldersThatExist:
    @formats
    def test_an_empty_one_stays_the_folder_it_is(self, dataset, tmp_path, format):
        target = tmp_path / "out"
        target.mkdir()
        target.chmod(0o2750)
        before = target.stat()
        dataset.save(target, format=format)
        after = target.stat()
        assert (after.st_ino, after.st_mode, after.st_gid) == (before.st_ino, before.st_mode, before.st_gid)
        assert stat.S_IMODE(after.st_mode) == 0o2750
        assert Dataset.load(target) == dataset
        assert hidden(target) == []

    def test_one_may_stand_in_it(self, dataset, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        dataset.save(".")
        assert Dataset.load(".") == dataset
        assert Path.cwd().is_dir()
        dataset[:1].save(".", overwrite=True)
        assert Dataset.load(".") == dataset[:1]

    def test_it_need_not_lie_in_a_writable_folder(self, dataset, tmp_path, monkeypatch):
        (tmp_path / "out").mkdir()
        access = os.access
        monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != tmp_path and access(path, mode))
        assert Dataset.load(dataset.save(tmp_path / "out")) == dataset
        with pytest.raises(OutputError, match="is not writable"):
            dataset.save(tmp_path / "other")

    def test_it_must_be_writable_itself(self, dataset, tmp_path, monkeypatch):
        (tmp_path / "out").mkdir()
        monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != tmp_path / "out")
        with pytest.raises(OutputError, match=r"`path` must be a writable folder, got .*out"):
            dataset.save(tmp_path / "out")

    @pytest.mark.parametrize("name", [".DS_Store", "Thumbs.db", "desktop.ini"])
    def test_what_file_managers_leave_is_no_content(self, dataset, tmp_path, name):
        (tmp_path / name).write_bytes(b"x")
        assert Dataset.load(dataset.save(tmp_path)) == dataset
        assert (tmp_path / name).read_bytes() == b"x"

    @formats
    def test_nothing_is_renamed_across_its_border(self, dataset, tmp_path, monkeypatch, format):
        target, rename = tmp_path / "disk", Path.rename
        target.mkdir()

        def within(self, goal):
            if target not in self.parents or target not in Path(goal).parents:
                raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
            return rename(self, goal)

        monkeypatch.setattr(Path, "rename", within)
        dataset.save(target, format=format)
        dataset[:2].save(target, format=format, overwrite=True)
        assert Dataset.load(target) == dataset[:2]

    def test_the_manifest_comes_last(self, dataset, tmp_path, monkeypatch):
        dataset.save(tmp_path / "out")
        moved, rename = [], Path.rename
        monkeypatch.setattr(Path, "rename", lambda self, goal: (moved.append(self.name), rename(self, goal))[1])
        dataset.save(tmp_path / "out", overwrite=True)
        assert [k for k, name in enumerate(moved) if name == "manifest.json"] == [0, len(moved) - 1]

    def test_files_of_others_are_not_even_moved(self, dataset, tmp_path):
        path = dataset.save(tmp_path / "out")
        (path / "original" / "mine.txt").write_text("mine")
        before = (path / "original" / "mine.txt").stat()
        dataset[:2].save(path, overwrite=True)
        assert (path / "original" / "mine.txt").stat().st_ctime_ns == before.st_ctime_ns
        assert Dataset.load(path) == dataset[:2]


class TestFailures:
    @formats
    def test_any_failing_rename_is_taken_back(self, dataset, tmp_path, monkeypatch, format):
        path, rename = dataset.save(tmp_path / "out"), Path.rename
        (path / "original" / "mine.txt").write_text("mine")  # so that some folders are moved file by file
        before, inode = tree(tmp_path), path.stat().st_ino
        for last in range(1, 40):
            calls = []

            def failing(self, goal, calls=calls, last=last):
                calls.append(goal)
                if len(calls) == last:
                    raise OSError(errno.EIO, os.strerror(errno.EIO))
                return rename(self, goal)

            monkeypatch.setattr(Path, "rename", failing)
            try:
                dataset[:2].save(path, format=format, overwrite=True)
            except OutputError as error:
                assert "nothing was changed" in str(error)  # noqa: PT017
                assert (tree(tmp_path), path.stat().st_ino, hidden(path)) == (before, inode, [])
            else:
                break
        assert len(calls) < last > 10
        assert Dataset.load(path) == dataset[:2]

    def test_what_cannot_be_restored_is_said(self, dataset, tmp_path, monkeypatch):
        path, rename = dataset.save(tmp_path / "out"), Path.rename
        calls = []

        def broken(self, goal):
            calls.append(goal)
            if len(calls) > 3:
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            return rename(self, goal)

        monkeypatch.setattr(Path, "rename", broken)
        with pytest.raises(OutputError, match=r"neither written nor restored: its content is in .*\.out\.old-"):
            dataset[:2].save(path, overwrite=True)
        monkeypatch.undo()
        with pytest.raises(DataError, match="is incomplete"):
            Dataset.load(path)
        (old,) = hidden(path)
        assert (old / "manifest.json").is_file()

    def test_an_error_of_the_tiles_is_no_error_of_the_disk(self, dataset, tmp_path):
        def unreadable():
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), "texture.png")

        with pytest.raises(FileNotFoundError, match=r"texture\.png"):
            save_with(dataset, tmp_path / "out", unreadable)
        assert list(tmp_path.iterdir()) == []


class TestRunsBesideEachOther:
    @pytest.mark.skipif(sys.platform == "win32", reason="folders cannot be locked")
    @pytest.mark.parametrize("overwrite", [False, True])
    @pytest.mark.parametrize("existing", [False, True])
    def test_a_second_one_is_refused_and_the_first_goes_on(self, dataset, tmp_path, existing, overwrite):
        target, said = tmp_path / "out", []
        if existing:
            target.mkdir()

        def second():
            with pytest.raises(OutputError, match=r"`path` must be written by one run .*out, which") as e:
                dataset[:1].save(target, overwrite=overwrite)
            said.append(str(e.value))

        save_with(dataset, target, second)
        assert Dataset.load(target) == dataset
        assert len(said) == 1

    def test_a_lock_ends_with_its_run(self, dataset, tmp_path):
        with pytest.raises(RuntimeError, match="stop"):
            save_with(dataset, tmp_path / "out", stop)
        dataset.save(tmp_path / "out")
        assert Dataset.load(tmp_path / "out") == dataset

    @formats
    @pytest.mark.parametrize("existing", [False, True])
    def test_without_locks_the_later_of_two_fails_and_nothing_is_lost(
        self, dataset, tmp_path, format, existing, without_locks
    ):
        target = tmp_path / "out"
        if existing:
            target.mkdir()
        with pytest.raises(OutputError, match=r"`path` must be new or empty.*the new tiles are kept in ") as caught:
            save_with(dataset, target, lambda: save_quietly(dataset[:1], target), format=format)
        assert Dataset.load(target) == dataset[:1]
        assert Dataset.load(Path(str(caught.value).rpartition("kept in ")[2])) == dataset

    def test_even_if_it_happens_at_the_last_moment(self, dataset, tmp_path, monkeypatch, without_locks):
        target, rename = tmp_path / "out", Path.rename

        def late(self, goal):
            monkeypatch.setattr(Path, "rename", rename)
            save_quietly(dataset[:1], target)
            return rename(self, goal)

        monkeypatch.setattr(Path, "rename", late)
        with pytest.raises(
            OutputError, match="which another run has just written; the new tiles are kept in"
        ) as caught:
            dataset.save(target)
        assert Dataset.load(target) == dataset[:1]
        assert Dataset.load(Path(str(caught.value).rpartition("kept in ")[2])) == dataset

    def test_a_folder_that_another_makes_is_filled(self, dataset, tmp_path):
        target = tmp_path / "out"
        save_with(dataset, target, target.mkdir)
        assert Dataset.load(target) == dataset
        assert os.listdir(tmp_path) == ["out"]

    def test_overwriting_takes_nothing_from_a_run_that_goes_on(self, dataset, tmp_path, without_locks):
        target = tmp_path / "out"
        save_with(dataset, target, lambda: dataset[:1].save(target, overwrite=True), overwrite=True)
        assert Dataset.load(target) == dataset

    def test_a_dataset_that_is_being_written_is_incomplete(self, dataset, tmp_path):
        (tmp_path / "out").mkdir()
        said = []

        def look():
            for read in (Dataset.load, read_slices):
                with pytest.raises(DataError, match=r"out is incomplete: it has no manifest\.json") as caught:
                    read(tmp_path / "out")
                said.append(caught)

        save_with(dataset, tmp_path / "out", look)
        assert len(said) == 2


def stop():
    raise RuntimeError("stop")


@pytest.fixture
def without_locks(monkeypatch):
    """Some file systems and Windows cannot lock a folder."""
    monkeypatch.setattr("synthem.io.staging.is_locked", lambda folder: False)


def save_quietly(dataset, path):
    with pytest.warns(UserWarning, match="was left by a run that was killed or still writes: kept until `overwrite`"):
        return dataset.save(path)


KILLED = """
import os, signal, sys
from pathlib import Path
import scipy.ndimage
import synthem.io.reading, synthem.io.saving
from synthem.dataset import Dataset
from synthem.io.formats import FORMATS, load_format

for format in FORMATS:
    load_format(format)

def save(path, last, format):
    dataset, calls, rename = Dataset.load(path + "_source"), [], Path.rename
    def killed(self, goal):
        calls.append(goal)
        if len(calls) == int(last):
            os.kill(os.getpid(), signal.SIGKILL)
        return rename(self, goal)
    Path.rename = killed
    dataset.save(path, format=format, overwrite=True)

for line in sys.stdin:
    pid = os.fork()
    if pid == 0:
        save(*line.rstrip("\\n").split("\\t"))
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
"""
"""A process that has imported what it needs forks one for each line, which is killed at a rename."""


@pytest.fixture(scope="module")
def parent():
    command = [sys.executable, "-c", KILLED]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
class TestKilledRuns:
    @pytest.fixture
    def kill(self, parent):
        def run(target, last, format="folders"):
            parent.stdin.write(f"{target}\t{last}\t{format}\n")
            parent.stdin.flush()
            assert int(parent.stdout.readline()) == -signal.SIGKILL

        return run

    @pytest.fixture
    def target(self, dataset, tmp_path):
        dataset[:2].save(tmp_path / "out_source")
        return tmp_path / "out"

    def test_its_folder_is_named_and_kept_until_overwrite(self, kill, dataset, target):
        kill(target, 1)
        (left,) = hidden(target.parent)
        with pytest.warns(UserWarning, match="was left by a run that was killed") as caught:
            dataset.save(target)
        assert str(left) in str(caught[0].message)
        assert caught[0].filename == __file__
        assert Dataset.load(left) == dataset[:2]
        dataset.save(target, overwrite=True)
        assert hidden(target.parent) == []
        assert Dataset.load(target) == dataset

    def test_before_an_empty_folder_was_filled(self, kill, dataset, target):
        target.mkdir()
        kill(target, 1)
        with pytest.raises(DataError, match="is incomplete"):
            Dataset.load(target)
        save_quietly(dataset, target)
        assert Dataset.load(target) == dataset

    @formats
    @pytest.mark.parametrize("last", [2, 9, 13, 14])
    def test_while_a_dataset_was_replaced(self, kill, dataset, target, last, format):
        dataset.save(target)
        (target / "mine.txt").write_text("mine")
        kill(target, last, format)
        with pytest.raises(DataError, match="is incomplete"):
            Dataset.load(target)
        with pytest.raises(OutputError, match="must be new or empty"):
            dataset.save(target)
        dataset[1:].save(target, overwrite=True)
        assert Dataset.load(target) == dataset[1:]
        assert hidden(target) == []
        assert (target / "mine.txt").read_text() == "mine"

    def test_files_of_others_beside_it_are_still_protected(self, kill, dataset, target):
        target.mkdir()
        kill(target, 1)
        (target / "original").mkdir()
        (target / "original" / "000000.png").write_bytes(b"mine")
        with pytest.raises(OutputError, match="must hold a dataset of synthem to be overwritten"):
            dataset.save(target, overwrite=True)
        assert (target / "original" / "000000.png").read_bytes() == b"mine"


def test_a_target_is_checked_twice(dataset, tmp_path, monkeypatch):
    from synthem.io import saving

    path, read, calls = dataset.save(tmp_path / "out"), saving.read_manifest, []
    monkeypatch.setattr(saving, "read_manifest", lambda folder: (calls.append(folder), read(folder))[1])
    dataset.save(path, overwrite=True)
    assert calls == [path, path]
