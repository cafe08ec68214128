"""What a dataset on disk holds, however it is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from synthem.io.read_report import ReadReport
from synthem.labels import EPFL6, ClassTable
from synthem.tiles.stacks import Stacks, TileMeta

__all__ = ["DatasetInfo", "StoredTiles", "pixel_size_of"]


def pixel_size_of(config: Mapping[str, Any]) -> float | None:
    """Return the side of a pixel in nm of tiles that were made from a configuration; None where it does not tell."""
    style = config.get("style")
    if isinstance(config.get("pixel_size_nm"), Mapping):  # drawn per tile
        return None
    sizes = [config.get("pixel_size_nm"), style.get("pixel_size_nm") if isinstance(style, Mapping) else None]
    # one's own scene may say anything
    return next((float(size) for size in sizes if isinstance(size, int | float) and size > 0), None)


@dataclass(frozen=True, kw_only=True)
class DatasetInfo:
    """What is known of a dataset before its first tile is there.

    Parameters
    ----------
    n : int
        Number of tiles, at least 1.
    shape : tuple of int
        Height and width of every tile in pixels.
    seed : int or None, default None
        Seed of the scene; None for data that was not generated.
    config : mapping, default empty
        What the tiles are made from, as JSON-able values.
    classes : ClassTable, default EPFL6
        The classes that are labelled.
    """

    n: int
    shape: tuple[int, int]
    seed: int | None = None
    config: Mapping[str, Any] = field(default_factory=dict)
    classes: ClassTable = EPFL6

    @property
    def spacing_nm(self) -> tuple[float, ...] | None:
        """Distance of neighbouring pixels along each axis of `shape` in nm; None where `config` does not give it."""
        size = pixel_size_of(self.config)
        return None if size is None else (size,) * len(self.shape)


@dataclass(frozen=True, kw_only=True)
class StoredTiles:
    """Tiles as they were read.

    Parameters
    ----------
    stacks : Stacks
        Pixels of all tiles.
    tiles : sequence of TileMeta
        What is known of each tile beside its pixels.
    names : tuple of str
        File name of each tile, without its ending.
    seed, config, classes
        As in `DatasetInfo`.
    report : ReadReport, optional
        What was used and ignored, of a folder that synthem did not write.
    """

    stacks: Stacks
    tiles: Sequence[TileMeta]
    names: tuple[str, ...]
    seed: int | None = None
    config: Mapping[str, Any] = field(default_factory=dict)
    classes: ClassTable = EPFL6
    report: ReadReport | None = None
