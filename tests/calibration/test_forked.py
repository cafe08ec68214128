"""Trials on all cores."""

from __future__ import annotations

import os

from synthem.calibration.forked import forked


def test_results_come_in_order_from_other_processes() -> None:
    table = list(range(100, 110))  # inherited, not sent

    def look_up(place: int) -> tuple[int, int]:
        return table[place], os.getpid()

    with forked(look_up, workers=2) as run:
        found = run(range(10))
    assert [value for value, _ in found] == table
    assert os.getpid() not in {process for _, process in found}
    with forked(look_up, workers=1) as run:
        assert run([3]) == [(103, os.getpid())]
