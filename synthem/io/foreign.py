"""Arrays of others: HDF5, NPZ, Zarr and OME-Zarr, opened by the names of their arrays and read section by section."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from synthem.errors import ConfigError, DataError, MissingExtraError, did_you_mean
from synthem.io.npz_arrays import NpzArrays, open_npz
from synthem.io.size_limit import check_pixel_count, check_regular

__all__ = ["ForeignArrays", "Sections", "is_foreign", "open_arrays"]

HDF5 = (".h5", ".hdf5", ".hdf", ".he5")
NPZ = ".npz"
ZARR = ("zarr.json", ".zgroup", ".zarray")
NM_PER_UNIT: Final[Mapping[str, float]] = {"angstrom": 0.1, "nanometer": 1.0, "micrometer": 1e3, "millimeter": 1e6}
LISTED = 8


@dataclass(frozen=True, kw_only=True, eq=False)
class Sections:
    """The sections of an array along z, y and x, or the one of an array along y and x.

    Parameters
    ----------
    place : Path
        The file and the name of the array, for errors.
    array : array-like
        The array; axes before z have one element each.
    spacing_nm : tuple of float or None, default None
        Distance of sections, rows and columns, or of the last two, where the array tells it.
    """

    place: Path
    array: Any
    spacing_nm: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        sizes = tuple(self.array.shape)
        if len(sizes) < 2 or any(size != 1 for size in sizes[:-3]) or 0 in sizes:
            raise DataError(f"{self.place} must have the axes y and x, or z, y and x, got an array of shape {sizes}")

    @property
    def n(self) -> int:
        """Number of sections."""
        return 1 if len(self.array.shape) == 2 else int(self.array.shape[-3])

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return (int(self.array.shape[-2]), int(self.array.shape[-1]))

    def section(self, z: int) -> npt.NDArray[Any]:
        """Return a section, (H, W).

        Raises
        ------
        DataError
            If it cannot be read.
        """
        check_pixel_count(self.place, *self.shape)
        leading = len(self.array.shape) - 2
        try:
            pixels = np.asarray(self.array[(*(0,) * (leading - 1), *(z,) * min(leading, 1))])
        except Exception as error:
            raise DataError(f"{self.place} cannot be read: {error}") from error
        return pixels.astype(np.uint8) if pixels.dtype == np.bool_ else pixels


@dataclass(frozen=True, eq=False)
class ForeignArrays:
    """Arrays by their names.

    Parameters
    ----------
    path : Path
        The file, or the folder of a Zarr hierarchy.
    root : mapping
        From names to arrays and groups.
    """

    path: Path
    root: Any

    def find(self, name: str) -> Sections:
        """Return an array, of a group of OME-Zarr its full resolution.

        Parameters
        ----------
        name : str
            Name within the file, with ``/``; ``"."`` is the file itself.

        Raises
        ------
        ConfigError
            If there is none of this name.
        """
        try:
            found = self.root if name == "." else self.root[name]
        except DataError:
            raise
        except (KeyError, ValueError):
            raise self._unknown(name) from None
        spacing = None
        if not hasattr(found, "dtype"):
            scales = _multiscales(found)
            if not scales:
                raise self._unknown(name)
            spacing = _spacing(scales[0])
            found = found[scales[0]["datasets"][0]["path"]]
        return Sections(place=self.path / name, array=found, spacing_nm=spacing)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of all arrays."""
        return tuple(sorted(_array_names(self.root)))

    def _unknown(self, name: str) -> ConfigError:
        shown = ", ".join(self.names[:LISTED]) + (" ..." if len(self.names) > LISTED else "")
        hint = did_you_mean(name, self.names)
        return ConfigError(f"`names` must name arrays of {self.path}: {shown or 'it has none'}, got {name!r}{hint}")


def is_foreign(path: Path) -> bool:
    """Return whether a path is a file or hierarchy of arrays, by its ending or by what lies in the folder."""
    if path.is_dir():
        return any((path / name).is_file() for name in ZARR)
    return path.suffix.lower() in (*HDF5, NPZ)


@contextmanager
def open_arrays(path: Path) -> Iterator[ForeignArrays]:
    """Open a file or hierarchy of arrays.

    Parameters
    ----------
    path : Path
        HDF5 or NPZ file, or folder of a Zarr hierarchy.

    Yields
    ------
    ForeignArrays

    Raises
    ------
    DataError
        If it is none of these, or damaged.
    MissingExtraError
        If the package that reads it is not installed.
    """
    if path.is_dir():
        _check_installed("zarr", "ome-zarr", path)
        import zarr

        yield ForeignArrays(path, _opened(path, lambda: zarr.open(str(path), mode="r")))
    elif path.suffix.lower() in HDF5:
        _check_installed("h5py", "hdf5", path)
        import h5py

        check_regular(path)
        with _opened(path, lambda: h5py.File(path, "r")) as file:
            yield ForeignArrays(path, file)
    else:
        with open_npz(path) as arrays:
            yield ForeignArrays(path, _Loaded(path, arrays))


class _Loaded(dict[str, Any]):
    """Arrays of an NPZ file, each read once."""

    def __init__(self, path: Path, arrays: NpzArrays) -> None:
        super().__init__()
        self._path, self._arrays = path, arrays

    def __missing__(self, name: str) -> Any:
        if name not in self._arrays.names:
            raise KeyError(name)
        check_pixel_count(self._path / name, *self._arrays.header(name).shape)
        self[name] = self._arrays.array(name)
        return self[name]

    def all_names(self) -> list[str]:
        return list(self._arrays.names)


def _opened(path: Path, read: Any) -> Any:
    try:
        return read()
    except Exception as error:
        raise DataError(f"{path} cannot be read: {error}") from error


def _check_installed(package: str, extra: str, path: Path) -> None:
    if find_spec(package) is None:
        raise MissingExtraError(f'{path} needs {package}, not installed here: pip install "synthem[{extra}]"')


def _array_names(root: Any) -> Iterable[str]:
    if isinstance(root, _Loaded):
        return root.all_names()
    names: list[str] = []
    if hasattr(root, "visititems"):  # HDF5
        root.visititems(lambda name, item: names.append(name) if hasattr(item, "dtype") else None)
    elif hasattr(root, "members"):  # Zarr
        names += [name for name, item in root.members(max_depth=None) if hasattr(item, "dtype")]
    else:  # one array
        names.append(".")
    return names


def _multiscales(group: Any) -> list[Any]:
    """Return the pyramids that a group of OME-Zarr 0.4 or 0.5 tells of."""
    attributes = dict(group.attrs)
    found = attributes.get("ome", attributes)
    return list(found.get("multiscales", [])) if isinstance(found, Mapping) else []


def _spacing(scales: Mapping[str, Any]) -> tuple[float, ...] | None:
    """Return the distance of sections, rows and columns at full resolution in nm, where units tell it."""
    units = [NM_PER_UNIT.get(axis.get("unit", "")) for axis in scales.get("axes", []) if isinstance(axis, Mapping)][-3:]
    steps = scales["datasets"][0].get("coordinateTransformations", [])
    scale: Sequence[float] = next((step["scale"] for step in steps if step.get("type") == "scale"), [])
    known = [float(size * unit) for size, unit in zip(scale[-len(units) :], units, strict=False) if unit is not None]
    if len(units) < 2 or None in units[-2:] or len(scale) < len(units):
        return None
    return tuple(known)
