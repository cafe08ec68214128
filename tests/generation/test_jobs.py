"""Parts that processes, threads and executors make."""

from __future__ import annotations

import os
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from synthem import generate_files
from synthem.errors import OutputError, SpeedWarning
from synthem.io import FORMATS, DatasetInfo
from synthem.io.formats import TRAITS
from synthem.io.parts import parts_of
from tests.generation.written import few_formats, formats, run, tree


@pytest.fixture
def scene(squares):
    return squares(requested=1)


class Counting(ThreadPoolExecutor):
    """An executor that remembers what it was given."""

    def __init__(self, workers: int) -> None:
        super().__init__(workers)
        self.given: list[str] = []

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.given.append(getattr(fn, "func", fn).__name__)
        return super().submit(fn, *args, **kwargs)


@formats
@pytest.mark.parametrize("tiles_per_file", [8, 1000])
def test_any_worker_makes_the_same_bytes(scene, tmp_path, format, tiles_per_file):
    options = {"format": format, "tiles_per_file": tiles_per_file}
    whole = tree(run(tmp_path / "one", scene, **options))
    assert tree(run(tmp_path / "two", scene, workers=2, **options)) == whole
    with ThreadPoolExecutor(2) as pool:
        assert tree(run(tmp_path / "threads", scene, workers=pool, **options)) == whole


@pytest.mark.parametrize(("tiles_per_file", "name"), [(8, "make"), (1000, "encode_some")])
def test_parts_are_handed_out_whole_where_there_are_enough(scene, tmp_path, tiles_per_file, name):
    with Counting(2) as pool:
        run(tmp_path / "out", scene, format="tiff", tiles_per_file=tiles_per_file, workers=pool)
    assert set(pool.given) == {name}
    assert len(pool.given) <= 32


@pytest.mark.slow
@few_formats
def test_processes_that_are_spawned_make_the_same_bytes(tmp_path, format):
    import multiprocessing

    request = {"recipe": "tissue", "seed": 3, "shape": 64, "axons": 0, "format": format, "tiles_per_file": 2}
    whole = tree(generate_files(tmp_path / "one", 8, **request))
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        assert tree(generate_files(tmp_path / "spawned", 8, **request, workers=pool)) == whole


class Dying:
    """A scene whose tile 20 is the end of the first process that it is rendered in, beside this one."""

    def __init__(self, scene: Any, place: Path) -> None:
        self.scene, self.mark, self.home = scene, place / "died", os.getpid()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.scene, name)

    @property
    def shape(self) -> tuple[int, int]:
        return self.scene.shape

    def to_dict(self) -> dict[str, Any]:
        return self.scene.to_dict()

    def render(self, seed: int, index: int = 0) -> Any:
        if index == 20 and os.getpid() != self.home and not self.mark.exists():
            self.mark.touch()
            os._exit(1)
        return self.scene.render(seed, index)


@few_formats
@pytest.mark.parametrize("tiles_per_file", [8, 1000])
def test_the_death_of_a_worker_loses_nothing(scene, tmp_path, format, tiles_per_file):
    options = {"format": format, "tiles_per_file": tiles_per_file}
    whole = tree(run(tmp_path / "whole", scene, **options))
    with pytest.warns(SpeedWarning, match="worker processes failed .*one process goes on alone"):
        path = run(tmp_path / "out", Dying(scene, tmp_path), workers=2, **options)
    assert tree(path) == whole


class Failing(Dying):
    """A scene of which tile 9 cannot be rendered."""

    def render(self, seed: int, index: int = 0) -> Any:
        if index == 9:
            raise RuntimeError("tile 9")
        return self.scene.render(seed, index)


@pytest.mark.parametrize("tiles_per_file", [2, 1000])
def test_a_tile_that_fails_ends_the_workers_at_once_and_quietly(scene, tmp_path, tiles_per_file):
    """Without a word of the thread that looks after a pool: pytest makes an error of it."""
    for turn in range(5):
        options = {"format": "tiff", "tiles_per_file": tiles_per_file, "workers": 2}
        with pytest.raises(RuntimeError, match="tile 9") as caught:
            generate_files(tmp_path / str(turn), 400, recipe=Failing(scene, tmp_path), seed=3, **options)
        assert caught.value.__notes__ == ["while rendering tile 9 of seed 3"]
    assert list(tmp_path.iterdir()) == []


def test_parts_follow_from_format_and_number_alone():
    for format in FORMATS:
        for n in (1, 7, 8, 9, 300, 1001, 30_000):
            parts = parts_of(format, DatasetInfo(n=n, shape=(64, 64)))
            assert [place for part in parts for place in range(part.first, part.stop)] == list(range(n))
            if TRAITS[format].shared_files:
                assert all(part.first % 1000 == 0 for part in parts)
    assert len(parts_of("folders", DatasetInfo(n=10**6, shape=(64, 64)))) == 1000


@pytest.mark.filterwarnings("ignore::synthem.errors.EmptyClassWarning")
def test_classes_that_overlap_are_numbered_by_one_writer(tmp_path):
    request = {"recipe": "tissue", "seed": 3, "shape": 64, "classes": "all", "format": "nnunet"}
    whole = tree(generate_files(tmp_path / "one", 20, **request))
    assert tree(generate_files(tmp_path / "two", 20, **request, workers=2)) == whole


class Elsewhere(Executor):
    """Workers that do not see the disk: what they write is lost."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(args[0].number)
        return future


def test_workers_must_see_the_folder(scene, tmp_path):
    with pytest.raises(OutputError, match=r"`path` must lie where all workers see it, got .*, where the tiles \d+ to"):
        generate_files(tmp_path / "out", 10**3, recipe=scene, seed=3, workers=Elsewhere())
    assert list(tmp_path.iterdir()) == []
