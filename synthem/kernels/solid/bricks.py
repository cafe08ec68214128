"""Bricks: which capsules may matter in each small part of a block, `BRICK` patches wide and one layer of nodes deep."""

from __future__ import annotations

from typing import Annotated, NamedTuple

import numpy as np

from synthem.kernels._jit import helper, kernel
from synthem.kernels._records import Ints
from synthem.kernels.solid.bending import PATCH, Grid
from synthem.kernels.solid.partition import STEEPEST, Bodies, sift

__all__ = ["BRICK", "Bricks", "list_bricks"]

BRICK = 2
"""Side of a brick in patches."""
WIDE, NARROW = 8, 2
"""Sides in bricks of the cubes in which capsules are sifted before that, first in wide ones."""


class Bricks(NamedTuple):
    """Which capsules may matter in each brick of a block."""

    spans: Annotated[Ints, "i8[:,:,:,::1]"]  # (d, h, w, 2): first and last item (exclusive)
    items: Annotated[Ints, "i8[::1]"]


@helper
def bent_box(grid, fields, k, j, i):
    """Return the middle of the bent nodes of a brick within the block, and the largest distance of one from it.

    `k`, `j` and `i` are its first layer of nodes and its first patch, counted from those of the block.
    """
    z, y, x, square, count = 0.0, 0.0, 0.0, 0.0, 0.0
    for turn in range(2):
        for down in range(k, min(k + 2, fields.shape[1])):
            for low in range(max(j, 0), min(j + BRICK + 1, fields.shape[2])):
                for right in range(max(i, 0), min(i + BRICK + 1, fields.shape[3])):
                    cz = (grid.plane + down) * grid.depth + fields[0, down, low, right]
                    cy = (grid.row // PATCH + low) * PATCH * grid.pixel + fields[1, down, low, right]
                    cx = (grid.column // PATCH + right) * PATCH * grid.pixel + fields[2, down, low, right]
                    if turn == 0:
                        z, y, x, count = z + cz, y + cy, x + cx, count + 1.0
                    else:
                        square = max(square, (cz - z) ** 2 + (cy - y) ** 2 + (cx - x) ** 2)
        if turn == 0:
            z, y, x = z / count, y / count, x / count
    return z, y, x, np.sqrt(square)


@helper
def near_ball(balls, z, y, x, half):
    """Tell whether any ball touches another one."""
    found = False
    for n in range(balls.shape[0]):
        far = half + balls[n, 3]
        found |= (balls[n, 0] - z) ** 2 + (balls[n, 1] - y) ** 2 + (balls[n, 2] - x) ** 2 < far * far
    return found


@helper
def sift_cube(block, items, count, first, side, scores, out):
    """Keep the capsules that may matter in a cube of bricks, of `side` bricks; return their number."""
    bodies, grid, _, _, shift, reach, _ = block
    wide, deep = BRICK * PATCH * grid.pixel, grid.depth
    middle = (
        (grid.plane + first[0] + 0.5 * side) * deep,
        (grid.row // PATCH // BRICK + first[1] + 0.5 * side) * wide,
        (grid.column // PATCH // BRICK + first[2] + 0.5 * side) * wide,
    )
    bent = 2.0 * shift  # bricks are bent, and so are their middles
    half = 0.5 * side * np.sqrt(2.0 * wide * wide + deep * deep) + bent
    return sift(bodies, items, 0, count, middle, 2.0 * STEEPEST * half, reach[1], scores, out, 0)


@helper
def list_brick(block, few, found, brick, scores, bricks, count):
    """List the capsules that may matter in a brick; return the number of all items."""
    bodies, grid, fields, used, _, reach, balls = block
    spans, items = bricks
    (k, j, i), end = brick, count
    if used[k]:
        above, aside = grid.row // PATCH % BRICK, grid.column // PATCH % BRICK
        z, y, x, half = bent_box(grid, fields, k, j * BRICK - above, i * BRICK - aside)
        far = reach[1] if near_ball(balls, z, y, x, half) else reach[0]
        end = sift(bodies, few, 0, found, (z, y, x), 2.0 * STEEPEST * half + 0.01, far, scores, items, count)
    spans[k, j, i, 0], spans[k, j, i, 1] = count, end
    return end


@helper
def list_cube(block, some, many, first, few, scores, bricks, count):
    """List the capsules that may matter in each brick of a wide cube; return the number of all items."""
    depth, height, width, _ = bricks.spans.shape
    for k0 in range(first[0], min(first[0] + WIDE, depth), NARROW):
        for j0 in range(first[1], min(first[1] + WIDE, height), NARROW):
            for i0 in range(first[2], min(first[2] + WIDE, width), NARROW):
                found = sift_cube(block, some, many, (k0, j0, i0), NARROW, scores, few)
                for k in range(k0, min(k0 + NARROW, depth)):
                    for j in range(j0, min(j0 + NARROW, height)):
                        for i in range(i0, min(i0 + NARROW, width)):
                            count = list_brick(block, few, found, (k, j, i), scores, bricks, count)
    return count


@kernel(Bodies, Grid, "f4[:,:,:,::1], b1[::1], f8, UniTuple(f8, 2), f8[:,::1]", Bricks)
def list_bricks(bodies, grid, fields, used, shift, reach, balls, bricks):
    """List the capsules that may matter in each brick of a block.

    Parameters
    ----------
    bodies : Bodies
        All capsules that come near the block.
    grid : Grid
        Where the block lies.
    fields : (8, d + 1, h, w) float32
        Fields at its nodes.
    used : (d,) bool
        The layers whose bricks are listed; those of others hold nothing.
    shift : float
        Farthest that the tissue is bent, in nm.
    reach : (float, float)
        How much farther than the nearest a capsule may be and still matter: usually, and within balls.
    balls : (b, 4) float64
        z, y, x and radius of balls.
    bricks : Bricks
        Receives them.

    Returns
    -------
    int
        Number of items; if larger than there is room for, those beyond are not written.
    """
    n, count, (depth, height, width, _) = bodies.owners.size, 0, bricks.spans.shape
    every, some, few, scores = np.arange(n), np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n)
    block = (bodies, grid, fields, used, shift, reach, balls)
    for k in range(0, depth, WIDE):
        for j in range(0, height, WIDE):
            for i in range(0, width, WIDE):
                if used[k : k + WIDE].any():
                    many = sift_cube(block, every, n, (k, j, i), WIDE, scores, some)
                    count = list_cube(block, some, many, (k, j, i), few, scores, bricks, count)
    return count
