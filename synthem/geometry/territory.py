"""Territory: the claims of everything placed, in the form in which stages use them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Territory"]


@dataclass(frozen=True, eq=False)
class Territory:
    """The claims of a layout with compartment numbers that are unique in the tile.

    Parameters
    ----------
    shape : (int, int)
        Rows and columns of the tile.
    capsules : (n, 6) float32 array
        See `synthem.kernels.capsules.CapsuleColumn`; the compartment is the one that claims them.
    barriers : tuple of (k, 2) arrays
        Rings on which membranes end.
    owners : tuple of int
        Number of the compartment within each ring.
    facing : tuple of (int, int)
        Pairs of compartments between which the membrane is synaptic.
    kinds : mapping of int to str
        What claimed compartments are, such as ``"bouton"``, by their number.
    next_cell : int
        The first compartment number that nobody uses.
    pixel_size_nm : float
        Side of a pixel.
    clearance : (h, w) float32 array
        Distance to the nearest claim or barrier, per node of the clearance grid.
    """

    shape: tuple[int, int]
    capsules: npt.NDArray[np.float32]
    barriers: tuple[npt.NDArray[np.float64], ...]
    owners: tuple[int, ...]
    facing: tuple[tuple[int, int], ...]
    kinds: Mapping[int, str]
    next_cell: int
    pixel_size_nm: float
    clearance: npt.NDArray[np.float32]
