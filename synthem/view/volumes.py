"""Pictures of volumes: the three planes through the middle."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol, cast

import numpy as np
import numpy.typing as npt

from synthem.errors import ConfigError
from synthem.labels import ClassTable
from synthem.view.sheets import Labelled, Rgb, sheet

__all__ = ["LabelledVolume", "plane_of", "sheet_of", "sheet_of_volumes"]


class LabelledVolume(Labelled, Protocol):
    """Sections with masks: a `synthem.Volume`."""

    @property
    def voxel_size_nm(self) -> tuple[float, float, float] | None:
        """Distance of neighbouring voxels along z, y and x in nm."""


class _Plane(NamedTuple):
    image: npt.NDArray[np.uint8]
    masks: npt.NDArray[np.bool_]
    classes: ClassTable


def sheet_of(tiles: Sequence[Labelled], *, real: Sequence[Labelled] = (), columns: int = 3, scale: int = 1) -> Rgb:
    """Lay out tiles as `synthem.view.sheets.sheet` does, or volumes as `sheet_of_volumes`.

    Parameters
    ----------
    tiles : sequence of Tile or of Volume
        What to show.
    real : sequence of LabelledImage, default ()
        Real slices beside tiles.
    columns : int, default 3
        Pairs per row of tiles.
    scale : int, default 1
        Whole-number magnification without smoothing.

    Raises
    ------
    ConfigError
        If there are real slices beside volumes.
    """
    if not any(tile.image.ndim == 3 for tile in tiles):
        return sheet(tiles, real=real, columns=columns, scale=scale)
    if real:
        raise ConfigError("`real` must be left out with volumes, whose planes are shown alone")
    return sheet_of_volumes(cast(Sequence[LabelledVolume], tiles), scale=scale)


def sheet_of_volumes(volumes: Sequence[LabelledVolume], *, scale: int = 1) -> Rgb:
    """Lay out volumes, a row each: the middle planes xy, xz and yz, each beside its overlay, above a legend.

    Where sections are farther apart than pixels, they are repeated, so that shapes keep their proportions.

    Parameters
    ----------
    volumes : sequence of Volume
        What to show.
    scale : int, default 1
        Whole-number magnification without smoothing.

    Returns
    -------
    (rows, cols, 3) uint8 array
        RGB on white.

    Examples
    --------
    >>> import synthem
    >>> from synthem.view.volumes import sheet_of_volumes
    >>> sheet_of_volumes([synthem.SolidScene(shape=(8, 64, 64)).render(seed=0)]).shape[2]
    3
    """
    planes = [plane_of(one, axis, one.image.shape[axis] // 2) for one in volumes for axis in range(3)]
    return sheet(planes, columns=3, scale=scale)


def plane_of(volume: LabelledVolume, axis: int, place: int) -> Labelled:
    """Return a plane with its masks; sections that are farther apart than pixels are repeated."""
    voxel = volume.voxel_size_nm
    times = 1 if voxel is None or axis == 0 else max(1, round(voxel[0] / voxel[1]))
    image, masks = np.take(volume.image, place, axis), np.take(volume.masks, place, axis + 1)
    return _Plane(image.repeat(times, axis=0), masks.repeat(times, axis=1), volume.classes)
