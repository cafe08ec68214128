"""The objects or synapses of many tiles as columns, one row each, for statistics and spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from html import escape
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
import numpy.typing as npt

from synthem._files import check_file, write_file
from synthem._wording import counted
from synthem.errors import ConfigError, MissingExtraError, did_you_mean
from synthem.tiles.tile import Tile
from synthem.tiles.volume import Volume

__all__ = ["ObjectTable", "Rows", "tabulate"]

Rows: TypeAlias = Literal["objects", "synapses"]
"""What a table has rows for."""

SHOWN = 10
"""Rows that a notebook shows."""


@dataclass(frozen=True, eq=False, repr=False)
class ObjectTable:
    """Columns of equal length; `pandas.DataFrame(table.columns)` makes a data frame of it.

    Parameters
    ----------
    columns : mapping of str to array
        Numbers are int64 or float64 arrays, NaN where an object has none; texts and flags are arrays of objects, None
        where an object has none.

    Examples
    --------
    >>> import synthem
    >>> table = synthem.generate(2, seed=0).table()
    >>> areas = table["area"][table["kind"] == "mitochondrion"]
    >>> len(table) > len(areas) > 0
    True
    """

    columns: Mapping[str, npt.NDArray[Any]]

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(next(iter(self.columns.values())))

    def __getitem__(self, name: str) -> npt.NDArray[Any]:
        """Return a column.

        Raises
        ------
        ConfigError
            If there is none of this name.
        """
        if name not in self.columns:
            hint = did_you_mean(name, self.columns)
            raise ConfigError(f"`name` must be a column, {', '.join(self.columns)}, got {name!r}{hint}")
        return self.columns[name]

    def __repr__(self) -> str:
        """Return a short description."""
        return f"ObjectTable({counted(len(self), 'row')}: {', '.join(self.columns)})"

    def _repr_html_(self) -> str:
        """Return the first rows, for notebooks."""
        shown = [values[:SHOWN].tolist() for values in self.columns.values()]
        heading = "".join(f"<th>{escape(name)}</th>" for name in self.columns)
        rows = ("".join(f"<td>{escape(str(_cell(value)))}</td>" for value in row) for row in zip(*shown, strict=True))
        body = "".join(f"<tr>{row}</tr>" for row in rows)
        return f"<p>{counted(len(self), 'row')}</p><table><tr>{heading}</tr>{body}</table>"

    def to_csv(self, path: str | Path) -> Path:
        """Write a CSV file, empty where a value is missing.

        Parameters
        ----------
        path : str or Path
            File to make or replace, ending in ``.csv``.

        Raises
        ------
        ConfigError
            If its name has another ending.
        OutputError
            If it cannot be written.
        """
        target = check_file("path", path, ".csv")
        text = io.StringIO()
        rows = csv.writer(text, lineterminator="\n")
        rows.writerow(self.columns)
        rows.writerows(zip(*(map(_cell, column.tolist()) for column in self.columns.values()), strict=True))
        write_file(target, text.getvalue())
        return target

    def to_parquet(self, path: str | Path) -> Path:
        """Write a Parquet file, null where a value is missing.

        Parameters
        ----------
        path : str or Path
            File to make or replace, ending in ``.parquet``.

        Raises
        ------
        ConfigError
            If its name has another ending.
        MissingExtraError
            If pyarrow is not installed.
        OutputError
            If it cannot be written.
        """
        target = check_file("path", path, ".parquet")
        if find_spec("pyarrow") is None:
            raise MissingExtraError('Parquet needs pyarrow, not installed here: pip install "synthem[hf]"')
        import pyarrow
        from pyarrow import parquet

        columns = {name: pyarrow.array(column, from_pandas=True) for name, column in self.columns.items()}
        content = io.BytesIO()
        parquet.write_table(pyarrow.table(columns), content)
        write_file(target, content.getvalue())
        return target


def tabulate(tiles: Iterable[tuple[str, Tile]], of: Rows = "objects") -> ObjectTable:
    """Return the objects or synapses of tiles as columns; see `synthem.Dataset.table`.

    Of objects there are name, number, seed and pixel size of the tile, id, kind, class, size in pixels and nm²,
    centroid, box, ``share_inside``, ``torn``, the pose, and ``parameter_…`` for all that was drawn; of volumes
    voxels, nm³ and sections. Of synapses whose density is seen there are the id of the density ``psd``, the
    compartments ``presynaptic`` and ``postsynaptic``, size and centroid of the density, and in volumes
    ``z_nm``, ``y_nm`` and ``x_nm``, where it lies in the tissue.

    Parameters
    ----------
    tiles : iterable of (str, Tile)
        Names and tiles.
    of : {"objects", "synapses"}, default "objects"
        What there is a row for.

    Raises
    ------
    ConfigError
        If there are no rows of that.
    """
    if of not in get_args(Rows):
        raise ConfigError(f"`of` must be one of {', '.join(get_args(Rows))}, got {of!r}")
    rows: list[dict[str, Any]] = []
    names: dict[str, None] = {}
    solid = False
    for name, tile in tiles:
        solid = isinstance(tile, Volume)
        for row in _rows_of(name, tile, of):
            names.update(dict.fromkeys(row))
            rows.append(row)
    first = _FIRST[of, solid]
    parameters = sorted(name for name in names if name not in first)
    return ObjectTable({name: _column(name, [row.get(name) for row in rows]) for name in (*first, *parameters)})


_WHOLE = (
    *("tile_index", "id", "area", "top", "left", "bottom", "right"),
    *("voxels", "sections", "first_section", "last_section", "psd", "presynaptic", "postsynaptic"),
)
_NUMBERS = (
    *("spacing_nm", "volume_nm3", "centroid_section", "z_nm", "y_nm", "x_nm"),
    *("pixel_size_nm", "area_nm2", "centroid_row", "centroid_col", "share_inside"),
    *("pose_row", "pose_col", "pose_angle", "pose_scale"),
)
_TILE = ("tile", "tile_index", "tile_seed", "pixel_size_nm")
_JOINED = ("psd", "presynaptic", "postsynaptic")
_FIRST: Mapping[tuple[Rows, bool], tuple[str, ...]] = {
    ("objects", False): (
        *(*_TILE, "id", "kind", "class_name", "area", "area_nm2"),
        *("centroid_row", "centroid_col", "top", "left", "bottom", "right", "share_inside", "torn"),
        *("pose_row", "pose_col", "pose_angle", "pose_scale"),
    ),
    ("objects", True): (
        *(*_TILE, "spacing_nm", "id", "kind", "class_name", "voxels"),
        *("volume_nm3", "sections", "centroid_section", "centroid_row", "centroid_col"),
        *("first_section", "top", "left", "last_section", "bottom", "right"),
    ),
    ("synapses", False): (*_TILE, *_JOINED, "area", "area_nm2", "centroid_row", "centroid_col"),
    ("synapses", True): (
        *(*_TILE, "spacing_nm", *_JOINED, "voxels", "volume_nm3", "sections"),
        *("centroid_section", "centroid_row", "centroid_col", "z_nm", "y_nm", "x_nm"),
    ),
}
"""Columns that are always there, of tiles and of volumes; those of parameters follow."""


def _rows_of(name: str, tile: Tile, of: Rows) -> Iterator[dict[str, Any]]:
    rows = _rows_of_volume(name, tile) if isinstance(tile, Volume) else _rows(name, tile)
    return rows if of == "objects" else _joined(rows, tile)


def _joined(rows: Iterator[dict[str, Any]], tile: Tile) -> Iterator[dict[str, Any]]:
    """Yield the rows of densities with the compartments that they join, in the order of the synapses."""
    known = {row["id"]: row for row in rows}
    kept = _FIRST["synapses", isinstance(tile, Volume)]
    for one in tile.synapses:
        if one.psd is None:
            continue
        row = {key: value for key, value in known[one.psd].items() if key in kept}
        row |= {"psd": one.psd, "presynaptic": one.presynaptic, "postsynaptic": one.postsynaptic}
        if isinstance(tile, Volume) and tile.voxel_size_nm is not None:
            centroid = (row["centroid_section"], row["centroid_row"], row["centroid_col"])
            places = zip(("z_nm", "y_nm", "x_nm"), centroid, tile.origin, tile.voxel_size_nm, strict=True)
            row |= {key: (at + first) * size for key, at, first, size in places}
        yield row


def _rows(name: str, tile: Tile) -> Iterator[dict[str, Any]]:
    size = tile.pixel_size_nm
    for item in tile.objects:
        top, left, bottom, right = item.bbox
        yield {
            **{"tile": name, "tile_index": tile.index, "tile_seed": tile.seed, "pixel_size_nm": size},
            **{"id": item.id, "kind": item.kind, "class_name": item.class_name},
            **{"area": item.area, "area_nm2": None if size is None else item.area * size**2},
            **{"centroid_row": item.centroid[0], "centroid_col": item.centroid[1]},
            **{"top": top, "left": left, "bottom": bottom, "right": right},
            **{"share_inside": item.share_inside, "torn": item.torn},
            **{f"pose_{key}": value for key, value in item.pose.items()},
            **{f"parameter_{key}": value for key, value in item.parameters.items()},
        }


def _rows_of_volume(name: str, volume: Volume) -> Iterator[dict[str, Any]]:
    for item in volume.objects:
        z, y, x = item.centroid
        first, top, left, last, bottom, right = item.box
        yield {
            **{"tile": name, "tile_index": volume.index, "tile_seed": volume.seed},
            **{"pixel_size_nm": volume.pixel_size_nm, "spacing_nm": volume.spacing_nm},
            **{"id": item.id, "kind": item.kind, "class_name": item.class_name},
            **{"voxels": item.voxels, "volume_nm3": item.volume_nm3, "sections": item.sections},
            **{"centroid_section": z, "centroid_row": y, "centroid_col": x},
            **{"first_section": first, "top": top, "left": left},
            **{"last_section": last, "bottom": bottom, "right": right},
            **{f"parameter_{key}": value for key, value in item.parameters.items()},
        }


def _column(name: str, values: list[Any]) -> npt.NDArray[Any]:
    """Return values as numbers where all that are there are numbers, and as objects otherwise."""
    if name in _WHOLE:
        return np.array(values, np.int64)
    plain = [value.item() if isinstance(value, np.generic) else value for value in values]
    there = [value for value in plain if value is not None]
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in there)
    if name in _NUMBERS or (there and numbers and name != "tile_seed"):
        return np.array([np.nan if value is None else value for value in plain], np.float64)
    column = np.empty(len(plain), object)
    column[:] = plain
    return column


def _cell(value: Any) -> Any:
    return "" if value is None or value != value else value
