"""Labelled images under other class tables."""

from __future__ import annotations

import numpy as np
import pytest

from synthem import Tile
from synthem.errors import ConfigError, DataError
from synthem.labels import EPFL6, ClassTable, LabelClass
from synthem.tiles.cutting import cut_images
from synthem.tiles.labelled_image import LabelledImage

TABLE = ClassTable(classes=(LabelClass(name="er", colour=(1, 2, 3)), "axon"))


def image_of(classes, labelled):
    rng = np.random.default_rng(0)
    masks, image = rng.random((len(classes), 64, 64)) < 0.5, rng.integers(0, 255, (64, 64), np.uint8)
    return LabelledImage(name="a", image=image, masks=masks, labelled=labelled, classes=classes)


def test_masks_under_another_table_keep_their_names():
    item = image_of(TABLE, ("er", "axon"))
    six = item.with_classes(EPFL6)
    assert (six.classes, six.labelled) == (EPFL6, ("axon",))
    assert np.array_equal(six.mask("axon"), item.masks[1])
    assert six.masks.sum() == item.masks[1].sum()
    again = six.with_classes(TABLE)
    assert np.array_equal(again.mask("axon"), item.masks[1])
    assert not again.mask("er").any()


def test_tiles_are_cut_from_slices_of_the_same_classes():
    tiles = cut_images([image_of(TABLE, ("er",))], 32, cover=False)
    assert (tiles.classes, tiles.labelled, tiles.masks.shape) == (TABLE, ("er",), (4, 2, 32, 32))
    with pytest.raises(DataError, match=r"slices must have the same classes, got mitochondria, .* of a, er, axon of a"):
        cut_images([image_of(TABLE, ()), image_of(EPFL6, ())], 32, cover=False)


def test_a_tile_has_a_mask_for_every_class():
    planes = np.zeros((64, 64), np.int32)
    with pytest.raises(ConfigError, match=r"`masks` must be one per class \(2\), got 6"):
        Tile(
            image=planes.astype(np.uint8),
            masks=np.zeros((6, 64, 64), bool),
            instances=planes,
            compartments=planes,
            classes=TABLE,
        )


def test_descriptions_are_short():
    item = image_of(TABLE, ("er", "axon"))
    tiles = cut_images([item], 64, 64, cover=True)
    assert repr(item) == "LabelledImage('a', 64x64, labels of er, axon)"
    assert repr(tiles) == "LabelledTiles(1 tile of 64x64, labels of er, axon)"
    assert repr(image_of(TABLE, ())) == "LabelledImage('a', 64x64, no labels)"


def test_a_window_is_an_image_again():
    item = image_of(TABLE, ("er",))
    tiles = cut_images([item], 32, 32, cover=True)
    assert [one.name for one in tiles] == ["000000", "000001", "000002", "000003"]
    last = tiles[-1]
    assert np.array_equal(last.image, item.image[32:, 32:])
    assert (last.labelled, last.classes) == (("er",), TABLE)
    assert np.array_equal(last.mask("er"), item.mask("er")[32:, 32:])
