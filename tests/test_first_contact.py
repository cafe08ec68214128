"""What a new user meets first: kernels that are compiled, and a shell that completes."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from synthem.cli import app


@pytest.fixture
def run():
    return lambda *args: CliRunner().invoke(app, [str(arg) for arg in args])


@pytest.fixture
def uncompiled(monkeypatch):
    """An installation whose kernels are compiled at once, in seven modules."""
    from synthem.kernels import compilation

    def compile_kernels(tell=lambda done, total: None, *, solid=False):
        for done in (0, 3, 7):
            tell(done, 7)

    monkeypatch.setattr(compilation, "kernels_are_kept", lambda *, solid=False: False)
    monkeypatch.setattr(compilation, "compile_kernels", compile_kernels)


def test_compilation_is_said_in_a_pipe(run, uncompiled, tmp_path):
    result = run("generate", tmp_path / "out", "-n", 1, "--shape", 64, "--seed", 1)
    assert result.exit_code == 0, result.output
    first, second = result.stderr.splitlines()
    assert first == "compiling kernels, once per installation: about half a minute"
    assert second.startswith("kernels are compiled, ")
    assert result.stdout == f"{tmp_path / 'out'}: 1 tile, seed 1\n"


def test_and_by_a_bar_at_a_terminal(run, uncompiled, monkeypatch):
    for module in ("synthem.cli._app", "synthem._progress"):
        monkeypatch.setattr(f"{module}.is_terminal", lambda: True)
    result = run("warmup")
    assert result.exit_code == 0, result.output
    assert "compiling kernels (once)" in result.stderr
    assert "7/7" in result.stderr


def test_what_is_wrong_is_said_before(run, uncompiled, tmp_path):
    result = run("generate", tmp_path / "out", "--style", "epfll")
    assert result.exit_code == 2
    assert result.stderr.startswith("error: ")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("synthem doc", {"doctor"}),
        ("synthem generate --sty", {"--style"}),
        ("synthem generate --style ", {"ac4", "any", "epfl"}),
        ("synthem generate --recipe pa", {"paper", "paper_axons"}),
        ("synthem styles ti", {"tissue"}),
        ("synthem schema ", {"style", "recipe"}),
    ],
)
def test_the_shell_completes(typed, offered):
    words = typed.split(" ")
    asked = {"_SYNTHEM_COMPLETE": "complete_bash", "COMP_WORDS": typed, "COMP_CWORD": str(len(words) - 1)}
    command = [sys.executable, "-c", "from synthem.cli import run; run()"]
    found = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **asked})
    assert offered <= set(found.stdout.split()), found
    assert all(one.startswith(words[-1]) for one in found.stdout.split())
