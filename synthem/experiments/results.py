"""The results of a study on disk: one file per finished training, merged into one table.

The file of a training appears when it is complete, so a kill damages no result, and processes that share the folder do
not disturb each other.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from synthem._files import write_file
from synthem.errors import ConfigError, DataError
from synthem.experiments.study import Run, differences, study_hash

__all__ = ["COLUMNS", "Results"]

COLUMNS: Final = (
    "config",
    "experiment",
    "real",
    "synthetic",
    "seed",
    "class",
    "dice",
    "dice_pooled",
    "dice_per_slice",
    "dice_recalibrated",
    "dice_recalibrated_pooled",
    "true_pixels",
    "predicted_pixels",
    "overlap_pixels",
    "axon_on_psd_pixels",
    "loss",
    "steps",
    "seconds",
    "device",
    "precision",
)
"""`dice` is the mean over test slices, `dice_pooled` that of all their pixels together; the recalibrated ones are those
of a second test with batch norm recalibrated, empty without one."""

_INTEGERS: Final = (
    *("experiment", "real", "synthetic", "seed", "steps"),
    *("true_pixels", "predicted_pixels", "overlap_pixels", "axon_on_psd_pixels"),
)
_FLOATS: Final = ("dice", "dice_pooled", "loss", "seconds")
_OPTIONAL: Final = ("dice_recalibrated", "dice_recalibrated_pooled")


class Results:
    """The results folder of one study.

    Parameters
    ----------
    folder : path
        The folder; made if it does not exist.
    identity : mapping
        Settings that all trainings in the folder share; None takes those of the folder.

    Raises
    ------
    ConfigError
        If the folder holds results of another configuration; the message says what differs.
    """

    def __init__(self, folder: Path, identity: Mapping[str, Any] | None = None) -> None:
        self.folder = folder
        stored = self._stored()
        if identity is None:
            if stored is None:
                raise DataError(f"`out` must hold the results of a study, {folder} has no config.json")
            self.identity = stored
            return
        new = json.loads(json.dumps(identity))
        if stored is not None and (lines := _conflicts(stored, new)):
            raise ConfigError(
                f"`out`: {folder} holds results of another configuration; choose another folder. It has "
                + "; ".join(lines)
            )
        self.identity = _merge(stored or {}, new)
        if self.identity != stored:
            write_file(folder / "config.json", json.dumps(self.identity, indent=1).encode())

    def _stored(self) -> dict[str, Any] | None:
        path = self.folder / "config.json"
        if not path.exists():
            return None
        try:
            stored: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise DataError(f"{path} must be the configuration of a study: {error}") from error
        return stored

    def config_hash(self, run: Run) -> str:
        """Return the hash of the settings of a run, without pools of other experiments and slices it does not use."""
        pools, slices = self.identity.get("synthetic", {}), self.identity.get("train_slices", [])
        own = {key: value for key, value in pools.items() if key == str(run.experiment)}
        return study_hash({**self.identity, "synthetic": own, "train_slices": slices[: run.real]})

    def record(self, run: Run, rows: Iterable[Mapping[str, Any]]) -> None:
        """Add a finished training, then write the table anew."""
        stamped = [{"config": self.config_hash(run), **row} for row in rows]
        write_file(self.folder / "runs" / f"{run.key}.csv", _to_csv(stamped))
        self.write_table()

    def finished(self) -> set[str]:
        """Return the keys of the finished trainings."""
        return {path.stem for path in self._files()}

    def _files(self) -> list[Path]:
        return sorted((self.folder / "runs").glob("e*.csv"))

    def rows(self) -> list[dict[str, Any]]:
        """Return one row per training and class.

        Raises
        ------
        DataError
            If a file is damaged.
        ConfigError
            If a training was made with another configuration.
        """
        rows: list[dict[str, Any]] = []
        for path in self._files():
            try:
                part = [_from_text(row) for row in csv.DictReader(io.StringIO(path.read_text(encoding="utf-8")))]
            except (OSError, ValueError, KeyError) as error:
                raise DataError(f"{path} must be the results of one training: {error!r}; delete it") from error
            if not part:
                raise DataError(f"{path} must be the results of one training, it is empty; delete it")
            first = part[0]
            run = Run(first["experiment"], first["real"], first["synthetic"], first["seed"])
            if first["config"] != self.config_hash(run):
                raise ConfigError(
                    f"{path} was made with configuration {first['config']}, this study is {self.config_hash(run)}"
                )
            rows += part
        return rows

    def write_table(self) -> Path:
        """Write ``results.csv`` from all finished trainings."""
        path = self.folder / "results.csv"
        write_file(path, _to_csv(self.rows()))
        return path

    def absorb(self, other: Path) -> int:
        """Copy the trainings of a shard that ran elsewhere; return the number of new ones.

        Raises
        ------
        ConfigError
            If the shard is of another configuration.
        """
        shard = Results(other)
        if lines := _conflicts(shard.identity, self.identity):
            raise ConfigError(f"{other} is of another configuration. It has " + "; ".join(lines))
        shard.rows()
        self.identity = _merge(self.identity, shard.identity)
        write_file(self.folder / "config.json", json.dumps(self.identity, indent=1).encode())
        new = [path for path in shard._files() if path.stem not in self.finished()]
        for path in new:
            write_file(self.folder / "runs" / path.name, path.read_bytes())
        for path in sorted((other / "predictions").glob("e*.npz")):
            if not (self.folder / "predictions" / path.name).exists():
                write_file(self.folder / "predictions" / path.name, path.read_bytes())
        self.write_table()
        return len(new)


def _conflicts(known: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Return the settings that differ.

    A study may get further pools and training slices later. So only what both sides have is compared: with the slices
    ``["a"]`` and ``["a", "b"]`` nothing differs, with ``["a"]`` and ``["c", "b"]`` the first one does.
    """
    pools, slices = ([identity.get(name, {}) for identity in (known, new)] for name in ("synthetic", "train_slices"))
    both, first = set(pools[0]) & set(pools[1]), min(map(len, slices))
    shared = [
        {**identity, "synthetic": {name: pool[name] for name in both}, "train_slices": list(own)[:first]}
        for identity, pool, own in zip((known, new), pools, slices, strict=True)
    ]
    return differences(shared[0], shared[1])


def _merge(known: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    slices = max(known.get("train_slices", []), new.get("train_slices", []), key=len)
    pools = {**known.get("synthetic", {}), **new.get("synthetic", {})}
    return {**known, **new, "synthetic": pools, "train_slices": slices}


def _to_csv(rows: Iterable[Mapping[str, Any]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: "" if value != value else value for name, value in row.items()} for row in rows)
    return text.getvalue().encode()


def _from_text(row: Mapping[str, str]) -> dict[str, Any]:
    numbers = {name: int(row[name]) for name in _INTEGERS} | {name: float(row[name]) for name in _FLOATS}
    optional = {name: float(row.get(name) or "nan") for name in _OPTIONAL}
    return {**row, **numbers, **optional}
