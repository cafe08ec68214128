"""Try random configurations for some minutes; a failure is shrunk to a configuration and a seed.

python -m tests.soak --minutes 60
python -m tests.soak --replay soak-failure.json
"""

from __future__ import annotations

import argparse
import os
import secrets
import sys
import time
import traceback
import warnings
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis.errors import Unsatisfiable

from synthem.errors import EmptyClassWarning, PlacementWarning
from tests.soak.configurations import Case, cases
from tests.soak.invariants import TooLargeError, check

BATCH = 40
GROWTH_MB = 64.0
"""Growth of the memory from the second quarter of a run to the last that is no leak: arenas and caches fill up."""
ENOUGH = 60
"""Batches, about eight minutes of them, before which arenas and caches still fill up."""

FAILURE = Path("soak-failure.json")


class Soak:
    """A run, and what it has seen."""

    def __init__(self) -> None:
        self.seen: Counter[str] = Counter()
        self.memory: list[tuple[float, float]] = []
        self.last: Case | None = None
        self.slowest = 0.0

    def batch(self, number: int) -> None:
        """Try some cases, drawn by a number."""

        @seeded(number)
        @settings(
            max_examples=BATCH,
            deadline=None,
            database=None,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
            print_blob=False,
        )
        @given(cases())
        def run(case: Case) -> None:
            self.last, begun = case, time.monotonic()
            try:
                check(case)
            except TooLargeError:
                self.seen["refused"] += 1
                return
            self.slowest = max(self.slowest, time.monotonic() - begun)
            self.seen[type(case.scene).__name__] += 1

        run()

    def grown_mb(self) -> float:
        """Return by how much the memory of the last quarter exceeds that of the second; 0 after few batches."""
        if len(self.memory) < ENOUGH:
            return 0.0
        end = self.memory[-1][0]
        early = [used for when, used in self.memory if 0.25 * end <= when < 0.5 * end]
        late = [used for when, used in self.memory if when >= 0.75 * end]
        return max(late) - max(early) if early and late else 0.0


def memory_mb() -> float:
    """Return the memory of this process that is in use."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def run(minutes: float, first: int) -> int:
    """Run and report; return the exit status."""
    soak, begun, number = Soak(), time.monotonic(), first
    while time.monotonic() - begun < 60 * minutes:
        try:
            soak.batch(number)
        except Unsatisfiable:
            pass
        except Exception:
            traceback.print_exc()
            assert soak.last is not None
            FAILURE.write_text(soak.last.to_json())
            print(f"failed in batch {number}: {FAILURE} has the configuration and the seed, shrunk")
            return 1
        number += 1
        soak.memory.append((time.monotonic() - begun, memory_mb()))
    seconds = time.monotonic() - begun
    counts = ", ".join(f"{count} {name}" for name, count in sorted(soak.seen.items()))
    print(f"{seconds / 60:.1f} min, batches {first} to {number - 1}: {counts}; the slowest took {soak.slowest:.1f} s")
    print(f"memory: {soak.memory[-1][1]:.0f} MB at the end, {soak.grown_mb():+.1f} MB since the second quarter")
    if soak.grown_mb() > GROWTH_MB:
        print(f"failed: memory grows by more than {GROWTH_MB} MB")
        return 1
    return 0


def main() -> int:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=2.0, help="how long (default: 2)")
    parser.add_argument("--seed", type=int, default=None, help="number of the first batch (default: a new one)")
    parser.add_argument("--replay", type=Path, help="a case that failed")
    options = parser.parse_args()
    warnings.simplefilter("error")
    for kind in (PlacementWarning, EmptyClassWarning):
        warnings.simplefilter("ignore", kind)
    warnings.filterwarnings("ignore", category=DeprecationWarning)  # of what others use
    if options.replay:
        check(Case.from_json(options.replay.read_text()))
        print("it holds")
        return 0
    return run(options.minutes, secrets.randbelow(2**32) if options.seed is None else options.seed)


if __name__ == "__main__":
    sys.exit(main())
