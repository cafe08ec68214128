"""Pixels of many tiles in one block of memory."""

from __future__ import annotations

import math
import mmap
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from synthem.errors import ConfigError
from synthem.labels import EPFL6, ClassTable
from synthem.tiles.artifacts import Artifact
from synthem.tiles.placement_report import PlacementReport
from synthem.tiles.section_artifacts import SectionArtifact
from synthem.tiles.skeletons import Lines
from synthem.tiles.synapses import SynapticContact
from synthem.tiles.tile import Records, Tile
from synthem.tiles.volume import Volume

__all__ = ["NO_BLOCK", "BlockMeta", "Pixels", "Stacks", "TileMeta", "bytes_per_pixel", "check_array"]


def bytes_per_pixel(classes: ClassTable) -> int:
    """Return the bytes of a pixel in all planes of a tile together."""
    return 1 + len(classes) + 4 + 4


class BlockMeta(NamedTuple):
    """What is known of a volume that a tile has not; the fields are those of `Volume`."""

    spacing_nm: float | None = None
    thickness_nm: float | None = None
    origin: tuple[int, int, int] = (0, 0, 0)
    damage: tuple[SectionArtifact, ...] = ()


NO_BLOCK = BlockMeta()
"""That of a tile."""


@dataclass(frozen=True, eq=False, slots=True)
class TileMeta:
    """What is known of a tile beside its pixels; the fields are those of `Tile`.

    Parameters
    ----------
    records : tuple of ObjectRecord, or a callable that returns one, default ()
        Objects of the tile.
    report : PlacementReport, default empty
        Requested and placed objects.
    seed : int or None, default None
        Seed of the scene.
    index : int, default 0
        Number of the tile under this seed.
    artifacts : tuple of Artifact, default ()
        What damaged the tile.
    facing : tuple of SynapticContact, default ()
        Synapses of the tissue in and around the tile.
    pixel_size_nm : float or None, default None
        Side of a pixel.
    block : BlockMeta, default empty
        Of a volume its spacing, thickness, origin and damage.
    lines : callable or None, default None
        Of a volume what finds its centre lines.
    """

    records: Records = ()
    report: PlacementReport = field(default_factory=PlacementReport)
    seed: int | None = None
    index: int = 0
    artifacts: tuple[Artifact, ...] = ()
    facing: tuple[SynapticContact, ...] = ()
    pixel_size_nm: float | None = None
    block: BlockMeta = NO_BLOCK
    lines: Lines | None = None

    @classmethod
    def of(cls, tile: Tile) -> TileMeta:
        """Return what a tile knows of itself."""
        own = (tile.records, tile.report, tile.seed, tile.index, tile.artifacts, tile.facing, tile.pixel_size_nm)
        if isinstance(tile, Volume):
            return cls(*own, BlockMeta(tile.spacing_nm, tile.thickness_nm, tile.origin, tile.damage), tile.lines)
        return cls(*own)


class Pixels(NamedTuple):
    """The pixels of one tile: image, masks, instances and compartments, as in `Tile`."""

    image: npt.NDArray[np.uint8]
    masks: npt.NDArray[np.bool_]
    instances: npt.NDArray[np.int32]
    compartments: npt.NDArray[np.int32]

    @classmethod
    def of_planes(cls, planes: Sequence[npt.NDArray[Any]]) -> Pixels:
        """Return the pixels of planes: the image, a mask per class, instances and compartments."""
        return cls(planes[0], np.stack(planes[1:-2]), planes[-2], planes[-1])

    def tile(self, meta: TileMeta, classes: ClassTable = EPFL6) -> Tile:
        """Return the tile of these pixels; with a third axis, the volume."""
        solid = self.image.ndim == 3
        return (partial(Volume, **meta.block._asdict(), lines=meta.lines) if solid else Tile)(
            image=self.image,
            masks=self.masks,
            instances=self.instances,
            compartments=self.compartments,
            records=meta.records,
            report=meta.report,
            seed=meta.seed,
            index=meta.index,
            classes=classes,
            artifacts=meta.artifacts,
            facing=meta.facing,
            pixel_size_nm=meta.pixel_size_nm,
        )


class Stacks(NamedTuple):
    """The pixels of n tiles: images, masks, instances and compartments, as in `Dataset`."""

    images: npt.NDArray[np.uint8]
    masks: npt.NDArray[np.bool_]
    instances: npt.NDArray[np.int32]
    compartments: npt.NDArray[np.int32]

    @classmethod
    def empty(
        cls,
        n: int,
        shape: tuple[int, ...],
        classes: ClassTable = EPFL6,
        *,
        shared: bool = False,
        name: str = "n",
        instead: str = "",
    ) -> Stacks:
        """Return stacks without content.

        Parameters
        ----------
        n : int
            Number of tiles.
        shape : tuple of int
            Height and width of each in pixels; of volumes depth, height and width.
        classes : ClassTable, default EPFL6
            The classes of the masks.
        shared : bool, default False
            Use memory that forked processes share.
        name : str, default "n"
            Parameter that asks for so many tiles, for the error.
        instead : str, default ""
            What to do if they are too many, for the error.

        Raises
        ------
        ConfigError
            If they do not fit into memory.
        """
        make = _shared_empty if shared else np.empty
        try:
            return cls(
                make((n, *shape), np.uint8),
                make((n, len(classes), *shape), np.bool_),
                make((n, *shape), np.int32),
                make((n, *shape), np.int32),
            )
        except (MemoryError, OSError, ValueError, OverflowError) as error:
            size = n * math.prod(shape) * bytes_per_pixel(classes) / 2**30
            required = f"`{name}` must ask for what fits into memory"
            got = f"got {n} tiles of {' x '.join(map(str, shape))} pixels, which need {size:.1f} GiB"
            raise ConfigError(f"{required}, {got}{instead and f'; {instead}'}") from error

    @classmethod
    def of(cls, tile: Tile) -> Stacks:
        """Return the pixels of one tile, as views."""
        return cls(tile.image[None], tile.masks[None], tile.instances[None], tile.compartments[None])

    def tile(self, place: int, meta: TileMeta, classes: ClassTable = EPFL6) -> Tile:
        """Return the tile at a place, as views."""
        return Pixels(*(array[place] for array in self)).tile(meta, classes)

    def frozen(self) -> Stacks:
        """Return read-only views."""
        views = Stacks(self.images.view(), self.masks.view(), self.instances.view(), self.compartments.view())
        for view in views:
            view.flags.writeable = False
        return views

    def put(self, place: int, tile: Tile | Pixels) -> None:
        """Copy the pixels of a tile to a place."""
        self.images[place] = tile.image
        self.masks[place] = tile.masks
        self.instances[place] = tile.instances
        self.compartments[place] = tile.compartments


def check_array(name: str, array: object, dtype: type[np.generic], shape: tuple[int | None, ...]) -> tuple[int, ...]:
    """Return the shape of an array, or say what it must be; None stands for any size."""
    found = type(array).__name__
    if isinstance(array, np.ndarray):
        found = f"{array.dtype} {array.shape}"
        sizes = zip(shape, array.shape, strict=False)
        if array.dtype == dtype and array.ndim == len(shape) and all(want in (None, got) for want, got in sizes):
            return tuple(array.shape)
    wanted = ", ".join("any" if size is None else str(size) for size in shape)
    raise ConfigError(f"`{name}` must be a {np.dtype(dtype)} array of shape ({wanted}), got {found}")


def _shared_empty(shape: tuple[int, ...], dtype: type[np.generic]) -> npt.NDArray[Any]:
    memory = mmap.mmap(-1, math.prod(shape) * np.dtype(dtype).itemsize)
    return np.frombuffer(memory, dtype).reshape(shape)
