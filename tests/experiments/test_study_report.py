import csv
from dataclasses import replace

import numpy as np
import pytest

from synthem.experiments.curves import Curve, curve, noise_of, smallest_within_noise
from synthem.experiments.execution import train_missing
from synthem.experiments.published import PUBLISHED
from synthem.experiments.results import Results
from synthem.experiments.study import StudyConfig
from synthem.experiments.study_data import load_study_data
from synthem.experiments.study_report import write_report
from synthem.experiments.summary import summary_rows

pytestmark = pytest.mark.slow


def _rows(values):
    return [
        {"experiment": 0 if n == 0 else 2, "real": 5, "synthetic": n, "seed": s, "class": "axon", "dice": d}
        for n, dice in values.items()
        for s, d in enumerate(dice)
    ]


def test_a_curve_is_mean_and_spread_over_seeds():
    points = curve(_rows({0: [0.1, 0.3], 30: [0.5, 0.5], 60: [0.6]}), experiment=2, real=5, name="axon")
    assert points.synthetic.tolist() == [0, 30, 60]
    np.testing.assert_allclose(points.mean, [0.2, 0.5, 0.6])
    np.testing.assert_allclose(points.spread, [np.sqrt(0.02), 0, 0])
    assert points.seeds.tolist() == [2, 2, 1]
    assert points.at(30) == 0.5
    assert np.isnan(points.at(90))
    assert len(curve(_rows({0: [1.0]}), experiment=2, real=5, name="psd")) == 0


def test_sets_without_synthetic_tiles_belong_to_both_experiments():
    assert curve(_rows({0: [0.1], 30: [0.5]}), experiment=1, real=5, name="axon").synthetic.tolist() == [0]


def test_noise_is_pooled_over_sets():
    points = curve(_rows({0: [0.1, 0.3], 30: [0.5, 0.5], 60: [0.6]}), experiment=2, real=5, name="axon")
    assert noise_of([points]) == pytest.approx(np.sqrt(0.02 / 2))
    assert np.isnan(noise_of([curve(_rows({0: [0.1]}), experiment=2, real=5, name="axon")]))


def test_smallest_number_within_the_noise_of_the_best():
    points = Curve(
        synthetic=np.array([0, 30, 60, 90]),
        mean=np.array([0.2, 0.68, 0.7, 0.72]),
        spread=np.zeros(4),
        seeds=np.full(4, 5),
    )
    assert smallest_within_noise(points, 0.04) == 30  # 2 * 0.04 * sqrt(2 / 5) = 0.051
    assert smallest_within_noise(points, 0.02) == 60
    assert smallest_within_noise(points, 0.001) == 90
    assert smallest_within_noise(points, float("nan")) is None


def test_the_summary_is_mean_and_spread_over_seeds():
    kinds = {"dice_pooled": 0.5, "dice_recalibrated": float("nan"), "dice_recalibrated_pooled": float("nan")}
    rows = [row | kinds for row in _rows({0: [0.1, 0.3], 30: [0.5]})]
    rows[0] |= {"dice_recalibrated": 0.4, "dice_recalibrated_pooled": 0.6}
    first, second = summary_rows(rows)
    assert (first["experiment"], first["synthetic"], first["class"], first["seeds"]) == (0, 0, "axon", 2)
    assert (first["dice"], first["dice_sd"], first["dice_pooled"]) == ("0.200", "0.141", "0.500")
    assert (first["dice_recalibrated"], first["dice_recalibrated_sd"]) == ("0.400", "")
    assert (second["seeds"], second["dice"], second["dice_sd"], second["dice_recalibrated"]) == (1, "0.500", "", "")


@pytest.fixture(scope="module")
def finished(tiny, little_epfl6, little_tiles, tmp_path_factory):
    study = StudyConfig(
        experiments=(1, 2),
        real=(1,),
        synthetic=(0, 4),
        seeds=1,
        pool=4,
        tile=64,
        training=tiny,
        axons_per_slice=(2,),
    )
    data = load_study_data(study, data=little_epfl6, generator=str(little_tiles), train_slices=["4"])
    results = Results(tmp_path_factory.mktemp("out"), {**study.identity(), **data.describe()})
    list(train_missing(results, data, study, study.runs(), device="cpu", group=12))
    return results, data, study


@pytest.fixture(scope="module")
def report(finished):
    return write_report(*finished, notes=["A note."])


@pytest.mark.slow
def test_the_report_holds_all_figures_and_tables(finished, report):
    results, _data, study = finished
    paths = report
    assert [p.name for p in paths] == ["report.md", "report.html", "counts.csv", "counts_per_tile.csv", "summary.csv"]
    text = paths[0].read_text()
    assert "A note." in text
    assert f"{len(study.runs())} of {len(study.runs())} trainings" in text
    for number in (3, 4, 5, 6, 7, 8, 9):
        assert f"figure-{number}.png" in text
        assert (results.folder / f"figure-{number}.png").stat().st_size > 2000
    for claim in PUBLISHED:
        assert claim.text in text
    page = paths[1].read_text()
    assert page.count("data:image/png;base64") == text.count("](")
    assert "http" not in page
    with paths[2].open() as file:
        rows = list(csv.DictReader(file))
    axons = {(r["experiment"], r["real"], r["synthetic"]): r for r in rows if r["class"] == "axon"}
    assert (axons["2", "1", "4"]["real_objects"], axons["2", "1", "4"]["synthetic_objects"]) == ("2", "8")


@pytest.mark.slow
def test_the_same_results_give_the_same_report(finished, report):
    first = [p.read_bytes() for p in report]
    assert first == [p.read_bytes() for p in write_report(*finished, notes=["A note."])]


def test_a_second_test_has_figures_and_columns_of_its_own(finished, tmp_path):
    results, data, study = finished
    again = Results(tmp_path / "again", results.identity)
    both = replace(study, recalibrate=True, experiments=(2,))
    list(train_missing(again, data, both, both.runs(), device="cpu", group=12))
    text = write_report(again, data, both)[0].read_text()
    assert "batch norm recalibrated | verdict" in text
    assert "With batch norm recalibrated: mean over test slices" in text
    for number in (7, 8, 9):
        assert f"figure-{number}-recalibrated.png" in text
    with (again.folder / "summary.csv").open() as file:
        assert all(row["dice_recalibrated"] for row in csv.DictReader(file))


def test_a_report_of_nothing_says_so(finished, tmp_path):
    results, data, study = finished
    empty = Results(tmp_path / "empty", results.identity)
    text = write_report(empty, data, study)[0].read_text()
    assert f"0 of {len(study.runs())} trainings" in text
    assert "not trained" in text
    assert "](" not in text
