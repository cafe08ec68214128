"""Tiles rendered from a model during the fit."""

from __future__ import annotations

import numpy as np

from synthem.calibration.model import Model
from synthem.scene.build import build_scene
from synthem.tiles.labelled_image import LabelledTiles

__all__ = ["render_trial_tiles"]


def render_trial_tiles(model: Model, n: int, *, seed: int, axons: int = 0, size: int = 256) -> LabelledTiles:
    """Render tiles of a model.

    The same seed gives the same random numbers for every model, so that the tiles of two models differ by their
    parameters alone.

    Parameters
    ----------
    model : Model
        Style and recipe.
    n : int
        Number of tiles.
    seed : int
        Seed of the tiles.
    axons : int
        Axons in each tile, default 0.
    size : int
        Side of a tile in pixels, default 256.

    Returns
    -------
    LabelledTiles
        The tiles, each a slice of its own.
    """
    scene = build_scene(model.recipe, axons=axons, style=model.style, shape=(size, size))
    tiles = [scene.render(seed, index) for index in range(n)]
    return LabelledTiles.of(np.stack([tile.image for tile in tiles]), np.stack([tile.masks for tile in tiles]))
