"""Ten labelled slices among endless synthetic tiles: one real window in ten, in an exact ratio.

    python examples/mix_real_slices.py path/to/epfl6 --steps 600

The folder holds EPFL6 slices (docs/reference/formats.md says how others are read). Ten of them are cut into overlapping
windows and mixed with tiles that are made while the network trains; Dice is measured on whole slices, held out before.
It needs ``pip install "synthem[torch,experiments]"``.
"""

from __future__ import annotations

import argparse
from itertools import islice
from pathlib import Path

import torch
from torch.utils.data import DataLoader

import synthem
from synthem.experiments.losses import soft_dice
from synthem.experiments.metrics import measure
from synthem.experiments.unet import TinyUNet
from synthem.labels import EPFL6
from synthem.tiles.cutting import tile_origins
from synthem.tiles.labelled_image import LabelledImage
from synthem.torch import Mixed, TileStream

REAL = "0013,0017,0042,0045,0048,0062,0075,0090,0135,0163"
HELD_OUT = "0000,0003,0024,0061,0118"
TILE, STRIDE, BATCH = 256, 64, 10


def windows(slices: list[LabelledImage]) -> list[LabelledImage]:
    """Return all windows of the slices, as views."""
    places = [(one, origin) for one in slices for origin in tile_origins(one.image.shape, TILE, STRIDE)]
    return [one.window(*origin, (TILE, TILE)) for one, origin in places]


def named(slices: list[LabelledImage], numbers: str) -> list[LabelledImage]:
    """Return the slices whose names end in one of these numbers."""
    return [one for one in slices if one.name[-4:] in numbers.split(",")]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="real slices")
    parser.add_argument("--ratio", type=float, default=0.9, help="share of synthetic samples")
    parser.add_argument("--steps", type=int, default=600, help="batches to train on")
    parser.add_argument("--workers", type=int, default=2, help="processes of the loader")
    options = parser.parse_args()

    slices = list(synthem.io.read_slices(options.folder))
    real = windows(named(slices, REAL))
    mixed = Mixed(real, TileStream(seed=7, shape=TILE), options.ratio, batch_size=BATCH)
    loader = DataLoader(mixed, batch_size=BATCH, num_workers=options.workers)
    print(f"{len(real)} real windows; of {BATCH} samples {sum(map(mixed.is_synthetic, range(BATCH)))} are synthetic")

    network = TinyUNet(seed=0)
    optimizer = torch.optim.Adam(network.parameters(), lr=5e-3)
    rate = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, options.steps)
    for step, (images, masks) in enumerate(islice(loader, options.steps), start=1):
        loss = 1 - soft_dice(network(images), masks).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        rate.step()
        if step % 50 == 0 or step == options.steps:
            print(f"step {step}: loss {loss.item():.3f}", flush=True)

    held_out = named(slices, HELD_OUT)
    network.eval()
    found = measure([network.predict(one.image) > 0.5 for one in held_out], [one.masks for one in held_out])
    for label, dice in zip(EPFL6.names, found.pooled, strict=True):
        print(f"{label}: Dice {dice:.3f} on {len(held_out)} held-out slices")
