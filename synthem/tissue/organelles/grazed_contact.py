"""Contacts of two compartments whose membrane is cut along its surface: dark and broad, and no density."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthem.painting.paint import Part, Strokes
from synthem.parameters import Number, declared, draw
from synthem.seeds import detail_of
from synthem.tissue.claims import Region
from synthem.tissue.organelles._ranges import draw_log_uniform
from synthem.tissue.organelles.base import Organelle
from synthem.tissue.shape import Shape

__all__ = ["GrazedContact"]

STEPS = 4
"""Into how many pieces the membrane is cut."""
BEYOND = 30.0
"""By how many nm the contact is longer than what is dark, at either end."""
DEPTH = 45.0
"""Width in nm of the two compartments beside the membrane."""
LAYERS = 3
"""Lines that make up what is dark, each with its own grey."""


@dataclass(frozen=True, kw_only=True)
class GrazedContact(Organelle):
    """A dark, soft bar along a membrane that is cut obliquely, as dark as a density and without a label.

    Notes
    -----
    The membrane in its middle is labelled as a cell membrane, as everywhere.

    Examples
    --------
    >>> import synthem
    >>> scene = synthem.Scene(organelles=[synthem.GrazedContact(count=2)], stages=[synthem.MembraneLayer()])
    >>> tile = scene.render(seed=1)
    >>> tile.mask("psd").any().item(), tile.mask("boundaries").any().item()
    (False, True)
    """

    kind: ClassVar[str] = "grazed_contact"
    length_nm: Number = declared((120.0, 500.0), "Length; short ones are more frequent.", unit="nm", low=20, high=5000)
    width_nm: Number = declared((20.0, 90.0), "Width before it fades out.", unit="nm", low=1, high=1000)
    bend: Number = declared((-0.8, 0.8), "Total bend.", unit="rad", low=-2, high=2)

    def shape(self, rng: np.random.Generator, size: float) -> Shape:
        """Draw the bar along the column axis, with the compartments on its two sides."""
        length, width = draw_log_uniform(self.length_nm, rng, size), draw(self.width_nm, rng)
        angles = draw(self.bend, rng) * np.linspace(-0.5, 0.5, STEPS + 1)
        step = (length + 2.0 * BEYOND) / STEPS
        headings = 0.5 * (angles[1:] + angles[:-1])
        normals = np.stack((np.cos(headings), -np.sin(headings)), axis=1)
        line = np.zeros((STEPS + 1, 2))
        line[1:] = np.cumsum(step * np.stack((np.sin(headings), np.cos(headings)), axis=1), axis=0)
        line -= line.mean(axis=0)
        sides = np.empty((2, STEPS, 5))
        for side, sign in enumerate((-1.0, 1.0)):
            aside = sign * DEPTH * normals
            sides[side, :, 0:2], sides[side, :, 2:4], sides[side, :, 4] = line[:-1] + aside, line[1:] + aside, DEPTH
        part = Part(self.kind, (_bar(line, length, width, detail_of(rng)),))
        return Shape((part,), (Region(sides[0], 0), Region(sides[1], 1)), capsules=sides.reshape(-1, 5))


def _bar(line: np.ndarray, length: float, width: float, rng: np.random.Generator) -> Strokes:
    """Return soft lines beside each other; the surface slopes away to one side, so they lie off the membrane there."""
    share = length / (length + 2.0 * BEYOND)
    own = rng.random((3, LAYERS))
    side = math.copysign(1.0, rng.random() - 0.5)
    paths, pieces = np.repeat((share * line)[None], LAYERS, axis=0), np.zeros((LAYERS, 4))
    paths *= (0.5 + 0.5 * own[0])[:, None, None]
    paths[:, :, 0] += (0.4 * width * side * own[1])[:, None]
    paths[:, :, 1] += (0.2 * length * (own[2] - 0.5))[:, None]
    pieces[:, 0], pieces[:, 1], pieces[:, 3] = 0.2 * width, 0.3 * width, np.arange(LAYERS)
    return Strokes(paths, pieces, ("grazed_contact",))
