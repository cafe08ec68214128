"""Similarity of sections against known numbers."""

import numpy as np
import pytest

from synthem.quality.sections import measure_sections, pairs_of_stack


def section(columns, grey=0):
    image, masks = np.full((8, 16), grey, np.uint8), np.zeros((6, 8, 16), bool)
    masks[2, :, columns] = True
    image[:, columns] = 200
    return image, masks


def test_dice_counts_the_pixels_of_all_pairs_together():
    pairs = [(section(slice(0, 4)), section(slice(2, 6))), (section(slice(0, 8)), section(slice(0, 8)))]
    found = measure_sections(pairs)
    assert found.pairs == 2
    assert found.dice["vesicles"] == pytest.approx(2 * (2 + 8) / (4 + 4 + 8 + 8))
    assert np.isnan(found.dice["axon"])


def test_grey_is_a_correlation():
    one, inverted = section(slice(0, 4)), section(slice(0, 4))
    inverted[0][:] = 255 - inverted[0]
    assert measure_sections([(one, one)]).grey == pytest.approx(1.0)
    assert measure_sections([(one, inverted)]).grey == pytest.approx(-1.0)
    assert np.isnan(measure_sections([]).grey)


def test_pairs_are_so_many_sections_apart():
    stack = [section(slice(k, k + 1)) for k in range(5)]
    assert [(a[1].argmax(), b[1].argmax()) for a, b in pairs_of_stack(stack, 3)] == [
        (stack[0][1].argmax(), stack[3][1].argmax()),
        (stack[1][1].argmax(), stack[4][1].argmax()),
    ]
