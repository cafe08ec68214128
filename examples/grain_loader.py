"""Tiles through grain, the loader of the JAX world: a map-style dataset of any length is all it needs.

Run it with ``python examples/grain_loader.py``; it needs ``pip install "synthem[torch]" grain``.
"""

from __future__ import annotations

from typing import Any

import grain.python as grain
import numpy as np

import synthem
from synthem.torch import TileDataset


def as_arrays(tile: synthem.Tile, rng: np.random.Generator) -> dict[str, Any]:
    """Return image and masks with channels last, as JAX has them."""
    return {"image": tile.image[..., None], "masks": np.moveaxis(tile.masks, 0, -1)}


if __name__ == "__main__":
    tiles = TileDataset(10**6, seed=7, transform=as_arrays)
    batches = grain.MapDataset.source(tiles).shuffle(seed=1).batch(6)
    for batch in (batches[k] for k in range(3)):
        print({name: values.shape for name, values in batch.items()})
