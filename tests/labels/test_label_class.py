"""What a class may be called, and what else is checked of one."""

from __future__ import annotations

import pytest

from synthem.errors import ConfigError
from synthem.labels import LabelClass, key_of

COLOUR = (1, 2, 3)


def test_the_folder_is_the_name_unless_given():
    assert LabelClass(name="er", colour=COLOUR).folder == "er"
    assert LabelClass(name="er", folder="Smooth ER", colour=[1, 2, 3]) == LabelClass(
        name="er", folder="Smooth ER", colour=COLOUR, precedence=100, parent=None, has_objects=True, separates=False
    )


@pytest.mark.parametrize("word", ["Spine Apparatus", " spine-apparatus", "SPINE__APPARATUS"])
def test_words_are_compared_without_case_spaces_and_hyphens(word):
    assert key_of(word) == "spine_apparatus"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"name": "Nucleus"}, "`name` of a class must be small letters, digits and underscores, .* got 'Nucleus'"),
        ({"name": "two words"}, "`name` of a class must be small letters"),
        ({"name": ""}, "`name` of a class must be small letters"),
        ({"name": 3}, "`name` of a class must be small letters, .* got 3"),
        ({"name": "image"}, "`name` of class 'image' must be none of original, instances, compartments, image"),
        ({"folder": "Original"}, "`folder` of class 'er' must be none of original, .* got 'Original'"),
        ({"folder": "a/b"}, "`folder` of class 'er' must be plain file names, got 'a/b'"),
        ({"folder": ".."}, "`folder` of class 'er' must be plain file names, got '..'"),
        ({"folder": "nul"}, "`folder` of class 'er' must be file names on every system, got 'nul', which is a device"),
        ({"folder": "er."}, "`folder` of class 'er' must not end in a dot"),
        ({"folder": 7}, "`folder` of class 'er' must be a name, got 7"),
        ({"colour": (1, 2)}, r"`colour` of class 'er' must be three whole numbers from 0 to 255, got \(1, 2\)"),
        ({"colour": (1, 2, 256)}, "`colour` of class 'er' must be three whole numbers from 0 to 255"),
        ({"colour": (1, 2, True)}, "`colour` of class 'er' must be three whole numbers from 0 to 255"),
        ({"colour": "red"}, "`colour` of class 'er' must be three whole numbers from 0 to 255, got 'red'"),
        ({"precedence": "high"}, "`precedence` of class 'er' must be a finite number, got 'high'"),
        ({"precedence": float("nan")}, "`precedence` of class 'er' must be a finite number, got nan"),
        ({"precedence": 10**400}, "`precedence` of class 'er' must be a finite number, got 1000"),
        ({"precedence": True}, "`precedence` of class 'er' must be a finite number, got True"),
        ({"parent": 1}, "`parent` of class 'er' must be the name of a class or None, got 1"),
        ({"separates": 1}, "`separates` of class 'er' must be true or false, got 1"),
    ],
)
def test_what_is_wrong_is_named(values, message):
    with pytest.raises(ConfigError, match=message):
        LabelClass(**({"name": "er", "colour": COLOUR} | values))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"materials": "sap"}, "`materials` of .* a sequence of names, got 'sap'"),
        ({"materials": ["sap", ""]}, r"`materials` of .* a sequence of names, got \['sap', ''\]"),
        ({"compartments": [7]}, r"`compartments` of .* a sequence of names, got \[7\]"),
        ({"materials": ["sap"], "compartments": ["axon"]}, "must have either materials or compartments, no parent"),
        ({"materials": ["sap"], "parent": "axon"}, "must have either materials or compartments, no parent"),
        ({"compartments": ["axon"], "separates": True}, "must have either materials or compartments, no parent"),
    ],
)
def test_what_a_class_may_follow_from_is_checked(values, message):
    with pytest.raises(ConfigError, match=message):
        LabelClass(name="er", colour=COLOUR, **values)
    assert not LabelClass(name="er", colour=COLOUR, materials=["sap"]).is_painted
    assert not LabelClass(name="er", colour=COLOUR, compartments=["axon"]).is_painted
