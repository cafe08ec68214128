"""Sections of the page of a comparison: tables, charts and pictures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from synthem.quality.advice import advice
from synthem.quality.charts import line_chart
from synthem.quality.distances import DistinguishingFeature
from synthem.quality.measurement import Measurement
from synthem.quality.metrics import Metric
from synthem.quality.regions import LAGS
from synthem.quality.texture import POWER_BINS
from synthem.view.document import Document

__all__ = ["add_charts", "add_features", "add_metrics"]

MARKS = {True: "", False: "miss", None: "unknown"}


def add_metrics(page: Document, metrics: Sequence[Metric], halves: Sequence[Metric]) -> None:
    """Add the table of metrics; `halves` are those of one half of the real slices against the other."""
    chance = {metric.name: metric.deviation_text for metric in halves}
    rows = [
        [
            metric.name,
            f"{metric.real:.2f}",
            f"{metric.synthetic:.2f}",
            metric.deviation_text,
            metric.allowed_text,
            chance.get(metric.name, "-"),
        ]
        for metric in metrics
    ]
    head = ["metric", "real", "synthetic", "deviation", "allowed", "two real halves"]
    page.table(head, rows, marks=[MARKS[metric.met] for metric in metrics])


def add_features(page: Document, features: Iterable[DistinguishingFeature]) -> None:
    """Add the table of distinguishing features."""
    rows = [
        [
            item.feature,
            f"{item.separation:.2f}",
            f"{item.effect:+.1f}",
            f"{item.conditional:+.1f}",
            f"{item.real:.4g}",
            f"{item.synthetic:.4g}",
            advice(item),
        ]
        for item in features
    ]
    head = ["feature", "separation", "shift, real sd", "shift given the others", "real", "synthetic", "what it sees"]
    page.table(head, rows, texts=[len(head) - 1])


def add_charts(page: Document, real: Measurement, synthetic: Measurement) -> None:
    """Add charts of the distributions, the power spectrum and the noise."""
    page.charts(_charts(real, synthetic))


def _charts(real: Measurement, synthetic: Measurement) -> Iterable[str]:
    units = {"grey": "grey level", "shapes": "px", "compartments": "px", "arrangement": "px or ratio"}
    for part, unit in units.items():
        one, two = getattr(real, part), getattr(synthetic, part)
        for name in one:
            if name in two and one[name].count and two[name].count:
                curves = {"real": one[name].percentiles[1:-1], "synthetic": two[name].percentiles[1:-1]}
                title = f"{name.replace('_', ' ')}, {unit}"
                yield line_chart(title, range(1, 100), curves, "percentile")
    rings = {"real": _power(real), "synthetic": _power(synthetic)}
    centres = [(k + 0.5) / (2 * POWER_BINS) for k in range(POWER_BINS)]
    yield line_chart("log10 power", centres, rings, "cycles per pixel")
    for axis in ("x", "y"):
        if real.noise and synthetic.noise:
            lags = {"real": real.noise[axis], "synthetic": synthetic.noise[axis]}
            yield line_chart(f"noise autocorrelation, {axis}", list(LAGS), lags, "lag, px")


def _power(side: Measurement) -> list[float]:
    means = dict(zip(side.features.names, side.features.values.mean(axis=0).tolist(), strict=True))
    return [means[f"power_{k:02d}"] for k in range(POWER_BINS)]
