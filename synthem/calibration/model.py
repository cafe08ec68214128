"""The model that is fitted: a style and a recipe, whose parameters have dotted names."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, TypeAlias

from synthem.errors import ConfigError
from synthem.instrument.style import Style
from synthem.parameters import Density, Parameter
from synthem.tissue.recipes.recipe import Recipe

__all__ = [
    "Model",
    "Value",
    "ends",
    "limits",
    "looks_as_usual",
    "middle",
    "parameters",
    "scaled",
    "shifted",
    "stretched",
    "value_at",
    "widened",
    "with_value",
]

Value: TypeAlias = float | tuple[float, float] | Density

DECIMALS = 6
"""Rounding keeps written files short, and turns a value of nearly 0 into 0."""

KNOWN = "style.pixel_size_nm"
"""No parameter of the fit: it is given, or read from the slices."""


@dataclass(frozen=True, kw_only=True)
class Model:
    """A style and a recipe, the two things that are fitted.

    Attributes
    ----------
    style : Style
        How tiles look.
    recipe : Recipe
        What tiles contain.
    """

    style: Style
    recipe: Recipe


def value_at(model: Model, path: str) -> Value:
    """Return a parameter, such as ``style.membranes.level`` or ``recipe.psd.count``."""
    found: Value = _at(model, path)
    return found


def _at(model: Model, path: str) -> Any:
    value: Any = model
    for step in path.split("."):
        if not hasattr(value, step):
            raise ConfigError(f"`path` must name a parameter of a style or recipe, got {path!r}")
        value = getattr(value, step)
    return value


def limits(model: Model, path: str) -> tuple[float, float]:
    """Return the smallest and largest value that a parameter declares."""
    parent, _, name = path.rpartition(".")
    (found,) = (item for item in fields(_at(model, parent)) if item.name == name)
    parameter: Parameter = found.metadata["parameter"]
    return parameter.low, parameter.high


def with_value(model: Model, path: str, value: Value) -> Model:
    """Return the model with one parameter changed, rounded to six decimals."""
    changed: Model = _replaced(model, path.split("."), _rounded(value))
    return changed


def _rounded(value: Value) -> Value:
    if isinstance(value, tuple):
        return _round(value[0]), _round(value[1])
    return Density(mean=_round(value.mean)) if isinstance(value, Density) else _round(value)


def _round(number: float) -> float:
    return number if isinstance(number, int) else round(number, DECIMALS) + 0.0


def _replaced(node: Any, steps: list[str], value: Value) -> Any:
    first, *rest = steps
    return replace(node, **{first: _replaced(getattr(node, first), rest, value) if rest else value})


def parameters(model: Model) -> Iterator[str]:
    """Yield the dotted names of all numbers, ranges and densities of a model, but for the pixel size."""
    for part in ("style", "recipe"):
        yield from (path for path in _numbers(getattr(model, part), part) if path != KNOWN)


def _numbers(node: Any, path: str) -> Iterator[str]:
    for item in fields(node):
        value, name = getattr(node, item.name), f"{path}.{item.name}"
        if is_dataclass(value) and not isinstance(value, Density):
            yield from _numbers(value, name)
        elif isinstance(value, Density) or all(_is_number(part) for part in _parts(value)):
            yield name


def looks_as_usual(model: Model, path: str) -> bool:
    """Return whether a parameter is one of a material and has its default."""
    usual = Model(style=Style(name="usual"), recipe=model.recipe)
    return path.startswith("style.materials.") and value_at(model, path) == value_at(usual, path)


def _parts(value: object) -> tuple[object, ...]:
    return value if isinstance(value, tuple) and value else (value,)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def shifted(value: Value, by: float) -> Value:
    """Add to a number, to both ends of a range, or to the mean of a density."""
    if isinstance(value, tuple):
        return value[0] + by, value[1] + by
    if isinstance(value, Density):
        return Density(mean=max(0.0, value.mean + by))
    return value + by


def widened(value: Value, by: float) -> Value:
    """Move both ends of a range apart, by so much each; a range of nothing is its middle."""
    low, high = ends(value)
    by = max(by, (low - high) / 2)
    return low - by, high + by


def ends(value: Value) -> tuple[float, float]:
    """Return both ends of a range; those of a number or a density are equal."""
    return value if isinstance(value, tuple) else (middle(value), middle(value))


def middle(value: Value) -> float:
    """Return a number itself, the middle of a range, or the mean of a density."""
    if isinstance(value, Density):
        return value.mean
    return (value[0] + value[1]) / 2 if isinstance(value, tuple) else float(value)


def scaled(value: Value, factor: float) -> Value:
    """Multiply a number, a range or a density; a count becomes a density."""
    if isinstance(value, tuple):
        return value[0] * factor, value[1] * factor
    if isinstance(value, Density):
        return Density(mean=value.mean * factor)
    return value * factor


def stretched(value: Value, by: float) -> Value:
    """Multiply the upper end of a range by e to the power of `by` and divide the lower one; numbers stay."""
    if not isinstance(value, tuple):
        return value
    by = max(by, -0.5 * math.log(max(value[1], 1e-9) / max(value[0], 1e-9)))
    return value[0] * math.exp(-by), value[1] * math.exp(by)
