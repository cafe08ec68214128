"""What belongs to no class: endoplasmic reticulum, dense bodies, dark lines, microtubules."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthem.errors import ConfigError, did_you_mean
from synthem.geometry import Points, bent_path
from synthem.nodes import Organelle
from synthem.sampling import draw
from synthem.shapes import Discs, Paint, Part, Shape, Stroke
from synthem.styles import Style

__all__ = ["Clutter"]

KINDS = ("tube", "ellipse", "dense_body", "dark_line", "microtubules")


@dataclass(frozen=True, kw_only=True)
class Clutter(Organelle):
    """Unlabelled structures within compartments, which a network must not take for organelles.

    Parameters
    ----------
    count : int, (int, int) or Density
        How many per 256 x 256 pixels.
    kinds : tuple of str
        Which to draw from, each as likely as the others; a name may stand more than once. ``tube`` and
        ``ellipse`` are endoplasmic reticulum cut along and across.

    Examples
    --------
    >>> import synthem
    >>> synthem.Clutter(count=5, kinds=("tube", "ellipse")).kinds
    ('tube', 'ellipse')
    """

    kind: ClassVar[str] = "clutter"
    inside: ClassVar[bool] = True
    kinds: tuple[str, ...] = KINDS

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "kinds", tuple(self.kinds))
        for name in self.kinds or ("",):
            if name not in KINDS:
                hint = did_you_mean(str(name), KINDS)
                raise ConfigError(f"`kinds` must be names out of {', '.join(KINDS)}, got {self.kinds!r}{hint}")

    def shape(self, rng: np.random.Generator, style: Style, size: float) -> Shape:
        """Draw one structure."""
        name = self.kinds[int(rng.integers(len(self.kinds)))]
        paint, capsules = _DRAW[name](rng, style, 0.3 + 0.7 * size)
        return Shape((Part(name, tuple(paint)),), capsules=capsules)


def _along(path: Points, radius: float) -> Points:
    return np.column_stack([path[:-1], path[1:], np.full(len(path) - 1, radius)])


def _tube(rng: np.random.Generator, style: Style, size: float) -> tuple[list[Paint], Points]:
    path = bent_path(size * (14.0 + 46.0 * rng.random() ** 2), rng.normal(0.0, 0.5), 5)
    half = 2.0 + 2.5 * rng.random()
    opacity = draw(style.clutter.opacity, rng)
    wall = Stroke(path, half, 1.2, draw(style.clutter.level, rng), opacity)
    lumen = Stroke(path, max(0.2, half - 2.0), 1.4, draw(style.clutter.lumen_level, rng), opacity)
    return [wall, lumen], _along(path[::2], half + 2.0)


def _ellipse(rng: np.random.Generator, style: Style, size: float) -> tuple[list[Paint], Points]:
    long = size * (4.0 + 7.0 * rng.random())
    short = long * (0.45 + 0.5 * rng.random())
    look = [1.5 + rng.random(), draw(style.clutter.level, rng), draw(style.clutter.lumen_level, rng)]
    discs = Discs(np.array([[0.0, 0.0, long, short, 0.0]]), np.array([[*look, draw(style.clutter.opacity, rng)]]))
    return [discs], np.array([[0.0, short - long, 0.0, long - short, short + 1.0]])


def _dense_body(rng: np.random.Generator, style: Style, size: float) -> tuple[list[Paint], Points]:
    radius = 1.5 + 3.5 * size * rng.random()
    level = draw(style.clutter.dense_level, rng)
    path = np.array([[0.0, -0.3 * radius], [0.0, 0.3 * radius]])
    return [Stroke(path, 0.6 * radius, radius, level, 0.8)], np.array([[0.0, 0.0, 0.0, 0.0, 1.6 * radius]])


def _dark_line(rng: np.random.Generator, style: Style, size: float) -> tuple[list[Paint], Points]:
    path = bent_path(size * (10.0 + 25.0 * rng.random()), rng.normal(0.0, 0.5), 5)
    half = 0.6 + 1.2 * rng.random()
    level, opacity = draw(style.clutter.level, rng), draw(style.clutter.opacity, rng)
    return [Stroke(path, half, 1.6, level, opacity)], _along(path[::2], half + 1.0)


def _microtubules(rng: np.random.Generator, style: Style, size: float) -> tuple[list[Paint], Points]:
    spread, length = size * (6.0 + 14.0 * rng.random()), size * (24.0 + 40.0 * rng.random())
    level = draw(style.clutter.microtubule_level, rng)
    paint: list[Paint] = []
    for _ in range(int(rng.integers(3, 9))):
        y, x = rng.uniform(-spread, spread), rng.uniform(-0.3, 0.3) * length
        half = 0.15 * length + 0.2 * length * rng.random()
        tilt = math.tan(rng.normal(0.0, 0.06))
        path = np.array([[y - half * tilt, x - half], [y + half * tilt, x + half]])
        paint.append(Stroke(path, 0.4, 1.3, level, 0.25 + 0.4 * rng.random()))
    return paint, np.array([[0.0, -0.3 * length, 0.0, 0.3 * length, spread]])


_DRAW = {
    "tube": _tube,
    "ellipse": _ellipse,
    "dense_body": _dense_body,
    "dark_line": _dark_line,
    "microtubules": _microtubules,
}
