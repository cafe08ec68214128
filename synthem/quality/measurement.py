"""All figures of one side: what the real tiles are, or what the synthetic ones are."""

from __future__ import annotations

from dataclasses import dataclass

from synthem.quality import objects, regions
from synthem.quality.arrangement import arrangement
from synthem.quality.distribution import Distribution
from synthem.quality.edges import edges
from synthem.quality.features import FeatureTable, feature_table
from synthem.tiles.labelled_image import LabelledTiles

__all__ = ["Measurement", "measure"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Measurement:
    """Figures of one set of tiles; what is not labelled is absent from the dictionaries.

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


def measure(tiles: LabelledTiles, *, features: FeatureTable | None = None) -> Measurement:
    """Measure a set of tiles.

    Parameters
    ----------
    tiles : LabelledTiles
        Tiles, from `cut_tiles`.
    features : FeatureTable, optional
        The features of these tiles where they are known already.

    Returns
    -------
    Measurement
        The figures.
    """
    found = regions.region_masks(tiles)
    flat = found.get("cytoplasm")
    if flat is None:
        flat = regions.flat_areas(tiles.images)
    return Measurement(
        tiles=len(tiles),
        slices=len(set(tiles.sources.tolist())),
        grey=regions.grey_levels(tiles.images, found),
        areas=objects.areas(tiles),
        counts=objects.counts(tiles),
        compartments=objects.compartments(tiles) if tiles.labels("boundaries") else {},
        shapes=objects.shapes(tiles),
        arrangement=arrangement(tiles),
        edges=edges(tiles),
        noise=regions.noise(tiles.images, flat),
        features=features if features is not None else feature_table(tiles.images, tiles.sources),
    )
