"""The command: ``python -m synthem.experiments.ratio_study``."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated, Any

import torch
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from synthem._signals import end_with_parent, unwind_when_told_to_stop
from synthem.errors import ConfigError, MissingExtraError, PlacementWarning, SynthemError
from synthem.experiments.devices import resolve_device, resolve_precision
from synthem.experiments.execution import take_shard, train_missing
from synthem.experiments.results import Results
from synthem.experiments.study import PRESETS, Run, StudyConfig
from synthem.experiments.study_data import GENERATOR, StudyData, load_study_data
from synthem.experiments.study_report import write_report
from synthem.experiments.timing import best_group, time_group, time_test

__all__ = ["app", "main"]

app = typer.Typer(add_completion=False, rich_markup_mode=None)
PAPER = PRESETS["paper"]


@dataclass(frozen=True, kw_only=True)
class Resources:
    """Devices and processes for the trainings.

    Parameters
    ----------
    device : str
        "auto", "cpu", "cuda" or "cuda:N".
    group : int
        Trainings at once on the device; 0 chooses by timing.
    workers : int
        Processes, at least 1.
    threads : int
        CPU threads of each process; 0 leaves the default.
    dask : str or None
        Address of a dask scheduler.
    """

    device: str = "auto"
    group: int = 0
    workers: int = 1
    threads: int = 0
    dask: str | None = None

    def __post_init__(self) -> None:
        for name, least in (("group", 0), ("workers", 1), ("threads", 0)):
            if getattr(self, name) < least:
                raise ConfigError(f"`{name}` must be {least} or more, got {getattr(self, name)}")


def _numbers(text: str | None, name: str) -> tuple[int, ...] | None:
    if text is None:
        return None
    try:
        return tuple(sorted({int(part) for part in text.split(",") if part.strip()}))
    except ValueError as error:
        raise ConfigError(f"`{name}` must be whole numbers with commas between, got {text!r}") from error


def _names(text: str | None) -> list[str] | None:
    return None if text is None else [part.strip() for part in text.split(",") if part.strip()]


def _configure(preset: str, device: torch.device, training: dict[str, Any], changes: dict[str, Any]) -> StudyConfig:
    if preset not in PRESETS:
        raise ConfigError(f"`preset` must be {' or '.join(PRESETS)}, got {preset!r}")
    study = PRESETS[preset]
    how = replace(study.training, **{key: value for key, value in training.items() if value is not None})
    how = replace(how, precision=resolve_precision(how.precision, device))
    return replace(study, training=how, **{key: value for key, value in changes.items() if value is not None})


def _notes(study: StudyConfig, preset: str, test_slices: str | None, generator: str) -> list[str]:
    notes = []
    if preset == "quick":
        notes.append("This is the quick preset: it shows that everything works and is no reproduction of the paper.")
    short = [
        f"{name}: {mine} instead of {theirs}"
        for name, mine, theirs in (
            ("steps", study.training.steps, PAPER.training.steps),
            ("batch", study.training.batch, PAPER.training.batch),
            ("learning rate", study.training.schedule, PAPER.training.schedule),
            ("seeds", study.seeds, PAPER.seeds),
            ("experiments", study.experiments, PAPER.experiments),
            ("real slices", study.real, PAPER.real),
            ("synthetic tiles", study.synthetic, PAPER.synthetic),
        )
        if mine != theirs
    ]
    if short:
        notes.append("Unlike the paper: " + "; ".join(short) + ".")
    if test_slices is not None:
        notes.append(
            "Tested on slices held out of the training stack, not on the published test slices: "
            "the published numbers are not comparable as such."
        )
    if generator != GENERATOR:
        notes.append("The synthetic tiles come from another generator's folder.")
    return notes


def _duration(seconds: float) -> str:
    minutes, hours = seconds / 60, seconds / 3600
    return f"{hours:.1f} h" if hours >= 1 else f"{minutes:.1f} min"


@contextmanager
def _placement_notes(console: Console) -> Iterator[None]:
    """Print warnings of the generator as notes, in one line each."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", PlacementWarning)
        yield
    for warning in caught:
        console.print(f"note: {warning.message}", highlight=False, markup=False)


@contextmanager
def _executor(resources: Resources) -> Iterator[Executor | None]:
    if resources.dask is not None:
        try:
            from distributed import Client
        except ImportError as error:
            raise MissingExtraError("--dask needs the extra `dask`, `pip install -e '.[dask]'`") from error
        with Client(resources.dask) as client:
            yield client.get_executor()
    elif resources.workers > 1:
        # Not by fork: torch holds threads.
        with ProcessPoolExecutor(
            resources.workers, mp_context=get_context("spawn"), initializer=end_with_parent, initargs=(os.getpid(),)
        ) as pool:
            yield pool
    else:
        yield None


def _plan(
    console: Console, study: StudyConfig, pending: list[Run], resources: Resources, step: float, test: float
) -> None:
    """Say what will be trained, and how long that takes: `step` and `test` are the seconds of one of each."""
    console.print(
        f"{len(pending)} trainings of {study.training.steps} steps, batch {study.training.batch}, "
        f"{study.training.precision}, on {resolve_device(resources.device).type}, {resources.group} at once"
    )
    sets = sorted({(c.experiment, c.real, c.synthetic) for c in pending})
    for experiment, real in sorted({s[:2] for s in sets}):
        tiles = ", ".join(str(s[2]) for s in sets if s[:2] == (experiment, real))
        title = f"experiment {experiment}" if experiment else "both experiments"
        console.print(f"  {title}, {real} real slices, synthetic tiles {tiles}")
    estimate = len(pending) * (study.training.steps * step + test) / resources.workers
    console.print(
        f"one step of one training takes {1000 * step:.1f} ms here, testing a network {test:.1f} s: "
        f"about {_duration(estimate)} in all"
    )


def _train(
    console: Console, results: Results, data: StudyData, study: StudyConfig, runs: list[Run], resources: Resources
) -> None:
    finished = results.finished()
    pending = [c for c in runs if c.key not in finished]
    console.print(f"{len(runs) - len(pending)} of {len(runs)} trainings are in {results.folder} already")
    if not pending:
        return
    if resources.threads:
        torch.set_num_threads(resources.threads)
    packed, config = data.packed()[0], study.training
    own = resources.group and time_group(packed, config, resources.device, resources.group)
    times = own or best_group(packed, config, resources.device)
    resources = replace(resources, group=min(times, key=times.__getitem__))
    test = time_test(data.test, study, resources.device) * (2 if study.recalibrate else 1)
    _plan(console, study, pending, resources, times[resources.group], test)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with (
        _executor(resources) as executor,
        Progress(*columns, TimeRemainingColumn(), console=console, disable=not console.is_terminal) as bar,
    ):
        steps = study.training.steps
        task = bar.add_task("steps", total=len(pending) * steps)
        recorded = 0

        def step(number: int) -> None:
            at_once = min(resources.group, len(pending) - recorded)
            bar.update(task, completed=recorded * steps + number * at_once)

        def note(text: str) -> None:
            console.print(f"note: {text}")

        train = partial(
            train_missing, device=resources.device, group=resources.group, threads=resources.threads, executor=executor
        )
        for run in train(results, data, study, pending, progress=step, message=note):
            recorded += 1
            bar.update(task, completed=recorded * steps)
            console.print(f"[{recorded}/{len(pending)}] {run.key} finished", highlight=False, markup=False)


@app.command()
def main(
    preset: Annotated[str, typer.Option(help="paper (the full study) or quick (minutes; no reproduction).")] = "paper",
    data: Annotated[Path | None, typer.Option(help="EPFL6 folder; else SYNTHEM_EPFL6_DIR, else downloaded.")] = None,
    out: Annotated[Path, typer.Option(help="Folder of results; a run goes on where it stopped.")] = Path("ratio_study"),
    test_slices: Annotated[str | None, typer.Option(help="Slices of the training stack to test on instead.")] = None,
    train_slices: Annotated[str | None, typer.Option(help="Training slices, in the order sets take them.")] = None,
    generator: Annotated[str, typer.Option(help="synthem, or a folder of another generator's tiles.")] = GENERATOR,
    experiments: Annotated[str | None, typer.Option(help="1, 2 or 1,2.")] = None,
    real: Annotated[str | None, typer.Option(help="Numbers of real slices.")] = None,
    synthetic: Annotated[str | None, typer.Option(help="Numbers of synthetic tiles.")] = None,
    synthetic_only: Annotated[bool | None, typer.Option(help="Train without real slices too (experiment 2).")] = None,
    seeds: Annotated[int | None, typer.Option(help="Trainings per set.")] = None,
    pool: Annotated[int | None, typer.Option(help="Synthetic tiles that sets are taken from.")] = None,
    steps: Annotated[int | None, typer.Option(help="Optimiser steps of a training.")] = None,
    batch: Annotated[int | None, typer.Option(help="Tiles per step.")] = None,
    schedule: Annotated[
        str | None, typer.Option(help="Learning rate: constant, as in the paper, or cosine, which falls to zero.")
    ] = None,
    recalibrate: Annotated[
        bool, typer.Option("--recalibrate", help="Test again with batch norm recalibrated, in columns of its own.")
    ] = False,
    precision: Annotated[str | None, typer.Option(help="auto, float32 or bf16.")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or cuda:N.")] = "auto",
    group: Annotated[int, typer.Option(help="Trainings at once on the device; 0 chooses by timing.")] = 0,
    workers: Annotated[int, typer.Option(help="Processes.")] = 1,
    threads: Annotated[int, typer.Option(help="CPU threads of each process; 0 leaves the default.")] = 0,
    dask: Annotated[str | None, typer.Option(help="Address of a dask scheduler to train on.")] = None,
    shard: Annotated[str, typer.Option(help="i/n: only every n-th training.")] = "1/1",
    merge: Annotated[list[Path] | None, typer.Option(help="Results folders of shards to take over first.")] = None,
    report_only: Annotated[bool, typer.Option("--report-only", help="Draw and write anew, train nothing.")] = False,
    measure: Annotated[bool, typer.Option("--measure", help="Time steps on this device and stop.")] = False,
) -> None:
    """Reproduce the 2025 ratio study: how many synthetic tiles help, beside how many real ones."""
    console = Console(stderr=True, soft_wrap=True)
    try:
        resources = Resources(device=device, group=group, workers=workers, threads=threads, dask=dask)
        changes = {
            "experiments": _numbers(experiments, "experiments"),
            "real": _numbers(real, "real"),
            "synthetic": _numbers(synthetic, "synthetic"),
        }
        study = _configure(
            preset,
            resolve_device(device),
            {"steps": steps, "batch": batch, "precision": precision, "schedule": schedule},
            {**changes, "synthetic_only": synthetic_only, "seeds": seeds, "pool": pool, "recalibrate": recalibrate},
        )
        notes = _notes(study, preset, test_slices, generator)
        for note in notes:
            console.print(note)
        with _placement_notes(console):
            study_data = load_study_data(
                study,
                data=data,
                train_slices=_names(train_slices),
                test_slices=_names(test_slices),
                generator=generator,
            )
        if measure:
            _measure(console, study_data, study, resources)
            return
        source = generator if generator == GENERATOR else "folder"
        results = Results(out, {**study.identity(), **study_data.describe(), "generator": source})
        for folder in merge or ():
            console.print(f"{folder}: {results.absorb(folder)} new trainings")
        if not report_only:
            _train(console, results, study_data, study, _part(study.runs(), shard), resources)
        for path in write_report(results, study_data, study, notes=notes):
            console.print(str(path))
    except SynthemError as error:
        console.print(f"error: {error}", style="red", markup=False)
        raise typer.Exit(2) from error
    except KeyboardInterrupt:
        console.print(f"stopped; the same command goes on from what is in {out}, at most half a minute back")
        raise typer.Exit(130) from None


def _part(runs: list[Run], text: str) -> list[Run]:
    try:
        number, of = (int(part) for part in text.split("/"))
    except ValueError as error:
        raise ConfigError(f"`shard` must be i/n, got {text!r}") from error
    return take_shard(runs, number, of)


def _measure(console: Console, data: StudyData, study: StudyConfig, resources: Resources) -> None:
    times = best_group(data.packed()[0], study.training, resources.device)
    test = time_test(data.test, study, resources.device)
    trainings = len(PAPER.runs())
    for group, seconds in times.items():
        whole = trainings * (PAPER.training.steps * seconds + test)
        console.print(
            f"{group} at once: {1000 * seconds:.2f} ms a step and training, {test:.2f} s a test; "
            f"{trainings} trainings of {PAPER.training.steps} steps with their tests: {_duration(whole)}"
        )


if __name__ == "__main__":
    unwind_when_told_to_stop()
    app()
