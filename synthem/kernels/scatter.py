"""Scattering of discs within a region, without overlap."""

from __future__ import annotations

import numpy as np

from synthem.kernels._jit import kernel
from synthem.kernels.raster import segment_distance

__all__ = ["scatter_discs"]


@kernel
def scatter_discs(region, radii, uniforms, margin, gap, stick, gather, places):
    """Throw discs into a union of capsules; return how many found room.

    Parameters
    ----------
    region : (k, 5) float64
        Capsules y0, x0, y1, x1, r.
    radii : (n,) float64
        Radii of the discs.
    uniforms : (n, 3 * tries) float64
        Row, column and acceptance of each try.
    margin : float
        Distance from the edge of the region, in pixels.
    gap : float
        Distance between discs, in pixels.
    stick : float
        Share of the tries beside a disc that is there already, at distance `gap` from it, 0 to 1 (exclusive).
    gather : (3,) float64
        A point and the reciprocal of the distance over which discs grow rare around it; 0: even.
    places : (n, 2) float64
        Receives the centres, NaN where no room was found.
    """
    top, left, bottom, right = 1e9, 1e9, -1e9, -1e9
    for k in range(region.shape[0]):
        y0, x0, y1, x1, r = region[k, 0], region[k, 1], region[k, 2], region[k, 3], region[k, 4]
        top, bottom = min(top, min(y0, y1) - r), max(bottom, max(y0, y1) + r)
        left, right = min(left, min(x0, x1) - r), max(right, max(x0, x1) + r)
    placed = 0
    for n in range(radii.size):
        places[n, 0], places[n, 1] = np.nan, np.nan
        for attempt in range(uniforms.shape[1] // 3):
            y = top + uniforms[n, 3 * attempt] * (bottom - top)
            x = left + uniforms[n, 3 * attempt + 1] * (right - left)
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
            away = gather[2] * np.sqrt((y - gather[0]) ** 2 + (x - gather[1]) ** 2)
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
                placed += 1
                break
    return placed
