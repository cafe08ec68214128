"""Parameters of a style that are drawn once per tile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from hashlib import blake2b
from types import MappingProxyType
from typing import Any, TypeVar

from synthem.errors import ConfigError
from synthem.parameters import PerTile

__all__ = ["checked_per_tile", "drawn_per_tile", "join_per_tile", "middle_of", "share_of", "split_per_tile"]

S = TypeVar("S")

KEYS = {"per_tile", "spread"}


def split_per_tile(data: Mapping[str, Any], source: str) -> tuple[dict[str, Any], dict[str, PerTile]]:
    """Take what is drawn per tile out of plain data.

    Parameters
    ----------
    data : mapping
        A style as in TOML; a parameter may be ``{ per_tile = [low, high] }``, with ``spread`` beside.
    source : str
        Where it came from, for the error.

    Returns
    -------
    dict, dict of str to PerTile
        The data with the middle of each range, and the ranges by the dotted name of the parameter.
    """
    found: dict[str, PerTile] = {}

    def plain(value: Any, path: str) -> Any:
        if not isinstance(value, Mapping):
            return value
        if "per_tile" not in value:
            return {key: plain(one, f"{path}.{key}" if path else key) for key, one in value.items()}
        ends = value["per_tile"]
        if set(value) - KEYS or not isinstance(ends, list) or len(ends) != 2:
            raise ConfigError(f"{source}: `{path}` must be {{ per_tile = [low, high], spread = width }}, got {value!r}")
        found[path] = PerTile(low=ends[0], high=ends[1], spread=value.get("spread", 0.0))
        return found[path].at(0.5)

    return plain(data, ""), found


def join_per_tile(data: dict[str, Any], per_tile: Mapping[str, PerTile]) -> dict[str, Any]:
    """Put what is drawn per tile back into plain data; the reverse of `split_per_tile`."""
    for path, one in per_tile.items():
        *steps, last = path.split(".")
        place = data
        for step in steps:
            place = place.setdefault(step, {})
        place[last] = {"per_tile": [one.low, one.high]} | ({"spread": one.spread} if one.spread else {})
    data.pop("per_tile", None)
    return data


def checked_per_tile(style: object, per_tile: object) -> Mapping[str, PerTile]:
    """Return what is drawn per tile in its normal form: both ends must be allowed.

    Raises
    ------
    ConfigError
        If a name is not that of a number or range of the style, or an end is not allowed.
    """
    if not isinstance(per_tile, Mapping) or not all(isinstance(path, str) for path in per_tile):
        raise ConfigError(f"`per_tile` must map names such as 'detector.white' to pairs (low, high), got {per_tile!r}")
    found: dict[str, PerTile] = {}
    for path, value in per_tile.items():
        pair = isinstance(value, (tuple, list)) and len(value) == 2
        if not isinstance(value, PerTile) and not pair:
            raise ConfigError(f"`per_tile` of `{path}` must be a pair (low, high) or a PerTile, got {value!r}")
        one = value if isinstance(value, PerTile) else PerTile(low=value[0], high=value[1])
        for end in (one.low, one.high):
            _rebuilt(style, {path: (end, one.spread)})
        found[path] = one
    return MappingProxyType(found)


def drawn_per_tile(style: S, per_tile: Mapping[str, PerTile], key: int) -> S:
    """Return a style with numbers drawn for the tile of a key."""
    return _rebuilt(style, {path: (one.at(share_of(f"{key} {path}")), one.spread) for path, one in per_tile.items()})


def share_of(text: str) -> float:
    """Return a number from 0 to 1 that a text alone decides."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little") / 2**64


def middle_of(style: S, per_tile: Mapping[str, PerTile]) -> S:
    """Return a style with the middle of each range."""
    return _rebuilt(style, {path: (one.at(0.5), one.spread) for path, one in per_tile.items()})


def _rebuilt(style: S, numbers: Mapping[str, tuple[float, float]]) -> S:
    """Return a style with other numbers, or ranges of a spread around them, each part of it made anew once."""
    tree: dict[str, Any] = {}
    for path, number in numbers.items():
        *steps, last = path.split(".")
        place = tree
        for step in steps:
            place = place.setdefault(step, {})
        place[last] = number
    made: S = _replaced(style, tree, "", {"per_tile": {}})
    return made


def _replaced(node: Any, tree: Mapping[str, Any], path: str, changes: dict[str, Any]) -> Any:
    forms = {item.name: str(item.type) for item in fields(node)} if is_dataclass(node) else {}
    for name, value in tree.items():
        whole = f"{path}.{name}" if path else name
        if isinstance(value, dict) and name in forms:
            changes[name] = _replaced(getattr(node, name), value, whole, {})
        elif forms.get(name) == "Range" and not isinstance(value, dict):
            number, spread = value
            changes[name] = (number - 0.5 * spread, number + 0.5 * spread)
        elif forms.get(name) == "float" and not isinstance(value, dict):
            if value[1]:
                raise ConfigError(f"`spread` of `{whole}` must be left out, since it is no range, got {value[1]!r}")
            changes[name] = value[0]
        else:
            raise ConfigError(f"`per_tile` must name a number or a range of a style, got {whole!r}")
    return replace(node, **changes)
