"""Sheaths of myelin: flat sides and corners of their outline, and the lamellae of loose ones."""

from __future__ import annotations

import math

import numpy as np

from synthem.geometry.poses import Numbers, Points
from synthem.painting.paint import Fill, Paint, Strokes

__all__ = ["flat_sides", "loose_band"]

SIDES = (4, 8)
"""Least number of flat sides, and one more than the largest."""
UNEVEN = (0.7, 0.3)
"""By how much directions of sides differ, relative to the angle between two, and their distances from the middle."""
STRETCH = (0.75, 1.35)
"""Limits of the radius of an outline with sides, relative to its mean."""
RIM_NM = ((22.0, 45.0), (18.0, 35.0))
"""Widths of the dark rims of a loose sheath, the outer and the inner one."""
MOST_RIM = 0.42
"""Most of the thickness that each rim takes."""
LAMELLA_NM = (22.0, 55.0)
"""Distance between lamellae."""
MATERIALS = ("myelin_lamella", "myelin_cleft")
LAMELLA, CLEFT = range(2)


def flat_sides(count: int, angularity: float, own: Numbers) -> Numbers:
    """Return factors of the radius of an outline that give it flat sides with corners between.

    Parameters
    ----------
    count : int
        Points of the outline.
    angularity : float
        0 for none, 1 for a polygon.
    own : (2 + 2 * 7,) array
        Numbers from 0 to 1 that decide how many sides there are and how they lie.
    """
    many = SIDES[0] + int((SIDES[1] - SIDES[0]) * own[0])
    aside, away = own[2 : 2 + many] - 0.5, 1.0 + UNEVEN[1] * (own[-many:] - 0.5)
    facing = 2.0 * math.pi * (np.arange(many) + UNEVEN[0] * aside + own[1]) / many
    turns = 2.0 * math.pi * np.arange(count) / count
    radii = (away[:, None] / np.maximum(np.cos(turns - facing[:, None]), 0.2)).min(axis=0)
    factors: Numbers = 1.0 + angularity * (np.clip(radii / radii.mean(), *STRETCH) - 1.0)
    return factors


def loose_band(outer: Points, inner: Points, thickness: float, rng: np.random.Generator) -> tuple[Paint, ...]:
    """Return the pale band between the dark rims of a loose sheath, with lamellae and clefts in it.

    Parameters
    ----------
    outer, inner : (k, 2) arrays
        Rings of the sheath, point by point on the same radii.
    thickness : float
        Its mean in nm.
    rng : numpy.random.Generator
        Source of details.
    """
    rims = [low + (high - low) * rng.random() for low, high in RIM_NM]
    first, last = (min(rim / thickness, MOST_RIM) for rim in rims)
    last = 1.0 - last
    spacing = LAMELLA_NM[0] + (LAMELLA_NM[1] - LAMELLA_NM[0]) * rng.random()
    many = max(1, round((last - first) * thickness / spacing))
    count, clefts = len(outer), int(rng.integers(0, many + 2))
    total = many + clefts
    own = rng.random((6, total))
    places = np.concatenate(((np.arange(many) + 0.5) / many, own[0, many:]))
    depths = first + (last - first) * np.clip(places + (own[1] - 0.5) * 0.5 / many, 0.0, 1.0)
    # a lamella goes round, or most of the way; a cleft opens on a short stretch
    spans = count * np.where(np.arange(total) < many, np.minimum(0.35 + own[2], 1.0), 0.08 + 0.25 * own[2])
    along = count * own[3][:, None] + np.linspace(0.0, 1.0, count + 1) * spans[:, None]
    waves = 0.25 / many * (last - first) * np.sin(2 * math.pi * (along * (2.0 + 4.0 * own[4][:, None]) / count))
    depth = np.clip(depths[:, None] + waves, first, last)[..., None]
    low = np.floor(along).astype(int)
    part = (along - low)[..., None]
    low, high = low % count, (low + 1) % count
    paths = (1.0 - depth) * (outer[low] * (1.0 - part) + outer[high] * part)
    paths += depth * (inner[low] * (1.0 - part) + inner[high] * part)
    pieces = np.zeros((total, 4))
    pieces[:, 0] = np.where(np.arange(total) < many, 2.0 + 4.0 * own[5], 3.0 + 9.0 * own[5])
    pieces[:, 1], pieces[:, 2] = 8.0, np.where(np.arange(total) < many, LAMELLA, CLEFT)
    band = tuple(outer + share * (inner - outer) for share in (first, last))
    return Fill(band, "loose_myelin", label="axon"), Strokes(paths, pieces, MATERIALS, on="axon")
