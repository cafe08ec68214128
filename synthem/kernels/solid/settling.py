"""Settling: strands push each other apart until they hardly overlap.

All move at once, each by what its neighbours did before: so where a strand comes to rest is a function of what lies
within a few reaches of it, and any block of tissue that knows this finds the same place, to the last bit. Pushes are
summed in whole numbers, whose sum does not depend on their order.
"""

from __future__ import annotations

from enum import auto

import numpy as np

from synthem.kernels._jit import helper, kernel
from synthem.kernels.columns import Columns
from synthem.kernels.solid.bins import Bins, Capsules, bin_balls, bin_span, bound_capsules, measure_bins, segment_gap
from synthem.kernels.solid.strands import Beads

__all__ = ["WIDTH", "SettlingColumn", "limit_radii", "settle_strands"]

UNIT = float(1 << 20)
"""Pushes are multiples of its reciprocal, in nm."""
THIN = 20.0
"""Radius in nm that the thinner of two capsules keeps where the thicker would leave it less."""
SPRING = 0.4
"""Share by which beads of a strand come back to their distance in a round."""
WIDTH = 1.0
"""Side of bins relative to the widest ball."""


class SettlingColumn(Columns):
    """How strands settle. Lengths are nanometres."""

    ROUNDS = auto()
    REACH = auto()  # distance beyond which strands do not touch, with what they move in a round
    GAP = auto()  # room between them
    STEP = auto()  # longest move in a round
    STIFFNESS = auto()  # share by which a bead is drawn between its neighbours on the strand
    PUSH = auto()  # share of an overlap that both together give way in a round


@helper
def linked(beads, i):
    """Tell whether a bead and the next one are neighbours on a strand."""
    if i + 1 >= beads.radii.size:
        return False
    return (beads.strands[i] == beads.strands[i + 1]) & (beads.places[i] + 1 == beads.places[i + 1])


@helper
def link_beads(beads, links):
    """Write which beads have a next one on their strand; return their number."""
    count = 0
    for i in range(beads.radii.size):
        if linked(beads, i):
            links[count] = i
            count += 1
    return count


@helper
def write_axes(points, links, ends):
    """Write the axes of the capsules between linked beads."""
    for k in range(links.size):
        for axis in range(3):
            ends[k, axis], ends[k, axis + 3] = points[links[k], axis], points[links[k] + 1, axis]


@helper
def add_push(pushes, bead, share, gap, away, overlap):
    """Push a bead against the direction of a gap by a share of an overlap."""
    scale = -UNIT * share * overlap / away
    pushes[bead, 0] += np.int64(np.rint(scale * gap[0]))
    pushes[bead, 1] += np.int64(np.rint(scale * gap[1]))
    pushes[bead, 2] += np.int64(np.rint(scale * gap[2]))


@helper
def measure_overlap(own, k, others, m, room):
    """Return the gap between the axes of two capsules, where along each it is, both radii there, length and overlap.

    The overlap is 0 if they do not overlap, or if their axes meet.
    """
    gz, gy, gx, s, t = segment_gap(own.ends, k, others.ends, m)
    mine = own.radii[k, 0] + s * (own.radii[k, 1] - own.radii[k, 0])
    other = others.radii[m, 0] + t * (others.radii[m, 1] - others.radii[m, 0])
    square, wanted = gz * gz + gy * gy + gx * gx, mine + other + room
    if (square >= wanted * wanted) | (square < 1e-6):
        return (gz, gy, gx), s, t, mine, other, 1.0, 0.0
    away = np.sqrt(square)
    return (gz, gy, gx), s, t, mine, other, away, wanted - away


@helper
def push_capsule(own, k, bead, others, m, room, share, pushes):
    """Push both beads of a capsule away from another one that stays, if they overlap."""
    gap, s, _, _, _, away, overlap = measure_overlap(own, k, others, m, room)
    if overlap > 0.0:
        add_push(pushes, bead, share * (1.0 - s), gap, away, overlap)
        add_push(pushes, bead + 1, share * s, gap, away, overlap)


@helper
def push_pair(capsules, k, m, one, two, room, share, pushes):
    """Push two capsules, whose first beads are given, away from each other, if they overlap; a heavy one moves less."""
    gap, s, t, mine, other, away, overlap = measure_overlap(capsules, k, capsules, m, room)
    if overlap <= 0.0:
        return
    both, back = share / (mine * mine + other * other), (-gap[0], -gap[1], -gap[2])
    add_push(pushes, one, both * other * other * (1.0 - s), gap, away, overlap)
    add_push(pushes, one + 1, both * other * other * s, gap, away, overlap)
    add_push(pushes, two, both * mine * mine * (1.0 - t), back, away, overlap)
    add_push(pushes, two + 1, both * mine * mine * t, back, away, overlap)


@helper
def push_apart(capsules, links, found, at, wanted, numbers, pushes):
    """Push a capsule and those after it in the bins away from each other, if one of both is wanted.

    Of two capsules the one with the lower number comes first, whatever the bins: so any block finds the same numbers.
    """
    low, side, sizes, starts, items, balls, widest = found
    room, share = numbers[SettlingColumn.GAP], numbers[SettlingColumn.PUSH]
    k, cz, cy, cx, mine = items[at], balls[at, 0], balls[at, 1], balls[at, 2], balls[at, 3] + room
    z0, z1 = bin_span(cz, mine + widest, low[0], side, sizes, 0)
    y0, y1 = bin_span(cy, mine + widest, low[1], side, sizes, 1)
    x0, x1 = bin_span(cx, mine + widest, low[2], side, sizes, 2)
    for z in range(z0, z1):
        for y in range(y0, y1):
            row = (z * sizes[1] + y) * sizes[2]
            for to in range(max(starts[row + x0], at + 1), starts[row + x1]):
                rz, ry, rx, far = cz - balls[to, 0], cy - balls[to, 1], cx - balls[to, 2], mine + balls[to, 3]
                if rz * rz + ry * ry + rx * rx < far * far:
                    m = items[to]
                    if (wanted[k] | wanted[m]) & (capsules.owners[k] != capsules.owners[m]):
                        one, two = min(k, m), max(k, m)
                        push_pair(capsules, one, two, links[one], links[two], room, share, pushes)


@helper
def push_from(own, k, bead, ball, others, found, numbers, pushes):
    """Push a capsule away from all others that come near and stay; `found` holds their bins."""
    low, side, sizes, starts, items, balls, widest = found
    room, share = numbers[SettlingColumn.GAP], numbers[SettlingColumn.PUSH]
    cz, cy, cx, mine = ball[0], ball[1], ball[2], ball[3] + room
    z0, z1 = bin_span(cz, mine + widest, low[0], side, sizes, 0)
    y0, y1 = bin_span(cy, mine + widest, low[1], side, sizes, 1)
    x0, x1 = bin_span(cx, mine + widest, low[2], side, sizes, 2)
    if x0 >= x1:
        return
    for z in range(z0, z1):
        for y in range(y0, y1):
            row = (z * sizes[1] + y) * sizes[2]
            for at in range(starts[row + x0], starts[row + x1]):
                rz, ry, rx, far = cz - balls[at, 0], cy - balls[at, 1], cx - balls[at, 2], mine + balls[at, 3]
                if rz * rz + ry * ry + rx * rx < far * far:
                    m = items[at]
                    if others.owners[m] != own.owners[k]:
                        push_capsule(own, k, bead, others, m, room, share, pushes)


@helper
def pull_along(points, beads, i, spacing, stiffness, pushes):
    """Draw a bead between its neighbours on the strand, and towards its distance from them."""
    before, after = i > 0 and linked(beads, i - 1), linked(beads, i)
    for side in range(2):
        if before if side == 0 else after:
            j, square = i + 2 * side - 1, 0.0
            for axis in range(3):
                square += (points[j, axis] - points[i, axis]) ** 2
            pull = SPRING * (1.0 - spacing / np.sqrt(square + 1e-6))
            for axis in range(3):
                pushes[i, axis] += np.int64(np.rint(UNIT * pull * (points[j, axis] - points[i, axis])))
    if before and after:
        for axis in range(3):
            middle = 0.5 * (points[i - 1, axis] + points[i + 1, axis]) - points[i, axis]
            pushes[i, axis] += np.int64(np.rint(UNIT * stiffness * middle))


@helper
def needed(points, i, low, high, beyond):
    """Tell whether a point lies in a box or less than `beyond` outside it."""
    inside = True
    for axis in range(3):
        inside &= (low[axis] - beyond <= points[i, axis]) & (points[i, axis] <= high[axis] + beyond)
    return inside


@kernel(Beads, Capsules, Bins, "i8[::1], f8[::1], f8[::1], f8[::1], f8[::1]")
def settle_strands(beads, obstacles, fixed, owners, spacings, settling, low, high):
    """Let strands settle.

    Parameters
    ----------
    beads : Beads
        Moved in place.
    obstacles, fixed : Capsules, Bins
        What does not move, and its bins.
    owners, spacings : (n,) int64, (n,) float64
        To whom each bead belongs; what is of one owner does not push each other. Distance of beads on its strand; 0:
        it stays where it is.
    settling : (6,) float64
        See `SettlingColumn`.
    low, high : (3,) float64
        Box in which the result is right if all beads up to ``ROUNDS * REACH`` beyond it are there.
    """
    points, n = beads.points, beads.radii.size
    links = np.empty(n, np.int64)
    count = link_beads(beads, links)
    links = links[:count].copy()
    moving = Capsules(np.empty((count, 6)), np.empty((count, 2)), np.empty(count, np.int64))
    for k in range(count):
        moving.radii[k, 0], moving.radii[k, 1] = beads.radii[links[k]], beads.radii[links[k] + 1]
        moving.owners[k] = owners[links[k]]
    if count == 0:
        return
    balls, sorted_balls, sizes, corner = np.empty((count, 4)), np.empty((count, 4)), np.empty(3, np.int64), np.empty(3)
    which, items = np.empty(count, np.int64), np.empty(count, np.int64)
    pushes, wanted = np.empty((n, 3), np.int64), np.empty(count, np.bool_)
    for round_ in range(int(settling[SettlingColumn.ROUNDS])):
        beyond = (settling[SettlingColumn.ROUNDS] - 1.0 - round_) * settling[SettlingColumn.REACH]
        write_axes(points, links, moving.ends)
        widest = bound_capsules(moving, balls)
        side = WIDTH * widest + 1.0
        starts = np.empty(measure_bins(balls, side, corner, sizes) + 2, np.int64)
        bin_balls(balls, corner, side, sizes, which, starts, items, sorted_balls)
        pushes[:] = 0
        near = Bins(corner, side, sizes, starts, items, sorted_balls, widest)
        for k in range(count):
            i = links[k]
            wanted[k] = needed(points, i, low, high, beyond) or needed(points, i + 1, low, high, beyond)
            if wanted[k]:
                push_from(moving, k, i, balls[k], obstacles, fixed, settling, pushes)
        far = beyond + settling[SettlingColumn.GAP] + 2.0 * widest  # of a ball from what is wanted, at most
        for at in range(count):
            if needed(sorted_balls, at, low, high, far + sorted_balls[at, 3]):
                push_apart(moving, links, near, at, wanted, settling, pushes)
        for i in range(n):
            if needed(points, i, low, high, beyond):
                pull_along(points, beads, i, spacings[i], settling[SettlingColumn.STIFFNESS], pushes)
        for i in range(n):
            if spacings[i] > 0.0 and needed(points, i, low, high, beyond):
                length = np.sqrt(float(pushes[i, 0]) ** 2 + float(pushes[i, 1]) ** 2 + float(pushes[i, 2]) ** 2) / UNIT
                share = min(1.0, settling[SettlingColumn.STEP] / (length + 1e-9)) / UNIT
                for axis in range(3):
                    points[i, axis] += share * pushes[i, axis]


@helper
def share_of_gap(away, radius, other, room):
    """Return the radius that a capsule may have at a distance from another axis, where they would overlap.

    The thinner of both gives way first, but keeps `THIN` or half of the distance. The sum of both is at most `away`.
    """
    thin, thick = min(radius, other), max(radius, other)
    even = away * thin * thin / (thin * thin + thick * thick)
    share = min(thin, max(even, max(min(THIN, 0.5 * away), away - thick - room)))
    if radius == other:
        return 0.5 * away
    return share if radius < other else max(away - share, 0.5 * away)


@kernel(Capsules, Capsules, Bins, "f8, f8[::1]")
def limit_radii(capsules, others, found, room, allowed):
    """Lower the radii that capsules may have so that they overlap none of another owner.

    If both of two capsules are limited so, the sum of their radii is at most the distance of their axes.

    Parameters
    ----------
    capsules, others : Capsules
        Those that are limited, and those against which they are, with their radii before that.
    found : Bins
        Bins of the others.
    room : float
        Distance in nm that is left between them.
    allowed : (n,) float64
        Lowered in place.
    """
    count = allowed.size
    low, side, sizes, starts, items, balls, widest = found
    own = np.empty((count, 4))
    bound_capsules(capsules, own)
    for k in range(count):
        radius, mine = max(capsules.radii[k, 0], capsules.radii[k, 1]), own[k, 3] + room
        z0, z1 = bin_span(own[k, 0], mine + widest, low[0], side, sizes, 0)
        y0, y1 = bin_span(own[k, 1], mine + widest, low[1], side, sizes, 1)
        x0, x1 = bin_span(own[k, 2], mine + widest, low[2], side, sizes, 2)
        if x0 >= x1:
            continue
        for z in range(z0, z1):
            for y in range(y0, y1):
                row = (z * sizes[1] + y) * sizes[2]
                for at in range(starts[row + x0], starts[row + x1]):
                    far, m = mine + balls[at, 3], items[at]
                    rz, ry, rx = own[k, 0] - balls[at, 0], own[k, 1] - balls[at, 1], own[k, 2] - balls[at, 2]
                    if (rz * rz + ry * ry + rx * rx > far * far) | (others.owners[m] == capsules.owners[k]):
                        continue
                    gz, gy, gx, _, _ = segment_gap(capsules.ends, k, others.ends, m)
                    away, other = np.sqrt(gz * gz + gy * gy + gx * gx), max(others.radii[m, 0], others.radii[m, 1])
                    if away < radius + other + room:
                        allowed[k] = min(allowed[k], share_of_gap(away, radius, other, room))
