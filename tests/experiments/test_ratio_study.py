import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
import warnings
from dataclasses import replace

import pytest
from rich.console import Console
from typer.testing import CliRunner

from synthem.errors import DataError, PlacementWarning
from synthem.experiments import epfl6, ratio_study
from synthem.experiments.ratio_study import Resources, app
from synthem.experiments.study import PRESETS

GRID = ("--experiments", "2", "--real", "1", "--synthetic", "0,2", "--seeds", "1", "--pool", "2")
SHORT = ("--steps", "1", "--batch", "1", "--precision", "float32", "--device", "cpu", "--train-slices", "4,0")


pytestmark = pytest.mark.slow

SMALL_STUDY = """
from dataclasses import replace
from synthem.experiments.ratio_study import PRESETS, app
from synthem.experiments.unet import UNetConfig

small = replace(PRESETS["paper"].training, network=UNetConfig(widths=(4, 8, 8)))
PRESETS["paper"] = replace(PRESETS["paper"], training=small, tile=64)
app()
"""


@pytest.fixture
def command(little_epfl6, little_tiles, tmp_path):
    folders = ["--data", str(little_epfl6), "--generator", str(little_tiles), "--out", str(tmp_path / "out")]
    return [*GRID, *SHORT, *folders]


@pytest.fixture(autouse=True)
def small(monkeypatch, small_network):
    """Train a small network on small tiles; whatever else the presets say stays."""
    for name, study in PRESETS.items():
        training = replace(study.training, network=small_network)
        monkeypatch.setitem(PRESETS, name, replace(study, training=training, tile=64))


@pytest.fixture
def no_report(monkeypatch):
    """Leave the report out, whose figures take seconds."""
    monkeypatch.setattr(ratio_study, "write_report", lambda *args, **more: [])


@pytest.fixture
def run(command):
    def call(*more):
        return CliRunner().invoke(app, [*command, *more])

    return call


@pytest.mark.slow
def test_a_study_from_plan_to_report(run, tmp_path, monkeypatch):
    result = run()
    assert result.exit_code == 0, result.output
    assert "3 trainings of 1 steps" in result.output
    assert re.search(r"takes [\d.]+ ms here, testing a network [\d.]+ s: about", result.output)
    assert "Unlike the paper: steps: 1 instead of 3150; batch: 1 instead of 6" in result.output
    out = tmp_path / "out"
    assert len((out / "results.csv").read_text().splitlines()) == 1 + 3 * 6
    assert "3 of 3 trainings of 1 steps of batch 1" in (out / "report.md").read_text()
    stamps = {p: p.stat().st_mtime_ns for p in (out / "runs").iterdir()}
    with monkeypatch.context() as patch:
        patch.setattr(ratio_study, "write_report", lambda *args, **more: [])
        again = run()
    assert "3 of 3 trainings are in" in again.output
    assert stamps == {p: p.stat().st_mtime_ns for p in (out / "runs").iterdir()}
    (out / "figure-7.png").unlink()
    assert run("--report-only").exit_code == 0
    assert (out / "figure-7.png").exists()


@pytest.mark.usefixtures("no_report")
def test_a_falling_rate_and_a_second_test_are_options(run, tmp_path):
    result = run("--schedule", "cosine", "--recalibrate", "--synthetic", "0")
    assert result.exit_code == 0, result.output
    assert "learning rate: cosine instead of constant" in result.output
    identity = json.loads((tmp_path / "out" / "config.json").read_text())
    assert identity["training"]["schedule"] == "cosine"
    with (tmp_path / "out" / "results.csv").open() as file:
        assert all(row["dice_recalibrated"] for row in csv.DictReader(file))
    assert 'training.schedule: "cosine", not "constant"' in run("--synthetic", "0").output
    assert "`schedule` must be constant or cosine" in run("--schedule", "linear").output


@pytest.mark.usefixtures("no_report")
def test_shards_merge_into_one_study(run, tmp_path):
    for i in (1, 2):
        assert run("--shard", f"{i}/2", "--out", str(tmp_path / f"part{i}")).exit_code == 0
    merged = run("--merge", str(tmp_path / "part1"), "--merge", str(tmp_path / "part2"))
    assert merged.exit_code == 0
    assert "3 of 3 trainings are in" in merged.output


def test_the_quick_preset_says_what_it_is(run):
    result = run("--preset", "quick", "--report-only")
    assert result.exit_code == 0, result.output
    assert "no reproduction" in result.output


def test_measuring_extrapolates_to_the_whole_study(run, tmp_path):
    result = run("--measure")
    assert "260 trainings of 3150 steps with their tests" in result.output
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--preset", "papr"), "`preset`"),
        (("--experiments", "1,x"), "`experiments`"),
        (("--experiments", "3"), "`experiments`"),
        (("--shard", "3/2"), "`shard`"),
        (("--shard", "a"), "`shard`"),
        (("--device", "tpu"), "`device`"),
        (("--workers", "0"), "`workers`"),
        (("--train-slices", "4,99"), "`slices`"),
        (("--test-slices", "4"), "must not be tested on"),
        (("--data", "nowhere"), "`data`"),
        (("--generator", "nowhere"), "`generator`"),
        (("--precision", "half"), "`precision`"),
        (("--merge", "nowhere"), "config.json"),
    ],
)
def test_bad_input_is_one_clear_line(run, more, message):
    result = run(*more)
    assert result.exit_code == 2
    assert message in result.output
    assert "Traceback" not in result.output


@pytest.mark.usefixtures("no_report")
def test_results_of_another_configuration_are_refused(run):
    assert run("--shard", "1/3").exit_code == 0
    result = run("--steps", "2")
    assert result.exit_code == 2
    assert "training.steps: 1, not 2" in result.output


@pytest.mark.slow
@pytest.mark.usefixtures("no_report")
def test_a_killed_run_goes_on_where_it_stopped(command, tmp_path):
    runs = tmp_path / "out" / "runs"
    line = [sys.executable, "-c", SMALL_STUDY, *command]
    with subprocess.Popen(line, stderr=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": os.getcwd()}) as process:
        deadline = time.monotonic() + 300
        while not (runs.is_dir() and any(runs.glob("e*.csv"))) and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
    stamps = {p: p.stat().st_mtime_ns for p in runs.glob("e*.csv")}
    assert stamps
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0, result.output
    assert len(list(runs.glob("e*.csv"))) == 3
    assert all(p.stat().st_mtime_ns == stamp for p, stamp in stamps.items())


@pytest.mark.slow
@pytest.mark.usefixtures("no_report")
def test_processes_share_the_work(run, tmp_path):
    result = run("--workers", "2", "--threads", "1")
    assert result.exit_code == 0, result.output
    assert len(list((tmp_path / "out" / "runs").glob("e*.csv"))) == 3


def test_the_forecast_counts_trainings_and_tests(capsys):
    study = replace(PRESETS["quick"], training=replace(PRESETS["quick"].training, steps=100))
    resources = Resources(device="cpu", group=1, workers=2)
    ratio_study._plan(Console(stderr=True, soft_wrap=True), study, study.runs(), resources, step=0.5, test=250.0)
    assert "testing a network 250.0 s: about 5.0 min in all" in capsys.readouterr().err  # 2 runs x 300 s / 2 workers


@pytest.mark.usefixtures("no_report")
def test_placement_warnings_are_one_line_each(run, monkeypatch):
    load = ratio_study.load_study_data

    def warned(*args, **more):
        warnings.warn("2 of 4 axons found no room", PlacementWarning, stacklevel=2)
        return load(*args, **more)

    monkeypatch.setattr(ratio_study, "load_study_data", warned)
    result = run("--report-only")
    assert result.exit_code == 0, result.output
    assert "note: 2 of 4 axons found no room\n" in result.output
    assert "PlacementWarning" not in result.output


def test_without_a_connection_the_option_for_the_folder_is_named(command, monkeypatch):
    def offline(*args, **more):
        raise DataError("https://example.org/PSD/training0000.png cannot be had after 4 tries: the connection failed")

    monkeypatch.delenv("SYNTHEM_EPFL6_DIR", raising=False)
    monkeypatch.setattr(epfl6, "fetch", offline)
    at = command.index("--data")
    result = CliRunner().invoke(app, command[:at] + command[at + 2 :])
    assert result.exit_code == 2
    assert "the connection failed. If you have the data, name their folder with --data" in result.output
    assert "Traceback" not in result.output
