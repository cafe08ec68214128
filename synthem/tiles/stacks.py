"""Pixels of many tiles in one block of memory."""

from __future__ import annotations

import math
import mmap
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from synthem.errors import ConfigError
from synthem.labels import CLASS_NAMES
from synthem.tiles.placement_report import PlacementReport
from synthem.tiles.tile import Records, Tile

if TYPE_CHECKING:
    pass

__all__ = ["Stacks", "TileMeta"]

TileMeta: TypeAlias = tuple[Records, PlacementReport, int | None, int]
"""What is known of a tile beside its pixels: records, report, seed and index."""

BYTES_PER_PIXEL = 1 + len(CLASS_NAMES) + 4 + 4


class Stacks(NamedTuple):
    """The pixels of n tiles: images, masks, instances and compartments, as in `Dataset`."""

    images: npt.NDArray[np.uint8]
    masks: npt.NDArray[np.bool_]
    instances: npt.NDArray[np.int32]
    compartments: npt.NDArray[np.int32]

    @classmethod
    def empty(cls, n: int, shape: tuple[int, int], *, shared: bool = False) -> Stacks:
        """Return stacks without content, in memory that forked processes share if asked for."""
        make = _shared_empty if shared else np.empty
        try:
            return cls(
                make((n, *shape), np.uint8),
                make((n, len(CLASS_NAMES), *shape), np.bool_),
                make((n, *shape), np.int32),
                make((n, *shape), np.int32),
            )
        except (MemoryError, OSError, ValueError, OverflowError) as error:
            size = n * math.prod(shape) * BYTES_PER_PIXEL / 2**30
            required = f"`n` tiles must fit into memory: {n} of {shape[0]} x {shape[1]} pixels need {size:.1f} GiB"
            raise ConfigError(f"{required}; `iter_tiles` yields and `generate_files` writes any number") from error

    def tile(self, place: int, facts: TileMeta) -> Tile:
        """Return the tile at a place, as views."""
        records, report, seed, index = facts
        return Tile(
            image=self.images[place],
            masks=self.masks[place],
            instances=self.instances[place],
            compartments=self.compartments[place],
            records=records,
            report=report,
            seed=seed,
            index=index,
        )

    def put(self, place: int, tile: Tile) -> None:
        """Copy the pixels of a tile to a place."""
        self.images[place] = tile.image
        self.masks[place] = tile.masks
        self.instances[place] = tile.instances
        self.compartments[place] = tile.compartments


def _shared_empty(shape: tuple[int, ...], dtype: type[np.generic]) -> npt.NDArray[Any]:
    memory = mmap.mmap(-1, math.prod(shape) * np.dtype(dtype).itemsize)
    return np.frombuffer(memory, dtype).reshape(shape)
