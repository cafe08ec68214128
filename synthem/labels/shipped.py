"""Shipped class tables, each a TOML file in `tables`, and those of users."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

from synthem._toml import find_toml, read_toml, shipped
from synthem.errors import ConfigError
from synthem.labels.class_table import EPFL6, TABLES, ClassTable

__all__ = ["Classes", "list_class_tables", "load_class_table"]

Classes: TypeAlias = str | Path | ClassTable | None
"""What a parameter `classes` may be: see `load_class_table`."""


def list_class_tables() -> list[str]:
    """Return the names of the shipped class tables.

    Examples
    --------
    >>> from synthem import list_class_tables
    >>> list_class_tables()
    ['all', 'epfl6']
    """
    return shipped(TABLES)


def load_class_table(classes: Classes = None) -> ClassTable:
    """Load a class table.

    Parameters
    ----------
    classes : str, Path, ClassTable or None, default None
        Name of a shipped table, path of a TOML file, or a table, which is returned as it is; None is the table of
        EPFL6.

    Returns
    -------
    ClassTable

    Raises
    ------
    ConfigError
        If there is no such table, or the file has an unknown key or a wrong value.

    Examples
    --------
    >>> from synthem import load_class_table
    >>> load_class_table("epfl6").names[:3]
    ('mitochondria', 'psd', 'vesicles')
    """
    if classes is None:
        return EPFL6
    if isinstance(classes, ClassTable):
        return classes
    if not isinstance(classes, str | Path):
        raise ConfigError(f"`classes` must be a name, a TOML file or a ClassTable, got {classes!r}")
    path = find_toml("classes", classes, TABLES, "a TOML file or a ClassTable")
    return ClassTable.from_dict({"name": path.stem, **read_toml(path)}, str(path))
