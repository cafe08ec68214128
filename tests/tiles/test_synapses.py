"""Which synapses count as seen."""

from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest

from synthem.tiles.synapses import SynapticContact, seen_synapses

HERE = np.array([[1, 1, 0, 2, 2, 5]], np.int32)
IDS = np.array([[0, 0, 9, 9, 0, 0]], np.int32)


@pytest.mark.parametrize(
    ("synapse", "seen"),
    [
        ((1, 2, 9), (1, 2, 9)),
        ((1, 2, None), (1, 2, None)),
        ((1, 7, 4), (1, 7, None)),  # the density is not seen
        ((7, 5, 4), (7, 5, None)),
        ((7, 8, 9), (7, 8, 9)),  # nothing but the density is seen
        ((7, 8, None), None),
        ((7, 8, 4), None),
    ],
)
def test_a_synapse_is_seen_if_anything_of_it_is(synapse, seen):
    contact = SynapticContact(presynaptic=synapse[0], postsynaptic=synapse[1], psd=synapse[2])
    found = seen_synapses([contact], HERE, IDS)
    assert [(one.presynaptic, one.postsynaptic, one.psd) for one in found] == ([] if seen is None else [seen])
    assert seen_synapses(found, HERE, IDS) == found


def test_of_a_tile_they_are_a_part_of_what_is_compared_and_pickled(tile):
    number = int(tile.compartments.max())
    contact = SynapticContact(presynaptic=number, postsynaptic=number + 1)
    unseen = SynapticContact(presynaptic=number + 1, postsynaptic=number + 2)
    synaptic = replace(tile, facing=(contact, unseen))
    assert (tile.synapses, synaptic.synapses) == ((), (contact,))
    assert synaptic != tile
    assert synaptic == replace(tile, facing=(contact,)) == pickle.loads(pickle.dumps(synaptic))
    with pytest.raises(FrozenInstanceError):
        contact.psd = 3
