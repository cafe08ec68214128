"""Type checkers understand what a user writes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import synthem

SCRIPT = Path(__file__).with_name("user_script.py")


@pytest.mark.slow
def test_a_script_of_a_user_passes_mypy_strict(tmp_path):
    pytest.importorskip("mypy")
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.read_text() + "\nsynthem.generate(3).images.shaep\nsynthem.Axon(radius_nm='10')\n")
    root = Path(synthem.__file__).parents[1]  # its cache, which is that of its own check
    settings = ("--strict", "--config-file", str(root / "pyproject.toml"), "--cache-dir", str(root / ".mypy_cache"))
    here = {**os.environ, "MYPYPATH": str(root)}
    command = [sys.executable, "-m", "mypy", *settings, "--no-error-summary", str(script)]
    found = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, env=here).stdout
    wrong = [line for line in found.splitlines() if line.startswith("script.py:") and "error:" in line]
    last = script.read_text().count("\n")
    assert [int(line.split(":")[1]) for line in wrong] == [last - 1, last], found
