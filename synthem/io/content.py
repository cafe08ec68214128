"""What a dataset on disk holds, however it is stored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from synthem.errors import ConfigError
from synthem.io.read_report import ReadReport
from synthem.labels import EPFL6, ClassTable
from synthem.tiles.stacks import Stacks, TileMeta

__all__ = ["AXES", "TILES_PER_FILE", "DatasetInfo", "StoredTiles", "common_spacing", "pixel_size_of"]

AXES = "zyx"
"""Axes of pixels: sections of a volume, rows, columns; tiles have the last two."""

MOST_TILES = 10**9
"""Of a dataset: with their names and sums it is held in memory while it is written; streams have no end."""

TILES_PER_FILE = 1000
"""The most tiles in a file that several share."""


def pixel_size_of(config: Mapping[str, Any]) -> float | None:
    """Return the side of a pixel in nm of tiles that were made from a configuration; None where it does not tell."""
    style = config.get("style")
    if isinstance(config.get("pixel_size_nm"), Mapping):  # drawn per tile
        return None
    sizes = [config.get("pixel_size_nm"), style.get("pixel_size_nm") if isinstance(style, Mapping) else None]
    # one's own scene may say anything
    return next((float(size) for size in sizes if isinstance(size, int | float) and size > 0), None)


def common_spacing(config: Mapping[str, Any], sizes: Iterable[float | None], *, axes: int) -> tuple[float, ...] | None:
    """Return the spacing of pixels that all tiles have; None where it is not known, or drawn per tile.

    Parameters
    ----------
    config : mapping
        What the tiles are made from.
    sizes : iterable of float or None
        Side of a pixel of each tile in nm.
    axes : int
        Number of axes.
    """
    if isinstance(config.get("pixel_size_nm"), Mapping):
        return None
    found = set(sizes)
    size = found.pop() if len(found) == 1 else None
    return None if size is None else (size,) * axes


@dataclass(frozen=True, kw_only=True)
class DatasetInfo:
    """What is known of a dataset before its first tile is there.

    Parameters
    ----------
    n : int
        Number of tiles, 1 to 10⁹.
    shape : tuple of int
        Height and width of every tile in pixels; of volumes depth, height and width.
    seed : int or None, default None
        Seed of the scene; None for data that was not generated.
    config : mapping, default empty
        What the tiles are made from, as JSON-able values.
    classes : ClassTable, default EPFL6
        The classes that are labelled.
    spacing_nm : tuple of float or None, default None
        Distance of neighbouring pixels along each axis of `shape` in nm. None means as `config` gives it; it stays None
        where that does not.
    tiles_per_file : int, default 1000
        The most tiles in a file, for formats whose tiles share files.
    versions : mapping of str to str or None, default None
        Versions of Python and of the packages that made the tiles; None means those that are installed.
    """

    n: int
    shape: tuple[int, ...]
    seed: int | None = None
    config: Mapping[str, Any] = field(default_factory=dict)
    classes: ClassTable = EPFL6
    spacing_nm: tuple[float, ...] | None = None
    tiles_per_file: int = TILES_PER_FILE
    versions: Mapping[str, str] | None = None

    def __post_init__(self) -> None:
        if not 2 <= len(self.shape) <= len(AXES):
            raise ConfigError(f"`shape` must be height and width, or depth, height and width, got {self.shape}")
        size = pixel_size_of(self.config)
        if self.spacing_nm is None and size is not None:
            across = float(self.config.get("spacing_nm", size))  # of sections
            object.__setattr__(self, "spacing_nm", (across, size, size)[-len(self.shape) :])
        if self.spacing_nm is not None and len(self.spacing_nm) != len(self.shape):
            raise ConfigError(f"`spacing_nm` must be one per axis of {self.shape}, got {self.spacing_nm}")
        if self.n > MOST_TILES:
            raise ConfigError(f"`n` must be at most {MOST_TILES} tiles in a dataset, got {self.n}")
        if self.tiles_per_file < 1:
            raise ConfigError(f"`tiles_per_file` must be at least 1, got {self.tiles_per_file}")

    @property
    def axes(self) -> str:
        """Names of the axes of `shape`: ``"yx"``, of volumes ``"zyx"``."""
        return AXES[-len(self.shape) :]


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
