"""Codes, precedence, parents and separators of a class table."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthem.errors import ConfigError
from synthem.labels import EPFL6, ClassTable, LabelClass

SIX = ("mitochondria", "psd", "vesicles", "axon", "boundaries", "mitochondrial_boundaries")


def own(name: str, precedence: float = 100.0, **rest: object) -> LabelClass:
    return LabelClass(name=name, colour=(1, 2, 3), precedence=precedence, **rest)


def test_the_default_table_is_that_of_epfl6():
    assert EPFL6.names == SIX
    assert [one.folder for one in EPFL6] == [*SIX[:1], "PSD", *SIX[2:5], "mitochondrial boundaries"]
    codes = {None: 0, "boundaries": 1, SIX[0]: 2, SIX[5]: 3, "vesicles": 4, "psd": 5, "axon": 6}
    assert EPFL6.codes == codes
    assert EPFL6.owners == {None: None} | {name: name for name in SIX} | {"boundaries": None, SIX[5]: SIX[0]}
    assert EPFL6.limits == codes | {None: 1, SIX[5]: 2}
    assert EPFL6.code_ranges.tolist() == [[2, 3], [5, 5], [4, 4], [6, 6], [1, 1], [3, 3]]
    assert EPFL6.separators.tolist() == [[1, 1], [5, 6]]
    assert [EPFL6.names[channel] for channel in EPFL6.order] == [SIX[k] for k in (4, 0, 5, 2, 1, 3)]
    assert [EPFL6.paint_rank(name) for name in (None, "boundaries", SIX[5], "axon")] == [1.5, 1, 2, 6]


def test_a_table_that_leaves_classes_out_paints_them_all_the_same():
    table = ClassTable(classes=("axon", "mitochondria"))
    assert table.codes == EPFL6.codes
    assert table.separators.tolist() == EPFL6.separators.tolist()
    assert table.code_ranges.tolist() == [[6, 6], [2, 3]]
    assert table.order == (1, 0)


def test_precedence_places_a_class_between_others():
    table = ClassTable(classes=(own("top"), *EPFL6, own("middle", 45, separates=True), own("bottom", -1)))
    below = ["bottom", "boundaries", SIX[0], SIX[5], "vesicles", "middle", "psd", "axon", "top"]
    assert [one.name for one in table.painted] == below
    assert table.separators.tolist() == [[2, 2], [6, 8]]
    assert table.index("top") == 0


def test_a_part_lies_where_its_whole_does():
    parts = own("crista", 500, parent="mitochondria"), own("matrix", 1, parent="mitochondria")
    table = ClassTable(classes=(*parts, "mitochondria", own("dot", 0, parent="crista")))
    names = [one.name for one in table.painted]
    assert names == ["boundaries", "matrix", "mitochondria", SIX[5], "dot", "crista", "vesicles", "psd", "axon"]
    assert table.code_ranges.tolist() == [[5, 6], [2, 2], [2, 6], [5, 5]]
    assert {table.limits[name] for name in ("crista", "matrix", "mitochondria", "dot")} == {2}
    assert {table.owners[name] for name in ("crista", "matrix", "mitochondria", "dot")} == {"mitochondria"}


def test_what_is_not_painted_lies_below_all_that_is():
    table = ClassTable(classes=("axon", own("sap", 900, materials=["sap"]), own("oil", 800, materials=["oil"])))
    assert table.order == (2, 1, 0)
    assert table.code_ranges.tolist() == [[6, 6], [1, 0], [1, 0]]


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40))
def test_codes_are_ranks(precedences):
    table = ClassTable(classes=tuple(own(f"c{k}", value) for k, value in enumerate(precedences)))
    codes = [table.codes[name] for name in table.names]
    assert sorted(table.codes.values()) == list(range(len(table.codes)))
    assert np.argsort(codes).tolist() == np.argsort(precedences, kind="stable").tolist() == list(table.order)


def test_the_largest_table_has_codes_of_8_bits():
    many = tuple(own(f"c{k}") for k in range(249))
    assert max(ClassTable(classes=many).codes.values()) == 255
    with pytest.raises(ConfigError, match="`classes` must be at most 249 classes, got 250"):
        ClassTable(classes=(*many, "psd"))


def test_tables_are_values():
    table = ClassTable(classes=[*EPFL6], name="other")
    assert (table == EPFL6, hash(table) == hash(EPFL6)) == (True, True)
    assert ClassTable(classes=SIX[:2]) != ClassTable(classes=SIX[1::-1])
    assert table.code_ranges is not None
    assert pickle.loads(pickle.dumps(table)).code_ranges.tolist() == EPFL6.code_ranges.tolist()
    assert repr(ClassTable(classes=SIX[:2])) == "ClassTable('own': mitochondria, psd)"
    with pytest.raises(AttributeError):
        table.name = "else"
    for shared in (table.code_ranges, table.separators):
        with pytest.raises(ValueError, match="read-only"):
            shared[0] = 7


@pytest.mark.parametrize("word", ["smooth_er", "ER", "e-r", "Smooth ER"])
def test_a_class_is_found_by_name_and_folder(word):
    table = ClassTable(classes=("psd", own("smooth_er", folder="e r"), own("er")))
    assert table.index(word) == (2 if word == "ER" else 1)
    with pytest.raises(ConfigError, match="`class` must be one of psd, smooth_er, er, got 'smoth er'; did you mean"):
        table.index("smoth er")


@pytest.mark.parametrize(
    ("classes", "message"),
    [
        ((), "`classes` must be a sequence of at least one class"),
        ("psd", "`classes` must be a sequence of at least one class, got 'psd'"),
        (("psds",), "`classes` must hold classes or names of .*, got 'psds'; did you mean 'psd'?"),
        ((7,), "`classes` must hold classes or names of .*, got 7"),
        (("psd", "psd"), "`name` of class 'psd' must differ .* got 'psd', as of class 'psd'"),
        (
            (own("er"), own("smooth_er", folder="ER")),
            "`folder` of class 'smooth_er' must differ .* got 'ER', as of",
        ),
        ((own("a", folder="One-two"), own("b", folder="one two")), "`folder` of class 'b' must differ"),
        ((own("a", folder="b"), own("b", folder="c")), "`name` of class 'b' must differ"),
        ((own("a", parent="nuclei"), own("nucleus")), "`parent` of class 'a' must be a class, got 'nuclei'; did you"),
        ((own("a", parent="a"),), "`parent` of class 'a' must lead to a whole, got a in a$"),
        ((own("a", parent="b"), own("b", parent="a")), "`parent` of class 'a' must lead to a whole, got a in b in a$"),
        ((own("psd"),), "`separates` of class 'psd' must be True, as it is painted, got False"),
        (
            (own("one", materials=["sap", "oil"]), own("two", materials=["oil"])),
            "`materials` of classes must not share any, got 'oil' in 'two' and in 'one'",
        ),
        ((own(SIX[5]),), "`parent` of class 'mitochondrial_boundaries' must be 'mitochondria', as it is painted"),
    ],
)
def test_what_is_wrong_is_named(classes, message):
    with pytest.raises(ConfigError, match=message):
        ClassTable(classes=classes)
