"""Run the trainings of a study, here or on any `concurrent.futures.Executor`."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from synthem._files import write_file
from synthem.errors import ConfigError
from synthem.experiments.devices import resolve_device, resolve_precision
from synthem.experiments.material import Material, member_of
from synthem.experiments.metrics import measure
from synthem.experiments.results import Results
from synthem.experiments.study import Cell, StudyConfig
from synthem.experiments.training import (
    Member,
    Trained,
    Trainer,
    TrainingConfig,
    train_in_groups,
)
from synthem.labels import CLASS_NAMES
from synthem.tiles.labelled_image import LabelledImage

__all__ = [
    "Outcome",
    "best_group",
    "read_predictions",
    "run_cells",
    "take_shard",
    "time_group",
    "time_step",
    "train_cells",
]

GROUPS = (1, 2, 4, 8, 16)
THRESHOLD = 0.5


@dataclass(frozen=True, kw_only=True, eq=False)
class Outcome:
    """What one training gave.

    Parameters
    ----------
    cell : Cell
        Which training.
    rows : list of dict
        One row per class, as `Results.record` takes them.
    predictions : list of ndarray of bool, (6, H, W)
        Predicted masks of every test slice, kept with seed 0 for the overlays.
    """

    cell: Cell
    rows: list[dict[str, Any]]
    predictions: list[npt.NDArray[np.bool_]]


def take_shard(cells: Sequence[Cell], number: int, of: int) -> list[Cell]:
    """Return every `of`-th cell, from the `number`-th on (counted from 1).

    Raises
    ------
    ConfigError
        If there is no such shard.
    """
    if not 1 <= number <= of:
        raise ConfigError(f"`shard` must be i/n with 1 ≤ i ≤ n, got {number}/{of}")
    return list(cells[number - 1 :: of])


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
    short = TrainingConfig(**{**_fields(config), "steps": repeats + 2})
    pool, tiles = pool.to(place), np.arange(len(pool))
    trainers = [Trainer(pool, Member(tiles=tiles, seed=seed), short, place) for seed in range(group)]
    started = 0.0
    for number in range(repeats + 2):
        if number == 2:
            _wait(place)
            started = time.perf_counter()
        for trainer in trainers:
            trainer.step()
    _wait(place)
    return (time.perf_counter() - started) / (repeats * group)


def _fields(config: TrainingConfig) -> dict[str, Any]:
    return {name: getattr(config, name) for name in config.__dataclass_fields__}


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


def train_cells(
    material: Material,
    study: StudyConfig,
    cells: Sequence[Cell],
    *,
    device: str = "auto",
    group: int = 1,
    progress: Callable[[int], None] | None = None,
    message: Callable[[str], None] = lambda _: None,
) -> Iterator[Outcome]:
    """Train and test cells, some at once.

    Parameters
    ----------
    material : Material
        What is trained and tested on.
    study : StudyConfig
        How.
    cells : sequence of Cell
        Which trainings.
    device, group, progress, message
        See `train_in_groups`.

    Yields
    ------
    Outcome
        Each training, in the order of the cells.
    """
    pool, ends, starts = material.packed()
    members = [member_of(cell, ends, starts) for cell in cells]
    place = resolve_device(device)
    pool = pool.to(place)  # once for all groups
    results = train_in_groups(
        pool, members, study.training, group=group, device=device, progress=progress, message=message
    )
    for cell, trained in zip(cells, results, strict=True):
        yield _test(cell, trained, material.test, study, place)


def _test(
    cell: Cell, trained: Trained, test: Sequence[LabelledImage], study: StudyConfig, device: torch.device
) -> Outcome:
    precision = resolve_precision(study.training.precision, device)
    kind = torch.bfloat16 if precision == "bf16" else torch.float32
    masks = [
        trained.network.predict(piece.image, tile=study.tile, stride=study.predict_stride, precision=kind) > THRESHOLD
        for piece in test
    ]
    about = {
        "steps": study.training.steps,
        "seconds": round(trained.seconds, 2),
        "device": device.type,
        "precision": precision,
        "loss": round(float(trained.losses[-50:].mean()), 5),
    }
    rows = _rows(cell, masks, [piece.masks for piece in test], about)
    return Outcome(cell=cell, rows=rows, predictions=masks if cell.seed == 0 else [])


def _rows(
    cell: Cell,
    predictions: list[npt.NDArray[np.bool_]],
    truths: list[npt.NDArray[np.bool_]],
    about: dict[str, Any],
) -> list[dict[str, Any]]:
    result = measure(predictions, truths)
    return [
        {
            "experiment": cell.experiment,
            "real": cell.real,
            "synthetic": cell.synthetic,
            "seed": cell.seed,
            "class": name,
            "dice": round(float(result.mean[k]), 6),
            "dice_pooled": round(float(result.pooled[k]), 6),
            "dice_per_slice": " ".join(f"{value:.4f}" for value in result.per_slice[:, k]),
            "true_pixels": int(result.true[:, k].sum()),
            "predicted_pixels": int(result.predicted[:, k].sum()),
            "overlap_pixels": int(result.overlap[:, k].sum()),
            "axon_on_psd_pixels": int(result.axon_on_psd.sum()) if name == "axon" else 0,
            **about,
        }
        for k, name in enumerate(CLASS_NAMES)
    ]


def _train_unit(path: str, study: StudyConfig, cells: Sequence[Cell], device: str, threads: int) -> list[Outcome]:
    """Train one group in another process or on another machine that sees the same files."""
    if threads:
        torch.set_num_threads(threads)
    return list(train_cells(Material.load(Path(path)), study, cells, device=device, group=len(cells)))


def run_cells(
    results: Results,
    material: Material,
    study: StudyConfig,
    cells: Sequence[Cell],
    *,
    device: str = "auto",
    group: int = 1,
    executor: Executor | None = None,
    threads: int = 0,
    progress: Callable[[int], None] | None = None,
    message: Callable[[str], None] = lambda _: None,
) -> Iterator[Cell]:
    """Train what is not in the results yet and record each training as soon as it is finished.

    Parameters
    ----------
    results : Results
        Where results go; also the masks predicted with seed 0, for the overlays.
    material : Material
        What is trained and tested on.
    study : StudyConfig
        How.
    cells : sequence of Cell
        Which trainings; those that are in the results are left out.
    device, group, progress, message
        See `train_in_groups`.
    executor : concurrent.futures.Executor, optional
        Where groups are trained, such as a process pool or ``dask.distributed``'s
        ``client.get_executor()``; it stays open. Its workers must see the results folder.
        None trains here.
    threads : int
        CPU threads of each worker of the executor; 0 leaves the default.

    Yields
    ------
    Cell
        Every training that was recorded.
    """
    finished = results.finished()
    pending = [cell for cell in cells if cell.key not in finished]
    if not pending:
        return
    outcomes: Iterable[Outcome]
    if executor is None:
        outcomes = train_cells(material, study, pending, device=device, group=group, progress=progress, message=message)
    else:
        path = results.folder / "material.npz"
        material.save(path)
        units = [pending[k : k + group] for k in range(0, len(pending), group)]
        jobs = [executor.submit(_train_unit, str(path.resolve()), study, unit, device, threads) for unit in units]
        outcomes = _collect(jobs)
    for outcome in outcomes:
        if outcome.predictions:
            _write_predictions(results.folder, outcome)
        results.record(outcome.cell, outcome.rows)
        yield outcome.cell


def _collect(jobs: Sequence[Future[list[Outcome]]]) -> Iterator[Outcome]:
    try:
        for job in as_completed(jobs):
            yield from job.result()
    finally:
        for job in jobs:
            job.cancel()


def _write_predictions(folder: Path, outcome: Outcome) -> None:
    buffer = io.BytesIO()
    masks = {str(k): np.packbits(m, axis=0, bitorder="little") for k, m in enumerate(outcome.predictions)}
    np.savez_compressed(buffer, allow_pickle=False, **masks)
    write_file(folder / "predictions" / f"{outcome.cell.key}.npz", buffer.getvalue())


def read_predictions(folder: Path, cell: Cell) -> list[npt.NDArray[np.bool_]] | None:
    """Return the masks (6, H, W) predicted for each test slice, or None if they were not kept."""
    path = folder / "predictions" / f"{cell.key}.npz"
    if not path.exists():
        return None
    with np.load(path, allow_pickle=False) as stored:
        packed = [stored[str(k)] for k in range(len(stored.files))]
    return [np.unpackbits(p, axis=0, count=len(CLASS_NAMES), bitorder="little").view(bool) for p in packed]
