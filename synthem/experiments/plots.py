"""Figures of the study: 3 to 9 of the paper, and further ones on its question."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from synthem.experiments.curves import Curve, curve
from synthem.experiments.overlay import draw_overlay
from synthem.experiments.published import PUBLISHED
from synthem.tiles.labelled_image import LabelledImage

__all__ = ["FIGURES", "FigureSpec", "draw_figure", "draw_overlays", "draw_pooled", "draw_share"]

Rows = Sequence[Mapping[str, Any]]
Objects = Callable[[int, int, int, str], int]
"""Organelles of one class in a set: (experiment, real, synthetic, class) -> number."""

COLOURS: Final = {0: "#7f7f7f", 5: "#1f77b4", 10: "#d62728"}
MARKERS: Final = {0: "^", 5: "o", 10: "s"}
DPI: Final = 110


@dataclass(frozen=True, kw_only=True)
class FigureSpec:
    """One curve figure.

    Parameters
    ----------
    number : str
        Number in the paper, or a name.
    experiment : int
        1 or 2.
    name : str
        Class.
    title, ylabel : str
        Texts.
    objects : bool
        Whether x counts the organelles of the class in the set, not synthetic tiles.
    value : str
        Column of the results table.
    """

    number: str
    experiment: int
    name: str
    title: str
    ylabel: str
    objects: bool = False
    value: str = "dice"

    @property
    def recalibrated(self) -> FigureSpec:
        """The same figure of the second test, with batch norm recalibrated."""
        title = f"{self.title}, batch norm recalibrated"
        return replace(self, number=f"{self.number}-recalibrated", title=title, value="dice_recalibrated")


FIGURES: Final = (
    FigureSpec(number="3", experiment=1, name="axon", title="Experiment 1: axon", ylabel="axon Dice"),
    FigureSpec(number="4", experiment=1, name="axon", title="Experiment 1: axon", ylabel="axon Dice", objects=True),
    FigureSpec(number="5", experiment=1, name="psd", title="Experiment 1: PSD", ylabel="PSD Dice"),
    FigureSpec(number="7", experiment=2, name="axon", title="Experiment 2: axon", ylabel="axon Dice"),
    FigureSpec(number="8", experiment=2, name="axon", title="Experiment 2: axon", ylabel="axon Dice", objects=True),
    FigureSpec(number="9", experiment=2, name="psd", title="Experiment 2: PSD", ylabel="PSD Dice", objects=True),
    FigureSpec(
        number="false-axon-1",
        experiment=1,
        name="axon",
        title="Experiment 1: true PSD taken for axon",
        ylabel="pixels, all test slices",
        value="axon_on_psd_pixels",
    ),
    FigureSpec(
        number="false-axon-2",
        experiment=2,
        name="axon",
        title="Experiment 2: true PSD taken for axon",
        ylabel="pixels, all test slices",
        value="axon_on_psd_pixels",
    ),
)
"""Figures 3, 4, 5, 7, 8, 9 of the paper, and false axon pixels on true PSDs."""


def _figure(title: str, xlabel: str, ylabel: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(6.4, 4.2), layout="constrained")
    axes = figure.add_subplot()
    axes.set(title=title, xlabel=xlabel, ylabel=ylabel)
    axes.grid(alpha=0.3)
    return figure, axes


def _plot(axes: Axes, x: npt.NDArray[Any], points: Curve, real: int, label: str, style: str = "-") -> None:
    colour = COLOURS.get(real, "#2ca02c")
    axes.errorbar(
        x, points.mean, points.spread, label=label, color=colour, marker=MARKERS.get(real, "D"), ls=style, capsize=3
    )


def _save(figure: Figure, path: Path) -> Path:
    figure.savefig(path, dpi=DPI, metadata={"Software": None})
    return path


def _label(real: int) -> str:
    return f"{real} real slices" if real else "no real slices"


def draw_figure(spec: FigureSpec, rows: Rows, objects: Objects, path: Path) -> Path | None:
    """Draw one curve figure, mean and standard deviation over seeds.

    Parameters
    ----------
    spec : FigureSpec
        What to draw.
    rows : sequence of mapping
        From `Results.rows`.
    objects : callable
        Number of organelles in a set.
    path : Path
        PNG to write.

    Returns
    -------
    Path or None
        The file; None if nothing of it was trained.
    """
    xlabel = f"{spec.name} objects in the training set" if spec.objects else "synthetic tiles in the training set"
    figure, axes = _figure(spec.title, xlabel, spec.ylabel)
    empty = True
    for real in sorted({int(row["real"]) for row in rows}):
        points = curve(rows, experiment=spec.experiment, real=real, name=spec.name, value=spec.value)
        if not (points.synthetic > 0).any():
            continue
        x = points.synthetic
        if spec.objects:
            x = np.array([objects(spec.experiment, real, int(n), spec.name) for n in x])
        _plot(axes, x, points, real, _label(real))
        empty = False
    if empty:
        return None
    if spec.value.startswith("dice"):
        axes.set_ylim(0, 1)
        _mark_published(axes, spec)
    axes.legend(fontsize="small")
    return _save(figure, path)


def _mark_published(axes: Axes, spec: FigureSpec) -> None:
    """Mark what the paper states in numbers: a star where it names the tiles, else a line."""
    for claim in PUBLISHED:
        if (claim.experiment, claim.name) != (spec.experiment, spec.name):
            continue
        colour = "black" if claim.real is None else COLOURS.get(claim.real, "black")
        sign = {"equals": "", "over": "> ", "under": "< "}[claim.sense]
        label = f"paper: {claim.text}, {sign}{claim.value:g}"
        if claim.synthetic is not None and not spec.objects:
            axes.plot([claim.synthetic], [claim.value], marker="*", ms=13, ls="", color=colour, label=label)
        else:
            axes.axhline(claim.value, ls=":", lw=1.2, color=colour, label=label)


def draw_share(rows: Rows, experiment: int, tiles: Callable[[int], int], path: Path) -> Path | None:
    """Draw Dice of axons and PSDs against the share of synthetic tiles in the set.

    Parameters
    ----------
    rows : sequence of mapping
        From `Results.rows`.
    experiment : int
        1 or 2.
    tiles : callable
        Real tiles in a set, from its number of real slices.
    path : Path
        PNG to write.

    Returns
    -------
    Path or None
        The file; None if nothing of it was trained.
    """
    figure, axes = _figure(
        f"Experiment {experiment}: share of synthetic tiles", "synthetic tiles, % of the set", "Dice"
    )
    empty = True
    for real in sorted({int(row["real"]) for row in rows} - {0}):
        for name, style in (("axon", "-"), ("psd", "--")):
            points = curve(rows, experiment=experiment, real=real, name=name)
            if not (points.synthetic > 0).any():
                continue
            share = 100 * points.synthetic / (points.synthetic + tiles(real))
            _plot(axes, share, points, real, f"{name}, {_label(real)}", style)
            empty = False
    if empty:
        return None
    axes.set_ylim(0, 1)
    axes.legend(fontsize="small")
    return _save(figure, path)


def draw_pooled(rows: Rows, experiment: int, path: Path) -> Path | None:
    """Draw axon Dice pooled over slices beside the mean of slices.

    Parameters
    ----------
    rows : sequence of mapping
        From `Results.rows`.
    experiment : int
        1 or 2.
    path : Path
        PNG to write.

    Returns
    -------
    Path or None
        The file; None if nothing of it was trained.
    """
    title = f"Experiment {experiment}: axon Dice, mean of slices and pooled"
    figure, axes = _figure(title, "synthetic tiles in the training set", "axon Dice")
    empty = True
    for real in sorted({int(row["real"]) for row in rows}):
        for value, style, text in (("dice", "-", "mean of slices"), ("dice_pooled", ":", "pooled")):
            points = curve(rows, experiment=experiment, real=real, name="axon", value=value)
            if (points.synthetic > 0).any():
                _plot(axes, points.synthetic, points, real, f"{_label(real)}, {text}", style)
                empty = False
    if empty:
        return None
    axes.set_ylim(0, 1)
    axes.legend(fontsize="small")
    return _save(figure, path)


def draw_overlays(
    pieces: Sequence[LabelledImage],
    columns: Mapping[str, Sequence[npt.NDArray[np.bool_]]],
    channel: int,
    path: Path,
) -> Path | None:
    """Draw figure 6: predictions of one class over the test slices that show it.

    Parameters
    ----------
    pieces : sequence of LabelledImage
        Test slices.
    columns : mapping of str to sequence of ndarray of bool, (6, H, W)
        Predictions for every slice, by the caption of their column.
    channel : int
        Class.
    path : Path
        PNG to write.

    Returns
    -------
    Path or None
        The file; None if there is nothing to show.
    """
    shown = [k for k, piece in enumerate(pieces) if piece.masks[channel].any()][:3]
    if not shown or not columns:
        return None
    height, width = pieces[shown[0]].image.shape
    size = (3.2 * len(columns), 3.2 * height / width * len(shown) + 0.5)
    figure = Figure(figsize=size, layout="constrained")
    grid = figure.subplots(len(shown), len(columns), squeeze=False)
    for row, k in enumerate(shown):
        for column, (caption, predictions) in enumerate(columns.items()):
            axes = grid[row, column]
            axes.imshow(draw_overlay(pieces[k].image, predictions[k][channel], pieces[k].masks[channel]))
            axes.set_axis_off()
            if row == 0:
                axes.set_title(caption, fontsize="small")
    return _save(figure, path)
