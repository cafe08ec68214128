"""Slices whose membranes are bright: they are fitted as negatives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy import ndimage

from synthem.instrument.sections import Detector
from synthem.quality.smoothing import gaussian
from synthem.tiles.labelled_image import LabelledImage

__all__ = ["are_negatives", "invert", "negated"]

MEMBRANES = "boundaries"
SMOOTHING = 2.0
LINE = 11
"""Side in pixels of the square that closes or opens thin lines."""


def are_negatives(slices: Sequence[LabelledImage]) -> bool:
    """Return whether most slices show membranes bright on a dark ground.

    Where membranes are labelled they are compared with the rest of the picture. Elsewhere thin bright structures must
    stand out more than thin dark ones: the white top-hat is compared with the black one. Margins without data are left
    out.
    """
    return sum(_is_negative(item) for item in slices) > len(slices) / 2


def _is_negative(item: LabelledImage) -> bool:
    data = np.ones(item.image.shape, np.bool_) if item.data is None else item.data
    if MEMBRANES in item.labelled:
        membranes, rest = item.mask(MEMBRANES) & data, data & ~item.mask(MEMBRANES)
        if membranes.any() and rest.any():
            return bool(item.image[membranes].mean() > item.image[rest].mean())
    smooth = gaussian(item.image.astype(np.float64), SMOOTHING)
    bright = smooth - ndimage.grey_opening(smooth, (LINE, LINE))
    dark = ndimage.grey_closing(smooth, (LINE, LINE)) - smooth
    inside = ndimage.binary_erosion(data, iterations=LINE, border_value=1)
    return bool(bright[inside].sum() > dark[inside].sum())


def invert(slices: Sequence[LabelledImage]) -> list[LabelledImage]:
    """Return the negatives of slices."""
    return [replace(item, image=255 - item.image) for item in slices]


def negated(detector: Detector) -> Detector:
    """Return the detector that shows negatives of what a detector shows."""
    return replace(
        detector, contrast=-detector.contrast, offset=255.0 - detector.offset, shot_slope=-detector.shot_slope
    )
