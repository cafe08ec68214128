"""Scattering of vesicles within regions, at given least distances."""

from __future__ import annotations

import numpy as np

from synthem.kernels._jit import helper, kernel
from synthem.kernels.clutter import normal
from synthem.kernels.outlines import clamp
from synthem.kernels.raster import segment_distance

__all__ = ["LOOKS", "TRIES", "scatter_vesicles"]

TRIES = 10
LOOKS = 8
"""Random numbers that say how large a vesicle is and how it looks."""


@helper
def throw_discs(region, radii, uniforms, rules, places):
    """Throw discs into a union of capsules; places are NaN where no room was found."""
    margin, gap, stick = rules[0], rules[1], rules[2]
    top, left, bottom, right = 1e9, 1e9, -1e9, -1e9
    for k in range(region.shape[0]):
        y0, x0, y1, x1, r = region[k, 0], region[k, 1], region[k, 2], region[k, 3], region[k, 4]
        top, bottom = min(top, min(y0, y1) - r), max(bottom, max(y0, y1) + r)
        left, right = min(left, min(x0, x1) - r), max(right, max(x0, x1) + r)
    for n in range(radii.size):
        places[n, 0], places[n, 1] = np.nan, np.nan
        inset = radii[n] + margin
        for attempt in range(int(rules[6])):
            y = top + inset + uniforms[n, 3 * attempt] * (bottom - top - 2.0 * inset)
            x = left + inset + uniforms[n, 3 * attempt + 1] * (right - left - 2.0 * inset)
            chance = uniforms[n, 3 * attempt + 2]
            beside = int(uniforms[n, 3 * attempt] * n)
            if chance < stick and n > 0 and not np.isnan(places[beside, 0]):
                angle = 2.0 * np.pi * uniforms[n, 3 * attempt + 1]
                reach = radii[beside] + radii[n] + gap + 1e-6
                y, x = places[beside, 0] + reach * np.sin(angle), places[beside, 1] + reach * np.cos(angle)
            depth = -1e9
            for k in range(region.shape[0]):
                away = segment_distance(y, x, region[k, 0], region[k, 1], region[k, 2], region[k, 3])
                depth = max(depth, region[k, 4] - away)
            if depth < radii[n] + margin:
                continue
            away = rules[5] * np.sqrt((y - rules[3]) ** 2 + (x - rules[4]) ** 2)
            if (chance - stick) / (1.0 - stick) > np.exp(-0.5 * away * away):
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
def scatter_vesicles(regions, starts, radii, uniforms, laws, discs, looks, owners):
    """Throw groups of vesicles into regions, one group into each, and say how each vesicle looks.

    Parameters
    ----------
    regions : (g, k, 5) float64
        Capsules y0, x0, y1, x1, r whose union is a region.
    starts : (g + 1,) int64
        Where each group starts in `radii`.
    radii : (n,) float64
        Typical radii of the vesicles; become their radii.
    uniforms : (n, 3 * TRIES + LOOKS) float64
        Row, column and acceptance of each try; then what the look depends on.
    laws : (g, 21) float64
        Where the vesicles of a group go: 0 distance from the edge of the region, 1 distance between discs, in pixels;
        2 share of the tries beside a disc that is there already, at that distance from it, 0 to 1 (exclusive); 3 and 4
        a point and 5 the reciprocal of the distance over which discs grow rare around it, 0: even; 6 how often each is
        tried, up to `TRIES`. How they look: 7 largest relative difference of the axes; 8 rim width, 9 its range, 10
        share of the radius that it has beyond that; 11 rim grey, 12 interior grey, 13 and 14 their ranges within the
        group; 15 share with a dark interior, 16 its grey; 17 opacity, 18 its range. How large they are: 19 standard
        deviation of the radius, cut at two of them, and 20 by how much smaller it is at most, both relative.
    discs, looks : (n, 5), (n, 4) float64
        Receive the vesicles that found room: row, column, semi-axes, angle; width and grey of the rim, grey of the
        interior, opacity.
    owners : (n,) int64
        Receives the group of each.

    Returns
    -------
    int
        How many found room.
    """
    count = 0
    places = np.empty((radii.size, 2))
    for g in range(regions.shape[0]):
        first, last, look = starts[g], starts[g + 1], laws[g, 7:]
        for n in range(first, last):
            u = uniforms[n, uniforms.shape[1] - 3 :]
            radii[n] *= (1.0 + look[12] * clamp(normal(u[0], u[1]), -2.0, 2.0)) * (1.0 - look[13] * u[2])
        throw_discs(regions[g], radii[first:last], uniforms[first:last], laws[g], places[first:last])
        for n in range(first, last):
            if np.isnan(places[n, 0]):
                continue
            u, r = uniforms[n, uniforms.shape[1] - LOOKS :], radii[n]
            discs[count, 0], discs[count, 1], discs[count, 2] = places[n, 0], places[n, 1], r
            discs[count, 3], discs[count, 4] = r * (1.0 - look[0] * u[0]), 2.0 * np.pi * u[1]
            looks[count, 0] = look[1] + look[2] * u[2] + look[3] * r
            looks[count, 1] = look[4] + look[6] * (u[3] - 0.5)
            looks[count, 2] = look[9] if u[4] < look[8] else look[5] + look[7] * (u[3] - 0.5)
            looks[count, 3] = look[10] + look[11] * u[3]
            owners[count] = g
            count += 1
    return count
