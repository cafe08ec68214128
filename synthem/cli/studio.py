"""The command that opens the studio."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from synthem.cli._app import command, compile_first, names_of
from synthem.errors import MissingExtraError

__all__ = ["studio"]


@command(
    epilog="Examples: `synthem studio` · `synthem studio --real path/to/slices` · "
    "`synthem studio --real path/to/slices --style my.toml --recipe my_recipe.toml`"
)
def studio(
    real: Annotated[Path | None, typer.Option(help="Folder of real slices to compare with.")] = None,
    style: Annotated[
        str, typer.Option(autocompletion=names_of("style"), help="Style to begin with: a shipped one or a TOML file.")
    ] = "epfl",
    recipe: Annotated[
        str, typer.Option(autocompletion=names_of("recipe"), help="Recipe to begin with, likewise.")
    ] = "tissue",
    port: Annotated[int, typer.Option(help="Port of the page; the next one if it is in use.")] = 8765,
    browser: Annotated[bool, typer.Option(help="Open the page in a browser.")] = True,
) -> None:
    """Open a local page with a slider for every parameter; the tile follows."""
    try:
        from synthem.studio.server import serve
    except ModuleNotFoundError as error:
        if error.name not in ("starlette", "uvicorn"):
            raise
        raise MissingExtraError('the studio needs the extra `studio`: `pip install "synthem[studio]"`') from error
    compile_first()
    serve(real, style=style, recipe=recipe, port=port, browser=browser, say=lambda text: typer.echo(text))
