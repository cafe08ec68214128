"""Commands about datasets: shards and what joins them, stopped runs, checks, recipes."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from synthem import Dataset
from synthem.cli import app

pytestmark = pytest.mark.filterwarnings("ignore::synthem.errors.PlacementWarning")

SMALL = ["-n", "16", "--shape", "64", "--seed", "7", "--vesicles", "0", "--axons", "0"]


@pytest.fixture
def run():
    def invoke(*args):
        return CliRunner().invoke(app, [str(arg) for arg in args])

    return invoke


def tree(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_shards_of_a_job_array_are_joined(run, tmp_path, monkeypatch):
    assert run("generate", tmp_path / "whole", *SMALL).exit_code == 0
    result = run("generate", tmp_path / "out", *SMALL, "--shard", "0/2")
    assert result.stdout == f"{tmp_path / 'out.shard-0-of-2'}: shard 0/2 of 16 tiles, seed 7\n"
    monkeypatch.setenv("SLURM_ARRAY_TASK_ID", "1")
    assert run("generate", tmp_path / "out", *SMALL, "--shard", "slurm/2", "--resume").exit_code == 0
    result = run("merge", tmp_path / "out")
    assert result.stdout == f"{tmp_path / 'out'}: joined\n"
    assert tree(tmp_path / "out") == tree(tmp_path / "whole")


def test_a_finished_run_is_left_as_it_is(run, tmp_path):
    for _ in range(2):
        result = run("generate", tmp_path / "out", *SMALL, "--resume")
        assert result.exit_code == 0, result.output
    assert len(Dataset.load(tmp_path / "out")) == 16


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--shard", "2/2"], "`--shard` must be i/m with i from 0 to m - 1, or slurm/m, got 2/2"),
        (["--shard", "one"], "`--shard` must be i/m with i from 0 to m - 1, or slurm/m, got 'one'"),
        (["--shard", "slurm/2"], "`--shard` slurm/m needs SLURM_ARRAY_TASK_ID in the environment"),
        (["--shard", "0/9"], "`--shard` must be of at most 2 shares"),
        (["--tiles-per-file", "0"], "`--tiles-per-file` must be a whole number of at least 1, got 0"),
    ],
)
def test_wrong_values_end_with_2(run, tmp_path, args, message, monkeypatch):
    monkeypatch.delenv("SLURM_ARRAY_TASK_ID", raising=False)
    result = run("generate", tmp_path / "out", *SMALL, *args)
    assert result.exit_code == 2
    assert message in result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("option", [["--resume"], ["--shard", "0/2"]])
def test_what_several_runs_share_needs_a_seed(run, tmp_path, option):
    result = run("generate", tmp_path / "out", "-n", 16, *option)
    assert result.exit_code == 2
    assert "error: `--seed` must be a number with `--resume` or `--shard`" in result.stderr


def test_a_missing_shard_ends_with_1(run, tmp_path):
    assert run("generate", tmp_path / "out", *SMALL, "--shard", "0/2").exit_code == 0
    result = run("merge", tmp_path / "out")
    assert result.exit_code == 1
    assert "error: `SHARDS` must be all 2, got 1: 1 of 0 to 1 missing" in result.stderr


def test_verify_ends_with_1_if_something_was_altered(run, tmp_path):
    assert run("generate", tmp_path / "out", *SMALL).exit_code == 0
    result = run("verify", tmp_path / "out", "--regenerate", 2)
    assert (result.exit_code, result.stdout) == (0, f"{tmp_path / 'out'}: 16 tiles, 2 made again: as written\n")
    (tmp_path / "out" / "PSD" / "000003.png").unlink()
    result = run("verify", tmp_path / "out")
    assert result.exit_code == 1
    assert "1 problem\n" in result.stdout
    assert "PSD/000003.png" in result.stdout


def test_a_dataset_is_packed_and_unpacked(run, tmp_path):
    assert run("generate", tmp_path / "out", *SMALL).exit_code == 0
    result = run("pack", tmp_path / "out", "-o", tmp_path / "out.synthem")
    assert result.exit_code == 0, result.output
    result = run("unpack", tmp_path / "out.synthem", tmp_path / "again", "--workers", 2)
    assert result.stdout == f"{tmp_path / 'again'}: as packed\n"
    assert tree(tmp_path / "again") == tree(tmp_path / "out")


def test_volumes_are_called_volumes(run, tmp_path):
    result = run("generate", tmp_path / "out", "-n", "1", "--shape", "2x64x64", "--seed", "7")
    assert result.stdout == f"{tmp_path / 'out'}: 1 volume, seed 7\n"
    result = run("convert", tmp_path / "out", tmp_path / "npz", "--format", "npz")
    assert result.stdout == f"{tmp_path / 'npz'}: 1 volume\n"
    assert "  volumes  1 of 2 x 64 x 64 voxels\n  voxel    5 x 5 x 5 nm\n" in run("info", tmp_path / "npz").stdout
    result = run("preview", tmp_path / "npz", "-o", tmp_path / "sheet.png")
    assert result.stdout == f"{tmp_path / 'sheet.png'}: 1 volume\n"
    assert "1 volume: as written" in run("verify", tmp_path / "npz").stdout


def test_shares_that_would_be_empty_are_refused_for_every_share(run, tmp_path):
    for share in range(2):
        result = run("generate", tmp_path / "out", *SMALL, "--format", "webdataset", "--shard", f"{share}/2")
        assert (result.exit_code, "`--shard` must be of at most 1 share" in result.stderr) == (2, True)


def test_an_error_names_the_side_of_a_conversion(run, tmp_path):
    run("generate", tmp_path / "out", *SMALL)
    result = run("convert", tmp_path / "out", tmp_path / "out", "--format", "npz")
    assert "`TARGET` must be new or empty" in result.stderr
    result = run("convert", tmp_path / "none", tmp_path / "npz", "--format", "npz")
    assert "`SOURCE` must be an existing folder" in result.stderr
    result = run("preview", tmp_path, "-o", tmp_path / "sheet.png")
    assert "must be a dataset, got a folder of datasets: out; give one of them" in result.stderr


def test_help_shows_flags_without_a_value(run):
    shown = run("generate", "--help").stdout
    assert "OUT" in shown
    assert "bool" not in shown
