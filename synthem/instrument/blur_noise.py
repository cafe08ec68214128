"""Point spread, illumination and noise."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from synthem.geometry.territory import Territory
from synthem.instrument.looks import OpticsLook
from synthem.instrument.style import Style
from synthem.kernels.optics import ExposureColumn, expose
from synthem.labels import ClassTable
from synthem.painting.canvas import Canvas
from synthem.painting.textures import blur_weights, half_weights, noise_banks

__all__ = ["BlurNoise", "ExposurePlan"]

WIDEST = 40.0
"""Largest sigma in pixels, however far out of focus: the work rows of a canvas have room for no more."""


@dataclass(frozen=True, eq=False)
class ExposurePlan:
    """Key of the noise, and how this exposure differs from others.

    Parameters
    ----------
    key : int
        Key of the noise.
    plane : (3,) float32 array
        Brightness offset, and slopes of the illumination along rows and columns.
    focus, noise, gain : float
        Factors of the point spread, of the noise, and of the contrast.
    """

    key: int
    plane: npt.NDArray[np.float32]
    focus: float
    noise: float
    gain: float


@dataclass(frozen=True, kw_only=True)
class BlurNoise:
    """Blur the picture, add noise, and round it to bytes.

    The point spread is narrow; a wider one is mixed in, more for some structures than for others. The
    noise has a white part and a part that passed a blur; both depend on brightness: they grow with it (shot noise), and
    fall again where the tone curve of the instrument flattens. Masks are not touched.

    Examples
    --------
    >>> import synthem
    >>> scene = synthem.Scene(organelles=[], stages=[synthem.BlurNoise()])
    >>> scene.render(seed=1).image.dtype
    dtype('uint8')
    """

    before_organelles: ClassVar[bool] = False

    def sample(self, rng: np.random.Generator, style: Style, territory: Territory) -> ExposurePlan:
        """Draw the key of the noise, the illumination, and by how much focus, noise and contrast differ."""
        look, draws = style.optics, np.minimum(np.maximum(rng.standard_normal(6), -2.5), 2.5)
        height, width = territory.shape
        plane = [look.brightness_sd * draws[0], look.tilt_sd * draws[1] / height, look.tilt_sd * draws[2] / width]
        key = int(rng.integers(1 << 40))
        sharp = look.sharp_focus if rng.random() < look.sharp_share else 1.0
        return ExposurePlan(
            key=key,
            plane=np.array(plane, np.float32),
            focus=sharp * math.exp(look.focus_sd * draws[3]),
            noise=math.exp(look.noise_sd * draws[4]),
            gain=math.exp(look.gain_sd * draws[5]),
        )

    def apply(self, canvas: Canvas, record: ExposurePlan, style: Style) -> None:
        """Expose the picture."""
        look = style.optics
        banks, (white, blurred) = noise_banks(look.noise_tails, look.noise_sigma_cols)
        noise = record.noise * math.sqrt(0.5)  # two numbers of a bank make one
        numbers = np.empty(len(ExposureColumn), np.float32)
        numbers[ExposureColumn.WHITE] = noise * look.noise_white / white
        numbers[ExposureColumn.CORRELATED] = noise * look.noise_correlated / (blurred * _spread(look))
        numbers[ExposureColumn.AXIAL], numbers[ExposureColumn.DIAGONAL] = look.noise_axial, look.noise_diagonal
        numbers[ExposureColumn.SLOPE], numbers[ExposureColumn.CURVE] = look.shot_slope, look.shot_curve
        numbers[ExposureColumn.GAIN], numbers[ExposureColumn.GAIN_FIXPOINT] = record.gain, style.cytoplasm.level
        canvas.image = np.empty(canvas.shape, np.uint8)
        expose(
            canvas.grey,
            blur_weights(_sigma(look.psf_sigma, record)),
            half_weights(_sigma(look.soft_sigma, record)),
            _softness(look, canvas.classes),
            canvas.label,
            banks,
            blur_weights(look.noise_sigma_rows),
            record.key,
            numbers,
            record.plane,
            canvas.rows,
            canvas.halves,
            canvas.image,
        )


def _sigma(sigma: float, record: ExposurePlan) -> float:
    """Return a point spread out of focus; with two decimals, since the tables of weights are shared."""
    return min(round(sigma * record.focus, 2), WIDEST)


@lru_cache(maxsize=64)
def _softness(look: OpticsLook, classes: ClassTable) -> npt.NDArray[np.float32]:
    """Return the share of the wider point spread per label code; of classes of one's own it is that of cytoplasm."""
    codes = classes.codes
    softness = np.full(len(codes), look.soft_cytoplasm, np.float32)
    softness[codes["boundaries"]] = look.soft_boundaries
    softness[codes["mitochondria"]] = softness[codes["mitochondrial_boundaries"]] = look.soft_mitochondria
    softness[codes["vesicles"]] = look.soft_vesicles
    softness[codes["psd"]] = look.soft_psd
    softness[codes["axon"]] = look.soft_axon
    return softness


@lru_cache(maxsize=64)
def _spread(look: OpticsLook) -> float:
    """Return the standard deviation of unit white noise after the blur of correlated noise down the rows."""
    half = blur_weights(look.noise_sigma_rows)
    return math.sqrt(float(half[0] ** 2 + 2 * (half[1:] ** 2).sum()))
