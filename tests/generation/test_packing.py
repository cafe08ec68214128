"""Datasets as their recipe."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

import synthem
from synthem import Dataset, generate_files
from synthem.errors import ConfigError, DataError, DataWarning
from synthem.generation import pack, unpack

REQUEST = {"seed": 3, "shape": 64, "axons": 0}


def tree(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def changed(file: Path, **values: object) -> Path:
    content = json.loads(gzip.decompress(file.read_bytes())) | values
    file.write_bytes(gzip.compress(json.dumps(content).encode()))
    return file


@pytest.mark.parametrize("format", ["folders", "tiff"])
def test_a_dataset_is_its_recipe(tmp_path, format):
    path = generate_files(tmp_path / "out", 9, **REQUEST, start=4, format=format, tiles_per_file=4)
    file = pack(path)
    assert file == tmp_path / "out.synthem"
    assert file.stat().st_size < 5000
    assert pack(path, tmp_path / "again.synthem").read_bytes() == file.read_bytes()
    assert tree(unpack(file, tmp_path / "unpacked", workers=2)) == tree(path)


@pytest.mark.filterwarnings("ignore::synthem.errors.EmptyClassWarning")
def test_classes_and_styles_are_in_the_recipe(tmp_path):
    path = generate_files(tmp_path / "out", 3, **REQUEST, classes="all", style="ac4", pixel_size_nm=(4, 6))
    assert tree(unpack(pack(path), tmp_path / "unpacked")) == tree(path)


def test_other_versions_are_said(tmp_path):
    path = generate_files(tmp_path / "out", 3, **REQUEST)
    versions = json.loads((path / "manifest.json").read_text())["versions"] | {"numpy": "1.0"}
    file = changed(pack(path), versions=versions)
    with pytest.warns(DataWarning, match=r"was made by other versions: numpy 1\.0 there and"):
        assert Dataset.load(unpack(file, tmp_path / "unpacked")) == Dataset.load(path)


def test_other_masks_are_an_error_and_other_greys_a_warning(tmp_path):
    path = generate_files(tmp_path / "out", 3, **REQUEST)
    sums = json.loads((path / "manifest.json").read_text())["sha256"]
    file = changed(pack(path), sha256=sums | {"images": "0" * 64})
    with pytest.warns(DataWarning, match="masks are those that were packed, greys are not"):
        unpack(file, tmp_path / "greys")
    file = changed(pack(path), sha256=sums | {"masks": "0" * 64})
    with pytest.raises(DataError, match="must hold the masks that were packed, got others"):
        unpack(file, tmp_path / "masks")
    assert len(Dataset.load(tmp_path / "masks")) == 3


@pytest.mark.parametrize("case", ["scene", "slices", "part", "shuffled"])
def test_what_no_recipe_gives_is_not_packed(squares, tmp_path, case):
    tiles = synthem.generate(4, **REQUEST)
    if case == "scene":
        tiles = synthem.generate(4, recipe=squares(requested=1), seed=3)
    elif case == "slices":
        tiles = Dataset.from_arrays(tiles.images, tiles.masks)
    elif case == "part":
        tiles = tiles[::2]
    else:
        tiles = Dataset.from_tiles(
            tiles.tiles[::-1], n=4, shape=tiles.shape, names=tiles.names, seed=3, config=tiles.config
        )
    with pytest.raises(DataError, match="must hold what its recipe gives, to be packed, got"):
        pack(tiles.save(tmp_path / "out"))


def test_what_is_no_package_is_said(tmp_path):
    path = generate_files(tmp_path / "out", 3, **REQUEST)
    with pytest.raises(ConfigError, match=r"`output` must end in \.synthem, got"):
        pack(path, tmp_path / "out.zip")
    file = tmp_path / "mine.synthem"
    for content in (b"mine", gzip.compress(b"mine"), gzip.compress(b"[]"), gzip.compress(b"{}")[:-5]):
        file.write_bytes(content)
        with pytest.raises(DataError, match=r"mine\.synthem must be a recipe that `synthem pack` wrote"):
            unpack(file, tmp_path / "unpacked")
    with pytest.raises(DataError, match=r"`version` in .* must be at most 1, got 2: a newer synthem wrote it"):
        unpack(changed(pack(path), version=2), tmp_path / "unpacked")
    with pytest.raises(DataError, match=r"`layout` in .* must be one of folders, .*, got 'floppy'"):
        unpack(changed(pack(path), layout="floppy"), tmp_path / "unpacked")
    with pytest.raises(DataError, match="is not what synthem writes: `n`"):
        unpack(changed(pack(path), n="many"), tmp_path / "unpacked")
    with pytest.raises(DataError, match=r"`config` in .* must be a scene, got"):
        unpack(changed(pack(path), config={}), tmp_path / "unpacked")
    assert not (tmp_path / "unpacked").exists()
