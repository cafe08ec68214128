"""Cut slices into disjoint tiles of one size."""

from __future__ import annotations

from collections.abc import Sequence

from synthem.errors import ConfigError, DataError
from synthem.io.slices import read_slices
from synthem.labels import Classes
from synthem.tiles.cutting import cut_images
from synthem.tiles.labelled_image import LabelledTiles

__all__ = ["TILE_SIZE", "cut_tiles"]

TILE_SIZE = 256
SMALLEST = 64


def cut_tiles(
    source: object, *, size: int = TILE_SIZE, exclude: Sequence[str] = (), classes: Classes = None
) -> LabelledTiles:
    """Cut slices into disjoint square tiles, from the top left corner.

    Parameters
    ----------
    source : path, Dataset, sequence of LabelledImage, of Tile or of (image, masks) pairs
        A folder in the EPFL6 layout, or what is in memory: images (H, W) uint8, masks (C, H, W)
        bool. Slices may differ in size.
    size : int
        Side of a tile in pixels, 64 or more, default 256. Margins that fill no tile are left out.
    exclude : sequence of str
        Slices to leave out: names, or endings of names.
    classes : str, Path, ClassTable or None
        As in `synthem.io.read_slices`.

    Returns
    -------
    LabelledTiles
        The tiles. A class counts as labelled if every slice has it.

    Raises
    ------
    DataError
        If there is no slice, or one is smaller than a tile or has another form.
    ConfigError
        If `size` is less than 64, or `exclude` names no slice.
    """
    if size < SMALLEST:
        raise ConfigError(f"`size` must be at least {SMALLEST}, got {size}")
    slices = read_slices(source, exclude=exclude, classes=classes)
    for item in slices:
        height, width = item.image.shape
        if min(height, width) < size:
            raise DataError(f"slice {item.name} must be at least {size}x{size}, got {height}x{width}")
    return cut_images(slices, size, cover=False)
