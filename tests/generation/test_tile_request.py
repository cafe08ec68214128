"""One request behind three functions: its fields, its checks, and how the functions show it."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
from dataclasses import FrozenInstanceError, fields
from pathlib import Path

import pytest

import synthem
from synthem.errors import ConfigError
from synthem.generation.tile_request import TileOptions, TileRequest

FUNCTIONS = (synthem.generate, synthem.generate_files, synthem.iter_tiles)


def test_options_are_the_fields():
    public = {one.name: one.type for one in fields(TileRequest) if one.init}
    assert {name: hint.__forward_arg__ for name, hint in TileOptions.__annotations__.items()} == public


@pytest.mark.parametrize("function", FUNCTIONS)
def test_signatures_and_help_show_every_option(function):
    shown = inspect.signature(function).parameters
    for one in fields(TileRequest):
        if one.init:
            assert (shown[one.name].default, shown[one.name].kind) == (one.default, inspect.Parameter.KEYWORD_ONLY)
    assert not [one for one in shown.values() if one.kind is inspect.Parameter.VAR_KEYWORD]
    documented = function.__doc__.partition("Returns\n")[0].partition("Yields\n")[0]
    assert all(name in documented for name in shown)


@pytest.mark.parametrize("function", FUNCTIONS[::2])
def test_unknown_options_get_a_suggestion(function):
    name = function.__name__
    with pytest.raises(TypeError, match=rf"{name}\(\) got an unexpected keyword argument 'axon'; did you mean 'axons'"):
        function(1, axon=3)


@pytest.mark.slow
def test_type_checkers_know_the_options(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import synthem\n"
        "tiles: synthem.Dataset = synthem.generate(3, axons=(1, 2), seed=0, shape=128, workers=2)\n"
        "synthem.generate(axon=3)\n"
        "synthem.iter_tiles(style=3)\n"
        "synthem.generate_files('x', format='tif')\n"
    )
    pytest.importorskip("mypy")
    here = {**os.environ, "MYPYPATH": str(Path(synthem.__file__).parents[1])}
    root = Path(synthem.__file__).parents[1]  # its settings and its cache: what is checked is the script
    settings = ("--config-file", str(root / "pyproject.toml"), "--cache-dir", str(root / ".mypy_cache"))
    command = [sys.executable, "-m", "mypy", *settings, "--no-error-summary", str(script)]
    found = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, env=here).stdout
    assert [
        line.split(":")[1] for line in found.splitlines() if line.startswith("script.py:") and "error:" in line
    ] == ["3", "4", "5"]


def test_a_request_is_a_checked_value():
    request = TileRequest(axons=1, seed=7, shape=128)
    assert (request.scene.shape, request.root_seed, request.workers) == ((128, 128), 7, 1)
    assert request.config == synthem.build_scene("tissue", axons=1, shape=(128, 128)).to_dict()
    with pytest.raises(FrozenInstanceError):
        request.seed = 8


@pytest.mark.parametrize("shape", [128, (128, 128), [128, 128]])
def test_one_number_is_both_sides(shape):
    assert TileRequest(shape=shape).scene.shape == (128, 128)


@pytest.mark.parametrize("shape", [32, (64,), "256", True, 64.0])
def test_bad_shapes_are_named(shape):
    with pytest.raises(ConfigError, match="`shape` must be"):
        TileRequest(shape=shape)


@pytest.mark.parametrize("given", [{"recipe": 5}, {"style": 5}, {"axons": "many"}, {"seed": -1}, {"start": -1}])
def test_each_error_names_its_parameter(given):
    (name,) = given
    with pytest.raises(ConfigError, match=f"`{name}` must"):
        TileRequest(**given)


def test_old_forms_of_calls_work(squares):
    scene = squares(requested=1)
    assert synthem.generate(2, recipe=scene, seed=1) == synthem.generate(n=2, recipe=scene, seed=1)
    assert [tile.index for tile in synthem.iter_tiles(2, recipe=scene, seed=1, start=1, step=3)] == [1, 4]
