"""Every benchmark has a name that asv collects, says what it measures, and runs."""

from __future__ import annotations

import importlib.util
import inspect
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "benchmarks"
PREFIXES = ("time_", "timeraw_", "track_", "mem_", "peakmem_")
HELPERS = {"setup", "teardown", "setup_cache"}

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::synthem.errors.PlacementWarning")]


def load(path):
    spec = importlib.util.spec_from_file_location(f"benchmarks_{path.stem}", path)
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def workloads():
    for path in sorted(FOLDER.glob("[!_]*.py")):
        module = load(path)
        for name, cls in inspect.getmembers(module, inspect.isclass):
            if cls.__module__ == module.__name__ and not name.startswith("_"):
                yield pytest.param(cls, id=f"{path.stem}.{name}")


WORKLOADS = list(workloads())


def public_methods(cls):
    return [name for name, _ in inspect.getmembers(cls, inspect.isfunction) if not name.startswith("_")]


def parameters(cls):
    """Return the values of each parameter; asv allows a flat list for a single one."""
    params = getattr(cls, "params", ())
    return params if all(isinstance(values, list | tuple) for values in params) else [params]


@pytest.mark.parametrize("cls", WORKLOADS)
def test_asv_collects_every_method(cls):
    methods = set(public_methods(cls)) - HELPERS
    assert methods
    assert all(name.startswith(PREFIXES) for name in methods), methods


@pytest.mark.parametrize("cls", WORKLOADS)
def test_every_workload_is_stated(cls):
    assert len(vars(cls).get("__doc__") or "") > 30
    assert len(parameters(cls)) == len(getattr(cls, "param_names", ()))


def smaller(cls, monkeypatch):
    """Make the largest workloads small, since nothing is timed here."""
    module = sys.modules[cls.__module__]
    if cls.__name__ == "FirstTile":  # .ci/run compiles all kernels in an empty cache
        monkeypatch.setattr(module, "FIRST_TILE", "import synthem.kernels.masks")
    elif cls.__name__ == "TrainingStep":
        monkeypatch.setattr(module, "TILES", 6)
    elif cls.__name__ == "Prediction":
        setup = cls.setup
        monkeypatch.setattr(cls, "setup", lambda self: (setup(self), setattr(self, "image", self.image[:256, :256])))
    elif cls.__name__ == "Disk":
        monkeypatch.setattr(module, "COUNTS", {"axons": 1, "psd": 1, "vesicles": 1, "shape": 64})
    elif cls.__name__ == "Tile":
        monkeypatch.setattr(cls.track_tiles_per_second, "__defaults__", (3,))


@pytest.mark.parametrize("cls", WORKLOADS)
def test_every_benchmark_runs(cls, monkeypatch):
    """All methods of a class run after one set-up; asv sets up anew for each."""
    smaller(cls, monkeypatch)
    first = [values[0] for values in parameters(cls)]
    workload = cls()
    if hasattr(workload, "setup"):
        try:
            workload.setup(*first)
        except NotImplementedError as reason:
            pytest.skip(str(reason))
    try:
        for name in sorted(set(public_methods(cls)) - HELPERS):
            result = getattr(workload, name)(*first)
            if name.startswith("track_"):
                assert isinstance(result, int | float)
    finally:
        if hasattr(workload, "teardown"):
            workload.teardown(*first)


def test_no_function_stands_outside_a_workload():
    for path in FOLDER.glob("[!_]*.py"):
        module = load(path)
        functions = [
            name for name, f in inspect.getmembers(module, inspect.isfunction) if f.__module__ == module.__name__
        ]
        assert not [name for name in functions if name.startswith(PREFIXES)]
