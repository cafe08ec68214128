"""One training of a Tiny U-Net, step by step."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.optim.lr_scheduler import CosineAnnealingLR

from synthem.errors import ConfigError
from synthem.experiments.augment import AugmentConfig, draw_transforms, gather_tiles, unpack_tiles
from synthem.experiments.devices import resolve_precision
from synthem.experiments.losses import dice_loss, soft_dice
from synthem.experiments.unet import TinyUNet, UNetConfig

__all__ = ["Trainer", "TrainingConfig", "TrainingJob"]


@dataclass(frozen=True, kw_only=True)
class TrainingConfig:
    """How a network is trained; the defaults are the study's 30 epochs of 105 steps.

    Parameters
    ----------
    steps : int
        Optimiser steps, at least 1.
    batch : int
        Tiles per step, at least 1.
    learning_rate : float
        Of Adam, positive.
    schedule : {"constant", "cosine"}
        Whether the learning rate stays, as in the study, or falls to zero along half a cosine.
    class_weights : tuple of float, optional
        The alpha_i of the loss, one per class; None weighs all alike with 1/K.
    smoothing : float
        Smoothing of the soft Dice, positive.
    precision : {"auto", "float32", "bf16"}
        "bf16" is mixed precision. "auto" takes it on GPUs and on CPUs with instructions for it
        (AMX, AVX-512 BF16), float32 elsewhere. float32 on the CPU gives the same bits for the same seed and
        number of threads.
    augment : AugmentConfig
        Limits of the augmentation.
    network : UNetConfig
        Shape of the network.
    """

    steps: int = 3150
    batch: int = 6
    learning_rate: float = 5e-3
    schedule: str = "constant"
    class_weights: tuple[float, ...] | None = None
    smoothing: float = 1.0
    precision: str = "auto"
    augment: AugmentConfig = field(default_factory=AugmentConfig)
    network: UNetConfig = field(default_factory=UNetConfig)

    def __post_init__(self) -> None:
        for name in ("steps", "batch"):
            if getattr(self, name) < 1:
                raise ConfigError(f"`{name}` must be at least 1, got {getattr(self, name)!r}")
        for name in ("learning_rate", "smoothing"):
            if not getattr(self, name) > 0:
                raise ConfigError(f"`{name}` must be positive, got {getattr(self, name)!r}")
        if self.precision not in ("auto", "float32", "bf16"):
            raise ConfigError(f"`precision` must be auto, float32 or bf16, got {self.precision!r}")
        if self.schedule not in ("constant", "cosine"):
            raise ConfigError(f"`schedule` must be constant or cosine, got {self.schedule!r}")
        classes = self.network.classes
        if self.class_weights is not None and len(self.class_weights) != classes:
            raise ConfigError(f"`class_weights` must be {classes} numbers, got {len(self.class_weights)}")


@dataclass(frozen=True, kw_only=True)
class TrainingJob:
    """One training: its tiles and its seed.

    Parameters
    ----------
    tiles : ndarray of int64, (n,)
        Indices of the tiles in the pool.
    seed : int
        Seed of weights, order, augmentation and dropout.
    """

    tiles: npt.NDArray[np.int64]
    seed: int


class Trainer:
    """One training, with its whole state on one device.

    Batches and augmentation of all steps are drawn beforehand from the seed of the job, dropout from a generator of its
    own. So the result does not depend on other trainings beside it; on a GPU up to the rounding of the convolutions.

    Parameters
    ----------
    pool : Tensor of uint8, (n, P, H, W)
        Packed tiles, from `pack_tiles`, on the device.
    job : TrainingJob
        Tiles and seed.
    config : TrainingConfig
        How to train.
    device : torch.device
        Where to train. On CUDA a step is captured once as a graph and replayed, on a stream of its own.
    """

    def __init__(self, pool: Tensor, job: TrainingJob, config: TrainingConfig, device: torch.device) -> None:
        self.config, self.device, self.pool = config, device, pool
        self.network = TinyUNet(config.network, seed=job.seed).to(device).train()
        falls, cuda = config.schedule == "cosine", device.type == "cuda"
        # a captured graph reads the rate from where it was, so there it has to be a tensor
        rate = torch.tensor(config.learning_rate, device=device) if falls and cuda else config.learning_rate
        self.optimiser = torch.optim.Adam(self.network.parameters(), lr=rate, fused=True, capturable=cuda)
        self.schedule = CosineAnnealingLR(self.optimiser, config.steps) if falls else None
        self.mixed = resolve_precision(config.precision, device) == "bf16"
        self.indices, self.transforms = (torch.from_numpy(drawn).to(device) for drawn in _draw_plan(job, config))
        shapes = self.network.dropout_shapes(config.batch, *pool.shape[-2:])
        # Eight random bytes a draw: a draw per activation would take a tenth of a step on a CPU.
        self.noise = [torch.zeros(-(-math.prod(s) // 8), dtype=torch.int64, device=device) for s in shapes]
        self.noise_bytes = [
            n.view(torch.uint8)[: math.prod(s)].view(s) for n, s in zip(self.noise, shapes, strict=True)
        ]
        self.generator = torch.Generator(device).manual_seed(job.seed)
        classes = config.network.classes
        self.weights = torch.tensor(config.class_weights or [1 / classes] * classes, device=device)
        self.losses = torch.zeros(config.steps, device=device)
        self.done = torch.zeros(1, dtype=torch.int64, device=device)
        self.taken = 0
        self.graph = self._capture() if cuda else None
        self.stream = torch.cuda.Stream(device) if cuda else None  # type: ignore[no-untyped-call]
        if self.stream is not None:
            self.stream.wait_stream(torch.cuda.current_stream(device))

    def step(self) -> None:
        """Take one optimiser step; on CUDA it is queued behind the one before."""
        with torch.cuda.stream(self.stream):  # None changes nothing
            for noise in self.noise:
                noise.random_(torch.iinfo(torch.int64).min, None, generator=self.generator)
            if self.graph is None:
                self._advance()
            else:
                self.graph.replay()
            if self.schedule is not None:
                self.schedule.step()
        self.taken += 1

    def state(self) -> dict[str, Tensor]:
        """Return all tensors that the next steps depend on, on the CPU; `resume` takes them."""
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)
        tensors = {f"network.{name}": value for name, value in self.network.state_dict().items()}
        for number, moments in enumerate(self._moments()):
            tensors |= {f"adam.{number}.{name}": value for name, value in moments.items()}
        tensors |= {"losses": self.losses, "generator": self.generator.get_state()}
        tensors["rate"] = torch.tensor(float(self.optimiser.param_groups[0]["lr"]), dtype=torch.float64)
        tensors["taken"] = torch.tensor(self.taken)
        return {name: value.detach().cpu().contiguous() for name, value in tensors.items()}

    def resume(self, state: Mapping[str, Tensor]) -> None:
        """Continue from what `state` returned; on a CPU the result has the same bits as without the break."""
        self.taken = int(state["taken"])
        self.network.load_state_dict({k.removeprefix("network."): v for k, v in state.items() if k[:8] == "network."})
        for number, moments in enumerate(self._moments()):
            for name, value in moments.items():
                value.copy_(state[f"adam.{number}.{name}"])
        self.losses.copy_(state["losses"])
        self.done.fill_(self.taken)
        self.generator.set_state(state["generator"])
        group = self.optimiser.param_groups[0]
        if isinstance(group["lr"], Tensor):
            group["lr"].copy_(state["rate"])
        else:
            group["lr"] = float(state["rate"])
        if self.schedule is not None:
            self.schedule.last_epoch = self.taken
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)  # steps run on a stream of their own

    def _moments(self) -> list[dict[str, Tensor]]:
        """Return the state of Adam for each parameter; before the first step it is made here."""
        found: list[dict[str, Tensor]] = []
        for parameter in self.network.parameters():
            moments = self.optimiser.state[parameter]
            if not moments:
                moments["step"] = torch.zeros((), device=self.device)
                moments["exp_avg"], moments["exp_avg_sq"] = torch.zeros_like(parameter), torch.zeros_like(parameter)
            found.append(moments)
        return found

    def batch(self) -> tuple[Tensor, Tensor]:
        """Return images (B, 1, H, W) and labels (B, K, H, W) of the next step."""
        indices = self.indices.index_select(0, self.done)[0]
        transforms = self.transforms.index_select(0, self.done)[0]
        return unpack_tiles(gather_tiles(self.pool, indices, transforms), self.config.network.classes)

    def _advance(self) -> None:
        image, labels = self.batch()
        threshold = round(256 * (1 - self.config.network.dropout))
        keep = [noise < threshold for noise in self.noise_bytes]
        # The cache of casts would outlive a captured graph.
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.mixed, cache_enabled=False):
            probabilities = self.network(image, keep)
        loss = dice_loss(soft_dice(probabilities, labels, smoothing=self.config.smoothing), self.weights)
        self.optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        self.optimiser.step()
        self.losses.index_copy_(0, self.done, loss.detach()[None])
        self.done += 1

    def _tensors(self) -> list[Tensor]:
        moments = [t for s in self.optimiser.state.values() for t in s.values() if isinstance(t, Tensor)]
        return [*self.network.parameters(), *self.network.buffers(), *moments, self.losses, self.done]

    def _capture(self) -> torch.cuda.CUDAGraph:
        """Record one step; warm-up steps are undone, so that training starts from the seeds."""
        start = [t.detach().clone() for t in (*self.network.parameters(), *self.network.buffers())]
        side = torch.cuda.Stream(self.device)  # type: ignore[no-untyped-call]
        side.wait_stream(torch.cuda.current_stream(self.device))
        with torch.cuda.stream(side):
            for _ in range(3):
                self.done.zero_()
                self._advance()
        torch.cuda.current_stream(self.device).wait_stream(side)
        self.done.zero_()
        graph = torch.cuda.CUDAGraph()
        self.optimiser.zero_grad(set_to_none=True)
        with torch.cuda.graph(graph):
            self._advance()
        with torch.no_grad():
            state = self._tensors()
            for value, first in zip(state, start, strict=False):
                value.copy_(first)
            for value in state[len(start) :]:
                value.zero_()
        return graph


def _draw_plan(job: TrainingJob, config: TrainingConfig) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
    """Draw tiles (steps, batch) in shuffled passes, and their transforms (steps, batch, 2, 3)."""
    order, moves = (np.random.default_rng(s) for s in np.random.SeedSequence(job.seed).spawn(2))
    wanted = config.steps * config.batch
    passes = [order.permutation(job.tiles) for _ in range(-(-wanted // len(job.tiles)))]
    indices = np.concatenate(passes)[:wanted].reshape(config.steps, config.batch)
    transforms = draw_transforms(wanted, config.augment, moves)
    return indices, transforms.reshape(config.steps, config.batch, 2, 3)
