"""A design as Python: the shipped style and recipe, and what was changed of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import MISSING, fields, is_dataclass, replace
from typing import Any, TypeVar

from synthem.instrument.style import Style, list_styles, load_style
from synthem.parameters import Choice, Density, PerTile
from synthem.solid.recipe import SolidRecipe, list_solid_recipes, load_solid_recipe
from synthem.studio.design import DEPTH, Design
from synthem.tissue.recipes.recipe import Recipe, list_recipes, load_recipe

__all__ = ["python_code"]

T = TypeVar("T", Style, Recipe, SolidRecipe)

VALUES = (Choice, Density, PerTile)


def python_code(design: Design, style: str, recipe: str) -> str:
    """Return a script that makes the tile of a design.

    Parameters
    ----------
    design : Design
        What to make.
    style, recipe : str
        Names of the shipped style and recipe from which to begin; those of no shipped one stand for ``epfl`` and
        ``tissue``.

    Returns
    -------
    str
        Python that ends with ``tiles``, a dataset of one tile with the bytes of the page, or with ``volume``, the
        sections that were made at once.

    Examples
    --------
    >>> import synthem
    >>> from synthem.studio.design import Design
    >>> from synthem.studio.python_code import python_code
    >>> solid = synthem.load_solid_recipe("tissue")
    >>> style, recipe = synthem.load_style("ac4"), synthem.load_recipe("paper")
    >>> design = Design(style=style, recipe=recipe, solid_recipe=solid, seed=7)
    >>> print(python_code(design, "ac4", "paper"))
    import synthem
    <BLANKLINE>
    style = synthem.load_style("ac4")
    recipe = synthem.load_recipe("paper")
    tiles = synthem.generate(1, recipe=recipe, style=style, shape=256, seed=7)
    <BLANKLINE>
    """
    style = style if style in list_styles() else "epfl"
    lines = [f'style = synthem.load_style("{style}")', *_changed("style", load_style(style), design.style)]
    if design.section is None:
        recipe = recipe if recipe in list_recipes() else "tissue"
        lines += [f'recipe = synthem.load_recipe("{recipe}")', *_changed("recipe", load_recipe(recipe), design.recipe)]
    else:
        recipe = recipe if recipe in list_solid_recipes() else "tissue"
        lines += [f'recipe = synthem.load_solid_recipe("{recipe}")']
        lines += _changed("recipe", load_solid_recipe(recipe), design.solid_recipe)
    lines += [_tile(design)] if design.section is None else _sections(design)
    text = "\n".join(lines) + "\n"
    imports = ["from dataclasses import replace\n\n"] if "replace(" in text else []
    return "".join([*imports, "import synthem\n\n", text])


def _tile(design: Design) -> str:
    """Return the statement that makes a tile."""
    more = [] if design.classes == "epfl6" else [f'classes="{design.classes}"']
    more += [f"seed={design.seed}"] + ([f"start={design.index}"] if design.index else [])
    return f"tiles = synthem.generate(1, recipe=recipe, style=style, shape={design.size}, {', '.join(more)})"


def _sections(design: Design) -> list[str]:
    """Return the statements that make sections of a volume."""
    own = [f"shape=({DEPTH}, {design.size}, {design.size})", "pixel_size_nm=style.pixel_size_nm"]
    own += [] if design.spacing_nm is None else [f"spacing_nm={design.spacing_nm!r}"]
    own += [] if design.classes == "epfl6" else [f'classes="{design.classes}"']
    origin = f"origin=({design.first_section}, 0, 0)"
    return [
        f"scene = synthem.SolidScene(recipe=recipe, style=style, {', '.join(own)})",
        f"volume = scene.render(seed={design.seed}, index={design.index}, {origin})",
    ]


def _changed(name: str, base: T, now: T) -> list[str]:
    """Return the statement that changes a shipped style or recipe into another one, if it differs."""
    own: dict[str, str] = {}
    if isinstance(base, Style) and isinstance(now, Style) and base.per_tile != now.per_tile:
        pairs = ", ".join(f'"{path}": {_written(one)}' for path, one in now.per_tile.items())
        own["per_tile"] = f"{{{pairs}}}"
        base = replace(base, per_tile=now.per_tile)
    own |= dict(_changes(name, base, now))
    if not own:
        return []
    arguments = "".join(f"    {key}={value},\n" for key, value in own.items())
    return [f"{name} = replace(\n    {name},\n{arguments})"]


def _changes(place: str, base: Any, now: Any) -> Iterator[tuple[str, str]]:
    """Yield name and expression of each field of `now` that differs, where `place` is the expression of `base`."""
    for item in fields(now):
        old, new = getattr(base, item.name), getattr(now, item.name)
        if item.name == "per_tile" or old == new:
            continue
        if is_dataclass(new) and type(old) is type(new) and not isinstance(new, VALUES):
            inner = f"{place}.{item.name}"
            given = ", ".join(f"{key}={value}" for key, value in _changes(inner, old, new))
            yield item.name, f"replace({inner}, {given})"
        else:
            yield item.name, _written(new)


def _written(value: Any) -> str:
    """Return a value as an expression."""
    if isinstance(value, Choice):
        return f"synthem.Choice({value.values!r})"
    if isinstance(value, PerTile):
        spread = f", spread={value.spread!r}" if value.spread else ""
        return f"synthem.parameters.PerTile(low={value.low!r}, high={value.high!r}{spread})"
    if isinstance(value, dict) or hasattr(value, "items"):
        return "{" + ", ".join(f"{key!r}: {_written(one)}" for key, one in value.items()) + "}"
    if not is_dataclass(value):
        return repr(value)
    given = [(f.name, getattr(value, f.name), f.default) for f in fields(value)]
    shown = ", ".join(f"{name}={_written(own)}" for name, own, usual in given if usual is MISSING or own != usual)
    return f"synthem.{type(value).__name__}({shown})"
