"""Films of volumes: the sections one after the other, and a neurite that turns."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy import ndimage

from synthem._files import check_file, write_file
from synthem.errors import ConfigError
from synthem.view.sheets import PAPER, Labelled, Rgb, sheet
from synthem.view.volumes import LabelledVolume, plane_of

__all__ = ["ENDINGS", "Segmented", "encode_animation", "scroll", "turning", "write_animation"]

ENDINGS = (".webp", ".gif", ".png")
"""Of files that hold films."""

NEURITE, MITOCHONDRION = (165, 190, 220), (225, 95, 50)
GLASS = 0.3
"""Opacity of a neurite with something in it."""
LIGHT = (-0.45, -0.45, 0.77)
"""Where the light comes from: above, from the left and from the front."""
DARKEST = 0.3
"""Share of the light that a surface has on which none falls."""


class Segmented(LabelledVolume, Protocol):
    """Sections with masks and neurites: a `synthem.Volume`."""

    @property
    def compartments(self) -> npt.NDArray[np.int32]:
        """Neurite of each voxel, (Z, H, W) int32."""


def scroll(volume: LabelledVolume, *, scale: int = 1) -> Iterator[Rgb]:
    """Yield the sections one after the other, each beside its overlay, (rows, cols, 3) uint8.

    Parameters
    ----------
    volume : Volume
        What to show.
    scale : int, default 1
        Whole-number magnification without smoothing.
    """
    for place in range(len(volume.image)):
        section: Labelled = plane_of(volume, 0, place)
        yield sheet([section], columns=1, scale=scale)


def turning(volume: Segmented, compartment: int, *, views: int = 36, turn: float = 2.0 * math.pi) -> Iterator[Rgb]:
    """Yield views of a neurite that turns about the axis of the rows, with its mitochondria, (rows, cols, 3) uint8.

    Rays are parallel. Light comes from the upper left; what is farther away is darker.

    Parameters
    ----------
    volume : Volume
        Where it lies; the size of voxels must be known.
    compartment : int
        Number of the neurite.
    views : int, default 36
        How many pictures there are.
    turn : float, default 2 π
        How far it turns, in radians.

    Raises
    ------
    ConfigError
        If the volume has no such neurite, or its voxels are of unknown size.

    Examples
    --------
    >>> import synthem
    >>> from synthem.view.animations import turning
    >>> volume = synthem.SolidScene(shape=(16, 64, 64)).render(seed=0)
    >>> numbers = volume.compartments[volume.compartments > 0]
    >>> len(list(turning(volume, numbers[0], views=3)))
    3
    """
    whole = volume.compartments == compartment
    if compartment == 0 or not whole.any():
        raise ConfigError(f"`compartment` must be the number of a neurite of the volume, got {compartment}")
    if volume.voxel_size_nm is None:
        raise ConfigError("`volume` must know the size of its voxels, got one of unknown size")
    mitochondria = whole & volume.masks[volume.classes.index("mitochondria")]
    times = max(1, round(volume.voxel_size_nm[0] / volume.voxel_size_nm[1]))
    coloured = ((mitochondria, MITOCHONDRION), (whole, NEURITE))
    bodies = [(_surface(body.repeat(times, axis=0)), colour) for body, colour in coloured if body.any()]
    outer = bodies[-1][0]
    middle = (outer.min(axis=0) + outer.max(axis=0)) / 2.0
    around = max(1.0, float(np.linalg.norm((outer - middle)[:, [0, 2]], axis=1).max()))
    sides = (int(np.ptp(outer[:, 1])) + 5, 2 * math.ceil(around) + 5)
    for view in range(views):
        angle = turn * view / views
        picture = np.full((*sides, 3), float(PAPER))
        for number, (points, colour) in enumerate(bodies):
            last = number == len(bodies) - 1
            _paint(picture, points - middle, angle, around, colour, GLASS if last and number else 1.0)
        yield np.rint(picture).astype(np.uint8)


def _surface(body: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """Return the voxels of a body that have a face to the outside."""
    padded = np.pad(body, 1)
    return np.argwhere(padded & ~ndimage.binary_erosion(padded)).astype(np.float64)


def _paint(
    picture: npt.NDArray[np.float64],
    points: npt.NDArray[np.float64],
    angle: float,
    around: float,
    colour: Sequence[int],
    opacity: float,
) -> None:
    """Paint the surface of a body, turned by an angle, onto what lies behind it."""
    z, y, x = points.T
    height, width = picture.shape[:2]
    down = np.rint(y + height / 2.0 - 0.5).astype(int)
    right = np.rint(x * math.cos(angle) + z * math.sin(angle) + width / 2.0 - 0.5).astype(int)
    near = x * math.sin(angle) - z * math.cos(angle)
    depths = np.full((height, width), -np.inf)
    np.maximum.at(depths, (down.clip(0, height - 1), right.clip(0, width - 1)), near)
    known = np.where(np.isfinite(depths), depths, -2.0 * around)
    filled = ndimage.grey_closing(known, 3)  # a turned lattice leaves gaps
    seen = filled > -1.5 * around
    smooth = ndimage.gaussian_filter(np.where(seen, filled, 0.0), 1.5)
    smooth /= np.maximum(ndimage.gaussian_filter(seen.astype(float), 1.5), 1e-3)
    slopes = np.gradient(smooth)
    facing = 1.0 / np.sqrt(1.0 + slopes[0] ** 2 + slopes[1] ** 2)
    light = facing * (LIGHT[2] - LIGHT[0] * slopes[0] - LIGHT[1] * slopes[1])
    light = DARKEST + (1.0 - DARKEST) * np.clip(light, 0.0, 1.0)
    light *= 0.85 + 0.15 * np.clip(smooth / around, -1.0, 1.0)
    shade = light[seen, None] * np.array(colour, float)
    cover = 1.0 - (1.0 - opacity) * facing[seen, None]  # glass is denser where it is seen aslant
    picture[seen] += cover * (shade - picture[seen])


def encode_animation(frames: Sequence[Rgb], ending: str = ".webp", *, ms: int = 80) -> bytes:
    """Return a film as a file that plays over and over.

    Parameters
    ----------
    frames : sequence of (rows, cols, 3) uint8 arrays
        At least one; all of one size.
    ending : {".webp", ".gif", ".png"}, default ".webp"
        Kind of file. PNG is exact, GIF has 256 colours, WebP is compressed as photographs are.
    ms : int, default 80
        Milliseconds for which each is shown.

    Raises
    ------
    ConfigError
        If there is no frame, or time is not positive.
    """
    if not frames:
        raise ConfigError("`frames` must hold at least one picture, got none")
    if isinstance(ms, bool) or not isinstance(ms, int) or ms < 1:
        raise ConfigError(f"`ms` must be a whole number of milliseconds from 1, got {ms!r}")
    first, *rest = (Image.fromarray(frame) for frame in frames)
    file = io.BytesIO()
    about = {"quality": 85, "method": 2} if ending == ".webp" else {}
    first.save(file, ending[1:].upper(), save_all=True, append_images=rest, duration=ms, loop=0, **about)
    return file.getvalue()


def write_animation(frames: Sequence[Rgb], path: str | Path, *, ms: int = 80) -> Path:
    """Write a film.

    Parameters
    ----------
    frames, ms
        As in `encode_animation`.
    path : str or Path
        File to make or replace, ending in ``.webp``, ``.gif`` or ``.png``.

    Raises
    ------
    ConfigError
        If its name has another ending, or as `encode_animation`.
    OutputError
        If it cannot be written.
    """
    target = check_file("path", path, *ENDINGS)
    write_file(target, encode_animation(frames, target.suffix.lower(), ms=ms))
    return target
