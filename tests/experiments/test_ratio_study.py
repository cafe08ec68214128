import os
import signal
import subprocess
import sys
import time

import pytest
from typer.testing import CliRunner

from synthem.experiments.ratio_study import app

GRID = ("--experiments", "2", "--real", "1", "--synthetic", "0,2", "--seeds", "1", "--pool", "2")
SHORT = ("--steps", "1", "--batch", "1", "--precision", "float32", "--device", "cpu", "--train-slices", "4,0")


@pytest.fixture
def command(epfl6_folder, tile_folder, tmp_path):
    return [*GRID, *SHORT, "--data", str(epfl6_folder), "--generator", str(tile_folder), "--out", str(tmp_path / "out")]


@pytest.fixture
def run(command):
    def call(*more):
        return CliRunner().invoke(app, [*command, *more])

    return call


def test_a_study_from_plan_to_report(run, tmp_path):
    result = run()
    assert result.exit_code == 0, result.output
    assert "3 trainings of 1 steps" in result.output
    assert "about" in result.output
    assert "Unlike the paper: steps: 1 instead of 3150; batch: 1 instead of 6" in result.output
    out = tmp_path / "out"
    assert len((out / "results.csv").read_text().splitlines()) == 1 + 3 * 6
    assert "3 of 3 trainings" in (out / "report.md").read_text()
    stamps = {p: p.stat().st_mtime_ns for p in (out / "runs").iterdir()}
    again = run()
    assert "3 of 3 trainings are in" in again.output
    assert stamps == {p: p.stat().st_mtime_ns for p in (out / "runs").iterdir()}
    (out / "figure-7.png").unlink()
    assert run("--report-only").exit_code == 0
    assert (out / "figure-7.png").exists()


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
    assert "260 trainings of 3150 steps" in result.output
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


def test_results_of_another_configuration_are_refused(run):
    assert run("--shard", "1/3").exit_code == 0
    result = run("--steps", "2")
    assert result.exit_code == 2
    assert "training.steps: 1, not 2" in result.output


@pytest.mark.slow
def test_a_killed_run_goes_on_where_it_stopped(command, tmp_path):
    runs = tmp_path / "out" / "runs"
    line = [sys.executable, "-m", "synthem.experiments.ratio_study", *command]
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
def test_processes_share_the_work(run, tmp_path):
    result = run("--workers", "2", "--threads", "1")
    assert result.exit_code == 0, result.output
    assert len(list((tmp_path / "out" / "runs").glob("e*.csv"))) == 3
