"""The public names, and what importing the package costs."""

from __future__ import annotations

import subprocess
import sys

import pytest

import synthem

HEAVY = ("numba", "scipy", "cv2", "skimage", "shapely", "pydantic", "torch", "matplotlib", "dask", "rich", "typer")


def run_python(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.strip()


def test_importing_synthem_imports_nothing_heavy():
    loaded = run_python("import sys, synthem; print(' '.join(sys.modules))").split()
    assert not set(HEAVY) & set(loaded)


@pytest.mark.slow
def test_generating_imports_no_optional_package():
    code = "import sys, synthem; synthem.generate(n=1, seed=0, shape=(64, 64)); print(' '.join(sys.modules))"
    assert not {"torch", "matplotlib", "dask", "noise"} & set(run_python(code).split())


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


@pytest.mark.slow
def test_modules_for_users_need_no_import_of_their_own():
    code = "import synthem; synthem.quality.compare, synthem.labels.EPFL6, synthem.parameters.Density"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
