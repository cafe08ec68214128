"""Commands about styles, recipes and class tables: styles, schema."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from synthem._files import check_file, write_file
from synthem.cli._app import command, names_of
from synthem.errors import ConfigError, did_you_mean

__all__ = ["schema", "styles"]


@command(
    epilog="Examples: `synthem styles` · `synthem styles epfl -o my.toml` · `synthem styles tissue` · "
    "`synthem styles mine.toml --vary 1 -o varied.toml` · `synthem styles --upgrade old.toml -o new.toml`"
)
def styles(
    name: Annotated[
        str | None,
        typer.Argument(
            autocompletion=names_of("all"), help="Print this one, as TOML to begin with.", show_default=False
        ),
    ] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Write it to a file (TOML), in UTF-8.")] = None,
    upgrade: Annotated[
        Path | None, typer.Option(metavar="TOML", help="Convert a style or recipe whose lengths are pixels.")
    ] = None,
    vary: Annotated[
        float | None,
        typer.Option(metavar="AMOUNT", help="Let the look of a style differ from tile to tile, 0 to 3, for training."),
    ] = None,
    pixel_size: Annotated[
        float, typer.Option(metavar="NM", help="Side of a pixel in nm of a recipe to convert.")
    ] = 5.0,
) -> None:
    """List the shipped styles, recipes and class tables, print one, vary one, or convert one with lengths in pixels."""
    from synthem.instrument.style import load_style
    from synthem.instrument.variety import LARGEST
    from synthem.parameters import check_scalar

    if output is not None:
        check_file("output", output, ".toml")
        if name is None and upgrade is None:
            required = "`output` must come with the name of a style, recipe or class table"
            raise ConfigError(f"{required}, got {str(output)!r} alone")
    if upgrade is not None:
        if name is not None:
            raise ConfigError(f"`name` must be left out with `upgrade`, got {name!r}")
        _upgrade(upgrade, output, pixel_size)
    elif vary is not None:
        if name is None:
            raise ConfigError(f"`vary` must come with a style, its name or its file, got {vary:g} alone")
        _give(load_style(name).varied(check_scalar("vary", vary, high=LARGEST)).to_toml(), output)
    else:
        _show(name, output)


def _show(name: str | None, output: Path | None) -> None:
    """Print or write one of what is shipped, or list all."""
    from synthem.instrument.style import list_styles, load_style
    from synthem.labels import list_class_tables, load_class_table
    from synthem.tissue.recipes.recipe import list_recipes, load_recipe

    loaders: dict[str, tuple[list[str], Callable[[str], Any]]] = {
        "style": (list_styles(), load_style),
        "recipe": (list_recipes(), load_recipe),
        "classes": (list_class_tables(), load_class_table),
    }
    if name is None:
        for kind, (names, _) in loaders.items():
            for one in names:
                typer.echo(f"{kind:7} {one}")
        return
    for names, load in loaders.values():
        if name in names:
            _give(load(name).to_toml(), output)
            return
    known = [one for names, _ in loaders.values() for one in names]
    raise ConfigError(f"`name` must be one of {', '.join(known)}, got {name!r}{did_you_mean(name, known)}")


def _upgrade(path: Path, output: Path | None, pixel_size: float) -> None:
    """Convert a file whose lengths are pixels; say what of it belongs elsewhere now."""
    from synthem.instrument.style import check_pixel_size
    from synthem.tissue.recipes.upgrade import upgrade_file

    text, notes = upgrade_file(path, check_pixel_size(pixel_size))
    _give(text, output)
    for line in notes:
        typer.echo(line, err=True)


def _give(text: str, output: Path | None) -> None:
    if output is None:
        typer.echo(text, nl=False)
    else:
        write_file(output, text)


@command(epilog="Examples: `synthem schema style` · `synthem schema recipe -o recipe.schema.json`")
def schema(
    kind: Annotated[
        str,
        typer.Argument(
            metavar="style|recipe|solid_recipe",
            autocompletion=lambda: ["style", "recipe", "solid_recipe"],
            help="What to describe.",
            show_default=False,
        ),
    ],
    output: Annotated[Path | None, typer.Option("-o", "--output", help="File to write (JSON).")] = None,
) -> None:
    """Print the JSON Schema of styles or recipes: every key with a sentence, its unit, limits and default."""
    import json

    from synthem.schema import json_schema

    if output is not None:
        check_file("output", output, ".json")
    _give(json.dumps(json_schema(kind), indent=2, ensure_ascii=False) + "\n", output)
