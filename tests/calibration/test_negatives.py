"""Slices whose membranes are bright."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import synthem
from synthem.calibration.negatives import are_negatives, invert, negated
from synthem.tiles.data_area import data_area
from synthem.tiles.labelled_image import LabelledImage

STYLE = synthem.load_style("epfl")


@pytest.fixture(scope="module")
def slices() -> list[LabelledImage]:
    tiles = synthem.generate(3, seed=2)
    names = synthem.EPFL6.names
    return [LabelledImage(name=str(k), image=t.image, masks=t.masks, labelled=names) for k, t in enumerate(tiles)]


@pytest.mark.parametrize("labelled", [synthem.EPFL6.names, ("psd",), ()])
def test_negatives_are_found_with_and_without_labels(slices: list[LabelledImage], labelled: tuple[str, ...]) -> None:
    these = [replace(item, labelled=labelled) for item in slices]
    assert not are_negatives(these)
    assert are_negatives(invert(these))


@pytest.mark.parametrize("labelled", [("boundaries",), ()])
@pytest.mark.parametrize("level", [0, 255])
def test_margins_without_data_do_not_count(slices: list[LabelledImage], labelled: tuple[str, ...], level: int) -> None:
    padded = []
    for item in slices:
        image, masks = item.image.copy(), item.masks.copy()
        image[:, :160], masks[:, :, :160] = level, False
        padded.append(replace(item, image=image, masks=masks, labelled=labelled, data=data_area(image)))
    assert not are_negatives(padded)
    assert are_negatives(invert(padded))


def test_a_negated_detector_shows_the_negative() -> None:
    quiet = replace(STYLE, detector=replace(STYLE.detector, white=0.0, correlated=0.0))
    layout = synthem.build_scene("tissue").sample(seed=1)
    image = layout.render(quiet).image.astype(int)
    negative = layout.render(replace(quiet, detector=negated(quiet.detector))).image.astype(int)
    assert np.abs(image + negative - 255).max() <= 1
    assert negated(negated(STYLE.detector)) == STYLE.detector
