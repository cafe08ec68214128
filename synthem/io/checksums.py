"""SHA-256 of what a dataset holds: of images and of masks apart, and of files."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import ConfigDict, with_config

from synthem.tiles.stacks import Pixels
from synthem.tiles.tile import Tile

__all__ = ["Sums", "file_sum", "joined", "sums_of", "sums_of_sections"]

BLOCK = 2**20
SOLID = 3
"""Axes of a volume."""


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, kw_only=True)
class Sums:
    """SHA-256 of images and of masks, as hexadecimal digits.

    They are apart since greys may differ in the last bit between processors, and masks may not.

    Parameters
    ----------
    images : str
        Of the grey levels.
    masks : str
        Of the masks, instances and compartments.
    """

    images: str
    masks: str


def sums_of(tile: Tile | Pixels) -> Sums:
    """Return the sums of one tile, or of a volume: those of its sections, joined.

    Pixels of a tile are taken in C order: greys as they are; masks as bits, eight to a byte, the first one highest;
    instances, then compartments as a byte that says how many bytes each number has (2, or 4 if one needs more), and the
    numbers, lowest byte first.

    Examples
    --------
    >>> import synthem
    >>> from synthem.io.checksums import sums_of
    >>> tile = synthem.generate(1, seed=0, shape=64)[0]
    >>> sums_of(tile) == sums_of(synthem.generate(3, seed=0, shape=64, workers=2)[0])
    True
    """
    if tile.image.ndim == SOLID:
        return joined(sums_of_sections(tile))
    masks = hashlib.sha256(np.packbits(tile.masks).tobytes())
    for labels in (tile.instances, tile.compartments):
        masks.update(_numbers(labels))
    return Sums(images=hashlib.sha256(tile.image.tobytes()).hexdigest(), masks=masks.hexdigest())


def sums_of_sections(volume: Tile | Pixels) -> Iterator[Sums]:
    """Yield the sums of each section of a volume."""
    for z in range(len(volume.image)):
        planes = (volume.instances[z], volume.compartments[z])
        yield sums_of(Pixels(volume.image[z], volume.masks[:, z], *planes))


def joined(sums: Iterable[Sums]) -> Sums:
    """Return the sums of many tiles or sections: those of the digits of each, one after the other."""
    images, masks = hashlib.sha256(), hashlib.sha256()
    for one in sums:
        images.update(one.images.encode())
        masks.update(one.masks.encode())
    return Sums(images=images.hexdigest(), masks=masks.hexdigest())


def file_sum(path: Path) -> str:
    """Return the SHA-256 of a file."""
    state = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            state.update(block)
    return state.hexdigest()


def _numbers(labels: npt.NDArray[Any]) -> bytes:
    size = 2 if int(labels.min()) >= 0 and int(labels.max()) < 2**16 else 4
    return bytes([size]) + labels.astype(f"<{'u' if size == 2 else 'i'}{size}").tobytes()
