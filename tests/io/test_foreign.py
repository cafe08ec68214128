"""Arrays of others: what is one, what it is called, and where its sections lie."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
import zarr

from synthem.errors import ConfigError, DataError
from synthem.io.foreign import Sections, is_foreign, open_arrays

STACK = np.arange(3 * 4 * 5, dtype=np.uint8).reshape(3, 4, 5)


@pytest.mark.parametrize("name", ["a.h5", "a.hdf5", "a.HDF", "a.he5", "a.npz", "a.NPZ"])
def test_files_of_arrays_are_told_by_their_endings(tmp_path, name):
    assert is_foreign(tmp_path / name)
    assert not is_foreign(tmp_path / f"{name}.png")


@pytest.mark.parametrize("marker", ["zarr.json", ".zgroup", ".zarray"])
def test_folders_of_arrays_are_told_by_a_file_in_them(tmp_path, marker):
    (tmp_path / "a.npz").mkdir()
    assert not is_foreign(tmp_path / "a.npz")
    (tmp_path / "a.npz" / marker).mkdir()
    assert not is_foreign(tmp_path / "a.npz")
    (tmp_path / "a.npz" / marker).rmdir()
    (tmp_path / "a.npz" / marker).write_text("{}")
    assert is_foreign(tmp_path / "a.npz")


@pytest.mark.parametrize("leading", [0, 1, 2, 3])
def test_sections_lie_along_the_third_axis_from_the_end(leading):
    sections = Sections(place=Path("a.h5/raw"), array=STACK.reshape(*[1] * leading, 3, 4, 5))
    assert (sections.n, sections.shape) == (3, (4, 5))
    assert all(np.array_equal(sections.section(z), STACK[z]) for z in range(3))


def test_an_array_of_two_axes_is_one_section():
    sections = Sections(place=Path("a.h5/raw"), array=STACK[1])
    assert (sections.n, sections.shape) == (1, (4, 5))
    assert np.array_equal(sections.section(0), STACK[1])


def test_truth_values_become_0_and_1():
    found = Sections(place=Path("a.h5/raw"), array=STACK > 9).section(0)
    assert found.dtype == np.uint8
    assert np.array_equal(found, STACK[0] > 9)


@pytest.mark.parametrize("shape", [(5,), (2, 3, 4, 5), (1, 2, 3, 4, 5), (2, 1, 3, 4, 5), (0, 4, 5), (3, 4, 0)])
def test_other_axes_are_refused(shape):
    with pytest.raises(DataError, match=r"raw must have the axes y and x, or z, y and x, got an array of shape \("):
        Sections(place=Path("a.h5/raw"), array=np.zeros(shape))


@pytest.mark.parametrize("n", [0, 8, 9])
def test_the_first_eight_names_are_said(tmp_path, n):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_group("empty")
        for k in reversed(range(n)):
            file[f"in/raw{k}"] = STACK
    with open_arrays(tmp_path / "a.h5") as arrays:
        assert arrays.names == tuple(f"in/raw{k}" for k in range(n))
        shown = ", ".join(f"in/raw{k}" for k in range(min(n, 8))) + (r" \.\.\." if n == 9 else "")
        with pytest.raises(ConfigError, match=rf"arrays of .*a\.h5: {shown or 'it has none'}, got 'x'"):
            arrays.find("x")


def test_a_zarr_array_alone_is_found(tmp_path):
    zarr.create_array(str(tmp_path / "a.zarr"), shape=STACK.shape, dtype=STACK.dtype)[...] = STACK
    with open_arrays(tmp_path / "a.zarr") as arrays:
        assert arrays.names == (".",)
        assert np.array_equal(arrays.find(".").section(2), STACK[2])


@pytest.mark.parametrize(
    ("axes", "scale", "expected"),
    [
        (["nanometer"] * 3, [40, 8, 4], (40.0, 8.0, 4.0)),
        (["micrometer", "angstrom", "millimeter"], [0.5, 80, 1], (500.0, 8.0, 1e6)),
        (["", "nanometer", "nanometer"], [40, 8, 4], (8.0, 4.0)),
        (["nanometer", "", "nanometer"], [40, 8, 4], None),
        (["nanometer", "nanometer", "parsec"], [40, 8, 4], None),
        (["nanometer"] * 3, [8, 4], None),
        (["nanometer"] * 3, None, None),
        (["nanometer"], [40, 8, 4], None),
        (["second", "nanometer", "nanometer", "nanometer"], [1, 40, 8, 4], (40.0, 8.0, 4.0)),
    ],
)
def test_the_spacing_is_that_of_the_last_axes_with_units(tmp_path, axes, scale, expected):
    group = zarr.open_group(str(tmp_path / "a.zarr"), mode="w")
    group.create_array("full", shape=STACK.shape, dtype=STACK.dtype)[...] = STACK
    group.create_array("half", shape=(1, 2, 2), dtype=STACK.dtype)
    steps = [{"type": "translation", "translation": [0, 0, 0]}]
    steps += [] if scale is None else [{"type": "scale", "scale": scale}]
    datasets = [{"path": "full", "coordinateTransformations": steps}, {"path": "half"}]
    group.attrs["ome"] = {"multiscales": [{"axes": [{"unit": unit} for unit in axes], "datasets": datasets}]}
    with open_arrays(tmp_path / "a.zarr") as arrays:
        found = arrays.find(".")
        assert found.spacing_nm == expected
        assert np.array_equal(found.section(1), STACK[1])
        assert arrays.find("half").spacing_nm is None


def test_a_section_that_cannot_be_read_is_said(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        whole = file.create_dataset("raw", data=STACK, chunks=(1, 4, 5), compression="gzip")
        place, size = whole.id.get_chunk_info(1).byte_offset, whole.id.get_chunk_info(1).size
    data = bytearray((tmp_path / "a.h5").read_bytes())
    data[place : place + size] = bytes(size)
    (tmp_path / "a.h5").write_bytes(data)
    with open_arrays(tmp_path / "a.h5") as arrays:
        found = arrays.find("raw")
        assert np.array_equal(found.section(0), STACK[0])
        with pytest.raises(DataError, match=r"a\.h5/raw cannot be read: "):
            found.section(1)
