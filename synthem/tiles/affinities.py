"""Affinities: which voxels belong to the same compartment as their neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import Any

import numpy as np
import numpy.typing as npt

from synthem.errors import ConfigError

__all__ = ["NEAREST", "measure_affinities"]

NEAREST = ((-1, 0, 0), (0, -1, 0), (0, 0, -1))
"""The voxels before a voxel along z, y and x."""


def measure_affinities(
    labels: npt.NDArray[np.int32], offsets: Sequence[tuple[int, ...]] = NEAREST
) -> npt.NDArray[np.bool_]:
    """Return for each offset which voxels have the label of the voxel that lies so far off.

    Parameters
    ----------
    labels : (Z, H, W) int32 array
        Compartments, 0 for none. Any number of axes is allowed.
    offsets : sequence of tuple of int, default ((-1, 0, 0), (0, -1, 0), (0, 0, -1))
        For each channel, how far off the other voxel lies along each axis.

    Returns
    -------
    (K, Z, H, W) bool array
        Channel k is True at a voxel if it and the voxel at ``voxel + offsets[k]`` have one label other than 0. It is
        False where the other voxel lies beyond the border.

    Raises
    ------
    ConfigError
        If an offset is not one whole number per axis, or nothing but zeros.

    Examples
    --------
    >>> import numpy as np
    >>> from synthem.tiles.affinities import measure_affinities
    >>> measure_affinities(np.array([[1, 1, 0, 2, 2]], np.int32), [(0, -1)]).astype(int)
    array([[[0, 1, 0, 0, 1]]])
    """
    steps = _checked(offsets, labels.ndim)
    out = np.zeros((len(steps), *labels.shape), np.bool_)
    for channel, step in zip(out, steps, strict=True):
        here = tuple(slice(max(0, -by), max(0, size - max(0, by))) for by, size in zip(step, labels.shape, strict=True))
        there = tuple(
            slice(max(0, by), max(0, size - max(0, -by))) for by, size in zip(step, labels.shape, strict=True)
        )
        own = labels[here]
        channel[here] = (own == labels[there]) & (own != 0)
    return out


def _checked(offsets: Any, axes: int) -> list[tuple[int, ...]]:
    steps = list(offsets) if isinstance(offsets, (tuple, list, np.ndarray)) else []
    for step in steps:
        whole = isinstance(step, (tuple, list, np.ndarray)) and len(step) == axes
        if not whole or not all(isinstance(by, Integral) and not isinstance(by, bool) for by in step) or not any(step):
            raise ConfigError(f"`offsets` must be tuples of {axes} whole numbers, not all of them 0, got {step!r}")
    if not steps:
        raise ConfigError(f"`offsets` must be a list of at least one tuple of {axes} whole numbers, got {offsets!r}")
    return [tuple(int(by) for by in step) for step in steps]
