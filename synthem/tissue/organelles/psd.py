"""Postsynaptic densities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthem.geometry.curves import wave_table
from synthem.geometry.poses import Points
from synthem.instrument.looks import PSDLook
from synthem.instrument.style import Style
from synthem.kernels.outlines import DensityColumn, density_outline
from synthem.painting.paint import Fill, Paint, Part, Stroke, Strokes
from synthem.parameters import Number, check_number, draw
from synthem.seeds import appearance_of
from synthem.tissue.claims import Region, Synaptic
from synthem.tissue.organelles._ranges import draw_log_uniform, draw_size
from synthem.tissue.organelles.base import Organelle
from synthem.tissue.shape import Shape

__all__ = ["POST", "PRE", "PSD"]

PRE, POST = 0, 1
"""Compartments of the claims: the presynaptic side lies at smaller rows."""

POINTS = 17
WIDTH = ((1, 4, 1.0, 0.18),)
WAVES = wave_table(POINTS, WIDTH)
EDGE = 3.0
"""Width in pixels of the soft edge around a density."""
ZONE = 4.0
"""Half-width in pixels of the dense cytoplasm before a density."""
BEYOND = (8.0, 40.0)
"""By how many pixels the membrane between the two compartments is longer than the density."""
STEPS = 4
"""Into how many pieces the border between the two compartments is cut."""


@dataclass(frozen=True, kw_only=True)
class PSD(Organelle):
    """A dark, fuzzy, slightly curved bar on the membrane between two compartments.

    Parameters
    ----------
    count : int, (int, int) or Density
        How many per 256 x 256 pixels.
    length : float or (float, float)
        Length in pixels; shorter ones are more frequent.
    width : float or (float, float)
        Width in pixels.
    bend : float or (float, float)
        Total bend in radians; negative bends the ends towards the presynaptic side.
    spine_radius : float or (float, float)
        Radius in pixels of the postsynaptic compartment behind it, small ones being more frequent; the presynaptic one
        has 0.8 of it at least.

    Notes
    -----
    The dense cytoplasm on the presynaptic side and the fuzz on the other carry no label, nor does the soft edge around
    the density.

    Examples
    --------
    >>> import synthem
    >>> scene = synthem.Scene(organelles=[synthem.PSD(count=1)], stages=[synthem.MembraneLayer()])
    >>> scene.render(seed=2).mask("psd").any().item()
    True
    """

    kind: ClassVar[str] = "psd"
    length: Number = (34.0, 89.0)
    width: Number = (12.0, 21.0)
    bend: Number = (-0.5, 0.9)
    spine_radius: Number = (14.0, 34.0)

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "length", check_number("length", self.length, low=8, high=1000))
        object.__setattr__(self, "width", check_number("width", self.width, low=4, high=200))
        object.__setattr__(self, "bend", check_number("bend", self.bend, low=-2, high=2))
        object.__setattr__(self, "spine_radius", check_number("spine_radius", self.spine_radius, low=8, high=1000))

    def shape(self, rng: np.random.Generator, style: Style, size: float) -> Shape:
        """Draw one density with the compartments on its two sides."""
        return self.density(rng, style, size)

    def density(self, rng: np.random.Generator, style: Style, size: float, row: float = 0.0) -> Shape:
        """Draw one density, `shape`, whose middle lies at a row."""
        length = draw_log_uniform(self.length, rng, size)
        width = draw_size(self.width, rng, rng.random())
        bend = draw(self.bend, rng)
        radius = max(draw_log_uniform(self.spine_radius, rng, size), 0.25 * width + 3.0)
        heights, aside = rng.standard_normal(len(WAVES)), width * (0.25 * rng.random() - 0.1)
        outline, lines, sides = np.empty((2 * POINTS, 2)), np.empty((4, POINTS // 2, 2)), np.empty((2, STEPS + 1, 5))
        law = np.empty(len(DensityColumn))
        law[DensityColumn.LENGTH], law[DensityColumn.WIDTH], law[DensityColumn.BEND] = length, width, bend
        law[DensityColumn.ROW], law[DensityColumn.SPINE_RADIUS] = row, radius
        law[DensityColumn.CORE_ASIDE], law[DensityColumn.CORE_SHARE] = aside, style.psd.core_share
        law[DensityColumn.CONTACT_BEYOND] = BEYOND[0] + (BEYOND[1] - BEYOND[0]) * size * rng.random()
        density_outline(heights, WAVES, law, outline, lines, sides)
        part = Part(
            self.kind,
            self._paint(outline, lines, width, appearance_of(rng), style.psd),
            label="psd",
            rings=(outline,),
            parameters={"length": length, "width": width, "bend": bend},
        )
        claims = (Region(sides[0], PRE), Region(sides[1], POST), Synaptic((PRE, POST)))
        return Shape((part,), claims, capsules=sides.reshape(-1, 5))

    def _paint(
        self, outline: Points, lines: Points, width: float, rng: np.random.Generator, look: PSDLook
    ) -> tuple[Paint, ...]:
        level, reach, opacity = draw(look.level, rng), draw(look.fuzz_reach, rng), draw(look.fuzz_opacity, rng)
        core = (0.14 * width, 0.32 * width, draw(look.core_level, rng), 0.9)
        cleft = (0.8, 1.8, look.line_level, 0.7)  # it shows as a paler line
        inner = (core, cleft) if rng.random() < look.line_share else (core,)
        return (
            Stroke(lines[0], ZONE, look.zone_reach, look.zone_level, draw(look.zone_opacity, rng)),
            Stroke(lines[1], 0.0, reach, look.fuzz_level, opacity),
            Stroke(lines[3], 0.5 * width - 0.8, EDGE, level, draw(look.edge_opacity, rng)),
            Fill((outline,), level, look.texture_sd, label="psd"),
            Strokes(lines[2 : 2 + len(inner)], np.array(inner), on="psd"),
        )
