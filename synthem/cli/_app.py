"""The application: how commands are registered, and how they report errors, warnings and slices."""

from __future__ import annotations

import re
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ParamSpec

import typer
from typer.core import TyperCommand, TyperGroup

from synthem._options import with_options
from synthem._progress import Tick, ticker
from synthem._signals import is_terminal
from synthem.errors import ConfigError, DataWarning, SynthemError

if TYPE_CHECKING:
    from synthem.io.slices import Slices

__all__ = ["FAILURE", "app", "command", "compile_first", "names_of", "note", "read"]

P = ParamSpec("P")

USAGE_ERROR = 2
FAILURE = 1


class _Command(TyperCommand):
    """A command whose help shows flags without a value, and arguments as its errors name them."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the parameters."""
        return _as_typed(super().get_params(ctx))


class _Group(TyperGroup):
    """The same of the application itself."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the parameters."""
        return _as_typed(super().get_params(ctx))


def _as_typed(parameters: list[Any]) -> list[Any]:
    for one in parameters:
        if one.metavar is None and one.param_type_name == "argument":
            one.metavar = one.name.upper()
        elif one.metavar is None and one.is_flag:
            one.metavar = ""
    return parameters


app = typer.Typer(
    name="synthem",
    cls=_Group,
    help="Brain electron-microscopy tiles with exact ground truth.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def command(*, epilog: str) -> Callable[[Callable[P, None]], Callable[P, None]]:
    """Register a command that reports errors of synthem in one line, with an exit code."""

    def register(function: Callable[P, None]) -> Callable[P, None]:
        @wraps(function)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> None:
            try:
                with _warnings_in_lines():
                    function(*args, **kwargs)
            except SynthemError as error:
                typer.echo(f"error: {with_options(error, function)}", err=True)
                raise typer.Exit(USAGE_ERROR if isinstance(error, ConfigError) else FAILURE) from error

        return app.command(cls=_Command, epilog=epilog)(guarded)

    return register


def read(
    name: str, folder: Path, exclude: Sequence[str] = (), *, partial: bool = False, classes: str | None = None
) -> Slices:
    """Read slices, and say on standard error what was used and what was ignored; errors name the option."""
    from synthem.io import read_slices

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)  # the report says it
        try:
            slices = read_slices(folder, exclude=exclude, partial=partial, classes=classes)
        except SynthemError as error:
            text = re.sub("`(path|source)`", f"`{name}`", str(error))
            raise type(error)(text) from error
    typer.echo(str(slices.report), err=True)
    return slices


def _show_warning(message: Warning | str, category: type[Warning], *_: Any, **__: Any) -> None:
    typer.echo(f"warning: {message}", err=True)


@contextmanager
def _warnings_in_lines() -> Iterator[None]:
    """Show warnings about data as the command shows errors."""
    with warnings.catch_warnings():
        warnings.simplefilter("default", DataWarning)
        shown = warnings.showwarning
        warnings.showwarning = lambda message, category, *rest, **more: (
            _show_warning if issubclass(category, DataWarning) else shown
        )(message, category, *rest, **more)
        yield


def names_of(kind: str) -> Callable[[], list[str]]:
    """Return what completes the name of a shipped style, recipe or class table in a shell."""

    def names() -> list[str]:
        from synthem.instrument.style import list_styles
        from synthem.labels import list_class_tables
        from synthem.tissue.recipes.recipe import list_recipes

        lists = {"style": list_styles, "recipe": list_recipes, "classes": list_class_tables}
        return [name for one in ([kind] if kind in lists else lists) for name in lists[one]()]

    return names


def note(text: str) -> None:
    """Tell a person at a terminal; be silent in a pipe."""
    if is_terminal():
        typer.echo(text, err=True)


def compile_first(*, solid: bool = False) -> None:
    """Compile the kernels of tiles, or of volumes, if they are not compiled yet.

    It is said on standard error: by a bar, or a line in a pipe.
    """
    from synthem.generation.pools import can_fork
    from synthem.kernels.compilation import compile_kernels, kernels_are_kept

    if kernels_are_kept(solid=solid):
        return
    began = time.perf_counter()
    if not is_terminal() or not can_fork():
        typer.echo("compiling kernels, once per installation: about half a minute", err=True)
    if can_fork():
        with ExitStack() as stack:
            compile_kernels(_Bar(stack) if is_terminal() else lambda done, total: None, solid=solid)
        typer.echo(f"kernels are compiled, {time.perf_counter() - began:.1f} s", err=True)


class _Bar:
    """A progress bar of what is done out of a total."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack, self._done = stack, 0
        self._tick: Tick | None = None

    def __call__(self, done: int, total: int) -> None:
        """Show how much is done."""
        if self._tick is None:
            self._tick = self._stack.enter_context(ticker(total=total, label="compiling kernels (once)"))
        self._tick(done - self._done)
        self._done = done


def _version(show: bool) -> None:
    if show:
        from synthem import __version__

        typer.echo(f"synthem {__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Brain electron-microscopy tiles with exact ground truth."""
