"""No file outside a dataset is read, moved or removed, whatever its files say and wherever links in it lead."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from pathlib import Path

import pytest

from synthem import generate_files
from synthem._names import check_inside
from synthem.dataset import Dataset
from synthem.errors import DataError, OutputError
from synthem.io import merge_shards
from synthem.io.parts import PARTS

OUTSIDE = (
    *("../victim.txt", "original/../../victim.txt", "/etc/passwd", "a//b", "a/./b", "..\\victim.txt", "c:/x"),
    *("", ".", "..", "a/\0"),
)


@pytest.fixture
def victim(tmp_path):
    """A file of someone else, beside the datasets."""
    path = tmp_path / "victim.txt"
    path.write_text("mine")
    yield path
    assert path.read_text() == "mine"


@pytest.mark.parametrize("path", OUTSIDE)
def test_paths_that_lead_out_are_refused(path):
    with pytest.raises(DataError, match="`files` must be paths in the dataset"):
        check_inside(["original/000000.png", path])


def test_hidden_files_lie_inside():
    check_inside([".annotations.jsonl", "tiles.zarr/000000/0/c/0/0", "PSD/000000.png"])


class TestShards:
    @pytest.fixture
    def shards(self, squares, tmp_path):
        scene = squares(requested=1)
        return [
            generate_files(tmp_path / "out", 16, recipe=scene, seed=3, shard=(k, 2), tiles_per_file=8) for k in (0, 1)
        ]

    def with_file(self, shard: Path, name: str, content: bytes) -> None:
        """Claim one file more in a record, with the right sum."""
        record = next(path for path in sorted((shard / PARTS).glob("*.json")) if path.stem.isdigit())
        known = json.loads(record.read_text())
        known["files"][name] = hashlib.sha256(content).hexdigest()
        record.write_text(json.dumps(known))

    @pytest.mark.parametrize("name", ["../victim.txt", "original/../../victim.txt"])
    def test_of_files_that_lie_elsewhere_are_not_joined(self, shards, victim, name):
        self.with_file(shards[0], name, b"mine")
        with pytest.raises(DataError, match="must hold the tiles 0 to 7 as they were written"):
            merge_shards(victim.parent / "out")
        with pytest.raises(OutputError, match="`files` must be paths in the dataset"):
            Dataset.from_arrays(*blank()).save(shards[0], overwrite=True)

    def test_of_links_to_elsewhere_are_not_joined(self, shards, victim):
        (shards[0] / "link").symlink_to(victim.parent, target_is_directory=True)
        self.with_file(shards[0], "link/victim.txt", b"mine")
        with pytest.raises(DataError, match="must hold the tiles 0 to 7 as they were written"):
            merge_shards(victim.parent / "out")
        assert all(path.is_dir() for path in shards)


def blank():
    import numpy as np

    return np.zeros((1, 64, 64), np.uint8), np.zeros((1, 6, 64, 64), bool)


def test_a_folder_that_became_a_link_is_not_emptied(dataset, tmp_path):
    """Overwriting moves nothing that lies behind a link."""
    path, other = dataset.save(tmp_path / "out"), tmp_path / "other"
    (path / "original").rename(other)
    (path / "original").symlink_to(other, target_is_directory=True)
    before = {file.name: file.read_bytes() for file in other.iterdir()}
    with pytest.raises(OutputError):
        dataset.save(path, overwrite=True)
    assert {file.name: file.read_bytes() for file in other.iterdir()} == before
    assert Dataset.load(path) == dataset


def test_links_to_files_are_read_as_files(dataset, tmp_path):
    path = dataset.save(tmp_path / "out")
    image = path / "original" / "000000.png"
    image.rename(tmp_path / "moved.png")
    image.symlink_to(tmp_path / "moved.png")
    assert Dataset.load(path) == dataset


class TestTar:
    @pytest.fixture
    def saved(self, dataset, tmp_path):
        return dataset[:2].save(tmp_path / "out", format="webdataset")

    def rewritten(self, saved: Path, change) -> None:
        """Write the tar file again, with changed members."""
        path = saved / "tiles.tar"
        with tarfile.open(path) as tar:
            members = [(one, tar.extractfile(one).read()) for one in tar]
        with tarfile.open(path, "w") as tar:
            for member, content in members:
                change(tar, member, content)

    @pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
    def test_links_and_devices_in_it_are_refused(self, saved, victim, kind):
        def change(tar, member, content):
            if member.name.endswith("image.png"):
                member.type, member.linkname, member.size = kind, str(victim), 0
                tar.addfile(member)
            else:
                tar.addfile(member, io.BytesIO(content))

        self.rewritten(saved, change)
        with pytest.raises(DataError, match=r"'000000\.image\.png' is no plain file"):
            Dataset.load(saved)

    def test_names_in_it_lead_nowhere(self, saved, victim):
        def change(tar, member, content):
            member.name = f"../{member.name}"
            tar.addfile(member, io.BytesIO(content))

        self.rewritten(saved, change)
        with pytest.raises(DataError, match="must hold the sample '000000'"):
            Dataset.load(saved)
        assert sorted(path.name for path in victim.parent.iterdir()) == ["out", "victim.txt"]

    def test_a_sparse_file_may_claim_any_size(self, saved):
        def change(tar, member, content):
            if member.name.endswith("image.png"):
                member.pax_headers = {
                    "GNU.sparse.major": "1",
                    "GNU.sparse.minor": "0",
                    "GNU.sparse.name": member.name,
                    "GNU.sparse.realsize": str(2**50),
                }
                content = b"0\n".ljust(512, b"\0")
                member.size = len(content)
            tar.addfile(member, io.BytesIO(content))

        self.rewritten(saved, change)
        with pytest.raises(DataError, match=r"'000000\.image\.png' is no plain file"):
            Dataset.load(saved)
