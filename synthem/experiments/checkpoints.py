"""State of unfinished trainings on disk, from which interrupted ones go on."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from synthem._files import write_file
from synthem.experiments.trainer import Trainer, TrainingConfig, TrainingJob

__all__ = ["SECONDS", "Checkpoint", "fingerprint"]

SECONDS: Final = 30.0
"""Time between two checkpoints."""


def fingerprint(pool: Tensor, job: TrainingJob, config: TrainingConfig) -> str:
    """Return 16 hexadecimal digits that identify tiles, seed and configuration of a training."""
    found = hashlib.sha256(json.dumps([job.seed, asdict(config)]).encode())
    found.update(pool[job.tiles].cpu().numpy().tobytes())
    return found.hexdigest()[:16]


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """The checkpoint of one training.

    Parameters
    ----------
    path : Path
        The file, in the format safetensors.
    trainer : Trainer
        The training.
    fingerprint : str
        From `fingerprint`. A file with another fingerprint belongs to another training.
    """

    path: Path
    trainer: Trainer
    fingerprint: str

    def save(self, seconds: float) -> None:
        """Write the state of the training, and the seconds it has taken.

        Raises
        ------
        OutputError
            If the file cannot be written.
        """
        about = {"fingerprint": self.fingerprint, "seconds": repr(seconds)}
        write_file(self.path, save(self.trainer.state(), about))

    def resume(self) -> float:
        """Continue from the file if it belongs to this training; return the seconds that were spent before."""
        if not self.path.exists():
            return 0.0
        try:
            with safe_open(self.path, "pt") as file:
                about = file.metadata() or {}
                state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  (not a mapping)
        except (OSError, SafetensorError):
            return 0.0  # a damaged file: the training starts anew
        if about.get("fingerprint") != self.fingerprint:
            return 0.0
        self.trainer.resume(state)
        return float(about["seconds"])
