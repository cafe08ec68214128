"""What a stack keeps from section to section: labels and greys of pairs that are so many sections apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from synthem.labels import EPFL6, ClassTable

__all__ = ["SectionPair", "SectionSimilarity", "measure_sections", "pairs_of_stack"]

SMOOTHING = 2.0
"""Standard deviation in pixels of the Gaussian that greys pass before they are compared."""

Section: TypeAlias = tuple[npt.NDArray[np.uint8], npt.NDArray[np.bool_]]
"""Image (H, W) and masks (C, H, W)."""

SectionPair: TypeAlias = tuple[Section, Section]


@dataclass(frozen=True, kw_only=True)
class SectionSimilarity:
    """How alike two sections are.

    Parameters
    ----------
    pairs : int
        Number of pairs.
    grey : float
        Correlation of the greys after a Gaussian of two pixels, over all pixels of all pairs.
    dice : mapping of str to float
        Dice of each class over all pixels of all pairs; NaN where none has the class.
    """

    pairs: int
    grey: float
    dice: Mapping[str, float]


def pairs_of_stack(sections: Sequence[Section], gap: int) -> list[SectionPair]:
    """Return all pairs of sections of a stack that are `gap` apart.

    Parameters
    ----------
    sections : sequence of (image, masks)
        The stack.
    gap : int
        How far apart.
    """
    return [(sections[k], sections[k + gap]) for k in range(len(sections) - gap)]


def measure_sections(pairs: Iterable[SectionPair], classes: ClassTable = EPFL6) -> SectionSimilarity:
    """Measure how alike the two sections of pairs are.

    Parameters
    ----------
    pairs : iterable of ((image, masks), (image, masks))
        Images (H, W) uint8 and masks (C, H, W) bool.
    classes : ClassTable, default EPFL6
        The classes of the masks.

    Returns
    -------
    SectionSimilarity

    Examples
    --------
    >>> import numpy as np
    >>> from synthem.quality.sections import measure_sections
    >>> one = np.arange(64, dtype=np.uint8).reshape(8, 8), np.zeros((6, 8, 8), bool)
    >>> one[1][0, :4] = True
    >>> found = measure_sections([(one, one)])
    >>> round(found.grey, 6), found.dice["mitochondria"]
    (1.0, 1.0)
    """
    both, sizes, count = np.zeros(len(classes)), np.zeros(len(classes)), 0
    sums = np.zeros(6)  # n, x, y, xx, yy, xy
    for (first, own), (second, other) in pairs:
        x, y = (ndimage.gaussian_filter(image.astype(np.float64), SMOOTHING) for image in (first, second))
        sums += (x.size, x.sum(), y.sum(), (x * x).sum(), (y * y).sum(), (x * y).sum())
        both += (own & other).sum(axis=(1, 2))
        sizes += own.sum(axis=(1, 2)) + other.sum(axis=(1, 2))
        count += 1
    n, sum_x, sum_y, squares_x, squares_y, products = sums
    spread = np.sqrt((squares_x - sum_x**2 / max(n, 1)) * (squares_y - sum_y**2 / max(n, 1)))
    grey = float((products - sum_x * sum_y / n) / spread) if n and spread > 0 else float("nan")
    with np.errstate(invalid="ignore"):
        dice = 2.0 * both / sizes
    return SectionSimilarity(pairs=count, grey=grey, dice=dict(zip(classes.names, dice.tolist(), strict=True)))
