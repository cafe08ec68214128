"""Speed of the ratio study: one training step against the same model in plain PyTorch.

Run with asv, or as a script for one figure: ``python benchmarks/study.py [float32|bf16]``.
On a GPU, ``python -m synthem.experiments.ratio_study --measure`` times several trainings at once and
extrapolates to the whole study.
"""

from __future__ import annotations

import sys
import time

import numpy as np

TILES = 24


def _plain_network():
    """Return the Tiny U-Net as anyone would write it."""
    from torch import cat, nn, sigmoid

    class Level(nn.Sequential):
        def __init__(self, inputs, outputs):
            layers = []
            for channels in (inputs, outputs):
                layers += [nn.Conv2d(channels, outputs, 3, padding=1), nn.ReLU(inplace=True)]
                layers.append(nn.BatchNorm2d(outputs, eps=1e-3, momentum=0.01))
            super().__init__(*layers)

    class Up(nn.Sequential):
        def __init__(self, outputs):
            convolution = nn.Conv2d(2 * outputs, outputs, 2)
            super().__init__(
                nn.Upsample(scale_factor=2), nn.ZeroPad2d((0, 1, 0, 1)), convolution, nn.ReLU(inplace=True)
            )

    class Plain(nn.Module):
        def __init__(self):
            super().__init__()
            widths = (16, 32, 64, 128)
            self.down = nn.ModuleList(Level(a, b) for a, b in zip((1, *widths), widths, strict=False))
            self.up = nn.ModuleList(Up(w) for w in widths[-2::-1])
            self.join = nn.ModuleList(Level(2 * w, w) for w in widths[-2::-1])
            self.out = nn.Conv2d(16, 6, 1)
            self.dropout = nn.Dropout(0.5)

        def forward(self, x):
            skips = []
            for number, level in enumerate(self.down):
                x = level(nn.functional.max_pool2d(x, 2) if number else x)
                x = self.dropout(x) if number >= 2 else x
                skips.append(x)
            skips.pop()
            for up, join in zip(self.up, self.join, strict=True):
                x = join(cat([skips.pop(), up(x)], 1))
            return sigmoid(self.out(x).float())

    return Plain()


class _PlainTraining:
    """A plain loop: no augmentation, one batch that is ready."""

    def __init__(self, precision, device):
        import torch

        self.device, self.mixed, self.torch = device, precision == "bf16", torch
        self.network = _plain_network().to(device, memory_format=torch.channels_last).train()
        self.optimiser = torch.optim.Adam(self.network.parameters(), lr=5e-3)
        self.image = torch.rand(6, 1, 256, 256, device=device).contiguous(memory_format=torch.channels_last)
        self.labels = (torch.rand(6, 6, 256, 256, device=device) > 0.9).float()

    def step(self):
        self.optimiser.zero_grad()
        with self.torch.autocast(self.device.type, self.torch.bfloat16, enabled=self.mixed):
            p = self.network(self.image)
        dice = (2 * (p * self.labels).sum((0, 2, 3)) + 1) / (p.sum((0, 2, 3)) + self.labels.sum((0, 2, 3)) + 1)
        (1 - dice).mean().backward()
        self.optimiser.step()


def _ours(precision, device):
    """Return a training with everything that belongs to it."""
    import torch

    from synthem.experiments.augment import pack_tiles
    from synthem.experiments.trainer import Trainer, TrainingConfig, TrainingJob

    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (TILES, 256, 256), dtype=np.uint8)
    pool = torch.from_numpy(pack_tiles(images, rng.random((TILES, 6, 256, 256)) < 0.1))
    config = TrainingConfig(steps=10_000, precision=precision)
    return Trainer(pool.to(device), TrainingJob(tiles=np.arange(TILES), seed=0), config, device)


def _device():
    try:
        from synthem.experiments.devices import resolve_device
    except ImportError as error:
        raise NotImplementedError(str(error)) from error  # asv and the tests then skip
    return resolve_device("auto")


class TrainingStep:
    """Seconds of one step of batch 6, with everything that belongs to it."""

    params = ("float32", "bf16")
    param_names = ("precision",)
    number, repeat, timeout = 2, 3, 300

    def setup(self, precision):
        """Make the trainers."""
        device = _device()
        self.ours, self.plain = _ours(precision, device), _PlainTraining(precision, device)

    def time_ours(self, precision):
        """Take a step: augmentation, dropout, network, loss, optimiser."""
        self.ours.step()

    def time_plain(self, precision):
        """Take a step of the same network, without augmentation."""
        self.plain.step()

    def time_batch(self, precision):
        """Run the data pipeline alone."""
        self.ours.batch()


class Prediction:
    """Seconds to predict one slice of 512 x 512, 25 overlapping tiles, in float32."""

    number, repeat, timeout = 1, 2, 300

    def setup(self):
        """Make the network."""
        device = _device()
        from synthem.experiments.unet import TinyUNet

        self.network = TinyUNet().to(device).eval()
        self.image = np.random.default_rng(0).integers(0, 256, (512, 512), dtype=np.uint8)

    def time_slice(self):
        """Predict and stitch."""
        self.network.predict(self.image)


def main():
    """Print processor seconds per step, ours and plain in turns, and their ratio."""
    device = _device()
    import torch

    from synthem.experiments.devices import resolve_precision

    precision = sys.argv[1] if len(sys.argv) > 1 else resolve_precision("auto", device)
    runs = {"ours": _ours(precision, device), "plain": _PlainTraining(precision, device)}
    spent = {name: [] for name in runs}
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
