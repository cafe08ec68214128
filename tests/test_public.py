"""The public names, and what importing the package costs."""

from __future__ import annotations

import dataclasses
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import synthem
from synthem.parameters import Declared

HEAVY = ("numba", "scipy", "cv2", "skimage", "shapely", "pydantic", "torch", "matplotlib", "dask", "rich", "typer")


def run_python(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.strip()


def test_importing_synthem_imports_nothing_heavy():
    loaded = run_python("import sys, synthem; print(' '.join(sys.modules))").split()
    assert not set(HEAVY) & set(loaded)


@pytest.mark.slow
def test_modules_for_users_need_no_import_of_their_own_and_generating_no_optional_package():
    users = "synthem.quality.compare, synthem.labels.EPFL6, synthem.parameters.Density"
    generate = "synthem.generate(n=1, seed=0, shape=(64, 64))"
    loaded = run_python(f"import sys, synthem; {users}; {generate}; print(' '.join(sys.modules))").split()
    assert "synthem.quality.comparison" in loaded
    assert not {"torch", "matplotlib", "dask", "noise"} & set(loaded)


@pytest.mark.parametrize("name", synthem.__all__)
def test_every_public_name_exists(name):
    assert getattr(synthem, name) is not None
    assert name in dir(synthem)


def test_every_public_name_is_documented():
    for name in synthem.__all__:
        value = getattr(synthem, name)
        if callable(value):
            assert value.__doc__
            assert value.__module__.startswith("synthem."), name


def test_unknown_names_are_attribute_errors():
    with pytest.raises(AttributeError, match="module 'synthem' has no attribute 'Axons'"):
        _ = synthem.Axons


def test_no_module_shares_its_name_with_a_public_function():
    import pkgutil

    modules = {module.name for module in pkgutil.iter_modules(synthem.__path__)}
    assert not modules & set(synthem.__all__)


def every_declared_class() -> list[type[Declared]]:
    """Return what says itself what it may hold: styles, recipes, organelles, stages, artefacts, and their sections."""
    for name in synthem.__all__:
        getattr(synthem, name)
    found, new = [], [Declared]
    while new:
        new = [kind for one in new for kind in one.__subclasses__()]
        found += new
    ours = [kind for kind in set(found) if kind.__module__.startswith("synthem.")]
    known = [kind for kind in ours if getattr(sys.modules[kind.__module__], kind.__name__, None) is kind]
    return sorted(known, key=lambda kind: kind.__name__)  # and none of examples in docstrings


@pytest.mark.parametrize("kind", every_declared_class(), ids=lambda kind: kind.__name__)
def test_every_field_is_documented_with_its_sentence(kind):
    doc = inspect.cleandoc(kind.__doc__)
    section = doc.partition("Parameters\n----------\n")[2].partition("\n\n")[0]
    entries = dict(re.findall(r"^(\w+) : (.+\n(?:    .+\n?)+)", section, re.MULTILINE))
    assert max(map(len, doc.splitlines())) < 140, "a default is printed as a whole"
    for field in dataclasses.fields(kind):
        entry = " ".join(entries[field.name].split())
        assert entry.endswith("."), "no sentence"
        if "parameter" not in field.metadata:
            continue
        parameter = field.metadata["parameter"]
        assert parameter.text in entry
        assert f" in {parameter.unit}" in entry or not parameter.unit
        if field.type in ("float", "int", "Range", "Number"):
            assert f"{parameter.low:.9g} to {parameter.high:.9g}" in entry
        if field.default is not dataclasses.MISSING:
            assert ", default " in entry


def test_what_declares_itself_is_in_the_reference():
    page = (Path(__file__).parents[1] / "docs" / "reference" / "api.md").read_text(encoding="utf-8")
    listed = {line.strip().rpartition(".")[2] for line in page.splitlines() if line.startswith("   synthem.")}
    assert {kind.__name__ for kind in every_declared_class()} <= listed
