"""Materials: what is known of them, and the table that kernels take."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest

from synthem import Material, Style, load_style
from synthem.errors import ConfigError
from synthem.instrument.materials import Materials, material_table
from synthem.kernels.shading import MaterialColumn, SourceColumn
from synthem.painting.paint_list import MaterialTable

EPFL = load_style("epfl")


def table(names: list[str], cytoplasm: float = 150.0, **materials: Material):
    return material_table(tuple(names), tuple(materials.items()), cytoplasm)


def numbers(found: MaterialTable) -> np.ndarray:
    """Return the numbers of the materials that were asked for, in their order."""
    return found.numbers[found.rows]


def test_numbers_are_those_of_the_material_in_the_order_of_the_names():
    line = Material(grey=(10, 30), grey_within=4, opacity=(0.2, 0.5), opacity_within=0.1, opacity_power=2, reach_nm=7)
    found = numbers(table(["fill", "line"], line=line, fill=Material(grey=90, texture_sd=3)))
    assert found.shape == (2, len(MaterialColumn))
    expected = {
        MaterialColumn.GREY: (90, 10),
        MaterialColumn.GREY_RANGE: (0, 20),
        MaterialColumn.GREY_WITHIN: (0, 4),
        MaterialColumn.TEXTURE_SD: (3, 0),
        MaterialColumn.OPACITY: (1, 0.2),
        MaterialColumn.OPACITY_RANGE: (0, 0.3),
        MaterialColumn.OPACITY_WITHIN: (0, 0.1),
        MaterialColumn.OPACITY_POWER: (1, 2),
        MaterialColumn.REACH: (0, 7),
        MaterialColumn.REACH_RANGE: (0, 0),
    }
    assert set(expected) == set(MaterialColumn)
    for column, values in expected.items():
        np.testing.assert_allclose(found[:, column], values)


def test_bases_are_rows_of_the_table():
    materials = {"a": Material(relative_to="b"), "b": Material(relative_to="cytoplasm"), "c": Material(grey=3)}
    found = table(["c", "a"], 150.0, **materials)
    c, a = found.rows.tolist()
    base = found.sources[:, SourceColumn.BASE].tolist()
    assert (base[c], base[base[base[a]]]) == (-1, -1)
    assert found.numbers[[c, base[base[a]]], MaterialColumn.GREY].tolist() == [3.0, 150.0]


def test_materials_that_vary_together_have_one_key():
    found = table(["a", "b", "c"], a=Material(), b=Material(varies_with="a"), c=Material())
    one, two, three = found.sources[found.rows, SourceColumn.KEY].tolist()
    assert one == two != three


def test_an_unknown_name_comes_with_a_hint():
    with pytest.raises(ConfigError, match=r"`material` must be .*, got 'matrx'; did you mean 'matrix'\?"):
        EPFL.table(("matrx",))
    with pytest.raises(ConfigError, match=r"got 'corre'; did you mean 'core'\?"):
        table(["a"], a=Material(relative_to="corre"), core=Material())


@pytest.mark.parametrize("circle", [{"a": "a"}, {"a": "b", "b": "a"}, {"a": "b", "b": "c", "c": "b"}])
def test_a_material_that_is_relative_to_itself_is_an_error(circle):
    materials = {name: Material(relative_to=base) for name, base in circle.items()}
    with pytest.raises(ConfigError, match="`relative_to` of materials must not lead back to them, got a -> "):
        table(["a"], **materials)


def test_a_style_knows_all_materials_of_synthem():
    names = tuple(item.name for item in fields(Materials))
    assert len(names) == len(set(names)) > 40
    for name in ("epfl", "ac4"):
        assert len(set(load_style(name).table(names).rows.tolist())) == len(names)


def test_own_materials_come_before_what_an_organelle_brings():
    brought = {"blob": Material(grey=40), "other": Material(grey=50)}
    style = replace(EPFL, own_materials={"blob": Material(grey=90)})
    assert numbers(style.table(("blob", "other"), brought))[:, MaterialColumn.GREY].tolist() == [90, 50]
    assert numbers(EPFL.table(("blob", "other"), brought))[:, MaterialColumn.GREY].tolist() == [40, 50]
    grey = numbers(EPFL.table(("matrix",), {"matrix": Material(grey=1)}))[0, MaterialColumn.GREY]
    assert grey == EPFL.materials.matrix.grey[0], "an organelle changes no material of synthem"


@pytest.mark.parametrize("own", [{"matrix": Material()}, {"blob": 3.0}, {"cytoplasm": Material()}])
def test_own_materials_have_names_of_their_own(own):
    with pytest.raises(ConfigError, match="`own_materials` must map names that synthem has not to a Material"):
        Style(name="x", own_materials=own)


def test_the_own_materials_of_a_style_cannot_be_changed():
    own = {"blob": Material()}
    style = Style(name="x", own_materials=own)
    own["spot"] = Material()
    assert set(style.own_materials) == {"blob"}
    with pytest.raises(TypeError):
        style.own_materials["spot"] = Material()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("grey", 300),
        ("grey", (20, 10)),
        ("opacity", 1.5),
        ("opacity", (-0.1, 0.5)),
        ("opacity_power", 0.0),
        ("reach_nm", -5),
        ("texture_sd", (1, 2)),
    ],
)
def test_looks_have_limits(name, value):
    with pytest.raises(ConfigError, match=f"`{name}` must be a number from"):
        Material(**{name: value})


def test_a_number_is_a_range_of_no_width():
    assert Material(grey=9, opacity=0.5) == Material(grey=(9.0, 9.0), opacity=(0.5, 0.5))
