"""Add an organelle of your own: a multivesicular body, unlabelled or in a class of its own.

Run it with ``python examples/custom_organelle.py out.png``.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

import synthem
from synthem.geometry.curves import circle, harmonics
from synthem.painting.paint import Fill, Part, Stroke
from synthem.tissue.claims import Region
from synthem.tissue.organelles.base import Organelle
from synthem.tissue.shape import Shape
from synthem.view.sheets import sheet, write_sheet

MATERIALS = {
    "mvb_membrane": synthem.Material(grey=(85, 105), texture_sd=4),
    "mvb_lumen": synthem.Material(grey=140, texture_sd=4),
}
"""How they look, unless a style says otherwise in its `own_materials`."""


@dataclass(frozen=True, kw_only=True)
class MultivesicularBody(Organelle):
    """A round body with small vesicles inside; give it a class, or none to make it clutter."""

    kind: ClassVar[str] = "multivesicular_body"
    materials = MATERIALS
    radius_nm: tuple[float, float] = (70.0, 120.0)
    label: str | None = None

    def shape(self, rng: np.random.Generator, size: float) -> Shape:
        """Draw one body around the origin, in nanometres."""
        radius = self.radius_nm[0] + (self.radius_nm[1] - self.radius_nm[0]) * size * rng.random()
        outer = circle(40) * (radius * (1 + 0.04 * harmonics(rng, 40, 2, 4)))[:, None]
        grid = np.array([(y, x) for y in (-0.45, 0.0, 0.45) for x in (-0.45, 0.0, 0.45)]) * radius
        dots = [centre + np.array([[0.0, -2.5], [0.0, 2.5]]) for centre in grid]
        paint = (
            Fill((outer, outer * 0.88), "mvb_membrane", label=self.label),
            Fill((outer * 0.88,), "mvb_lumen", label=self.label),
            *(Stroke(dot, "mvb_membrane", 0.12 * radius, 7.5, on=self.label) for dot in dots),
        )
        part = Part(self.kind, paint, label=self.label, rings=(outer,), parameters={"radius_nm": radius})
        room = np.array([[0.0, 0.0, 0.0, 0.0, 1.2 * radius + 20.0]])
        return Shape((part,), (Region(room),), capsules=room)


def main(path: str) -> None:
    """Paint a tile with three bodies in a class of their own, beside the six of EPFL6, and save it."""
    own = synthem.LabelClass(name="multivesicular_body", colour=(0, 200, 200), precedence=35)
    scene = synthem.Scene(
        organelles=[MultivesicularBody(count=3, label=own.name), synthem.Vesicles(count=1)],
        classes=synthem.ClassTable(classes=(*synthem.EPFL6, own)),
    )
    tile = scene.render(seed=1)
    print(tile.report)
    write_sheet(sheet([tile]), path)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "custom_organelle.png")
