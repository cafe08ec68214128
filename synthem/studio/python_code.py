"""A design as Python: the shipped style and recipe, and what was changed of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import MISSING, fields, is_dataclass, replace
from typing import Any

from synthem.instrument.style import Style, list_styles, load_style
from synthem.parameters import Choice, Density, PerTile
from synthem.studio.design import Design
from synthem.tissue.recipes.recipe import Recipe, list_recipes, load_recipe

__all__ = ["python_code"]

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
        Python that ends with ``tiles``, a dataset of one tile with the bytes of the page.

    Examples
    --------
    >>> import synthem
    >>> from synthem.studio.design import Design
    >>> from synthem.studio.python_code import python_code
    >>> design = Design(style=synthem.load_style("ac4"), recipe=synthem.load_recipe("paper"), seed=7)
    >>> print(python_code(design, "ac4", "paper"))
    import synthem
    <BLANKLINE>
    style = synthem.load_style("ac4")
    recipe = synthem.load_recipe("paper")
    tiles = synthem.generate(1, recipe=recipe, style=style, shape=256, seed=7)
    <BLANKLINE>
    """
    style = style if style in list_styles() else "epfl"
    recipe = recipe if recipe in list_recipes() else "tissue"
    lines = [f"style = synthem.load_style({style!r})".replace("'", '"')]
    lines += _changed("style", load_style(style), design.style)
    lines += [f"recipe = synthem.load_recipe({recipe!r})".replace("'", '"')]
    lines += _changed("recipe", load_recipe(recipe), design.recipe)
    more = [] if design.classes == "epfl6" else [f'classes="{design.classes}"']
    more += [f"seed={design.seed}"] + ([f"start={design.index}"] if design.index else [])
    lines.append(f"tiles = synthem.generate(1, recipe=recipe, style=style, shape={design.size}, {', '.join(more)})")
    text = "\n".join(lines) + "\n"
    imports = ["from dataclasses import replace\n\n"] if "replace(" in text else []
    return "".join([*imports, "import synthem\n\n", text])


def _changed(name: str, base: Style | Recipe, now: Style | Recipe) -> list[str]:
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
