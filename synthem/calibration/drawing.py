"""Tiles of a model under trial."""

from __future__ import annotations

import numpy as np

from synthem.calibration.model import Model
from synthem.scene.build import build_scene
from synthem.tiles.labelled_image import LabelledTiles

__all__ = ["drawn_tiles"]


def drawn_tiles(model: Model, n: int, *, seed: int, axons: int = 0, size: int = 256) -> LabelledTiles:
    """Draw and paint tiles: always from the same random numbers, so that models differ by their parameters alone."""
    scene = build_scene(model.recipe, axons=axons, style=model.style, shape=(size, size))
    tiles = [scene.render(seed, index) for index in range(n)]
    return LabelledTiles(
        images=np.stack([tile.image for tile in tiles]),
        masks=np.stack([tile.masks for tile in tiles]),
        sources=np.arange(n),
    )
