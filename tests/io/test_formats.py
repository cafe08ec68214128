"""Every row of the table of formats does what the protocol says."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from synthem.errors import ConfigError, DataError, MissingExtraError, OutputError
from synthem.io import FORMATS, DatasetInfo, read_dataset, save_tiles
from synthem.io.content import common_spacing
from synthem.io.formats import TRAITS, FormatTraits, load_format
from synthem.io.manifest import read_manifest, write_manifest
from synthem.io.planes import plane_names
from synthem.tiles.tile import Tile

formats = pytest.mark.parametrize("format", FORMATS)


@pytest.fixture
def info(dataset):
    return DatasetInfo(n=len(dataset), shape=dataset.shape, seed=dataset.seed, config=dataset.config)


def fill(folder, storage, named, info, first=0):
    names = []
    with storage.open_writer(folder, info, first=first) as write:
        for place, (name, tile) in enumerate(named, start=first):
            write(name, storage.encode(name, tile, place, info))
            names.append(name)
    storage.finish(folder, names, info)


@formats
def test_what_is_written_is_owned_and_nothing_else(dataset, tmp_path, format, info):
    storage, named = load_format(format), list(zip(dataset.names, dataset.tiles, strict=True))
    fill(tmp_path, storage, named, info)
    found = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    write_manifest(tmp_path, layout=format, names=dataset.names, info=info)
    manifest = read_manifest(tmp_path)
    assert found == set(storage.owned_files(manifest))
    assert replace(manifest.info(), versions=None) == info


@formats
def test_a_tile_is_written_before_the_next_is_asked_for(dataset, tmp_path, format, info):
    sizes = []

    def watched():
        for name, tile in zip(dataset.names, dataset.tiles, strict=True):
            sizes.append(sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()))
            yield name, tile

    fill(tmp_path, load_format(format), watched(), info)
    assert all(before < after for before, after in pairwise(sizes))


def tree(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@formats
def test_what_is_encoded_can_travel(dataset, format, info):
    encoded = load_format(format).encode("000001", dataset[1], 1, info)
    assert all(type(value) is bytes for value in encoded.values())
    assert pickle.loads(pickle.dumps(encoded)) == encoded


@formats
def test_files_are_filled_in_any_order_by_any_number_of_writers(dataset, tmp_path, format, info):
    storage, named = load_format(format), list(zip(dataset.names, dataset.tiles, strict=True))
    few = replace(info, tiles_per_file=2)
    for part in ("whole", "parts"):
        (tmp_path / part).mkdir()
    fill(tmp_path / "whole", storage, named, few)
    for first in (2, 0):
        with storage.open_writer(tmp_path / "parts", few, first=first) as write:
            for place in (first, first + 1):
                name, tile = named[place]
                write(name, storage.encode(name, tile, place, few))
    storage.finish(tmp_path / "parts", dataset.names, few)
    write_manifest(tmp_path / "parts", layout=format, names=dataset.names, info=few)
    manifest = read_manifest(tmp_path / "parts")
    assert set(tree(tmp_path / "whole")) == set(storage.owned_files(manifest))
    assert tree(tmp_path / "whole") == {k: v for k, v in tree(tmp_path / "parts").items() if k != "manifest.json"}
    for tile, pixels in zip(dataset, storage.read(tmp_path / "parts", manifest), strict=True):
        assert_equal(pixels, tile)


@pytest.mark.parametrize("format", [name for name in FORMATS if TRAITS[name].shared_files])
def test_a_file_is_begun_with_its_first_tile(tmp_path, format, info):
    few = replace(info, tiles_per_file=2)
    with pytest.raises(ConfigError, match=r"`first` must be a multiple of `tiles_per_file` \(2\), got 1"):  # noqa: SIM117
        with load_format(format).open_writer(tmp_path, few, first=1):
            pass


def assert_equal(pixels, tile):
    for name, array in pixels._asdict().items():
        assert array.dtype == getattr(tile, name).dtype
        assert np.array_equal(array, getattr(tile, name))


@formats
def test_volumes_come_back_where_the_format_holds_them(tmp_path, format):
    volumes = [volume(seed, 100_000 if format != "folders" else 65_536) for seed in range(2)]
    info = DatasetInfo(n=2, shape=(3, 16, 24), spacing_nm=(50.0, 5.0, 4.0))
    assert info.axes == "zyx"
    if not TRAITS[format].volumes:
        with pytest.raises(ConfigError, match=r"`format` must be one that holds volumes, .*tiff.*, got"):
            save_tiles([], tmp_path / "out", info=info, format=format)
        return
    storage = load_format(format)
    fill(tmp_path, storage, zip("ab", volumes, strict=True), info)
    write_manifest(tmp_path, layout=format, names=["a", "b"], info=info)
    manifest = read_manifest(tmp_path)
    assert set(tree(tmp_path)) == {*storage.owned_files(manifest), "manifest.json"}
    assert replace(manifest.info(), versions=None) == info
    for one, pixels in zip(volumes, storage.read(tmp_path, manifest), strict=True):
        assert_equal(pixels, one)


def volume(seed, labels_below):
    """A tile with a third axis, which is all that formats need to know of volumes."""
    rng = np.random.default_rng(seed)
    shape = (3, 16, 24)
    masks = np.zeros((6, *shape), bool)
    masks[0, :, 2:9, 3:9] = masks[5, :, 2:9, 3:5] = masks[1, 1:, 10:14] = True
    labels = rng.integers(0, labels_below, (2, *shape)).astype(np.int32)
    return Tile(
        image=rng.integers(0, 256, shape).astype(np.uint8), masks=masks, instances=labels[0], compartments=labels[1]
    )


@pytest.mark.parametrize("shape", [(8,), (1, 2, 3, 4)])
def test_pixels_have_two_axes_or_three(shape):
    with pytest.raises(ConfigError, match="`shape` must be height and width, or depth, height and width"):
        DatasetInfo(n=1, shape=shape)
    with pytest.raises(ConfigError, match="`spacing_nm` must be one per axis"):
        DatasetInfo(n=1, shape=(8, 8), spacing_nm=(5.0,))


def test_a_missing_package_is_named_with_its_extra(monkeypatch):
    monkeypatch.setitem(TRAITS, "tiff", FormatTraits(module="tiff", about="", packages=("no_such",), extra="hdf5"))
    with pytest.raises(
        MissingExtraError, match=r"'tiff' needs no_such, not installed here: pip install \"synthem\[hdf5"
    ):
        load_format("tiff")


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
    with pytest.raises(ConfigError, match=f"`format` must be one of {', '.join(FORMATS)}, got '__init__'"):
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


@pytest.mark.parametrize(
    ("config", "sizes", "spacing"),
    [
        ({}, [5.0, 5.0], (5.0, 5.0)),
        ({}, [5.0, 4.0], None),
        ({}, [5.0, None], None),
        ({}, [None], None),
        ({"pixel_size_nm": {"low": 4, "high": 6}}, [5.0], None),
        ({"parts": []}, [8.0], (8.0, 8.0)),
    ],
)
def test_spacing_is_that_of_all_tiles(config, sizes, spacing):
    assert common_spacing(config, sizes, axes=2) == spacing


def test_large_stacks_have_wide_offsets(dataset, tmp_path, monkeypatch):
    import tifffile

    monkeypatch.setattr("synthem.io.storage.tiff.LARGEST_FILE", 3 * 4 * 64 * 64)
    for n in (3, 4):
        with tifffile.TiffFile(dataset[:n].save(tmp_path / str(n), format="tiff") / "original.tif") as file:
            assert file.is_bigtiff == (n == 4)


def test_stacks_are_ome_tiff(dataset, tmp_path):
    import tifffile

    info = DatasetInfo(n=4, shape=dataset.shape, spacing_nm=(4.0, 5.0))
    path = save_tiles(zip(dataset.names, dataset, strict=True), tmp_path / "out", info=info, format="tiff")
    for plane in plane_names(dataset.classes):
        with tifffile.TiffFile(path / f"{plane}.tif") as file:
            assert file.is_ome
            image = tifffile.xml2dict(file.ome_metadata)["OME"]["Image"]
        pixels = image["Pixels"]
        assert (pixels["SizeT"], pixels["SizeY"], pixels["SizeX"]) == (4, 64, 64)
        assert (pixels["PhysicalSizeY"], pixels["PhysicalSizeX"], pixels["PhysicalSizeXUnit"]) == (4.0, 5.0, "nm")
        assert (image["Name"], pixels["Channel"]["Name"]) == (plane, plane)


def test_other_programs_see_one_stack(dataset, tmp_path):
    import tifffile

    black_and_white = np.where(dataset.masks[:, 3], 255, 0)
    for plane, stack in (
        ("original", dataset.images),
        ("instances", dataset.instances),
        ("axon", black_and_white),
    ):
        path = dataset.save(tmp_path / plane, format="tiff") / f"{plane}.tif"
        assert (tifffile.imread(path) == stack).all()
        with tifffile.TiffFile(path) as file:
            assert [(series.axes, series.shape) for series in file.series] == [("TYX", stack.shape)]


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
