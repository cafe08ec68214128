"""Train Tiny U-Nets: one, or several at once that know nothing of each other."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.optim.lr_scheduler import CosineAnnealingLR

from synthem.errors import ConfigError, DataError
from synthem.experiments.augment import AugmentConfig, draw_transforms, gather_tiles, pack_tiles, unpack_tiles
from synthem.experiments.devices import resolve_device, resolve_precision
from synthem.experiments.losses import dice_loss, soft_dice
from synthem.experiments.unet import TinyUNet, UNetConfig

__all__ = [
    "Member",
    "Trained",
    "Trainer",
    "TrainingConfig",
    "train",
    "train_in_groups",
    "train_network",
]

Progress = Callable[[int], None]


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
class Member:
    """One training: which tiles of the pool it sees, and its seed.

    Parameters
    ----------
    tiles : ndarray of int64, (n,)
        Indices into the pool.
    seed : int
        Decides weights, order, augmentation and dropout, whatever trains beside it.
    """

    tiles: npt.NDArray[np.int64]
    seed: int


@dataclass(frozen=True, kw_only=True, eq=False)
class Trained:
    """What one training gave.

    Parameters
    ----------
    network : TinyUNet
        The network.
    losses : ndarray of float32, (steps,)
        Training loss of every step.
    seconds : float
        Wall time of the steps; of several trainings at once, each one's share.
    """

    network: TinyUNet
    losses: npt.NDArray[np.float32]
    seconds: float


class Trainer:
    """One training, all state on one device.

    Batches and augmentation of every step are drawn beforehand from the member's seed, and dropout from a generator of
    its own, so a member ends the same whatever trains beside it; on a GPU up to the rounding of the convolutions.

    Parameters
    ----------
    pool : Tensor of uint8, (n, P, H, W)
        Packed tiles, from `pack_tiles`, on the device.
    member : Member
        What to train.
    config : TrainingConfig
        How to train.
    device : torch.device
        Where to train. On CUDA a step is captured once as a graph and replayed, on a stream of its own.
    """

    def __init__(self, pool: Tensor, member: Member, config: TrainingConfig, device: torch.device) -> None:
        self.config, self.device, self.pool = config, device, pool
        self.network = TinyUNet(config.network, seed=member.seed).to(device).train()
        falls, cuda = config.schedule == "cosine", device.type == "cuda"
        # a captured graph reads the rate from where it was, so there it has to be a tensor
        rate = torch.tensor(config.learning_rate, device=device) if falls and cuda else config.learning_rate
        self.optimiser = torch.optim.Adam(self.network.parameters(), lr=rate, fused=True, capturable=cuda)
        self.schedule = CosineAnnealingLR(self.optimiser, config.steps) if falls else None
        self.mixed = resolve_precision(config.precision, device) == "bf16"
        self.indices, self.transforms = (torch.from_numpy(drawn).to(device) for drawn in _draw_plan(member, config))
        shapes = self.network.dropout_shapes(config.batch, *pool.shape[-2:])
        # Eight random bytes a draw: a draw per activation would take a tenth of a step on a CPU.
        self.noise = [torch.zeros(-(-math.prod(s) // 8), dtype=torch.int64, device=device) for s in shapes]
        self.noise_bytes = [
            n.view(torch.uint8)[: math.prod(s)].view(s) for n, s in zip(self.noise, shapes, strict=True)
        ]
        self.generator = torch.Generator(device).manual_seed(member.seed)
        classes = config.network.classes
        self.weights = torch.tensor(config.class_weights or [1 / classes] * classes, device=device)
        self.losses = torch.zeros(config.steps, device=device)
        self.done = torch.zeros(1, dtype=torch.int64, device=device)
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

    def _state(self) -> list[Tensor]:
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
            state = self._state()
            for value, first in zip(state, start, strict=False):
                value.copy_(first)
            for value in state[len(start) :]:
                value.zero_()
        return graph


def _check(pool: Tensor, members: Sequence[Member], config: TrainingConfig) -> None:
    if not members:
        raise ConfigError("`members` must hold at least one training, got none")
    if pool.ndim != 4 or pool.dtype != torch.uint8:
        raise DataError(f"`pool` must be uint8 of shape (n, P, H, W), got {pool.dtype} {tuple(pool.shape)}")
    factor = config.network.factor
    if pool.shape[2] % factor or pool.shape[3] % factor:
        raise DataError(f"`pool` must hold tiles whose sides are multiples of {factor}, got {tuple(pool.shape[2:])}")
    for number, member in enumerate(members):
        if len(member.tiles) == 0:
            raise DataError(f"`members[{number}].tiles` must hold at least one tile: the empty set is no set")
        if member.tiles.min() < 0 or member.tiles.max() >= len(pool):
            raise DataError(f"`members[{number}].tiles` must be 0 to {len(pool) - 1}, got {member.tiles.max()}")


def _draw_plan(member: Member, config: TrainingConfig) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
    """Draw tiles (steps, batch) in shuffled passes, and their transforms (steps, batch, 2, 3)."""
    order, moves = (np.random.default_rng(s) for s in np.random.SeedSequence(member.seed).spawn(2))
    wanted = config.steps * config.batch
    passes = [order.permutation(member.tiles) for _ in range(-(-wanted // len(member.tiles)))]
    indices = np.concatenate(passes)[:wanted].reshape(config.steps, config.batch)
    transforms = draw_transforms(wanted, config.augment, moves)
    return indices, transforms.reshape(config.steps, config.batch, 2, 3)


def train(
    pool: Tensor,
    members: Sequence[Member],
    config: TrainingConfig,
    *,
    device: str = "auto",
    progress: Progress | None = None,
) -> list[Trained]:
    """Train several networks side by side.

    Parameters
    ----------
    pool : Tensor of uint8, (n, P, H, W)
        Packed tiles, from `pack_tiles`.
    members : sequence of Member
        One per network.
    config : TrainingConfig
        How to train.
    device : str
        "auto", "cpu", "cuda" or "cuda:N".
    progress : callable, optional
        Called with the number of steps done, every ten steps.

    Returns
    -------
    list of Trained
        One per member.
    """
    _check(pool, members, config)
    place = resolve_device(device)
    pool = pool.to(place)
    trainers = [Trainer(pool, member, config, place) for member in members]
    started = time.perf_counter()
    for number in range(config.steps):
        for trainer in trainers:
            trainer.step()
        if progress is not None and (number % 10 == 9 or number + 1 == config.steps):
            progress(number + 1)
    if place.type == "cuda":
        torch.cuda.synchronize(place)
    each = (time.perf_counter() - started) / len(trainers)
    return [Trained(network=one.network, losses=one.losses.cpu().numpy(), seconds=each) for one in trainers]


def train_in_groups(
    pool: Tensor,
    members: Sequence[Member],
    config: TrainingConfig,
    *,
    group: int,
    device: str = "auto",
    progress: Progress | None = None,
    message: Callable[[str], None] = lambda _: None,
) -> Iterator[Trained]:
    """Train any number of networks, at most `group` at a time, fewer if memory runs out.

    Parameters
    ----------
    pool, members, config, device, progress
        See `train`.
    group : int
        Largest number of networks side by side, at least 1. It changes speed and memory only.
    message : callable
        Told when a group had to be made smaller.

    Yields
    ------
    Trained
        One per member, in their order, as soon as those side by side are finished.

    Raises
    ------
    torch.OutOfMemoryError
        If not even one network fits.
    """
    if group < 1:
        raise ConfigError(f"`group` must be at least 1, got {group!r}")
    first = 0
    while first < len(members):
        part = members[first : first + group]
        try:
            trained = train(pool, part, config, device=device, progress=progress)
        except torch.OutOfMemoryError:
            if len(part) == 1:
                raise
            group = len(part) // 2
        else:
            yield from trained
            first += len(part)
            continue
        message(f"out of memory with {len(part)} trainings at once: trying {group}; results stay the same")
        if torch.cuda.is_available():
            torch.cuda.empty_cache()


def train_network(
    images: npt.NDArray[np.uint8],
    masks: npt.NDArray[np.bool_],
    config: TrainingConfig | None = None,
    *,
    seed: int = 0,
    device: str = "auto",
    progress: Progress | None = None,
) -> Trained:
    """Train one network on tiles.

    Parameters
    ----------
    images : ndarray of uint8, (n, H, W)
        Grey levels.
    masks : ndarray of bool, (n, K, H, W)
        Labels; K must be the number of classes of the network.
    config : TrainingConfig, optional
        How to train; the study's schedule by default.
    seed : int
        Decides everything random.
    device, progress
        See `train`.

    Returns
    -------
    Trained
        The network and its losses.
    """
    config = config or TrainingConfig()
    if masks.ndim != 4 or masks.shape[1] != config.network.classes:
        raise DataError(f"`masks` must have {config.network.classes} classes on axis 1, got shape {masks.shape}")
    pool = torch.from_numpy(pack_tiles(images, masks))
    member = Member(tiles=np.arange(len(images)), seed=seed)
    return train(pool, [member], config, device=device, progress=progress)[0]
