"""Vesicles of boutons: at places of a lattice that is turned and shaken, densest where they gather."""

from __future__ import annotations

from enum import auto

import numpy as np

from synthem.kernels._jit import helper, kernel
from synthem.kernels.columns import Columns
from synthem.kernels.hashing import hash_unit
from synthem.kernels.solid.bins import Capsules, Region
from synthem.kernels.solid.cells import link_distance, list_near
from synthem.kernels.solid.furnishing import Placed, in_region, tube_key
from synthem.kernels.solid.partition import surface_distance
from synthem.kernels.solid.settling import linked
from synthem.kernels.solid.strands import BESIDE, Beads, Strands, point_at_random

__all__ = ["CloudColumn", "lay_vesicles"]

SITES, HALF = 33, 16
"""How many half cells of the lattice there are along each axis, and up to the middle."""
LOOSE, SHAKE, SMALLEST = 0.98, 0.05, 0.85
"""How far places of the lattice are apart, relative to touching vesicles; by which share of a half cell they are moved
along each axis; and how small vesicles may be, relative to the largest of their bouton, where they have less room."""
UNEVEN = 0.06
"""By which share vesicles of one bouton are smaller than its largest, at most, where they have room."""
FARTHEST = 4.5
"""Exponent of the rarity of vesicles beyond which there are none."""
TWINS = 64
"""Links of other boutons of a strand that are listed at most: a strand has fewer near one of them."""
REACH = 520.0
"""Distance in nm from the middle of a bouton up to which others may bound it."""


class CloudColumn(Columns):
    """Vesicles of a bouton. Lengths are nanometres."""

    RADIUS = auto()
    RADIUS_RANGE = auto()
    MARGIN = auto()
    GAP = auto()
    FILLING = auto()  # share of the places of a dense packing that are taken where they gather, least
    FILLING_RANGE = auto()
    DECAY = auto()  # distance from there over which they grow rare
    EMPTY = auto()  # share of the boutons without a cloud


@helper
def free_around(ends, radii, first, last, z, y, x):
    """Return the distance of a point from the nearest of some capsules."""
    nearest = np.inf
    for k in range(first, last):
        dz, dy, dx = ends[k, 3] - ends[k, 0], ends[k, 4] - ends[k, 1], ends[k, 5] - ends[k, 2]
        rz, ry, rx = z - ends[k, 0], y - ends[k, 1], x - ends[k, 2]
        t = min(max((rz * dz + ry * dy + rx * dx) / (dz * dz + dy * dy + dx * dx + 1e-9), 0.0), 1.0)
        rz, ry, rx = rz - t * dz, ry - t * dy, rx - t * dx
        away = np.sqrt(rz * rz + ry * ry + rx * rx) - (radii[k, 0] + t * (radii[k, 1] - radii[k, 0]))
        nearest = min(nearest, away)
    return nearest


@helper
def list_hosted(placed, beads, strand, others, hosted):
    """List those of the first tubes that lie in a strand; return their number."""
    count = 0
    for m in range(others):
        if beads.strands[placed.hosts[m]] == strand:
            hosted[count] = m
            count += 1
    return count


@helper
def list_twins(beads, middle, first, last, twins):
    """List the links of other boutons of the same strand, which may lead back, that come near; return their number."""
    count, strand = 0, beads.strands[middle]
    low, high = first, last
    while low > 0 and beads.strands[low - 1] == strand:
        low -= 1
    while high + 1 < beads.radii.size and beads.strands[high + 1] == strand:
        high += 1
    z, y, x = beads.points[middle, 0], beads.points[middle, 1], beads.points[middle, 2]
    for i in range(low, high):
        beyond = ((i + 1 < first) | (i > last)) & (beads.swellings[i] > 0) & (beads.swellings[i + 1] > 0)
        if beyond and count < twins.size and linked(beads, i) and link_distance(beads, i, z, y, x) < REACH:
            twins[count] = i
            count += 1
    return count


@helper
def lies_within(beads, middle, first, last, capsules, lists, z, y, x, depth):
    """Tell whether a point lies so deep in a bouton: half its lead over all others, of its strand as well.

    It does not if something that is not listed, since it is farther than `REACH` from the middle, might be too near.

    The capsule that tells that it does not comes first afterwards: it is likely to tell it of the next point, too.
    """
    near, count, twins, others = lists
    own = 1e9
    for i in range(first, last):
        own = min(own, link_distance(beads, i, z, y, x))
    dz, dy, dx = z - beads.points[middle, 0], y - beads.points[middle, 1], x - beads.points[middle, 2]
    if np.sqrt(dz * dz + dy * dy + dx * dx) + own + 2.0 * depth > REACH:
        return False
    for n in range(count):
        if 0.5 * (surface_distance(capsules.ends, capsules.radii, near[n], z, y, x) - own) < depth:
            near[0], near[n] = near[n], near[0]
            return False
    apart = True
    for n in range(others):
        apart = apart and 0.5 * (link_distance(beads, twins[n], z, y, x) - own) >= depth
    return apart


@helper
def turn_lattice(key, name, at, frame):
    """Write three unit vectors across each other, turned at random: rows of a (3, 3) array."""
    up, turn = 2.0 * hash_unit(key, name, at) - 1.0, 2.0 * np.pi * hash_unit(key, name, at + 1)
    flat = np.sqrt(max(1.0 - up * up, 1e-9))
    z, y, x = up, flat * np.sin(turn), flat * np.cos(turn)
    turn = 2.0 * np.pi * hash_unit(key, name, at + 2)
    cos, sin = np.cos(turn), np.sin(turn)
    frame[0, 0], frame[0, 1], frame[0, 2] = z, y, x
    frame[1, 0] = -cos * flat
    frame[1, 1], frame[1, 2] = (cos * z * y - sin * x) / flat, (cos * z * x + sin * y) / flat
    frame[2, 0] = y * frame[1, 2] - x * frame[1, 1]
    frame[2, 1], frame[2, 2] = x * frame[1, 0] - z * frame[1, 2], z * frame[1, 1] - y * frame[1, 0]


@helper
def place_in_lattice(frame, middle, step, site, shake, key, name, at, out):
    """Write a place of a lattice, moved by a random share of a step along each axis."""
    for axis in range(3):
        out[axis] = middle[axis] + step * shake * (2.0 * hash_unit(key, name, at + axis) - 1.0)
        for along in range(3):
            out[axis] += step * site[along] * frame[along, axis]


@helper
def find_target(beads, i, known, key, name, at, out):
    """Write the point around which vesicles gather: a known one, or else one on the surface of a bouton."""
    point_at_random(key, name, at, out)
    for axis in range(3):
        away = beads.points[i, axis] + beads.radii[i] * out[axis]
        out[axis] = away if np.isnan(known[0]) else known[axis]


@helper
def beads_of_bouton(beads, i):
    """Return the first and the last bead of a bouton, given the one in its middle; links between them are unbroken."""
    first, last = i, i
    while first > max(0, i - BESIDE) and linked(beads, first - 1):
        first -= 1
    while last < i + BESIDE and linked(beads, last):
        last += 1
    return first, last


@kernel(Beads, Strands, Capsules, Region, "f8[:,::1], f8[::1], UniTuple(i8, 3)", Placed)
def lay_vesicles(beads, strands, capsules, region, targets, cloud, known, placed):
    """Lay vesicles into the swellings of strands.

    Parameters
    ----------
    beads, strands : Beads, Strands
        Settled strands with their final radii.
    capsules : Capsules
        Final capsules of all compartments around.
    region : Region
        Box in which boutons matter.
    targets : (n, 3) float64
        For each bead in the middle of a bouton the point around which vesicles gather; NaN: one on its surface.
    cloud : (8,) float64
        See `CloudColumn`.
    known : (int, int, int)
        Kind of the tubes, and numbers of capsules and tubes that there are already: they are in the way where they lie
        in the same strand.
    placed : Placed
        Receives those that are added.

    Returns
    -------
    tuple of int
        Numbers of capsules and tubes; if as large as there is room for, some may be missing.
    """
    kind, count, tubes = known
    key, others, near, point, target = region.key, tubes, np.empty(2048, np.int64), np.empty(3), np.empty(3)
    beside, twins = np.empty(max(others, 1), np.int64), np.empty(TWINS, np.int64)
    frame, decay = np.empty((3, 3)), 0.5 / cloud[CloudColumn.DECAY] ** 2
    for i in range(beads.radii.size):
        inside = beads.swellings[i] == 1 and in_region(region, beads.points[i])
        strand, place = beads.strands[i], beads.places[i]
        name, at = strands.keys[strand], 2_000_000 + 8 * (place + 4096)
        if not inside or hash_unit(key, name, at) < cloud[CloudColumn.EMPTY]:
            continue
        first, last = beads_of_bouton(beads, i)
        if first == last:
            continue
        many = list_near(capsules, name, beads.points[i], REACH, near)
        lists = (near, many, twins, list_twins(beads, i, first, last, twins))
        filling = cloud[CloudColumn.FILLING] + cloud[CloudColumn.FILLING_RANGE] * hash_unit(key, name, at + 1)
        largest = cloud[CloudColumn.RADIUS] + cloud[CloudColumn.RADIUS_RANGE] * hash_unit(key, name, at + 7)
        step = np.sqrt(2.0) * (largest + 0.5 * cloud[CloudColumn.GAP]) * LOOSE
        inner = list_hosted(placed, beads, strand, others, beside)
        own, draw, found = count, 64 * 65_536 * (2 + (place + 4096) % 4096), 0
        find_target(beads, i, targets[i], key, name, at + 2, target)
        turn_lattice(key, name, at + 4, frame)
        for site in range(SITES * SITES * SITES):
            one, two, three = site // SITES // SITES - HALF, site // SITES % SITES - HALF, site % SITES - HALF
            square = step * step * (one * one + two * two + three * three)
            if (one + two + three) % 2 != 0 or decay * square > FARTHEST:
                continue
            at = draw + 8 * site
            if hash_unit(key, name, at) >= filling * np.exp(-decay * square):
                continue
            if tubes >= placed.kinds.size or count >= placed.radii.shape[0]:
                break
            place_in_lattice(frame, target, step, (one, two, three), SHAKE, key, name, at + 1, point)
            z, y, x = point[0], point[1], point[2]
            least = SMALLEST * largest + cloud[CloudColumn.MARGIN]
            if not lies_within(beads, i, first, last, capsules, lists, z, y, x, least):
                continue
            radius = largest * (1.0 - UNEVEN * hash_unit(key, name, at + 4))
            free = free_around(placed.ends, placed.radii, own, count, z, y, x)
            for n in range(inner):
                m = beside[n]
                span = placed.starts[m], placed.starts[m + 1]
                free = min(free, free_around(placed.ends, placed.radii, span[0], span[1], z, y, x))
            radius = min(radius, free - cloud[CloudColumn.GAP])
            if radius < SMALLEST * largest:
                continue
            depth = radius + cloud[CloudColumn.MARGIN]
            if not lies_within(beads, i, first, last, capsules, lists, z, y, x, depth):
                continue
            placed.starts[tubes], placed.kinds[tubes] = count, kind
            placed.keys[tubes], placed.hosts[tubes] = tube_key(name, kind, place, found), i
            for axis in range(3):
                placed.ends[count, axis], placed.ends[count, axis + 3] = point[axis], point[axis]
            placed.radii[count, 0], placed.radii[count, 1] = radius, radius
            count, tubes, found = count + 1, tubes + 1, found + 1
            placed.starts[tubes] = count
    return count, tubes
