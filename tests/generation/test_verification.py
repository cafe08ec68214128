"""Datasets that are looked at again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import synthem
from synthem import generate_files
from synthem.errors import ConfigError, DataError
from synthem.generation import verify
from synthem.io import FORMATS
from synthem.io.formats import TRAITS

formats = pytest.mark.parametrize(
    "format", [pytest.param(one, marks=[pytest.mark.slow] if TRAITS[one].packages else []) for one in FORMATS]
)
few_formats = pytest.mark.parametrize("format", ["folders", "tiff"])  # one of each kind: a file per tile, shared files
N = 5
REQUEST = {"seed": 3, "shape": 64, "axons": 0}


@pytest.fixture
def scene(squares):
    return squares(requested=1)


def change(path: Path, key: str, value: Any) -> None:
    content = json.loads((path / "manifest.json").read_text())
    content[key] = value
    (path / "manifest.json").write_text(json.dumps(content))


@formats
def test_what_was_written_is_as_written(scene, tmp_path, format):
    path = generate_files(tmp_path / "out", N, recipe=scene, seed=3, format=format)
    found = verify(path)
    assert (found.ok, found.tiles, found.problems, found.remarks, found.regenerated) == (True, N, (), (), 0)
    assert str(found) == f"{path}: 5 tiles: as written"


@few_formats
def test_saving_in_memory_writes_the_same_sums(scene, tmp_path, format):
    path = synthem.generate(N, recipe=scene, seed=3).save(tmp_path / "out", format=format)
    assert verify(path).ok


@few_formats
def test_tiles_are_made_again(tmp_path, format):
    path = generate_files(tmp_path / "out", N, **REQUEST, format=format)
    found = verify(path, regenerate=3)
    assert (found.ok, found.regenerated, found.remarks) == (True, 3, ())
    assert verify(path, regenerate=99).regenerated == N


@pytest.mark.parametrize(("plane", "what"), [("original", "images"), ("axon", "masks"), ("compartments", "masks")])
def test_altered_pixels_are_named(scene, tmp_path, plane, what):
    from synthem.io.images import encode_png
    from synthem.io.masks import read_plane

    path = generate_files(tmp_path / "out", N, recipe=scene, seed=3)
    file = path / plane / "000002.png"
    kind = {"original": "u1", "axon": "?", "compartments": "i4"}[plane]
    import numpy as np

    pixels = read_plane(file, np.dtype(kind), (64, 64)).copy()
    pixels[5, 5] = not pixels[5, 5] if kind == "?" else pixels[5, 5] ^ 1
    file.write_bytes(encode_png(str(file), pixels))
    found = verify(path)
    assert found.problems == (f"{what} of 000002 are not those that were written",)
    assert not found.ok


@formats
def test_files_that_cannot_be_read_are_named_and_the_rest_is_read(scene, tmp_path, format):
    path = generate_files(tmp_path / "out", N, recipe=scene, seed=3, format=format)
    files = [file for file in path.rglob("*") if file.is_file() and file.suffix not in {".json", ".jsonl"}]
    files = [file for file in files if "000001" in str(file)] or files
    victim = max(sorted(files), key=lambda file: file.stat().st_size)
    victim.write_bytes(victim.read_bytes()[: victim.stat().st_size // 2])
    found = verify(path)
    assert not found.ok
    assert any("000001" in problem or victim.name in problem for problem in found.problems)
    if not TRAITS[format].shared_files:
        assert len(found.problems) == 1


@formats
def test_files_that_are_gone_are_named(scene, tmp_path, format):
    path = generate_files(tmp_path / "out", N, recipe=scene, seed=3, format=format)
    for file in [file for file in path.rglob("*") if file.is_file()]:
        if file.name in {"manifest.json", "tiles.jsonl"}:
            continue
        content = file.read_bytes()
        file.unlink()
        found = verify(path)
        assert any(file.name in problem for problem in found.problems)
        file.write_bytes(content)
        if format == "ome-zarr":
            break


@pytest.mark.slow
def test_a_manifest_edited_by_hand_is_found_by_making_tiles_again(tmp_path):
    path = generate_files(tmp_path / "out", N, **REQUEST)
    change(path, "seed", 4)
    lines = [json.loads(line) | {"seed": 4} for line in (path / "tiles.jsonl").read_text().splitlines()]
    (path / "tiles.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert verify(path).ok
    found = verify(path, regenerate=2)
    assert found.problems == tuple(
        f"masks of {name} are not those that seed 4 and the recipe give" for name in ("000000", "000004")
    )


def test_tiles_are_made_again_by_their_own_seed_or_else_that_of_all(tmp_path):
    path = generate_files(tmp_path / "out", N, **REQUEST)
    lines = [json.loads(line) for line in (path / "tiles.jsonl").read_text().splitlines()]
    change(path, "seed", 4)
    found = verify(path, regenerate=N)
    assert (found.problems, found.remarks, found.regenerated) == ((), (), N)
    (path / "tiles.jsonl").write_text("".join(json.dumps(line | {"seed": None}) + "\n" for line in lines))
    assert verify(path, regenerate=1).problems == ("masks of 000000 are not those that seed 4 and the recipe give",)
    change(path, "seed", 3)
    found = verify(path, regenerate=N)
    assert (found.problems, found.remarks, found.regenerated) == ((), (), N)


def test_greys_that_differ_are_said_and_no_problem(tmp_path, monkeypatch):
    path = generate_files(tmp_path / "out", N, **REQUEST)
    render = synthem.Scene.render

    def brighter(self: Any, seed: int, index: int = 0) -> synthem.Tile:
        from dataclasses import replace

        tile = render(self, seed, index)
        image = tile.image.copy()
        image[3, 4] ^= 1
        return replace(tile, image=image)

    monkeypatch.setattr(synthem.Scene, "render", brighter)
    found = verify(path, regenerate=1)
    assert found.ok
    assert found.remarks == ("greys of 000000 differ in 1 pixels, by 1 levels at most",)


def test_other_versions_are_said(tmp_path, monkeypatch):
    path = generate_files(tmp_path / "out", N, **REQUEST)
    there = json.loads((path / "manifest.json").read_text())["versions"]
    change(path, "versions", there | {"numpy": "1.0"})
    (remark,) = verify(path, regenerate=1).remarks
    assert remark.startswith("made by other versions: numpy 1.0 there and ")


def test_sums_of_tiles_and_of_all_belong_together(scene, tmp_path):
    path = generate_files(tmp_path / "out", N, recipe=scene, seed=3)
    change(path, "sha256", {"images": "0" * 64, "masks": "0" * 64})
    assert verify(path).problems == ("tiles.jsonl and manifest.json do not belong together",)


def test_what_an_older_synthem_wrote_is_only_read(scene, tmp_path):
    path = generate_files(tmp_path / "out", N, recipe=scene, seed=3)
    change(path, "sha256", None)
    found = verify(path)
    assert found.ok
    assert found.remarks == ("an older synthem wrote no SHA-256: tiles were only read",)


def test_what_is_no_dataset_is_said(scene, tmp_path):
    (tmp_path / "out").mkdir()
    with pytest.raises(DataError, match=r"must be a dataset of synthem, got a folder without manifest\.json"):
        verify(tmp_path / "out")
    path = generate_files(tmp_path / "tiles", N, recipe=scene, seed=3)
    with pytest.raises(ConfigError, match="`regenerate` must be 0 where tiles cannot be made again, got"):
        verify(path, regenerate=1)
    with pytest.raises(ConfigError, match="`regenerate` must be a whole number of at least 0, got -1"):
        verify(path, regenerate=-1)
    change(path, "version", 99)
    with pytest.raises(DataError, match=r"`version` in .* must be at most 3, got 99: a newer synthem wrote it"):
        verify(path)


def test_volumes_are_made_again(tmp_path):
    path = generate_files(tmp_path / "out", 2, seed=3, shape=(2, 64, 64))
    found = verify(path, regenerate=1)
    assert (found.ok, found.regenerated) == (True, 1)
    assert str(found) == f"{path}: 2 volumes, 1 made again: as written"
