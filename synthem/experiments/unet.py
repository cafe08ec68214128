"""The Tiny U-Net of the study."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from synthem.errors import ConfigError, DataError, OutputError
from synthem.experiments.devices import check_precision
from synthem.tiles.cutting import tile_origins

__all__ = ["PREDICTED_AT_ONCE", "TinyUNet", "UNetConfig"]

PREDICTED_AT_ONCE: Final = 13
"""Tiles that `TinyUNet.predict` takes in one pass: a row of a slice of 1024 columns."""


@dataclass(frozen=True, kw_only=True)
class UNetConfig:
    """Shape of the network.

    Parameters
    ----------
    classes : int
        Number of classes, at least 1; one sigmoid each.
    channels : int
        Input channels, at least 1.
    widths : tuple of int
        Channels of each level of the encoder, at least two levels.
    dropout : float
        Share of the activations dropped at the two deepest levels, 0 to below 1.
    """

    classes: int = 6
    channels: int = 1
    widths: tuple[int, ...] = (16, 32, 64, 128)
    dropout: float = 0.5

    def __post_init__(self) -> None:
        for name in ("classes", "channels"):
            if getattr(self, name) < 1:
                raise ConfigError(f"`{name}` must be at least 1, got {getattr(self, name)!r}")
        if len(self.widths) < 2 or min(self.widths) < 1:
            raise ConfigError(f"`widths` must be two or more positive integers, got {self.widths!r}")
        if not 0 <= self.dropout < 1:
            raise ConfigError(f"`dropout` must be 0 to below 1, got {self.dropout!r}")

    @property
    def factor(self) -> int:
        """Height and width of the input must be multiples of this."""
        return int(2 ** (len(self.widths) - 1))


class _DoubleConvolution(nn.Module):
    """Two 3x3 convolutions, each with ReLU and then batch norm."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.first_norm = _norm(outputs)
        self.second = nn.Conv2d(outputs, outputs, 3, padding=1)
        self.second_norm = _norm(outputs)

    def forward(self, x: Tensor) -> Tensor:
        x = self.first_norm(F.relu_(self.first(x)))
        return self.second_norm(F.relu_(self.second(x)))  # type: ignore[no-any-return]


class _Up(nn.Module):
    """Nearest x2, 2x2 convolution with ReLU, concatenation with the skip, two 3x3 convolutions."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.up = nn.Conv2d(inputs, outputs, 2)
        self.convolutions = _DoubleConvolution(2 * outputs, outputs)

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        x = F.pad(F.interpolate(x, scale_factor=2.0, mode="nearest"), (0, 1, 0, 1))
        x = F.relu_(self.up(x))
        return self.convolutions(torch.cat([skip, x], dim=1))  # type: ignore[no-any-return]


def _norm(channels: int) -> nn.BatchNorm2d:
    # The authors' network was written in Keras: its epsilon and its momentum of 0.99.
    return nn.BatchNorm2d(channels, eps=1e-3, momentum=0.01)


class TinyUNet(nn.Module):
    """Tiny U-Net with sigmoid outputs; 483,238 trainable parameters with the defaults.

    Encoder levels of two 3x3 convolutions (ReLU, then batch norm) with max-pooling between, dropout
    after the two deepest, decoder levels of nearest x2, 2x2 convolution (padded at the lower right),
    concatenation and two 3x3 convolutions, 1x1 convolution to the classes.

    Parameters
    ----------
    config : UNetConfig
        Shape of the network.
    seed : int
        Decides the weights, which are He-normal; biases are 0.

    Examples
    --------
    >>> network = TinyUNet()
    >>> sum(p.numel() for p in network.parameters())
    483238
    >>> network(torch.zeros(2, 1, 64, 64)).shape
    torch.Size([2, 6, 64, 64])
    """

    def __init__(self, config: UNetConfig | None = None, *, seed: int = 0) -> None:
        super().__init__()
        self.config = config or UNetConfig()
        widths = self.config.widths
        inputs = (self.config.channels, *widths[:-1])
        with torch.random.fork_rng(devices=[]):  # layers draw first weights from the global generator; not ours
            self.down = nn.ModuleList(_DoubleConvolution(a, b) for a, b in zip(inputs, widths, strict=True))
            self.up = nn.ModuleList(
                _Up(deep, shallow) for deep, shallow in zip(widths[:0:-1], widths[-2::-1], strict=True)
            )
            self.out = nn.Conv2d(widths[0], self.config.classes, 1)
        self._initialise(seed)
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def _initialise(self, seed: int) -> None:
        generator = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for layer in self.modules():
                if isinstance(layer, nn.Conv2d):
                    layer.bias.zero_()  # type: ignore[union-attr]
                    nn.init.kaiming_normal_(layer.weight, nonlinearity="relu", generator=generator)

    def dropout_shapes(self, batch: int, height: int, width: int) -> list[tuple[int, int, int, int]]:
        """Return the shapes of the two keep masks, (batch, channels, h, w)."""
        levels = range(len(self.config.widths) - 2, len(self.config.widths))
        return [(batch, self.config.widths[k], height >> k, width >> k) for k in levels]

    def forward(self, x: Tensor, keep: Sequence[Tensor] | None = None) -> Tensor:
        """Return probabilities.

        Parameters
        ----------
        x : Tensor of float, (B, channels, H, W)
            Grey levels from 0 to 1, height and width multiples of `UNetConfig.factor`.
        keep : sequence of two Tensors, optional
            Dropout masks, true where an activation stays, of the shapes `dropout_shapes` gives. None draws
            them in training and drops nothing otherwise.

        Returns
        -------
        Tensor of float32, (B, classes, H, W)
            Probabilities from 0 to 1.
        """
        x = x.contiguous(memory_format=torch.channels_last)
        skips: list[Tensor] = []
        levels = len(self.down)
        for level, block in enumerate(self.down):
            x = block(F.max_pool2d(x, 2) if level else x)
            if level >= levels - 2:
                x = self._drop(x, None if keep is None else keep[level - levels + 2])
            skips.append(x)
        skips.pop()
        for block in self.up:
            x = block(x, skips.pop())
        return torch.sigmoid(self.out(x).float())

    def _drop(self, x: Tensor, keep: Tensor | None) -> Tensor:
        rate = self.config.dropout
        if not self.training or rate == 0:
            return x
        if keep is None:
            return F.dropout(x, rate)
        return x * keep.to(x.dtype) / (1 - rate)

    @torch.inference_mode()
    def predict(
        self,
        image: npt.ArrayLike,
        *,
        tile: int = 256,
        stride: int | None = None,
        batch: int = PREDICTED_AT_ONCE,
        precision: torch.dtype = torch.float32,
    ) -> npt.NDArray[np.float32]:
        """Predict a whole slice from overlapping tiles; overlaps are averaged.

        Parameters
        ----------
        image : array, (H, W) or (channels, H, W)
            Grey levels: integers from 0 to 255, or floats from 0 to 1. Any size from `tile` up.
        tile : int
            Side of a tile in pixels, a multiple of `UNetConfig.factor`.
        stride : int, optional
            Step between tiles in pixels; by default a quarter of the tile.
        batch : int
            Tiles per pass, default 13.
        precision : torch.dtype
            float32, or bfloat16 for mixed precision.

        Returns
        -------
        ndarray of float32, (classes, H, W)
            Probabilities.

        Raises
        ------
        ConfigError
            If the tile is larger than the slice or no multiple of `UNetConfig.factor`, or the precision is another.
        """
        config, mixed = self.config, check_precision(precision) == torch.bfloat16
        if tile % config.factor:
            raise ConfigError(f"`tile` must be a multiple of {config.factor}, got {tile}")
        device = self.out.weight.device
        array = torch.from_numpy(_as_input(image, config.channels)).to(device)
        height, width = array.shape[-2:]
        origins = tile_origins((height, width), tile, stride or max(tile // 4, 1))
        total = torch.zeros(config.classes, height, width, device=device)
        weight = torch.zeros(height, width, device=device)
        training = self.training
        self.eval()
        for start in range(0, len(origins), batch):
            part = origins[start : start + batch]
            tiles = torch.stack([array[:, r : r + tile, c : c + tile] for r, c in part])
            with torch.autocast(device.type, torch.bfloat16, enabled=mixed):
                result = self(tiles)
            for (r, c), prediction in zip(part, result, strict=True):
                total[:, r : r + tile, c : c + tile] += prediction
                weight[r : r + tile, c : c + tile] += 1
        self.train(training)
        probabilities: npt.NDArray[np.float32] = (total / weight).cpu().numpy()
        return probabilities

    def save(self, path: str | os.PathLike[str], **metadata: Any) -> Path:
        """Write the weights as safetensors, with the configuration as JSON beside them.

        Parameters
        ----------
        path : path
            File to write; its suffix becomes ``.safetensors``, that of the configuration ``.json``.
        **metadata
            What else the JSON shall hold under ``"metadata"``, such as the training configuration.

        Returns
        -------
        Path
            The weights file.
        """
        target = Path(path).with_suffix(".safetensors")
        about = {"network": asdict(self.config), "metadata": metadata}
        try:
            save_file({k: v.contiguous() for k, v in self.state_dict().items()}, target)
            target.with_suffix(".json").write_text(json.dumps(about, indent=1), encoding="utf-8")
        except (OSError, SafetensorError) as error:
            raise OutputError(f"`path`: weights cannot be written to {target}: {error}") from error
        return target

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> TinyUNet:
        """Read a network that `save` wrote, ready to predict.

        Parameters
        ----------
        path : path
            The weights file; the configuration is expected beside it.

        Raises
        ------
        DataError
            If either file is missing or they do not fit each other.
        """
        target = Path(path).with_suffix(".safetensors")
        try:
            about = json.loads(target.with_suffix(".json").read_text(encoding="utf-8"))
            config = UNetConfig(**{**about["network"], "widths": tuple(about["network"]["widths"])})
            network = cls(config)
            network.load_state_dict(load_file(target))
        except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
            raise DataError(
                f"`path` must be weights with their configuration beside them, got {target}: {error}"
            ) from error
        return network.eval()


def _as_input(image: npt.ArrayLike, channels: int) -> npt.NDArray[np.float32]:
    array = np.asarray(image)
    if array.ndim == 2:
        array = array[None]
    if array.ndim != 3 or len(array) != channels:
        raise DataError(f"`image` must have shape (H, W) or ({channels}, H, W), got {np.shape(image)}")
    if np.issubdtype(array.dtype, np.integer):
        return np.asarray(array / np.float32(255), np.float32)
    return np.asarray(array, np.float32)
