"""Files in pixels as files of today: recipes, and styles with what of them belongs to a recipe now."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from synthem._toml import from_mapping, read_toml, to_toml
from synthem.errors import ConfigError
from synthem.instrument.style import is_in_pixels
from synthem.instrument.upgrade import upgrade_style
from synthem.tissue.recipes.recipe import Recipe, load_recipe

__all__ = ["upgrade_file", "upgrade_recipe"]

LENGTHS = (
    "radius",
    "sheath",
    "length",
    "width",
    "room",
    "spine_radius",
    "bouton_radius",
    "largest",
    "smallest",
    "warp",
)
"""Keys of sections that were pixels."""


def upgrade_recipe(path: Path, pixel_size_nm: float) -> Recipe:
    """Read a recipe whose lengths are pixels.

    Parameters
    ----------
    path : Path
        A TOML file.
    pixel_size_nm : float
        Side of its pixels.

    Raises
    ------
    ConfigError
        If the file is no such recipe.
    """
    data = read_toml(path)
    sections = {name: value for name, value in data.items() if isinstance(value, Mapping)}
    if "margin" not in data and not any(set(LENGTHS) & set(section) for section in sections.values()):
        raise ConfigError(f"{path}: must be a style or recipe whose lengths are pixels, got neither")
    new: dict[str, Any] = {name: value for name, value in data.items() if name not in sections and name != "margin"}
    if "margin" in data:
        new["margin_nm"] = pixel_size_nm * data["margin"]
    for name, section in sections.items():
        new[name] = dict(_in_nm(key, value, pixel_size_nm) for key, value in section.items())
    return from_mapping(Recipe, new, str(path))


def _in_nm(key: str, value: Any, pixel_size_nm: float) -> tuple[str, Any]:
    if key not in LENGTHS:
        return key, value
    scaled = [pixel_size_nm * one for one in value] if isinstance(value, list) else pixel_size_nm * value
    return f"{key}_nm", scaled


def upgrade_file(path: Path, pixel_size_nm: float) -> tuple[str, list[str]]:
    """Convert a style or a recipe whose lengths are pixels.

    Parameters
    ----------
    path : Path
        A TOML file.
    pixel_size_nm : float
        Side of the pixels of a recipe, which does not say; a style does.

    Returns
    -------
    str, list of str
        The new file, and lines that say what of a style belongs to a recipe now, where it differs from ``tissue``.

    Raises
    ------
    ConfigError
        If the file is neither.
    """
    if not is_in_pixels(read_toml(path)):
        recipe = upgrade_recipe(path, pixel_size_nm)
        return to_toml(recipe), [f"lengths were taken as pixels of {pixel_size_nm:g} nm"]
    upgraded, usual = upgrade_style(path), load_recipe("tissue")
    lines = []
    for section, values in upgraded.tissue.items():
        own = getattr(usual, section)
        other = {key: value for key, value in values.items() if getattr(own, key) != value}
        if other:
            lines += [f"[{section}]", *(f"{key} = {_shown(value)}" for key, value in other.items())]
    if lines:
        lines = ["what decides masks belongs to a recipe now; of `tissue` these differ:", *lines]
    return to_toml(upgraded.style), lines


def _shown(value: Any) -> str:
    return str(list(value)) if isinstance(value, tuple) else str(value)
