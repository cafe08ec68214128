"""The example of a stream into a `DataLoader`."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

import synthem

pytestmark = pytest.mark.slow


torch = pytest.importorskip("torch", reason="needs the extra experiments")
EXAMPLE = Path(__file__).parents[2] / "examples" / "torch_stream.py"


@pytest.mark.filterwarnings("ignore:This DataLoader will create")  # more workers than processors
@pytest.mark.parametrize("workers", [0, 2, 3])
def test_every_tile_comes_once(workers: int) -> None:
    tiles = runpy.run_path(str(EXAMPLE))["Tiles"](5, seed=7)
    loader = torch.utils.data.DataLoader(tiles, batch_size=None, num_workers=workers)
    images = [(image[0] * 255).round().to(torch.uint8).numpy().tobytes() for image, _ in loader]
    expected = [tile.image.tobytes() for tile in synthem.iter_tiles(5, recipe="tissue", seed=7)]
    assert sorted(images) == sorted(expected)


def test_masks_are_those_of_the_tiles() -> None:
    _, masks = next(iter(runpy.run_path(str(EXAMPLE))["Tiles"](seed=7)))
    tile = next(synthem.iter_tiles(recipe="tissue", seed=7))
    assert masks.dtype == torch.float32
    assert (masks.numpy().astype(bool) == tile.masks).all()


def test_a_pixel_with_any_label_is_labelled() -> None:
    share = runpy.run_path(str(EXAMPLE))["labelled_share"]
    masks = torch.zeros(2, 6, 4, 4)
    masks[0, 1:3, :2] = 1  # half of the first tile, in two classes
    masks[1, 5, 0] = 1  # a quarter of the second
    assert share(masks) == pytest.approx(0.375)
