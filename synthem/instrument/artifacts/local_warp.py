"""Local warp: tissue that is smoothly distorted."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from synthem.instrument.artifacts.base import ArtifactStage, check_fits, lowest, move_tissue, pixels
from synthem.instrument.artifacts.drift import fading
from synthem.painting.canvas import Canvas
from synthem.painting.textures import TEXTURE_SIZE, texture
from synthem.parameters import Number, declared, draw
from synthem.tiles.artifacts import Artifact

__all__ = ["LocalWarp", "WarpPlan"]

SMALLEST, LARGEST = 8, 256
"""Sizes in pixels of what is distorted."""

MOVED = 0.5
"""Displacement in pixels from which on a pixel counts as moved."""


@dataclass(frozen=True)
class WarpPlan:
    """Where the noise of both axes is read, and what was drawn."""

    places: tuple[tuple[int, int], tuple[int, int]]
    size: int
    amplitude_nm: float


@dataclass(frozen=True, kw_only=True)
class LocalWarp(ArtifactStage):
    """A smooth, irregular distortion, as sections have it that dried or were heated by the beam.

    Towards the edges of the tile it vanishes as far as it would reach beyond them. An amplitude at which tissue would
    fold over is refused.

    Examples
    --------
    >>> import synthem
    >>> stages = [synthem.MembraneLayer(), synthem.Cytoplasm(), synthem.LocalWarp(), synthem.BlurNoise()]
    >>> warp = synthem.Scene(stages=stages).render(seed=1).artifacts[0]
    >>> warp.displacement.shape
    (2, 256, 256)
    """

    amplitude_nm: Number = declared((8.0, 32.0), "Largest displacement along each axis.", unit="nm", high=5000)
    scale_nm: Number = declared(
        (320.0, 900.0),
        "Size of what is distorted as one; rounded to a power of two from 8 to 256 pixels.",
        unit="nm",
        low=1,
        high=50_000,
    )

    def check_tile(self, pixel_nm: float, shape: tuple[int, int]) -> None:
        """Raise if tissue may fold over."""
        steepest = _noise(_size(lowest(self.scale_nm), pixel_nm))[1]
        most = 0.95 / (2.0 * steepest + 8.0 / min(shape))  # the determinant of the Jacobian stays above 0
        among = f" that are distorted over {lowest(self.scale_nm):g} nm"
        check_fits("amplitude_nm", self.amplitude_nm, most, pixel_nm, shape, among)

    def draw(self, rng: np.random.Generator, pixel_nm: float, shape: tuple[int, int]) -> WarpPlan:
        """Draw the distortion."""
        down, right, low, aside = (rng.random(4) * TEXTURE_SIZE).astype(int).tolist()
        size = _size(draw(self.scale_nm, rng), pixel_nm)
        return WarpPlan(((down, right), (low, aside)), size, draw(self.amplitude_nm, rng))

    def damage(self, canvas: Canvas, plan: WarpPlan, pixel_nm: float) -> Artifact:
        """Distort the tissue."""
        displacement = np.empty((2, *canvas.shape), np.float32)
        noise, amplitude = _noise(plan.size)[0], np.float32(pixels(plan.amplitude_nm, pixel_nm))
        for axis, place in enumerate(plan.places):
            rows, cols = ((start + np.arange(n)) % TEXTURE_SIZE for start, n in zip(place, canvas.shape, strict=True))
            vanish = amplitude * fading(canvas.shape[axis])
            np.multiply(noise[np.ix_(rows, cols)], vanish[:, None] if axis == 0 else vanish, out=displacement[axis])
        move_tissue(canvas, displacement)
        return Artifact(
            name=self.name,
            parameters={"amplitude_nm": plan.amplitude_nm, "size": plan.size},
            mask=np.abs(displacement).max(axis=0) >= MOVED,
            displacement=displacement,
        )


def _size(scale_nm: float, pixel_nm: float) -> int:
    """Return a size in pixels of which there is noise."""
    power = round(math.log2(max(pixels(scale_nm, pixel_nm), 1.0)))
    return min(max(1 << power, SMALLEST), LARGEST)


@lru_cache(maxsize=8)
def _noise(size: int) -> tuple[npt.NDArray[np.float32], float]:
    """Return periodic noise from -1 to 1 of features of a size in pixels, and its steepest slope per pixel."""
    noise = texture(size, 1)[:, :TEXTURE_SIZE]
    noise = noise / np.abs(noise).max()
    steepest = max(float(np.abs(np.diff(noise, axis=axis)).max()) for axis in range(2))
    noise.flags.writeable = False
    return noise, steepest
