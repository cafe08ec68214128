"""JSON Schema of styles and recipes, from what their fields declare."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, get_args, get_origin, get_type_hints

from synthem._field_docs import FORMS
from synthem._toml import to_mapping
from synthem.errors import ConfigError, did_you_mean
from synthem.instrument.style import Style
from synthem.parameters import Parameter
from synthem.solid.recipe import SolidRecipe
from synthem.tissue.recipes.recipe import Recipe

__all__ = ["json_schema"]

KINDS: Mapping[str, type] = {"style": Style, "recipe": Recipe, "solid_recipe": SolidRecipe}

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema(kind: str) -> dict[str, Any]:
    """Return the JSON Schema of a style or a recipe.

    Parameters
    ----------
    kind : {"style", "recipe", "solid_recipe"}
        What to describe; the last is a recipe of volumes.

    Returns
    -------
    dict
        With a description, limits and a default for every key, and an annotation ``unit`` where it has one.

    Raises
    ------
    ConfigError
        If there is no such kind.

    Examples
    --------
    >>> from synthem.schema import json_schema
    >>> json_schema("recipe")["properties"]["margin_nm"]["maximum"]
    1000
    """
    if kind not in KINDS:
        raise ConfigError(f"`kind` must be one of {', '.join(KINDS)}, got {kind!r}{did_you_mean(kind, KINDS)}")
    found = KINDS[kind]
    return {"$schema": DIALECT, "title": f"synthem {kind}", **_object(found, "", found is Style)}


def _object(kind: type, text: str, varies: bool) -> dict[str, Any]:
    """Return the schema of a dataclass; of a style, whose numbers may vary from tile to tile, or of a recipe."""
    hints, found = get_type_hints(kind), [f for f in dataclasses.fields(kind) if f.name != "per_tile"]
    required = [f.name for f in found if f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING]
    return {
        "description": (text or kind.__doc__ or "").partition("\n")[0],
        "type": "object",
        "properties": {f.name: _field(f, hints[f.name], varies) for f in found},
        "required": required,
        "additionalProperties": False,
    }


def _field(item: dataclasses.Field[Any], hint: Any, varies: bool) -> dict[str, Any]:
    parameter: Parameter | None = item.metadata.get("parameter")
    text = "" if parameter is None else parameter.text + (f" Unit: {parameter.unit}." if parameter.unit else "")
    held = next((one for one in (hint, *get_args(hint)) if dataclasses.is_dataclass(one)), None)
    if str(item.type) in FORMS or not isinstance(held, type):
        found = {"description": text, **_values(str(item.type), parameter, varies)}
        if isinstance(held, type) and get_origin(hint) is Mapping:
            found["additionalProperties"] = _object(held, "", varies=False)
        elif isinstance(held, type) and get_origin(hint) is tuple:
            found["items"] = _object(held, "", varies=False)
    else:
        found = _object(held, text, varies)
    if parameter is not None and parameter.unit:
        found["unit"] = parameter.unit
    if item.default is not dataclasses.MISSING and item.default is not None:
        found["default"] = to_mapping(item.default)
    return found


def _values(form: str, parameter: Parameter | None, varies: bool) -> dict[str, Any]:
    """Return the schema of the values that a field of an annotation may hold."""
    limits = {"minimum": parameter.low, "maximum": parameter.high} if parameter else {}
    number, whole = {"type": "number", **limits}, {"type": "integer", "minimum": 0}
    pair = {"type": "array", "items": number, "minItems": 2, "maxItems": 2}
    choice = {
        "type": "object",
        "properties": {"values": {"type": "array", "items": number, "minItems": 1}},
        "required": ["values"],
        "additionalProperties": False,
    }
    mean = {
        "type": "object",
        "properties": {"mean": {"type": "number", "minimum": 0, "exclusiveMaximum": 10_000}},
        "required": ["mean"],
        "additionalProperties": False,
    }
    per_tile = {
        "type": "object",
        "properties": {"per_tile": pair, "spread": {"type": "number", "minimum": 0}},
        "required": ["per_tile"],
        "additionalProperties": False,
    }
    forms: dict[str, dict[str, Any]] = {
        "float": {"anyOf": [number, per_tile]} if varies else number,
        "int": {"type": "integer", **limits},
        "bool": {"type": "boolean"},
        "str": {"type": "string"},
        "Range": {"anyOf": [number, pair, per_tile] if varies else [number, pair]},
        "Number": {"anyOf": [number, pair, choice]},
        "Count": {"anyOf": [whole, {**pair, "items": whole}, mean]},
        "tuple[str, ...]": {"type": "array", "items": {"type": "string"}},
        "tuple[int, int]": {**pair, "items": {"type": "integer"}},
        "tuple[float, float]": {**pair, "items": {"type": "number"}},
        "tuple[SolidBody, ...]": {"type": "array"},
        "Mapping[str, Material]": {"type": "object"},
    }
    return forms.get(form, {})
