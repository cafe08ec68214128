"""Scattering of vesicles within regions, at given least distances."""

from __future__ import annotations

from enum import auto

import numpy as np

from synthem.kernels._jit import helper, kernel
from synthem.kernels._math import clamp, normal, segment_distance
from synthem.kernels.capsules import CapsuleColumn, ends_of
from synthem.kernels.columns import Columns
from synthem.kernels.shading import EllipseColumn

__all__ = ["TRAITS", "TRIES", "VesicleColumn", "scatter_vesicles"]

TRIES = 10
TRAITS = 8
"""Random numbers for the size and the rim of a vesicle."""


class VesicleColumn(Columns):
    """A population of vesicles: place, size and rim. Lengths are nanometres."""

    MARGIN = auto()  # least distance from the edge of the region
    GAP = auto()  # least distance between discs
    TOUCHING = auto()  # share of the tries beside a disc that is there already, 0 to 1 (exclusive)
    CENTRE_ROW = auto()  # point around which discs gather
    CENTRE_COL = auto()
    PER_DECAY = auto()  # reciprocal of the distance over which discs grow rare around that point; 0: even
    TRIES = auto()  # how often each is tried, up to `TRIES`

    RADIUS_SD = auto()  # standard deviation of the radius, relative to it; cut at two of them
    SHRINKAGE = auto()  # largest share by which a radius is smaller
    FLATTENING = auto()  # largest relative difference of the axes

    RIM_WIDTH = auto()  # least
    RIM_WIDTH_RANGE = auto()
    RIM_WIDTH_SHARE = auto()  # share of the radius that the rim has beyond that
    DENSE_CORE_SHARE = auto()  # share with a dark interior


@helper
def throw_discs(region, radii, uniforms, population, places):
    """Throw discs into a union of capsules; places are NaN where no room was found."""
    margin, gap = population[VesicleColumn.MARGIN], population[VesicleColumn.GAP]
    touching = population[VesicleColumn.TOUCHING]
    centre_row, centre_col = population[VesicleColumn.CENTRE_ROW], population[VesicleColumn.CENTRE_COL]
    top, left, bottom, right = 1e9, 1e9, -1e9, -1e9
    for k in range(region.shape[0]):
        (y0, x0, y1, x1), r = ends_of(region, k), region[k, CapsuleColumn.RADIUS]
        top, bottom = min(top, min(y0, y1) - r), max(bottom, max(y0, y1) + r)
        left, right = min(left, min(x0, x1) - r), max(right, max(x0, x1) + r)
    for n in range(radii.size):
        places[n, 0], places[n, 1] = np.nan, np.nan
        inset = radii[n] + margin
        for attempt in range(int(population[VesicleColumn.TRIES])):
            y = top + inset + uniforms[n, 3 * attempt] * (bottom - top - 2.0 * inset)
            x = left + inset + uniforms[n, 3 * attempt + 1] * (right - left - 2.0 * inset)
            chance = uniforms[n, 3 * attempt + 2]
            beside = int(uniforms[n, 3 * attempt] * n)
            if chance < touching and n > 0 and not np.isnan(places[beside, 0]):
                angle = 2.0 * np.pi * uniforms[n, 3 * attempt + 1]
                reach = radii[beside] + radii[n] + gap + 1e-6
                y, x = places[beside, 0] + reach * np.sin(angle), places[beside, 1] + reach * np.cos(angle)
            depth = -1e9
            for k in range(region.shape[0]):
                depth = max(depth, region[k, CapsuleColumn.RADIUS] - segment_distance(y, x, *ends_of(region, k)))
            if depth < radii[n] + margin:
                continue
            away = population[VesicleColumn.PER_DECAY] * np.sqrt((y - centre_row) ** 2 + (x - centre_col) ** 2)
            if (chance - touching) / (1.0 - touching) > np.exp(-0.5 * away * away):
                continue
            free = True
            for m in range(n):
                least = radii[m] + radii[n] + gap
                if (places[m, 0] - y) ** 2 + (places[m, 1] - x) ** 2 < least * least:
                    free = False
                    break
            if free:
                places[n, 0], places[n, 1] = y, x
                break


@kernel("f8[:,:,::1], i8[::1], f8[::1], f8[:,::1], f8[:,::1], f8[:,::1], f8[:,::1], i8[::1]")
def scatter_vesicles(regions, starts, radii, uniforms, populations, discs, pieces, owners):
    """Throw groups of vesicles into regions, one group into each, and say what each vesicle is made of.

    Parameters
    ----------
    regions : (g, k, 5) float64
        `synthem.kernels.capsules.CapsuleColumn` of the capsules whose union is a region.
    starts : (g + 1,) int64
        Where each group starts in `radii`.
    radii : (n,) float64
        Typical radii of the vesicles; become their radii.
    uniforms : (n, 3 * TRIES + TRAITS) float64
        Row, column and acceptance of each try; then numbers for size and rim.
    populations : (g, 14) float64
        See `VesicleColumn`.
    discs, pieces : (n, 5), (n, 4) float64
        Receive the vesicles that found room: row, column, semi-axes, angle; `synthem.kernels.shading.EllipseColumn`
        with material 0 for rims, 1 for interiors and 2 for dense cores.
    owners : (n,) int64
        Receives the group of each.

    Returns
    -------
    int
        Number of vesicles that found room.
    """
    count = 0
    places = np.empty((radii.size, 2))
    for g in range(regions.shape[0]):
        first, last, population = starts[g], starts[g + 1], populations[g]
        for n in range(first, last):
            u = uniforms[n, uniforms.shape[1] - 3 :]
            factor = 1.0 + population[VesicleColumn.RADIUS_SD] * clamp(normal(u[0], u[1]), -2.0, 2.0)
            radii[n] *= factor * (1.0 - population[VesicleColumn.SHRINKAGE] * u[2])
        throw_discs(regions[g], radii[first:last], uniforms[first:last], population, places[first:last])
        for n in range(first, last):
            if np.isnan(places[n, 0]):
                continue
            u, r = uniforms[n, uniforms.shape[1] - TRAITS :], radii[n]
            disc, piece = discs[count], pieces[count]
            disc[0], disc[1], disc[2] = places[n, 0], places[n, 1], r
            disc[3], disc[4] = r * (1.0 - population[VesicleColumn.FLATTENING] * u[0]), 2.0 * np.pi * u[1]
            rim_width = population[VesicleColumn.RIM_WIDTH] + population[VesicleColumn.RIM_WIDTH_RANGE] * u[2]
            piece[EllipseColumn.RIM_WIDTH] = rim_width + population[VesicleColumn.RIM_WIDTH_SHARE] * r
            piece[EllipseColumn.RIM] = 0.0
            piece[EllipseColumn.INTERIOR] = 2.0 if u[4] < population[VesicleColumn.DENSE_CORE_SHARE] else 1.0
            piece[EllipseColumn.GROUP] = g
            owners[count] = g
            count += 1
    return count
