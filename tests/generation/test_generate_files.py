"""`generate_files`: the same dataset as `generate(...).save(...)`, without holding it."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

import synthem
from synthem import Dataset, PlacementWarning, generate, generate_files, iter_tiles
from synthem.errors import ConfigError, DataError, OutputError, PlacementError
from synthem.generation import pools
from synthem.io import DatasetInfo, save_tiles
from synthem.tiles.tile import Tile

ROOT = str(Path(__file__).parents[2])


@pytest.fixture
def scene(squares):
    return squares(requested=1)


def tree(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.mark.parametrize("forks", [1, 2, pytest.param(3, marks=pytest.mark.slow)])
@pytest.mark.parametrize(("start", "format"), [(0, "folders"), (5, "folders"), (0, "tiff")])
def test_the_same_files_as_those_of_a_dataset(scene, tmp_path, monkeypatch, forks, start, format):
    monkeypatch.setattr(pools, "LARGEST_CHUNK", 2)
    monkeypatch.setattr(pools, "CHUNKS_PER_WORKER", 1)
    n = 23
    whole = generate(n, recipe=scene, seed=3, start=start, workers=forks).save(tmp_path / "whole", format=format)
    request = {"recipe": scene, "seed": 3, "start": start, "workers": forks}
    path = generate_files(tmp_path / "passing", n, **request, format=format)
    assert path == tmp_path / "passing"
    assert tree(path) == tree(whole)
    assert list(Dataset.load(path)) == list(iter_tiles(n, recipe=scene, seed=3, start=start))


def test_parts_have_names_of_their_own(scene, tmp_path):
    parts = [generate_files(tmp_path / str(k), 3, recipe=scene, seed=3, start=3 * k) for k in range(2)]
    names = [name for part in parts for name in Dataset.load(part).names]
    assert names == [f"{k:06d}" for k in range(6)]


def test_tiles_wait_no_longer_than_memory_lasts():
    assert pools.ring_size(10**6, 8, (256, 256)) == 8 * 32
    assert pools.ring_size(10**6, 8, (1024, 1024)) == 2**29 // (15 * 2**20)
    assert pools.ring_size(10**6, 8, (2048, 2048)) == 16


@pytest.mark.parametrize("format", ["folders", "tiff"])
@pytest.mark.slow
def test_memory_does_not_grow_with_n(scene, tmp_path, format):
    """The most memory of a run of its own, in KiB, as the system counts it."""
    code = (
        "import resource, sys, synthem; sys.path.insert(0, {root!r}); from tests.conftest import SquaresScene; "
        "synthem.generate_files({path!r}, {n}, recipe=SquaresScene(), seed=3, format={format!r}, tiles_per_file=50); "
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    few, many = (
        int(
            subprocess.run(
                [
                    sys.executable,
                    "-W",
                    "ignore",
                    "-c",
                    code.format(root=ROOT, path=str(tmp_path / str(n)), n=n, format=format),
                ],
                check=True,
                capture_output=True,
                text=True,
            ).stdout
        )
        for n in (100, 600)
    )
    assert many < few + 10 * 1024  # a tile has 60 KiB of pixels: 500 would take 29 MiB


def test_too_little_memory_names_what_to_change(scene, monkeypatch):
    def full(*args):
        raise OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))

    monkeypatch.setattr("synthem.tiles.stacks.mmap.mmap", full)
    with pytest.raises(ConfigError, match=r"`n` must ask for what fits .* `generate_files` writes any number"):
        generate(32, recipe=scene, seed=3, workers=2)


@pytest.mark.parametrize("forks", [1, 2])
def test_an_error_of_a_scene_is_no_error_of_the_disk(scene, tmp_path, forks):
    def unreadable(tile):
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), "texture.png")

    with pytest.raises(FileNotFoundError, match=r"texture\.png"):
        generate_files(tmp_path / "out", 4, recipe=Otherwise(scene, unreadable), seed=3, workers=forks)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"parameters": {"width": float("nan")}}, r"`parameters` .* finite numbers, flags or texts, got width = nan"),
        ({"parameters": {"width": None}}, r"`parameters` .*, got width = None"),
        ({"parameters": {"size": (1, 2)}}, r"`parameters` .*, got size = \(1, 2\)"),
        ({"pose": {"row": np.float32("inf")}}, r"`pose` .* finite numbers, got row = .*inf"),
        ({"pose": {"row": "left"}}, r"`pose` .* finite numbers, got row = 'left'"),
        ({"rings": (np.zeros((3, 2)), np.array([[1, 2], [3, np.nan]]))}, r"`rings` .*\[3.0, nan\] in ring 1"),
    ],
)
def test_what_cannot_be_recorded_is_named(scene, tmp_path, change, message):
    def changed(tile):
        first, second = tile.records()
        return replace(tile, records=(first, replace(second, **change)))

    with pytest.raises(OutputError, match=message) as caught:
        generate_files(tmp_path / "out", 3, recipe=Otherwise(scene, changed), seed=3)
    assert "of object 2 (vesicle) of tile 000000" in str(caught.value)


def test_a_scene_must_describe_itself_in_numbers(scene):
    class Vague(Otherwise):
        def to_dict(self):
            return {"width": float("nan")}

    with pytest.raises(ConfigError, match="`to_dict` of Vague must return JSON-able values without NaN"):
        generate(1, recipe=Vague(scene, lambda tile: tile), seed=3)


@pytest.mark.filterwarnings("ignore::synthem.errors.PlacementWarning")
@pytest.mark.slow
def test_objects_of_real_scenes_are_recorded(tmp_path):
    request = {"recipe": "tissue", "seed": 4, "shape": (128, 128)}
    path = generate_files(tmp_path / "out", 3, **request, workers=2)
    assert Dataset.load(path) == generate(3, **request)


def test_any_executor_will_do(scene, tmp_path):
    with ThreadPoolExecutor(2) as pool:
        path = generate_files(tmp_path / "out", 5, recipe=scene, seed=3, workers=pool)
    assert Dataset.load(path) == generate(5, recipe=scene, seed=3)


def test_one_warning_sums_up_what_is_missing(squares, tmp_path):
    scene = squares(requested=2)
    with pytest.warns(PlacementWarning) as caught:
        generate_files(tmp_path / "out", 5, recipe=scene, seed=0)
    with pytest.warns(PlacementWarning) as expected:
        generate(5, recipe=scene, seed=0)
    assert [str(w.message) for w in caught] == [str(w.message) for w in expected]
    assert caught[0].filename == __file__


@pytest.mark.parametrize("forks", [1, 2])
def test_what_fails_leaves_nothing(squares, tmp_path, forks):
    with pytest.raises(PlacementError, match="tile 0 of seed 9 is incomplete"):
        generate_files(tmp_path / "out", 5, recipe=squares(requested=2), seed=9, strict=True, workers=forks)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten_unless_asked_for(scene, tmp_path, monkeypatch):
    path = generate_files(tmp_path / "out", 2, recipe=scene, seed=3)
    before = tree(path)
    with monkeypatch.context() as patch:
        patch.setattr(synthem.generation.requests, "render_in_order", None)  # it is refused before any work
        with pytest.raises(OutputError, match="`path` must be new or empty"):
            generate_files(path, 1, recipe=scene, seed=4)
    assert tree(path) == before
    generate_files(path, 1, recipe=scene, seed=4, overwrite=True)
    assert len(Dataset.load(path)) == 1


@pytest.mark.parametrize("given", [{"n": 0}, {"start": -1}, {"start": 1.5}, {"workers": 0}, {"seed": -1}])
def test_bad_parameters_are_named(scene, tmp_path, given):
    (name,) = given
    with pytest.raises(ConfigError, match=f"`{name}`"):
        generate_files(tmp_path / "out", **{"recipe": scene, **given})
    assert list(tmp_path.iterdir()) == []


def test_progress_on_request_only(scene, tmp_path, capsys):
    generate_files(tmp_path / "quiet", 3, recipe=scene, seed=0)
    assert capsys.readouterr().err == ""
    generate_files(tmp_path / "loud", 3, recipe=scene, seed=0, progress=True)
    assert "3/3" in capsys.readouterr().err


@dataclass(frozen=True)
class Otherwise:
    """A scene that gives tiles of another kind than it should."""

    scene: object
    change: Callable[[Tile], Tile]
    shape: tuple[int, int] = (64, 64)

    def render(self, seed, index=0):
        return self.change(self.scene.render(seed, index))

    def to_dict(self):
        return {}


def test_masks_of_another_type_are_the_same_masks(scene, tmp_path):
    whole = Otherwise(scene, lambda tile: replace(tile, masks=tile.masks.astype(np.uint8)), scene.shape)
    path = generate_files(tmp_path / "out", 3, recipe=whole, seed=3)
    assert np.array_equal(Dataset.load(path).masks, generate(3, recipe=scene, seed=3).masks)
    assert Dataset.load(path).masks.any()


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda tile: replace(tile, index=0), (DataError, "`index` of tile 1 of the scene must be 1, got 0")),
        (lambda tile: replace(tile, image=tile.image[:32]), (DataError, "`tiles` must be of shape")),
    ],
)
def test_what_could_not_be_loaded_is_not_written(scene, tmp_path, change, error):
    kind, message = error
    with pytest.raises(kind, match=message):
        generate_files(tmp_path / "out", 3, recipe=Otherwise(scene, change, scene.shape), seed=3)
    with pytest.raises(ConfigError, match="`tiles` must hold at least one"):
        save_tiles([], tmp_path / "out", info=DatasetInfo(n=0, shape=(64, 64)))
    assert list(tmp_path.iterdir()) == []
