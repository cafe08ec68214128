"""Every field of a tree of parameters, and another value that each may hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any

from synthem.parameters import Density, Parameter

__all__ = ["leaves", "other", "with_value"]


def leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any, Parameter | None]]:
    """Yield each field of a dataclass that is no section, with its path, value and what it may hold."""
    for item in fields(value):
        held = getattr(value, item.name)
        if is_dataclass(held) and not isinstance(held, Density):
            yield from leaves(held, (*path, item.name))
        else:
            yield (*path, item.name), held, item.metadata.get("parameter")


def with_value(node: Any, path: tuple[str, ...], value: Any) -> Any:
    """Return a dataclass in which one field has another value."""
    name, *rest = path
    return replace(node, **{name: with_value(getattr(node, name), tuple(rest), value) if rest else value})


def other(path: tuple[str, ...], value: Any, parameter: Parameter) -> Any:
    """Return another value that a field of a style, recipe or artefact may hold."""
    if isinstance(value, str):
        name = "matrix" if path[-1] == "varies_with" else "cytoplasm"
        return name if value != name else ""
    if path[-1] == "count":
        return tuple(3 + one for one in value) if isinstance(value, tuple) else value + 3
    if path[-1] == "warp_nm":  # an amplitude for each of two sizes
        return tuple(0.5 * one for one in value)
    if isinstance(value, tuple) and isinstance(value[0], str):  # kinds
        return value[:1]
    if path[-1].endswith("share") and isinstance(value, float):
        return min(1.0, parameter.high) if value < 0.5 else 0.0
    if isinstance(value, tuple):
        return tuple(sorted(_moved(end, parameter) for end in value))
    return _moved(value, parameter)


def _moved(value: float, parameter: Parameter) -> float:
    """Return another number within the limits of a field, to tell from the old one."""
    step = min(0.3 * (parameter.high - parameter.low), max(abs(value), 30.0 if parameter.unit == "levels" else 0.3))
    return value + step if value + step <= parameter.high else value - step
