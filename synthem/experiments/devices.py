"""Names of devices and precisions, resolved once."""

from __future__ import annotations

import torch

from synthem.errors import ConfigError

__all__ = ["autocast_type", "check_precision", "resolve_device", "resolve_precision"]


def resolve_device(device: str) -> torch.device:
    """Return the device that a name means; "auto" is the first GPU, or the CPU.

    Raises
    ------
    ConfigError
        If CUDA is asked for and absent, or the name means nothing.
    """
    if device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        resolved = torch.device(device)
    except RuntimeError as error:
        raise ConfigError(f"`device` must be auto, cpu, cuda or cuda:N, got {device!r}") from error
    if resolved.type == "cuda":
        found = torch.cuda.device_count()
        if (resolved.index or 0) >= found:
            raise ConfigError(f"`device` must be present, got {device!r} with {found} CUDA devices; try --device cpu")
    elif resolved.type != "cpu":
        raise ConfigError(f"`device` must be auto, cpu, cuda or cuda:N, got {device!r}")
    return resolved


def _multiplies_bfloat16() -> bool:
    """Return whether the CPU has instructions for it; in software it is slower than float32."""
    names = ("_is_amx_tile_supported", "_is_avx512_bf16_supported")  # no public names so far
    return any(probe() for name in names if (probe := getattr(torch.cpu, name, None)))


def resolve_precision(precision: str, device: torch.device) -> str:
    """Return "float32" or "bf16" for a setting that may be "auto"."""
    if precision != "auto":
        return precision
    return "bf16" if device.type == "cuda" or _multiplies_bfloat16() else "float32"


def autocast_type(precision: str, device: torch.device) -> torch.dtype:
    """Return the type in which a network predicts with a setting that may be "auto"."""
    return torch.bfloat16 if resolve_precision(precision, device) == "bf16" else torch.float32


def check_precision(precision: torch.dtype) -> torch.dtype:
    """Return a type in which a network predicts.

    Raises
    ------
    ConfigError
        If it is neither float32 nor bfloat16.
    """
    if precision not in (torch.float32, torch.bfloat16):
        raise ConfigError(f"`precision` must be torch.float32 or torch.bfloat16, got {precision!r}")
    return precision
