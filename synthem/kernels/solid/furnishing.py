"""Furnishing of neurites: what lies along them and in their swellings, and which contacts are synapses.

All of it is a function of the key of a strand and of the beads nearby, so that any block finds the same. Lengths are
nanometres.
"""

from __future__ import annotations

from enum import auto
from typing import Annotated, NamedTuple

import numpy as np

from synthem.kernels._jit import helper, kernel
from synthem.kernels._math import lerp
from synthem.kernels._records import Doubles, Ints
from synthem.kernels.columns import Columns
from synthem.kernels.hashing import hash32, hash_unit
from synthem.kernels.solid.bins import Capsules, Region, segment_gap
from synthem.kernels.solid.cells import cell_depth, list_near
from synthem.kernels.solid.settling import linked
from synthem.kernels.solid.strands import Beads, Strands

__all__ = ["ContactColumn", "Placed", "ThreadColumn", "find_contacts", "in_region", "lay_threads", "tube_key"]

WINDOWS = 4_000_000
"""Counter of the windows of a strand; each kind of thread has `SPAN` counters from there on."""
SPAN = 8_000
APART = 6.0
"""Room in nm between tubes of one strand."""
HALF_GAP = 7.0
"""How far from a wall the surface of a strand is at least, in nm."""
FINEST = 2.0
"""How exactly in nm the farthest place of a tube is found."""


class ThreadColumn(Columns):
    """What lies along strands. Lengths are nanometres."""

    KIND = auto()
    SPECIES = auto()  # of the strands
    EVERY = auto()  # length of the windows, with one thread at most in each; 0: one thread along all of the strand
    SHARE = auto()  # of the windows that have one
    LENGTH = auto()  # least
    LENGTH_RANGE = auto()
    RADIUS = auto()  # least
    RADIUS_RANGE = auto()
    HOST_SHARE = auto()  # radius relative to that of the strand, at most
    MARGIN = auto()  # room between it and the surface of the strand; negative: how far it reaches beyond
    LEAST = auto()  # radius below which it is interrupted
    ASIDE = auto()  # largest distance from the axis, as a share of what there is room for
    BEYOND = auto()  # how far beyond the surface of the strand it may reach within its cell; 0: it stays within
    SECTOR = auto()  # middle of the sector in which it lies aside, in radians
    SECTOR_RANGE = auto()
    SPACING = auto()  # of the beads of these strands
    OUTSIDE = auto()  # 1: none lies in a swelling


class ContactColumn(Columns):
    """A synapse found. Lengths are nanometres."""

    BEAD = auto()  # in the middle of the bouton
    PARTNER = auto()  # owner of the postsynaptic capsule, as a row of the capsules
    Z = auto()
    Y = auto()
    X = auto()
    RADIUS = auto()  # of the density
    SHARE = auto()  # a random number of the density


class Placed(NamedTuple):
    """Where tubes go: capsules, and the tube, its kind and strand for each run of them."""

    ends: Annotated[Doubles, "f8[:,::1]"]  # (n, 6)
    radii: Annotated[Doubles, "f8[:,::1]"]  # (n, 2)
    starts: Annotated[Ints, "i8[::1]"]  # (m + 1,): where each tube starts
    kinds: Annotated[Ints, "i8[::1]"]  # (m,)
    keys: Annotated[Ints, "i8[::1]"]  # (m,): key of each tube
    hosts: Annotated[Ints, "i8[::1]"]  # (m,): bead beside which each begins


@helper
def tube_key(strand, kind, place, number):
    """Return the key of a tube: of its strand, its kind, where it begins there, and its number there."""
    at = (kind * 8192 + place + 4096) * 4096 + number
    return (np.int64(hash32(strand, at, 0)) << 31) ^ np.int64(hash32(strand, at, 1))


@helper
def in_region(region, point):
    """Tell whether a point lies in a region."""
    inside = True
    for axis in range(3):
        inside &= (region.low[axis] <= point[axis]) & (point[axis] <= region.high[axis])
    return inside


@helper
def cross_frame(beads, i, across, out):
    """Write two unit vectors across a strand at a bead; tell whether they are well defined."""
    before = i - 1 if i > 0 and linked(beads, i - 1) else i
    after = i + 1 if linked(beads, i) else i
    ty = beads.points[after, 1] - beads.points[before, 1]
    tz, tx = beads.points[after, 0] - beads.points[before, 0], beads.points[after, 2] - beads.points[before, 2]
    length = np.sqrt(tz * tz + ty * ty + tx * tx) + 1e-9
    tz, ty, tx = tz / length, ty / length, tx / length
    along = across[0] * tz + across[1] * ty + across[2] * tx
    az, ay, ax = across[0] - along * tz, across[1] - along * ty, across[2] - along * tx
    length = np.sqrt(az * az + ay * ay + ax * ax)
    if length < 0.2:
        return False
    az, ay, ax = az / length, ay / length, ax / length
    out[0], out[1], out[2] = az, ay, ax
    out[3], out[4], out[5] = ty * ax - tx * ay, tx * az - tz * ax, tz * ay - ty * az
    return True


@helper
def room_beside(beads, i, around, row, radius, away, frame):
    """Return how far from its axis a thread may lie beside a bead, and from `away` on up to the walls of the cell.

    What has room at the bead must have it half a link before and behind it as well.
    """
    capsules, name, near, point = around
    beyond, depth = row[ThreadColumn.BEYOND], radius + row[ThreadColumn.MARGIN] + HALF_GAP
    for axis in range(3):
        point[axis] = beads.points[i, axis] + away * frame[axis + 6]
    reach = depth + HALF_GAP + 2.0 * beyond + 0.5 * row[ThreadColumn.SPACING]
    count = list_near(capsules, name, point, reach, near)
    low, step = away, 0.5 * beyond
    while step > FINEST:
        free = True
        for side in range(-1, 2):
            other = i + side if (side != 1 or linked(beads, i)) and (side != -1 or linked(beads, i - 1)) else i
            for axis in range(3):
                middle = 0.5 * (beads.points[i, axis] + beads.points[other, axis])
                point[axis] = middle + (low + step) * frame[axis + 6]
            free = free and cell_depth(beads, i, capsules, near, count, point) >= depth
        low, step = low + step if free else low, 0.5 * step
    return low


@helper
def thread_bead(beads, i, across, row, shape, around, frame, out):
    """Write place and radius of a thread beside a bead; tell whether it has room."""
    radius, aside, angle = shape
    room = beads.radii[i] - row[ThreadColumn.MARGIN]
    mine = min(radius, row[ThreadColumn.HOST_SHARE] * max(beads.radii[i], room), room)
    if mine < row[ThreadColumn.LEAST]:
        return False
    for axis in range(3):
        out[axis] = beads.points[i, axis]
    out[3] = mine
    if aside == 0.0:
        return True
    if not cross_frame(beads, i, across, frame):
        return False
    cos, sin = np.cos(angle), np.sin(angle)
    for axis in range(3):
        frame[axis + 6] = cos * frame[axis] + sin * frame[axis + 3]
    away = max(0.0, room - mine)
    if row[ThreadColumn.BEYOND] > 0.0:
        away, aside = room_beside(beads, i, around, row, mine, away, frame), np.sqrt(aside)
    for axis in range(3):
        out[axis] += aside * away * frame[axis + 6]
    return True


@helper
def free_beside(placed, outer, others, tube, beads, strand, one, two, ends):
    """Tell whether a capsule overlaps none of the tubes from `outer` to `others` in its strand, but for its own."""
    for c in range(3):
        ends[0, c], ends[0, c + 3] = one[c], two[c]
    for m in range(outer, min(others, placed.kinds.size)):
        if beads.strands[placed.hosts[m]] != strand or placed.keys[m] == tube:
            continue
        for k in range(placed.starts[m], min(placed.starts[m + 1], placed.radii.shape[0])):
            gz, gy, gx, _, _ = segment_gap(ends, 0, placed.ends, k)
            room = max(one[3], two[3]) + max(placed.radii[k, 0], placed.radii[k, 1]) + APART
            if gz * gz + gy * gy + gx * gx < room * room:
                return False
    return True


@kernel(Beads, Strands, Region, "f8[:,::1], i8", Capsules, Placed)
def lay_threads(beads, strands, region, rows, blocking, capsules, placed):
    """Lay threads along strands.

    Parameters
    ----------
    beads, strands : Beads, Strands
        Settled strands.
    region : Region
        Box beyond which beads are left out.
    rows : (t, 17) float64
        See `ThreadColumn`.
    blocking : int
        Rows from this one on are avoided by none. All avoid what earlier rows laid within a strand, but for what runs
        along all of it.
    capsules : Capsules
        Final capsules of all compartments around.
    placed : Placed
        Receives them.

    Returns
    -------
    tuple of int
        Numbers of capsules and tubes; if larger than there is room for, what is beyond is not written.
    """
    frame, one, two, axis_ends = np.empty(9), np.empty(4), np.empty(4), np.empty((1, 6))
    near, point = np.empty(2048, np.int64), np.empty(3)
    count, tubes, outer, others, key = 0, 0, 0, 0, region.key
    placed.starts[0] = 0
    for t in range(rows.shape[0]):
        row = rows[t]
        if t <= blocking:
            others = tubes
        many, whole = max(2, int(row[ThreadColumn.EVERY] / row[ThreadColumn.SPACING])), row[ThreadColumn.EVERY] == 0.0
        widest = row[ThreadColumn.RADIUS] + row[ThreadColumn.RADIUS_RANGE]
        spare = int(2.0 * widest / row[ThreadColumn.SPACING]) + 1  # beads to the thread of the next window
        base, known = WINDOWS + SPAN * t, np.int64(-1)
        for i in range(beads.radii.size):
            strand = beads.strands[i]
            if strands.species[strand] != int(row[ThreadColumn.SPECIES]):
                continue
            if not in_region(region, beads.points[i]) or (row[ThreadColumn.OUTSIDE] > 0.0 and beads.swellings[i] > 0):
                continue
            name, owner, place = strands.keys[strand], strands.owners[strand], beads.places[i]
            window = np.int64(0) if whole else place // many
            at = base + 8 * (window + SPAN // 16)
            if hash_unit(key, name, at) >= row[ThreadColumn.SHARE]:
                continue
            length = row[ThreadColumn.LENGTH] + row[ThreadColumn.LENGTH_RANGE] * hash_unit(key, name, at + 1)
            links = max(0, min(int(length / row[ThreadColumn.SPACING] + 0.5), many - 1 - spare))
            first = window * many + int(hash_unit(key, name, at + 2) * max(1, many - links - spare))
            if whole:
                links, first = 1, place
            if place < first or place > first + links or (place == first + links and links > 0):
                continue
            radius = row[ThreadColumn.RADIUS] + row[ThreadColumn.RADIUS_RANGE] * hash_unit(key, name, at + 3)
            aside = row[ThreadColumn.ASIDE] * np.sqrt(np.sqrt(hash_unit(key, name, at + 4)))
            angle = row[ThreadColumn.SECTOR] + row[ThreadColumn.SECTOR_RANGE] * (hash_unit(key, name, at + 5) - 0.5)
            across, shape, around = strands.frames[strand], (radius, aside, angle), (capsules, owner, near, point)
            if not thread_bead(beads, i, across, row, shape, around, frame, one):
                continue
            if links == 0:
                along = hash_unit(key, name, at + 6)
                if linked(beads, i) and thread_bead(beads, i + 1, across, row, shape, around, frame, two):
                    for c in range(4):
                        one[c] += along * (two[c] - one[c])
                for c in range(4):
                    two[c] = one[c]
            elif not linked(beads, i) or not thread_bead(beads, i + 1, across, row, shape, around, frame, two):
                continue
            tube = tube_key(name, int(row[ThreadColumn.KIND]), window, t)
            before = tubes if links == 0 or t < blocking else others  # beads may settle close together
            if not whole and not free_beside(placed, outer, before, tube, beads, strand, one, two, axis_ends):
                continue
            if tube != known:
                if tubes < placed.kinds.size:
                    placed.kinds[tubes], placed.keys[tubes], placed.hosts[tubes] = int(row[ThreadColumn.KIND]), tube, i
                tubes, known = tubes + 1, tube
            if count < placed.ends.shape[0]:
                for axis in range(3):
                    placed.ends[count, axis], placed.ends[count, axis + 3] = one[axis], two[axis]
                placed.radii[count, 0], placed.radii[count, 1] = one[3], two[3]
            count += 1
            if tubes < placed.starts.size:
                placed.starts[tubes] = count
        if whole:
            outer = tubes
    return count, tubes


@kernel(Beads, Strands, Region, Capsules, "f8[::1], UniTuple(f8, 3), f8[:,::1]")
def find_contacts(beads, strands, region, capsules, handicaps, chances, contacts):
    """Find the capsule that each bouton with a density touches: of those in reach the one whose surface is nearest.

    Parameters
    ----------
    beads, strands : Beads, Strands
        Settled strands.
    region : Region
        Box in which boutons matter.
    capsules : Capsules
        Capsules of all compartments around.
    handicaps : (n,) float64
        Added to the distance of each, in nm.
    chances : (float, float, float)
        Share of the swellings with a density; least and largest radius of these.
    contacts : (m, 7) float64
        Receives what is found, see `ContactColumn`.

    Returns
    -------
    int
        Number of contacts; if larger than m, those beyond are not written.
    """
    count, point, key = 0, np.empty((1, 6)), region.key
    for i in range(beads.radii.size):
        if beads.swellings[i] != 1:
            continue
        name, place = strands.keys[beads.strands[i]], beads.places[i]
        at = 3_000_000 + 8 * (place + 4096)
        if not in_region(region, beads.points[i]) or hash_unit(key, name, at) >= chances[0]:
            continue
        best, partner, cz, cy, cx = 130.0, -1, 0.0, 0.0, 0.0
        for axis in range(3):
            point[0, axis] = point[0, axis + 3] = beads.points[i, axis]
        for m in range(capsules.owners.size):
            if capsules.owners[m] == name:
                continue
            radius = max(capsules.radii[m, 0], capsules.radii[m, 1])
            reach = beads.radii[i] + 130.0 + radius + 260.0
            if abs(capsules.ends[m, 0] - point[0, 0]) > reach or abs(capsules.ends[m, 1] - point[0, 1]) > reach:
                continue
            gz, gy, gx, _, t = segment_gap(point, 0, capsules.ends, m)
            away = np.sqrt(gz * gz + gy * gy + gx * gx)
            radius = capsules.radii[m, 0] + t * (capsules.radii[m, 1] - capsules.radii[m, 0])
            gap = away - radius - beads.radii[i] + handicaps[m]
            if gap < best and away > 1.0:
                best, partner = gap, m
                middle = 0.5 * (beads.radii[i] + away - radius) / away
                cz, cy, cx = middle * gz, middle * gy, middle * gx
        if partner < 0:
            continue
        if count < contacts.shape[0]:
            out = contacts[count]
            out[ContactColumn.BEAD], out[ContactColumn.PARTNER] = i, partner
            out[ContactColumn.Z], out[ContactColumn.Y] = beads.points[i, 0] + cz, beads.points[i, 1] + cy
            out[ContactColumn.X] = beads.points[i, 2] + cx
            out[ContactColumn.RADIUS] = lerp(chances[1], chances[2], hash_unit(key, name, at + 1))
            out[ContactColumn.SHARE] = hash_unit(key, name, at + 2)
        count += 1
    return count
