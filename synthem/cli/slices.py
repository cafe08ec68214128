"""Commands that measure slices: compare, calibrate."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from synthem._files import check_file
from synthem.cli._app import FAILURE, command, compile_first, names_of, read
from synthem.cli.tiles import ClassesName
from synthem.errors import ConfigError

__all__ = ["calibrate", "compare"]

Exclude = Annotated[
    list[str] | None, typer.Option(metavar="NAME", help="Real slice to leave out, by name or its ending; repeatable.")
]


@command(
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
    sides = read("real", real, exclude or (), classes=classes), read("synthetic", synthetic, classes=classes)
    report = compare_tiles(*sides, tiles=tiles, seed=seed)
    if out is not None:
        report.save(out)
        report.save(out.with_suffix(".json"))
    typer.echo(str(report))
    if out is not None:
        typer.echo(f"{out}: report; {out.with_suffix('.json')}: all numbers")


@command(
    epilog="Examples: `synthem calibrate path/to/slices -o my.toml` · "
    "`synthem calibrate path/to/slices -o my.toml --recipe-out my_tissue.toml --evaluations 0`"
)
def calibrate(
    real: Annotated[Path, typer.Argument(help="Folder of slices, labelled or not.", show_default=False)],
    output: Annotated[Path, typer.Option("-o", "--output", help="Style to write (TOML).")] = Path("fitted.toml"),
    recipe_out: Annotated[
        Path | None, typer.Option(help="Recipe to write: counts and sizes (TOML); beside the style if left out.")
    ] = None,
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
    style: Annotated[
        str,
        typer.Option(
            autocompletion=names_of("style"), help="Style to begin with, and default of what cannot be estimated."
        ),
    ] = "epfl",
    recipe: Annotated[
        str, typer.Option(autocompletion=names_of("recipe"), help="Recipe to begin with, and default likewise.")
    ] = "tissue",
    evaluations: Annotated[int, typer.Option(help="Most trials of the fit to the pictures.")] = 2400,
    tiles: Annotated[int, typer.Option(help="Tiles for each correction; trials draw 0.4 times as many.")] = 60,
    seed: Annotated[int, typer.Option(help="Seed of the trials.")] = 0,
    report: Annotated[
        Path | None, typer.Option(help="Page to write (.html): tiles before and after, every figure and parameter.")
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", help="Print every parameter and every figure.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Fail if a figure is out of its tolerance.")] = False,
) -> None:
    """Fit a style and a recipe to the slices of your microscope, and say how well they fit."""
    from synthem.calibration import fit

    beside = output.with_name(f"{output.stem}_recipe.toml") if recipe_out is None else recipe_out
    for name, path in (("output", output), ("recipe-out", beside)):
        check_file(name, path, ".toml")
    if report is not None:
        check_file("report", report, ".html")
    if beside.resolve() == output.resolve():
        raise ConfigError(f"`recipe-out` must be another file than the style, got {str(beside)!r} for both")
    slices = read("real", real, exclude or (), partial=True)
    compile_first()
    found = fit(
        slices,
        name=output.stem,
        pixel_size_nm=pixel_size_nm,
        style=style,
        recipe=recipe,
        evaluations=evaluations,
        tiles=tiles,
        seed=seed,
    )
    found.save(output, beside)
    if report is not None:
        found.save_report(report)
    typer.echo(found.details() if verbose else str(found))
    written = f"{output}: style; {beside}: recipe"
    typer.echo(written if report is None else f"{written}; {report}: report")
    typer.echo(f"to train on, with a look that varies: synthem styles {output} --vary 1 -o {output.stem}_varied.toml")
    if strict and not found.met:
        raise typer.Exit(FAILURE)
