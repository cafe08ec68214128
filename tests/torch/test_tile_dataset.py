"""Tiles as a map-style dataset."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

import synthem
from synthem.errors import ConfigError, PlacementError

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:This DataLoader will create")]
torch = pytest.importorskip("torch", reason="needs the extra torch")

from torch.utils.data import DataLoader  # noqa: E402

from synthem.torch import TileDataset  # noqa: E402

REQUEST = {"seed": 7, "shape": 64}


def test_samples_are_the_tiles_of_generate():
    tiles = synthem.generate(3, start=5, **REQUEST)
    data = TileDataset(3, start=5, **REQUEST)
    assert len(data) == 3
    assert repr(data) == "TileDataset(3 tiles, seed=7)"
    for number, tile in enumerate(tiles):
        image, masks = data[np.int64(number)]
        assert (image.dtype, tuple(image.shape), tuple(masks.shape)) == (torch.float32, (1, 64, 64), (6, 64, 64))
        assert (image[0].numpy() == tile.image.astype(np.float32) / 255).all()
        assert (masks.numpy() == tile.masks).all()
    assert (data[-1][0] == data[2][0]).all()


@pytest.mark.parametrize("number", [3, -4])
def test_numbers_end(number):
    with pytest.raises(IndexError, match=f"`number` must be from -3 to 2, got {number}"):
        TileDataset(3, **REQUEST)[number]


def test_any_length_costs_nothing_and_all_numbers_count():
    data = TileDataset(10**12, **REQUEST)
    assert len(data) == 10**12
    assert (data[10**12 - 1][0] == data[-1][0]).all()
    with pytest.raises(TypeError):
        data[1.5]


@pytest.mark.parametrize("workers", [0, 1, 4])
def test_a_sampler_shares_them_out(workers):
    loader = DataLoader(TileDataset(8, **REQUEST), batch_size=3, num_workers=workers)
    images = torch.cat([images for images, _ in loader])
    assert (images[:, 0].numpy() == synthem.generate(8, **REQUEST).images.astype(np.float32) / 255).all()


def test_classes_of_a_table_are_channels():
    _, masks = TileDataset(1, classes="all", **REQUEST)[0]
    assert masks.shape == (18, 64, 64)


def test_strict_is_kept():
    with pytest.raises(PlacementError, match="tile 0 of seed 7 is incomplete"):
        TileDataset(2, axons=60, strict=True, **REQUEST)


def test_what_cannot_be_meant_is_named():
    with pytest.raises(ConfigError, match="`n` must be a whole number of at least 1, got 0"):
        TileDataset(0, **REQUEST)
    with pytest.raises(TypeError, match=r"TileDataset\(\) got an unexpected keyword argument 'worker'"):
        TileDataset(1, worker=1)


def test_without_torch_the_error_names_the_extra():
    code = (
        "import sys; sys.modules['torch'] = None; import importlib.util as u; "
        "u.find_spec = lambda name: None; import synthem.torch"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert 'MissingExtraError: `synthem.torch` needs torch: pip install "synthem[torch]"' in run.stderr
