"""One number per combination of classes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import synthem
from synthem.io.label_numbers import LabelNumbers, combined
from synthem.labels import EPFL6, ClassTable, load_class_table


def test_numbers_of_the_six_classes():
    numbers = LabelNumbers(EPFL6)
    assert {k: v for k, v in sorted(numbers.regions().items(), key=lambda item: item[1])} == {  # noqa: C416
        "mitochondria": (1, 2),
        "mitochondrial_boundaries": (2,),
        "psd": (3,),
        "vesicles": (4,),
        "axon": (5,),
        "boundaries": (6,),
    }
    assert list(numbers.regions()) == [
        *("boundaries", "mitochondria", "mitochondrial_boundaries", "vesicles", "psd", "axon")
    ]
    assert numbers.own_numbers() == [6, 1, 2, 4, 3, 5]


def test_a_part_without_its_whole_stands_alone():
    assert LabelNumbers(ClassTable(classes=("mitochondrial_boundaries", "psd"))).regions() == {
        "mitochondrial_boundaries": (1,),
        "psd": (2,),
    }


def test_wholes_come_before_their_parts_where_the_parts_lie_below():
    part = synthem.LabelClass(name="halo", colour=(1, 2, 3), parent="mitochondria", precedence=5)
    regions = LabelNumbers(ClassTable(classes=(part, "mitochondria"))).regions()
    assert list(regions.items()) == [("mitochondria", (1, 2)), ("halo", (2,))]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::synthem.errors.EmptyClassWarning")
def test_generated_tiles_have_no_other_combinations():
    table = load_class_table("all")
    plain = synthem.build_scene(synthem.load_recipe("tissue"), shape=(192, 192), classes=table)
    scene = replace(plain, stages=(*plain.stages, synthem.Fold(), synthem.Crack(), synthem.SectionCompression()))
    numbers = LabelNumbers(table)
    for index in range(6):
        found, places = combined(scene.render(seed=5, index=index).masks)
        assert all(one in numbers for one in found)
        assert places.max() < len(found)


@pytest.mark.parametrize("classes", [1, 8, 9, 63, 64, 130])
def test_combinations_are_found_among_any_number_of_classes(classes):
    rng = np.random.default_rng(classes)
    masks = rng.random((classes, 7, 5)) < 0.3
    found, places = combined(masks)
    assert len(set(found)) == len(found)
    for row, col in np.ndindex(7, 5):
        assert found[places[row, col]] == set(np.flatnonzero(masks[:, row, col]))
