"""Parameters of a style that are drawn once per tile."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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


def checked_per_tile(style: object, per_tile: Mapping[str, Any]) -> Mapping[str, PerTile]:
    """Return what is drawn per tile in its normal form: both ends must be allowed.

    Raises
    ------
    ConfigError
        If a name is not that of a number or range of the style, or an end is not allowed.
    """
    found: dict[str, PerTile] = {}
    for path, value in per_tile.items():
        one = value if isinstance(value, PerTile) else PerTile(low=value[0], high=value[1])
        for end in (one.low, one.high):
            _replaced(style, path.split("."), path, end, one.spread)
        found[path] = one
    return MappingProxyType(found)


def drawn_per_tile(style: S, per_tile: Mapping[str, PerTile], key: int) -> S:
    """Return a style with numbers drawn for the tile of a key."""
    for path, one in per_tile.items():
        style = _replaced(style, path.split("."), path, one.at(share_of(f"{key} {path}")), one.spread)
    return style


def share_of(text: str) -> float:
    """Return a number from 0 to 1 that a text alone decides."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little") / 2**64


def middle_of(style: S, per_tile: Mapping[str, PerTile]) -> S:
    """Return a style with the middle of each range."""
    for path, one in per_tile.items():
        style = _replaced(style, path.split("."), path, one.at(0.5), one.spread)
    return style


def _replaced(node: Any, steps: list[str], path: str, number: float, spread: float) -> Any:
    """Return a dataclass with one number of its tree replaced, or the range of a spread around it."""
    first, *rest = steps
    forms = dict(_forms(node))
    if first not in forms or (not rest and forms[first] not in ("float", "Range")):
        raise ConfigError(f"`per_tile` must name a number or a range of a style, got {path!r}")
    value: Any = number
    if rest:
        value = _replaced(getattr(node, first), rest, path, number, spread)
    elif forms[first] == "Range":
        value = (number - 0.5 * spread, number + 0.5 * spread)
    changed: dict[str, Any] = {"per_tile": {}} if "per_tile" in forms else {}
    return replace(node, **{first: value}, **changed)


def _forms(node: Any) -> Iterator[tuple[str, str]]:
    if is_dataclass(node):
        for item in fields(node):
            yield item.name, str(item.type)
