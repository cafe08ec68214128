"""Round trips of whole datasets through both formats, and what happens when saving fails."""

from __future__ import annotations

import errno
import json
import os
import re
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthem.dataset import Dataset
from synthem.errors import ConfigError, DataError, OutputError
from synthem.io import FORMATS
from synthem.io.epfl6 import read_folder
from synthem.io.storage import folders
from synthem.labels import EPFL6

formats = pytest.mark.parametrize("format", FORMATS)


def tree(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@formats
def test_a_dataset_comes_back_equal(dataset, tmp_path, format):
    path = dataset.save(tmp_path / "out", format=format)
    again = Dataset.load(path)
    assert again == dataset
    assert [tile.objects for tile in again] == [tile.objects for tile in dataset]
    assert (again.seed, again.config, again.reports) == (dataset.seed, dataset.config, dataset.reports)
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


@formats
def test_a_slice_keeps_names_and_indices(dataset, tmp_path, format):
    again = Dataset.load(dataset[2:].save(tmp_path / "out", format=format))
    assert again == dataset[2:]
    assert again.names == ("000002", "000003")


@formats
def test_saving_twice_gives_the_same_bytes(dataset, tmp_path, format):
    first = tree(dataset.save(tmp_path / "a", format=format))
    assert tree(dataset.save(tmp_path / "b", format=format)) == first
    assert tree(Dataset.load(tmp_path / "a").save(tmp_path / "c", format=format)) == first


@formats
def test_one_tile_is_enough_and_none_too_few(dataset, tmp_path, format):
    assert Dataset.load(dataset[:1].save(tmp_path / "one", format=format)) == dataset[:1]
    with pytest.raises(ConfigError, match="`tiles` must hold at least one tile"):
        dataset[:0].save(tmp_path / "none", format=format)


def test_the_layout_is_that_of_epfl6(dataset, tmp_path):
    path = dataset.save(tmp_path / "out")
    names = {"original", "instances", "compartments", *(c.folder for c in EPFL6)}
    assert {p.name for p in path.iterdir()} == {*names, "manifest.json", "tiles.jsonl"}
    assert {p.name for p in (path / "PSD").iterdir()} == {f"00000{i}.png" for i in range(4)}
    (path / "manifest.json").unlink()
    assert np.array_equal(read_folder(path).stacks.masks, dataset.masks)
    assert cv2.imread(str(path / "instances" / "000000.png"), cv2.IMREAD_UNCHANGED).dtype == np.uint16


def test_the_manifest_states_config_seed_and_versions(dataset, tmp_path):
    path = dataset.save(tmp_path / "out")
    manifest = json.loads((path / "manifest.json").read_text())
    assert manifest["seed"] == 7
    assert manifest["config"] == {"squares": 2, "shape": [64, 64]}
    assert set(manifest["versions"]) == {"python", "synthem", "numpy", "scipy", "numba", "opencv-python-headless"}
    first = json.loads((path / "tiles.jsonl").read_text().splitlines()[0])
    assert first["counts"] == {"axon": 1, "vesicle": 1}
    assert first["report"]["axon"]["requested"] == 2
    assert first["objects"][0]["area"] == 36


@given(st.lists(st.tuples(*[st.floats(-1e5, 1e5, width=32)] * 2), min_size=3, max_size=9))
@pytest.mark.slow
def test_outlines_come_back_to_the_last_bit(tmp_path_factory, dataset, ring):
    from dataclasses import replace

    tile = dataset[0]
    record = replace(tile.records()[0], rings=(np.array(ring, np.float32),))
    only = Dataset.from_tiles([replace(tile, records=(record,))], n=1, shape=tile.shape)
    again = Dataset.load(only.save(tmp_path_factory.mktemp("ring") / "out", format="tiff"))
    assert again == only


@pytest.mark.filterwarnings("ignore::synthem.errors.PlacementWarning")
def test_tiff_tells_the_size_of_a_pixel(tmp_path, dataset):
    import tifffile

    import synthem

    made = synthem.generate(1, seed=1, shape=(64, 64)).save(tmp_path / "made", format="tiff")
    for path, resolution, unit in ((made, 2e6, 3), (dataset.save(tmp_path / "other", format="tiff"), 1.0, 1)):
        with tifffile.TiffFile(path / "PSD.tif") as file:
            tags = file.pages[0].tags
            over, under = tags["XResolution"].value
            assert (over / under, tags["ResolutionUnit"].value) == (resolution, unit)  # 5 nm: 2,000,000 per cm


def test_labels_beyond_16_bits_need_tiff(tmp_path):
    labels = np.full((1, 64, 64), 70_000, np.int32)
    dataset = Dataset.from_arrays(np.zeros((1, 64, 64), np.uint8), np.zeros((1, 6, 64, 64), bool), labels)
    with pytest.raises(OutputError, match='format="tiff"'):
        dataset.save(tmp_path / "out")
    assert list(tmp_path.iterdir()) == []
    assert Dataset.load(dataset.save(tmp_path / "out", format="tiff")) == dataset


def test_real_data_can_be_saved_again(epfl6, tmp_path):
    real = Dataset.load(epfl6())
    assert Dataset.load(real.save(tmp_path / "copy")) == real


def test_unknown_formats_get_a_suggestion(dataset, tmp_path):
    with pytest.raises(ConfigError, match=r"`format` must be one of folders, .*, got 'tif'; did you mean 'tiff'"):
        dataset.save(tmp_path / "out", format="tif")


class TestOverwriting:
    @formats
    def test_a_folder_with_content_is_refused(self, dataset, tmp_path, format):
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / "thesis.txt").write_text("years of work")
        before = tree(tmp_path)
        with pytest.raises(OutputError, match="`path` must be new or empty"):
            dataset.save(tmp_path / "out", format=format)
        with pytest.raises(OutputError, match="must hold a dataset of synthem to be overwritten"):
            dataset.save(tmp_path / "out", format=format, overwrite=True)
        assert tree(tmp_path) == before

    def test_an_empty_folder_is_used(self, dataset, tmp_path):
        (tmp_path / "out").mkdir()
        assert Dataset.load(dataset.save(tmp_path / "out")) == dataset

    @formats
    def test_a_dataset_is_replaced(self, dataset, tmp_path, format):
        dataset.save(tmp_path / "out")
        with pytest.raises(OutputError, match="`overwrite` replaces"):
            dataset[:2].save(tmp_path / "out", format=format)
        assert Dataset.load(tmp_path / "out") == dataset
        dataset[:2].save(tmp_path / "out", format=format, overwrite=True)
        assert Dataset.load(tmp_path / "out") == dataset[:2]
        assert [p.name for p in tmp_path.iterdir()] == ["out"]

    def test_files_of_others_are_kept(self, dataset, tmp_path):
        path = dataset.save(tmp_path / "out")
        (path / "notes.txt").write_text("keep me")
        (path / "original" / "mine.png").write_bytes(b"mine")
        (path / "link").symlink_to("notes.txt")
        (path / "deep" / "er").mkdir(parents=True)
        (path / "deep" / "er" / "file").write_text("x")
        dataset[:2].save(path, format="tiff", overwrite=True)
        kept = tree(path)
        assert kept["notes.txt"] == b"keep me"
        assert kept["original/mine.png"] == b"mine"
        assert kept["deep/er/file"] == b"x"
        assert (path / "link").is_symlink()
        assert "original/000000.png" not in kept

    def test_a_file_of_others_in_the_way_is_an_error(self, dataset, tmp_path):
        path = dataset[:2].save(tmp_path / "out")
        (path / "original" / "000003.png").write_bytes(b"mine")
        before = tree(tmp_path)
        with pytest.raises(OutputError, match=r"in the way, got .*original/000003\.png"):
            dataset.save(path, overwrite=True)
        assert tree(tmp_path) == before

    @pytest.mark.parametrize("text", ["{}", "not json", '{"format": "other"}', "[]"])
    def test_a_manifest_of_others_protects_a_folder(self, dataset, tmp_path, text):
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / "manifest.json").write_text(text)
        with pytest.raises(OutputError, match=r"manifest\.json is not what synthem writes"):
            dataset.save(tmp_path / "out", overwrite=True)
        assert (tmp_path / "out" / "manifest.json").read_text() == text

    def test_a_link_to_a_folder_stays_a_link(self, dataset, tmp_path):
        (tmp_path / "real").mkdir()
        (tmp_path / "link").symlink_to("real")
        dataset.save(tmp_path / "link")
        assert (tmp_path / "link").is_symlink()
        assert Dataset.load(tmp_path / "real") == dataset


class TestFailures:
    def test_a_file_is_no_folder(self, dataset, tmp_path):
        (tmp_path / "file").write_text("x")
        with pytest.raises(OutputError, match="`path` must be a folder, got the file"):
            dataset.save(tmp_path / "file", overwrite=True)
        with pytest.raises(OutputError, match="is a file"):
            dataset.save(tmp_path / "file" / "out")
        assert (tmp_path / "file").read_text() == "x"

    def test_a_read_only_parent_is_said(self, dataset, tmp_path, monkeypatch):
        monkeypatch.setattr(os, "access", lambda *_: False)  # root may write everywhere
        with pytest.raises(OutputError, match=re.escape(f"{tmp_path} is not writable")):
            dataset.save(tmp_path / "locked" / "out")
        assert list(tmp_path.iterdir()) == []

    @formats
    @pytest.mark.parametrize("existing", [False, True])
    def test_a_full_disk_leaves_everything_as_it_was(self, dataset, tmp_path, monkeypatch, format, existing):
        if existing:
            dataset[:1].save(tmp_path / "out")
        before = tree(tmp_path)

        def full(*args, **kwargs):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr("synthem.io.saving.seal_dataset", full)
        with pytest.raises(OutputError, match="out cannot be written: No space left on device; nothing was changed"):
            dataset.save(tmp_path / "out", format=format, overwrite=existing)
        assert tree(tmp_path) == before
        assert [p.name for p in tmp_path.iterdir()] == (["out"] if existing else [])

    @pytest.mark.parametrize("call", [1, 2])
    def test_a_failing_rename_loses_nothing(self, dataset, tmp_path, monkeypatch, call):
        dataset[:1].save(tmp_path / "out")
        before = tree(tmp_path)
        calls = []
        rename = Path.rename

        def failing(self, target):
            calls.append(target)
            if len(calls) == call:
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            return rename(self, target)

        monkeypatch.setattr(Path, "rename", failing)
        with pytest.raises(OutputError, match="nothing was changed"):
            dataset.save(tmp_path / "out", overwrite=True)
        assert tree(tmp_path) == before
        assert [p.name for p in tmp_path.iterdir()] == ["out"]

    def test_an_interrupt_cleans_up(self, dataset, tmp_path, monkeypatch):
        def interrupted(*args):
            raise KeyboardInterrupt

        monkeypatch.setattr(folders, "encode_png", interrupted)
        with pytest.raises(KeyboardInterrupt):
            dataset.save(tmp_path / "out")
        assert list(tmp_path.iterdir()) == []

    def test_names_cannot_lead_elsewhere(self, dataset, tmp_path):
        for name in ("../escape", "", ".hidden", "a/b", "a\0b"):
            bad = Dataset.from_arrays(dataset.images[:1], dataset.masks[:1], names=[name])
            with pytest.raises(OutputError, match="`names` must be plain file names"):
                bad.save(tmp_path / "out")
        twice = Dataset.from_arrays(dataset.images[:2], dataset.masks[:2], names=["a", "A"])
        with pytest.raises(OutputError, match="must differ in more than case"):
            twice.save(tmp_path / "out")
        assert list(tmp_path.iterdir()) == []


class TestDamage:
    @pytest.fixture
    def saved(self, dataset, tmp_path):
        return dataset.save(tmp_path / "out")

    @pytest.mark.parametrize(
        ("key", "value", "message"),
        [
            ("version", 4, r"`version` in .* must be at most 3, got 4: a newer synthem wrote it"),
            ("version", 0, "`version`"),
            ("layout", "zarr", r"`layout` in .* must be one of folders, tiff, .*, got 'zarr'"),
            ("colour", "red", "`colour`"),
            ("names", ["../../etc/passwd"], "plain file names"),
            ("names", [], "must list at least one tile"),
            ("names", ["000000"], r"tiles\.jsonl must list the 1 tiles"),
            ("shape", [10**6, 10**6], r"`shape` in .* must have at most \d+ pixels .* got 1000000x1000000"),
            ("shape", [640, 640], "must have the size 640x640 of the others, got 64x64"),
            ("shape", [64, 0], r"`shape\.1`: Input should be greater than or equal to 1"),
            ("spacing_nm", [float("nan"), 5.0], r"`spacing_nm\.0`: Input should be a finite number"),
            ("spacing_nm", [-5.0, 5.0], r"`spacing_nm\.0`: Input should be greater than 0"),
            ("config", {"a": [1, {"b": float("inf")}]}, r"`config.* finite"),
            ("shape", [64], "`shape"),
            ("classes", ["a"], "`classes` in .* must be"),
        ],
    )
    def test_of_the_manifest(self, saved, key, value, message):
        path = saved / "manifest.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), key: value}))
        with pytest.raises(DataError, match=message):
            Dataset.load(saved)

    @pytest.mark.parametrize("text", ["", "{", "\xff", '{"name": "000000"}'])
    def test_of_the_list_of_tiles(self, saved, text):
        (saved / "tiles.jsonl").write_text(text)
        with pytest.raises(DataError, match=r"tiles\.jsonl"):
            Dataset.load(saved)
        (saved / "tiles.jsonl").unlink()
        with pytest.raises(DataError, match=r"tiles\.jsonl cannot be read"):
            Dataset.load(saved)

    def test_of_a_label_image(self, saved):
        cv2.imwrite(str(saved / "instances" / "000001.png"), np.zeros((64, 64, 3), np.uint8))
        with pytest.raises(DataError, match="must be a grey image of 8 or 16 bits"):
            Dataset.load(saved)
        (saved / "instances" / "000001.png").unlink()
        with pytest.raises(DataError, match=r"000001\.png cannot be read"):
            Dataset.load(saved)

    def test_of_a_stack(self, dataset, tmp_path):
        path = dataset.save(tmp_path / "out", format="tiff") / "PSD.tif"
        data = path.read_bytes()
        for content in (data[: len(data) // 2], b"text", b""):
            path.write_bytes(content)
            with pytest.raises(DataError, match=r"PSD\.tif"):
                Dataset.load(tmp_path / "out")
        path.unlink()
        with pytest.raises(DataError, match=r"PSD\.tif"):
            Dataset.load(tmp_path / "out")
        dataset[:2].save(tmp_path / "other", format="tiff")
        path.write_bytes((tmp_path / "other" / "PSD.tif").read_bytes())
        with pytest.raises(DataError, match=r"must hold 4 uint8 pages of \(64, 64\), got 2"):
            Dataset.load(tmp_path / "out")


@pytest.mark.parametrize("config", [{}, {"style": "mine"}, {"style": {"pixel_size_nm": "5"}}])
def test_tiff_takes_any_configuration(tmp_path, dataset, config):
    other = Dataset.from_tiles(dataset, n=len(dataset), shape=dataset[0].shape, config=config)
    assert Dataset.load(other.save(tmp_path / "out", format="tiff")) == other
