"""Tiles rendered from models during the fit."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from synthem.calibration.model import Model
from synthem.scene.build import build_scene
from synthem.scene.layout import Layout
from synthem.tiles.labelled_image import LabelledTiles
from synthem.tissue.recipes.recipe import Recipe

__all__ = ["KEPT", "TrialTiles"]

KEPT = 3
"""Recipes whose layouts are kept: that of the fit, one that a derivative tries, one with axons."""

Kind: TypeAlias = tuple[Recipe, float, int]
"""What decides a layout, together with seed and number: recipe, pixel size and axons."""


class TrialTiles:
    """Tiles of models.

    The same seed gives the same random numbers for every model, so that the tiles of two models differ by their
    parameters alone. Models of one recipe have the same masks: their layouts are drawn once, then painted per style.

    Parameters
    ----------
    seed : int
        Seed of the tiles.
    size : int
        Side of a tile in pixels, default 256.
    """

    def __init__(self, *, seed: int, size: int = 256) -> None:
        self.seed, self.size = seed, size
        self._drawn: dict[Kind, list[Layout]] = {}

    def render(self, model: Model, n: int, *, axons: int = 0) -> LabelledTiles:
        """Render tiles of a model.

        Parameters
        ----------
        model : Model
            Style and recipe.
        n : int
            Number of tiles.
        axons : int
            Axons in each tile, default 0.

        Returns
        -------
        LabelledTiles
            The tiles, each a slice of its own.
        """
        tiles = [layout.render(model.style) for layout in self._layouts(model, n, axons)]
        return LabelledTiles.of(np.stack([tile.image for tile in tiles]), np.stack([tile.masks for tile in tiles]))

    def _layouts(self, model: Model, n: int, axons: int) -> list[Layout]:
        kind = (model.recipe, model.style.pixel_size_nm, axons)
        drawn = self._drawn.pop(kind, [])
        if len(drawn) < n:
            scene = build_scene(model.recipe, axons=axons, style=model.style, shape=(self.size, self.size))
            drawn += [scene.sample(self.seed, index) for index in range(len(drawn), n)]
        self._drawn[kind] = drawn  # the latest come last
        while len(self._drawn) > KEPT:
            del self._drawn[next(iter(self._drawn))]
        return drawn[:n]
