"""`generate_files`: the same dataset as `generate(...).save(...)`, without holding it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

import synthem
from synthem import Dataset, PlacementWarning, generate, generate_files, iter_tiles
from synthem.errors import ConfigError, DataError, OutputError, PlacementError
from synthem.generation import workers
from synthem.io import FORMATS, DatasetInfo, save_tiles
from synthem.tiles.stacks import Stacks
from synthem.tiles.tile import Tile


@pytest.fixture
def scene(squares):
    return squares(requested=1)


def tree(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.mark.parametrize("forks", [1, 2, 3])
@pytest.mark.parametrize(("start", "format"), [(0, "folders"), (5, "folders"), (0, "tiff")])
def test_the_same_files_as_those_of_a_dataset(scene, tmp_path, monkeypatch, forks, start, format):
    monkeypatch.setattr(workers, "LARGEST_CHUNK", 2)  # fewer places than tiles
    monkeypatch.setattr(workers, "CHUNKS_PER_WORKER", 1)
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


@pytest.mark.parametrize("format", FORMATS)
def test_memory_does_not_grow_with_n(scene, tmp_path, monkeypatch, format):
    made, usual = [], Stacks.empty
    monkeypatch.setattr(Stacks, "empty", lambda n, *args, **more: (made.append(n), usual(n, *args, **more))[1])
    generate_files(tmp_path / "one", 200, recipe=scene, seed=3, format=format)
    generate_files(tmp_path / "two", 200, recipe=scene, seed=3, workers=2, format=format)
    assert max(made) == workers.ring_size(200, 2) < 100


@pytest.mark.filterwarnings("ignore::synthem.errors.PlacementWarning")
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
        (lambda tile: replace(tile, index=0), (OutputError, "`names` must differ")),
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
