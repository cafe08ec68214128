"""Strands of beads: neurites before they have settled, each a function of its key and of what it leads around.

Tissue is divided into cubes. In each cube begins a hashed number of strands of each species, and each strand walks from
its origin in both directions. Thin strands lead around thick ones, which are known before. Lengths are nanometres,
points are (z, y, x).
"""

from __future__ import annotations

from enum import auto
from typing import Annotated, NamedTuple

import numpy as np

from synthem.kernels._jit import helper, kernel
from synthem.kernels._math import normal
from synthem.kernels._records import Doubles, Ints
from synthem.kernels.columns import Columns
from synthem.kernels.hashing import hash_unit
from synthem.kernels.solid.bins import Bins, Capsules, Region
from synthem.kernels.solid.detours import leave_obstacles, turn_aside

__all__ = ["CUBE", "Beads", "SpeciesColumn", "Strands", "grow_strands", "point_at_random", "strand_key"]

CUBE = 1280.0
"""Side in nm of the cubes of tissue, per which counts are given."""
OFFSET, BITS = 8192, 14
"""Cubes are numbered from -OFFSET to OFFSET along each axis."""
MOST_PER_CUBE = 256
WIDE = np.sqrt(12.0)
"""Width of an even distribution of unit standard deviation."""
MOST_SPECIES = 16
PLACE = 2
"""How many cubes along each axis share a direction."""
BESIDE = 4
"""How many beads on either side of the middle belong to a swelling."""
FALLOFF = 0.03
"""By how much a swelling is thinner a bead from its middle, as a share of its radius; at two beads four times that."""


class SpeciesColumn(Columns):
    """A species of strands. Lengths are nanometres, angles radians."""

    COUNT = auto()  # mean number that begin in a cube
    LENGTH = auto()  # least
    LENGTH_RANGE = auto()
    SPACING = auto()  # from bead to bead
    RADIUS = auto()  # median
    RADIUS_SD = auto()  # standard deviation of its logarithm
    SMALLEST = auto()
    LARGEST = auto()
    TURN = auto()  # standard deviation of the angle from bead to bead, along either axis
    UNEVENNESS = auto()  # standard deviation of the logarithm of the radius along a strand
    SWELLING_EVERY = auto()  # mean distance of swellings; 0: there are none
    SWELLING_RADIUS = auto()  # least
    SWELLING_RADIUS_RANGE = auto()
    ALIGNMENT = auto()  # weight of the direction that all strands of a place share, beside one of their own
    BUNDLE = auto()  # how many begin at one place and run alike


class Strands(NamedTuple):
    """What is known of each strand."""

    keys: Annotated[Ints, "i8[::1]"]  # of cube, species and number
    owners: Annotated[Ints, "i8[::1]"]  # key of the neurite that it is of: its own, or that of the dendrite of a spine
    species: Annotated[Ints, "i8[::1]"]
    frames: Annotated[Doubles, "f8[:,::1]"]  # (m, 3): a direction across the strand at its origin


class Beads(NamedTuple):
    """Beads of strands; those of a strand follow one another."""

    points: Annotated[Doubles, "f8[:,::1]"]  # (n, 3)
    radii: Annotated[Doubles, "f8[::1]"]
    strands: Annotated[Ints, "i8[::1]"]  # row of the strand
    places: Annotated[Ints, "i8[::1]"]  # number of the bead within its strand; the origin is 0
    swellings: Annotated[Ints, "i8[::1]"]  # 1 in the middle of a swelling, 2 beside it, else 0


@helper
def strand_key(z, y, x, species, number):
    """Return the key of a strand: where it begins, of which species it is, and its number there."""
    cube = ((z + OFFSET) << (2 * BITS)) | ((y + OFFSET) << BITS) | (x + OFFSET)
    return (cube * MOST_SPECIES + species) * MOST_PER_CUBE + number


@helper
def poisson(mean, share):
    """Return the number of a Poisson distribution at a share from 0 to 1 of its cumulation."""
    number, term = 0, np.exp(-mean)
    total = term
    while share > total and number < MOST_PER_CUBE - 1:
        number += 1
        term *= mean / number
        total += term
    return number


@helper
def point_at_random(key, name, counter, out):
    """Write a random unit vector."""
    up, turn = 2.0 * hash_unit(key, name, counter) - 1.0, 2.0 * np.pi * hash_unit(key, name, counter + 1)
    flat = np.sqrt(max(0.0, 1.0 - up * up))
    out[0], out[1], out[2] = up, flat * np.sin(turn), flat * np.cos(turn)


@helper
def first_direction(key, strand, cell, weight, out, shared):
    """Write the direction of a strand at its origin: a random one, drawn to that of all strands that begin nearby."""
    point_at_random(key, strand, 3, out)
    point_at_random(key, cell, (1 << 20) + 1, shared)
    square, along = 0.0, 0.0
    for axis in range(3):
        along += out[axis] * shared[axis]
    weight = -weight if along < 0.0 else weight
    for axis in range(3):
        out[axis] += weight * shared[axis]
        square += out[axis] ** 2
    for axis in range(3):
        out[axis] /= np.sqrt(square)


@helper
def turned(direction, angle, key, strand, counter):
    """Turn a unit vector in place by random angles along the axes."""
    square = 0.0
    for axis in range(3):
        direction[axis] += angle * WIDE * (hash_unit(key, strand, counter + axis) - 0.5)
        square += direction[axis] ** 2
    scale = 1.0 / np.sqrt(square)
    for axis in range(3):
        direction[axis] *= scale


@helper
def swelling_at(key, strand, place, row):
    """Return the radius of a swelling in the middle of which a bead lies, or 0."""
    every = row[SpeciesColumn.SWELLING_EVERY]
    if every <= 0.0:
        return 0.0
    many = max(2 * BESIDE + 1, int(every / row[SpeciesColumn.SPACING]))  # one at most in each run of so many beads
    run = place // many
    if hash_unit(key, strand, 900_000 + 2 * run) >= 0.9:
        return 0.0
    room = many - 2 * BESIDE
    if place - run * many != BESIDE + int(hash_unit(key, strand, 900_001 + 2 * run) * room):
        return 0.0
    share = hash_unit(key, strand, 800_000 + run)
    return row[SpeciesColumn.SWELLING_RADIUS] + row[SpeciesColumn.SWELLING_RADIUS_RANGE] * share


@helper
def bead_radius(key, strand, place, usual, row):
    """Return the radius of a bead, and whether it belongs to a swelling: 1 in its middle, 2 beside, else 0."""
    wave = WIDE * (hash_unit(key, strand, 600_000 + (place >> 1)) - 0.5)
    radius = usual * np.exp(row[SpeciesColumn.UNEVENNESS] * wave)
    radius = min(max(radius, row[SpeciesColumn.SMALLEST]), row[SpeciesColumn.LARGEST])
    for aside in range(-BESIDE, BESIDE + 1):
        swelling = swelling_at(key, strand, place + aside, row)
        if swelling > 0.0:
            share = 1.0 - FALLOFF * aside * aside  # 0.52 at both ends
            return max(radius, share * swelling), 1 if aside == 0 else 2
    return radius, 0


@helper
def box_distance(point, low, high):
    """Return the largest distance of a point from a box along an axis; 0 or less within."""
    away = low[0] - point[0]
    for axis in range(3):
        away = max(away, max(low[axis] - point[axis], point[axis] - high[axis]))
    return away


@helper
def write_bead(beads, count, point, radius, swelling, strand, place):
    """Write a bead, if there is room for it."""
    if count < beads.radii.size:
        for axis in range(3):
            beads.points[count, axis] = point[axis]
        beads.radii[count], beads.swellings[count] = radius, swelling
        beads.strands[count], beads.places[count] = strand, place


@helper
def write_frame(frame, ahead):
    """Write a unit vector across a direction."""
    flat = np.sqrt(max(1.0 - ahead[0] * ahead[0], 1e-9))
    frame[0], frame[1], frame[2] = flat, -ahead[0] * ahead[1] / flat, -ahead[0] * ahead[2] / flat


@helper
def step_on(point, direction, step, margin, obstacles, found):
    """Return the point a step farther, after turning the direction in place along what is in the way."""
    turn_aside(point, direction, step, margin, obstacles, found)
    return (point[0] + step * direction[0], point[1] + step * direction[1], point[2] + step * direction[2])


@helper
def bundle_radius(row, room):
    """Return how far from the first strand of a bundle the others begin at most, along each axis."""
    return np.sqrt(row[SpeciesColumn.BUNDLE]) * (row[SpeciesColumn.RADIUS] + room)


@helper
def start_of(key, strand, lead, corner, row, room, out):
    """Write where a strand begins: the first of its bundle anywhere in a cube, others near it."""
    beside = bundle_radius(row, room) if strand != lead else 0.0
    for axis in range(3):
        out[axis] = CUBE * (corner[axis] + hash_unit(key, lead, axis))
        out[axis] += beside * (2.0 * hash_unit(key, strand, axis) - 1.0)


@helper
def walk_side(key, strand, lead, side, many, row, usual, start, direction, box, around, beads, count, index):
    """Write the beads of one side of a strand that lie in a box, those farther along later; return their number.

    It turns as the first strand of its bundle does.
    """
    low, high = box
    obstacles, found, room = around
    point = (start[0], start[1], start[2])
    for step in range(1 - side, many + 1):
        if step > 0:
            turned(direction, row[SpeciesColumn.TURN], key, lead, 10 + 6 * step + 3 * side)
            spacing = row[SpeciesColumn.SPACING]
            if box_distance(point, low, high) > (many + 1 - step) * spacing:
                break
            point = step_on(point, direction, spacing, usual + room, obstacles, found)
        if box_distance(point, low, high) <= 0.0:
            place = -step if side == 1 else step
            radius, swelling = bead_radius(key, strand, place, usual, row)
            write_bead(beads, count, point, radius, swelling, index, place)
            count += 1
    return count


@helper
def reverse_beads(beads, first, last):
    """Reverse the order of some beads."""
    last = min(last, beads.radii.size) - 1
    while first < last:
        for axis in range(3):
            one, other = beads.points[first, axis], beads.points[last, axis]
            beads.points[first, axis], beads.points[last, axis] = other, one
        one, other = beads.radii[first], beads.radii[last]
        beads.radii[first], beads.radii[last] = other, one
        for numbers in (beads.swellings, beads.places):
            this, that = numbers[first], numbers[last]
            numbers[first], numbers[last] = that, this
        first, last = first + 1, last - 1


@kernel(Region, "f8[:,::1], i8", Capsules, Bins, "f8", Strands, Beads)
def grow_strands(region, species, first_species, obstacles, found, room, strands, beads):
    """Grow all strands that come into a box.

    Parameters
    ----------
    region : Region
        The box; beads beyond it are left out.
    species : (s, 15) float64
        See `SpeciesColumn`.
    first_species : int
        Number of the first of them: strands of one number and cube are the same wherever they are grown.
    obstacles, found, room : Capsules, Bins, float
        What strands lead around, its bins, and the room that is left.
    strands, beads : Strands, Beads
        Receive them.

    Returns
    -------
    tuple of int
        Number of strands and beads; if larger than there is room for, what is beyond is not written.
    """
    known, count = 0, 0
    start, direction, ahead, across = np.empty(3), np.empty(3), np.empty(3), np.empty(3)
    key, low, high = region
    box = (low, high)
    around = (obstacles, found, room)
    for kind in range(species.shape[0]):
        row = species[kind]
        reach = 0.5 * (row[SpeciesColumn.LENGTH] + row[SpeciesColumn.LENGTH_RANGE])
        reach += bundle_radius(row, room) if row[SpeciesColumn.BUNDLE] > 1.0 else 0.0
        if obstacles.owners.size:
            reach += found.widest + row[SpeciesColumn.LARGEST] + room
        z0, z1 = int(np.floor((low[0] - reach) / CUBE)), int(np.floor((high[0] + reach) / CUBE))
        y0, y1 = int(np.floor((low[1] - reach) / CUBE)), int(np.floor((high[1] + reach) / CUBE))
        x0, x1 = int(np.floor((low[2] - reach) / CUBE)), int(np.floor((high[2] + reach) / CUBE))
        for z in range(z0, z1 + 1):
            for y in range(y0, y1 + 1):
                for x in range(x0, x1 + 1):
                    cube = strand_key(z, y, x, first_species + kind, 0)
                    cell = strand_key(z // PLACE, y // PLACE, x // PLACE, MOST_SPECIES - 1, 0)
                    bundle = max(1, int(row[SpeciesColumn.BUNDLE]))
                    many = bundle * poisson(row[SpeciesColumn.COUNT] / bundle, hash_unit(key, cube, 1 << 20))
                    for number in range(min(many, MOST_PER_CUBE)):
                        strand, lead = cube + number, cube + number // bundle * bundle
                        start_of(key, strand, lead, (z, y, x), row, room, start)
                        if box_distance(start, low, high) > reach:
                            continue
                        first_direction(key, lead, cell, row[SpeciesColumn.ALIGNMENT], ahead, across)
                        spread = normal(hash_unit(key, strand, 5), hash_unit(key, strand, 6))
                        usual = row[SpeciesColumn.RADIUS] * np.exp(row[SpeciesColumn.RADIUS_SD] * spread)
                        usual = min(max(usual, row[SpeciesColumn.SMALLEST]), row[SpeciesColumn.LARGEST])
                        length = row[SpeciesColumn.LENGTH]
                        length += row[SpeciesColumn.LENGTH_RANGE] * hash_unit(key, strand, 7)
                        half, first = int(0.5 * length / row[SpeciesColumn.SPACING]), count
                        leave_obstacles(start, usual + room, obstacles, found)
                        for side in (1, 0):
                            for axis in range(3):
                                direction[axis] = (1.0 - 2.0 * side) * ahead[axis]
                            count = walk_side(
                                key,
                                strand,
                                lead,
                                side,
                                half,
                                row,
                                usual,
                                start,
                                direction,
                                box,
                                around,
                                beads,
                                count,
                                known,
                            )
                            if side == 1:
                                reverse_beads(beads, first, count)
                        if count == first:
                            continue
                        if known < strands.keys.size:
                            strands.keys[known] = strands.owners[known] = strand
                            strands.species[known] = first_species + kind
                            write_frame(strands.frames[known], ahead)
                        known += 1
    return known, count
