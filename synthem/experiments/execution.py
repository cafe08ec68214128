"""Train and test the runs of a study, here or on any `concurrent.futures.Executor`."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, as_completed
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from synthem._files import write_file
from synthem.errors import ConfigError
from synthem.experiments.batch_norm import recalibrate_batch_norm
from synthem.experiments.devices import autocast_type, resolve_device, resolve_precision
from synthem.experiments.metrics import Overlap, measure
from synthem.experiments.results import Results
from synthem.experiments.study import Run, StudyConfig
from synthem.experiments.study_data import StudyData, training_job
from synthem.experiments.training import Trained, train_in_groups
from synthem.experiments.unet import TinyUNet
from synthem.labels import EPFL6
from synthem.tiles.labelled_image import LabelledImage

__all__ = [
    "Outcome",
    "read_predictions",
    "take_shard",
    "train_missing",
    "train_runs",
]

THRESHOLD = 0.5
DATA_FILE = "study_data.npz"
CHECKPOINTS = "checkpoints"


@dataclass(frozen=True, kw_only=True, eq=False)
class Outcome:
    """Result of one run.

    Parameters
    ----------
    run : Run
        The run.
    rows : list of dict
        One row per class, as `Results.record` takes them.
    predictions : list of ndarray of bool, (6, H, W)
        Predicted masks of each test slice, for seed 0 only: they are for the overlays.
    """

    run: Run
    rows: list[dict[str, Any]]
    predictions: list[npt.NDArray[np.bool_]]


def take_shard(runs: Sequence[Run], number: int, of: int) -> list[Run]:
    """Return every `of`-th run, from the `number`-th on (counted from 1).

    Raises
    ------
    ConfigError
        If the number is not from 1 to `of`.
    """
    if not 1 <= number <= of:
        raise ConfigError(f"`shard` must be i/n with 1 ≤ i ≤ n, got {number}/{of}")
    return list(runs[number - 1 :: of])


def train_runs(
    data: StudyData,
    study: StudyConfig,
    runs: Sequence[Run],
    *,
    device: str = "auto",
    group: int = 1,
    progress: Callable[[int], None] | None = None,
    message: Callable[[str], None] = lambda _: None,
    checkpoints: Path | None = None,
) -> Iterator[Outcome]:
    """Train and test runs, several at a time.

    Parameters
    ----------
    data : StudyData
        Training and test data.
    study : StudyConfig
        How networks are trained and tested.
    runs : sequence of Run
        The runs.
    device, group, progress, message
        See `train_in_groups`.
    checkpoints : Path, optional
        Folder in which trainings are saved while they run, and from which interrupted ones go on.

    Yields
    ------
    Outcome
        The result of each run, in the order of `runs`.
    """
    pool, ends, starts = data.packed()
    jobs = [training_job(run, ends, starts) for run in runs]
    place = resolve_device(device)
    pool = pool.to(place)  # once for all groups
    results = train_in_groups(
        pool,
        jobs,
        study.training,
        group=group,
        device=device,
        progress=progress,
        message=message,
        checkpoints=[_checkpoint(checkpoints, run) for run in runs] if checkpoints else (),
    )
    for run, job, trained in zip(runs, jobs, results, strict=True):
        yield _test(run, trained, pool[torch.from_numpy(job.tiles).to(place), 0], data.test, study, place)


def _checkpoint(folder: Path, run: Run) -> Path:
    return folder / f"{run.key}.safetensors"


def _test(
    run: Run, trained: Trained, images: Tensor, test: Sequence[LabelledImage], study: StudyConfig, device: torch.device
) -> Outcome:
    """Test a network, and if asked for once more with batch norm recalibrated on the tiles it was trained on."""
    precision = autocast_type(study.training.precision, device)

    def predicted(network: TinyUNet) -> list[npt.NDArray[np.bool_]]:
        predict = partial(network.predict, tile=study.tile, stride=study.predict_stride, precision=precision)
        return [predict(piece.image) > THRESHOLD for piece in test]

    masks, truths = predicted(trained.network), [piece.masks for piece in test]
    again: Overlap | None = None
    if study.recalibrate:
        settled = recalibrate_batch_norm(trained.network, images.cpu().numpy(), seed=run.seed, precision=precision)
        again = measure(predicted(settled), truths)
    about = {
        "steps": study.training.steps,
        "seconds": round(trained.seconds, 2),
        "device": device.type,
        "precision": resolve_precision(study.training.precision, device),
        "loss": round(float(trained.losses[-50:].mean()), 5),
    }
    rows = _rows(run, measure(masks, truths), again, about)
    return Outcome(run=run, rows=rows, predictions=masks if run.seed == 0 else [])


def _rows(run: Run, result: Overlap, again: Overlap | None, about: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "experiment": run.experiment,
            "real": run.real,
            "synthetic": run.synthetic,
            "seed": run.seed,
            "class": name,
            "dice": round(float(result.mean[k]), 6),
            "dice_pooled": round(float(result.pooled[k]), 6),
            "dice_per_slice": " ".join(f"{value:.4f}" for value in result.per_slice[:, k]),
            "dice_recalibrated": round(float(again.mean[k]), 6) if again else "",
            "dice_recalibrated_pooled": round(float(again.pooled[k]), 6) if again else "",
            "true_pixels": int(result.true[:, k].sum()),
            "predicted_pixels": int(result.predicted[:, k].sum()),
            "overlap_pixels": int(result.overlap[:, k].sum()),
            "axon_on_psd_pixels": int(result.axon_on_psd.sum()) if name == "axon" else 0,
            **about,
        }
        for k, name in enumerate(EPFL6.names)
    ]


def _train_unit(folder: str, study: StudyConfig, runs: Sequence[Run], device: str, threads: int) -> list[Outcome]:
    """Train one group in another process or on another machine that sees the same files."""
    if threads:
        torch.set_num_threads(threads)
    data, checkpoints = StudyData.load(Path(folder) / DATA_FILE), Path(folder) / CHECKPOINTS
    return list(train_runs(data, study, runs, device=device, group=len(runs), checkpoints=checkpoints))


def train_missing(
    results: Results,
    data: StudyData,
    study: StudyConfig,
    runs: Sequence[Run],
    *,
    device: str = "auto",
    group: int = 1,
    executor: Executor | None = None,
    threads: int = 0,
    progress: Callable[[int], None] | None = None,
    message: Callable[[str], None] = lambda _: None,
) -> Iterator[Run]:
    """Train the runs without a result, and record each one as soon as it is finished.

    A training that was interrupted goes on from its checkpoint in the folder of the results.

    Parameters
    ----------
    results : Results
        The results, which also keep the masks predicted with seed 0 for the overlays.
    data : StudyData
        Training and test data.
    study : StudyConfig
        How networks are trained and tested.
    runs : sequence of Run
        The runs; finished ones are skipped.
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
    Run
        Each run that was recorded.
    """
    finished = results.finished()
    pending = [run for run in runs if run.key not in finished]
    if not pending:
        return
    outcomes: Iterable[Outcome]
    if executor is None:
        outcomes = train_runs(
            data,
            study,
            pending,
            device=device,
            group=group,
            progress=progress,
            message=message,
            checkpoints=results.folder / CHECKPOINTS,
        )
    else:
        data.save(results.folder / DATA_FILE)
        folder = str(results.folder.resolve())
        units = [pending[k : k + group] for k in range(0, len(pending), group)]
        jobs = [executor.submit(_train_unit, folder, study, unit, device, threads) for unit in units]
        outcomes = _collect(jobs)
    for outcome in outcomes:
        if outcome.predictions:
            _write_predictions(results.folder, outcome)
        results.record(outcome.run, outcome.rows)
        _checkpoint(results.folder / CHECKPOINTS, outcome.run).unlink(missing_ok=True)
        yield outcome.run


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
    write_file(folder / "predictions" / f"{outcome.run.key}.npz", buffer.getvalue())


def read_predictions(folder: Path, run: Run) -> list[npt.NDArray[np.bool_]] | None:
    """Return the masks (6, H, W) predicted for each test slice, or None if they were not kept."""
    path = folder / "predictions" / f"{run.key}.npz"
    if not path.exists():
        return None
    with np.load(path, allow_pickle=False) as stored:
        packed = [stored[str(k)] for k in range(len(stored.files))]
    return [np.unpackbits(p, axis=0, count=len(EPFL6), bitorder="little").view(bool) for p in packed]
