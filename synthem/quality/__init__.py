"""Measure how real synthetic tiles look: `compare` two sets of tiles, read the `Report`."""

from synthem.quality.comparison import compare
from synthem.quality.distances import Distances, Giveaway
from synthem.quality.distribution import Distribution
from synthem.quality.figures import Figure
from synthem.quality.measurement import Measurement, measure
from synthem.quality.report import Report
from synthem.quality.tiles import cut_tiles
from synthem.tiles.labelled_image import LabelledTiles

__all__ = [
    "Distances",
    "Distribution",
    "Figure",
    "Giveaway",
    "LabelledTiles",
    "Measurement",
    "Report",
    "compare",
    "cut_tiles",
    "measure",
]
