"""The short examples run, and each shows a picture."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

EXAMPLES = sorted(
    path for path in (Path(__file__).parents[1] / "examples").glob("*.py") if "__main__" not in path.read_text()
)
SLOW = {"compare_with_slices"}


@pytest.fixture
def pyplot():
    pyplot = pytest.importorskip("matplotlib.pyplot")
    pyplot.switch_backend("Agg")
    yield pyplot
    pyplot.close("all")


def test_there_are_ten():
    assert len(EXAMPLES) >= 10


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_they_are_short(path):
    text = path.read_text()
    assert 10 <= text.count("\n") <= 40
    assert text.startswith('"""\n'), "the gallery takes the title from there"


@pytest.mark.filterwarnings("ignore:FigureCanvasAgg is non-interactive", "ignore::synthem.errors.PlacementWarning")
@pytest.mark.parametrize(
    "path",
    [pytest.param(path, marks=[pytest.mark.slow] if path.stem in SLOW else []) for path in EXAMPLES],
    ids=lambda path: path.stem,
)
def test_they_run_and_show_a_picture(path, pyplot, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(path))
    drawn = [place for number in pyplot.get_fignums() for place in pyplot.figure(number).axes if place.has_data()]
    assert drawn
    assert list(tmp_path.iterdir()) == []
