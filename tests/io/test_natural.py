from __future__ import annotations

import random

import pytest

from synthem.io.natural import natural_key


@pytest.mark.parametrize(
    "names",
    [
        ["0", "1", "2", "9", "10", "11"],
        ["slice1", "Slice2", "slice10"],
        ["a1b2", "a1b10", "a2b1", "b"],
        ["07", "7", "8", "010"],
        ["", "1", "1a", "a", "a1"],
    ],
)
def test_numbers_count_as_numbers(names):
    shuffled = random.Random(0).sample(names, len(names))
    assert sorted(shuffled, key=natural_key) == names
