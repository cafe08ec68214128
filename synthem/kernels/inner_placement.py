"""Placement of what fills compartments: footprints that need room, and no more."""

from __future__ import annotations

from typing import Annotated, NamedTuple

import numpy as np

from synthem.kernels._jit import kernel
from synthem.kernels._records import Bools, Doubles, Ints
from synthem.kernels.hashing import hash_unit
from synthem.kernels.occupancy import (
    SPACING,
    capsule_fits,
    clearance_at,
    depth_of_origin,
    lower_around,
    turn_into,
)
from synthem.kernels.raster import VECTOR

__all__ = ["Footprints", "InnerPlaces", "place_inside"]

AFAR = 0.02
"""Acceptance probability far from borders for border-hugging objects (1 beside a border)."""


class Footprints(NamedTuple):
    """What is to be placed."""

    capsules: Annotated[Doubles, "f8[:,::1]"]  # (k, 5), see `CapsuleColumn`: of all footprints, in local coordinates
    counts: Annotated[Ints, "i8[::1]"]  # number of capsules of each footprint
    decays: Annotated[Doubles, "f8[::1]"]
    """Decay length of the acceptance probability of a place, down to `AFAR`, over the room that is left beside the
    footprint, in pixels; the footprint then lies along the border. Infinite: anywhere, in the directions to try.
    """


class InnerPlaces(NamedTuple):
    """What was found for each footprint."""

    poses: Annotated[Doubles, "f8[:,::1]"]  # (n, 4): row, column, angle and scale, which is 1
    attempts: Annotated[Ints, "i8[::1]"]  # number of poses tried
    found: Annotated[Bools, "b1[::1]"]  # whether one of them succeeded


@kernel("f4[:,::1]", Footprints, "i8, i8, UniTuple(i8, 2), f8, f8", InnerPlaces)
def place_inside(clearance, footprints, key, probes, shape, direction, spread, places):
    """Place footprints, one after the other, where the clearance is large enough.

    Parameters
    ----------
    clearance : (h, w) float32
        Distance of every grid node from borders and placed footprints; lowered in place.
    footprints : Footprints
        What is to be placed.
    key : int
        Key of the poses that are tried.
    probes : int
        Number of random places to look at for each.
    shape : (int, int)
        Rows and columns of the tile.
    direction, spread : float
        Middle and width of the range of directions to try, in radians; a direction has no sign.
    places : InnerPlaces
        Receives what was found.

    Returns
    -------
    int
        Number of nodes of the grid that are free in the end.
    """
    capsules, counts, decays = footprints
    height, width = shape
    poses, attempts, found = places
    turned = np.empty(capsules.shape)
    scratch = np.empty(clearance.shape[1] + VECTOR, np.float32)
    last = np.int64(0)
    for item in range(poses.shape[0]):
        first, last = last, last + counts[item]
        need = depth_of_origin(capsules[first:last])
        tried, found[item] = 0, False
        for probe in range(probes):
            row = hash_unit(key, probe, item) * (height - 1)
            col = hash_unit(key + 1, probe, item) * (width - 1)
            spare = clearance_at(clearance, row, col) - need
            if spare < 0.0 or hash_unit(key + 4, probe, item) > AFAR + (1.0 - AFAR) * np.exp(-spare / decays[item]):
                continue
            tried += 1
            angle = direction + spread * (hash_unit(key + 2, probe, item) - 0.5)
            if decays[item] < np.inf:  # along the border
                down = clearance_at(clearance, row + SPACING, col) - clearance_at(clearance, row - SPACING, col)
                right = clearance_at(clearance, row, col + SPACING) - clearance_at(clearance, row, col - SPACING)
                if down * down + right * right > 1e-6:
                    angle = np.arctan2(-right, down)
            angle += np.pi if hash_unit(key + 3, probe, item) < 0.5 else 0.0
            turn_into(capsules, first, last, row, col, angle, turned)
            k = first
            while k < last and capsule_fits(clearance, turned, k, 1.0):
                k += 1
            if k == last:
                poses[item, 0], poses[item, 1], poses[item, 2] = row, col, angle
                lower_around(clearance, turned, first, last, 24.0, scratch)
                found[item] = True
                break
        poses[item, 3], attempts[item] = 1.0, tried
    free = 0
    for j in range(clearance.shape[0]):
        line = clearance[j]
        for i in range(line.size):
            free += line[i] > 0
    return free
