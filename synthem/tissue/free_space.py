"""Free space: the occupancy raster and the clearance grid of one tile."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from synthem.geometry.poses import Pose, transform_all
from synthem.geometry.reach import check_footprint
from synthem.kernels.occupancy import FOUND, INVALID, PAD, REACH, SPACING, lower_clearance, place_footprint
from synthem.seeds import draw_key
from synthem.tissue.margins import Margins
from synthem.tissue.shape import Shape

__all__ = ["FreeSpace", "Placed", "area_around"]

FAR = 1e4


@dataclass(frozen=True, eq=False)
class Placed:
    """A local shape, its place, and whether any of it is in the tile."""

    kind: str
    pose: Pose
    shape: Shape
    seen: bool


@lru_cache(maxsize=64)
def area_around(shape: tuple[int, int], pixel_size_nm: float) -> float:
    """Return the area around a tile on which organelles are placed, in units of (1.28 µm)²."""
    return (math.prod(_grid(shape)) * SPACING**2 - math.prod(shape)) * (pixel_size_nm / 1280.0) ** 2


@lru_cache(maxsize=64)
def _grid(shape: tuple[int, int]) -> tuple[int, int]:
    """Return the rows and columns of the clearance grid."""
    rows, cols = (-(-(n + 2 * PAD) // SPACING) for n in shape)
    return rows, cols


class FreeSpace:
    """The occupancy raster and the clearance grid of one tile.

    Parameters
    ----------
    shape : (int, int)
        Rows and columns of the tile.
    kinds : sequence of str
        Kinds that will be placed; their position gives their code.
    margins : Margins
        Distances to keep.
    pixel_size_nm : float
        Side of a pixel.
    """

    def __init__(self, shape: tuple[int, int], kinds: Sequence[str], margins: Margins, pixel_size_nm: float) -> None:
        self.shape, self.pixel_size_nm = shape, pixel_size_nm
        self.occupied = np.zeros(shape, np.uint8)
        self.clearance = np.empty(_grid(shape), np.float32)
        self.clearance.fill(FAR)
        self.kinds = tuple(dict.fromkeys(kinds))
        self._margins = margins.rows(self.kinds, pixel_size_nm)

    def place(
        self, kind: str, shape: Shape, edge: float, rng: np.random.Generator, *, beyond: bool = False
    ) -> tuple[Placed | None, int]:
        """Search a pose and occupy the footprint there; return it, or None, with the number of attempts.

        Shape and edge are in nm; the pose that is found brings the shape into pixels.
        """
        scale = 1.0 / self.pixel_size_nm
        footprint = scale * shape.footprint
        status, tried, row, col, angle, seen = place_footprint(
            self.occupied,
            self.clearance,
            footprint,
            self._margins[kind],
            -edge * scale,
            beyond,
            draw_key(rng),
            1 + self.kinds.index(kind),
        )
        if status == INVALID:
            check_footprint(kind, [shape.footprint], self.pixel_size_nm)
        return Placed(kind, Pose(row, col, angle, scale), shape, seen) if status == FOUND else None, tried

    def inner_clearance(self, placed: Sequence[Placed]) -> npt.NDArray[np.float32]:
        """Return the clearance grid for what lies within compartments, to which rooms are open."""
        if not any(len(item.shape.reserved) for item in placed):
            return self.clearance.copy()
        grid, solids = np.full_like(self.clearance, FAR), [item.shape.solid for item in placed]
        lower_clearance(
            grid, transform_all(np.concatenate(solids), [p.pose for p in placed], list(map(len, solids))), REACH
        )
        return grid

    @property
    def free_area(self) -> int:
        """Number of the tile's pixels that nothing placed covers."""
        return self.occupied.size - int(np.count_nonzero(self.occupied))
