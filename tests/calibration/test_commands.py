from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import synthem
from synthem.calibration import fitting
from synthem.cli import app
from synthem.styles import load_style

pytestmark = pytest.mark.filterwarnings("ignore::synthem.errors.PlacementWarning")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tiles = synthem.generate(12, recipe="tissue", seed=3)
    return tiles.save(tmp_path_factory.mktemp("data") / "tiles")


def run(*args: object) -> object:
    return CliRunner().invoke(app, [str(arg) for arg in args])


def test_compare_writes_page_and_figures(folder: Path, tmp_path: Path) -> None:
    result = run("compare", folder, folder, "--out", tmp_path / "report.html", "--exclude", "000011")
    assert result.exit_code == 0, result.output
    assert "what gives most away" in result.stdout
    assert (tmp_path / "report.html").read_text().startswith("<!doctype html>")
    assert json.loads((tmp_path / "report.json").read_text())["real"]["tiles"] == 11


def test_compare_refuses_other_endings_before_it_works(folder: Path, tmp_path: Path) -> None:
    result = run("compare", folder, folder, "--out", tmp_path / "report.pdf")
    assert result.exit_code == 2
    assert "`out` must end in .html, got 'report.pdf'" in result.stderr


def test_calibrate_writes_style_and_recipe(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fitting, "PLAN", (fitting._Leg(rounds=1, breadth=0.05, share=0.0),))
    options = ("-o", tmp_path / "my.toml", "--recipe-out", tmp_path / "my_tissue.toml", "--evaluations", 0)
    result = run("calibrate", folder, *options)
    assert result.exit_code == 0, result.output
    assert "estimated from labels" in result.stdout
    assert load_style(tmp_path / "my.toml").name == "my"
    assert (tmp_path / "my_tissue.toml").is_file()


def test_errors_name_what_is_wrong(tmp_path: Path) -> None:
    result = run("calibrate", tmp_path, "-o", tmp_path / "my.toml")
    assert result.exit_code == 1
    assert "must hold images" in result.stderr
    result = run("calibrate", tmp_path, "-o", tmp_path / "my.json")
    assert result.exit_code == 2
    assert "`output` must end in .toml" in result.stderr
