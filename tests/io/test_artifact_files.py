"""Masks and fields of artefacts on disk."""

from __future__ import annotations

import json

import numpy as np
import pytest
import tifffile

import synthem
from synthem.errors import DataError
from synthem.io.manifest import MANIFEST
from synthem.io.tile_list import TILES

FOLD = synthem.Fold(width_nm=40, share=0.5)


@pytest.fixture
def dataset():
    scene = synthem.Scene(stages=[synthem.MembraneLayer(), FOLD, synthem.Charging(share=0.5)], shape=(64, 64))
    return synthem.generate(6, recipe=scene, seed=3)


@pytest.fixture
def saved(dataset, tmp_path):
    return dataset.save(tmp_path / "tiles")


def first(dataset, name):
    return next(
        (stem, tile.artifacts[0])
        for stem, tile in zip(dataset.names, dataset, strict=True)
        if tile.artifacts and tile.artifacts[0].name == name
    )


def test_each_damaged_tile_has_a_file_that_other_programs_can_read(dataset, saved):
    damaged = {name for name, tile in zip(dataset.names, dataset, strict=True) if tile.artifacts}
    assert {path.stem for path in (saved / "artifacts").iterdir()} == damaged
    assert set(json.loads((saved / MANIFEST).read_text())["damaged"]) == damaged != set(dataset.names)
    name, fold = first(dataset, "fold")
    with tifffile.TiffFile(saved / "artifacts" / f"{name}.tif") as file:
        mask, rows, cols = (page.asarray() for page in file.pages[:3])
    assert np.array_equal(mask, np.where(fold.lost, 255, np.where(fold.mask, 127, 0)))
    assert np.array_equal(np.stack([rows, cols]), fold.displacement)


def test_lines_of_clean_tiles_say_nothing_of_artifacts(dataset, saved):
    for line, tile in zip((saved / TILES).read_text().splitlines(), dataset, strict=True):
        assert ("artifacts" in json.loads(line)) == bool(tile.artifacts)


def test_the_same_tiles_give_the_same_bytes(dataset, saved, tmp_path):
    again = dataset.save(tmp_path / "again")
    for path in (saved / "artifacts").iterdir():
        assert path.read_bytes() == (again / "artifacts" / path.name).read_bytes()


def test_a_dataset_without_artifacts_replaces_one_with_them(saved):
    tiles = synthem.generate(2, seed=1, shape=64, axons=0)
    tiles.save(saved, overwrite=True)
    assert not (saved / "artifacts").exists()
    assert synthem.Dataset.load(saved) == tiles


def test_a_missing_or_damaged_file_is_an_error(dataset, saved):
    name, _ = first(dataset, "fold")
    path = saved / "artifacts" / f"{name}.tif"
    tifffile.imwrite(path, np.zeros((64, 64), np.uint8))
    with pytest.raises(DataError, match=rf"{name}.tif must hold \d pages of \(64, 64\) pixels, got 1"):
        synthem.Dataset.load(saved)
    path.unlink()
    with pytest.raises(DataError, match=f"{name}.tif cannot be read as TIFF"):
        synthem.Dataset.load(saved)


def test_a_manifest_lists_only_its_tiles_as_damaged(saved):
    manifest = json.loads((saved / MANIFEST).read_text())
    (saved / MANIFEST).write_text(json.dumps(manifest | {"damaged": ["elsewhere"]}))
    with pytest.raises(DataError, match=r"`damaged` in .* must list tiles of `names`, got 'elsewhere'"):
        synthem.Dataset.load(saved)
