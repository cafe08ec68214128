"""The code blocks of README and docs run, and so do the examples in docstrings."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import synthem

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
SLOW_PAGES = {"realism.md", "fit_your_microscope.md", "training.md"}
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
MODULES = sorted(module.name for module in pkgutil.walk_packages(synthem.__path__, "synthem."))
SLOW = re.compile(r"synthem\.(experiments\b|torch\b|calibration\.|quality\.comparison)")
"""Modules that import torch or matplotlib, or whose examples take longer."""
OPTIONAL = {"torch", "torchdata", "matplotlib", "pooch", "safetensors", "requests", "starlette", "uvicorn"}
"""Packages of extras, without which pages and examples are skipped."""


@pytest.mark.filterwarnings("ignore::synthem.errors.PlacementWarning")
@pytest.mark.filterwarnings("ignore:'set_vital' is deprecated")  # said by torch of torchdata
@pytest.mark.parametrize(
    "page",
    [
        pytest.param(page, marks=[pytest.mark.slow] if page.name in SLOW_PAGES else [])
        for page in PAGES
        if BLOCK.search(page.read_text())
    ],
    ids=lambda p: str(p.relative_to(ROOT)),
)
def test_python_blocks_run(page, tmp_path, monkeypatch):
    """Blocks of one page share their names, as a reader would type them one after the other."""
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for match in BLOCK.finditer(page.read_text()):
        line = page.read_text()[: match.start()].count("\n") + 1
        try:
            exec(compile("\n" * line + match.group(1), str(page), "exec"), names)
        except ModuleNotFoundError as error:
            if error.name in OPTIONAL:
                pytest.skip(f"{page.name} needs {error.name}")
            raise
    assert len(names) > 1, "the blocks define nothing"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_relative_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"


@pytest.mark.filterwarnings("ignore::synthem.errors.PlacementWarning")
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] if SLOW.match(name) else []) for name in MODULES]
)
def test_docstring_examples_run(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    try:
        module = importlib.import_module(name)
    except ImportError as error:
        if error.name in OPTIONAL:
            pytest.skip(f"{name} needs {error.name}")
        raise
    result = doctest.testmod(module, optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    assert result.failed == 0
