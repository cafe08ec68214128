"""One number per pixel, by a stated precedence."""

from __future__ import annotations

import numpy as np

from synthem.labels import EPFL6, ClassTable, LabelClass
from synthem.tiles.label_map import from_below, map_labels


def test_the_class_on_top_counts():
    masks = np.zeros((6, 2, 8), bool)
    columns = {"boundaries": range(8), "mitochondria": range(1, 8), "mitochondrial_boundaries": (2, 6)}
    columns |= {"vesicles": (3,), "psd": (3, 4), "axon": (4, 5)}
    for name, where in columns.items():
        masks[EPFL6.index(name), 0, list(where)] = True
    found = map_labels(masks, EPFL6)
    numbers = {name: number for number, name in found.legend.items()}
    expected = ["boundaries", "mitochondria", "mitochondrial_boundaries", "psd", "axon", "axon"]
    expected += ["mitochondrial_boundaries", "mitochondria"]
    assert found.labels.dtype == np.uint8
    assert found.labels[0].tolist() == [numbers[name] for name in expected]
    assert found.labels[1].tolist() == [0] * 8
    assert found.legend == {0: "background", **dict(enumerate(EPFL6.names, start=1))}
    assert found.precedence == ("boundaries", "mitochondria", "mitochondrial_boundaries", "vesicles", "psd", "axon")


def test_a_whole_does_not_hide_its_part():
    halo = LabelClass(name="halo", colour=(1, 2, 3), parent="mitochondria", precedence=5)
    table = ClassTable(classes=(halo, "mitochondria"))
    assert from_below(table) == (1, 0)
    masks = np.array([[[True, False]], [[True, True]]])
    assert map_labels(masks, table).labels.tolist() == [[1, 2]]


def test_a_tile_has_it(tile):
    found = tile.label_map()
    assert np.array_equal(found.labels > 0, tile.masks.any(axis=0))
    assert set(np.unique(found.labels)) == {0, 3, 4}
