import csv
import errno
import math
import os
from dataclasses import replace

import pytest

from synthem._files import write_file
from synthem.errors import ConfigError, DataError, OutputError
from synthem.experiments.results import COLUMNS, Results
from synthem.experiments.study import Run, StudyConfig

pytestmark = pytest.mark.slow


IDENTITY = {**StudyConfig().identity(), "train_slices": [["a", "1"]], "synthetic": {"1": "x", "2": "y"}}


def rows_of(run, dice=0.5):
    numbers = {"experiment": run.experiment, "real": run.real, "synthetic": run.synthetic, "seed": run.seed}
    zero = dict.fromkeys(("true_pixels", "predicted_pixels", "overlap_pixels", "axon_on_psd_pixels", "steps"), 0)
    about = {"dice_per_slice": "0.5 0.5", "loss": 0.1, "seconds": 1.0, "device": "cpu", "precision": "float32"}
    return [{**numbers, **zero, **about, "class": name, "dice": dice, "dice_pooled": dice} for name in ("psd", "axon")]


RUN = Run(2, 5, 90, 0)


def test_what_is_recorded_is_read_and_tabulated(tmp_path):
    results = Results(tmp_path, IDENTITY)
    results.record(RUN, rows_of(RUN))
    results.record(Run(0, 5, 0, 0), rows_of(Run(0, 5, 0, 0), 0.25))
    again = Results(tmp_path, IDENTITY)
    assert again.finished() == {"e2-r05-s090-seed0", "e0-r05-s000-seed0"}
    rows = again.rows()
    assert [r["dice"] for r in rows] == [0.25, 0.25, 0.5, 0.5]
    assert rows[-1]["synthetic"] == 90
    lines = (tmp_path / "results.csv").read_text().splitlines()
    assert lines[0].split(",") == list(COLUMNS)
    assert len(lines) == 5


def test_another_configuration_is_refused_with_what_differs(tmp_path):
    Results(tmp_path, IDENTITY).record(RUN, rows_of(RUN))
    study = StudyConfig()
    other = {**IDENTITY, **replace(study, training=replace(study.training, steps=500)).identity()}
    with pytest.raises(ConfigError, match=r"training\.steps: 3150, not 500"):
        Results(tmp_path, other)
    with pytest.raises(ConfigError, match=r"synthetic\.2"):
        Results(tmp_path, {**IDENTITY, "synthetic": {"2": "other tiles"}})


def test_the_grid_may_grow(tmp_path):
    Results(tmp_path, {**IDENTITY, "synthetic": {"2": "y"}}).record(RUN, rows_of(RUN))
    grown = Results(tmp_path, IDENTITY)
    assert grown.rows()[0]["synthetic"] == 90
    assert grown.identity["synthetic"] == {"1": "x", "2": "y"}
    assert Results(tmp_path, {**IDENTITY, "synthetic": {"2": "y"}}).identity["synthetic"] == {"1": "x", "2": "y"}


def test_more_slices_may_come_in_the_same_order(tmp_path):
    one, two = ({**IDENTITY, "train_slices": [[name, "1"] for name in names]} for names in ("a", "ab"))
    run = Run(2, 1, 90, 0)
    Results(tmp_path, one).record(run, rows_of(run))
    grown = Results(tmp_path, two)
    grown.record(Run(2, 2, 90, 0), rows_of(Run(2, 2, 90, 0)))
    assert len(Results(tmp_path, one).rows()) == 4
    for names in ("ba", "ac"):
        with pytest.raises(ConfigError, match="train_slices"):
            Results(tmp_path, {**IDENTITY, "train_slices": [[name, "1"] for name in names]})
    with pytest.raises(ConfigError, match="test_slices"):
        Results(tmp_path, {**two, "test_slices": [["c", "1"]]})


def test_shards_merge(tmp_path):
    runs = [Run(1, 5, 30, 0), Run(2, 5, 30, 0), RUN]
    first = Results(tmp_path / "a", IDENTITY)
    second = Results(tmp_path / "b", {**IDENTITY, "synthetic": {"2": "y"}})
    first.record(runs[0], rows_of(runs[0]))
    first.record(runs[1], rows_of(runs[1]))
    second.record(runs[1], rows_of(runs[1], 0.9))
    second.record(runs[2], rows_of(runs[2]))
    write_file(tmp_path / "b" / "predictions" / f"{RUN.key}.npz", b"masks")
    assert first.absorb(tmp_path / "b") == 1
    assert first.finished() == {c.key for c in runs}
    assert [r["dice"] for r in first.rows()] == [0.5] * 6  # what was there stays
    assert (tmp_path / "a" / "predictions" / f"{RUN.key}.npz").read_bytes() == b"masks"
    assert first.absorb(tmp_path / "b") == 0


def test_shards_of_another_configuration_are_refused(tmp_path):
    first = Results(tmp_path / "a", IDENTITY)
    Results(tmp_path / "b", {**IDENTITY, "tile": 128}).record(RUN, rows_of(RUN))
    with pytest.raises(ConfigError, match="tile: 128, not 256"):
        first.absorb(tmp_path / "b")
    with pytest.raises(DataError, match=r"config\.json"):
        first.absorb(tmp_path / "nothing")


def test_a_kill_while_writing_leaves_no_half_file(tmp_path, monkeypatch):
    results = Results(tmp_path, IDENTITY)
    results.record(RUN, rows_of(RUN))

    def killed(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", killed)
    other = Run(2, 5, 120, 0)
    with pytest.raises(KeyboardInterrupt):
        results.record(other, rows_of(other))
    monkeypatch.undo()
    again = Results(tmp_path, IDENTITY)
    assert again.finished() == {RUN.key}
    assert len(again.rows()) == 2


def test_a_full_disk_is_an_error_and_leaves_nothing(tmp_path, monkeypatch):
    def full(handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="No space left"):
        write_file(tmp_path / "x.csv", b"1")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        Results(tmp_path / "file" / "out", IDENTITY)


@pytest.mark.parametrize("content", ["", "config,experiment\n1,2\n", "garbage"])
def test_damaged_files_are_named(tmp_path, content):
    results = Results(tmp_path, IDENTITY)
    results.record(RUN, rows_of(RUN))
    (tmp_path / "runs" / f"{RUN.key}.csv").write_text(content)
    with pytest.raises(DataError, match=f"{RUN.key}.csv must be the results"):
        results.rows()


def test_a_training_of_another_configuration_among_the_files_is_refused(tmp_path):
    results = Results(tmp_path, IDENTITY)
    results.record(RUN, rows_of(RUN))
    file = tmp_path / "runs" / f"{RUN.key}.csv"
    file.write_text(file.read_text().replace(results.config_hash(RUN), "0" * 12))
    with pytest.raises(ConfigError, match="000000000000"):
        results.rows()


def test_a_damaged_configuration(tmp_path):
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(DataError, match=r"config\.json"):
        Results(tmp_path, IDENTITY)


def test_tables_without_the_second_test_are_read(tmp_path):
    results = Results(tmp_path, IDENTITY)
    results.record(RUN, rows_of(RUN))
    path = tmp_path / "runs" / f"{RUN.key}.csv"
    kept = [name for name in COLUMNS if "recalibrated" not in name]
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, kept, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    read = Results(tmp_path, IDENTITY).rows()
    assert [r["dice"] for r in read] == [0.5, 0.5]
    assert all(math.isnan(r["dice_recalibrated"]) for r in read)
    assert ",nan," not in results.write_table().read_text()
