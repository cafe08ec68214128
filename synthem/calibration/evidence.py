"""What slices tell: their tiles, the metrics of these, and how sure they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from synthem.calibration.statistics import Statistics, image_statistics, label_statistics, standard_errors
from synthem.quality import cut_tiles
from synthem.tiles.labelled_image import LabelledImage, LabelledTiles

__all__ = ["Evidence", "gather_evidence"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Evidence:
    """The tiles of slices, and what they measure.

    Attributes
    ----------
    pictures : LabelledTiles
        All tiles, without labels.
    tiles : LabelledTiles
        Those with labels; all of them if no pixel is labelled.
    metrics, errors : Statistics
        Metrics, and their standard errors.
    pixel_size_nm : float
        Side of a pixel.
    slices, labelled_slices : int
        Number of slices, and of those whose labels are used.
    """

    pictures: LabelledTiles
    tiles: LabelledTiles
    metrics: Statistics
    errors: Statistics
    pixel_size_nm: float
    slices: int
    labelled_slices: int

    @property
    def classes(self) -> tuple[str, ...]:
        """The labelled classes."""
        return self.tiles.labelled

    def halves(self) -> tuple[Statistics, Statistics]:
        """Return the metrics of two halves of the slices."""
        first, second = (self._half(odd) for odd in (False, True))
        return first, second

    def _half(self, odd: bool) -> Statistics:
        found: Statistics = {}
        for tiles, labels in ((self.pictures, False), (self.tiles, True)):
            ranks = np.searchsorted(np.unique(tiles.sources), tiles.sources)
            part = tiles.part((ranks % 2 == 1) == odd)
            if len(part):
                found |= label_statistics(part, self.pixel_size_nm) if labels else image_statistics(part)
        return found


def gather_evidence(slices: Sequence[LabelledImage], pixel_size_nm: float, *, progress: bool | None = None) -> Evidence:
    """Cut slices into tiles and measure these.

    Parameters
    ----------
    slices : sequence of LabelledImage
        The slices.
    pixel_size_nm : float
        Side of a pixel.
    progress : bool or None
        Show a progress bar; None means if standard error is a terminal.

    Raises
    ------
    DataError
        If there is no slice, or one is too small.
    """
    pictures, labelled = cut_tiles([replace(item, labelled=()) for item in slices]), _labelled_tiles(slices)
    metrics, errors = image_statistics(pictures), standard_errors(pictures, image_statistics, progress=progress)
    if labelled is not None:
        measure = partial(label_statistics, pixel_size_nm=pixel_size_nm)
        metrics |= measure(labelled)
        errors |= standard_errors(labelled, measure, progress=progress)
    return Evidence(
        pictures=pictures,
        tiles=pictures if labelled is None else labelled,
        metrics=metrics,
        errors=errors,
        pixel_size_nm=pixel_size_nm,
        slices=len(slices),
        labelled_slices=0 if labelled is None else len(np.unique(labelled.sources)),
    )


def _labelled_tiles(slices: Sequence[LabelledImage]) -> LabelledTiles | None:
    """Return the tiles of the slices with the largest common set of labelled classes; None if no pixel is labelled."""
    kinds = Counter(frozenset(item.labelled) for item in slices if item.labelled)
    if not kinds:
        return None
    best = max(kinds, key=lambda kind: (len(kind), kinds[kind]))
    chosen = [item for item in slices if frozenset(item.labelled) == best]
    return cut_tiles(chosen) if any(item.masks.any() for item in chosen) else None
