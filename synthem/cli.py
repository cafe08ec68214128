"""The `synthem` command."""

from __future__ import annotations

import io
import re
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ParamSpec

import typer

from synthem._files import check_file, write_file
from synthem._options import parse_count, parse_two_numbers, with_options
from synthem._signals import is_terminal, unwind_when_told_to_stop
from synthem.errors import ConfigError, DataWarning, EmptyClassWarning, PlacementWarning, SynthemError, did_you_mean
from synthem.io.formats import FORMATS

if TYPE_CHECKING:
    from synthem.io.slices import Slices

__all__ = ["app", "run"]

P = ParamSpec("P")

USAGE_ERROR = 2
FAILURE = 1


def run() -> None:
    """Run the command: text goes out in what the stream can take, and a signal to stop unwinds what was begun."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    unwind_when_told_to_stop()
    app(prog_name="synthem")


app = typer.Typer(
    name="synthem",
    help="Brain electron-microscopy tiles with exact ground truth.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _command(*, epilog: str) -> Callable[[Callable[P, None]], Callable[P, None]]:
    """Register a command that reports errors of synthem in one line, with an exit code."""

    def register(function: Callable[P, None]) -> Callable[P, None]:
        @wraps(function)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> None:
            try:
                with _warnings_in_lines():
                    function(*args, **kwargs)
            except SynthemError as error:
                typer.echo(f"error: {with_options(str(error), function)}", err=True)
                raise typer.Exit(USAGE_ERROR if isinstance(error, ConfigError) else FAILURE) from error

        return app.command(epilog=epilog)(guarded)

    return register


def _slices(
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


def _note(text: str) -> None:
    """Tell a person at a terminal; be silent in a pipe."""
    if is_terminal():
        typer.echo(text, err=True)


Axons = Annotated[str | None, typer.Option(metavar="N|LOW:HIGH|mean:M", help="Axons per (1.28 µm)² of tissue.")]
Psd = Annotated[str | None, typer.Option(metavar="N|LOW:HIGH|mean:M", help="Postsynaptic densities, likewise.")]
Vesicles = Annotated[
    str | None, typer.Option(metavar="N|LOW:HIGH|mean:M", help="Clouds of vesicles, likewise; 0: no vesicles at all.")
]
Mitochondria = Annotated[str | None, typer.Option(metavar="N|LOW:HIGH|mean:M", help="Mitochondria, likewise.")]
RecipeName = Annotated[
    str,
    typer.Option(
        help="What is in a tile: tissue (all six classes), paper or paper_axons (no mitochondria), or a TOML file."
    ),
]
StyleName = Annotated[str, typer.Option(help="What it looks like: a shipped style or a TOML file.")]
ClassesName = Annotated[
    str | None,
    typer.Option(metavar="NAME|TOML", help="Classes that are labelled: a shipped table or a TOML file; epfl6 without."),
]
PixelSize = Annotated[
    float | None, typer.Option(metavar="NM", help="Side of a pixel in nm; that of the style if left out.")
]
Seed = Annotated[int | None, typer.Option(help="Seed; drawn and recorded if left out.")]
Workers = Annotated[int, typer.Option(help="Processes; the result does not depend on them.")]


@_command(
    epilog="Examples: `synthem generate out/tiles -n 300 --seed 7` · "
    "`synthem generate out/axons --recipe paper_axons --axons 1:3 --workers 2 --format tiff` · "
    "`synthem generate out/tiles --overwrite --preview out/tiles.png`"
)
def generate(
    out: Annotated[Path, typer.Argument(help="Folder to make.", show_default=False)],
    n: Annotated[int, typer.Option("-n", help="Number of tiles.")] = 300,
    axons: Axons = None,
    psd: Psd = None,
    vesicles: Vesicles = None,
    mitochondria: Mitochondria = None,
    recipe: RecipeName = "tissue",
    style: StyleName = "epfl",
    shape: Annotated[str, typer.Option(metavar="SIZE|HxW", help="Size in pixels.")] = "256",
    pixel_size: PixelSize = None,
    classes: ClassesName = None,
    seed: Seed = None,
    start: Annotated[int, typer.Option(help="Number of the first tile: a large set can be made in parts.")] = 0,
    workers: Workers = 1,
    format: Annotated[
        str, typer.Option(metavar="|".join(FORMATS), autocompletion=lambda: list(FORMATS), help="Format on disk.")
    ] = FORMATS[0],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a dataset of synthem.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Fail if an object finds no room.")] = False,
    preview: Annotated[Path | None, typer.Option(help="Also write a sheet of the first tiles (PNG).")] = None,
) -> None:
    """Generate labelled tiles and save them as a dataset."""
    from synthem import generation
    from synthem.dataset import PREVIEW_TILES
    from synthem.seeds import resolve_seed
    from synthem.view.sheets import sheet, write_sheet

    if preview is not None:
        check_file("preview", preview, ".png")
    began = time.perf_counter()
    request: dict[str, Any] = {
        "axons": parse_count("axons", axons),
        "psd": parse_count("psd", psd),
        "vesicles": parse_count("vesicles", vesicles),
        "mitochondria": parse_count("mitochondria", mitochondria),
        "recipe": recipe,
        "style": style,
        "shape": parse_two_numbers("shape", shape, "x", "a size or HEIGHTxWIDTH"),
        "pixel_size_nm": pixel_size,
        "classes": classes,
        "seed": resolve_seed(seed),
        "start": start,
        "strict": strict,
    }
    output: dict[str, Any] = {"format": format, "overwrite": overwrite}
    with warnings.catch_warnings(record=True) as caught:
        for category in (PlacementWarning, EmptyClassWarning):
            warnings.simplefilter("always", category)
        generation.generate_files(out, n, **request, **output, workers=workers)
    for warning in caught:
        typer.echo(f"warning: {warning.message}", err=True)
    if preview is not None:
        write_sheet(sheet(generation.iter_tiles(min(n, PREVIEW_TILES), **request)), preview)
    typer.echo(f"{out}: {n} tiles, seed {request['seed']}")
    _note(f"{time.perf_counter() - began:.1f} s")


@_command(
    epilog="Examples: `synthem preview out/tiles -o sheet.png` · "
    "`synthem preview -o sheet.png --recipe tissue --real path/to/epfl6`"
)
def preview(
    dataset: Annotated[
        Path | None, typer.Argument(help="Dataset to show; without it tiles are generated.", show_default=False)
    ] = None,
    output: Annotated[Path, typer.Option("-o", "--output", help="PNG file to write.")] = Path("preview.png"),
    n: Annotated[int, typer.Option("-n", help="Number of tiles.")] = 12,
    real: Annotated[Path | None, typer.Option(help="Folder of real slices to show beside.")] = None,
    columns: Annotated[int, typer.Option(help="Tiles per row.")] = 2,
    scale: Annotated[int, typer.Option(help="Magnification.")] = 1,
    recipe: Annotated[str | None, typer.Option(help="Recipe of tiles to generate; tissue if left out.")] = None,
    style: Annotated[str | None, typer.Option(help="Style of tiles to generate; epfl if left out.")] = None,
    classes: Annotated[
        str | None,
        typer.Option(metavar="NAME|TOML", help="Classes: a table or a TOML file; without as in the dataset."),
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of tiles to generate; drawn if left out.")] = None,
) -> None:
    """Write a sheet of tiles, each beside its coloured overlay."""
    from synthem.dataset import Dataset
    from synthem.generation.requests import iter_tiles
    from synthem.tiles.cutting import spread_windows
    from synthem.view.sheets import sheet, write_sheet

    check_file("output", output, ".png")
    if n < 1:
        raise ConfigError(f"`n` must be a whole number of at least 1, got {n}")
    for name, value in (("recipe", recipe), ("style", style), ("seed", seed)):
        if dataset is not None and value is not None:
            raise ConfigError(f"`{name}` must be left out with a dataset, whose tiles are there already, got {value!r}")
    slices = [] if real is None else _slices("real", real, partial=True, classes=classes)
    if dataset is None:
        tiles = list(iter_tiles(n, recipe=recipe or "tissue", style=style or "epfl", classes=classes, seed=seed))
    else:
        tiles = list(Dataset.load(dataset, classes=classes)[:n])
    beside = spread_windows(slices, n=len(tiles), shape=tiles[0].shape)
    write_sheet(sheet(tiles, real=beside, columns=columns, scale=scale), output)
    typer.echo(f"{output}: {len(tiles)} tiles" + (f", seed {tiles[0].seed}" if dataset is None else ""))


Exclude = Annotated[
    list[str] | None, typer.Option(metavar="NAME", help="Real slice to leave out, by name or its ending; repeatable.")
]


@_command(
    epilog="Examples: `synthem compare path/to/epfl6 out/tiles --out report.html` · "
    "`synthem compare path/to/epfl6 out/tiles --exclude 0000 --exclude 0003`"
)
def compare(
    real: Annotated[Path, typer.Argument(help="Folder of real slices.", show_default=False)],
    synthetic: Annotated[Path, typer.Argument(help="Folder of synthetic tiles.", show_default=False)],
    out: Annotated[
        Path | None, typer.Option(help="Report to write: .html, with all numbers in a .json beside.")
    ] = None,
    exclude: Exclude = None,
    classes: ClassesName = None,
    tiles: Annotated[int, typer.Option(help="Tiles on each side of a draw.")] = 60,
    seed: Annotated[int, typer.Option(help="Seed of the draws and of the tiles shown.")] = 0,
) -> None:
    """Measure how far synthetic tiles are from real ones, and what tells them apart."""
    from synthem.quality import compare as compare_tiles

    if out is not None:
        check_file("out", out, ".html")
    sides = _slices("real", real, exclude or (), classes=classes), _slices("synthetic", synthetic, classes=classes)
    report = compare_tiles(*sides, tiles=tiles, seed=seed)
    if out is not None:
        report.save(out)
        report.save(out.with_suffix(".json"))
    typer.echo(str(report))


@_command(
    epilog="Examples: `synthem calibrate path/to/slices -o my.toml` · "
    "`synthem calibrate path/to/slices -o my.toml --recipe-out my_tissue.toml --evaluations 0`"
)
def calibrate(
    real: Annotated[Path, typer.Argument(help="Folder of slices, labelled or not.", show_default=False)],
    output: Annotated[Path, typer.Option("-o", "--output", help="Style to write (TOML).")] = Path("fitted.toml"),
    recipe_out: Annotated[Path | None, typer.Option(help="Also write the recipe: counts and sizes (TOML).")] = None,
    exclude: Exclude = None,
    pixel_size_nm: Annotated[
        float | None,
        typer.Option(
            "--pixel-size",
            metavar="NM",
            help="Side of a pixel of the slices; without it as TIFF files or a dataset of synthem tell it, and where "
            "none does, as in the style, with a warning.",
        ),
    ] = None,
    style: Annotated[str, typer.Option(help="Style to begin with, and default of what cannot be estimated.")] = "epfl",
    recipe: Annotated[str, typer.Option(help="Recipe to begin with, and default likewise.")] = "tissue",
    evaluations: Annotated[int, typer.Option(help="Most trials of the fit to the pictures.")] = 130,
    tiles: Annotated[int, typer.Option(help="Tiles for each correction; trials draw 0.4 times as many.")] = 60,
    seed: Annotated[int, typer.Option(help="Seed of the trials.")] = 0,
) -> None:
    """Fit a style to the slices of your microscope, and say what could not be estimated."""
    from synthem.calibration import fit

    for name, path in (("output", output), ("recipe-out", recipe_out)):
        if path is not None:
            check_file(name, path, ".toml")
    if recipe_out is not None and recipe_out.resolve() == output.resolve():
        raise ConfigError(f"`recipe-out` must be another file than the style, got {str(recipe_out)!r} for both")
    found = fit(
        _slices("real", real, exclude or (), partial=True),
        name=output.stem,
        pixel_size_nm=pixel_size_nm,
        style=style,
        recipe=recipe,
        evaluations=evaluations,
        tiles=tiles,
        seed=seed,
    )
    found.save(output, recipe_out)
    typer.echo(str(found))


@_command(
    epilog="Examples: `synthem styles` · `synthem styles epfl -o my.toml` · `synthem styles tissue` · "
    "`synthem styles --upgrade old.toml -o new.toml`"
)
def styles(
    name: Annotated[
        str | None, typer.Argument(help="Print this one, as TOML to begin with.", show_default=False)
    ] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Write it to a file (TOML), in UTF-8.")] = None,
    upgrade: Annotated[
        Path | None, typer.Option(metavar="TOML", help="Convert a style or recipe whose lengths are pixels.")
    ] = None,
    pixel_size: Annotated[
        float, typer.Option(metavar="NM", help="Side of a pixel in nm of a recipe to convert.")
    ] = 5.0,
) -> None:
    """List the shipped styles, recipes and class tables, print one, or convert one whose lengths are pixels."""
    from synthem.instrument.style import check_pixel_size, list_styles, load_style
    from synthem.labels import list_class_tables, load_class_table
    from synthem.tissue.recipes.recipe import list_recipes, load_recipe
    from synthem.tissue.recipes.upgrade import upgrade_file

    if output is not None:
        check_file("output", output, ".toml")
        if name is None and upgrade is None:
            required = "`output` must come with the name of a style, recipe or class table"
            raise ConfigError(f"{required}, got {str(output)!r} alone")
    if upgrade is not None:
        if name is not None:
            raise ConfigError(f"`name` must be left out with `upgrade`, got {name!r}")
        text, notes = upgrade_file(upgrade, check_pixel_size(pixel_size))
        _give(text, output)
        for note in notes:
            typer.echo(note, err=True)
        return
    kinds = {"style": list_styles(), "recipe": list_recipes(), "classes": list_class_tables()}
    if name is None:
        for kind, names in kinds.items():
            for one in names:
                typer.echo(f"{kind:7} {one}")
    elif name in kinds["style"]:
        _give(load_style(name).to_toml(), output)
    elif name in kinds["recipe"]:
        _give(load_recipe(name).to_toml(), output)
    elif name in kinds["classes"]:
        _give(load_class_table(name).to_toml(), output)
    else:
        known = [one for names in kinds.values() for one in names]
        raise ConfigError(f"`name` must be one of {', '.join(known)}, got {name!r}{did_you_mean(name, known)}")


def _give(text: str, output: Path | None) -> None:
    if output is None:
        typer.echo(text, nl=False)
    else:
        write_file(output, text)


@_command(epilog="Examples: `synthem schema style` · `synthem schema recipe -o recipe.schema.json`")
def schema(
    kind: Annotated[str, typer.Argument(metavar="style|recipe", help="What to describe.", show_default=False)],
    output: Annotated[Path | None, typer.Option("-o", "--output", help="File to write (JSON).")] = None,
) -> None:
    """Print the JSON Schema of styles or recipes: every key with a sentence, its unit, limits and default."""
    import json

    from synthem.schema import json_schema

    if output is not None:
        check_file("output", output, ".json")
    _give(json.dumps(json_schema(kind), indent=2, ensure_ascii=False) + "\n", output)


@_command(epilog="Example: `synthem warmup`")
def warmup() -> None:
    """Compile the kernels now, so that the first tile of later runs comes at once."""
    from synthem.generation.requests import iter_tiles
    from synthem.tissue.recipes.recipe import list_recipes

    start = time.perf_counter()
    for recipe in list_recipes():
        for _ in iter_tiles(1, axons=1, psd=1, vesicles=1, mitochondria=1, recipe=recipe, seed=0):
            pass
    _note(f"kernels are ready, {time.perf_counter() - start:.1f} s")


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
