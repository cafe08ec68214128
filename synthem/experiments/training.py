"""Train Tiny U-Nets: one, or several side by side that do not affect each other."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from synthem.errors import ConfigError, DataError
from synthem.experiments.augment import pack_tiles
from synthem.experiments.checkpoints import SECONDS, Checkpoint, fingerprint
from synthem.experiments.devices import resolve_device
from synthem.experiments.trainer import Trainer, TrainingConfig, TrainingJob
from synthem.experiments.unet import TinyUNet, UNetConfig

__all__ = ["Trained", "train", "train_in_groups", "train_network"]

Progress = Callable[[int], None]


@dataclass(frozen=True, kw_only=True, eq=False)
class Trained:
    """Result of one training.

    Parameters
    ----------
    network : TinyUNet
        The trained network.
    losses : ndarray of float32, (steps,)
        Training loss of every step.
    seconds : float
        Wall time of the steps; of several trainings at once, each one's share.
    """

    network: TinyUNet
    losses: npt.NDArray[np.float32]
    seconds: float


def _check(pool: Tensor, jobs: Sequence[TrainingJob], config: TrainingConfig) -> None:
    if not jobs:
        raise ConfigError("`jobs` must hold at least one training, got none")
    if pool.ndim != 4 or pool.dtype != torch.uint8:
        raise DataError(f"`pool` must be uint8 of shape (n, P, H, W), got {pool.dtype} {tuple(pool.shape)}")
    factor = config.network.factor
    if pool.shape[2] % factor or pool.shape[3] % factor:
        raise DataError(f"`pool` must hold tiles whose sides are multiples of {factor}, got {tuple(pool.shape[2:])}")
    for number, job in enumerate(jobs):
        if len(job.tiles) == 0:
            raise DataError(f"`jobs[{number}].tiles` must hold at least one tile, got none")
        if job.tiles.min() < 0 or job.tiles.max() >= len(pool):
            raise DataError(f"`jobs[{number}].tiles` must be 0 to {len(pool) - 1}, got {job.tiles.max()}")


def train(
    pool: Tensor,
    jobs: Sequence[TrainingJob],
    config: TrainingConfig,
    *,
    device: str = "auto",
    progress: Progress | None = None,
    checkpoints: Sequence[Path] = (),
) -> list[Trained]:
    """Train several networks side by side.

    Parameters
    ----------
    pool : Tensor of uint8, (n, P, H, W)
        Packed tiles, from `pack_tiles`.
    jobs : sequence of TrainingJob
        One per network.
    config : TrainingConfig
        How to train.
    device : str
        "auto", "cpu", "cuda" or "cuda:N".
    progress : callable, optional
        Called with the number of steps done, every ten steps.
    checkpoints : sequence of Path, default ()
        One file for each job, or none. A training is saved there twice a minute, and an interrupted one goes on from
        there; on a CPU the result has the same bits as without the break. Files stay. A file of another job or
        configuration is ignored.

    Returns
    -------
    list of Trained
        One per job.
    """
    _check(pool, jobs, config)
    place = resolve_device(device)
    pool = pool.to(place)
    trainers = [Trainer(pool, job, config, place) for job in jobs]
    files = [
        Checkpoint(path, trainer, fingerprint(pool, job, config))
        for path, trainer, job in zip(checkpoints, trainers, jobs, strict=bool(checkpoints))
    ]
    before = [file.resume() for file in files] or [0.0] * len(jobs)
    started = saved = time.perf_counter()
    for number in range(min(trainer.taken for trainer in trainers), config.steps):
        for trainer in trainers:
            if trainer.taken == number:
                trainer.step()
        if files and time.perf_counter() - saved >= SECONDS:
            saved = time.perf_counter()
            for file, seconds in zip(files, before, strict=True):
                file.save(seconds + (saved - started) / len(trainers))
        if progress is not None and (number % 10 == 9 or number + 1 == config.steps):
            progress(number + 1)
    if place.type == "cuda":
        torch.cuda.synchronize(place)
    each = (time.perf_counter() - started) / len(trainers)
    return [
        Trained(network=one.network, losses=one.losses.cpu().numpy(), seconds=seconds + each)
        for one, seconds in zip(trainers, before, strict=True)
    ]


def train_in_groups(
    pool: Tensor,
    jobs: Sequence[TrainingJob],
    config: TrainingConfig,
    *,
    group: int,
    device: str = "auto",
    progress: Progress | None = None,
    message: Callable[[str], None] = lambda _: None,
    checkpoints: Sequence[Path] = (),
) -> Iterator[Trained]:
    """Train any number of networks, at most `group` at a time, or fewer if memory runs out.

    Parameters
    ----------
    pool, jobs, config, device, progress, checkpoints
        See `train`.
    group : int
        Largest number of networks side by side, at least 1. It changes speed and memory only.
    message : callable
        Called with a sentence if a group had to be made smaller.

    Yields
    ------
    Trained
        One per job, in their order, as soon as those side by side are finished.

    Raises
    ------
    torch.OutOfMemoryError
        If not even one network fits.
    """
    if group < 1:
        raise ConfigError(f"`group` must be at least 1, got {group!r}")
    first = 0
    while first < len(jobs):
        part, files = jobs[first : first + group], checkpoints[first : first + group]
        try:
            trained = train(pool, part, config, device=device, progress=progress, checkpoints=files)
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
    checkpoint: Path | None = None,
) -> Trained:
    """Train one network on tiles.

    Parameters
    ----------
    images : ndarray of uint8, (n, H, W)
        Grey levels.
    masks : ndarray of bool, (n, K, H, W)
        Labels of K classes.
    config : TrainingConfig, optional
        How to train, with a network for K classes; by default the study's schedule.
    seed : int
        Seed of weights, order, augmentation and dropout.
    device, progress
        See `train`.
    checkpoint : Path, optional
        One of the `checkpoints` of `train`.

    Returns
    -------
    Trained
        The network and its losses.
    """
    if config is None and masks.ndim == 4:
        config = TrainingConfig(network=UNetConfig(classes=masks.shape[1]))
    config = config or TrainingConfig()
    if masks.ndim != 4 or masks.shape[1] != config.network.classes:
        raise DataError(f"`masks` must have {config.network.classes} classes on axis 1, got shape {masks.shape}")
    pool = torch.from_numpy(pack_tiles(images, masks))
    job = TrainingJob(tiles=np.arange(len(images)), seed=seed)
    files = () if checkpoint is None else (checkpoint,)
    return train(pool, [job], config, device=device, progress=progress, checkpoints=files)[0]
