"""Measure how long trainings and tests take on a device."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import torch
from torch import Tensor

from synthem.experiments.devices import autocast_type, resolve_device
from synthem.experiments.study import StudyConfig
from synthem.experiments.trainer import Trainer, TrainingConfig, TrainingJob
from synthem.experiments.unet import PREDICTED_AT_ONCE, TinyUNet
from synthem.tiles.cutting import tile_origins
from synthem.tiles.labelled_image import LabelledImage

__all__ = ["best_group", "time_group", "time_step", "time_test"]

GROUPS: Final = (1, 2, 4, 8, 16)


def time_step(pool: Tensor, config: TrainingConfig, device: str, group: int = 1, *, repeats: int = 3) -> float:
    """Return the seconds that one step of one training takes when `group` of them run at once.

    Parameters
    ----------
    pool : Tensor of uint8, (n, P, H, W)
        Packed tiles.
    config : TrainingConfig
        How they are trained.
    device : str
        See `resolve_device`.
    group : int
        Trainings at once.
    repeats : int
        Measured steps, after two that are not.
    """
    place = resolve_device(device)
    short = replace(config, steps=repeats + 2)
    pool, tiles = pool.to(place), np.arange(len(pool))
    trainers = [Trainer(pool, TrainingJob(tiles=tiles, seed=seed), short, place) for seed in range(group)]
    started = 0.0
    for number in range(repeats + 2):
        if number == 2:
            _wait(place)
            started = time.perf_counter()
        for trainer in trainers:
            trainer.step()
    _wait(place)
    return (time.perf_counter() - started) / (repeats * group)


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def best_group(pool: Tensor, config: TrainingConfig, device: str, *, repeats: int = 20) -> dict[int, float]:
    """Time steps with several trainings at once, as long as that helps.

    Returns
    -------
    dict of int to float
        Seconds per step and training, by the number of trainings at once. On a CPU only 1 is
        timed: its cores are busy with one.

    Raises
    ------
    torch.OutOfMemoryError
        If not even one training fits.
    """
    if resolve_device(device).type == "cpu":
        return {1: time_step(pool, config, device, 1)}
    times: dict[int, float] = {}
    for group in GROUPS:
        try:
            times[group] = time_step(pool, config, device, group, repeats=repeats)
        except torch.OutOfMemoryError:
            if not times:
                raise
            break
        if times[group] > 1.1 * min(times.values()):
            break
    return times


def time_group(pool: Tensor, config: TrainingConfig, device: str, group: int) -> dict[int, float]:
    """Time steps of so many trainings at once, or of half as many, and so on, if memory runs out; see `best_group`."""
    while True:
        try:
            return {group: time_step(pool, config, device, group)}
        except torch.OutOfMemoryError:
            if group == 1:
                raise
            group //= 2


def time_test(test: Sequence[LabelledImage], study: StudyConfig, device: str) -> float:
    """Return the seconds that one network takes to predict all test slices, from one batch of tiles.

    Parameters
    ----------
    test : sequence of LabelledImage
        The test slices.
    study : StudyConfig
        Network, tiles and precision.
    device : str
        See `resolve_device`.
    """
    place, tile, stride = resolve_device(device), study.tile, study.predict_stride
    network = TinyUNet(study.training.network).to(place).eval()
    precision = autocast_type(study.training.precision, place)
    strip = test[0].image[:tile, : tile + (PREDICTED_AT_ONCE - 1) * stride]
    network.predict(strip[:, :tile], tile=tile, stride=stride, precision=precision)
    started = time.perf_counter()
    network.predict(strip, tile=tile, stride=stride, precision=precision)
    seconds = time.perf_counter() - started
    tiles = sum(len(tile_origins(piece.image.shape, tile, stride)) for piece in test)
    return seconds * tiles / len(tile_origins(strip.shape, tile, stride))
