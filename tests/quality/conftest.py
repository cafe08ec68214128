"""A made-up tissue in the layout of the real one, and the real slices where they are at hand."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

from synthem.tiles.labelled_image import LabelledImage


def grid_slice(
    seed: int, *, size: int = 128, cell: int = 32, noise: float = 8.0, dark: float = 100.0, name: str | None = None
) -> LabelledImage:
    """A grid of cells with membranes of 5 px, a mitochondrion with a rim of 4 px, vesicles and a bar."""
    rng = np.random.default_rng(seed)
    rows, cols = np.mgrid[:size, :size]
    masks = np.zeros((6, size, size), bool)
    masks[4] = (rows % cell < 5) | (cols % cell < 5)
    top, left = (int(v) * cell + 5 + (cell - 5) // 2 for v in rng.integers(0, size // cell - 1, 2))
    distance = np.hypot(rows - top, cols - left)
    masks[0], masks[5] = distance < 12, (distance < 12) & (distance >= 8)
    for row in range(cell + 12, size - 8, cell):
        masks[2] |= np.hypot(rows - row, cols - (size - 16)) < 5.2
    masks[1, size - cell : size - cell + 5, size // 2 + 8 : size // 2 + 25] = True
    masks[4] &= ~masks[1]
    image = np.full((size, size), 160.0)
    for channel, grey in ((4, dark + 10.0), (0, 115.0), (5, dark), (2, dark + 8.0), (1, dark - 12.0)):
        image[masks[channel]] = grey
    image = ndimage.gaussian_filter(image, 1.0) + rng.normal(0.0, noise, image.shape)
    return LabelledImage(
        name=name or f"made{seed:04d}",
        image=np.clip(np.rint(image), 0, 255).astype(np.uint8),
        masks=masks,
        labelled=("mitochondria", "psd", "vesicles", "boundaries", "mitochondrial_boundaries"),
    )


@pytest.fixture(scope="session")
def make_slice() -> Callable[..., LabelledImage]:
    """The function that makes up a slice."""
    return grid_slice


@pytest.fixture(scope="session")
def tissue() -> list[LabelledImage]:
    """Six made-up slices of 256x256, four tiles of 128x128 each."""
    return [grid_slice(seed, size=256) for seed in range(6)]


@pytest.fixture(scope="session")
def epfl6() -> Path:
    """The folder of real slices."""
    folder = os.environ.get("SYNTHEM_EPFL6_DIR")
    if not folder or not Path(folder, "original").is_dir():
        pytest.skip("needs the EPFL6 slices; SYNTHEM_EPFL6_DIR does not point to them")
    return Path(folder)
