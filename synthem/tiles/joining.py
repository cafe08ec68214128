"""What datasets have in common, and must have, to become one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from synthem.errors import ConfigError

__all__ = ["PARTS", "joined_config", "joined_names"]

PARTS = "parts"
"""Key of a configuration under which those of joined datasets stand."""


def joined_names(parts: Sequence[Any], prefixes: Sequence[str] | None) -> tuple[str, ...]:
    """Return the names of all tiles, or say why datasets cannot be joined.

    Parameters
    ----------
    parts : sequence of Dataset
        The datasets.
    prefixes : sequence of str or None
        As in `synthem.Dataset.concat`.

    Raises
    ------
    ConfigError
        As `synthem.Dataset.concat`.
    """
    if not parts:
        raise ConfigError("`datasets` must be at least one, got none")
    for place, part in enumerate(parts):
        if part.shape != parts[0].shape:
            raise ConfigError(
                f"`datasets` must have the shape {parts[0].shape} of the first, got {part.shape} at {place}"
            )
        if part.classes != parts[0].classes:
            wanted, got = (", ".join(one.classes.names) for one in (parts[0], part))
            raise ConfigError(f"`datasets` must have the classes {wanted} of the first, got {got} at {place}")
    if isinstance(prefixes, str) or (prefixes is not None and len(prefixes) != len(parts)):
        raise ConfigError(f"`prefixes` must be one per dataset ({len(parts)}), got {prefixes!r}")
    beginnings = [""] * len(parts) if prefixes is None else prefixes
    names = tuple(begin + name for begin, part in zip(beginnings, parts, strict=True) for name in part.names)
    found: set[str] = set()
    for name in names:
        if name.lower() in found:
            raise ConfigError(
                f"names of tiles must differ in more than case, got {name!r} twice; `prefixes` tells them apart"
            )
        found.add(name.lower())
    return names


def joined_config(parts: Sequence[Any]) -> dict[str, Any]:
    """Return from what each part was made: its number of tiles, seed and configuration, in order."""
    found: list[Any] = []
    for part in parts:
        if set(part.config) == {PARTS}:  # joined before
            found += part.config[PARTS]
        else:
            found.append({"n": len(part.names), "seed": part.seed, "config": dict(part.config)})
    return {PARTS: found}
