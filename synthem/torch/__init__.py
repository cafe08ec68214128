"""Tiles for PyTorch: made while a network trains, without files.

`TileDataset` is map-style and of any length, `TileStream` an endless or finite iterable that workers and ranks share,
`Mixed` puts real and synthetic samples together in an exact ratio. Only this package and `synthem.experiments` import
torch.

Examples
--------
>>> from torch.utils.data import DataLoader
>>> from synthem.torch import TileStream
>>> loader = DataLoader(TileStream(seed=7, shape=128, batch_size=6), batch_size=6)
>>> images, masks = next(iter(loader))
>>> images.shape, masks.shape
(torch.Size([6, 1, 128, 128]), torch.Size([6, 6, 128, 128]))
"""

from importlib.util import find_spec

from synthem.errors import MissingExtraError

if find_spec("torch") is None:
    raise MissingExtraError('`synthem.torch` needs torch: pip install "synthem[torch]"', name="torch")

from synthem.torch.mixed import Mixed
from synthem.torch.source import to_tensors
from synthem.torch.stream import TileStream
from synthem.torch.tile_dataset import TileDataset

__all__ = ["Mixed", "TileDataset", "TileStream", "to_tensors"]
