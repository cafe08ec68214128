"""Cristae of mitochondria, as lines: tubular, swollen, and lamellae that show both membranes."""

from __future__ import annotations

import math

import numpy as np

from synthem.geometry.poses import Numbers, Points
from synthem.painting.paint import Strokes

__all__ = ["lamellae", "lines", "swollen", "tubules"]

DARK, PALE = range(2)
CRISTA_MATERIALS = ("crista_membrane", "crista_lumen")
SWOLLEN_MATERIALS = ("swollen_membrane", "swollen_lumen")

ALONG = 0.7
"""Share of mitochondria whose resolved lamellae run along the body; the others run across it."""
FILLED = 0.85
"""Share of the body that resolved lamellae span."""
GAPS = 2
"""Places at which each of them is broken."""
KEPT = 0.75
"""Share of the pieces between these that the section shows."""
MEMBRANE = 6.0
"""Width in nm of the membrane on either side of their lumen."""
BENDS = 5
"""Points of each piece."""


def tubules(body: tuple[float, float, float], rng: np.random.Generator) -> Strokes:
    """Draw tubular cristae, cut along or across: darker membranes and paler lumina."""
    length, width, turn = body
    count = max(3, int(length * width / 6500))
    uniforms = rng.random((4, count))
    heading, span = turn + rng.normal(0.0, 0.6, count), 15.0 + 45.0 * uniforms[2]
    paths, pieces = np.empty((count, 2, 2)), np.zeros((count, 4))
    paths[:, 0, 0], paths[:, 0, 1] = 0.7 * width * (uniforms[0] - 0.5), 0.7 * length * (uniforms[1] - 0.5)
    paths[:, 1, 0], paths[:, 1, 1] = np.sin(heading), np.cos(heading)
    paths[:, 1] = paths[:, 0] + span[:, None] * paths[:, 1]
    pieces[:, 0], pieces[:, 1], pieces[:, 2] = 6.0, 10.0, np.where(uniforms[3] < 0.5, PALE, DARK)
    return Strokes(paths, pieces, CRISTA_MATERIALS, on="mitochondria")


def swollen(body: tuple[float, float, float], rng: np.random.Generator) -> Strokes:
    """Draw swollen cristae: dark walls around pale lumina."""
    (length, width, turn), swelling = body, rng.random()
    count = int(length * width / (8750.0 + 6250.0 * swelling)) + 2
    own, heading = rng.random((4, count)), turn + rng.normal(0.0, 0.35 + 0.4 * swelling, count)
    lumen = 3.0 + 3.0 * swelling + (7.5 + 11.0 * swelling) * own[3] ** 2
    pieces = np.zeros((count, 2, 4))
    pieces[:, :, 1] = 6.5
    pieces[:, 0, 0], pieces[:, 0, 2] = lumen + 7.5 + 5.5 * swelling, DARK
    pieces[:, 1, 0], pieces[:, 1, 2] = lumen, PALE
    paths = lines(own[:2], 5.0 + 0.35 * width * own[2] ** 1.5, heading, body)
    return Strokes(np.repeat(paths, 2, axis=0), pieces.reshape(-1, 4), SWOLLEN_MATERIALS, on="mitochondria")


def lamellae(length: float, width: float, period: float, rng: np.random.Generator) -> Strokes:
    """Draw lamellae side by side through the whole body: two dark membranes with a pale lumen between."""
    along = rng.random() < ALONG
    turn = rng.normal(0.0, 0.2) + (0.0 if along else 0.5 * math.pi)
    reach, side = (0.5 * length, 0.5 * width) if along else (0.5 * width, 0.5 * length)
    count = max(1, int(2.0 * FILLED * side / period))
    place = (np.arange(count) + 0.5 + 0.25 * rng.standard_normal(count)) * 2.0 / count - 1.0
    half = 0.88 * reach * np.sqrt(np.maximum(0.05, 1.0 - (FILLED * place) ** 2))
    first, last, which = _broken(count, rng)
    ahead = half[which, None] * (first[:, None] + (last - first)[:, None] * np.linspace(0.0, 1.0, BENDS))
    waves = 0.12 * rng.standard_normal(ahead.shape) + 0.25 * rng.standard_normal((len(which), 1))
    aside = FILLED * side * place[which, None] + period * waves
    sine, cosine = math.sin(turn), math.cos(turn)
    paths = np.stack((sine * ahead + cosine * aside, cosine * ahead - sine * aside), axis=2)
    lumen = (1.5 + (4.0 + 6.0 * rng.random()) * rng.random(len(which)) ** 2) * min(1.0, period / 35.0)
    pieces = np.zeros((2, len(which), 4))
    pieces[:, :, 1] = 5.0
    pieces[DARK, :, 0], pieces[DARK, :, 2] = lumen + MEMBRANE, DARK
    pieces[PALE, :, 0], pieces[PALE, :, 2] = lumen, PALE
    return Strokes(np.concatenate((paths, paths)), pieces.reshape(-1, 4), CRISTA_MATERIALS, on="mitochondria")


def _broken(count: int, rng: np.random.Generator) -> tuple[Numbers, Numbers, np.ndarray]:
    """Break lines from -1 to 1 at random places; return begin, end and line of each piece that is kept."""
    breaks = np.sort(2.0 * rng.random((count, GAPS)) - 1.0, axis=1)
    ends = np.full((count, 1), 1.0)
    begin, end = np.hstack((-ends, breaks)) + 0.03, np.hstack((breaks, ends)) - 0.03
    line, piece = np.nonzero((rng.random(begin.shape) < KEPT) & (end - begin > 0.1))
    if len(line) == 0:  # at least one whole lamella
        return np.array([-1.0]), np.array([1.0]), np.array([count // 2])
    return begin[line, piece], end[line, piece], line


def lines(place: Numbers, half: Numbers, heading: Numbers, body: tuple[float, float, float]) -> Points:
    """Return lines of two points within a body: from where they lie, 0 to 1, half their length and their direction."""
    length, width, _ = body
    middle = np.stack((0.85 * width * (place[0] - 0.5), 0.9 * length * (place[1] - 0.5)), axis=1)
    ahead = half[:, None] * np.stack((np.sin(heading), np.cos(heading)), axis=1)
    return np.stack((middle - ahead, middle + ahead), axis=1)
