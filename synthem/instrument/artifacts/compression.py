"""Compression: a section is shorter along the cutting direction than what it was cut from."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from synthem.instrument.artifacts.base import ArtifactStage, move_tissue
from synthem.painting.canvas import Canvas
from synthem.parameters import Number, declared, draw
from synthem.tiles.artifacts import Artifact

__all__ = ["CompressionPlan", "SectionCompression"]

DARKENING = 0.5
"""Share of the added thickness that shows as added darkness."""

MOVED = 0.5
"""Displacement in pixels from which on a pixel counts as moved."""


@dataclass(frozen=True)
class CompressionPlan:
    """What was drawn."""

    compression: float
    angle: float


@dataclass(frozen=True, kw_only=True)
class SectionCompression(ArtifactStage):
    """Tissue that the knife has compressed along the cutting direction; the section is thicker and so darker.

    What lies beyond a tile is not known. So the compressed tissue is magnified until it fills the tile again: across
    the cutting direction things are longer than they were, along it about as long. `Artifact.parameters` holds the
    ``magnification``; a pixel of the tile is smaller than it is said to be by this factor.

    Examples
    --------
    >>> import synthem
    >>> stages = [synthem.MembraneLayer(), synthem.SectionCompression(compression=0.1), synthem.BlurNoise()]
    >>> synthem.Scene(stages=stages).render(seed=1).artifacts[0].parameters["compression"]
    0.1
    """

    compression: Number = declared((0.03, 0.15), "Share of its length that the section has lost.", high=0.4)
    angle: Number = declared(
        (0.0, math.pi), "Cutting direction, from columns towards rows.", unit="rad", low=-3.15, high=3.15
    )

    def draw(self, rng: np.random.Generator, pixel_nm: float, shape: tuple[int, int]) -> CompressionPlan:
        """Draw direction and strength."""
        return CompressionPlan(draw(self.compression, rng), draw(self.angle, rng))

    def damage(self, canvas: Canvas, plan: CompressionPlan, pixel_nm: float) -> Artifact:
        """Compress the section."""
        excess = plan.compression / (1.0 - plan.compression)
        displacement, magnification = _field(canvas.shape, excess, plan.angle)
        move_tissue(canvas, displacement)
        canvas.grey -= np.float32(DARKENING * excess) * (np.float32(255.0) - canvas.grey)
        return Artifact(
            name=self.name,
            parameters={
                "compression": plan.compression,
                "angle": plan.angle,
                "magnification": magnification,
            },
            mask=np.abs(displacement).max(axis=0) >= MOVED,
            displacement=displacement,
        )


def _field(shape: tuple[int, int], excess: float, angle: float) -> tuple[npt.NDArray[np.float32], float]:
    """Return the field, and the factor that keeps all sources within the tile."""
    direction = np.array([math.sin(angle), math.cos(angle)])
    matrix = np.eye(2) + excess * np.outer(direction, direction)
    half = 0.5 * (np.array(shape) - 1.0)
    magnification = float((np.abs(matrix) @ half / half).max())
    matrix = matrix / magnification - np.eye(2)
    rows, cols = (np.arange(size) - 0.5 * (size - 1) for size in shape)
    field = np.empty((2, *shape), np.float32)
    for axis in range(2):
        down, across = (matrix[axis, 0] * rows).astype(np.float32), (matrix[axis, 1] * cols).astype(np.float32)
        np.add(down[:, None], across[None, :], out=field[axis])
    return field, magnification
