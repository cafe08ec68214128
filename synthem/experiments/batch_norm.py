"""Batch norm statistics of a trained network, measured with its final weights ("precise BN")."""

from __future__ import annotations

import copy

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from synthem.errors import ConfigError
from synthem.experiments.devices import check_precision
from synthem.experiments.unet import TinyUNet

__all__ = ["recalibrate_batch_norm"]


def recalibrate_batch_norm(
    network: TinyUNet,
    images: npt.NDArray[np.uint8],
    *,
    batches: int = 60,
    batch: int = 6,
    seed: int = 0,
    precision: torch.dtype = torch.float32,
) -> TinyUNet:
    """Return a copy of a network whose batch norm fits its weights.

    During training batch norm keeps moving averages over some hundred steps (momentum 0.99). The weights still change
    in these steps, and dropout makes the activations more variable than in prediction. After a short training at a
    constant learning rate this can cost most of the Dice, by chance. This function measures mean and variance of
    every channel again, with fixed weights and without dropout.

    Parameters
    ----------
    network : TinyUNet
        A trained network; it is not changed.
    images : ndarray of uint8, (n, H, W)
        The tiles that it was trained on.
    batches, batch : int
        Number of batches, default 60, and of tiles in each, default 6.
    seed : int
        Seed of the choice of tiles, default 0.
    precision : torch.dtype
        float32, or bfloat16 for mixed precision.

    Returns
    -------
    TinyUNet
        The copy.

    Raises
    ------
    ConfigError
        If `batches` or `batch` is below 1, or the precision is another.

    Notes
    -----
    Y. Wu and J. Johnson, Rethinking "Batch" in BatchNorm, 2021 (precise statistics); X. Li et al., Understanding the
    disharmony between dropout and batch normalization by variance shift, CVPR 2019.

    Examples
    --------
    >>> import numpy as np
    >>> images = np.random.default_rng(0).integers(0, 256, (4, 64, 64), dtype=np.uint8)
    >>> recalibrate_batch_norm(TinyUNet(), images, batches=2, batch=2).training
    False
    """
    if min(batches, batch) < 1:
        raise ConfigError(f"`batches` and `batch` must be 1 or more, got {batches} and {batch}")
    mixed = check_precision(precision) == torch.bfloat16
    found = copy.deepcopy(network).eval()
    norms = [layer for layer in found.modules() if isinstance(layer, nn.BatchNorm2d)]
    kept = [layer.momentum for layer in norms]
    for layer in norms:
        layer.reset_running_stats()
        layer.momentum = None  # a plain average over all batches
        layer.train()
    rng, device = np.random.default_rng(seed), found.out.weight.device
    with torch.no_grad(), torch.autocast(device.type, torch.bfloat16, enabled=mixed):
        for _ in range(batches):
            chosen = images[rng.choice(len(images), min(batch, len(images)), replace=False)]
            found(torch.from_numpy(chosen).to(device)[:, None].float() / 255)
    for layer, momentum in zip(norms, kept, strict=True):
        layer.momentum = momentum
    return found.eval()
