"""Point spread, illumination and noise."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from synthem.geometry.territory import Territory
from synthem.instrument.sections import Detector, Optics
from synthem.instrument.style import Style
from synthem.kernels.optics import Blur, ExposureColumn, Noise, expose
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
    brightness, tilt_rows, tilt_cols, focus, noise, gain : float
        Deviations of the brightness, of its slopes along rows and columns, of the point spread, of the noise and of
        the contrast, in standard deviations.
    sharpness, inversion : float
        From 0 to 1; the tile is one of the sharp or inverted ones if the number is below their share.
    """

    key: int
    brightness: float
    tilt_rows: float
    tilt_cols: float
    focus: float
    noise: float
    gain: float
    sharpness: float
    inversion: float


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

    def sample(self, rng: np.random.Generator, territory: Territory) -> ExposurePlan:
        """Draw the key of the noise, the illumination, and by how much focus, noise and contrast differ."""
        draws = np.minimum(np.maximum(rng.standard_normal(6), -2.5), 2.5).tolist()
        brightness, tilt_rows, tilt_cols, focus, noise, gain = draws
        key = int(rng.integers(1 << 40))
        return ExposurePlan(key, brightness, tilt_rows, tilt_cols, focus, noise, gain, rng.random(), rng.random())

    def apply(self, canvas: Canvas, record: ExposurePlan, style: Style) -> None:
        """Expose the picture."""
        optics, detector, (height, width) = style.optics, style.detector, canvas.shape
        banks, (white, blurred) = noise_banks(detector.tails, detector.sigma_cols_px)
        noise = math.exp(detector.noise_sd * record.noise) * math.sqrt(0.5)  # two numbers of a bank make one
        focus = math.exp(optics.focus_sd * record.focus) / canvas.pixel_size_nm
        focus *= optics.sharp_focus if record.sharpness < optics.sharp_share else 1.0
        gain, fixpoint = math.exp(optics.gain_sd * record.gain), style.cytoplasm.level
        light = (1.0 - gain) * fixpoint + optics.brightness_sd * record.brightness
        contrast, offset = detector.contrast, detector.offset
        if record.inversion < detector.inverted_share:
            contrast, offset = -contrast, 255.0 - offset
        factor, lift = _normalisation(canvas.grey, detector)
        gain *= contrast
        light = contrast * light + offset + gain * lift - (1.0 - gain * factor) * fixpoint
        gain *= factor
        numbers = np.empty(len(ExposureColumn), np.float32)
        numbers[ExposureColumn.WHITE] = noise * detector.white / white
        numbers[ExposureColumn.CORRELATED] = noise * detector.correlated / (blurred * _spread(detector))
        numbers[ExposureColumn.AXIAL], numbers[ExposureColumn.DIAGONAL] = detector.axial, detector.diagonal
        numbers[ExposureColumn.SLOPE], numbers[ExposureColumn.CURVE] = detector.shot_slope, detector.shot_curve
        numbers[ExposureColumn.GAIN], numbers[ExposureColumn.GAIN_FIXPOINT] = gain, fixpoint
        numbers[ExposureColumn.LIGHT] = light
        numbers[ExposureColumn.LIGHT_DOWN] = optics.tilt_sd * record.tilt_rows / height
        numbers[ExposureColumn.LIGHT_RIGHT] = optics.tilt_sd * record.tilt_cols / width
        blur = Blur(
            blur_weights(_sigma(focus * optics.psf_sigma_nm)),
            half_weights(_sigma(focus * optics.soft_sigma_nm)),
            _softness(optics, canvas.classes),
        )
        canvas.image = np.empty(canvas.shape, np.uint8)
        source = Noise(banks, blur_weights(detector.sigma_rows_px), record.key)
        expose(canvas.planes, blur, source, numbers, canvas.rows, canvas.halves, canvas.image)


def _normalisation(grey: npt.NDArray[np.float32], detector: Detector) -> tuple[float, float]:
    """Return the factor of a normalisation, and what it adds after that."""
    if detector.normalisation == 0.0:
        return 1.0, 0.0
    mean, sd = float(grey.mean()), float(grey.std())
    factor = (detector.normalised_sd / max(sd, 1.0)) ** detector.normalisation
    return factor, mean * (1.0 - factor) + detector.normalisation * (detector.normalised_mean - mean)


def _sigma(sigma: float) -> float:
    """Return a point spread with two decimals, since the tables of weights are shared."""
    return min(round(sigma, 2), WIDEST)


@lru_cache(maxsize=64)
def _softness(optics: Optics, classes: ClassTable) -> npt.NDArray[np.float32]:
    """Return the share of the wider point spread per label code; of classes of one's own it is that of cytoplasm."""
    codes = classes.codes
    softness = np.full(len(codes), optics.soft_cytoplasm, np.float32)
    softness[codes["boundaries"]] = optics.soft_boundaries
    softness[codes["mitochondria"]] = softness[codes["mitochondrial_boundaries"]] = optics.soft_mitochondria
    softness[codes["vesicles"]] = optics.soft_vesicles
    softness[codes["psd"]] = optics.soft_psd
    softness[codes["axon"]] = optics.soft_axon
    return softness


@lru_cache(maxsize=64)
def _spread(detector: Detector) -> float:
    """Return the standard deviation of unit white noise after the blur of correlated noise down the rows."""
    half = blur_weights(detector.sigma_rows_px)
    return math.sqrt(float(half[0] ** 2 + 2 * (half[1:] ** 2).sum()))
