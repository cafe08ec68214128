"""NPZ files: headers before arrays, and no objects."""

from __future__ import annotations

import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

from synthem.dataset import Dataset
from synthem.errors import DataError
from synthem.io import convert
from synthem.io.npz_arrays import open_npz


def test_headers_are_known_without_the_arrays(tmp_path):
    arrays = {"a": np.zeros((2, 3), np.int32), "b": np.asfortranarray(np.ones((4, 5), bool))}
    np.savez(tmp_path / "x.npz", **arrays)
    with open_npz(tmp_path / "x.npz") as found:
        assert found.names == ("a", "b")
        for name, array in arrays.items():
            assert found.header(name) == (array.shape, array.dtype)
            assert np.array_equal(found.array(name), array)
        with pytest.raises(DataError, match=r"x\.npz cannot be read as NPZ: .*no item named 'c\.npy'"):
            found.header("c")


class Trap:
    """What leaves a trace when it is unpickled."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def __reduce__(self):
        return Path.touch, (self.place,)


@pytest.mark.parametrize("how", ["array of objects", "pickle in place of an array", "pickle in place of the archive"])
def test_pickles_are_not_loaded(dataset, tmp_path, how):
    path = dataset[:1].save(tmp_path / "out", format="npz")
    (file,) = (path / "tiles").iterdir()
    trap = Trap(tmp_path / "sprung")
    with np.load(file) as stored:
        arrays = dict(stored)
    if how == "array of objects":
        np.savez(file, **arrays | {"image": np.array([trap], object)})
    elif how == "pickle in place of an array":
        np.savez(file, **arrays)
        with zipfile.ZipFile(file) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        with zipfile.ZipFile(file, "w") as archive:
            for name, content in members.items():
                archive.writestr(name, pickle.dumps(trap) if name == "image.npy" else content)
    else:
        file.write_bytes(pickle.dumps(trap))
    with pytest.raises(DataError, match="cannot be read as NPZ"):
        Dataset.load(path)
    names = {"image": "image", "mitochondria": "masks"}
    with pytest.raises(DataError, match="cannot be read as NPZ"):
        convert(file, tmp_path / "again", format="npz", names=names)
    assert not trap.place.exists()


def test_an_array_that_claims_more_than_there_is_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "x.npz", "w") as archive, archive.open("a.npy", "w") as member:
        np.lib.format.write_array_header_1_0(member, {"descr": "|u1", "fortran_order": False, "shape": (100, 100)})
        member.write(bytes(64))
    with open_npz(tmp_path / "x.npz") as found, pytest.raises(DataError, match="cannot be read as NPZ"):
        found.array("a")
