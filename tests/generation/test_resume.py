"""Runs that are stopped, and go on to the bytes of one that was not."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from synthem import Dataset, generate_files
from synthem.errors import ConfigError, OutputError
from synthem.generation import verify
from synthem.io.parts import PARTS
from synthem.io.staging import leftovers_in
from tests.generation.written import N, few_formats, formats, run, tree


@pytest.fixture
def scene(squares):
    return squares(requested=1)


class Stopping:
    """A scene that stops after some tiles, and counts them."""

    def __init__(self, scene: Any, last: int = 10**6) -> None:
        self.scene, self.last, self.rendered = scene, last, []

    def __getattr__(self, name: str) -> Any:
        return getattr(self.scene, name)

    @property
    def shape(self) -> tuple[int, int]:
        return self.scene.shape

    def to_dict(self) -> dict[str, Any]:
        return self.scene.to_dict()

    def render(self, seed: int, index: int = 0) -> Any:
        if len(self.rendered) == self.last:
            raise KeyboardInterrupt
        self.rendered.append(index)
        return self.scene.render(seed, index)


def stopped(path: Path, scene: Any, after: int = 21, **options: Any) -> Path:
    """Return the hidden folder of a run that was interrupted after so many tiles."""
    with pytest.raises(KeyboardInterrupt):
        run(path, Stopping(scene, after), resume=True, **options)
    (left,) = leftovers_in(path.parent, of=path.name)
    return left


@formats
def test_a_stopped_run_goes_on_to_the_same_bytes(scene, tmp_path, format):
    whole = run(tmp_path / "whole", scene, format=format)
    stopped(tmp_path / "out", scene, format=format)
    again = Stopping(scene)
    path = run(tmp_path / "out", again, format=format, resume=True)
    assert again.rendered == list(range(16, N))  # two parts of eight tiles were whole
    assert tree(path) == tree(whole)
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


@pytest.mark.parametrize("change", ["cut", "altered", "gone", "record", "lines"])
@few_formats
def test_what_is_half_written_or_altered_is_made_again(scene, tmp_path, format, change):
    whole = run(tmp_path / "whole", scene, format=format)
    left = stopped(tmp_path / "out", scene, format=format)
    record = left / PARTS / "000001.json"
    name = next(name for name in json.loads(record.read_text())["files"] if name != "tiles.jsonl")
    if change == "cut":
        (left / name).write_bytes((left / name).read_bytes()[:-9])
    elif change == "altered":
        content = bytearray((left / name).read_bytes())
        content[len(content) // 2] ^= 1
        (left / name).write_bytes(content)
    elif change == "gone":
        (left / name).unlink()
    elif change == "record":
        record.write_text(record.read_text()[:100])
    else:
        (left / PARTS / "000001.jsonl").write_text("")
    again = Stopping(scene)
    path = run(tmp_path / "out", again, format=format, resume=True)
    assert again.rendered == list(range(8, N))
    assert tree(path) == tree(whole)


def test_what_is_complete_is_left_as_it_is(scene, tmp_path):
    path, again = run(tmp_path / "out", scene, resume=True), Stopping(scene)
    before = {file: file.stat().st_mtime_ns for file in path.rglob("*")}
    assert run(tmp_path / "out", again, resume=True) == path
    assert again.rendered == []
    assert {file: file.stat().st_mtime_ns for file in path.rglob("*")} == before


@pytest.mark.parametrize("change", ["cut", "altered", "gone", "all"])
@formats
def test_a_complete_dataset_is_repaired(scene, tmp_path, format, change):
    path, again = run(tmp_path / "out", scene, format=format), Stopping(scene)
    whole = tree(path)
    names = sorted(name for name in whole if name not in {"manifest.json", "tiles.jsonl"})
    victims = names if change == "all" else names[len(names) // 2 :][:1]
    for name in victims:
        content = bytearray(whole[name])
        content[len(content) // 2] ^= 1
        (path / name).write_bytes({"cut": whole[name][:-9], "altered": bytes(content)}.get(change, b""))
        if change == "gone":
            (path / name).unlink()
    if verify(path).ok:
        pytest.skip("a byte that is not read")
    assert tree(run(path, again, format=format, resume=True)) == whole
    assert 0 < len(again.rendered) <= N


def test_only_what_was_altered_is_made_again(scene, tmp_path):
    path, again = run(tmp_path / "out", scene), Stopping(scene)
    (path / "PSD" / "000020.png").write_bytes(b"")
    run(path, again, resume=True)
    assert again.rendered == list(range(16, 24))


def test_a_run_that_was_sealed_is_only_put_in_place(scene, tmp_path):
    path, again = run(tmp_path / "out", scene), Stopping(scene)
    whole = tree(path)
    path.rename(tmp_path / ".out.tmp-1-00000000")
    assert tree(run(path, again, resume=True)) == whole
    assert again.rendered == []


@pytest.mark.parametrize("left", ["", ".parts", ".parts/plan.json.half"])
def test_a_run_that_was_killed_before_it_had_a_plan_leaves_nothing(scene, tmp_path, left):
    place = tmp_path / ".out.tmp-1-00000000" / left
    (place.parent if left.endswith("half") else place).mkdir(parents=True)
    if left.endswith("half"):
        place.write_text('{"format": "fold')
    path = run(tmp_path / "out", scene, resume=True)
    assert [one.name for one in tmp_path.iterdir()] == ["out"]
    assert tree(path) == tree(run(tmp_path / "whole", scene))


@pytest.mark.parametrize("existing", [False, True])
def test_a_run_that_resumes_may_be_stopped_as_often_as_one_likes(scene, tmp_path, existing):
    whole = run(tmp_path / "whole", scene)
    if existing:
        (tmp_path / "out").mkdir()
    for _ in range(4):
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path / "out", Stopping(scene, 9), resume=True)
    path = run(tmp_path / "out", scene, resume=True, workers=2)
    assert tree(path) == tree(whole)


def test_without_resume_a_stopped_run_leaves_nothing(scene, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "out", Stopping(scene, 21))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"seed": 4}, "`seed` differs, 3 there and 4 here"),
        ({"n": 50}, "`n` differs, 40 there and 50 here"),
        ({"start": 5}, "`start` differs, 0 there and 5 here"),
        ({"format": "tiff"}, "`format` differs, 'folders' there and 'tiff' here"),
        ({"tiles_per_file": 9}, "`tiles_per_file` differs, 8 there and 9 here"),
    ],
)
def test_another_request_does_not_go_on_and_nothing_is_lost(scene, tmp_path, options, message):
    left = stopped(tmp_path / "out", scene)
    before = tree(left)
    n = options.pop("n", N)
    with pytest.raises(ConfigError, match=f"`resume` must go on with the request of .*, got another: {message}"):
        generate_files(
            tmp_path / "out",
            n,
            **{"recipe": scene, "seed": 3, "tiles_per_file": 8, "resume": True, **options},
        )
    assert tree(left) == before


def test_another_scene_does_not_go_on(scene, squares, tmp_path):
    stopped(tmp_path / "out", scene)
    with pytest.raises(ConfigError, match="`shape` differs"):
        run(tmp_path / "out", squares(shape=(64, 70), requested=1), resume=True)


def test_other_versions_do_not_go_on(scene, tmp_path, monkeypatch):
    stopped(tmp_path / "out", scene)
    monkeypatch.setattr("synthem.io.plan.package_versions", lambda: {"numpy": "0"})
    with pytest.raises(ConfigError, match="`versions` differs"):
        run(tmp_path / "out", scene, resume=True)


def test_only_a_seed_can_be_gone_on_with(scene, tmp_path):
    with pytest.raises(ConfigError, match=r"`seed` must be a number with `resume` or `shard`, .*, got None"):
        run(tmp_path / "out", scene, seed=None, resume=True)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS], ids=["full", "read-only from then on"])
def test_a_disk_that_takes_no_more_keeps_what_is_done(scene, tmp_path, monkeypatch, number):
    whole = run(tmp_path / "whole", scene)
    write, calls = Path.write_bytes, []

    def full(self: Path, content: bytes) -> int:
        calls.append(self)
        if len(calls) == 200:
            raise OSError(number, os.strerror(number))
        return write(self, content)

    monkeypatch.setattr(Path, "write_bytes", full)
    message = f"{tmp_path / 'out'} cannot be written: {os.strerror(number)}; what is done is kept for `resume`"
    with pytest.raises(OutputError, match=re.escape(message)):
        run(tmp_path / "out", scene, resume=True)
    monkeypatch.undo()
    assert tree(run(tmp_path / "out", scene, resume=True)) == tree(whole)


def test_a_dataset_may_be_moved_while_it_is_not_written(scene, tmp_path):
    whole, left = run(tmp_path / "whole", scene), stopped(tmp_path / "out", scene)
    (tmp_path / "other").mkdir()
    shutil.move(left, tmp_path / "other" / left.name)
    assert tree(run(tmp_path / "other" / "out", scene, resume=True)) == tree(whole)


def test_warnings_count_the_tiles_of_all_runs(squares, tmp_path):
    scene: Callable[..., Any] = squares(requested=2)
    stopped(tmp_path / "out", scene)
    with pytest.warns(match="20 of 40 tiles hold fewer objects than requested"):
        path = run(tmp_path / "out", scene, resume=True)
    assert len(Dataset.load(path)) == N
