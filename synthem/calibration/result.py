"""The result of a calibration: the fitted style and recipe, and the origin of each parameter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from synthem._files import check_file, write_file
from synthem.calibration.figures import Distance, Figure
from synthem.calibration.model import Value
from synthem.calibration.page import calibration_page
from synthem.errors import ConfigError
from synthem.instrument.style import Style
from synthem.parameters import Density
from synthem.tissue.recipes.recipe import Recipe

__all__ = ["Calibration", "Estimate"]

ROWS = 10
"""Most figures of a verdict."""


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """Value and origin of one parameter.

    Attributes
    ----------
    path : str
        Dotted name, such as ``style.membranes.level``.
    value : float, (float, float) or Density
        The fitted value.
    origin : str
        ``"labels"``, ``"pictures"`` or ``"default"``.
    reason : str
        The metric that the parameter follows, or why it could not be estimated.
    """

    path: str
    value: Value
    origin: str
    reason: str


@dataclass(frozen=True, eq=False, kw_only=True)
class Calibration:
    """A fitted style and recipe.

    Attributes
    ----------
    style : Style
        The fitted look.
    recipe : Recipe
        The fitted contents: counts, sizes and densities.
    estimates : tuple of Estimate
        Every parameter of both, with its origin; of materials only those that are fitted, could be if more were
        labelled, or are not at their default.
    figures : tuple of Figure
        Metrics of the slices, and of tiles before and after the fit, the worst first.
    distances : tuple of Distance
        Two-sample accuracy and Fréchet distance; empty with fewer than ten tiles on a side.
    empty : tuple of str
        Classes whose masks are empty in all slices.
    at_limit : tuple of str
        Fitted parameters that ended at a limit: the slices ask for more than they can give.
    negatives : bool
        Whether the slices show membranes bright: they were fitted as negatives, and the style shows tiles inverted.
        Greys of figures and of `tiles` are those of the negatives.
    interrupted : bool
        Whether Ctrl-C ended the fit: these are the best parameters so far.
    cost : float or None
        Mean soft loss of the fit to pictures, in units of the tolerances; None without that fit.
    pixel_size_origin : str
        Where the pixel size of the style is known from.
    slices, labelled_slices : int
        Number of slices, and of those whose labels were used.
    tiles : dict of str to (n, H, W) uint8 array
        Pictures of the ``"slices"``, and of tiles ``"before"`` and ``"after"`` the fit.
    """

    style: Style
    recipe: Recipe
    estimates: tuple[Estimate, ...]
    figures: tuple[Figure, ...]
    distances: tuple[Distance, ...]
    empty: tuple[str, ...]
    at_limit: tuple[str, ...]
    negatives: bool
    interrupted: bool
    cost: float | None
    pixel_size_origin: str
    slices: int
    labelled_slices: int
    tiles: Mapping[str, NDArray[np.uint8]]

    @property
    def defaults(self) -> tuple[Estimate, ...]:
        """The parameters that keep the value the fit began with."""
        return tuple(item for item in self.estimates if item.origin == "default")

    @property
    def met(self) -> bool:
        """Whether all figures and distances are within their tolerances."""
        return all(one.met for one in self.figures) and all(one.met for one in self.distances)

    def __str__(self) -> str:
        """Return the verdict: figures before and after, worst first, limits, and what to label next."""
        lines = [f"fitted to {self.slices} slices, {self.labelled_slices} of them with labels, {self._pixels()}"]
        lines += ["membranes are bright: fitted to negatives, whose greys follow"] if self.negatives else []
        lines += ["stopped by Ctrl-C: these are the best parameters so far"] if self.interrupted else []
        within = sum(figure.met for figure in self.figures)
        lines += [f"{within} of {len(self.figures)} figures within their tolerances; the worst first:", ""]
        lines += [f"  {'':30} {'slices':>9} {'before':>9} {'after':>9} {'halves':>9} {'allowed':>9}"]
        for mark, name, *columns in self._rows(ROWS):
            lines.append(f"{mark or ' '} {name:30} " + " ".join(f"{one:>9}" for one in columns))
        if self.at_limit:
            more = f" and {len(self.at_limit) - 3} more" if len(self.at_limit) > 3 else ""
            lines += ["", f"at a limit: {', '.join(self.at_limit[:3])}{more}"]
        missing = dict.fromkeys(one.reason for one in self.defaults if one.reason.startswith("not labelled"))
        classes = dict.fromkeys(name for reason in missing for name in reason.partition(": ")[2].split(", "))
        if self.empty:
            lines += ["", f"labelled, but nowhere to be seen: {', '.join(self.empty)}; their numbers stay as they were"]
        if classes:
            lines += ["", f"labels of {', '.join(classes)} would determine more"]
        return "\n".join(lines)

    def _rows(self, most: int | None = None) -> list[list[str]]:
        """Return the distances and the worst figures as text: a mark, the name, and five numbers."""
        distances = [
            _row(one.met, one.name, None, one.start, one.fitted, one.halves, one.allowed) for one in self.distances
        ]
        figures = [
            _row(one.met, one.name, one.real, one.start, one.fitted, one.halves, one.tolerance)
            for one in self.figures[:most]
        ]
        return distances + figures

    def details(self) -> str:
        """Return a table of all parameters by origin, and of all figures."""
        lines = [str(self)]
        for origin in ("labels", "pictures"):
            chosen = [item for item in self.estimates if item.origin == origin]
            lines += ["", f"estimated from {origin}: {len(chosen)}"]
            lines += [f"  {item.path:48} {_text(item.value):>18}  {item.reason}" for item in chosen]
        lines += ["", f"not estimated, default used: {len(self.defaults)}"]
        lines += [f"  {item.path:48} {_text(item.value):>18}  {item.reason}" for item in self.defaults]
        lines += ["", "all figures:"]
        lines += [f"  {one.name.replace('_', ' '):36} {one.real:9.3g} {one.fitted:9.3g}" for one in self.figures]
        return "\n".join(lines)

    def save(self, style: str | Path, recipe: str | Path | None = None) -> None:
        """Write the style, and the recipe if a path is given, as TOML whose heading names what was not estimated.

        Parameters
        ----------
        style : path
            File ending in ``.toml``; replaced if it exists.
        recipe : path, optional
            File ending in ``.toml``; replaced if it exists.

        Raises
        ------
        ConfigError
            If a name has another ending, or both paths are the same file.
        OutputError
            If a file cannot be written.
        """
        targets = [(check_file("style", style, ".toml"), self._heading("style.") + self.style.to_toml())]
        if recipe is not None:
            if Path(recipe).resolve() == Path(style).resolve():
                raise ConfigError(f"`recipe` must be another file than the style, got {str(recipe)!r} for both")
            text = self._heading("recipe.") + self.recipe.to_toml()
            targets.append((check_file("recipe", recipe, ".toml"), text))
        for path, text in targets:
            write_file(path, text)

    def save_report(self, path: str | Path) -> None:
        """Write one HTML page: real tiles beside tiles before and after the fit, all figures, all parameters.

        Parameters
        ----------
        path : path
            File ending in ``.html``; replaced if it exists. It shows pixels of the slices.

        Raises
        ------
        ConfigError
            If the name has another ending.
        OutputError
            If the file cannot be written.
        """
        estimates = [[one.path, _text(one.value), one.origin, one.reason] for one in self.estimates]
        target = check_file("report", path, ".html")
        write_file(target, calibration_page(self.style.name, str(self), self._rows(), estimates, self.tiles))

    def _pixels(self) -> str:
        return f"pixels of {self.style.pixel_size_nm:g} nm, {self.pixel_size_origin}"

    def _heading(self, part: str) -> str:
        kept = [item.path.removeprefix(part) for item in self.defaults if item.path.startswith(part)]
        lines = [f"Fitted by `synthem calibrate` to {self.slices} slices, {self.labelled_slices} with labels."]
        lines += [f"{self._pixels()[0].upper()}{self._pixels()[1:]}."]
        if kept:
            lines += ["Not estimated, taken from the style or recipe the fit began with:"]
            lines += [f"  {name}" for name in kept]
        return "".join(f"# {line}\n" for line in lines)


def _row(met: bool, name: str, *numbers: float | None) -> list[str]:
    return ["" if met else "!", name.replace("_", " "), *("" if one is None else f"{one:.3g}" for one in numbers)]


def _text(value: Value) -> str:
    if isinstance(value, Density):
        return f"mean {value.mean:.3g}"
    if isinstance(value, tuple):
        return f"{value[0]:.4g} to {value[1]:.4g}"
    return f"{value:.4g}"
