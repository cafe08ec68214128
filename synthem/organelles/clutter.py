"""What belongs to no class: endoplasmic reticulum, dense bodies, dark lines, microtubules, veils."""

from __future__ import annotations

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

KINDS = ("tube", "ellipse", "dense_body", "dark_line", "microtubules", "veil")


@dataclass(frozen=True, kw_only=True)
class Clutter(Organelle):
    """Unlabelled structures within compartments, which a network must not take for organelles.

    Parameters
    ----------
    count : int, (int, int) or Density
        How many per 256 x 256 pixels.
    kinds : tuple of str
        Which to draw from, each as likely as the others; a name may stand more than once. ``tube`` and
        ``ellipse`` are endoplasmic reticulum cut along and across; a ``veil`` is a membrane or an organelle cut
        almost along its surface: a broad, pale shadow.

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
    out = np.empty((len(path) - 1, 5))
    out[:, 0:2], out[:, 2:4], out[:, 4] = path[:-1], path[1:], radius
    return out


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
    count = int(rng.integers(3, 9))
    uniforms = rng.random((4, count))
    middles = np.stack([spread * (2.0 * uniforms[0] - 1.0), length * 0.6 * (uniforms[1] - 0.5)], axis=1)
    reaches = np.empty((count, 2))
    reaches[:, 1] = length * (0.15 + 0.2 * uniforms[2])
    reaches[:, 0] = reaches[:, 1] * np.tan(rng.normal(0.0, 0.06, count))
    paths = np.stack([middles - reaches, middles + reaches], axis=1)  # (count, 2, 2)
    opacities = (0.25 + 0.4 * uniforms[3]).tolist()
    paint: list[Paint] = [Stroke(path, 0.4, 1.3, level, a) for path, a in zip(paths, opacities, strict=True)]
    return paint, np.array([[0.0, -0.3 * length, 0.0, 0.3 * length, spread]])


def _veil(rng: np.random.Generator, style: Style, size: float) -> tuple[list[Paint], Points]:
    path = bent_path(size * (8.0 + 40.0 * rng.random()), rng.normal(0.0, 0.5), 5)
    half, fade = size * (1.0 + 7.0 * rng.random()), 3.0 + 6.0 * rng.random()
    level, opacity = draw(style.clutter.veil_level, rng), draw(style.clutter.veil_opacity, rng)
    # it may reach over borders: it shows on unlabelled pixels alone
    return [Stroke(path, half, fade, level, opacity)], np.array([[0.0, 0.0, 0.0, 0.0, 2.0]])


_DRAW = {
    "tube": _tube,
    "ellipse": _ellipse,
    "dense_body": _dense_body,
    "dark_line": _dark_line,
    "microtubules": _microtubules,
    "veil": _veil,
}
