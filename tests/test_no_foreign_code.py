"""Nothing that is read can bring code or open a connection: no pickles, no archives unpacked, one place downloads."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import synthem

PACKAGE = Path(synthem.__file__).parent
SOURCES = {path.relative_to(PACKAGE).as_posix(): ast.parse(path.read_text()) for path in PACKAGE.rglob("*.py")}

MAY_IMPORT = {
    "pickle": {"kernels/_cache.py"},  # compiled kernels, behind a digest
    "marshal": set(),
    "shelve": set(),
    "dill": set(),
    "cloudpickle": set(),
    "pooch": {"experiments/epfl6.py"},
    "requests": {"experiments/epfl6.py"},
    "urllib.request": set(),
    "http": set(),
    "ftplib": set(),
    "socket": {"studio/server.py"},  # listens
}
MAY_CALL: dict[str, set[str]] = {"eval": set(), "exec": set(), "extractall": set(), "unpack_archive": set()}


def imported(tree: ast.AST) -> set[str]:
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


def calls(tree: ast.AST) -> list[ast.Call]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)]


def called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


@pytest.mark.parametrize("module", MAY_IMPORT)
def test_modules_that_run_code_or_connect_are_imported_where_they_may(module):
    found = {
        path
        for path, tree in SOURCES.items()
        if any(name == module or name.startswith(f"{module}.") for name in imported(tree))
    }
    assert found <= MAY_IMPORT[module]


@pytest.mark.parametrize("name", MAY_CALL)
def test_functions_that_run_code_or_unpack_are_not_called(name):
    plain = {
        path
        for path, tree in SOURCES.items()
        for node in calls(tree)
        if isinstance(node.func, ast.Name) and node.func.id == name
    }
    methods = {path for path, tree in SOURCES.items() for node in calls(tree) if called(node) == name}
    assert (methods if name not in ("eval", "exec") else plain) <= MAY_CALL[name]


def test_numpy_and_torch_load_no_objects():
    for path, tree in SOURCES.items():
        for node in calls(tree):
            owner = node.func.value if isinstance(node.func, ast.Attribute) else None
            options = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
            if isinstance(owner, ast.Name) and owner.id == "np" and called(node) == "load":
                assert options.get("allow_pickle") == "False", path
            if called(node) in ("read_array", "write_array", "savez", "savez_compressed"):
                assert options.get("allow_pickle") == "False", path
            assert not (isinstance(owner, ast.Name) and owner.id == "torch" and called(node) in ("load", "save")), path
