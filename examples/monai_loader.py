"""Tiles through MONAI: random transforms, a U-Net and its Dice loss, without a file.

Run it with ``python examples/monai_loader.py``; it needs ``pip install "synthem[torch]" monai``.
"""

from __future__ import annotations

import argparse
from itertools import islice

import numpy as np
import torch
from monai.losses import DiceLoss
from monai.networks.nets import UNet
from monai.transforms import Compose, RandAdjustContrastd, RandFlipd, RandRotate90d
from torch import Tensor
from torch.utils.data import DataLoader

import synthem
from synthem.torch import TileStream, to_tensors

BOTH = ("image", "label")


class Augmented:
    """A tile as a dictionary, after random transforms that depend on the seed and the tile alone."""

    def __init__(self) -> None:
        self.transforms = Compose(
            [
                RandFlipd(BOTH, prob=0.5, spatial_axis=0),
                RandRotate90d(BOTH, prob=0.75),
                RandAdjustContrastd("image", prob=0.5, gamma=(0.8, 1.25)),
            ]
        )

    def __call__(self, tile: synthem.Tile, rng: np.random.Generator) -> dict[str, Tensor]:
        """Return ``image`` (1, H, W) and ``label`` (6, H, W)."""
        self.transforms.set_random_state(seed=int(rng.integers(2**31)))
        image, masks = to_tensors(tile)
        changed: dict[str, Tensor] = self.transforms({"image": image, "label": masks})
        return changed


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=100, help="batches to train on")
    parser.add_argument("--workers", type=int, default=2, help="processes of the loader")
    options = parser.parse_args()

    stream = TileStream(seed=7, batch_size=6, transform=Augmented())
    loader = DataLoader(stream, batch_size=6, num_workers=options.workers)
    network = UNet(spatial_dims=2, in_channels=1, out_channels=6, channels=(16, 32, 64, 128), strides=(2, 2, 2))
    optimizer, loss_of = torch.optim.Adam(network.parameters(), lr=5e-3), DiceLoss(sigmoid=True)
    for step, batch in enumerate(islice(loader, options.steps), start=1):
        loss = loss_of(network(batch["image"]), batch["label"])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % 10 == 0 or step == options.steps:
            print(f"step {step}: loss {loss.item():.3f}")
