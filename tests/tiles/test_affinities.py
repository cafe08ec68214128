"""Affinities: against the definition, voxel by voxel."""

import numpy as np
import pytest

from synthem.errors import ConfigError
from synthem.tiles.affinities import measure_affinities

OFFSETS = ((-1, 0, 0), (0, -1, 0), (0, 0, -1), (2, 0, -3), (0, 1, 0), (-9, 0, 0))


def by_definition(labels, offset):
    out = np.zeros(labels.shape, bool)
    for place in np.ndindex(labels.shape):
        other = tuple(np.add(place, offset))
        if all(0 <= at < size for at, size in zip(other, labels.shape, strict=True)):
            out[place] = labels[place] == labels[other] != 0
    return out


def test_affinities_are_as_they_are_defined():
    labels = np.random.default_rng(0).integers(0, 3, (4, 5, 6)).astype(np.int32)
    found = measure_affinities(labels, OFFSETS)
    assert found.dtype == np.bool_
    assert found.shape == (6, 4, 5, 6)
    for channel, offset in zip(found, OFFSETS, strict=True):
        assert np.array_equal(channel, by_definition(labels, offset)), offset
    assert found[3].any()
    assert not found[5].any()  # it leads out of the volume everywhere


def test_by_default_they_are_those_of_the_voxels_before():
    labels = np.ones((2, 3, 4), np.int32)
    first, second, third = measure_affinities(labels)
    assert not first[0].any()
    assert not second[:, 0].any()
    assert not third[:, :, 0].any()
    assert first[1:].all()
    assert second[:, 1:].all()
    assert third[:, :, 1:].all()


@pytest.mark.parametrize("wrong", [[(0, 0)], [(0, 0, 0)], [(0, 0, 0.5)], [(True, 0, 0)], [], 3, "zyx", (-1, 0, 0)])
def test_wrong_offsets_are_named(wrong):
    with pytest.raises(ConfigError, match="`offsets` must be"):
        measure_affinities(np.ones((2, 3, 4), np.int32), wrong)
