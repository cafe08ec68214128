"""The plan of a dataset that is written in parts: what it will be, what is there already, and what is still missing."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from synthem._wording import counted, counted_tiles
from synthem.errors import ConfigError, DataError
from synthem.io.checking import DatasetCheck
from synthem.io.content import DatasetInfo
from synthem.io.folder_lock import locked_folder
from synthem.io.formats import TRAITS, Format
from synthem.io.manifest import MANIFEST, package_versions, read_manifest
from synthem.io.parts import PARTS, SHARD, Part, PartRecord, join_tile_lists, parts_of, shard_name, slabs_folder
from synthem.io.saving import owned_files, seal_dataset
from synthem.io.size_limit import read_bytes
from synthem.io.staging import set_aside, staged_folder
from synthem.io.writing import Writing
from synthem.labels import ClassTable

__all__ = ["Plan", "PlannedFolder", "planned_folder"]

PLAN = "plan.json"
"""The plan, among the records of parts."""
HALF = "plan.json.half"
"""The plan while it is written."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a run will write: the same plan gives the same bytes.

    Parameters
    ----------
    format : str
        Format on disk.
    info : DatasetInfo
        Number, shape and classes of all tiles, and what they are made from.
    start : int, default 0
        Number of the first tile.
    shard : (int, int) or None, default None
        Which share of how many; None for all.
    versions : dict
        Of Python and of the packages that make the tiles.

    Raises
    ------
    ConfigError
        If there is no such share, or a share of so many would be empty.
    """

    format: Format
    info: DatasetInfo
    start: int = 0
    shard: tuple[int, int] | None = None
    versions: Mapping[str, str]

    @classmethod
    def here(cls, format: Format, info: DatasetInfo, *, start: int = 0, shard: tuple[int, int] | None = None) -> Plan:
        """Return the plan of tiles that are made by the packages that are installed."""
        plan = cls(format=format, info=info, start=start, shard=shard, versions=package_versions())
        if shard is not None and not (0 <= shard[0] < shard[1]):
            raise ConfigError(f"`shard` must be (i, m) with i from 0 to m - 1, got {shard}")
        whole = len(parts_of(format, info))
        if shard is not None and shard[1] > whole:
            raise ConfigError(
                f"`shard` must be of at most {counted(whole, 'share')}, since {counted_tiles(info.n, len(info.shape))} "
                f"in this format have as many parts, got {shard}; a smaller `tiles_per_file` makes more"
            )
        return plan

    @property
    def parts(self) -> list[Part]:
        """The parts to be written."""
        parts = parts_of(self.format, self.info)
        if self.shard is None:
            return parts
        share, many = self.shard
        return parts[share * len(parts) // many : (share + 1) * len(parts) // many]

    @property
    def seal(self) -> str:
        """The file that comes last."""
        return MANIFEST if self.shard is None else SHARD

    def target(self, path: str | Path) -> Path:
        """Return the folder that is written, without links."""
        folder = Path(path).resolve()
        return folder if self.shard is None else folder.with_name(shard_name(folder.name, *self.shard))

    def to_dict(self) -> dict[str, Any]:
        """Return the plan as JSON values."""
        info = self.info
        values = {
            "format": self.format,
            "n": info.n,
            "shape": info.shape,
            "seed": info.seed,
            "start": self.start,
            "shard": self.shard,
            "tiles_per_file": info.tiles_per_file,
            "spacing_nm": info.spacing_nm,
            "config": info.config,
            "class_table": info.classes.to_dict(),
            "versions": self.versions,
        }
        plain: dict[str, Any] = json.loads(json.dumps(values))
        return plain

    @classmethod
    def read(cls, path: Path) -> Plan:
        """Return the plan in a file.

        Raises
        ------
        DataError
            If there is none.
        """
        try:
            values = json.loads(read_bytes(path))
            info = DatasetInfo(
                n=values["n"],
                shape=tuple(values["shape"]),
                seed=values["seed"],
                config=values["config"],
                classes=ClassTable.from_dict(values["class_table"], "`class_table`"),
                spacing_nm=None if values["spacing_nm"] is None else tuple(values["spacing_nm"]),
                tiles_per_file=values["tiles_per_file"],
            )
            shard = None if values["shard"] is None else tuple(values["shard"])
            rest = {name: values[name] for name in ("format", "start", "versions")}
            return cls(info=info, shard=shard, **rest)
        except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
            raise DataError(f"{path} must be the plan of a dataset, got {error!r}") from error

    def difference(self, other: Plan) -> str:
        """Return how another plan differs, or an empty text."""
        mine, theirs = self.to_dict(), other.to_dict()
        for name, value in mine.items():
            if theirs[name] != value:
                shown = "" if name in ("config", "class_table") else f", {theirs[name]!r} there and {value!r} here"
                return f"`{name}` differs{shown}"
        return ""

    def is_in(self, folder: Path) -> bool:
        """Return whether a folder is what this plan writes, and complete; pixels are not looked at."""
        if self.shard is not None:
            return (folder / SHARD).is_file() and not self.difference(Plan.read(folder / SHARD))
        try:
            manifest = read_manifest(folder)
        except DataError:
            return False
        if manifest is None:
            return False
        shown = Plan(
            format=self.format,
            info=manifest.info(),
            start=int(manifest.names[0]) if manifest.names[0].isdigit() else -1,
            versions=manifest.versions,
        )
        return manifest.layout == self.format and not self.difference(shown)


@dataclass(frozen=True)
class PlannedFolder:
    """A folder in which a plan is carried out.

    Parameters
    ----------
    folder : Path
        The folder.
    plan : Plan
        What will be in it.
    writing : Writing
        What to say if something cannot be written.
    """

    folder: Path
    plan: Plan
    writing: Writing

    def prepare(self) -> list[Part]:
        """Take away what is half-written, and return the parts that are missing or were altered."""
        if self.plan.is_in(self.folder):
            return [] if self.plan.shard is not None else self._altered()
        with self.writing.errors():
            return self._prepared()

    def _altered(self) -> list[Part]:
        """Return the parts of a complete dataset that are not as they were written."""
        manifest = read_manifest(self.folder)
        assert manifest is not None
        check = DatasetCheck(self.folder, manifest)
        for _ in check.tiles():
            pass
        places = {place for problem in check.problems for place in problem.places}
        if places and TRAITS[self.plan.format].joined_at_the_end:
            places = set(range(self.plan.info.n))
        with self.writing.errors():
            if places:
                shutil.rmtree(self.folder / PARTS, ignore_errors=True)
                (self.folder / PARTS).mkdir()
        return [part for part in self.plan.parts if not places.isdisjoint(range(part.first, part.stop))]

    def _prepared(self) -> list[Part]:
        records = self.folder / PARTS
        if not (records / PLAN).is_file():
            records.mkdir(exist_ok=True)
            (records / HALF).write_text(json.dumps(self.plan.to_dict()), encoding="utf-8")
            os.replace(records / HALF, records / PLAN)
            return self.plan.parts
        missing = self.missing()
        kept = {slabs_folder(self.folder, part) for part in missing}
        for path in records.iterdir():
            if path.is_dir() and path not in kept:
                shutil.rmtree(path)
        return missing

    def missing(self) -> list[Part]:
        """Return the parts that are not recorded, or of which a file is not as it was written."""
        found = ((part, PartRecord.read(self.folder, part)) for part in self.plan.parts)
        return [part for part, record in found if record is None or not record.is_whole(self.folder, part)]

    def notes(self) -> Iterator[Mapping[str, Any]]:
        """Yield the notes of all parts, in order."""
        records = (PartRecord.read(self.folder, part) for part in self.plan.parts)
        yield from (record.notes for record in records if record is not None)

    def seal(self) -> None:
        """Make a dataset, or a shard of one, of what is there."""
        with self.writing.errors():
            if not self.plan.is_in(self.folder) or self._all_recorded():
                self._seal()
        if self.plan.shard is None:
            shutil.rmtree(self.folder / PARTS, ignore_errors=True)

    def _all_recorded(self) -> bool:
        """Return whether all parts of a complete dataset were made again."""
        return self.plan.shard is None and all(PartRecord.read(self.folder, part) for part in self.plan.parts)

    def _seal(self) -> None:
        if self.plan.shard is not None:
            (self.folder / SHARD).write_text(json.dumps(self.plan.to_dict()) + "\n", encoding="utf-8")
            return
        tiles = join_tile_lists(self.folder, self.plan.parts)
        seal_dataset(self.folder, tiles, format=self.plan.format, info=self.plan.info)


@contextmanager
def planned_folder(path: str | Path, plan: Plan, *, overwrite: bool, resume: bool) -> Iterator[PlannedFolder]:
    """Give a folder that becomes what a plan says at the end of the block.

    Parameters
    ----------
    path : str or Path
        The dataset; a shard lies beside.
    plan : Plan
        What to write.
    overwrite : bool
        Replace a dataset that synthem wrote there.
    resume : bool
        Go on in a folder that a stopped run of the same plan left, and keep this one if the block raises.

    Raises
    ------
    ConfigError
        If a stopped run of another plan is there.
    OutputError
        If the folder may not or cannot be written, or another run is writing it.
    """
    target = plan.target(path)
    writing = Writing(target=target, **({"kept": "what is done is kept for `resume`"} if resume else {}))
    if resume and plan.is_in(target):
        there = PlannedFolder(target, plan, writing)
        if plan.shard is None or not there.missing():
            with locked_folder(target):
                yield there
            return
        (target / SHARD).unlink()
        set_aside(target)
    adopt = partial(_left_by, plan) if resume else None
    about: dict[str, Any] = {"overwrite": overwrite, "owned": owned_files, "seal": plan.seal, "adopt": adopt}
    with staged_folder(writing, **about, stacklevel=6) as folder:
        yield PlannedFolder(folder, plan, writing)


def _left_by(plan: Plan, left: list[Path]) -> Path | None:
    """Return the folder that a stopped run of this plan left, or one that was stopped before it had a plan."""
    other, bare = "", None
    for folder in left:
        if plan.is_in(folder):
            return folder
        if (folder / PARTS / PLAN).is_file():
            difference = plan.difference(Plan.read(folder / PARTS / PLAN))
            if not difference:
                return folder
            other = f"`resume` must go on with the request of {folder}, got another: {difference}"
        elif not any(path.is_file() and path.name != HALF for path in folder.rglob("*")):
            bare = folder
    if other:
        raise ConfigError(other)
    return bare
