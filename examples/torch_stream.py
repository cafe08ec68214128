"""An endless labelled stream into a PyTorch `DataLoader`, without a tile twice.

Run it with ``python examples/torch_stream.py``; it needs the extra ``experiments``.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import torch
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

import synthem


class Tiles(IterableDataset[tuple[Tensor, Tensor]]):
    """Tiles as tensors: image (1, H, W) from 0 to 1, masks (6, H, W) of 0 and 1.

    Every worker process takes its own part of one stream: worker k of m the tiles k, k + m, k + 2 m and so on. So all
    need the same seed.
    """

    def __init__(self, n: int | None = None, *, seed: int = 0, recipe: str = "tissue") -> None:
        self.n, self.seed, self.recipe = n, seed, recipe

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        worker = get_worker_info()
        start, step = (worker.id, worker.num_workers) if worker else (0, 1)
        count = None if self.n is None else len(range(start, self.n, step))
        if count == 0:
            return
        for tile in synthem.iter_tiles(count, recipe=self.recipe, seed=self.seed, start=start, step=step):
            yield torch.tensor(tile.image)[None] / 255, torch.tensor(tile.masks, dtype=torch.float32)


def labelled_share(masks: Tensor) -> float:
    """Return the share of the pixels that bear any label, from masks (B, 6, H, W)."""
    return float(masks.any(dim=1).float().mean())


if __name__ == "__main__":
    for images, masks in islice(DataLoader(Tiles(), batch_size=6, num_workers=2), 10):
        print(tuple(images.shape), tuple(masks.shape), f"{labelled_share(masks):.2f} of the pixels are labelled")
