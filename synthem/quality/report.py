"""The result of a comparison, as a value, a table, JSON and HTML."""

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
from synthem.quality.distances import Distances, Giveaway
from synthem.quality.distribution import Distribution
from synthem.quality.edges import DISTANCES
from synthem.quality.figures import Figure
from synthem.quality.measurement import Measurement

__all__ = ["Report"]

SHOWN_GIVEAWAYS = 15
PARTS = ("grey", "areas", "counts", "compartments", "shapes", "arrangement")


@dataclass(frozen=True, eq=False, kw_only=True)
class Report:
    """How far synthetic tiles are from real ones, and what gives them away.

    Attributes
    ----------
    real, synthetic : Measurement
        All figures of each side.
    figures : tuple of Figure
        The table of both sides with the allowed deviations.
    halves : tuple of Figure
        The same figures of one half of the real slices against the other: how sure they are. Empty with one
        slice.
    distances : Distances or None
        Classifier accuracy and Fréchet distance; None with fewer than 10 tiles on a side.
    floor : Distances or None
        The same between two halves of the real slices; None with one slice or too few tiles.
    giveaways : tuple of Giveaway
        All features, the one that gives most away first.
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
    figures: tuple[Figure, ...]
    halves: tuple[Figure, ...]
    distances: Distances | None
    floor: Distances | None
    giveaways: tuple[Giveaway, ...]
    notes: tuple[str, ...]
    pairs: NDArray[np.uint8]
    quiz: NDArray[np.uint8]
    quiz_key: tuple[str, ...]

    def __repr__(self) -> str:
        missed = sum(figure.met is False for figure in self.figures)
        return (
            f"<Report: {self.real.tiles} real, {self.synthetic.tiles} synthetic tiles; "
            f"{missed} of {len(self.figures)} figures missed>"
        )

    def __str__(self) -> str:
        """Return the table of figures, the distances and the worst give-aways as text."""
        floor = {figure.name: deviation_text(figure) for figure in self.halves}
        lines = [f"{'':5} {'figure':38} {'real':>9} {'synthetic':>9} {'deviation':>10} {'halves':>10}"]
        lines += [f"{_line(figure)} {floor.get(figure.name, '-'):>10}" for figure in self.figures]
        lines += ["", *self.verdicts(), "", "what gives most away:"]
        lines += [
            f"  {g.feature:24} separation {g.separation:.2f}  {advice(g)}" for g in self.giveaways[:SHOWN_GIVEAWAYS]
        ]
        lines += ["", "what is off given all other features, in sd of the residual:"]
        lines += [f"  {g.feature:24} {g.conditional:+.1f}" for g in self.joint_giveaways[:SHOWN_GIVEAWAYS]]
        return "\n".join([*lines, *(f"note: {note}" for note in self.notes)])

    @property
    def joint_giveaways(self) -> tuple[Giveaway, ...]:
        """The give-aways, the one most off given all others first."""
        return tuple(sorted(self.giveaways, key=lambda g: -abs(g.conditional)))

    def verdicts(self) -> list[str]:
        """Return one sentence for each distance."""
        if self.distances is None:
            return ["too few tiles for the two-sample test and the Fréchet distance"]
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
        """Return everything but the pictures as JSON-able values; None for what is not known."""
        grey = self.real.grey
        shared = [name for name in grey if name in self.synthetic.grey]
        found = {
            "real": _side(self.real),
            "synthetic": _side(self.synthetic),
            "figures": [{**asdict(f), "deviation": f.deviation, "met": f.met} for f in self.figures],
            "halves": [{**asdict(f), "deviation": f.deviation} for f in self.halves],
            "grey_wasserstein": {name: grey[name].wasserstein(self.synthetic.grey[name]) for name in shared},
            "distances": asdict(self.distances) if self.distances else None,
            "floor": asdict(self.floor) if self.floor else None,
            "giveaways": [{**asdict(g), "advice": advice(g)} for g in self.giveaways],
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
        from synthem.quality.page import page

        return page(self)

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


def _line(figure: Figure) -> str:
    mark = {True: "ok", False: "MISS", None: "-"}[figure.met]
    return f"{mark:5} {figure.name:38} {figure.real:9.2f} {figure.synthetic:9.2f} {deviation_text(figure):>10}"


def deviation_text(figure: Figure) -> str:
    """Return the deviation as a signed number, in percent if it is relative."""
    if math.isnan(figure.deviation):
        return "-"
    return f"{100 * figure.deviation:+.1f} %" if figure.relative else f"{figure.deviation:+.2f}"


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
