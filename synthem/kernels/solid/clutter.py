"""Clutter of the cytoplasm of the solid, in one section: granules, and tubules and sheets of endoplasmic reticulum.

Granules are where a texture of one size exceeds a threshold. Tubules run where two smooth fields are both zero: such
lines have no end, and the fields, in nm, tell about how far a pixel is from them. A sheet goes on from a tubule to one
side, where the first field is zero and the second one below the width of the sheet. None has a label.
"""

from __future__ import annotations

from enum import auto

import numpy as np

from synthem.kernels._jit import helper, kernel
from synthem.kernels._math import HALF, ONE, ZERO, clamp01
from synthem.kernels.columns import Columns
from synthem.kernels.hashing import hash_unit
from synthem.kernels.optics import RUN
from synthem.kernels.planes import Planes
from synthem.kernels.solid.bending import PATCH, Field, Grid
from synthem.kernels.solid.texture import SolidTextures, add_piece, depth_in, field_at

__all__ = ["ClutterColumn", "add_clutter", "clutter_of_compartments"]

EDGE = np.float32(0.6)
"""Standard deviations of the texture over which a granule reaches its grey."""
SOFT = np.float32(10.0)
"""Distance in nm over which the edges of a tubule fade."""
FREE, GRANULAR = 53, 54
"""Tell the draws of a compartment apart from others."""


class ClutterColumn(Columns):
    """Amounts and greys of clutter. Lengths are nanometres; greys are levels 0 to 255."""

    THRESHOLD = auto()  # of the texture, above which there is a granule
    THRESHOLD_SD = auto()  # between compartments
    TUBULE_SHARE = auto()  # of the compartments
    RADIUS = auto()  # of tubules
    RADIUS_RANGE = auto()
    RIM_WIDTH = auto()  # of their membrane
    SHEET_SHARE = auto()  # of the compartments with tubules
    SHEET_WIDTH = auto()  # to one side of tubules
    SHEET_WIDTH_RANGE = auto()
    GRANULE_LEVEL = auto()
    GRANULE_OPACITY = auto()
    RIM_LEVEL = auto()
    RIM_OPACITY = auto()
    LUMEN_LEVEL = auto()
    LUMEN_OPACITY = auto()


@kernel("i8[::1], i8, f4[::1], Array(f4, 1, 'C', readonly=True), f4[:,::1]")
def clutter_of_compartments(keys, key, looks, quantiles, cells):
    """Write how much clutter each compartment has.

    Parameters
    ----------
    keys : (n,) int64
        Keys of the compartments.
    key : int
        Key of the tissue.
    looks : (15,) float32
        See `ClutterColumn`.
    quantiles : (q,) float32
        Equally likely values of the normal distribution.
    cells : (3, n) float32
        Receives the threshold of granules, the radius of tubules in nm, 0 for none, and the width of sheets in nm.
    """
    for n in range(keys.size):
        normal = quantiles[int(hash_unit(key, keys[n], GRANULAR) * quantiles.size)]
        cells[0, n] = looks[ClutterColumn.THRESHOLD] + looks[ClutterColumn.THRESHOLD_SD] * normal
        wide = looks[ClutterColumn.RADIUS] + looks[ClutterColumn.RADIUS_RANGE] * hash_unit(key, keys[n], FREE + 2)
        cells[1, n] = wide if hash_unit(key, keys[n], FREE) < looks[ClutterColumn.TUBULE_SHARE] else 0.0
        across = looks[ClutterColumn.SHEET_WIDTH]
        across += looks[ClutterColumn.SHEET_WIDTH_RANGE] * hash_unit(key, keys[n], FREE + 4)
        cells[2, n] = across if hash_unit(key, keys[n], FREE + 3) < looks[ClutterColumn.SHEET_SHARE] else 0.0


@helper
def clutter_run(texture, away, threshold, radius, looks, label, grey):
    """Paint clutter along a run of pixels without a label."""
    half = HALF * looks[ClutterColumn.RIM_WIDTH]
    per_edge, per_nm = ONE / EDGE, ONE / SOFT
    for p in range(grey.size):
        value = grey[p]
        dark = clamp01((texture[p] - threshold[p]) * per_edge) * looks[ClutterColumn.GRANULE_OPACITY]
        value += dark * (looks[ClutterColumn.GRANULE_LEVEL] - value)
        inside = radius[p] - away[p]
        lumen = clamp01(inside * per_nm + HALF) * looks[ClutterColumn.LUMEN_OPACITY]
        lumen = lumen if radius[p] > ZERO else ZERO
        value += lumen * (looks[ClutterColumn.LUMEN_LEVEL] - value)
        rim = clamp01((half - abs(inside)) * per_nm + HALF) * looks[ClutterColumn.RIM_OPACITY]
        rim = rim if radius[p] > ZERO else ZERO
        value += rim * (looks[ClutterColumn.RIM_LEVEL] - value)
        grey[p] = value if label[p] == 0 else grey[p]


@kernel(SolidTextures, Grid, "f8, f4[:,:,::1], f4[:,::1], f4[::1]", Planes, "f4[:,::1]")
def add_clutter(textures, grid, z, fields, cells, looks, planes, rows):
    """Paint clutter into cytoplasm.

    Parameters
    ----------
    textures : SolidTextures
        Textures.
    grid : Grid
        Where the block lies.
    z : float
        Depth of the section in nm.
    fields : (8, h, w) float32
        Fields at the corners of patches.
    cells : (3, n) float32
        What `clutter_of_compartments` wrote.
    looks : (15,) float32
        See `ClutterColumn`.
    planes : Planes
        Greys are changed in place.
    rows : (4, W) float32 or wider
        Scratch.
    """
    grey, label, compartments = planes.grey, planes.label, planes.compartments
    height, width = label.shape
    plane, share, contrast = depth_in(textures, z)
    top, left = grid.row // PATCH, grid.column // PATCH
    step = np.float32(1.0 / PATCH)
    for row in range(height):
        at = grid.row + row
        j, fy = at // PATCH - top, np.float32(at % PATCH) * step
        for col in range(width):
            owner, i = np.uint32(compartments[row, col]), (grid.column + col) // PATCH - left
            fx = np.float32((grid.column + col) % PATCH) * step
            off, along = (
                field_at(fields, Field.TUBULE, j, i, fy, fx),
                field_at(fields, Field.OTHER_TUBULE, j, i, fy, fx),
            )
            wide = cells[2, owner]
            along -= min(max(along, ZERO), wide)
            rows[0, col], rows[1, col] = ZERO, np.sqrt(off * off + along * along)
            rows[2, col], rows[3, col] = cells[0, owner], cells[1, owner]
        for start in range(0, width, RUN):
            stop = min(start + RUN, width)
            texture = rows[0, start:stop]
            add_piece(textures.granules, plane, share, at, grid.column + start, contrast, texture)
            threshold, radius = rows[2, start:stop], rows[3, start:stop]
            about = (looks, label[row, start:stop], grey[row, start:stop])
            clutter_run(texture, rows[1, start:stop], threshold, radius, *about)
