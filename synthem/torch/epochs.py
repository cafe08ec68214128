"""The number of an epoch, on which the processes of a loader agree without talking."""

from __future__ import annotations

import hashlib

import torch
from torch.utils.data import get_worker_info

__all__ = ["EpochBoard"]

WORKERS = 1024
"""Places for workers; those of a loader with more share them."""

COHORT_BITS, EPOCH_BITS = 30, 32


class EpochBoard:
    """Which epoch begins: a board in shared memory on which every process that begins one writes.

    A `DataLoader` tells its workers nothing of epochs, and forks or spawns new ones for each. What the workers of one
    pass have in common is its seed. A worker that finds an entry of its own pass in the newest epoch joins it, another
    one begins the next. An entry is one aligned integer of 64 bits, so no lock is needed.
    """

    def __init__(self) -> None:
        entries = torch.zeros(WORKERS + 2, dtype=torch.int64)  # floor, main process, workers
        self._entries: torch.Tensor = entries.share_memory_()  # type: ignore[no-untyped-call]
        self._begun = 0

    @property
    def newest(self) -> int:
        """Number of the epoch that was begun last, -1 for none."""
        return int((self._entries & ((1 << EPOCH_BITS) - 1)).max()) - 1

    @property
    def read_by_workers(self) -> bool:
        """Whether workers began the newest epoch, of whose progress the main process knows nothing."""
        epochs = self._entries[2:] & ((1 << EPOCH_BITS) - 1)
        return self.newest >= 0 and int(epochs.max()) - 1 == self.newest

    def reset(self, epoch: int) -> None:
        """Make an epoch the one that comes next."""
        self._entries[1:] = 0
        self._entries[0] = epoch

    def begin(self) -> int:
        """Return the number of the epoch that begins in this process."""
        self._begun += 1
        info = get_worker_info()
        place, cohort = 1, 0
        if info is not None:
            place = 2 + info.id % WORKERS
            cohort = _hash(info.seed - info.id, info.num_workers, self._begun)
        epoch: int = self.newest
        current = [entry for entry in self._entries[1:].tolist() if entry]
        mine = int(self._entries[place])
        wanted = _entry(cohort, epoch)
        if info is None or wanted == mine or wanted not in current:
            epoch += 1
        self._entries[place] = _entry(cohort, epoch)
        return epoch


def _entry(cohort: int, epoch: int) -> int:
    return cohort << EPOCH_BITS | epoch + 1


def _hash(*numbers: int) -> int:
    digest = hashlib.blake2b(repr(numbers).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % (1 << COHORT_BITS)
