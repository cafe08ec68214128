from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import synthem
from synthem.calibration import fitting
from synthem.calibration.alternation import Phase
from synthem.cli import app
from synthem.instrument.style import load_style

pytestmark = [pytest.mark.filterwarnings("ignore::synthem.errors.PlacementWarning"), pytest.mark.slow]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tiles = synthem.generate(4, recipe="tissue", seed=3)
    return tiles.save(tmp_path_factory.mktemp("data") / "tiles")


def run(*args: object) -> object:
    return CliRunner().invoke(app, [str(arg) for arg in args])


def test_compare_writes_page_and_metrics(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "new" / "report.html"
    result = run("compare", folder, folder, "--out", out, "--exclude", "000003")
    assert result.exit_code == 0, result.output
    assert "distinguishing features, the strongest first" in result.stdout
    assert out.read_text().startswith("<!doctype html>")
    assert json.loads(out.with_suffix(".json").read_text())["real"]["tiles"] == 3


def test_compare_refuses_other_endings_before_it_works(folder: Path, tmp_path: Path) -> None:
    result = run("compare", folder, folder, "--out", tmp_path / "report.pdf")
    assert result.exit_code == 2
    assert "`--out` must end in .html, got" in result.stderr


def test_calibrate_writes_style_and_recipe(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fitting, "SCHEDULE", (Phase(rounds=1, breadth=0.05, share=0.0),))
    new = tmp_path / "new"
    result = run("calibrate", folder, "-o", new / "my.toml", "--evaluations", 0, "--strict", "--report", new / "r.html")
    page = (new / "r.html").read_text()
    assert "row 1: slices, row 2: before, row 3: after" in page
    assert "style.membranes.level" in page
    assert "pixels of 5 nm, read from the slices" in result.stdout
    assert len(result.stdout.splitlines()) <= 27
    assert "my.toml --vary 1 -o my_varied.toml" in result.stdout.splitlines()[-1]
    assert result.exit_code == (1 if "\n! " in result.stdout else 0), result.output
    assert load_style(new / "my.toml").name == "my"
    assert (new / "my_recipe.toml").is_file()
    result = run(
        "calibrate", folder, "-o", new / "my.toml", "--recipe-out", new / "t.toml", "--evaluations", 0, "--verbose"
    )
    assert result.exit_code == 0, result.output
    assert "estimated from labels" in result.stdout
    assert (new / "t.toml").is_file()


def test_errors_name_what_is_wrong(folder: Path, tmp_path: Path) -> None:
    result = run("calibrate", folder, "-o", tmp_path / "my.toml", "--pixel-size", 500)
    assert result.exit_code == 2
    assert "`--pixel-size` must be a number from 1 to 100, got 500.0" in result.stderr
    result = run("calibrate", tmp_path, "-o", tmp_path / "my.toml")
    assert result.exit_code == 1
    assert "must hold images" in result.stderr
    result = run("calibrate", tmp_path, "-o", tmp_path / "my.json")
    assert result.exit_code == 2
    assert "`--output` must end in .toml" in result.stderr
    (tmp_path / "file").touch()
    result = run("calibrate", tmp_path, "-o", tmp_path / "file" / "my.toml")
    assert result.exit_code == 1
    assert "`--output` must lie in a folder" in result.stderr
    (tmp_path / "dir.toml").mkdir()
    result = run("calibrate", tmp_path, "-o", tmp_path / "dir.toml")
    assert result.exit_code == 1
    assert "`--output` must be a file, got the folder" in result.stderr
