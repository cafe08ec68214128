"""Pyramids: a picture or labels at full size, and at half of the size before until they are small."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["LONGEST", "level_shapes", "levels_of"]

LONGEST = 512
"""Most rows and columns of the last level."""


def level_shapes(shape: tuple[int, ...]) -> list[tuple[int, ...]]:
    """Return the shapes of a pyramid: rows and columns are halved until there are at most `LONGEST`.

    Parameters
    ----------
    shape : tuple of int
        Of the first level; rows and columns last.

    Examples
    --------
    >>> from synthem.io.pyramid import level_shapes
    >>> level_shapes((8, 1025, 700))
    [(8, 1025, 700), (8, 513, 350), (8, 257, 175)]
    """
    shapes = [tuple(shape)]
    while max(shapes[-1][-2:]) > LONGEST:
        shapes.append((*shapes[-1][:-2], *(-(-side // 2) for side in shapes[-1][-2:])))
    return shapes


def levels_of(pixels: npt.NDArray[Any]) -> Iterator[npt.NDArray[Any]]:
    """Yield the levels of a plane or of sections: images, of 8 bits, are averaged, labels keep every second pixel.

    Parameters
    ----------
    pixels : (..., H, W) array
        The first level.
    """
    for level in range(len(level_shapes(pixels.shape))):
        if level:
            pixels = _halved(pixels) if pixels.dtype == np.uint8 else pixels[..., ::2, ::2]
        yield pixels


def _halved(image: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Return the means of blocks of 2x2 pixels; at the edge, of what is there."""
    odd = [(0, 0)] * (image.ndim - 2) + [(0, side % 2) for side in image.shape[-2:]]
    even = np.pad(image, odd, mode="edge").astype(np.uint16)
    total = even[..., ::2, ::2] + even[..., 1::2, ::2] + even[..., ::2, 1::2] + even[..., 1::2, 1::2]
    return ((total + 2) // 4).astype(np.uint8)
