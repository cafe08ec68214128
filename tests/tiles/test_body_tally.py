"""Bodies are counted slab by slab as in one piece."""

import numpy as np
import pytest

from synthem.tiles.body_tally import BodyTally, report_of_bodies
from synthem.tiles.objects import ObjectRecord


def instances():
    found = np.random.default_rng(3).integers(0, 9, (7, 5, 6)).astype(np.int32)
    found[found == 4] = 0
    found[2] = 0
    return found


def test_every_number_is_that_of_a_plain_count():
    labels = instances()
    tally = BodyTally.of(labels)
    assert tally.ids.tolist() == [1, 2, 3, 5, 6, 7, 8]
    for row, number in enumerate(tally.ids.tolist()):
        places = np.argwhere(labels == number)
        assert tally.voxels[row] == len(places)
        assert tally.sections[row] == len(set(places[:, 0].tolist()))
        assert tally.sums[row].tolist() == places.sum(axis=0).tolist()
        assert tally.low[row].tolist() == places.min(axis=0).tolist()
        assert tally.high[row].tolist() == (places.max(axis=0) + 1).tolist()


@pytest.mark.parametrize("step", [1, 2, 3, 7])
def test_slabs_add_up(step):
    labels = instances()
    slabs = [BodyTally.of(labels[z : z + step], first=z) for z in range(0, 7, step)]
    for one, other in zip(BodyTally.joined(slabs), BodyTally.of(labels), strict=True):
        assert one.tolist() == other.tolist()


def test_nothing_is_counted_where_nothing_is():
    empty = BodyTally.of(np.zeros((2, 3, 3), np.int32))
    assert [len(column) for column in empty] == [0] * 6
    assert len(BodyTally.joined([empty, empty]).ids) == 0


def test_the_report_counts_what_is_shown():
    kinds = ("psd", "psd", "vesicle")
    records = [ObjectRecord(id=n, kind=kind, class_name=None) for n, kind in enumerate(kinds, start=1)]
    report = report_of_bodies(records, [2])
    assert [(one.kind, one.placed, one.requested) for one in report] == [("psd", 1, 1), ("vesicle", 0, 0)]
    assert report.complete
