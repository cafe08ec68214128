"""The results of a study in brief: mean and spread over seeds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from synthem.labels import EPFL6

__all__ = ["summary_rows"]

VALUES = ("dice", "dice_recalibrated")


def summary_rows(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return one row per set and class.

    Parameters
    ----------
    rows : iterable of mapping
        From `Results.rows`.

    Returns
    -------
    list of dict
        ``experiment`` (0: both), ``real``, ``synthetic``, ``class``, ``seeds``; and of each kind of Dice, ``dice`` and
        ``dice_recalibrated``, the mean over seeds, with ``_sd`` the standard deviation, with ``_pooled`` the mean of
        the Dice pooled over slices: texts of three digits, empty where there is nothing.
    """
    found: dict[tuple[int, int, int, str], list[Mapping[str, Any]]] = {}
    for row in rows:
        found.setdefault((row["experiment"], row["real"], row["synthetic"], row["class"]), []).append(row)
    summary = []
    for key in sorted(found, key=lambda one: (*one[:3], EPFL6.names.index(one[3]))):
        line: dict[str, Any] = dict(zip(("experiment", "real", "synthetic", "class"), key, strict=True))
        line["seeds"] = len(found[key])
        for value in VALUES:
            line |= _mean_and_spread(found[key], value)
        summary.append(line)
    return summary


def _mean_and_spread(rows: Sequence[Mapping[str, Any]], value: str) -> dict[str, str]:
    numbers = np.array([[row[value], row[f"{value}_pooled"]] for row in rows], np.float64)
    numbers = numbers[~np.isnan(numbers).any(axis=1)]
    if not len(numbers):
        return {value: "", f"{value}_sd": "", f"{value}_pooled": ""}
    mean, pooled = numbers.mean(axis=0)
    spread = f"{numbers[:, 0].std(ddof=1):.3f}" if len(numbers) > 1 else ""
    return {value: f"{mean:.3f}", f"{value}_sd": spread, f"{value}_pooled": f"{pooled:.3f}"}
