from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from synthem.errors import ConfigError, DataError, OutputError
from synthem.labels import EPFL6
from synthem.quality import Report, compare, cut_tiles
from synthem.quality.advice import advice
from synthem.quality.sheets import pairs, quiz
from synthem.tiles.labelled_image import LabelledImage

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def report(tissue: list[LabelledImage], make_slice: Callable[..., LabelledImage]) -> Report:
    darker = [make_slice(50 + seed, size=256, dark=60.0, noise=14.0) for seed in range(6)]
    return compare(tissue, darker, size=128)


def named(report: Report, name: str) -> float:
    return next(f.deviation for f in report.metrics if f.name == name)


def test_what_differs_is_missed_and_what_agrees_is_met(report: Report) -> None:
    assert named(report, "grey mean, boundaries") == pytest.approx(-36, abs=3)
    assert named(report, "noise sd") == pytest.approx(14 / 8 - 1, abs=0.08)
    states = {f.name: f.met for f in report.metrics}
    assert states["grey mean, boundaries"] is False
    assert states["compartments per tile"] is True
    assert states["membrane area, %"] is True
    assert states["membrane thickness, median"] is True


def test_distances_and_floor_use_equally_many_tiles(report: Report) -> None:
    assert report.distances is not None
    assert report.floor is not None
    assert report.distances.tiles == report.floor.tiles == 12
    assert report.distances.accuracy > 0.95
    assert report.floor.accuracy < 0.75
    assert report.distances.frechet > 3 * report.floor.frechet


def test_two_halves_say_how_sure_a_metric_is(report: Report) -> None:
    halves = {f.name: f for f in report.halves}
    assert set(halves) == {f.name for f in report.metrics}
    assert abs(halves["grey mean, boundaries"].deviation) < 1
    assert halves["grey mean, boundaries"].met


def test_text_names_metrics_and_features(report: Report) -> None:
    text = str(report)
    assert "MISS  grey mean, boundaries" in text
    assert re.search(r"deviation +allowed +halves", text)
    assert re.search(r"grey mean, boundaries .* -3\d\.\d+ +4 ", text)
    assert re.search(r"membrane area, % .* % +10 % ", text)
    assert "distinguishing features, the strongest first" in text
    assert advice(report.distinguishing_features[0]) in text
    assert "axon" in report.notes[0]
    assert repr(report).startswith("<Report: 24 real, 24 synthetic tiles")


def test_json_holds_everything_and_no_nan(report: Report) -> None:
    found = json.loads(report.to_json())
    assert found["real"]["tiles"] == 24
    assert found["distances"]["accuracy"] == report.distances.accuracy  # type: ignore[union-attr]
    assert len(found["distinguishing_features"]) == 82
    assert found["grey_wasserstein"]["boundaries"] == pytest.approx(36, abs=3)
    assert found["quiz_key"] == list(report.quiz_key)
    assert found["real"]["edges"]["psd"].keys() == {"-3", "-1", "1", "4"}


def test_html_needs_no_other_file_and_ends_with_the_key(report: Report) -> None:
    html = report.to_html()
    assert html.count("data:image/png;base64,") == 2
    assert not re.search(r'(src|href)="(?!data:)', html)
    assert html.index("Which is real?") < html.index("<h2>Key</h2>")
    assert "1 " + report.quiz_key[0] in html


def test_save_by_ending(report: Report, tmp_path: Path) -> None:
    report.save(tmp_path / "r.html")
    report.save(tmp_path / "r.json")
    assert (tmp_path / "r.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    with pytest.raises(ConfigError, match=r"`path` must end in \.html or \.json, got"):
        report.save(tmp_path / "r.pdf")
    with pytest.raises(OutputError, match="`path` must lie in a folder"):
        report.save(tmp_path / "r.json" / "r.html")


def test_unlabelled_sides_are_compared_by_the_picture(tissue: list[LabelledImage]) -> None:
    few = tissue[:2]
    blank = [replace(s, masks=np.zeros_like(s.masks), labelled=()) for s in few]
    for real, synthetic, side in ((blank, few, "real"), (few, blank, "synthetic")):
        report = compare(real, synthetic, size=128)
        assert f"no pixel of the {side} side is labelled" in report.notes[0]
        assert {f.name.split(",")[0] for f in report.metrics} == {
            "grey mean",
            "grey sd",
            "noise sd",
            "noise autocorrelation",
        }
        assert "NaN" not in report.to_json()


def test_one_slice_has_no_floor_and_few_tiles_no_distances(tissue: list[LabelledImage]) -> None:
    report = compare(tissue[:1], tissue[1:2], size=128)
    assert report.floor is None
    assert report.halves == ()
    assert report.distances is None
    assert any("one slice" in note for note in report.notes)
    assert "too few tiles" in str(report)
    assert "(`distances` is None): 10 are needed on each side, got 4 real and 4 synthetic ones" in report.to_html()
    assert json.loads(report.to_json())["distances"] is None


def test_errors_name_the_side(tissue: list[LabelledImage]) -> None:
    with pytest.raises(DataError, match="`synthetic`: `source` must hold at least one slice"):
        compare(tissue, [], size=128)
    with pytest.raises(DataError, match="`real`: slice made0000 must be at least 512x512"):
        compare(tissue, tissue, size=512)
    with pytest.raises(ConfigError, match="`tiles` must be at least 10, got 5"):
        compare(tissue, tissue, size=128, tiles=5)


def test_the_quiz_is_half_real_and_its_key_is_right(tissue: list[LabelledImage]) -> None:
    real = cut_tiles(tissue, size=128)
    synthetic = replace(real, images=255 - real.images)
    sheet, key = quiz(real, synthetic, rows=2, columns=3)
    assert sorted(key) == ["real"] * 3 + ["synthetic"] * 3
    assert sheet.shape == (2 * 136 - 8, 3 * 136 - 8, 3)
    for index, side in enumerate(key):
        row, col = divmod(index, 3)
        shown = sheet[row * 136 : row * 136 + 128, col * 136 : col * 136 + 128, 0]
        tiles = real if side == "real" else synthetic
        assert any(np.array_equal(shown, image) for image in tiles.images)


def test_the_quiz_of_very_few_tiles(make_slice: Callable[..., LabelledImage]) -> None:
    one = cut_tiles([make_slice(1)], size=128)
    _, key = quiz(one, one)
    assert sorted(key) == ["real", "synthetic"]
    assert pairs(one, one).shape == (128, 4 * 136 - 8, 3)


@pytest.mark.parametrize("classes", [("boundaries",), ("mitochondria",), ("boundaries", "psd")])
def test_tiles_equal_themselves_where_some_classes_are_not_labelled(
    tissue: list[LabelledImage], classes: tuple[str, ...]
) -> None:
    known = np.array([name in classes for name in EPFL6.names])[:, None, None]
    few = tissue[:2]
    real = [replace(item, masks=item.masks & known, labelled=classes) for item in few]
    found = compare(real, few, size=128)
    assert {f.name: f.deviation for f in found.metrics if f.deviation and not np.isnan(f.deviation)} == {}


def test_a_bar_counts_every_piece_of_the_work(make_slice: Callable[..., LabelledImage], capsys) -> None:
    slices = [make_slice(seed) for seed in range(20)]  # enough tiles for the floor as well
    compare(slices, slices[:10], size=128, progress=True)
    shown = capsys.readouterr().err
    total = 4 * (20 + 10) + 3 * 20 + 2 * 20
    assert f"{total}/{total}" in shown.split("comparing")[-1]
    compare(slices[:1], slices[:1], size=128)  # one tile a side
    assert capsys.readouterr() == ("", "")
