"""Options of the command: how counts and sizes are written, and how errors name what was typed."""

from __future__ import annotations

import inspect
import os
import re
from collections.abc import Callable
from typing import get_args, get_type_hints

from typer.models import ArgumentInfo

from synthem.errors import ConfigError, OutputError, SynthemError
from synthem.parameters import Density

__all__ = ["parse_count", "parse_lengths", "parse_shape", "parse_shard", "parse_two_numbers", "with_options"]

SLURM_TASK = "SLURM_ARRAY_TASK_ID"


def parse_count(name: str, text: str | None) -> tuple[int, int] | Density | None:
    """Parse ``3``, ``0:3`` or ``mean:0.5``."""
    if text is None:
        return None
    requirement = "a whole number, low:high with low <= high, or mean:number"
    kind, _, mean = text.lower().partition(":")
    if kind == "mean":
        try:
            return Density(mean=float(mean))
        except ValueError:
            raise ConfigError(f"`{name}` must be {requirement}, got {text!r}") from None
    low, high = parse_two_numbers(name, text, ":", requirement)
    if not 0 <= low <= high:
        raise ConfigError(f"`{name}` must be {requirement}, got {text!r}")
    return low, high


def parse_two_numbers(name: str, text: str, separator: str, requirement: str) -> tuple[int, int]:
    """Parse two whole numbers with a separator between, or one that stands for both."""
    first, found, second = text.lower().partition(separator)
    try:
        return (int(first), int(second if found else first))
    except ValueError:
        raise ConfigError(f"`{name}` must be {requirement}, got {text!r}") from None


def parse_shard(name: str, text: str | None) -> tuple[int, int] | None:
    """Parse ``3/8``, or ``slurm/8`` for the number of a task of a job array."""
    if text is None:
        return None
    requirement = "i/m with i from 0 to m - 1, or slurm/m"
    first, _, second = text.partition("/")
    if first.lower() == "slurm":
        first = os.environ.get(SLURM_TASK, "")
        if not first:
            raise ConfigError(f"`{name}` slurm/m needs {SLURM_TASK} in the environment, as job arrays set it, got none")
    try:
        share, many = int(first), int(second)
    except ValueError:
        raise ConfigError(f"`{name}` must be {requirement}, got {text!r}") from None
    if not 0 <= share < many:
        raise ConfigError(f"`{name}` must be {requirement}, got {share}/{many}")
    return share, many


def parse_shape(name: str, text: str) -> tuple[int, ...]:
    """Parse ``256``, ``256x512`` or, for volumes, ``64x256x512``."""
    try:
        sizes = tuple(int(part) for part in text.lower().split("x"))
    except ValueError:
        sizes = ()
    if not 1 <= len(sizes) <= 3:
        raise ConfigError(f"`{name}` must be a size, HEIGHTxWIDTH or SECTIONSxHEIGHTxWIDTH, got {text!r}")
    return sizes * 2 if len(sizes) == 1 else sizes


def parse_lengths(name: str, text: str | None) -> float | tuple[float, float] | None:
    """Parse ``5`` or ``4:10``."""
    if text is None:
        return None
    first, found, second = text.partition(":")
    try:
        return (float(first), float(second)) if found else float(first)
    except ValueError:
        raise ConfigError(f"`{name}` must be a number of nm, or low:high, got {text!r}") from None


def with_options(error: SynthemError, function: Callable[..., None]) -> str:
    """Return the text of an error with the options of the command that it means, in place of parameters of Python."""
    hints = get_type_hints(function, include_extras=True)
    written = isinstance(error, OutputError)
    folder = {
        **{"generate": "out", "preview": "dataset", "merge": "out", "unpack": "out"},
        "convert": "target" if written else "source",
    }

    def option(match: re.Match[str]) -> str:
        name = match.group(1).replace("-", "_")
        name = folder.get(function.__name__, name) if name == "path" else name
        if name not in inspect.signature(function).parameters:
            return match.group(0)
        info = get_args(hints[name])[1]
        declared = [word for word in (info.default, *(info.param_decls or ())) if str(word).startswith("-")]
        usual = name.upper() if isinstance(info, ArgumentInfo) else f"--{name.replace('_', '-')}"
        return f"`{declared[-1] if declared else usual}`"

    return re.sub(r"`([a-z_-]+)`", option, str(error))
