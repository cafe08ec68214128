"""A picture as its file holds it, before it is known to be grey levels, a mask or labels."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Decoded", "oriented"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Decoded:
    """Samples of one picture.

    Parameters
    ----------
    bands : tuple of (H, W) array
        Grey levels or numbers in one band; colours, or channels without a meaning, in several. Those of one bit are 0
        and 255, as uint8.
    alpha : (H, W) array, optional
        Opacity.
    index : (H, W) uint8 array, optional
        Numbers of a palette, whose colours are the bands.
    step : int, default 1
        Grey levels between two neighbouring values: 85 for 2 bits and 17 for 4, which are spread over 0 to 255.
    lossy : bool, default False
        Whether the file was compressed with loss, so that its values are near what they were.
    pixel_size_nm : float, optional
        Side of a pixel, where the file tells it.
    """

    bands: tuple[npt.NDArray[Any], ...]
    alpha: npt.NDArray[Any] | None = None
    index: npt.NDArray[np.uint8] | None = None
    step: int = 1
    lossy: bool = False
    pixel_size_nm: float | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """Height and width in pixels."""
        return self.bands[0].shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the samples."""
        return self.bands[0].dtype

    def grey(self) -> npt.NDArray[Any] | None:
        """Return the one band, or one of several that are equal; None for different ones."""
        first = self.bands[0]
        if self.lossy:
            wide = [band.astype(np.int16) for band in self.bands]
            equal = all(np.abs(wide[0] - other).max(initial=0) <= LOSSY_GREY for other in wide[1:])
        else:
            equal = all(np.array_equal(first, other) for other in self.bands[1:])
        return first if equal else None


LOSSY_GREY = 2
"""Largest difference of the colour channels of a grey JPEG: a matter of rounding."""


def oriented(picture: Decoded, orientation: int) -> Decoded:
    """Return a picture with its first row on top and its first column on the left.

    Parameters
    ----------
    picture : Decoded
        Rows and columns as they lie in the file.
    orientation : int
        As TIFF and EXIF number it, 1 to 8; 1 changes nothing.
    """
    if orientation not in range(2, 9):
        return picture

    def turned(band: npt.NDArray[Any]) -> npt.NDArray[Any]:
        if orientation >= 5:
            band = band.T
        rows = -1 if orientation in (3, 4, 7, 8) else 1
        columns = -1 if orientation in (2, 3, 6, 7) else 1
        return np.ascontiguousarray(band[::rows, ::columns])

    return replace(
        picture,
        bands=tuple(turned(band) for band in picture.bands),
        alpha=None if picture.alpha is None else turned(picture.alpha),
        index=None if picture.index is None else turned(picture.index),
    )
