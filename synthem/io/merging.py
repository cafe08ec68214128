"""Shards of a dataset, made by separate jobs, joined to the dataset that one run would have made."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from synthem._names import lies_in
from synthem.errors import ConfigError, DataError
from synthem.io.manifest import MANIFEST
from synthem.io.parts import PARTS, SHARD, PartRecord, shards_of
from synthem.io.plan import Plan, PlannedFolder
from synthem.io.saving import owned_files
from synthem.io.staging import staged_folder
from synthem.io.tile_list import TILES
from synthem.io.writing import Writing

__all__ = ["merge_shards"]


def merge_shards(
    path: str | Path, shards: Sequence[str | Path] | None = None, *, overwrite: bool = False, keep: bool = False
) -> Path:
    """Join the shards of a dataset: the bytes of one run without shards.

    Files are linked where the file system can, else copied; the shards are there until the dataset is whole.

    Parameters
    ----------
    path : str or Path
        Dataset to make.
    shards : sequence of str or Path, optional
        The shards, in any order; by default the folders ``PATH.shard-i-of-m`` beside.
    overwrite : bool, default False
        Replace a dataset that synthem wrote there.
    keep : bool, default False
        Keep the shards.

    Returns
    -------
    Path
        The dataset, absolute and without links.

    Raises
    ------
    ConfigError
        If there are no shards.
    DataError
        If one is missing, is there twice, was made by another request, or is not as it was written.
    OutputError
        If the dataset may not or cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> import synthem
    >>> from synthem.io import merge_shards
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for share in range(2):
    ...         _ = synthem.generate_files(f"{folder}/tiles", 16, seed=3, shape=64, axons=0, shard=(share, 2))
    ...     synthem.Dataset.load(merge_shards(f"{folder}/tiles"))
    Dataset(16 tiles of 64x64, seed=3)
    """
    target = Path(path).resolve()
    folders = shards_of(target) if shards is None else [Path(one).resolve() for one in shards]
    if not folders:
        raise ConfigError(f"`shards` must be at least one folder, got none beside {target}")
    plans = _checked(folders)
    whole = replace(plans[0], shard=None)
    writing = Writing(target=target)
    with staged_folder(writing, overwrite=overwrite, owned=owned_files, seal=MANIFEST) as stage:
        with writing.errors():
            (stage / PARTS).mkdir()
            for folder, plan in zip(folders, plans, strict=True):
                _take(folder, plan, stage)
        PlannedFolder(stage, whole, writing).seal()
    if not keep:
        for folder in folders:
            _remove(folder)
    return target


def _checked(folders: Sequence[Path]) -> list[Plan]:
    """Return the plans of shards that make a whole dataset together."""
    plans = []
    for folder in folders:
        if not (folder / SHARD).is_file():
            raise DataError(f"{folder} must be a complete shard, got a folder without {SHARD}")
        plans.append(Plan.read(folder / SHARD))
    first = plans[0]
    for folder, plan in zip(folders, plans, strict=True):
        difference = replace(plan, shard=None).difference(replace(first, shard=None))
        many = [one.shard[1] for one in (first, plan) if one.shard is not None]
        if many[0] != many[-1]:
            difference = f"it is one of {many[-1]}, and the other one of {many[0]}"
        if difference:
            raise DataError(f"{folder} must be of the same request as {folders[0]}, but {difference}")
    _check_numbers(folders, plans)
    return plans


def _check_numbers(folders: Sequence[Path], plans: Sequence[Plan]) -> None:
    """Raise if a share is missing or is there twice."""
    places: dict[int, Path] = {}
    many = 0
    for folder, plan in zip(folders, plans, strict=True):
        assert plan.shard is not None
        share, many = plan.shard
        if share in places:
            raise DataError(f"`shards` must differ, got shard {share} of {many} as {places[share]} and as {folder}")
        places[share] = folder
    missing = sorted(set(range(many)) - set(places))
    if missing:
        named = ", ".join(map(str, missing[:5])) + (f" and {len(missing) - 5} more" if len(missing) > 5 else "")
        raise DataError(f"`shards` must be all {many}, got {len(places)}: {named} of 0 to {many - 1} missing")


def _take(folder: Path, plan: Plan, stage: Path) -> None:
    """Link or copy what a shard holds, once it is seen to be as it was written."""
    for part in plan.parts:
        record = PartRecord.read(folder, part)
        if record is None or not record.is_whole(folder, part):
            assert plan.shard is not None
            share, many = plan.shard
            raise DataError(
                f"{folder} must hold the tiles {part.first} to {part.stop - 1} as they were written, but a file of "
                f"them is missing or was altered; `shard` ({share}, {many}) with `resume` makes them again"
            )
        for name in _files_of(record, part.number):
            goal = stage / name
            goal.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(folder / name, goal)
            except OSError:  # another file system, or one without links
                shutil.copyfile(folder / name, goal)


def _files_of(record: PartRecord, number: int) -> Iterator[str]:
    yield from (name for name in record.files if name != TILES)
    yield from (f"{PARTS}/{number:06d}{ending}" for ending in (".jsonl", ".json"))


def _remove(folder: Path) -> None:
    """Remove what synthem wrote of a shard; files of others stay."""
    for name in owned_files(folder) or ():
        if lies_in(folder, name):
            (folder / name).unlink(missing_ok=True)
    for root, _, _ in os.walk(folder, topdown=False):
        if not os.listdir(root):
            os.rmdir(root)
