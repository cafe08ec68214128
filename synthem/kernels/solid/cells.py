"""Cells: how far a point of the solid lies from the walls of its compartment. Lengths are nanometres."""

from __future__ import annotations

import numpy as np

from synthem.kernels._jit import helper
from synthem.kernels.solid.partition import surface_distance
from synthem.kernels.solid.settling import linked

__all__ = ["cell_depth", "link_distance", "list_near"]


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
def cell_depth(beads, i, capsules, near, count, point):
    """Return half the lead that the strand of a bead has at a point over all others that are listed.

    No wall is nearer than that, since no distance from a surface changes faster than the place does.
    """
    z, y, x = point[0], point[1], point[2]
    own, nearest = np.inf, np.inf
    for k in range(max(0, i - 2), min(i + 2, beads.radii.size - 1)):
        if beads.strands[k] == beads.strands[i] and linked(beads, k):
            own = min(own, link_distance(beads, k, z, y, x))
    for n in range(count):
        nearest = min(nearest, surface_distance(capsules.ends, capsules.radii, near[n], z, y, x))
    return 0.5 * (nearest - own)
