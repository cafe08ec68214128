"""What the page shows a control for, from the schemas of styles and recipes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from synthem.schema import json_schema

__all__ = ["Control", "ControlGroup", "control_groups"]

OBJECT_FORMS = {"per_tile": "per_tile", "values": "choice", "mean": "mean"}
"""Forms of a value that are written as a table, by the key that they have."""

VALUE_FORMS = {"number": "number", "integer": "number", "boolean": "switch", "string": "text"}
"""Forms of a single value, by its type in the schema."""


@dataclass(frozen=True, kw_only=True)
class Control:
    """One parameter, as the page shows it.

    Attributes
    ----------
    name : str
        Key in the section.
    text : str
        One sentence.
    unit : str
        Unit; empty if it has none.
    forms : tuple of str
        What it may hold: ``"number"``, ``"pair"`` (low, high), ``"choice"`` of numbers, ``"mean"`` of a count,
        ``"per_tile"``, ``"switch"``, ``"text"`` or ``"names"``.
    whole : bool
        Whether numbers are whole.
    low, high : float or None
        Limits of a number, where it has any.
    default : object
        Value where a file leaves it out, as in TOML; None if it must be given.
    """

    name: str
    text: str
    unit: str
    forms: tuple[str, ...]
    whole: bool
    low: float | None
    high: float | None
    default: Any


@dataclass(frozen=True, kw_only=True)
class ControlGroup:
    """The parameters of one section.

    Attributes
    ----------
    path : tuple of str
        Keys that lead to the section; empty for the top of the file.
    text : str
        One sentence.
    optional : bool
        Whether the section may be absent, such as an artefact.
    controls : tuple of Control
        Its parameters.
    """

    path: tuple[str, ...]
    text: str
    optional: bool
    controls: tuple[Control, ...]


def control_groups(kind: str) -> tuple[ControlGroup, ...]:
    """Return the controls of all parameters of a style or a recipe, by section.

    Parameters
    ----------
    kind : {"style", "recipe", "solid_recipe"}
        What the controls are for.

    Returns
    -------
    tuple of ControlGroup
        In the order of the file; materials of organelles of one's own have none.

    Examples
    --------
    >>> from synthem.studio.controls import control_groups
    >>> groups = {group.path: group for group in control_groups("style")}
    >>> groups["optics",].controls[0].name, groups["optics",].controls[0].unit
    ('psf_sigma_nm', 'nm')
    """
    return tuple(_groups(json_schema(kind), (), optional=False))


def _groups(schema: Mapping[str, Any], path: tuple[str, ...], optional: bool) -> Iterator[ControlGroup]:
    values = {name: one for name, one in schema["properties"].items() if not _is_section(one)}
    controls = tuple(_control(name, one) for name, one in values.items() if not _holds_sections(one))
    if controls:
        yield ControlGroup(path=path, text=schema["description"], optional=optional, controls=controls)
    for name, one in schema["properties"].items():
        if _is_section(one):
            yield from _groups(one, (*path, name), optional="default" not in one)


def _holds_sections(schema: Mapping[str, Any]) -> bool:
    return "object" in (schema.get("type"), schema.get("items", {}).get("type"))


def _is_section(schema: Mapping[str, Any]) -> bool:
    return "properties" in schema


def _control(name: str, schema: Mapping[str, Any]) -> Control:
    options = schema.get("anyOf", [schema])
    single = next((one for one in options if one["type"] in VALUE_FORMS), None)
    number: Mapping[str, Any] = single or next((one["items"] for one in options if one["type"] == "array"), {})
    unit = schema.get("unit", "")
    return Control(
        name=name,
        text=schema["description"].removesuffix(f" Unit: {unit}."),
        unit=unit,
        forms=tuple(_form(one) for one in options),
        whole=number.get("type") == "integer",
        low=number.get("minimum"),
        high=number.get("maximum"),
        default=schema.get("default"),
    )


def _form(schema: Mapping[str, Any]) -> str:
    """Return the name of one of the forms that a value may have."""
    if schema["type"] == "object":
        return next(form for key, form in OBJECT_FORMS.items() if key in schema["properties"])
    if schema["type"] == "array":
        return "names" if schema["items"]["type"] == "string" else "pair"
    return VALUE_FORMS[schema["type"]]
