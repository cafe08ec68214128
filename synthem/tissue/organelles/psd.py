"""Postsynaptic densities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthem.geometry.curves import wave_table
from synthem.geometry.poses import Points
from synthem.kernels.outlines import DensityColumn, density_outline
from synthem.painting.paint import Fill, Paint, Part, Stroke, Strokes
from synthem.parameters import Number, declared, draw
from synthem.seeds import detail_of
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
EDGE = 15.0
"""Width in nm of the soft edge around a density."""
ZONE = 20.0
"""Half-width in nm of the dense cytoplasm before a density."""
BEYOND = (40.0, 200.0)
"""By how many nm the membrane between the two compartments is longer than the density."""
STEPS = 4
"""Into how many pieces the border between the two compartments is cut."""
FADING_MATERIALS = ("psd_end", "psd_flank")


@dataclass(frozen=True, kw_only=True)
class PSD(Organelle):
    """A dark, fuzzy, slightly curved bar on the membrane between two compartments.

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
    length_nm: Number = declared((170.0, 445.0), "Length; short ones are more frequent.", unit="nm", low=40, high=5000)
    width_nm: Number = declared((60.0, 105.0), "Width.", unit="nm", low=20, high=1000)
    bend: Number = declared(
        (-0.5, 0.9), "Total bend; negative bends the ends towards the presynaptic side.", unit="rad", low=-2, high=2
    )
    spine_radius_nm: Number = declared(
        (70.0, 170.0),
        "Radius of the postsynaptic compartment behind it, small ones being more frequent; the presynaptic one has 0.8 "
        "of it at least.",
        unit="nm",
        low=40,
        high=5000,
    )
    core_share: float = declared(0.64, "Length of the dark core relative to that of the density.", high=1)
    cleft_share: float = declared(0.2, "Share with a paler line along the middle: the synaptic cleft.", high=1)
    fading_share: float = declared(0.0, "Share whose ends and flanks fade into the cytoplasm.", high=1)
    pale_share: float = declared(0.0, "Share that is paler than others.", high=1)

    def shape(self, rng: np.random.Generator, size: float) -> Shape:
        """Draw one density with the compartments on its two sides."""
        return self.density(rng, size)

    def density(self, rng: np.random.Generator, size: float, row: float = 0.0) -> Shape:
        """Draw one density, `shape`, whose middle lies at a row."""
        length = draw_log_uniform(self.length_nm, rng, size)
        width = draw_size(self.width_nm, rng, rng.random())
        bend = draw(self.bend, rng)
        radius = max(draw_log_uniform(self.spine_radius_nm, rng, size), 0.25 * width + 15.0)
        heights, aside = rng.standard_normal(len(WAVES)), width * (0.25 * rng.random() - 0.1)
        outline, lines, sides = np.empty((2 * POINTS, 2)), np.empty((4, POINTS // 2, 2)), np.empty((2, STEPS + 1, 5))
        numbers = np.empty(len(DensityColumn))
        numbers[DensityColumn.LENGTH], numbers[DensityColumn.WIDTH], numbers[DensityColumn.BEND] = length, width, bend
        numbers[DensityColumn.ROW], numbers[DensityColumn.SPINE_RADIUS] = row, radius
        numbers[DensityColumn.CORE_ASIDE], numbers[DensityColumn.CORE_SHARE] = aside, self.core_share
        numbers[DensityColumn.CONTACT_BEYOND] = BEYOND[0] + (BEYOND[1] - BEYOND[0]) * size * rng.random()
        density_outline(heights, WAVES, numbers, outline, lines, sides)
        detail = detail_of(rng)
        cleft = detail.random() < self.cleft_share
        fading, pale = (detail.random(2) < (self.fading_share, self.pale_share)).tolist()
        faded = (_faded(outline, width, detail),) if fading else ()
        edge = "faint_psd_edge" if fading or pale else "psd_edge"
        part = Part(
            self.kind,
            (*self._paint(outline, lines, width, edge, cleft), *faded),
            label="psd",
            rings=(outline,),
            parameters={"length_nm": length, "width_nm": width, "bend": bend},
            tint="pale_psd" if pale else None,
        )
        claims = (Region(sides[0], PRE, "bouton"), Region(sides[1], POST, "spine"), Synaptic((PRE, POST), density=0))
        return Shape((part,), claims, capsules=sides.reshape(-1, 5))

    def _paint(self, outline: Points, lines: Points, width: float, edge: str, cleft: bool) -> tuple[Paint, ...]:
        """Return the density, its core and cleft, the dense zone before it and the fuzz behind."""
        core = Stroke(lines[2], "psd_core", 0.14 * width, 0.32 * width, on="psd")
        line = (Stroke(lines[3], "cleft", 4.0, 9.0, on="psd"),) if cleft else ()
        return (
            Stroke(lines[0], "presynaptic_zone", ZONE),
            Stroke(lines[1], "psd_fuzz", 0.0),
            Stroke(lines[3], edge, 0.5 * width - 4.0, EDGE),
            Fill((outline,), "psd", label="psd"),
            core,
            *line,
        )


def _faded(outline: Points, width: float, rng: np.random.Generator) -> Strokes:
    """Return what pales the ends of a density and its two flanks, each by its own amount, within its label alone."""
    there, back = outline[:POINTS], outline[POINTS:][::-1]
    ends = [np.linspace(there[k], back[k], POINTS) for k in (0, -1)]
    pieces = np.zeros((4, 4))
    pieces[:, 0] = 0.12 * width * rng.random(4) * (1.0, 1.0, 0.0, 0.0)
    pieces[:, 2], pieces[:, 3] = (0, 0, 1, 1), np.arange(4)
    return Strokes(np.stack((*ends, there, back)), pieces, FADING_MATERIALS, on="psd")
