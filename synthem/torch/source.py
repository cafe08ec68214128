"""Samples by number: one scene under one seed, each tile turned into what a network takes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import torch
from torch import Tensor

from synthem.errors import ConfigError
from synthem.generation.shortfall import require_complete
from synthem.generation.tile_request import TileRequest
from synthem.generation.workers import Renderable, compile_kernels_for, render_tile
from synthem.seeds import Stream
from synthem.tiles.labelled_image import LabelledImage
from synthem.tiles.tile import Tile

__all__ = ["Labelled", "TileSource", "Transform", "to_tensors"]

Labelled: TypeAlias = Tile | LabelledImage
Transform: TypeAlias = Callable[[Any, np.random.Generator], Any]
"""Turns a tile or a labelled image into a sample; what is random in it comes from the generator."""


def to_tensors(item: Labelled, rng: np.random.Generator | None = None) -> tuple[Tensor, Tensor]:
    """Return image and masks of a tile as tensors: what samples are without a transform of one's own.

    Parameters
    ----------
    item : Tile or LabelledImage
        Anything with an image and masks.
    rng : numpy.random.Generator, optional
        Not needed; so this function is a transform.

    Returns
    -------
    image : (1, H, W) float32 tensor
        Grey levels over 255, from 0 to 1.
    masks : (C, H, W) float32 tensor
        0 and 1, one mask per class.

    Examples
    --------
    >>> import synthem
    >>> from synthem.torch import to_tensors
    >>> image, masks = to_tensors(synthem.generate(1, seed=0, shape=64)[0])
    >>> image.shape, masks.dtype
    (torch.Size([1, 64, 64]), torch.float32)
    """
    image = torch.from_numpy(item.image.astype(np.float32)[None]) / 255
    return image, torch.from_numpy(item.masks.astype(np.float32))


@dataclass(frozen=True, kw_only=True)
class TileSource:
    """A scene, a seed and a transform: sample `number` is a function of these and of `number` alone.

    Parameters
    ----------
    scene : Renderable
        What renders the tiles.
    seed : int
        Its seed.
    start : int
        Number of the tile of sample 0.
    strict : bool
        Raise if an object finds no room.
    transform : callable
        Takes a tile and a generator that belongs to this tile, gives the sample.
    """

    scene: Renderable
    seed: int
    start: int
    strict: bool
    transform: Transform

    @classmethod
    def of(cls, name: str, options: Mapping[str, Any], transform: Transform | None) -> TileSource:
        """Return the source of keyword arguments of a dataset, with its kernels compiled and its first tile tried.

        Workers that are forked afterwards inherit the compiled kernels; others find them in the cache.
        """
        if "workers" in options:
            got = options["workers"]
            raise ConfigError(f"`workers` must be left out, since a loader has its own (`num_workers`), got {got!r}")
        if transform is not None and not callable(transform):
            raise ConfigError(f"`transform` must be a function of a tile and a generator, got {transform!r}")
        request = TileRequest.of(name, options)
        source = cls(
            scene=request.scene,
            seed=request.root_seed,
            start=request.start,
            strict=request.strict,
            transform=to_tensors if transform is None else transform,
        )
        compile_kernels_for(source.scene)
        source.tile(0)
        return source

    def tile(self, number: int) -> Tile:
        """Return the tile of a sample."""
        index = self.start + number
        tile = render_tile(self.scene, self.seed, index)
        if self.strict:
            require_complete(tile.report, self.seed, index)
        return tile

    def sample(self, number: int) -> Any:
        """Return one sample."""
        return self.transform(self.tile(number), Stream(self.seed, self.start + number, "transform"))

    @property
    def digest(self) -> str:
        """A short hash of the scene, to tell other tiles from these."""
        text = json.dumps(self.scene.to_dict(), sort_keys=True, default=str)
        return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
