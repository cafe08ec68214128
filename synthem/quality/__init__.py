"""Measure how real synthetic tiles look: `compare` takes two sets of tiles and returns a `Report`."""

from synthem.quality.comparison import compare
from synthem.quality.distances import Distances, DistinguishingFeature
from synthem.quality.distribution import Distribution
from synthem.quality.measurement import Measurement, measure
from synthem.quality.metrics import Metric
from synthem.quality.report import Report
from synthem.quality.tiles import cut_tiles
from synthem.tiles.labelled_image import LabelledTiles

__all__ = [
    "Distances",
    "DistinguishingFeature",
    "Distribution",
    "LabelledTiles",
    "Measurement",
    "Metric",
    "Report",
    "compare",
    "cut_tiles",
    "measure",
]
