"""Spines: short strands that begin in the middle of a dendrite, lead out of it and end in a head.

A spine is of the same neurite as its dendrite. Lengths are nanometres, points are (z, y, x).
"""

from __future__ import annotations

import numpy as np

from synthem.kernels._jit import helper, kernel
from synthem.kernels.hashing import hash32, hash_unit
from synthem.kernels.solid.bins import Bins, Capsules, Region
from synthem.kernels.solid.settling import linked
from synthem.kernels.solid.strands import (
    BESIDE,
    FALLOFF,
    Beads,
    SpeciesColumn,
    Strands,
    box_distance,
    point_at_random,
    poisson,
    step_on,
    turned,
    write_bead,
    write_frame,
)

__all__ = ["grow_spines"]

SPINES = 1_500_000
"""Counter of the spines of a bead of a dendrite."""
MOST_PER_BEAD = 16
UPRIGHT = 0.8
"""Share of a direction along the dendrite that a spine leaves out."""


@helper
def lead_out(dendrites, i, key, strand, direction):
    """Write the direction in which a spine leaves a bead of a dendrite: a random one, turned away from it."""
    point_at_random(key, strand, 3, direction)
    square, along = 1e-9, 0.0
    for axis in range(3):
        ahead = dendrites.points[i + 1, axis] - dendrites.points[i, axis]
        square += ahead * ahead
        along += ahead * direction[axis]
    for axis in range(3):
        ahead = dendrites.points[i + 1, axis] - dendrites.points[i, axis]
        direction[axis] -= UPRIGHT * along * ahead / square
    turned(direction, 0.0, key, strand, 0)


@kernel(Beads, Region, "f8[::1]", Capsules, Bins, "f8", Strands, Beads)
def grow_spines(dendrites, region, row, obstacles, found, room, strands, beads):
    """Grow all spines that come into a box.

    Parameters
    ----------
    dendrites : Beads
        Settled dendrites, with their keys as numbers of their strands.
    region : Region
        The box; beads beyond it are left out.
    row : (14,) float64
        See `SpeciesColumn`: spines per bead, length beyond the dendrite, limits of the radius of necks, and the head as
        a swelling.
    obstacles, found, room : Capsules, Bins, float
        What spines lead around, its bins, and the room that is left.
    strands, beads : Strands, Beads
        Receive them. The first bead of a spine is one of its dendrite.

    Returns
    -------
    tuple of int
        Number of strands and beads; if larger than there is room for, what is beyond is not written.
    """
    known, count = 0, 0
    direction, spacing = np.empty(3), row[SpeciesColumn.SPACING]
    key, low, high = region
    for i in range(dendrites.radii.size):
        if not linked(dendrites, i):
            continue
        owner, at = dendrites.strands[i], SPINES + MOST_PER_BEAD * (dendrites.places[i] + 4096)
        length = row[SpeciesColumn.LENGTH] + row[SpeciesColumn.LENGTH_RANGE] + dendrites.radii[i]
        point = (dendrites.points[i, 0], dendrites.points[i, 1], dendrites.points[i, 2])
        if box_distance(point, low, high) > length + 2.0 * spacing:
            continue
        for number in range(min(MOST_PER_BEAD, poisson(row[SpeciesColumn.COUNT], hash_unit(key, owner, at)))):
            strand = (np.int64(hash32(owner, at + number, 1)) << 31) ^ np.int64(hash32(owner, at + number, 2))
            lead_out(dendrites, i, key, strand, direction)
            if known < strands.keys.size:
                strands.keys[known], strands.owners[known] = strand, owner
                write_frame(strands.frames[known], direction)
            length = row[SpeciesColumn.LENGTH] + row[SpeciesColumn.LENGTH_RANGE] * hash_unit(key, strand, 7)
            many = max(2, int((length + dendrites.radii[i]) / spacing + 0.5))
            neck = row[SpeciesColumn.SMALLEST]
            neck += (row[SpeciesColumn.LARGEST] - neck) * hash_unit(key, strand, 5)
            head = row[SpeciesColumn.SWELLING_RADIUS]
            head += row[SpeciesColumn.SWELLING_RADIUS_RANGE] * hash_unit(key, strand, 6)
            point = (dendrites.points[i, 0], dendrites.points[i, 1], dendrites.points[i, 2])
            first = count
            for place in range(many + 1):
                if place > 0:
                    turned(direction, row[SpeciesColumn.TURN], key, strand, 10 + 6 * place)
                    point = step_on(point, direction, spacing, neck + room, obstacles, found)
                if box_distance(point, low, high) <= 0.0:
                    away = many - 1 - place  # from the middle of the head
                    share = 1.0 - FALLOFF * away * away if abs(away) <= BESIDE and place > 0 else 0.0
                    write_bead(beads, count, point, max(neck, share * head), 0, known, place)
                    count += 1
            known += 1 if count > first else 0
    return known, count
