"""The report of a study: the published numbers beside ours, figures and tables."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from synthem._files import write_file
from synthem.experiments.counting import Counts
from synthem.experiments.curves import Curve, curve, noise_of, smallest_within_noise
from synthem.experiments.execution import read_predictions
from synthem.experiments.plots import FIGURES, draw_figure, draw_overlays, draw_pooled, draw_share
from synthem.experiments.published import PUBLISHED, Published
from synthem.experiments.results import Results
from synthem.experiments.study import Run, StudyConfig
from synthem.experiments.study_data import StudyData
from synthem.experiments.summary import summary_rows
from synthem.labels import EPFL6
from synthem.view.document import Document

__all__ = ["write_report"]


VALUES: Final = {"dice": "As trained", "dice_recalibrated": "With batch norm recalibrated"}
"""Columns of Dice, and what they are."""

NEAR: Final = 0.02
"""Two Dice values within this, or within twice the noise over seeds, count as the same."""


class _SetCounts:
    """Organelles in every training set."""

    def __init__(self, data: StudyData) -> None:
        self.real, self.synthetic = data.counts()

    def objects(self, experiment: int, real: int, synthetic: int, name: str) -> int:
        """Return the number of objects of a class in a set."""
        return self._sum("objects", experiment, real, synthetic, EPFL6.index(name))

    def tiles(self, real: int) -> int:
        """Return the real tiles in a set."""
        return sum(len(c) for c in self.real[:real])

    def _sum(self, what: str, experiment: int, real: int, synthetic: int, channel: int) -> int:
        total = sum(int(getattr(c, what)[:, channel].sum()) for c in self.real[:real])
        if synthetic:
            total += int(getattr(self.synthetic[experiment].first(synthetic), what)[:, channel].sum())
        return total

    def rows(self, sets: Sequence[tuple[int, int, int]]) -> list[dict[str, Any]]:
        """Return one row per set and class, real and synthetic apart."""
        return [
            {
                "experiment": experiment,
                "real": real,
                "synthetic": synthetic,
                "class": name,
                "real_objects": self._sum("objects", experiment, real, 0, k),
                "real_area": self._sum("area", experiment, real, 0, k),
                "synthetic_objects": self._sum("objects", experiment, 0, synthetic, k),
                "synthetic_area": self._sum("area", experiment, 0, synthetic, k),
            }
            for experiment, real, synthetic in sets
            for k, name in enumerate(EPFL6.names)
        ]

    def per_tile(self) -> dict[str, Counts]:
        """Return the counts of every tile, by the name of its source."""
        real = {f"real slice {k + 1}": c for k, c in enumerate(self.real)}
        return {**real, **{f"synthetic, experiment {e}": c for e, c in sorted(self.synthetic.items())}}


def write_report(results: Results, data: StudyData, study: StudyConfig, *, notes: Sequence[str] = ()) -> list[Path]:
    """Draw the figures and write the tables and the report.

    Parameters
    ----------
    results : Results
        The results so far; the report says what is missing.
    data : StudyData
        Training and test data.
    study : StudyConfig
        The requested grid.
    notes : sequence of str
        Remarks for the top of the report, such as differences from the paper.

    Returns
    -------
    list of Path
        ``report.md``, ``report.html`` and the tables ``counts.csv``, ``counts_per_tile.csv`` and ``summary.csv``.
    """
    every = results.rows()
    shown = (0, *data.pools)
    rows = [row for row in every if row["experiment"] in shown and row["real"] <= len(data.train)]
    counts = _SetCounts(data)
    page = Document("Ratio study: real and synthetic tiles")
    if len(rows) < len(every):
        notes = [*notes, "The folder also holds trainings of other experiments or sets, which this report leaves out."]
    page.paragraphs(*notes)
    _summary(page, rows, data, study)
    _published(page, rows, counts)
    _answers(page, rows, counts)
    _figures(page, rows, counts, results.folder)
    _overlay_figure(page, rows, data, results.folder)
    summary = summary_rows(rows)
    _dice_table(page, summary)
    tables = [*_write_counts(counts, rows, results.folder), _write_table(summary, results.folder / "summary.csv")]
    _count_tables(page, counts)
    texts = {"report.md": page.to_markdown(), "report.html": page.to_html()}
    for name, text in texts.items():
        write_file(results.folder / name, text)
    return [*(results.folder / name for name in texts), *tables]


def _summary(page: Document, rows: Sequence[Mapping[str, Any]], data: StudyData, study: StudyConfig) -> None:
    trained = {(r["experiment"], r["real"], r["synthetic"], r["seed"]) for r in rows}
    wanted = study.runs()
    missing = [c for c in wanted if (c.experiment, c.real, c.synthetic, c.seed) not in trained]
    page.paragraphs(
        f"{len(wanted) - len(missing)} of {len(wanted)} trainings of {study.training.steps} steps of batch "
        f"{study.training.batch} are in. Training slices: {', '.join(s.name for s in data.train)}. Test slices: "
        f"{', '.join(s.name for s in data.test)}.",
        f"Tiles are cut with stride {study.stride}. The paper says stride 128 and also 1170 tiles of 10 slices; only "
        "stride 64 gives 1170, and only it fits the published axon counts.",
    )


def _curves(rows: Sequence[Mapping[str, Any]], experiment: int, name: str, value: str = "dice") -> dict[int, Curve]:
    reals = sorted({int(r["real"]) for r in rows})
    found = {real: curve(rows, experiment=experiment, real=real, name=name, value=value) for real in reals}
    return {real: points for real, points in found.items() if (points.synthetic > 0).any()}


def _published(page: Document, rows: Sequence[Mapping[str, Any]], counts: _SetCounts) -> None:
    page.heading("Published numbers beside ours")
    values = [value for value in VALUES if value == "dice" or _is_recalibrated(rows)]
    lines = []
    for claim in PUBLISHED:
        sign = {"equals": "", "over": "> ", "under": "< "}[claim.sense]
        line = [str(claim.experiment), claim.text, f"{sign}{claim.value:g}"]
        for value in values:
            curves = _curves(rows, claim.experiment, claim.name, value)
            ours, where = _ours(claim, curves, counts)
            mine = "not trained" if np.isnan(ours) else f"{ours:.3f} ({where})"
            line += [mine, _verdict(claim, ours, noise_of(list(curves.values())))]
        lines.append(line)
    more = ["batch norm recalibrated", "verdict"] * (len(values) - 1)
    page.table(
        ["experiment", "what", "published", "ours", "verdict", *more], lines, texts=[1, *range(3, 5 + len(more))]
    )
    page.paragraphs(f"The same: within {NEAR:g} or twice the noise over seeds. Dice is the mean over test slices.")


def _is_recalibrated(rows: Sequence[Mapping[str, Any]]) -> bool:
    """Return whether any network was tested a second time."""
    return any(not np.isnan(float(row["dice_recalibrated"])) for row in rows)


def _ours(claim: Published, curves: Mapping[int, Curve], counts: _SetCounts) -> tuple[float, str]:
    """Return our figure for a claim and the set it comes from; NaN where nothing fits."""
    fitting = [
        (points.at(n), f"{real} slices, {n} synthetic")
        for real, points in curves.items()
        if claim.real == real or (claim.real is None and real > 0)
        for n in points.synthetic.tolist()
        if claim.synthetic in (None, n)
        and (claim.axons is None or counts.objects(claim.experiment, 0, n, "axon") >= claim.axons)
    ]
    return (max if claim.axons is None else min)(fitting, default=(float("nan"), ""))


def _verdict(claim: Published, ours: float, noise: float) -> str:
    if np.isnan(ours):
        return "-"
    margin = max(NEAR, 2 * noise if np.isfinite(noise) else 0.0)
    difference = ours - claim.value
    same = {"equals": abs(difference) <= margin, "over": difference >= -margin, "under": difference <= margin}
    return "the same" if same[claim.sense] else f"differs by {difference:+.3f}"


def _answers(page: Document, rows: Sequence[Mapping[str, Any]], counts: _SetCounts) -> None:
    page.heading("How many synthetic tiles?")
    lines = []
    for experiment in (1, 2):
        for name in ("axon", "psd"):
            curves = _curves(rows, experiment, name)
            noise = noise_of(list(curves.values()))
            for real, points in curves.items():
                best = int(points.synthetic[np.argmax(points.mean)])
                enough = smallest_within_noise(points, noise)
                real_tiles = counts.tiles(real)
                share = "-" if enough is None else f"{100 * enough / max(enough + real_tiles, 1):.0f} %"
                lines.append(
                    [
                        *(str(experiment), name, str(real)),
                        f"{points.at(0):.3f}" if real else "-",
                        f"{points.mean.max():.3f} with {best}",
                        "unknown: one seed" if enough is None else str(enough),
                        share,
                        "-" if np.isnan(noise) else f"{noise:.3f}",
                    ]
                )
    head = [
        "experiment",
        "class",
        "real slices",
        "without synthetic",
        "best",
        "smallest within noise",
        "share",
        "noise",
    ]
    page.table(head, lines)
    page.paragraphs(
        "Smallest within noise: the fewest synthetic tiles whose mean Dice is less than two standard errors under the "
        "best. Noise: standard deviation over seeds, pooled over the sets."
    )


def _figures(page: Document, rows: Sequence[Mapping[str, Any]], counts: _SetCounts, folder: Path) -> None:
    page.heading("Figures")
    specs = [*FIGURES]
    if _is_recalibrated(rows):
        specs += [spec.recalibrated for spec in FIGURES if spec.value == "dice"]
    for spec in specs:
        path = draw_figure(spec, rows, counts.objects, folder / f"figure-{spec.number}.png")
        if path is not None:
            _add_picture(page, path, f"Figure {spec.number}. {spec.title}.")
    for experiment in (1, 2):
        path = draw_share(rows, experiment, counts.tiles, folder / f"share-{experiment}.png")
        if path is not None:
            _add_picture(page, path, f"Share of synthetic tiles, experiment {experiment}.")
        path = draw_pooled(rows, experiment, folder / f"pooled-{experiment}.png")
        if path is not None:
            _add_picture(page, path, f"Dice pooled over slices beside the mean of slices, experiment {experiment}.")


def _add_picture(page: Document, path: Path, caption: str) -> None:
    page.picture(path.read_bytes(), caption, file=path.name, caption=caption)


def _overlay_figure(page: Document, rows: Sequence[Mapping[str, Any]], data: StudyData, folder: Path) -> None:
    real = max((int(r["real"]) for r in rows), default=0)
    done = sorted({(r["experiment"], r["synthetic"]) for r in rows if r["real"] == real and r["seed"] == 0})
    columns = {}
    for experiment, synthetic in done[:1] + done[1:][-2:]:
        predictions = read_predictions(folder, Run(experiment, real, synthetic, 0))
        if predictions is not None:
            columns[f"experiment {experiment or '1 and 2'}: {real} slices + {synthetic}"] = predictions
    path = draw_overlays(data.test, columns, EPFL6.index("axon"), folder / "figure-6.png")
    if path is not None:
        _add_picture(page, path, "Figure 6. Axons, seed 0: green right, red wrong, orange missed.")


def _dice_table(page: Document, summary: Sequence[Mapping[str, Any]]) -> None:
    page.heading("Dice of every set")
    sets = dict.fromkeys((row["experiment"], row["real"], row["synthetic"]) for row in summary)
    for value, title in VALUES.items():
        if value != "dice" and not any(row[value] for row in summary):
            continue
        lines = []
        for key in sets:
            mine = [row for row in summary if (row["experiment"], row["real"], row["synthetic"]) == key]
            lines.append([str(key[0] or "1 and 2"), *map(str, key[1:]), *(_cell(row, value) for row in mine)])
        page.table(["experiment", "real slices", "synthetic tiles", *EPFL6.names], lines)
        page.paragraphs(
            f"{title}: mean over test slices ± standard deviation over seeds; in brackets, pooled over slices."
        )


def _cell(row: Mapping[str, Any], value: str) -> str:
    spread = f" ± {row[f'{value}_sd']}" if row[f"{value}_sd"] else ""
    return f"{row[value]}{spread} ({row[f'{value}_pooled']})"


def _count_tables(page: Document, counts: _SetCounts) -> None:
    page.heading("Organelles")
    lines = [
        [source, *(f"{row['objects']} ({row['objects_per_tile']:.2f})" for row in c.rows())]
        for source, c in counts.per_tile().items()
    ]
    page.table(["source", *EPFL6.names], lines)
    page.paragraphs("Objects in all tiles (per tile); an object counts in every tile that shows it.")


def _write_counts(counts: _SetCounts, rows: Sequence[Mapping[str, Any]], folder: Path) -> list[Path]:
    sets = sorted({(r["experiment"], r["real"], r["synthetic"]) for r in rows})
    per_tile = [
        {"source": source, "tile": n, "class": name, "objects": int(c.objects[n, k]), "area": int(c.area[n, k])}
        for source, c in counts.per_tile().items()
        for n in range(len(c))
        for k, name in enumerate(EPFL6.names)
    ]
    tables = {"counts.csv": counts.rows(sets), "counts_per_tile.csv": per_tile}
    return [_write_table(table, folder / name) for name, table in tables.items()]


def _write_table(table: Sequence[Mapping[str, Any]], path: Path) -> Path:
    text = io.StringIO()
    if table:
        writer = csv.DictWriter(text, list(table[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)
    write_file(path, text.getvalue().encode())
    return path
