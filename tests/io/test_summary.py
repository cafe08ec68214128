"""What `synthem info` says."""

from __future__ import annotations

import pytest

from synthem.errors import DataError, MissingExtraError
from synthem.io import FORMATS
from synthem.io.summary import summarise


@pytest.mark.parametrize("format", FORMATS)
def test_what_is_there_and_what_is_missing(dataset, tmp_path, format):
    path = dataset.save(tmp_path / "out", format=format)
    found = summarise(path)
    files = [file for file in path.rglob("*") if file.is_file()]
    assert (found.missing, found.files, found.size) == ((), len(files), sum(file.stat().st_size for file in files))
    assert found.objects == {"axon": 4, "vesicle": 4}
    pixels = sorted(file for file in files if file.name not in ("manifest.json", "tiles.jsonl"))
    pixels[0].unlink()
    assert summarise(path).missing == (pixels[0].relative_to(path).as_posix(),)


def test_as_a_text(dataset, tmp_path):
    path = dataset.save(tmp_path / "out", format="npz")
    (path / "tiles" / "000001.npz").unlink()
    lines = str(summarise(path)).splitlines()
    assert lines[0] == str(path)
    assert lines[1:8] == [
        "  format   npz, manifest version 3",
        "  tiles    4 of 64 x 64 pixels",
        "  pixel    not known",
        "  classes  mitochondria, psd, vesicles, axon, boundaries, mitochondrial_boundaries",
        "  seed     7",
        "  objects  4 axon, 4 vesicle",
        lines[7],
    ]
    assert lines[7].startswith("  files    5, 0.0 MB; missing: tiles/000001.npz")
    assert lines[8].startswith("  made by  python 3.")


def test_without_the_package_files_are_not_checked(dataset, tmp_path, monkeypatch):
    path = dataset.save(tmp_path / "out", format="hdf5")

    def missing(name):
        raise MissingExtraError("no h5py")

    monkeypatch.setattr("synthem.io.summary.load_format", missing)
    assert summarise(path).missing is None
    assert "not checked, since a package is not installed" in str(summarise(path))


def test_a_dataset_that_was_begun_is_incomplete(dataset, tmp_path):
    path = dataset.save(tmp_path / "out")
    (path / "manifest.json").unlink()
    with pytest.raises(DataError, match=r"out is incomplete: it has no manifest\.json"):
        summarise(path)


def test_other_folders_are_none(tmp_path):
    with pytest.raises(DataError, match=r"`path` must be a dataset of synthem, got .* without manifest\.json"):
        summarise(tmp_path)
