"""Parameters: what they may hold, as each declares itself; checks and draws."""

from __future__ import annotations

import dataclasses
import sys
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any, ClassVar, TypeAlias

import numpy as np
import numpy.typing as npt

from synthem._field_docs import documented
from synthem.errors import ConfigError

__all__ = [
    "Choice",
    "Count",
    "Declared",
    "Density",
    "Number",
    "Parameter",
    "PerTile",
    "Range",
    "check_count",
    "check_number",
    "check_scalar",
    "declared",
    "draw",
    "draw_beyond",
    "draw_count",
    "draw_many",
    "is_none",
]


MOST_OBJECTS = 10_000
"""Objects of a kind per (1.28 µm)²: more could not be seen, and their shapes would fill the memory."""


@dataclass(frozen=True)
class Choice:
    """One of several values, each as likely as the others.

    Parameters
    ----------
    values : tuple of float
        At least one value.

    Examples
    --------
    >>> from synthem.parameters import Choice
    >>> Choice((4.0, 6.0))
    Choice(values=(4.0, 6.0))
    """

    values: tuple[float, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", tuple(self.values))
        if not self.values or any(isinstance(v, bool) or not isinstance(v, Real) for v in self.values):
            raise ConfigError(f"`Choice` must hold at least one number, got {self.values!r}")


@dataclass(frozen=True, kw_only=True)
class Density:
    """A mean number per (1.28 µm)² of tissue; the number itself is Poisson distributed.

    The tile is a window on tissue of that density: besides those with their origin in the tile, some reach in from
    beyond its edge. With a fixed number or a range there are none but those in the tile.

    Parameters
    ----------
    mean : float
        Mean number per (1.28 µm)², that is 256 x 256 pixels of 5 nm; not negative.
    """

    mean: float

    def __post_init__(self) -> None:
        if isinstance(self.mean, bool) or not isinstance(self.mean, Real) or not 0 <= self.mean <= MOST_OBJECTS:
            raise ConfigError(f"`mean` of a density must be a number from 0 to {MOST_OBJECTS}, got {self.mean!r}")


LARGEST = sys.float_info.max
"""Largest finite float."""


@dataclass(frozen=True, kw_only=True)
class PerTile:
    """A number that is drawn once per tile, evenly from a range.

    Parameters
    ----------
    low, high : float
        Ends of the range.
    spread : float
        Where a parameter is itself a range from object to object: the width of that range, around the number.
    """

    low: float
    high: float
    spread: float = 0.0

    def __post_init__(self) -> None:
        numbers = (self.low, self.high, self.spread)
        if not all(isinstance(one, Real) and not isinstance(one, bool) for one in numbers) or not (
            -LARGEST <= self.low <= self.high <= LARGEST and 0 <= self.spread <= LARGEST
        ):
            raise ConfigError(f"`per_tile` must be a pair low <= high, and `spread` at least 0, got {self!r}")

    def at(self, share: float) -> float:
        """Return the number at a share from 0 to 1 of the range."""
        return self.low + (self.high - self.low) * share


Number: TypeAlias = float | tuple[float, float] | Choice
"""A fixed number, a ``(low, high)`` range, or a `Choice`."""

Count: TypeAlias = int | tuple[int, int] | Density
"""A fixed number, an inclusive ``(low, high)`` range, or a `Density`."""

Range: TypeAlias = tuple[float, float]
"""A ``(low, high)`` range; a number stands for a range of no width."""


def _is_int(value: object) -> bool:
    return type(value) is int or (isinstance(value, Integral) and not isinstance(value, bool))


def _within(value: Any, low: float, high: float) -> bool:
    """Return whether a number lies between two limits; an integer may be too large for a float."""
    return bool(low <= value <= high)


def check_count(name: str, value: Any) -> Count:
    """Return a count in its normal form, or say what is wrong with it.

    Parameters
    ----------
    name : str
        Parameter name for the error.
    value : int, (int, int) or Density
        From 0 to 10 000; a range includes both ends.

    Returns
    -------
    int, tuple of int, or Density

    Raises
    ------
    ConfigError
        If the value is negative, too large, reversed, boolean, a float or anything else.
    """
    if isinstance(value, Density):
        return value
    if _is_int(value) and 0 <= value <= MOST_OBJECTS:
        return int(value)
    if isinstance(value, (tuple, list)) and len(value) == 2 and all(_is_int(v) for v in value):
        low, high = int(value[0]), int(value[1])
        if 0 <= low <= high <= MOST_OBJECTS:
            return low, high
    raise ConfigError(
        f"`{name}` must be an integer >= 0, a pair (low, high) of integers with 0 <= low <= high, or a mean such as "
        f"Density(mean=0.5), each at most {MOST_OBJECTS}, got {value!r}"
    )


def is_none(count: Count) -> bool:
    """Return whether a count in its normal form can only be 0."""
    return count in (0, (0, 0)) or (isinstance(count, Density) and count.mean == 0)


def check_scalar(name: str, value: Any, *, low: float = 0.0, high: float = 1e6) -> float:
    """Return a number as a float, or say what is wrong with it.

    Parameters
    ----------
    name : str
        Parameter name for the error.
    value : float
        What was given.
    low, high : float
        Smallest and largest value allowed.

    Returns
    -------
    float

    Raises
    ------
    ConfigError
        If the value is not one number, or lies outside the limits.
    """
    if isinstance(value, Real) and not isinstance(value, bool) and _within(value, low, high):
        return float(value)
    raise ConfigError(f"`{name}` must be a number from {low:g} to {high:g}, got {value!r}")


def check_number(name: str, value: Any, *, low: float = 0.0, high: float = 1e6) -> Number:
    """Return a number, range or choice in its normal form, or say what is wrong with it.

    Parameters
    ----------
    name : str
        Parameter name for the error.
    value : float, (float, float) or Choice
        What was given.
    low, high : float
        Smallest and largest value allowed.

    Returns
    -------
    float, tuple of float, or Choice

    Raises
    ------
    ConfigError
        If the value is not a number, or lies outside the limits, or a range is reversed.
    """
    parts = value.values if isinstance(value, Choice) else value if isinstance(value, (tuple, list)) else (value,)
    numbers = all(isinstance(v, Real) and not isinstance(v, bool) for v in parts)
    if numbers and all(_within(v, low, high) for v in parts):
        if isinstance(value, Choice):
            return value
        if not isinstance(value, (tuple, list)):
            return float(value)
        if len(parts) == 2 and parts[0] <= parts[1]:
            return float(parts[0]), float(parts[1])
    raise ConfigError(
        f"`{name}` must be a number from {low:g} to {high:g} or a pair (low, high) of such numbers with low <= high, "
        f"got {value!r}"
    )


def draw(value: Number, rng: np.random.Generator) -> float:
    """Draw a number: the value itself, uniform within the range, or one of the choices."""
    if isinstance(value, tuple):
        return value[0] + (value[1] - value[0]) * rng.random()
    if isinstance(value, Choice):
        return value.values[int(rng.random() * len(value.values))]
    return value


def draw_many(value: Number, rng: np.random.Generator, count: int) -> npt.NDArray[np.float64]:
    """Draw several numbers; see `draw`."""
    if isinstance(value, tuple):
        return value[0] + (value[1] - value[0]) * rng.random(count)
    if isinstance(value, Choice):
        return np.array(value.values)[rng.integers(len(value.values), size=count)]
    return np.full(count, value)


def _draw_once(count: Count, rng: np.random.Generator) -> int:
    if isinstance(count, tuple):
        return count[0] + int(rng.random() * (count[1] - count[0] + 1))
    return count if isinstance(count, int) else 0


def draw_count(count: Count, scale: float, rng: np.random.Generator) -> int:
    """Draw how many there are in a tile.

    Parameters
    ----------
    count : int, (int, int) or Density
        Number per (1.28 µm)².
    scale : float
        Area of the tile in units of (1.28 µm)². Whole units are drawn one by one; what is left counts
        with its share, rounded at random.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    int
    """
    if isinstance(count, Density):
        return int(rng.poisson(count.mean * scale))
    whole = int(scale)
    total = sum(_draw_once(count, rng) for _ in range(whole))
    rest = scale - whole
    if rest > 0:
        total += int(_draw_once(count, rng) * rest + rng.random())
    return total


def draw_beyond(count: Count, scale: float, rng: np.random.Generator) -> int:
    """Draw how many there are around a tile, on an area of `scale` times (1.28 µm)²: none without a density."""
    return int(rng.poisson(count.mean * scale)) if isinstance(count, Density) else 0


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """What a field of a style, recipe, organelle or stage may hold.

    Parameters
    ----------
    text : str
        One plain sentence.
    unit : str
        Unit; empty for a share, a factor or a name.
    low, high : float
        Smallest and largest value allowed; they do not apply to texts, truth values and counts.
    """

    text: str
    unit: str = ""
    low: float = 0.0
    high: float = 1e6


def declared(default: Any, text: str, *, unit: str = "", low: float = 0.0, high: float = 1e6) -> Any:
    """Return a dataclass field that says what it may hold; see `Parameter`.

    Parameters
    ----------
    default : object
        Value of the field where none is given; `dataclasses.MISSING`: it must be given.
    text, unit, low, high
        As in `Parameter`.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> from synthem.parameters import Declared, Number, declared
    >>> @dataclass(frozen=True, kw_only=True)
    ... class Blob(Declared):
    ...     radius_nm: Number = declared((20.0, 50.0), "Radius.", unit="nm", low=5, high=1000)
    >>> Blob(radius_nm=30).radius_nm
    30.0
    """
    parameter = Parameter(text=text, unit=unit, low=low, high=high)
    return dataclasses.field(default=default, metadata={"parameter": parameter})


class Declared:
    """Base class of dataclasses whose fields declare what they may hold: they are checked and documented from that."""

    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if cls.__doc__ and "----------" not in cls.__doc__.partition("Notes")[0]:
            cls.__doc__ = documented(cls)

    def __post_init__(self) -> None:
        """Bring every field into its normal form, or raise a `ConfigError` that names it."""
        for name, form, parameter, held in _declared_fields(type(self)):
            value = _checked(name, getattr(self, name), form, parameter, held)
            object.__setattr__(self, name, value)


FORMS_OF_NUMBERS = ("float", "int", "Range", "Number", "Count")
"""Annotations whose values are checked by limits."""

_FIELDS: dict[type, tuple[tuple[str, str, Parameter, type | None], ...]] = {}


def _declared_fields(kind: type) -> tuple[tuple[str, str, Parameter, type | None], ...]:
    """Return name, annotation and parameter of each field that declares itself, and the class that it must be of."""
    if kind not in _FIELDS:
        found = [(f, f.metadata.get("parameter")) for f in dataclasses.fields(kind)]
        _FIELDS[kind] = tuple(
            (f.name, str(f.type), parameter, _class_of(f)) for f, parameter in found if parameter is not None
        )
    return _FIELDS[kind]


def _class_of(item: dataclasses.Field[Any]) -> type | None:
    """Return the class of which a field must be: that of its default, if that is a dataclass or a text."""
    held = type(item.default)
    return held if (dataclasses.is_dataclass(held) and held is not Density) or held is str else None


def _checked(name: str, value: Any, form: str, parameter: Parameter, held: type | None) -> Any:
    """Return a value in its normal form, or say what is wrong with it."""
    if held is not None and form not in FORMS_OF_NUMBERS and not isinstance(value, held):
        raise ConfigError(f"`{name}` must be {'a text' if held is str else f'of type {held.__name__}'}, got {value!r}")
    low, high = parameter.low, parameter.high
    if form == "Count":
        return check_count(name, value)
    if form == "Number":
        return check_number(name, value, low=low, high=high)
    if form == "Range":
        ends = value if isinstance(value, (tuple, list)) else (value, value)
        return check_number(name, ends, low=low, high=high)
    if form == "int":
        number = check_scalar(name, value, low=low, high=high)
        if number != int(number):
            raise ConfigError(f"`{name}` must be an integer from {low:g} to {high:g}, got {value!r}")
        return int(number)
    if form == "float":
        return check_scalar(name, value, low=low, high=high)
    return value
