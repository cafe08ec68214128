from __future__ import annotations

import importlib.metadata

import pytest
from typer.testing import CliRunner

from synthem import doctor
from synthem.cli import app
from synthem.errors import SynthemError


def found(part):
    return next(one for one in doctor.look() if one.part == part)


def test_this_installation_is_well():
    result = CliRunner().invoke(app, ["doctor"])
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[-1] == "all is well"
    for part in ("synthem", "machine", "packages", "kernel cache", *doctor.TESTS):
        assert any(line[6:].startswith(part) for line in lines)


def test_what_is_wrong_is_the_exit_status(monkeypatch):
    def failing():
        raise SynthemError("tiles came back otherwise")

    monkeypatch.setattr(doctor, "TESTS", {"files": failing, "bytes": lambda: "the same"})
    result = CliRunner().invoke(app, ["doctor"])
    assert result.exit_code == 1
    assert "WRONG files             SynthemError: tiles came back otherwise" in result.stdout
    assert "ok    bytes             the same" in result.stdout
    assert result.stdout.splitlines()[-1].startswith("1 of ")


def test_a_copy_that_pip_did_not_install_is_said_and_tested_all_the_same(monkeypatch):
    def absent(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "requires", absent)
    monkeypatch.setattr(doctor, "TESTS", {"files": lambda: "the same"})
    assert "did not install" in found("extras").text
    assert CliRunner().invoke(app, ["doctor"]).exit_code == 0


def test_missing_packages_and_extras_are_named(monkeypatch):
    requires = ["numpy", 'starlette>=1 ; extra == "studio"', 'pytest ; extra == "test"', 'synthem[x] ; extra == "all"']
    monkeypatch.setattr(importlib.metadata, "requires", lambda _: requires)
    known = importlib.metadata.version
    monkeypatch.setattr(doctor, "_version", lambda name: None if name in ("numba", "starlette") else known(name))
    assert found("packages").well is False
    assert "numba missing" in found("packages").text
    assert found("extra studio") == doctor.Finding(
        part="extra studio", text='without starlette: pip install "synthem[studio]"'
    )
    assert [one.part for one in doctor.look() if one.part.startswith("extra")] == ["extra studio"]


@pytest.mark.parametrize(("disabled", "folder"), [("1", "."), ("0", None)])
def test_a_cache_that_cannot_be_used_is_said(monkeypatch, disabled, folder):
    monkeypatch.setenv("NUMBA_DISABLE_JIT", disabled)
    monkeypatch.setattr(doctor, "cache_folder", lambda: folder)
    cache = found("kernel cache")
    assert cache.well is False
    assert "NUMBA_DISABLE_JIT" in cache.text or "NUMBA_CACHE_DIR" in cache.text
