"""All measurements of one set of tiles."""

from __future__ import annotations

from dataclasses import dataclass

from synthem._progress import Tick
from synthem.quality import objects, regions
from synthem.quality.arrangement import arrangement
from synthem.quality.distribution import Distribution
from synthem.quality.edges import edges
from synthem.quality.features import FeatureTable, feature_table
from synthem.tiles.labelled_image import LabelledTiles

__all__ = ["Measurement", "measure"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Measurement:
    """Measurements of one set of tiles; classes that are not labelled are absent from the dictionaries.

    Attributes
    ----------
    tiles, slices : int
        Number of tiles, and of the slices they come from.
    grey : dict of str to Distribution
        Grey levels of each region, of ``cytoplasm`` and of the whole ``image``.
    areas : dict of str to Distribution
        Share of each tile that a class covers, in percent.
    counts : dict of str to Distribution
        Objects per tile.
    compartments : dict of str to Distribution
        ``count`` per tile and ``area`` in square pixels.
    shapes : dict of str to Distribution
        See `synthem.quality.objects.shapes`.
    arrangement : dict of str to Distribution
        See `synthem.quality.arrangement.arrangement`.
    edges : dict of str to tuple of float
        See `synthem.quality.edges.edges`.
    noise : dict of str to tuple of float
        See `synthem.quality.regions.noise`.
    features : FeatureTable
        Texture features of each tile.
    """

    tiles: int
    slices: int
    grey: dict[str, Distribution]
    areas: dict[str, Distribution]
    counts: dict[str, Distribution]
    compartments: dict[str, Distribution]
    shapes: dict[str, Distribution]
    arrangement: dict[str, Distribution]
    edges: dict[str, tuple[float, ...]]
    noise: dict[str, tuple[float, ...]]
    features: FeatureTable


PASSES = 3
"""`measure` counts each tile so often."""


def measure(tiles: LabelledTiles, *, features: FeatureTable | None = None, tick: Tick = lambda _: None) -> Measurement:
    """Measure a set of tiles.

    Parameters
    ----------
    tiles : LabelledTiles
        Tiles, from `cut_tiles`.
    features : FeatureTable, optional
        The features of these tiles, if they are known already.
    tick : callable, optional
        Told of the progress: the number of tiles once for their features, if these are not given, and three times for
        the rest.

    Returns
    -------
    Measurement
        The measurements.
    """
    found = regions.region_masks(tiles)
    flat = found.get("cytoplasm")
    if flat is None:
        flat = regions.flat_areas(tiles.images)
    grey, noise = regions.grey_levels(tiles.images, found), regions.noise(tiles.images, flat)[0]
    greys_at_edges = edges(tiles)
    tick(len(tiles))
    shapes = objects.shapes(tiles)
    tick(len(tiles))
    arranged = arrangement(tiles)
    tick(len(tiles))
    return Measurement(
        tiles=len(tiles),
        slices=len(set(tiles.sources.tolist())),
        grey=grey,
        areas=objects.areas(tiles),
        counts=objects.counts(tiles),
        compartments=objects.compartments(tiles) if tiles.labels("boundaries") else {},
        shapes=shapes,
        arrangement=arranged,
        edges=greys_at_edges,
        noise=noise,
        features=features if features is not None else feature_table(tiles.images, tiles.sources, tick=tick),
    )
