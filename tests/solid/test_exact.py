"""Every voxel is what a test of its middle says: point by point, without patches, bricks or lists, in float64."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pytest

from synthem.kernels.membranes import MembraneColumn
from synthem.kernels.solid.bending import PATCH, Field
from synthem.solid.looks import membrane_numbers, painted_tubes
from synthem.solid.recipe import load_solid_recipe
from synthem.solid.scene import SolidScene
from synthem.solid.shells import shells_of

pytestmark = pytest.mark.slow

UNCERTAIN = 2e-3
"""Distance in nm from a surface within which float32 may round to either side."""
MASK = (1 << 64) - 1


class Read(NamedTuple):
    """Label codes, compartments and ids of all voxels, and which of them lie on no surface."""

    label: np.ndarray
    compartments: np.ndarray
    ids: np.ndarray
    certain: np.ndarray


def hash_unit(key, a, b):
    """splitmix64, as `synthem.kernels.hashing` has it."""
    z = (key & MASK) ^ (a * 0x9E3779B97F4A7C15 & MASK) ^ (b * 0xC2B2AE3D27D4EB4F & MASK)
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & MASK
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB & MASK
    bits = ((z ^ (z >> 31)) >> 16) & 0xFFFFFFFF
    return min(np.float32(bits * 2.3283064365386963e-10), np.float32(1.0 - 2.0**-24))


def read_volume(layout):
    """Read a whole block; see `Read`."""
    points, noise = bent_points(layout)
    bodies, membranes = layout.bodies, layout.recipe.membranes
    nearest, second, third, owners, normals = nearest_two(bodies, points)
    distance = border_distance(nearest, second, third, normals, membranes.junction_rounding_nm)
    half = half_widths(layout, owners, noise)
    codes = layout.classes.codes
    label = np.where(distance < half, codes["boundaries"], 0).astype(np.uint8)
    certain = (abs(distance - half) > UNCERTAIN * 20) & (second - nearest > UNCERTAIN)
    ids = np.zeros(len(points), np.int32)
    for k, number in enumerate(layout.ids[0].tolist()):
        certain &= paint_plate(layout, k, number, points, owners, distance, 0.5 * (third - second), label, ids)
    certain &= paint_tubes(layout, points, owners[:, 0], distance, label, ids)
    compartments = np.where(np.isin(label, separating_codes(layout)), 0, owners[:, 0])
    shape = layout.shape
    return Read(*(one.reshape(shape) for one in (label, compartments, ids, certain)))


def separating_codes(layout):
    return [code for first, last in layout.classes.separators for code in range(first, last + 1)]


def bent_points(layout):
    """Return where the middles of all voxels lie in the unbent tissue, and the noise of membranes there."""
    (depth, height, width), (z0, y0, x0) = layout.shape, layout.origin
    z, y, x = np.meshgrid(np.arange(depth) + z0, np.arange(height) + y0, np.arange(width) + x0, indexing="ij")
    z, y, x = (one.ravel().astype(float) for one in (z, y, x))
    places = np.stack([z * layout.spacing_nm, y * layout.pixel_size_nm, x * layout.pixel_size_nm], axis=1)
    grid, fields = layout.grid, layout.fields.astype(float)
    at = np.stack([places[:, 0] / grid.depth - grid.plane, y / PATCH - y0 // PATCH, x / PATCH - x0 // PATCH], axis=1)
    low = np.floor(at).astype(int)
    share = at - low
    values = np.zeros((len(fields), len(at)))
    for corner in np.ndindex(2, 2, 2):
        weight = np.prod(np.where(corner, share, 1.0 - share), axis=1)
        where = np.minimum(low + corner, np.array(fields.shape[1:]) - 1)
        values += weight * fields[:, where[:, 0], where[:, 1], where[:, 2]]
    return places + values[:3].T, values[Field.WIDTH]


def from_axis(points, one, two):
    """Return the vectors from the nearest points of an axis, and how far along it these lie."""
    along = two - one
    t = np.clip((points - one) @ along / (along @ along + 1e-6), 0.0, 1.0)
    return points - one - t[:, None] * along, t


def nearest_two(bodies, points):
    """Return the scores of the three nearest compartments, the numbers of two and the directions from their axes."""
    scores, owners = np.full((3, len(points)), np.inf), np.zeros((len(points), 2), int)
    normals = np.zeros((len(points), 2, 3))
    for owner in np.unique(bodies.owners):
        best, direction = np.full(len(points), np.inf), np.zeros((len(points), 3))
        for k in np.flatnonzero(bodies.owners == owner):
            offset, t = from_axis(points, bodies.ends[k, :3], bodies.ends[k, 3:])
            away = np.sqrt((offset**2).sum(axis=1))
            score = away - (bodies.radii[k, 0] + t * (bodies.radii[k, 1] - bodies.radii[k, 0]))
            less = score < best
            best = np.where(less, score, best)
            direction[less] = offset[less] / (away[less, None] + 1e-6)
        rank = (best[None] >= scores).sum(axis=0)
        for place in (2, 1, 0):
            chosen = rank == place
            for other in range(2, place, -1):
                scores[other, chosen] = scores[other - 1, chosen]
                if other == 1:
                    owners[chosen, 1], normals[chosen, 1] = owners[chosen, 0], normals[chosen, 0]
            scores[place, chosen] = best[chosen]
            if place < 2:
                owners[chosen, place], normals[chosen, place] = owner, direction[chosen]
    return scores[0], scores[1], scores[2], owners, normals


def border_distance(nearest, second, third, normals, rounding):
    """Return the distance from the border, less near a third compartment."""
    square = ((normals[:, 1] - normals[:, 0]) ** 2).sum(axis=1)
    gap = (second - nearest) / np.sqrt(np.maximum(square, 0.16))
    near = np.maximum(1.0 - (third - second) / (rounding + 1e-6), 0.0)
    far = np.maximum(1.0 - 0.5 * gap / (rounding + 1e-6), 0.0)
    return gap - 0.25 * rounding * near * near * far


def half_widths(layout, owners, noise):
    """Return the half-width of the membrane beside each point."""
    numbers, keys = membrane_numbers(layout.recipe.membranes, layout.style).astype(float), layout.bodies.keys
    pairs, which = np.unique(np.sort(owners, axis=1), axis=0, return_inverse=True)
    halves, gaps = np.empty(len(pairs)), np.zeros(len(pairs))
    for n, pair in enumerate(pairs):
        low, high = sorted(keys[pair].tolist())
        vary = hash_unit(layout.key + 1, low, high) + hash_unit(layout.key + 2, low, high) - 1.0
        halves[n] = numbers[MembraneColumn.HALF_WIDTH] * np.exp(numbers[MembraneColumn.WIDTH_SD_BETWEEN] * 2.45 * vary)
        double = numbers[MembraneColumn.DOUBLE_SHARE]
        share = (hash_unit(layout.key, low, high) - 1.0 + double) / (double + 1e-9)
        gaps[n] = numbers[MembraneColumn.CLEFT_HALF_WIDTH] * (0.5 + share) if share > 0 else 0.0
    along = numbers[MembraneColumn.WIDTH_SD_ALONG] * noise
    half = halves[which] * (1.0 + along * (1.0 + 0.5 * along))
    half += np.maximum(gaps[which] * (1.0 + 0.5 * noise), 0.0)
    return np.minimum(half, numbers[MembraneColumn.WIDEST_HALF_WIDTH])


def paint_plate(layout, k, number, points, owners, distance, junction, label, ids):
    """Paint a density; return which points lie on none of its surfaces."""
    found = layout.bodies.densities
    pre, post = found.pre[k], found.post[k]
    between = (np.sort(owners, axis=1) == sorted((pre, post))).all(axis=1)
    depth = np.where(owners[:, 0] == post, found.depths[k, 1], found.depths[k, 0])
    away = np.sqrt(((points - found.centres[k]) ** 2).sum(axis=1))
    depth *= np.sqrt(np.maximum(1.0 - (away / found.radii[k]) ** 4, 0.0))  # thinner towards its edge
    flat = depth.copy()
    depth *= np.sqrt(1.0 - (1.0 - np.minimum(junction / 30.0, 1.0)) ** 4)  # and towards a third compartment
    inside = between & (distance <= depth) & (away <= found.radii[k])
    label[inside], ids[inside] = layout.classes.codes["psd"], number
    edge = np.minimum(abs(distance - depth), abs(away - found.radii[k]))
    steep = (junction < 0.5) & (distance <= flat)
    return ~between | ((edge > UNCERTAIN * 20) & ~steep)


def paint_tubes(layout, points, owners, distance, label, ids):
    """Paint the tubes in their order; return which points lie on none of their surfaces."""
    tubes, classes = layout.bodies.tubes, layout.classes
    about = (layout.recipe, layout.style, classes, layout.key, layout.ids[1], layout.bodies.keys)
    looks = painted_tubes(tubes, *about).looks
    shells, certain = shells_of(layout.recipe), np.ones(len(points), bool)
    for m, kind in enumerate(tubes.kinds.tolist()):
        shell, best = shells[kind], np.full(len(points), np.inf)
        for k in range(tubes.starts[m], tubes.starts[m + 1]):
            offset, t = from_axis(points, tubes.ends[k, :3], tubes.ends[k, 3:])
            radius = tubes.radii[k, 0] + t * (tubes.radii[k, 1] - tubes.radii[k, 0])
            best = np.minimum(best, np.sqrt((offset**2).sum(axis=1)) - radius)
        sharpness = UNCERTAIN
        if shell.wall_nm:
            own = layout.bodies.keys[owners] == tubes.hosts[m]
            away = distance - shell.wall_nm
            unfelt = np.clip((away - 30.0) / 16.0, 0.0, 1.0 - 1e-6)  # beyond 30 nm a wall is felt less and less
            depth = np.where(away > 46.0, np.inf, np.minimum(away, 30.0) + 16.0 * unfelt / (1.0 - unfelt))
            beyond = np.where(own, -depth, distance + shell.wall_nm)
            sharpness = np.where(beyond > best, UNCERTAIN * 20 / (1.0 - own * unfelt) ** 2, UNCERTAIN)
            best = np.maximum(best, beyond)
        rim = float(looks[m, 0])
        certain &= (abs(best) > sharpness) & (abs(best + rim) > sharpness)
        codes = np.where(best > -rim, classes.codes[shell.rim_label], classes.codes[shell.label])
        limit = classes.limits[shell.owner] if shell.owner else 1
        taken = (best <= 0) & (codes > 0) & (label < limit)
        label[taken], ids[taken] = codes[taken], layout.ids[1][m]
    return certain


TISSUE = load_solid_recipe("tissue")
MYELIN = replace(
    TISSUE, myelinated=replace(TISSUE.myelinated, count=0.7), myelin=replace(TISSUE.myelin, loose_share=0.5)
)
CASES = [
    (1, (6, 64, 72), (0, 0, 0), {}),
    (2, (5, 64, 64), (-3, 17, -29), {}),
    (3, (3, 64, 64), (2, 5, 1), {"pixel_size_nm": 4.6, "spacing_nm": 50.0}),
    (4, (3, 64, 64), (-1, 9, 3), {"spacing_nm": 100.0, "thickness_nm": 5.0}),  # layers without a section
    (4, (4, 80, 80), (0, 0, 0), {"recipe": MYELIN}),
]


@pytest.mark.parametrize(("seed", "shape", "origin", "options"), CASES)
def test_labels_are_those_of_the_points(seed, shape, origin, options):
    layout = SolidScene(shape=shape, **options).sample(seed, origin=origin)
    volume, read = layout.render(), read_volume(layout)
    certain = read.certain
    assert certain.mean() > 0.99
    for channel, (first, last) in enumerate(layout.classes.code_ranges.tolist()):
        expected = (read.label >= first) & (read.label <= last)
        assert np.array_equal(volume.masks[channel][certain], expected[certain])
    assert np.array_equal(volume.compartments[certain], read.compartments[certain])
    assert np.array_equal(volume.instances[certain], read.ids[certain])
