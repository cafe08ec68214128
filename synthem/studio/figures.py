"""Histograms and key figures of a few tiles, fast enough to follow a slider."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from synthem.quality import objects, regions
from synthem.quality.features import FeatureTable
from synthem.quality.measurement import Measurement
from synthem.quality.metrics import metrics
from synthem.tiles.labelled_image import LabelledTiles

__all__ = ["TileFigures", "comparison_rows", "measure_quickly"]

BINS = 64
"""Bins of a histogram, of four grey levels each."""


@dataclass(frozen=True, eq=False, kw_only=True)
class TileFigures:
    """What is measured of a set of tiles.

    Attributes
    ----------
    measurement : Measurement
        Greys, noise, amounts and shapes; texture features, arrangement and edges are left out.
    histograms : dict of str to (64,) float array
        Share of the pixels of each region in each bin.
    """

    measurement: Measurement
    histograms: dict[str, npt.NDArray[np.float64]]


def measure_quickly(tiles: LabelledTiles) -> TileFigures:
    """Measure what takes milliseconds per tile."""
    found = regions.region_masks(tiles)
    flat = found.get("cytoplasm")
    flat = regions.flat_areas(tiles.images) if flat is None else flat
    greys = {"image": np.ones(tiles.images.shape, bool)} | found
    measurement = Measurement(
        tiles=len(tiles),
        slices=len(set(tiles.sources.tolist())),
        grey=regions.grey_levels(tiles.images, found),
        areas=objects.areas(tiles),
        counts=objects.counts(tiles),
        compartments=objects.compartments(tiles) if tiles.labels("boundaries") else {},
        shapes=objects.shapes(tiles),
        arrangement={},
        edges={},
        noise=regions.noise(tiles.images, flat)[0],
        features=FeatureTable(names=(), values=np.zeros((len(tiles), 0)), sources=tiles.sources),
    )
    return TileFigures(
        measurement=measurement, histograms={name: _histogram(tiles.images[where]) for name, where in greys.items()}
    )


def _histogram(greys: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    counts = np.bincount(greys // (256 // BINS), minlength=BINS).astype(np.float64)
    return np.divide(counts, max(counts.sum(), 1.0))


def comparison_rows(synthetic: TileFigures, real: TileFigures | None) -> list[dict[str, Any]]:
    """Return the key figures as plain data, beside those of real tiles where there are any.

    Parameters
    ----------
    synthetic, real : TileFigures
        Both sides; without a real one the figures stand alone.

    Returns
    -------
    list of dict
        ``name``, ``synthetic`` and, beside real tiles, ``real``, ``allowed`` and ``met``; a value that could not be
        measured is None.
    """
    other = synthetic if real is None else real
    rows = []
    for metric in metrics(other.measurement, synthetic.measurement):
        row: dict[str, Any] = {"name": metric.name, "synthetic": _finite(metric.synthetic)}
        if real is not None:
            row |= {"real": _finite(metric.real), "allowed": metric.allowed_text, "met": metric.met}
        rows.append(row)
    return rows


def _finite(value: float) -> float | None:
    return round(float(value), 4) if np.isfinite(value) else None
