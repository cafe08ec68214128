"""Every row of the table of formats does what the protocol says."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import pairwise

import pytest

from synthem.errors import ConfigError, DataError, OutputError
from synthem.io import FORMATS, DatasetInfo, read_dataset, save_tiles
from synthem.io.formats import load_format

formats = pytest.mark.parametrize("format", FORMATS)


@pytest.fixture
def info(dataset):
    return DatasetInfo(n=len(dataset), shape=dataset.shape, seed=dataset.seed, config=dataset.config)


@formats
def test_what_is_written_is_owned_and_nothing_else(dataset, tmp_path, format, info):
    storage, named = load_format(format), list(zip(dataset.names, dataset.tiles, strict=True))
    assert [pair for pair in storage.write(named, tmp_path, info)] == named  # noqa: C416
    found = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert found == set(storage.owned_files(dataset.names, dataset.classes))


@formats
def test_a_tile_is_written_before_the_next_is_asked_for(dataset, tmp_path, format, info):
    sizes = []

    def watched():
        for name, tile in zip(dataset.names, dataset.tiles, strict=True):
            sizes.append(sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()))
            yield name, tile

    for _ in load_format(format).write(watched(), tmp_path, info):
        pass
    assert all(before < after for before, after in pairwise(sizes))


@formats
def test_tiles_are_read_without_a_dataset(dataset, tmp_path, format, info):
    stored = read_dataset(
        save_tiles(zip(dataset.names, dataset, strict=True), tmp_path / "out", info=info, format=format)
    )
    assert (stored.names, stored.seed, stored.config) == (dataset.names, dataset.seed, dataset.config)
    assert [stored.stacks.tile(place, meta) for place, meta in enumerate(stored.tiles)] == list(dataset)


@pytest.mark.parametrize(("n", "message"), [(3, "must hold 3 tiles, got more"), (5, "must hold 5 tiles, got 4")])
@formats
def test_tiles_must_be_as_many_as_said(dataset, tmp_path, format, n, message):
    with pytest.raises(DataError, match=message):
        save_tiles(
            zip(dataset.names, dataset, strict=True),
            tmp_path / "out",
            info=DatasetInfo(n=n, shape=dataset.shape),
            format=format,
        )
    assert list(tmp_path.iterdir()) == []


def test_unknown_formats_are_named():
    with pytest.raises(ConfigError, match="`format` must be one of folders, tiff, got '__init__'"):
        load_format("__init__")


@pytest.mark.parametrize(
    ("config", "spacing"),
    [
        ({"style": {"pixel_size_nm": 5}, "pixel_size_nm": 8}, (8.0, 8.0)),
        ({"style": {"pixel_size_nm": 5}}, (5.0, 5.0)),
        ({}, None),
        ({"style": "mine"}, None),
        ({"style": {}}, None),
    ],
)
def test_spacing_comes_from_the_scene_or_its_style(config, spacing):
    assert DatasetInfo(n=1, shape=(64, 64), config=config).spacing_nm == spacing


def test_large_stacks_have_wide_offsets(dataset, tmp_path, monkeypatch):
    import tifffile

    monkeypatch.setattr("synthem.io.tiff.LARGEST_FILE", 4 * 4 * 64 * 64 - 1)
    for n in (3, 4):
        with tifffile.TiffFile(dataset[:n].save(tmp_path / str(n), format="tiff") / "original.tif") as file:
            assert file.is_bigtiff == (n == 4)


def test_other_programs_see_one_stack(dataset, tmp_path):
    import tifffile

    for plane, stack in (("original", dataset.images), ("instances", dataset.instances)):
        path = dataset.save(tmp_path / plane, format="tiff") / f"{plane}.tif"
        assert (tifffile.imread(path) == stack).all()
        with tifffile.TiffFile(path) as file:
            assert [(series.axes, series.shape) for series in file.series] == [("QYX", stack.shape)]


def test_formats_are_listed_without_what_reads_and_writes_them():
    code = "import sys, synthem.io; synthem.io.FORMATS; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, env={**os.environ}
    )
    assert not {"numpy", "cv2", "tifffile", "pydantic"} & set(loaded.stdout.split())


@pytest.mark.parametrize("name", ["CON", "nul.tile", "com1", "LPT9", "COM¹", "con ", "tile.", "tile ", "a\tb", "a\x1f"])
def test_names_that_windows_cannot_keep_are_refused(dataset, tmp_path, name):
    with pytest.raises(OutputError, match="`names` must"):
        save_tiles([(name, dataset[0])], tmp_path / "out", info=DatasetInfo(n=1, shape=dataset.shape))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["C:\\tile", "..\\tile", "C:tile", "\\\\server\\share", "a|b", "a?"])
def test_paths_of_windows_are_no_names(dataset, tmp_path, name):
    with pytest.raises(OutputError, match="`names` must be plain file names"):
        save_tiles([(name, dataset[0])], tmp_path / "out", info=DatasetInfo(n=1, shape=dataset.shape))


@pytest.mark.parametrize("name", ["console", "com10", "a.con", "Schnitt ü", "tile.2"])
def test_names_that_all_systems_keep_are_kept(dataset, tmp_path, name):
    info = DatasetInfo(n=1, shape=dataset.shape)
    for format in FORMATS:
        assert read_dataset(save_tiles([(name, dataset[0])], tmp_path / format, info=info, format=format)).names == (
            name,
        )
