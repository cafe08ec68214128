"""Class tables by name, from TOML and as plain data."""

from __future__ import annotations

import pytest

from synthem.errors import ConfigError
from synthem.labels import EPFL6, ClassTable, LabelClass, list_class_tables, load_class_table

OWN = ClassTable(
    name="mine",
    classes=("psd", LabelClass(name="er", folder="Smooth ER", colour=(1, 2, 3), precedence=35.5, parent="axon")),
)


def test_tables_are_loaded_by_name_and_none_is_the_default():
    assert [load_class_table(name).name for name in list_class_tables()] == list_class_tables()
    assert load_class_table() is EPFL6 is load_class_table(EPFL6)
    assert load_class_table("epfl6") == EPFL6


@pytest.mark.parametrize("table", [EPFL6, OWN])
def test_a_table_is_the_same_from_toml_and_plain_data(table, tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(table.to_toml(), encoding="utf-8")
    for again in (load_class_table(path), load_class_table(str(path)), ClassTable.from_dict(table.to_dict())):
        assert (again, again.name) == (table, table.name)


def test_of_the_six_the_name_will_do_and_what_is_given_holds(tmp_path):
    path = tmp_path / "few.toml"
    path.write_text('[[classes]]\nname = "psd"\n\n[[classes]]\nname = "axon"\nprecedence = 5\n')
    table = load_class_table(path)
    assert (table.name, table.names, table.classes[0]) == ("few", ("psd", "axon"), EPFL6.classes[1])
    assert table.classes[1].colour == EPFL6.classes[3].colour
    assert table.codes["axon"] == 1
    path.write_text('classes = ["psd", "axon"]')
    assert load_class_table(path).names == ("psd", "axon")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "own.toml: `classes` is missing"),
        ("classes = 3", "own.toml: `classes` must be a list of classes, got 3"),
        ("classes = []", "own.toml: `classes` must be a sequence of at least one class"),
        ("classes = []\nclases = 1", "own.toml: `clases` is not a known key; did you mean 'classes'?"),
        ("name = 3\nclasses = ['psd']", "own.toml: `name` must be a text, got 3"),
        ("[[classes]]\nname = 'er'", "own.toml: class 0: `colour` is missing"),
        ("[[classes]]\nname = 'er'\ncolor = [1, 2, 3]", "own.toml: class 0: `color` is not a known key; did you mean"),
        ("[[classes]]\ncolour = [1, 2, 3]", "own.toml: class 0: `name` is missing"),
        ("[[classes]]\nname = ['er']\ncolour = [1, 2, 3]", "own.toml: `name` of a class must be small letters"),
        ("[[classes]]\nname = 'er'\ncolour = 3", "own.toml: `colour` of class 'er' must be three whole numbers"),
    ],
)
def test_errors_name_the_file(text, message, tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=message):
        load_class_table(path)


def test_what_is_no_table_is_named():
    with pytest.raises(ConfigError, match=r"`classes` must be one of all, epfl6, .* got 'epfl'; did you mean 'epfl6'?"):
        load_class_table("epfl")
    with pytest.raises(ConfigError, match="`classes` must be a name, a TOML file or a ClassTable, got 6"):
        load_class_table(6)
    with pytest.raises(ConfigError, match=r"`classes` must be a table of classes, got \['psd'\]"):
        ClassTable.from_dict(["psd"])
