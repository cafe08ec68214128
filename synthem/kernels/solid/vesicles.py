"""Vesicles of boutons: thrown into the compartment of a bouton until it is as full as it should be."""

from __future__ import annotations

from enum import auto

import numpy as np

from synthem.kernels._jit import helper, kernel
from synthem.kernels.columns import Columns
from synthem.kernels.hashing import hash_unit
from synthem.kernels.solid.bins import Capsules
from synthem.kernels.solid.furnishing import Placed, Region, in_region, tube_key
from synthem.kernels.solid.partition import surface_distance
from synthem.kernels.solid.settling import linked
from synthem.kernels.solid.strands import BESIDE, Beads, Strands

__all__ = ["CloudColumn", "throw_vesicles"]

REACH = 420.0
"""Distance in nm from the middle of a bouton up to which others may bound it."""


class CloudColumn(Columns):
    """Vesicles of a bouton. Lengths are nanometres."""

    RADIUS = auto()
    RADIUS_RANGE = auto()
    MARGIN = auto()
    GAP = auto()
    FILLING = auto()  # share of the volume that is aimed at, least
    FILLING_RANGE = auto()
    DECAY = auto()  # distance from the density over which they grow rare
    EMPTY = auto()  # share of the boutons without a cloud
    TRIES = auto()  # per vesicle that is aimed at


@helper
def clear_of(ends, radii, first, last, z, y, x, room):
    """Tell whether a ball overlaps none of some capsules."""
    for k in range(first, last):
        dz, dy, dx = ends[k, 3] - ends[k, 0], ends[k, 4] - ends[k, 1], ends[k, 5] - ends[k, 2]
        rz, ry, rx = z - ends[k, 0], y - ends[k, 1], x - ends[k, 2]
        t = min(max((rz * dz + ry * dy + rx * dx) / (dz * dz + dy * dy + dx * dx + 1e-9), 0.0), 1.0)
        rz, ry, rx = rz - t * dz, ry - t * dy, rx - t * dx
        far = radii[k, 0] + t * (radii[k, 1] - radii[k, 0]) + room
        if rz * rz + ry * ry + rx * rx < far * far:
            return False
    return True


@helper
def list_near(capsules, name, point, reach, near):
    """List the capsules of other owners whose surface is within reach of a point; return their number."""
    count = 0
    for m in range(capsules.owners.size):
        far = reach + max(capsules.radii[m, 0], capsules.radii[m, 1])
        inside = capsules.owners[m] != name
        for axis in range(3):
            one, two = capsules.ends[m, axis], capsules.ends[m, axis + 3]
            inside &= (min(one, two) - far <= point[axis]) & (point[axis] <= max(one, two) + far)
        if inside and count < near.size:
            near[count] = m
            count += 1
    return count


@helper
def link_distance(beads, i, z, y, x):
    """Return the distance of a point from the surface between a bead and the next one; negative within."""
    dz, dy = beads.points[i + 1, 0] - beads.points[i, 0], beads.points[i + 1, 1] - beads.points[i, 1]
    dx = beads.points[i + 1, 2] - beads.points[i, 2]
    rz, ry, rx = z - beads.points[i, 0], y - beads.points[i, 1], x - beads.points[i, 2]
    t = min(max((rz * dz + ry * dy + rx * dx) / (dz * dz + dy * dy + dx * dx + 1e-9), 0.0), 1.0)
    rz, ry, rx = rz - t * dz, ry - t * dy, rx - t * dx
    return np.sqrt(rz * rz + ry * ry + rx * rx) - (beads.radii[i] + t * (beads.radii[i + 1] - beads.radii[i]))


@helper
def lies_within(beads, first, last, capsules, near, count, z, y, x, depth):
    """Tell whether a point lies so deep in a bouton: half its lead over all others, of its strand as well."""
    own = 1e9
    for i in range(first, last):
        own = min(own, link_distance(beads, i, z, y, x))
    for n in range(count):
        if 0.5 * (surface_distance(capsules.ends, capsules.radii, near[n], z, y, x) - own) < depth:
            return False
    for i in range(max(0, first - 1 - 2 * BESIDE), min(last + 1 + 2 * BESIDE, beads.radii.size - 1)):
        beyond = (i + 1 < first) | (i > last)
        beyond &= (beads.strands[i] == beads.strands[first]) & (beads.swellings[i] > 0) & (beads.swellings[i + 1] > 0)
        if beyond and linked(beads, i) and 0.5 * (link_distance(beads, i, z, y, x) - own) < depth:
            return False
    return True


@helper
def throw_point(beads, first, last, key, name, at, out):
    """Write a random point around the axis of some beads, as far from it as 1.5 times their radius."""
    i = min(first + int(hash_unit(key, name, at) * (last - first)), last - 1)
    t, up = hash_unit(key, name, at + 1), 2.0 * hash_unit(key, name, at + 2) - 1.0
    turn, away = 2.0 * np.pi * hash_unit(key, name, at + 3), np.sqrt(hash_unit(key, name, at + 4))
    wide = 1.5 * max(beads.radii[i], beads.radii[i + 1]) * away
    flat = wide * np.sqrt(1.0 - up * up)
    out[0] = beads.points[i, 0] + t * (beads.points[i + 1, 0] - beads.points[i, 0]) + wide * up
    out[1] = beads.points[i, 1] + t * (beads.points[i + 1, 1] - beads.points[i, 1]) + flat * np.sin(turn)
    out[2] = beads.points[i, 2] + t * (beads.points[i + 1, 2] - beads.points[i, 2]) + flat * np.cos(turn)


@helper
def find_target(beads, i, known, key, name, at, out):
    """Write the point around which vesicles gather: a known one, or else one on the surface of a bouton."""
    up, turn = 2.0 * hash_unit(key, name, at) - 1.0, 2.0 * np.pi * hash_unit(key, name, at + 1)
    flat = np.sqrt(1.0 - up * up)
    away = up, flat * np.sin(turn), flat * np.cos(turn)
    for axis in range(3):
        out[axis] = known[axis]
        if np.isnan(known[0]):
            out[axis] = beads.points[i, axis] + beads.radii[i] * away[axis]


@helper
def beads_of_bouton(beads, i):
    """Return the first and the last bead of a bouton, given the one in its middle; links between them are unbroken."""
    first, last = i, i
    while first > max(0, i - BESIDE) and linked(beads, first - 1):
        first -= 1
    while last < i + BESIDE and linked(beads, last):
        last += 1
    return first, last


@helper
def volume_of(beads, first, last):
    """Return the volume around the axis of some beads."""
    volume = 0.0
    for i in range(first, last):
        square, radius = 0.0, 0.5 * (beads.radii[i] + beads.radii[i + 1])
        for axis in range(3):
            square += (beads.points[i + 1, axis] - beads.points[i, axis]) ** 2
        volume += np.pi * radius * radius * np.sqrt(square)
    return volume


@kernel(Beads, Strands, Capsules, Region, "f8[:,::1], f8[::1], UniTuple(i8, 3)", Placed)
def throw_vesicles(beads, strands, capsules, region, targets, cloud, known, placed):
    """Throw vesicles into the swellings of strands.

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
    cloud : (9,) float64
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
    key, others, near, point = region.key, tubes, np.empty(512, np.int64), np.empty(3)
    target = np.empty(3)
    usual = cloud[CloudColumn.RADIUS] + 0.5 * cloud[CloudColumn.RADIUS_RANGE]
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
        filling = cloud[CloudColumn.FILLING] + cloud[CloudColumn.FILLING_RANGE] * hash_unit(key, name, at + 1)
        aimed = int(filling * volume_of(beads, first, last) / (4.2 * usual * usual * usual))
        own, draw, found = count, 64 * 65_536 * (1 + (place + 4096) % 4096), 0
        find_target(beads, i, targets[i], key, name, at + 2, target)
        for attempt in range(min(int(cloud[CloudColumn.TRIES] * aimed), 8000)):
            if found >= aimed or tubes >= placed.kinds.size or count >= placed.radii.shape[0]:
                break
            at = draw + 8 * attempt
            throw_point(beads, first, last, key, name, at, point)
            z, y, x = point[0], point[1], point[2]
            radius = cloud[CloudColumn.RADIUS] + cloud[CloudColumn.RADIUS_RANGE] * hash_unit(key, name, at + 5)
            square = (z - target[0]) ** 2 + (y - target[1]) ** 2 + (x - target[2]) ** 2
            if hash_unit(key, name, at + 6) > np.exp(-0.5 * square / cloud[CloudColumn.DECAY] ** 2):
                continue
            room = radius + cloud[CloudColumn.GAP]
            if not clear_of(placed.ends, placed.radii, own, count, z, y, x, room):
                continue
            depth = radius + cloud[CloudColumn.MARGIN]
            if not lies_within(beads, first, last, capsules, near, many, z, y, x, depth):
                continue
            free = True
            for m in range(others):
                if free and beads.strands[placed.hosts[m]] == strand:
                    free = clear_of(placed.ends, placed.radii, placed.starts[m], placed.starts[m + 1], z, y, x, room)
            if not free:
                continue
            placed.starts[tubes], placed.kinds[tubes] = count, kind
            placed.keys[tubes], placed.hosts[tubes] = tube_key(name, kind, place, found), i
            for axis in range(3):
                placed.ends[count, axis], placed.ends[count, axis + 3] = point[axis], point[axis]
            placed.radii[count, 0], placed.radii[count, 1] = radius, radius
            count, tubes, found = count + 1, tubes + 1, found + 1
            placed.starts[tubes] = count
    return count, tubes
