"""Objects of tiles as columns, and as files."""

from __future__ import annotations

import csv
import sys

import numpy as np
import pyarrow.parquet
import pytest

from synthem.dataset import Dataset
from synthem.errors import ConfigError, MissingExtraError
from synthem.generation import generate
from synthem.tiles.objects import ObjectRecord
from synthem.tiles.synapses import SynapticContact
from synthem.tiles.volume import Volume


def test_columns_have_a_row_per_object(dataset):
    table = dataset.table()
    items = [(name, tile, item) for name, tile in zip(dataset.names, dataset, strict=True) for item in tile.objects]
    assert len(table) == len(items) == 8
    assert table["tile"].tolist() == [name for name, _, _ in items]
    assert table["tile_seed"].tolist() == [7] * 8
    assert table["area"].dtype == np.int64
    for column, values in {
        "tile_index": [tile.index for _, tile, _ in items],
        "kind": [item.kind for _, _, item in items],
        "class_name": [item.class_name for _, _, item in items],
        "area": [item.area for _, _, item in items],
        "centroid_row": [item.centroid[0] for _, _, item in items],
        "bottom": [item.bbox[2] for _, _, item in items],
        "right": [item.bbox[3] for _, _, item in items],
        "torn": [False] * 8,
        "pose_scale": [1.0] * 8,
        "parameter_variant": ["square"] * 8,
        "parameter_width": [float(np.float32(0.1))] * 8,
    }.items():
        assert table[column].tolist() == values, column
    assert np.isnan(table["pixel_size_nm"]).all()
    assert np.isnan(table["area_nm2"]).all()


def test_files_hold_the_columns(dataset, tmp_path):
    table = dataset.table()
    with table.to_csv(tmp_path / "objects.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == list(table.columns)
    assert [int(row["area"]) for row in rows] == table["area"].tolist()
    assert [float(row["centroid_col"]) for row in rows] == table["centroid_col"].tolist()
    assert rows[0]["area_nm2"] == ""
    read = pyarrow.parquet.read_table(table.to_parquet(tmp_path / "objects.parquet"))
    assert read.column_names == list(table.columns)
    assert read["kind"].to_pylist() == table["kind"].tolist()
    assert read["pixel_size_nm"].null_count == 8


def test_no_object_is_a_table_without_rows(tmp_path):
    table = Dataset.from_arrays(np.zeros((1, 64, 64), np.uint8), np.zeros((1, 6, 64, 64), bool)).table()
    assert len(table) == 0
    assert table.to_csv(tmp_path / "none.csv").read_text().count("\n") == 1
    table.to_parquet(tmp_path / "none.parquet")


def test_what_is_wrong_is_said(dataset, tmp_path, monkeypatch):
    table = dataset.table()
    with pytest.raises(ConfigError, match=r"`name` must be a column, .*, got 'areas'; did you mean 'area'"):
        table["areas"]
    with pytest.raises(ConfigError, match=r"`path` must end in \.csv, got"):
        table.to_csv(tmp_path / "objects.txt")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setattr("synthem.tiles.object_table.find_spec", lambda name: None)
    with pytest.raises(
        MissingExtraError, match=r'Parquet needs pyarrow, not installed here: pip install "synthem\[hf\]"'
    ):
        table.to_parquet(tmp_path / "objects.parquet")
    assert list(tmp_path.iterdir()) == []


def test_synapses_have_a_row_for_each_density_that_is_seen(tmp_path):
    instances = np.zeros((2, 3, 4), np.int32)
    instances[:, 1, 1:3] = 2
    facing = [SynapticContact(presynaptic=a, postsynaptic=b, psd=psd) for a, b, psd in ((5, 8, 2), (5, 8, 9))]
    volume = Volume(
        image=np.zeros((2, 3, 4), np.uint8),
        masks=np.zeros((6, 2, 3, 4), bool),
        instances=instances,
        compartments=np.full((2, 3, 4), 5, np.int32),
        records=(ObjectRecord(id=2, kind="psd", class_name="psd"),),
        facing=tuple(facing),
        **{"seed": 1, "pixel_size_nm": 4.0, "spacing_nm": 50.0, "origin": (10, 0, -1)},
    )
    volumes = Dataset.from_tiles([volume], n=1, shape=(2, 3, 4))
    table = volumes.table("synapses")
    row = {name: column.tolist() for name, column in table.columns.items()}
    assert (row["psd"], row["presynaptic"], row["postsynaptic"]) == ([2], [5], [8])
    assert (row["voxels"], row["sections"], row["volume_nm3"]) == ([4], [2], [4 * 50.0 * 4.0 * 4.0])
    assert (row["centroid_section"], row["centroid_row"], row["centroid_col"]) == ([0.5], [1.0], [1.5])
    assert (row["z_nm"], row["y_nm"], row["x_nm"]) == ([10.5 * 50.0], [4.0], [0.5 * 4.0])
    assert table.to_csv(tmp_path / "synapses.csv").read_text().count("\n") == 2
    section = Dataset.from_tiles([volume[0]], n=1, shape=(3, 4)).table("synapses")
    assert (section["psd"].tolist(), section["area"].tolist(), section["area_nm2"].tolist()) == ([2], [2], [32.0])


def test_tables_of_something_else_are_refused(dataset):
    assert len(dataset.table("synapses")) == 0
    with pytest.raises(ConfigError, match="`of` must be one of objects, synapses, got 'neurites'"):
        dataset.table("neurites")


def test_a_notebook_shows_the_first_rows():
    table = generate(2, seed=0, mitochondria=9).table()
    shown = table._repr_html_()
    assert shown.count("<tr>") == 11
    assert all(f"<th>{name}</th>" in shown for name in table.columns)
    assert f"<td>{table['kind'][0]}</td>" in shown
    assert f"{len(table)} rows" in shown
