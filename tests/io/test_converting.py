"""Datasets from one format to another, and arrays of others with names told."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
import zarr

import synthem
from synthem.dataset import Dataset
from synthem.errors import ConfigError, DataError, DataWarning, MissingExtraError
from synthem.io import FORMATS, convert
from synthem.io.reading import stream_dataset


def tree(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


class TestDatasets:
    @pytest.mark.parametrize("format", FORMATS)
    def test_the_way_there_and_back_gives_the_same_bytes(self, dataset, tmp_path, format):
        first = dataset.save(tmp_path / "first")
        there = convert(first, tmp_path / "there", format=format)
        assert tree(there) == tree(dataset.save(tmp_path / "direct", format=format))
        assert tree(convert(there, tmp_path / "back", format="folders")) == tree(first)

    def test_all_that_is_known_goes_along(self, tmp_path):
        request = {"seed": 3, "shape": (96, 96), "classes": "all", "pixel_size_nm": (4, 6)}
        with pytest.warns(synthem.EmptyClassWarning):
            tiles = synthem.generate(2, **request)
        source = tiles.save(tmp_path / "a")
        manifest = json.loads((source / "manifest.json").read_text())
        manifest["versions"]["numpy"] = "1.0"
        (source / "manifest.json").write_text(json.dumps(manifest))
        target = convert(source, tmp_path / "b", format="hdf5")
        assert Dataset.load(target) == tiles
        assert json.loads((target / "manifest.json").read_text()) == {**manifest, "layout": "hdf5"}

    def test_one_tile_is_held_at_a_time(self, dataset, tmp_path):
        info, tiles = stream_dataset(dataset.save(tmp_path / "a", format="tiff"))
        assert info.n == 4
        (tmp_path / "a" / "original.tif").rename(tmp_path / "elsewhere")
        with pytest.raises(DataError, match=r"original\.tif"):
            next(tiles)

    def test_in_its_own_place(self, dataset, tmp_path):
        path = dataset.save(tmp_path / "a", format="hdf5")
        convert(path, path, format="npz", overwrite=True)
        assert Dataset.load(path) == dataset
        assert not (path / "tiles.h5").exists()

    @pytest.mark.parametrize("option", [{"names": {"image": "raw"}}, {"classes": "all"}, {"pixel_size_nm": 5.0}])
    def test_what_it_tells_itself_is_not_asked_for(self, dataset, tmp_path, option):
        path = dataset.save(tmp_path / "a")
        with pytest.raises(ConfigError, match=f"`{next(iter(option))}` must be left out for a dataset of synthem"):
            convert(path, tmp_path / "b", format="npz", **option)


def test_folders_of_others_are_taken(epfl6, tmp_path):
    real = Dataset.load(epfl6())
    path = convert(tmp_path / "epfl6", tmp_path / "out", format="nnunet", pixel_size_nm=5)
    again = Dataset.load(path)
    assert np.array_equal(again.masks, real.masks)
    assert [tile.pixel_size_nm for tile in again] == [5.0, 5.0]
    assert json.loads((path / "manifest.json").read_text())["spacing_nm"] == [5.0, 5.0]
    with pytest.raises(ConfigError, match="`names` must be left out for a folder"):
        convert(tmp_path / "epfl6", tmp_path / "b", format="npz", names={"image": "raw"})


NAMES = {"image": "em/raw", "mitochondria": "em/mito", "PSD": "em/psd"}


@pytest.fixture
def arrays():
    """A block of three sections with mitochondria as ids and PSDs as 0 and 1."""
    rng = np.random.default_rng(0)
    raw = rng.integers(0, 256, (3, 40, 48)).astype(np.uint8)
    mito, psd = np.zeros((3, 40, 48), np.uint16), np.zeros((3, 40, 48), np.uint8)
    mito[:, 2:12, 2:12], mito[:, 20:30, 20:34] = 300, 7
    psd[:, 15:18, 4:20] = 1
    return {"em/raw": raw, "em/mito": mito, "em/psd": psd}


def write_hdf5(arrays, path):
    with h5py.File(path, "w") as file:
        for name, array in arrays.items():
            file[name] = array


def write_zarr(arrays, path):
    group = zarr.open_group(str(path), mode="w")
    for name, array in arrays.items():
        group.create_array(name, shape=array.shape, dtype=array.dtype)[...] = array


def write_npz(arrays, path):
    np.savez_compressed(path, **arrays)


WRITERS = {"block.h5": write_hdf5, "block.zarr": write_zarr, "block.npz": write_npz}
sources = pytest.mark.parametrize("source", WRITERS)


class TestArrays:
    @sources
    def test_sections_become_tiles(self, arrays, tmp_path, source):
        WRITERS[source](arrays, tmp_path / source)
        with pytest.warns(DataWarning, match="mito holds ids, taken as one mask; map `instances` to it to keep them"):
            path = convert(tmp_path / source, tmp_path / "out", format="folders", names=NAMES, pixel_size_nm=8)
        tiles = Dataset.load(path)
        assert tiles.classes.names == ("mitochondria", "psd")
        assert tiles.names == ("000000", "000001", "000002")
        assert np.array_equal(tiles.images, arrays["em/raw"])
        assert np.array_equal(tiles.masks[:, 0], arrays["em/mito"] > 0)
        assert np.array_equal(tiles.masks[:, 1], arrays["em/psd"] > 0)
        assert not tiles.instances.any()
        assert tiles[0].pixel_size_nm == 8.0

    def test_ids_are_kept_where_they_are_named(self, arrays, tmp_path):
        write_hdf5(arrays, tmp_path / "a.h5")
        names = {**NAMES, "instances": "em/mito"}
        tiles = Dataset.load(convert(tmp_path / "a.h5", tmp_path / "out", format="tiff", names=names))
        assert np.array_equal(tiles.instances, arrays["em/mito"])
        assert tiles[0].pixel_size_nm is None

    def test_a_single_picture_is_one_tile(self, arrays, tmp_path):
        write_npz({name: array[0] for name, array in arrays.items()}, tmp_path / "a.npz")
        names = {"image": "em/raw", "psd": "em/psd"}
        assert len(Dataset.load(convert(tmp_path / "a.npz", tmp_path / "out", format="npz", names=names))) == 1

    @sources
    @pytest.mark.parametrize(
        ("names", "message"),
        [
            ({}, r"`names` must tell which array is the image, such as image=raw; .* em/mito, em/psd, em/raw"),
            ({"image": "em/raw"}, "`names` must tell which array is at least one class"),
            ({"image": "em/row", "psd": "em/psd"}, "got 'em/row'; did you mean 'em/raw'"),
            ({"image": "em", "psd": "em/psd"}, r"`names` must name arrays of .*, got 'em'"),
            ({"image": "em/raw", "mitochondira": "x"}, "`names` must be for image, .* did you mean 'mitochondria'"),
        ],
    )
    def test_names_that_do_not_fit_are_said(self, arrays, tmp_path, source, names, message):
        WRITERS[source](arrays, tmp_path / source)
        with pytest.raises(ConfigError, match=message):
            convert(tmp_path / source, tmp_path / "out", format="npz", names=names)
        assert not (tmp_path / "out").exists()

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"em/raw": np.full((3, 40, 48), 0.5)}, "em/raw must be an 8-bit image, got float64 from 0.5 to 0.5"),
            ({"em/psd": np.zeros((3, 40, 40), np.uint8)}, r"em/psd must have 3 sections of \(40, 48\) pixels, as the"),
            ({"em/psd": np.full((3, 40, 48), 0.5)}, "em/psd must be a mask of whole numbers, got float64"),
            ({"em/psd": np.arange(5760, dtype=np.uint16).reshape(3, 40, 48)}, "em/psd must be a mask of 0 and one"),
            (
                {"em/psd": np.zeros((2, 3, 40, 48), np.uint8)},
                r"must have the axes y and x, or z, y and x, got .*\(2, 3",
            ),
            ({"instances": np.full((3, 40, 48), -1)}, "instances must hold ids, whole numbers from 0 to 2147483647"),
        ],
    )
    def test_arrays_that_do_not_fit_are_said(self, arrays, tmp_path, change, message):
        write_hdf5({**arrays, **change}, tmp_path / "a.h5")
        names = {"image": "em/raw", "psd": "em/psd"} | ({"instances": "instances"} if "instances" in change else {})
        with pytest.raises(DataError, match=message):
            convert(tmp_path / "a.h5", tmp_path / "out", format="npz", names=names)
        assert not (tmp_path / "out").exists()

    def test_ome_zarr_is_found_by_its_images_and_labels(self, tmp_path):
        tiles = synthem.generate(1, seed=0, shape=(64, 96), axons=0, pixel_size_nm=4)
        root = tiles.save(tmp_path / "a", format="ome-zarr") / "tiles.zarr"
        names = {"image": "000000", "psd": "000000/labels/psd", "instances": "000000/labels/instances"}
        again = Dataset.load(convert(root, tmp_path / "b", format="npz", names=names))
        assert np.array_equal(again.images, tiles.images)
        assert np.array_equal(again.masks[:, 0], tiles[0].mask("psd")[None])
        assert np.array_equal(again.instances, tiles.instances)
        assert again[0].pixel_size_nm == 4.0
        below = {"image": ".", "psd": "labels/psd"}
        assert Dataset.load(convert(root / "000000", tmp_path / "c", format="npz", names=below))[0].pixel_size_nm == 4.0

    def test_ome_zarr_of_version_4_with_five_axes(self, arrays, tmp_path):
        group = zarr.open_group(str(tmp_path / "old.zarr"), mode="w", zarr_format=2)
        scale = {"type": "scale", "scale": [1, 1, 0.05, 0.008, 0.008]}
        axes = [{"name": "t"}, {"name": "c"}, *({"name": axis, "unit": "micrometer"} for axis in "zyx")]
        group.attrs["multiscales"] = [{"axes": axes, "datasets": [{"path": "0", "coordinateTransformations": [scale]}]}]
        for name, array in (("0", arrays["em/raw"]), ("psd", arrays["em/psd"])):
            group.create_array(name, shape=(1, 1, *array.shape), dtype=array.dtype)[...] = array[None, None]
        names = {"image": ".", "psd": "psd"}
        tiles = Dataset.load(convert(tmp_path / "old.zarr", tmp_path / "out", format="npz", names=names))
        assert np.array_equal(tiles.images, arrays["em/raw"])
        assert tiles[0].pixel_size_nm == 8.0

    @sources
    def test_sections_become_one_volume(self, arrays, tmp_path, source):
        WRITERS[source](arrays, tmp_path / source)
        names = {**NAMES, "instances": "em/mito"}
        about = {"names": names, "pixel_size_nm": 8, "volume": True, "spacing_nm": 30}
        path = convert(tmp_path / source, tmp_path / "out", format="nnunet", **about)
        volumes = Dataset.load(path)
        assert volumes.shape == (3, 40, 48)
        (volume,) = volumes
        assert volume.voxel_size_nm == (30.0, 8.0, 8.0)
        assert np.array_equal(volume.image, arrays["em/raw"])
        assert np.array_equal(volume.masks, [arrays["em/mito"] > 0, arrays["em/psd"] > 0])
        assert np.array_equal(volume.instances, arrays["em/mito"])

    @pytest.mark.parametrize(
        ("given", "spacing"),
        [({}, (50.0, 8.0, 8.0)), ({"spacing_nm": 40.0}, (40.0, 8.0, 8.0)), ({"pixel_size_nm": 4.0}, (50.0, 4.0, 4.0))],
    )
    def test_the_spacing_of_a_volume_is_given_or_told(self, arrays, tmp_path, given, spacing):
        group = zarr.open_group(str(tmp_path / "a.zarr"), mode="w", zarr_format=2)
        scale = {"type": "scale", "scale": [0.05, 0.008, 0.008]}
        axes = [{"name": axis, "unit": "micrometer"} for axis in "zyx"]
        group.attrs["multiscales"] = [{"axes": axes, "datasets": [{"path": "0", "coordinateTransformations": [scale]}]}]
        for name, array in (("0", arrays["em/raw"]), ("psd", arrays["em/psd"])):
            group.create_array(name, shape=array.shape, dtype=array.dtype)[...] = array
        names = {"image": ".", "psd": "psd"}
        path = convert(tmp_path / "a.zarr", tmp_path / "out", format="npz", names=names, volume=True, **given)
        assert Dataset.load(path)[0].voxel_size_nm == spacing

    def test_without_a_spacing_voxels_are_cubes_or_not_known(self, arrays, tmp_path):
        write_hdf5(arrays, tmp_path / "a.h5")
        about = {"format": "hdf5", "names": {"image": "em/raw", "psd": "em/psd"}, "volume": True}
        path = convert(tmp_path / "a.h5", tmp_path / "cubes", pixel_size_nm=8, **about)
        assert Dataset.load(path)[0].voxel_size_nm == (8.0, 8.0, 8.0)
        assert Dataset.load(convert(tmp_path / "a.h5", tmp_path / "b", **about))[0].voxel_size_nm is None
        with pytest.raises(ConfigError, match=r"must be given with `spacing_nm`, got 30\.0 alone"):
            convert(tmp_path / "a.h5", tmp_path / "c", spacing_nm=30.0, **about)

    def test_what_makes_no_volume_is_said(self, arrays, dataset, tmp_path, monkeypatch):
        write_hdf5(arrays, tmp_path / "a.h5")
        names = {"image": "em/raw", "psd": "em/psd"}
        with pytest.raises(ConfigError, match="`spacing_nm` is of a volume: give `volume`, too"):
            convert(tmp_path / "a.h5", tmp_path / "b", format="npz", names=names, spacing_nm=30)
        with pytest.raises(ConfigError, match="`spacing_nm` must be a positive number, got nan"):
            convert(tmp_path / "a.h5", tmp_path / "b", format="npz", names=names, volume=True, spacing_nm=float("nan"))
        with pytest.raises(ConfigError, match="`volume` is for arrays of others"):
            convert(dataset.save(tmp_path / "c"), tmp_path / "b", format="npz", volume=True)
        with pytest.raises(ConfigError, match="coco"):
            convert(tmp_path / "a.h5", tmp_path / "b", format="coco", names=names, volume=True)
        monkeypatch.setenv("SYNTHEM_MAX_PIXELS", "2000")
        with pytest.raises(DataError, match=r"must have at most 2000 pixels .* got 3x40x48"):
            convert(tmp_path / "a.h5", tmp_path / "b", format="npz", names=names, volume=True)

    @sources
    def test_damaged_files_are_said(self, arrays, tmp_path, source):
        path = tmp_path / source
        WRITERS[source](arrays, path)
        for file in [path] if path.is_file() else path.rglob("zarr.json"):
            file.write_bytes(file.read_bytes()[:20])
        with pytest.raises((DataError, ConfigError), match="block"):
            convert(path, tmp_path / "out", format="npz", names=NAMES)

    @pytest.mark.parametrize(
        ("source", "package", "extra"), [("block.h5", "h5py", "hdf5"), ("block.zarr", "zarr", "ome-zarr")]
    )
    def test_a_missing_package_is_named(self, arrays, tmp_path, monkeypatch, source, package, extra):
        WRITERS[source](arrays, tmp_path / source)
        monkeypatch.setitem(sys.modules, package, None)
        monkeypatch.setattr("synthem.io.foreign.find_spec", lambda name: None)
        with pytest.raises(
            MissingExtraError, match=rf'needs {package}, not installed here: pip install "synthem\[{extra}'
        ):
            convert(tmp_path / source, tmp_path / "out", format="npz", names=NAMES)


def test_the_format_is_checked_first(tmp_path):
    with pytest.raises(ConfigError, match=r"`format` must be one of .*, got 'ome-zar'; did you mean 'ome-zarr'"):
        convert(tmp_path / "none", tmp_path / "out", format="ome-zar")


def test_sources_that_are_not_there(tmp_path):
    for name in ("none.h5", "none"):
        with pytest.raises(DataError, match="none"):
            convert(tmp_path / name, tmp_path / "out", format="npz")
    with pytest.raises(ConfigError, match="`pixel_size_nm` must be a positive number, got -1"):
        convert(tmp_path, tmp_path / "out", format="npz", pixel_size_nm=-1)
