"""Docstrings of dataclasses from what their fields declare."""

from __future__ import annotations

import dataclasses
import inspect
import textwrap
from collections.abc import Iterator
from numbers import Real
from typing import Any

__all__ = ["FORMS", "documented"]

FORMS = {
    "float": "number",
    "int": "integer",
    "bool": "true or false",
    "str": "text",
    "Range": "number or (low, high)",
    "Number": "number, (low, high) or Choice",
    "Count": "integer, (low, high) or Density",
    "tuple[str, ...]": "names",
    "tuple[int, int]": "(low, high)",
    "tuple[float, float]": "two numbers",
    "Sequence[tuple[Organelle, Pose]]": "pairs (Organelle, Pose)",
    "tuple[SolidBody, ...]": "SolidBody of each kind",
    "Mapping[str, Material]": "Material by name",
    "Mapping[str, PerTile]": "PerTile by section.name",
}
"""What a field of each annotation may hold, in words."""


def documented(cls: type) -> str:
    """Return the docstring of a class with a section of its parameters, made from what its fields declare."""
    summary, _, rest = textwrap.dedent("    " + (cls.__doc__ or "")).strip().partition("\n\n")
    before, after = _split_at_section(rest)
    lines = ["Parameters", "----------"]
    for name, form, item in _fields_in_making(cls):
        text = textwrap.indent(textwrap.fill(item.metadata["parameter"].text, 106), "    ")
        lines += [f"{name} : {_allowed(form, item)}", text]
    if len(lines) == 2:
        return cls.__doc__ or ""
    parts = [summary, before.strip(), "\n".join(lines), after.strip()]
    return "\n\n".join(part for part in parts if part)


def _allowed(form: str, item: dataclasses.Field[Any]) -> str:
    """Return in words what a field may hold, its unit and limits, and what it holds by default."""
    parameter = item.metadata["parameter"]
    words = [FORMS.get(form, form.removesuffix(" | None"))]
    if parameter.unit:
        words[0] += f" in {parameter.unit}"
    if form in ("float", "int", "Range", "Number"):
        words.append(f"{_brief(parameter.low)} to {_brief(parameter.high)}")
    if item.default is not dataclasses.MISSING and item.default != "":
        words.append(f"default {_brief(_single(item.default) if form == 'Range' else item.default)}")
    elif item.default == "" or item.default_factory is not dataclasses.MISSING:
        words.append("default none")
    return ", ".join(words)


def _single(value: Any) -> Any:
    """Return a range of no width as a number."""
    return value[0] if isinstance(value, tuple) and value[0] == value[1] else value


def _brief(value: Any) -> str:
    """Return a value as one would write it: whole numbers without a point, of a dataclass what it does not default."""
    if isinstance(value, bool) or value is None:
        return str(value)
    if isinstance(value, Real):
        return f"{float(value):.9g}"
    if isinstance(value, tuple):
        return "(" + ", ".join(map(_brief, value)) + ("," if len(value) == 1 else "") + ")"
    if not dataclasses.is_dataclass(value):
        return repr(value)
    forms = {f.name: str(f.type) for f in dataclasses.fields(value)}
    given = [
        f"{f.name}={_brief(_single(own) if forms.get(f.name) == 'Range' else own)}"
        for f in dataclasses.fields(value)
        if (own := getattr(value, f.name)) != f.default
    ]
    return f"{type(value).__name__}({', '.join(given)})"


def _split_at_section(text: str) -> tuple[str, str]:
    """Split a docstring before the first section that follows the parameters."""
    places = [place for name in ("Raises", "Notes", "Examples") if (place := text.find(f"{name}\n---")) >= 0]
    at = min(places, default=len(text))
    return text[:at], text[at:]


def _fields_in_making(cls: type) -> Iterator[tuple[str, str, Any]]:
    """Yield name, annotation and field of what a class and its bases declare, while the class is being made."""
    seen: dict[str, tuple[str, Any]] = {}
    for base in reversed(cls.__mro__[1:]):
        for name, item in getattr(base, "__dataclass_fields__", {}).items():
            if "parameter" in item.metadata:
                seen[name] = (str(item.type), item)
    for name, form in inspect.get_annotations(cls).items():
        item = cls.__dict__.get(name)
        if isinstance(item, dataclasses.Field) and "parameter" in item.metadata:
            seen[name] = (str(form), item)
    for name, (form, item) in seen.items():
        yield name, form, item
