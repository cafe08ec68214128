"""What belongs to no class: endoplasmic reticulum, dense bodies, dark lines, microtubules, grazing membranes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from synthem.errors import ConfigError, did_you_mean
from synthem.kernels.clutter import MOST_STICKS, NUMBERS, ClutterKind, ClutterMaterial, ClutterPaint, draw_clutter
from synthem.painting.paint import Discs, Strokes
from synthem.parameters import declared
from synthem.tissue.batches import Ints, PackedBatch
from synthem.tissue.organelles.base import Organelle
from synthem.tissue.shape import Shape

__all__ = ["Clutter"]

KINDS = tuple(kind.name.lower() for kind in ClutterKind)
MATERIALS = tuple(material.name.lower() for material in ClutterMaterial)


@dataclass(frozen=True, kw_only=True)
class Clutter(Organelle):
    """Unlabelled structures within compartments, which a network must not take for organelles.

    Notes
    -----
    ``tube`` and ``ellipse`` are endoplasmic reticulum cut along and across; a ``grazing_membrane`` is a membrane or an
    organelle cut almost along its surface: a broad, pale shadow.

    Examples
    --------
    >>> import synthem
    >>> synthem.Clutter(count=5, kinds=("tube", "ellipse")).kinds
    ('tube', 'ellipse')
    """

    kind: ClassVar[str] = "clutter"
    fills_compartments: ClassVar[bool] = True
    kinds: tuple[str, ...] = declared(
        KINDS, "Which to draw from, each as likely as the others; a name may stand more than once."
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "kinds", tuple(self.kinds))
        for name in self.kinds or ("",):
            if name not in KINDS:
                hint = did_you_mean(str(name), KINDS)
                raise ConfigError(f"`kinds` must be names out of {', '.join(KINDS)}, got {self.kinds!r}{hint}")

    @cached_property
    def _codes(self) -> Ints:
        return np.array([KINDS.index(name) for name in self.kinds])

    def shape(self, rng: np.random.Generator, size: float) -> Shape:
        """Draw one structure."""
        return self.batch(rng, size, 1).shape()

    def batch(self, rng: np.random.Generator, size: float, count: int) -> PackedBatch:
        """Draw several structures at once."""
        uniforms, most = rng.random((count, NUMBERS)), MOST_STICKS * count
        curves, sticks, discs = np.empty((2 * count, 5, 2)), np.empty((most, 2, 2)), np.empty((count, 1, 5))
        pieces, owners = np.empty((3, most, 4)), np.empty((3, most), np.int64)
        capsules, counts = np.empty((2 * count, 5)), np.empty(count, np.int64)
        drawn = ClutterPaint(curves, sticks, discs, pieces, owners)
        a, b, c, used = draw_clutter(self._codes, 0.3 + 0.7 * size, uniforms, drawn, capsules, counts)
        paint = (
            (Strokes(curves[:a], pieces[0, :a], MATERIALS), owners[0, :a]),
            (Strokes(sticks[:b], pieces[1, :b], MATERIALS), owners[1, :b]),
            (Discs(discs[:c, 0], pieces[2, :c], MATERIALS), owners[2, :c]),
        )
        return PackedBatch(self.kind, capsules[:used], counts, paint)
