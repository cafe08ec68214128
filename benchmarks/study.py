"""Speed of the ratio study: one training step against the same model in plain PyTorch.

Run with asv, or as a script for one figure: ``python benchmarks/study.py [float32|bf16]``.
On a GPU, ``python -m synthem.experiments.ratio_study --measure`` times several trainings at once and
extrapolates to the whole study.
"""

from __future__ import annotations

import sys
import time

import numpy as np
import torch
from torch import nn

from synthem.experiments.augment import pack_tiles
from synthem.experiments.devices import resolve_device, resolve_precision
from synthem.experiments.training import Member, Trainer, TrainingConfig
from synthem.experiments.unet import TinyUNet

TILES = 24


def _pool() -> torch.Tensor:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (TILES, 256, 256), dtype=np.uint8)
    return torch.from_numpy(pack_tiles(images, rng.random((TILES, 6, 256, 256)) < 0.1))


class _Level(nn.Sequential):
    """Two convolutions with ReLU and batch norm, as anyone would write them."""

    def __init__(self, inputs: int, outputs: int) -> None:
        layers: list[nn.Module] = []
        for channels in (inputs, outputs):
            layers += [nn.Conv2d(channels, outputs, 3, padding=1), nn.ReLU(inplace=True)]
            layers.append(nn.BatchNorm2d(outputs, eps=1e-3, momentum=0.01))
        super().__init__(*layers)


class _Plain(nn.Module):
    """The Tiny U-Net in plain PyTorch."""

    def __init__(self) -> None:
        super().__init__()
        widths = (16, 32, 64, 128)
        self.down = nn.ModuleList(_Level(a, b) for a, b in zip((1, *widths), widths, strict=False))
        self.up = nn.ModuleList(
            nn.Sequential(
                nn.Upsample(scale_factor=2), nn.ZeroPad2d((0, 1, 0, 1)), nn.Conv2d(2 * w, w, 2), nn.ReLU(True)
            )
            for w in widths[-2::-1]
        )
        self.join = nn.ModuleList(_Level(2 * w, w) for w in widths[-2::-1])
        self.out = nn.Conv2d(16, 6, 1)
        self.dropout = nn.Dropout(0.5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return probabilities."""
        skips = []
        for number, level in enumerate(self.down):
            x = level(nn.functional.max_pool2d(x, 2) if number else x)
            x = self.dropout(x) if number >= 2 else x
            skips.append(x)
        skips.pop()
        for up, join in zip(self.up, self.join, strict=True):
            x = join(torch.cat([skips.pop(), up(x)], 1))
        return torch.sigmoid(self.out(x).float())


class _PlainTraining:
    """A plain loop: no augmentation, batches ready."""

    def __init__(self, precision: str, device: torch.device) -> None:
        self.device, self.mixed = device, precision == "bf16"
        self.network = _Plain().to(device, memory_format=torch.channels_last).train()
        self.optimiser = torch.optim.Adam(self.network.parameters(), lr=5e-3)
        self.image = torch.rand(6, 1, 256, 256, device=device)
        self.labels = (torch.rand(6, 6, 256, 256, device=device) > 0.9).float()

    def step(self) -> None:
        """Take one step."""
        self.optimiser.zero_grad()
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.mixed):
            p = self.network(self.image.contiguous(memory_format=torch.channels_last))
        dice = (2 * (p * self.labels).sum((0, 2, 3)) + 1) / (p.sum((0, 2, 3)) + self.labels.sum((0, 2, 3)) + 1)
        (1 - dice).mean().backward()
        self.optimiser.step()


def _ours(precision: str, device: torch.device) -> Trainer:
    config = TrainingConfig(steps=10_000, precision=precision)
    return Trainer(_pool(), [Member(tiles=np.arange(TILES), seed=0)], config, device)


class TrainingStep:
    """Seconds of one step of batch 6, with everything that belongs to it."""

    params = ("float32", "bf16")
    param_names = ("precision",)
    number, repeat, timeout = 2, 3, 300

    def setup(self, precision: str) -> None:
        """Make the trainers."""
        device = resolve_device("auto")
        self.ours, self.plain = _ours(precision, device), _PlainTraining(precision, device)

    def time_ours(self, precision: str) -> None:
        """Take a step: augmentation, dropout, network, loss, optimiser."""
        self.ours.step()

    def time_plain(self, precision: str) -> None:
        """Take a step of the same network, without augmentation."""
        self.plain.step()

    def time_batch(self, precision: str) -> None:
        """Run the data pipeline alone."""
        self.ours.batch()


class Prediction:
    """Seconds of one 768 x 1024 slice, 117 tiles."""

    number, repeat, timeout = 1, 2, 300

    def setup(self) -> None:
        """Make the network."""
        self.network = TinyUNet().to(resolve_device("auto")).eval()
        self.image = np.random.default_rng(0).integers(0, 256, (768, 1024), dtype=np.uint8)

    def time_slice(self) -> None:
        """Predict and stitch."""
        self.network.predict(self.image)


def main() -> None:
    """Print processor seconds per step, ours and plain in turns, and their ratio."""
    device = resolve_device("auto")
    precision = sys.argv[1] if len(sys.argv) > 1 else resolve_precision("auto", device)
    runs = {"ours": _ours(precision, device), "plain": _PlainTraining(precision, device)}
    spent: dict[str, list[float]] = {name: [] for name in runs}
    for turn in range(12):
        for name, run in runs.items():
            # Processor time does not mind what else the machine does; a GPU needs wall time.
            clock = time.perf_counter if device.type == "cuda" else time.process_time
            started = clock()
            run.step()
            if device.type == "cuda":
                torch.cuda.synchronize()
            if turn >= 2:
                spent[name].append(clock() - started)
    middle = {name: float(np.median(values)) for name, values in spent.items()}
    ratio = middle["ours"] / middle["plain"]
    text = f"{precision} on {device.type}, {torch.get_num_threads()} threads: {middle['ours'] * 1000:.0f} ms ours, "
    sys.stdout.write(text + f"{middle['plain'] * 1000:.0f} ms plain, ratio {ratio:.3f}\n")


if __name__ == "__main__":
    main()
