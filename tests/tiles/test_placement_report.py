from __future__ import annotations

import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthem.errors import DataError
from synthem.tiles.placement_report import KindReport, PlacementReport

counts = st.integers(0, 1000)
entries = st.builds(
    KindReport,
    kind=st.sampled_from(["axon", "psd", "vesicle"]),
    requested=counts,
    placed=counts,
    attempts=counts,
    redrawn=counts,
    free_area=counts,
)
reports = st.builds(PlacementReport, st.lists(entries, unique_by=lambda e: e.kind, max_size=3).map(tuple))


def test_a_report_is_complete_only_if_every_kind_is():
    full = KindReport(kind="axon", requested=2, placed=2)
    short = KindReport(kind="psd", requested=3, placed=1)
    assert PlacementReport((full,)).complete
    report = PlacementReport((full, short))
    assert (report.complete, report.missing, short.missing) == (False, 2, 2)
    assert report["psd"] is short
    assert [entry.kind for entry in report] == ["axon", "psd"]
    with pytest.raises(KeyError, match=r"no entry for kind 'er', there are \['axon', 'psd'\]"):
        report["er"]


def test_of_what_only_fills_nothing_is_missed():
    entry = KindReport(kind="clutter", requested=30, placed=28, filling=True)
    report = PlacementReport((entry,))
    assert (entry.missing, report.missing, report.complete) == (0, 0, True)


def test_text_states_requested_and_placed():
    entry = KindReport(kind="axon", requested=3, placed=2, attempts=41, redrawn=1, free_area=900)
    assert str(PlacementReport((entry,))) == (
        "axon: placed 2 of 3 requested (41 attempts, 1 redrawn, 900 px left free)"
    )
    assert str(PlacementReport()) == "nothing was requested"


@given(reports)
def test_a_report_comes_back_from_json_and_pickle(report):
    assert PlacementReport.from_dict(json.loads(json.dumps(report.to_dict()))) == report
    assert pickle.loads(pickle.dumps(report)) == report
    assert hash(report) == hash(pickle.loads(pickle.dumps(report)))


@given(st.lists(reports, max_size=4))
def test_merging_sums_every_count(several):
    merged = PlacementReport.merge(several)
    for name in ("requested", "placed", "attempts", "redrawn", "free_area"):
        expected = sum(getattr(entry, name) for report in several for entry in report)
        assert sum(getattr(entry, name) for entry in merged) == expected
    assert len({entry.kind for entry in merged}) == len(merged)


@pytest.mark.parametrize("data", [{"axon": {"wanted": 3}}, {"axon": 3}, [1]])
def test_wrong_data_is_an_error(data):
    with pytest.raises(DataError, match="`report` must map kinds to kind, requested"):
        PlacementReport.from_dict(data)
