"""Augmentation in batch, on the device that trains: affine maps, nearest pixel, nearest fill.

Tiles stay packed (grey level, then label bits, one byte each), so that a whole study fits on one
device and an augmented batch costs one gather.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from synthem.errors import ConfigError, DataError

__all__ = ["AugmentConfig", "draw_transforms", "gather_tiles", "pack_tiles", "unpack_tiles"]


@dataclass(frozen=True, kw_only=True)
class AugmentConfig:
    """Limits of the augmentation; each value is drawn uniformly between minus and plus its limit.

    Parameters
    ----------
    rotation_deg : float
        Rotation in degrees, 0 to 180; the study has 5.
    shift : float
        Shift along each axis as a share of the tile, 0 to 1.
    shear : float
        Tangent of the shear, 0 to 1.
    zoom : float
        Zoom along each axis as a share, 0 to below 1.
    flips : bool
        Whether to mirror along each axis, with probability 0.5.
    """

    rotation_deg: float = 5.0
    shift: float = 0.05
    shear: float = 0.05
    zoom: float = 0.05
    flips: bool = True

    def __post_init__(self) -> None:
        for name, limit in (("rotation_deg", 180.0), ("shift", 1.0), ("shear", 1.0), ("zoom", 0.99)):
            value = getattr(self, name)
            if not 0 <= value <= limit:
                raise ConfigError(f"`{name}` must be 0 to {limit:g}, got {value!r}")


def draw_transforms(n: int, config: AugmentConfig, rng: np.random.Generator) -> npt.NDArray[np.float32]:
    """Draw affine maps from output to input pixels, in shares of the tile about its centre.

    Parameters
    ----------
    n : int
        Number of maps.
    config : AugmentConfig
        Limits.
    rng : numpy.random.Generator
        Source of the draws.

    Returns
    -------
    ndarray of float32, (n, 2, 3)
        Rows give the input (row, column) from the output (row, column, 1).
    """
    angle = np.deg2rad(rng.uniform(-config.rotation_deg, config.rotation_deg, n))
    shear = rng.uniform(-config.shear, config.shear, n)
    zoom = 1 + rng.uniform(-config.zoom, config.zoom, (2, n))
    flip = rng.choice([-1.0, 1.0], (2, n)) if config.flips else np.ones((2, n))
    shift = rng.uniform(-config.shift, config.shift, (n, 2))
    cos, sin = np.cos(angle), np.sin(angle)
    rotation = np.stack([cos, -sin, sin, cos], axis=1).reshape(n, 2, 2)
    skew = np.stack([np.ones(n), -shear, np.zeros(n), np.ones(n)], axis=1).reshape(n, 2, 2)
    linear = rotation @ skew * (zoom * flip).T[:, None, :]
    return np.asarray(np.concatenate([linear, shift[:, :, None]], axis=2), np.float32)


def pack_tiles(images: npt.NDArray[np.uint8], masks: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint8]:
    """Pack grey levels and label bits into planes of bytes.

    Parameters
    ----------
    images : ndarray of uint8, (n, H, W)
        Grey levels.
    masks : ndarray of bool, (n, K, H, W)
        Labels of any number of classes.

    Returns
    -------
    ndarray of uint8, (n, 1 + ceil(K / 8), H, W)
        Grey levels, then the labels, bit k of plane 1 + k // 8.
    """
    if images.dtype != np.uint8 or images.ndim != 3:
        raise DataError(f"`images` must be uint8 of shape (n, H, W), got {images.dtype} {images.shape}")
    if masks.ndim != 4 or (masks.shape[0], *masks.shape[2:]) != images.shape:
        raise DataError(f"`masks` must have shape (n, K, H, W) to go with images {images.shape}, got {masks.shape}")
    bits = np.packbits(np.asarray(masks, bool), axis=1, bitorder="little")
    return np.concatenate([images[:, None], bits], axis=1)


def gather_tiles(pool: Tensor, indices: Tensor, transforms: Tensor | None = None) -> Tensor:
    """Take tiles from a packed pool and transform them.

    Parameters
    ----------
    pool : Tensor of uint8, (n, P, H, W)
        From `pack_tiles`, on the device of the training.
    indices : Tensor of int64, (B,)
        Tiles to take.
    transforms : Tensor of float32, (B, 2, 3), optional
        Maps from `draw_transforms`; None leaves the tiles as they are.

    Returns
    -------
    Tensor of uint8, (B, P, H, W)
        The nearest pixel at each place; beyond the tile, the nearest pixel of its border.
    """
    if transforms is None:
        return pool[indices]
    planes, height, width = pool.shape[1:]
    device = pool.device
    y = (torch.arange(height, device=device, dtype=torch.float32) + 0.5) / height - 0.5
    x = (torch.arange(width, device=device, dtype=torch.float32) + 0.5) / width - 0.5
    m = transforms[:, :, :, None, None]  # (B, 2, 3, 1, 1)
    row = (m[:, 0, 0] * y[:, None] + m[:, 0, 1] * x + m[:, 0, 2] + 0.5) * height
    column = (m[:, 1, 0] * y[:, None] + m[:, 1, 1] * x + m[:, 1, 2] + 0.5) * width
    row = row.floor_().clamp_(0, height - 1).long()
    column = column.floor_().clamp_(0, width - 1).long()
    offset = indices[:, None] * planes + torch.arange(planes, device=device)  # (B, P)
    place = (row * width + column)[:, None] + (offset * (height * width))[:, :, None, None]
    return torch.take(pool, place)


def unpack_tiles(planes: Tensor, classes: int) -> tuple[Tensor, Tensor]:
    """Convert packed tiles to the input and target of a network.

    Parameters
    ----------
    planes : Tensor of uint8, (B, P, H, W)
        Packed tiles.
    classes : int
        Number of classes that were packed.

    Returns
    -------
    image : Tensor of float32, (B, 1, H, W)
        Grey levels from 0 to 1.
    masks : Tensor of float32, (B, classes, H, W)
        Labels, 0 or 1.
    """
    image = planes[:, :1].float() / 255
    bit = torch.arange(classes, device=planes.device)
    labels = planes[:, 1:].index_select(1, bit // 8) if classes > 8 else planes[:, 1:2]
    shift = (bit % 8).to(torch.uint8).view(1, -1, 1, 1)
    return image, ((labels >> shift) & 1).float()
