"""Versions of the manifest."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from synthem.dataset import Dataset
from synthem.errors import DataError, OutputError
from synthem.io.manifest import package_versions, read_manifest
from synthem.io.summary import summarise

VERSION_1 = {
    "format": "synthem-dataset",
    "version": 1,
    "layout": "folders",
    "shape": [64, 64],
    "classes": ["mitochondria", "psd", "vesicles", "axon", "boundaries", "mitochondrial_boundaries"],
    "names": ["000000", "000001", "000002", "000003"],
    "seed": 7,
    "config": {"organelles": [{"type": "Axon", "bouton": [20, 30]}], "style": {"ghost_level": 3.0}},
    "versions": {"python": "3.11.0", "synthem": "0.0.9"},
}


@pytest.fixture
def old(dataset, tmp_path):
    """A folder as synthem wrote it when keys of recipes and styles had other names."""
    path = dataset.save(tmp_path / "old")
    (path / "manifest.json").write_text(json.dumps(VERSION_1))
    return path


@pytest.mark.parametrize(
    ("shape", "required"),
    [([2**31, 64], "at most 268435456 pixels"), ([2**31, 64, 64], "at most 1048576 sections")],
)
def test_shapes_that_no_dataset_has_are_refused_before_files_are_listed(old, shape, required):
    (old / "manifest.json").write_text(json.dumps({**VERSION_1, "shape": shape}))
    for read in (Dataset.load, summarise):
        with pytest.raises(DataError, match=f"`shape` in .*manifest.json must have {required}"):
            read(old)


def test_version_3_is_written(dataset, tmp_path):
    manifest = json.loads((dataset.save(tmp_path / "out") / "manifest.json").read_text())
    assert (manifest["version"], manifest["spacing_nm"], manifest["tiles_per_file"]) == (3, None, 1000)


@pytest.mark.parametrize("version", [1, 2])
def test_older_versions_are_read(dataset, old, version):
    (old / "manifest.json").write_text(json.dumps({**VERSION_1, "version": version}))
    again = Dataset.load(old)
    assert list(again) == list(dataset)
    assert (again.names, again.seed, again.config) == (dataset.names, 7, VERSION_1["config"])


def test_version_1_is_replaced(dataset, old):
    dataset[:1].save(old, overwrite=True)
    assert Dataset.load(old) == dataset[:1]


@pytest.mark.parametrize("extra", [{}, {"axes": "zyx"}])
def test_a_newer_version_is_refused_and_kept(dataset, old, extra):
    newer = json.dumps({**VERSION_1, "version": 4, **extra})
    (old / "manifest.json").write_text(newer)
    message = r"`version` in .*manifest\.json must be at most 3, got 4: a newer synthem wrote it and can read it"
    with pytest.raises(DataError, match=message):
        Dataset.load(old)
    with pytest.raises(OutputError, match=message):
        dataset.save(old, overwrite=True)
    assert (old / "manifest.json").read_text() == newer


@pytest.mark.parametrize("text", ["", "{", "[]", "3", '"version"', '{"format": "synthem-dataset"}', "[" * 100_000])
def test_what_is_no_manifest_is_said(old, text):
    (old / "manifest.json").write_text(text)
    with pytest.raises(DataError, match=r"manifest\.json is not what synthem writes"):
        read_manifest(old)


@pytest.mark.parametrize(
    ("key", "text"), [("seeds", "7"), ("spacing_nm", "[Infinity, 1.0]"), ("spacing_nm", "[NaN, 1.0]")]
)
def test_other_keys_and_what_is_not_finite_are_refused(old, key, text):
    whole = json.dumps({**VERSION_1, "version": 3})
    (old / "manifest.json").write_text(f'{whole[:-1]}, "{key}": {text}}}')
    with pytest.raises(DataError, match=rf"manifest\.json is not what synthem writes: `{key}"):
        read_manifest(old)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"spacing_nm": [4.0]}, r"`spacing_nm` in .*manifest\.json must be one per axis of \(64, 64\), got \(4.0,\)"),
        ({"spacing_nm": [4.0, 5.0, 6.0]}, "`spacing_nm` in .* must be one per axis"),
        ({"class_table": {"classes": ["psds"]}}, r"manifest\.json: `class_table`: .* got 'psds'; did you mean 'psd'"),
        ({"class_table": {"classes": ["psd"]}}, r"`classes` in .*manifest\.json must be \('psd',\), got"),
        ({"names": []}, "`names` in .* must list at least one tile, got none"),
        ({"config": {"a": [{"b": float("inf")}]}}, "`config` in .* must hold finite numbers"),
        ({"damaged": ["000009"]}, "`damaged` in .* must list tiles of `names`, got '000009'"),
    ],
)
def test_what_does_not_fit_together_is_said(old, change, message):
    (old / "manifest.json").write_text(json.dumps({**VERSION_1, "version": 3, **change}))
    with pytest.raises(DataError, match=message):
        read_manifest(old)


def test_versions_of_packages_that_are_not_installed_are_unknown(monkeypatch):
    monkeypatch.setattr("synthem.io.manifest._PACKAGES", ("numpy", "no-such-package"))
    found = package_versions()
    assert list(found) == ["python", "numpy", "no-such-package"]
    assert (found["numpy"], found["no-such-package"]) == (np.__version__, "unknown")


def test_a_manifest_is_a_value(old):
    manifest = read_manifest(old)
    with pytest.raises(FrozenInstanceError):
        manifest.seed = 8
    assert manifest == read_manifest(old)
