"""Files of any format that are damaged, missing or cut off by a full disk: said, or without effect."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

from synthem.dataset import Dataset
from synthem.errors import DataError, OutputError
from synthem.io import FORMATS
from synthem.io.formats import load_format
from synthem.io.manifest import read_manifest

formats = pytest.mark.parametrize("format", FORMATS)

HOLD_LARGE_IDS = {"tiff", "ome-zarr", "precomputed", "hdf5", "hdf5-main", "npz"}


@formats
@pytest.mark.parametrize("damage", ["removed", "cut in half", "emptied"])
def test_a_damaged_file_is_said_or_has_no_effect(dataset, tmp_path, format, damage):
    path = dataset[:2].save(tmp_path / "out", format=format)
    said = []
    for name in load_format(format).owned_files(read_manifest(path)):
        content = (path / name).read_bytes()
        if damage == "removed":
            (path / name).unlink()
        else:
            (path / name).write_bytes(content[: len(content) // 2] if damage == "cut in half" else b"")
        try:
            assert Dataset.load(path) == dataset[:2]
        except DataError as error:
            said.append(str(error))
        (path / name).write_bytes(content)
    assert Dataset.load(path) == dataset[:2]
    assert said
    assert all(str(tmp_path) in message for message in said)


@formats
@pytest.mark.parametrize(
    "change",
    [
        {"shape": [64, 32]},
        {"shape": [10**6, 10**6]},
        {"names": ["000001", "000000"]},
        {"names": ["000000"]},
        {"layout": "another"},
        {"tiles_per_file": 0},
        {"spacing_nm": [5.0]},
    ],
    ids=str,
)
def test_a_manifest_edited_by_hand_is_said(dataset, tmp_path, format, change):
    path = dataset[:2].save(tmp_path / "out", format=format)
    if "layout" in change:
        change = {"layout": "npz" if format == "tiff" else "tiff"}
    manifest = json.loads((path / "manifest.json").read_text())
    (path / "manifest.json").write_text(json.dumps({**manifest, **change}))
    with pytest.raises(DataError):
        Dataset.load(path)


@formats
def test_a_class_table_edited_by_hand_gives_no_wrong_mask(dataset, tmp_path, format):
    path = dataset.save(tmp_path / "out", format=format)
    manifest = json.loads((path / "manifest.json").read_text())
    change = {"classes": ["axon"], "class_table": {"classes": ["axon"]}}
    (path / "manifest.json").write_text(json.dumps({**manifest, **change}))
    try:
        found = Dataset.load(path).masks
    except DataError:
        return
    assert np.array_equal(found[:, 0], dataset.masks[:, 3])


@formats
def test_ids_beyond_16_bits_are_kept_or_refused(tmp_path, format):
    labels = np.full((1, 64, 64), 70_000, np.int32)
    large = Dataset.from_arrays(np.zeros((1, 64, 64), np.uint8), np.zeros((1, 6, 64, 64), bool), labels)
    if format in HOLD_LARGE_IDS:
        assert Dataset.load(large.save(tmp_path / "out", format=format)) == large
        return
    with pytest.raises(OutputError, match=r'needs labels from 0 to 65535 for a PNG, got 70000 .* format="tiff" has no'):
        large.save(tmp_path / "out", format=format)
    assert list(tmp_path.iterdir()) == []


FULL = """
import resource, signal, sys
from pathlib import Path
import numpy as np
from synthem.dataset import Dataset
from synthem.errors import OutputError
from synthem.io import FORMATS

rng = np.random.default_rng(0)
images, masks = rng.integers(0, 256, (3, 64, 64)).astype(np.uint8), rng.random((3, 6, 64, 64)) < 0.5
tiles = Dataset.from_arrays(images, masks)
folder = Path(sys.argv[1])
for format in FORMATS:
    tiles.save(folder / "room" / format, format=format)  # imports what is needed
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, resource.RLIM_INFINITY))  # as a full disk does, no file grows on
for format in FORMATS:
    try:
        tiles.save(folder / "full" / format, format=format)
    except OutputError as error:
        print(format, error)
"""


@pytest.mark.slow
def test_a_full_disk_is_said_and_leaves_nothing(tmp_path):
    run = subprocess.run([sys.executable, "-c", FULL, tmp_path], check=True, capture_output=True, text=True)
    lines = run.stdout.splitlines()
    assert [line.split()[0] for line in lines] == list(FORMATS), run.stderr
    assert all("cannot be written: " in line and line.endswith("nothing was changed") for line in lines), lines
    assert sorted(path.name for path in (tmp_path / "full").iterdir()) == []
