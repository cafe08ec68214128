"""Shards, and what they are joined to."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from synthem import Dataset, generate_files
from synthem.errors import ConfigError, DataError, OutputError
from synthem.io import FORMATS, merge_shards
from synthem.io.formats import TRAITS

N, MANY = 40, 3
formats = pytest.mark.parametrize(
    "format", [pytest.param(one, marks=[pytest.mark.slow] if TRAITS[one].packages else []) for one in FORMATS]
)
few_formats = pytest.mark.parametrize("format", ["folders", "tiff"])


@pytest.fixture
def scene(squares):
    return squares(requested=1)


def tree(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def run(path: Path, scene: Any, **options: Any) -> Path:
    return generate_files(path, N, **{"recipe": scene, "seed": 3, "tiles_per_file": 8, **options})


def shards(path: Path, scene: Any, **options: Any) -> list[Path]:
    return [run(path, scene, shard=(share, MANY), **options) for share in range(MANY)]


@formats
def test_shards_are_joined_to_the_bytes_of_one_run(scene, tmp_path, format):
    whole = run(tmp_path / "whole", scene, format=format)
    made = shards(tmp_path / "out", scene, format=format)
    assert [path.name for path in made] == [f"out.shard-{share}-of-3" for share in range(3)]
    path = merge_shards(tmp_path / "out")
    assert tree(path) == tree(whole)
    assert sorted(os.listdir(tmp_path)) == ["out", "whole"]


def test_shards_may_be_kept_and_lie_anywhere(scene, tmp_path):
    whole, made = run(tmp_path / "whole", scene), shards(tmp_path / "out", scene)
    moved = [shutil.move(path, tmp_path / str(k)) for k, path in enumerate(made)]
    before = tree(tmp_path)
    path = merge_shards(tmp_path / "joined", moved[::-1], keep=True)
    assert tree(path) == tree(whole)
    assert {name: text for name, text in tree(tmp_path).items() if not name.startswith("joined")} == before


def test_files_of_others_in_a_shard_stay(scene, tmp_path):
    made = shards(tmp_path / "out", scene)
    (made[1] / "original" / "mine.txt").write_text("mine")
    merge_shards(tmp_path / "out")
    assert tree(made[1]) == {"original/mine.txt": b"mine"}
    assert not made[0].exists()


def test_a_shard_is_resumed_and_repaired(scene, tmp_path):
    made = shards(tmp_path / "out", scene)
    before = tree(made[1])
    victim = next(path for path in made[1].rglob("*.png"))
    victim.write_bytes(victim.read_bytes()[:50])
    with pytest.raises(DataError, match=r"must hold the tiles .* `shard` \(1, 3\) with `resume` makes them again"):
        merge_shards(tmp_path / "out")
    assert run(tmp_path / "out", scene, shard=(1, MANY), resume=True) == made[1]
    assert tree(made[1]) == before
    assert len(Dataset.load(merge_shards(tmp_path / "out"))) == N


def test_a_shard_may_be_replaced(scene, tmp_path):
    made = shards(tmp_path / "out", scene)
    before = tree(made[0])
    with pytest.raises(OutputError, match="must be new or empty"):
        run(tmp_path / "out", scene, shard=(0, MANY))
    run(tmp_path / "out", scene, shard=(0, MANY), overwrite=True)
    assert tree(made[0]) == before


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"seed": 4}, "`seed` differs, 3 there and 4 here"),
        ({"start": 9}, "`start` differs, 0 there and 9 here"),
        ({"format": "tiff"}, "`format` differs"),
        ({"shard": (1, 4)}, "it is one of 4, and the other one of 3"),
    ],
)
def test_shards_of_different_requests_are_not_joined(scene, tmp_path, options, message):
    shards(tmp_path / "out", scene)
    other = run(tmp_path / "other", scene, **{"shard": (1, MANY), **options})
    mixed = [tmp_path / "out.shard-0-of-3", other, tmp_path / "out.shard-2-of-3"]
    before = tree(tmp_path)
    with pytest.raises(DataError, match=f"must be of the same request as .*, but {message}"):
        merge_shards(tmp_path / "joined", mixed)
    assert tree(tmp_path) == before


def test_recipes_that_differ_are_named(scene, squares, tmp_path):
    shards(tmp_path / "out", scene)
    other = run(tmp_path / "other", squares(shape=(64, 70), requested=1), shard=(1, MANY))
    with pytest.raises(DataError, match=r"but `shape` differs, \[64, 64\] there and \[64, 70\] here"):
        merge_shards(tmp_path / "out", [tmp_path / "out.shard-0-of-3", other, tmp_path / "out.shard-2-of-3"])


def test_a_shard_that_is_missing_or_not_done_is_named(scene, tmp_path):
    made = shards(tmp_path / "out", scene)
    with pytest.raises(DataError, match="`shards` must differ, got shard 0 of 3 as "):
        merge_shards(tmp_path / "out", [made[0], made[1], made[0]])
    shutil.rmtree(made[1])
    with pytest.raises(DataError, match="`shards` must be all 3, got 2: 1 of 0 to 2 missing"):
        merge_shards(tmp_path / "out")
    made[1].mkdir()
    with pytest.raises(DataError, match=r"must be a complete shard, got a folder without shard\.json"):
        merge_shards(tmp_path / "out")
    with pytest.raises(ConfigError, match="`shards` must be at least one folder, got none beside"):
        merge_shards(tmp_path / "nothing")


@pytest.mark.parametrize(
    ("shard", "message"),
    [
        ((3, 3), r"`shard` must be \(i, m\) with i from 0 to m - 1, got \(3, 3\)"),
        ((-1, 3), r"`shard` must be \(i, m\)"),
        ((0, 6), "`shard` must be of at most 5 shares, since 40 tiles in this format have as many parts"),
    ],
)
def test_a_share_must_be_one(scene, tmp_path, shard, message):
    with pytest.raises(ConfigError, match=message):
        run(tmp_path / "out", scene, shard=shard)
    with pytest.raises(ConfigError, match="`seed` must be a number"):
        run(tmp_path / "out", scene, shard=(0, 2), seed=None)


@few_formats
def test_shards_are_no_dataset_before_they_are_joined(scene, tmp_path, format):
    made = shards(tmp_path / "out", scene, format=format)
    for path in (made[0], tmp_path / "out"):
        with pytest.raises(DataError, match="must be a whole dataset, got shards of one; `synthem merge` joins them"):
            Dataset.load(path)
