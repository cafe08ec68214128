"""The schemas of styles and recipes: valid, complete, and true of every shipped file."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

import synthem
from synthem.cli import app
from synthem.errors import ConfigError
from synthem.schema import json_schema

PACKAGE = Path(synthem.__file__).parent
STYLES = sorted((PACKAGE / "instrument" / "styles").glob("*.toml"))
SOLID_RECIPES = sorted((PACKAGE / "solid" / "recipes").glob("*.toml"))
RECIPES = sorted((PACKAGE / "tissue" / "recipes").glob("*.toml"))
KEYWORDS = {"$schema", "title", "description", "type", "properties", "required", "additionalProperties", "anyOf"}
KEYWORDS |= {"default", "unit", "items", "minItems", "maxItems", "minimum", "maximum", "exclusiveMaximum"}
OWN = {
    "style": 'name = "own"\n[own_materials.chitin]\nopacity = 0.5\n'
    "[materials.myelin]\ngrey = { per_tile = [40, 60], spread = 10 }\n",
    "solid_recipe": 'name = "own"\n[axons]\ncount = 2.5\nlength_nm = 900\n[boutons]\nradius_nm = [100, 150]\n'
    '[[own]]\nname = "sac"\nrim = "myelin"\nradius_nm = 30\n[artifacts.shift]\nshare = 0.1\ndistance_nm = 20\n',
    "recipe": 'name = "own"\n[axons]\ncount = 2\nradius_nm = { values = [200, 300] }\n[artifacts.fold]\nshare = 0.1\n',
}

LOADERS = {
    "style": synthem.load_style,
    "recipe": synthem.load_recipe,
    "solid_recipe": synthem.load_solid_recipe,
}


def nodes(schema):
    """Yield a schema and all those within it."""
    yield schema
    inner = [*schema.get("properties", {}).values(), *schema.get("anyOf", [])]
    inner += [schema[key] for key in ("items", "additionalProperties") if isinstance(schema.get(key), dict)]
    for one in inner:
        yield from nodes(one)


def allows(schema, value):
    """Return whether a schema of the keywords above allows a value."""
    if "anyOf" in schema:
        return any(allows(one, value) for one in schema["anyOf"])
    match schema["type"]:
        case "object":
            return isinstance(value, dict) and _allows_keys(schema, value)
        case "array":
            fits = isinstance(value, list) and schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", 1e9)
            return fits and all(allows(schema["items"], one) for one in value)
        case "boolean" | "string":
            return isinstance(value, {"boolean": bool, "string": str}[schema["type"]])
        case kind:
            of = int if kind == "integer" else (int, float)
            below = value < schema["exclusiveMaximum"] if "exclusiveMaximum" in schema else True
            low, high = schema.get("minimum", -1e9), schema.get("maximum", 1e9)
            return isinstance(value, of) and not isinstance(value, bool) and below and low <= value <= high


def _allows_keys(schema, value):
    known, others = schema.get("properties", {}), schema.get("additionalProperties", True)
    if any(key not in value for key in schema.get("required", ())):
        return False
    return all(allows(known[k], v) if k in known else (others and allows(others, v)) for k, v in value.items())


@pytest.mark.parametrize("kind", ["style", "recipe", "solid_recipe"])
class TestSchema:
    def test_is_json_schema(self, kind):
        schema = json_schema(kind)
        assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        json.dumps(schema, allow_nan=False)
        types = {"object", "array", "number", "integer", "string", "boolean"}
        for node in nodes(schema):
            assert set(node) <= KEYWORDS
            assert node.get("type") in types or node["anyOf"], "a schema without a type says nothing"
            assert set(node.get("required", ())) <= set(node.get("properties", ()))
            if "minimum" in node and "maximum" in node:
                assert node["minimum"] < node["maximum"]

    def test_is_valid_to_others(self, kind):
        jsonschema = pytest.importorskip("jsonschema")
        jsonschema.Draft202012Validator.check_schema(json_schema(kind))

    def test_describes_every_key(self, kind):
        described = [node for node in nodes(json_schema(kind)) if "properties" in node]
        assert len(described) > 10
        for node in described:
            if {"per_tile", "values", "mean"} & set(node["properties"]):  # a value, not a section
                continue
            for name, one in node["properties"].items():
                assert one["description"].endswith("."), name

    def test_defaults_are_allowed(self, kind):
        for node in nodes(json_schema(kind)):
            for name, one in node.get("properties", {}).items():
                if "default" in one:
                    assert allows(one, one["default"]), (name, one["default"])

    def test_allows_every_shipped_file(self, kind):
        paths = {"style": STYLES, "recipe": RECIPES, "solid_recipe": SOLID_RECIPES}[kind]
        assert paths
        for path in paths:
            assert allows(json_schema(kind), tomllib.loads(path.read_text(encoding="utf-8"))), path

    def test_allows_what_can_be_loaded(self, kind, tmp_path):
        path = tmp_path / "own.toml"
        path.write_text(f"#:schema ./own.schema.json\n{OWN[kind]}")
        load = LOADERS[kind]
        assert allows(json_schema(kind), tomllib.loads(path.read_text()))
        assert allows(json_schema(kind), tomllib.loads(load(path).to_toml()))

    def test_the_command_prints_it(self, kind, tmp_path):
        printed = CliRunner().invoke(app, ["schema", kind])
        assert json.loads(printed.stdout) == json_schema(kind)
        out = tmp_path / "out.json"
        assert CliRunner().invoke(app, ["schema", kind, "-o", str(out)]).exit_code == 0
        assert json.loads(out.read_text(encoding="utf-8")) == json_schema(kind)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("style", 'name = "a"\n[optics]\npsf_sigma = 1.0\n'),
        ("style", 'name = "a"\n[optics]\npsf_sigma_nm = 101.0\n'),
        ("style", 'name = "a"\n[materials.myelin]\ngrey = [10, 20, 30]\n'),
        ("style", 'name = "a"\n[own_materials.chitin]\ngray = 10\n'),
        ("style", "pixel_size_nm = 5.0\n"),
        ("recipe", 'name = "a"\n[axons]\ncount = -1\n'),
        ("recipe", 'name = "a"\n[axons]\nradius_nm = { per_tile = [200, 300] }\n'),
        ("recipe", 'name = "a"\n[artifacts.fold]\nshare = 2\n'),
        ("recipe", 'name = "a"\n[artifacts.fault]\nshare = 0.1\n'),
    ],
)
def test_what_cannot_be_loaded_is_not_allowed(kind, text, tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(text)
    with pytest.raises(ConfigError):
        {"style": synthem.load_style, "recipe": synthem.load_recipe}[kind](path)
    assert not allows(json_schema(kind), tomllib.loads(text))


def test_there_are_three_kinds():
    result = CliRunner().invoke(app, ["schema", "recipee"])
    assert result.exit_code == 2
    assert "did you mean 'recipe'" in result.stderr
