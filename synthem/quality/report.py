"""The result of a comparison: a value, shown as text, JSON or HTML."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthem._files import check_file, write_file
from synthem.quality.advice import advice
from synthem.quality.distances import Distances, DistinguishingFeature
from synthem.quality.distribution import Distribution
from synthem.quality.edges import DISTANCES
from synthem.quality.measurement import Measurement
from synthem.quality.metrics import Metric
from synthem.quality.page import add_charts, add_features, add_metrics
from synthem.view.document import Document
from synthem.view.sheets import encode_png

__all__ = ["Report"]

SHOWN_FEATURES = 15
PARTS = ("grey", "areas", "counts", "compartments", "shapes", "arrangement")


@dataclass(frozen=True, eq=False, kw_only=True)
class Report:
    """How far synthetic tiles are from real ones, and which features distinguish them.

    Attributes
    ----------
    real, synthetic : Measurement
        All measurements of each side.
    metrics : tuple of Metric
        The metrics of both sides, with the allowed deviations.
    halves : tuple of Metric
        The same metrics for two halves of the real slices; a deviation no larger than theirs may be chance. Empty
        with one real slice.
    distances : Distances or None
        Classifier accuracy and Fréchet distance; None with fewer than 10 tiles on a side, which a note then says.
    floor : Distances or None
        The same between two halves of the real slices; None with one real slice, or fewer than 10 tiles in a half.
    distinguishing_features : tuple of DistinguishingFeature
        All features, the one that distinguishes the sides best first.
    notes : tuple of str
        What could not be compared, and why.
    pairs : (H, W, 3) uint8 array
        Real tiles, their labels, synthetic tiles, their labels.
    quiz : (H, W, 3) uint8 array
        Real and synthetic tiles in random order.
    quiz_key : tuple of str
        What each tile of the quiz is, row by row.
    """

    real: Measurement
    synthetic: Measurement
    metrics: tuple[Metric, ...]
    halves: tuple[Metric, ...]
    distances: Distances | None
    floor: Distances | None
    distinguishing_features: tuple[DistinguishingFeature, ...]
    notes: tuple[str, ...]
    pairs: NDArray[np.uint8]
    quiz: NDArray[np.uint8]
    quiz_key: tuple[str, ...]

    def __repr__(self) -> str:
        missed = sum(metric.met is False for metric in self.metrics)
        return (
            f"<Report: {self.real.tiles} real, {self.synthetic.tiles} synthetic tiles; "
            f"{missed} of {len(self.metrics)} metrics missed>"
        )

    def __str__(self) -> str:
        """Return the metrics, the distances and the strongest distinguishing features as text."""
        chance = {metric.name: metric.deviation_text for metric in self.halves}
        head = f"{'':5} {'metric':38} {'real':>9} {'synthetic':>9} {'deviation':>10} {'allowed':>8} {'halves':>10}"
        lines = [head, *(f"{_line(metric)} {chance.get(metric.name, '-'):>10}" for metric in self.metrics)]
        lines += ["", *self.verdicts(), "", "distinguishing features, the strongest first:"]
        for item in self.distinguishing_features[:SHOWN_FEATURES]:
            lines.append(f"  {item.feature:24} separation {item.separation:.2f}  {advice(item)}")
        lines += ["", "the same by their shift given all other features, in sd of the residual:"]
        for item in self.joint_distinguishing_features[:SHOWN_FEATURES]:
            lines.append(f"  {item.feature:24} {item.conditional:+.1f}")
        return "\n".join([*lines, *(f"note: {note}" for note in self.notes)])

    @property
    def joint_distinguishing_features(self) -> tuple[DistinguishingFeature, ...]:
        """The distinguishing features, ordered by their shift given all other features."""
        return tuple(sorted(self.distinguishing_features, key=lambda item: -abs(item.conditional)))

    def verdicts(self) -> list[str]:
        """Return one sentence for the distances and one for their floor; none if there are too few tiles."""
        if self.distances is None:
            return []  # a note says why
        found = [
            f"two-sample accuracy {self.distances.accuracy:.2f} (0.5 is chance), "
            f"Fréchet distance {self.distances.frechet:.1f}: {self.distances.tiles} against "
            f"{self.distances.tiles} tiles, median of {self.distances.draws} draws"
        ]
        if self.floor is not None:
            found.append(
                f"between two halves of the real slices: {self.floor.accuracy:.2f} and "
                f"{self.floor.frechet:.1f}, {self.floor.tiles} against {self.floor.tiles} tiles"
            )
        return found

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the pictures, as values for JSON; None stands for unknown numbers."""
        grey = self.real.grey
        shared = [name for name in grey if name in self.synthetic.grey]
        found = {
            "real": _side(self.real),
            "synthetic": _side(self.synthetic),
            "metrics": [{**asdict(f), "deviation": f.deviation, "met": f.met} for f in self.metrics],
            "halves": [{**asdict(f), "deviation": f.deviation} for f in self.halves],
            "grey_wasserstein": {name: grey[name].wasserstein(self.synthetic.grey[name]) for name in shared},
            "distances": asdict(self.distances) if self.distances else None,
            "floor": asdict(self.floor) if self.floor else None,
            "distinguishing_features": [{**asdict(f), "advice": advice(f)} for f in self.distinguishing_features],
            "notes": list(self.notes),
            "quiz_key": list(self.quiz_key),
        }
        cleaned: dict[str, Any] = _without_nan(found)
        return cleaned

    def to_json(self) -> str:
        """Return `to_dict` as indented JSON text."""
        return json.dumps(self.to_dict(), indent=1, allow_nan=False)

    def to_html(self) -> str:
        """Return a page that needs no other file."""
        real, synthetic = self.real, self.synthetic
        page = Document("Real and synthetic tiles")
        page.paragraphs(
            f"{real.tiles} real tiles from {real.slices} slices, {synthetic.tiles} synthetic tiles from "
            f"{synthetic.slices}; all cut to the same size and measured by the same code.",
            *self.verdicts(),
            *self.notes,
        )
        page.heading("Which is real?")
        page.paragraphs("Tiles are counted row by row, from the top left; the key is at the end of the page.")
        page.picture(encode_png(self.quiz), "real and synthetic tiles in random order", pixels=True)
        page.heading("Metrics")
        add_metrics(page, self.metrics, self.halves)
        page.heading("Distinguishing features")
        strongest, joint = self.distinguishing_features, self.joint_distinguishing_features
        add_features(page, dict.fromkeys((*strongest[:SHOWN_FEATURES], *joint[:SHOWN_FEATURES])))
        page.heading("Distributions: real in black, synthetic in red")
        add_charts(page, real, synthetic)
        page.heading("Side by side")
        page.paragraphs("Real and its labels | synthetic and its labels, at the same scale.")
        page.picture(encode_png(self.pairs), "real and synthetic tiles, each beside its labels", pixels=True)
        page.heading("Key")
        page.paragraphs(", ".join(f"{index} {side}" for index, side in enumerate(self.quiz_key, 1)))
        return page.to_html()

    def save(self, path: str | Path) -> None:
        """Write the report.

        Parameters
        ----------
        path : path
            File ending in ``.html`` or ``.json``; replaced if it exists.

        Raises
        ------
        ConfigError
            If the ending is another one.
        OutputError
            If the file cannot be written.
        """
        target = check_file("path", path, ".html", ".json")
        write_file(target, self.to_html() if target.suffix.lower() == ".html" else self.to_json())


def _line(metric: Metric) -> str:
    mark = {True: "ok", False: "MISS", None: "-"}[metric.met]
    values = f"{metric.real:9.2f} {metric.synthetic:9.2f} {metric.deviation_text:>10} {metric.allowed_text:>8}"
    return f"{mark:5} {metric.name:38} {values}"


def _side(side: Measurement) -> dict[str, Any]:
    found: dict[str, Any] = {"tiles": side.tiles, "slices": side.slices, "noise": side.noise}
    found["edges"] = {name: dict(zip(DISTANCES, greys, strict=True)) for name, greys in side.edges.items()}
    for part in PARTS:
        found[part] = {name: _summary(values) for name, values in getattr(side, part).items()}
    means = side.features.values.mean(axis=0).tolist()
    found["features"] = dict(zip(side.features.names, means, strict=True))
    return found


def _summary(values: Distribution) -> dict[str, float]:
    quantiles = {f"q{level:02d}": values.percentile(level) for level in (5, 25, 50, 75, 95)}
    return {"count": values.count, "mean": values.mean, "sd": values.sd, **quantiles}


def _without_nan(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(item) for item in value]
    return value
