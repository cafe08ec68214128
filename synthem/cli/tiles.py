"""Commands that make and show tiles: generate, preview, warmup."""

from __future__ import annotations

import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from synthem._files import check_file
from synthem._options import parse_count, parse_lengths, parse_shape, parse_shard
from synthem._wording import counted, counted_tiles
from synthem.cli._app import command, compile_first, names_of, note, read
from synthem.errors import ConfigError, EmptyClassWarning, PlacementWarning
from synthem.io.formats import FORMATS

if TYPE_CHECKING:
    pass

__all__ = ["generate", "preview", "warmup"]

Axons = Annotated[str | None, typer.Option(metavar="N|LOW:HIGH|mean:M", help="Axons per (1.28 µm)² of tissue.")]
Psd = Annotated[str | None, typer.Option(metavar="N|LOW:HIGH|mean:M", help="Postsynaptic densities, likewise.")]
Vesicles = Annotated[
    str | None, typer.Option(metavar="N|LOW:HIGH|mean:M", help="Clouds of vesicles, likewise; 0: no vesicles at all.")
]
Mitochondria = Annotated[str | None, typer.Option(metavar="N|LOW:HIGH|mean:M", help="Mitochondria, likewise.")]
RecipeName = Annotated[
    str,
    typer.Option(
        autocompletion=names_of("recipe"),
        help="What is in a tile: tissue (all six classes), paper or paper_axons (no mitochondria), or a TOML file.",
    ),
]
StyleName = Annotated[
    str, typer.Option(autocompletion=names_of("style"), help="What it looks like: a shipped style or a TOML file.")
]
ClassesName = Annotated[
    str | None,
    typer.Option(
        metavar="NAME|TOML",
        autocompletion=names_of("classes"),
        help="Classes that are labelled: a shipped table or a TOML file; epfl6 without.",
    ),
]
PixelSize = Annotated[
    str | None,
    typer.Option(
        metavar="NM|LOW:HIGH", help="Side of a pixel in nm, or a range drawn per tile; that of the style if left out."
    ),
]
FormatName = Annotated[
    str,
    typer.Option(metavar="NAME", autocompletion=lambda: list(FORMATS), help=f"Format on disk: {', '.join(FORMATS)}."),
]
Spacing = Annotated[float | None, typer.Option(metavar="NM", help="Of volumes: distance of sections in nm.")]
Thickness = Annotated[float | None, typer.Option(metavar="NM", help="Of volumes: thickness of a section in nm.")]
Seed = Annotated[int | None, typer.Option(help="Seed; drawn and recorded if left out.")]
Workers = Annotated[int, typer.Option(help="Processes; the result does not depend on them.")]


@command(
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
    shape: Annotated[
        str, typer.Option(metavar="SIZE|HxW|ZxHxW", help="Size in pixels; of volumes, sections first.")
    ] = "256",
    pixel_size: PixelSize = None,
    spacing: Spacing = None,
    thickness: Thickness = None,
    classes: ClassesName = None,
    seed: Seed = None,
    start: Annotated[int, typer.Option(help="Number of the first tile: a large set can be made in parts.")] = 0,
    workers: Workers = 1,
    format: FormatName = FORMATS[0],
    tiles_per_file: Annotated[int, typer.Option(help="Most tiles in a file, where tiles share files.")] = 1000,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a dataset of synthem.")] = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on where a run of the same request was stopped; needs --seed.")
    ] = False,
    shard: Annotated[
        str | None,
        typer.Option(
            metavar="I/M",
            help="Make share I of M alone, I from 0, as OUT.shard-I-of-M; slurm/M takes I from SLURM_ARRAY_TASK_ID. "
            "`synthem merge` joins them. Needs --seed.",
        ),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Fail if an object finds no room.")] = False,
    preview: Annotated[Path | None, typer.Option(help="Also write a sheet of the first tiles (PNG).")] = None,
) -> None:
    """Generate labelled tiles and save them as a dataset."""
    from synthem import generation
    from synthem.dataset import PREVIEW_TILES
    from synthem.generation.tile_request import TileRequest
    from synthem.seeds import resolve_seed
    from synthem.view.sheets import write_sheet
    from synthem.view.volumes import sheet_of

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
        "shape": parse_shape("shape", shape),
        "pixel_size_nm": parse_lengths("pixel_size", pixel_size),
        "spacing_nm": spacing,
        "thickness_nm": thickness,
        "classes": classes,
        "seed": seed if resume or shard else resolve_seed(seed),
        "start": start,
        "strict": strict,
    }
    output: dict[str, Any] = {"format": format, "tiles_per_file": tiles_per_file, "overwrite": overwrite}
    parts: dict[str, Any] = {"resume": resume, "shard": parse_shard("shard", shard)}
    TileRequest(**request)  # what is wrong is said before kernels are compiled
    compile_first(solid=len(request["shape"]) == 3)
    with warnings.catch_warnings(record=True) as caught:
        for category in (PlacementWarning, EmptyClassWarning):
            warnings.simplefilter("always", category)
        path = generation.generate_files(out, n, **request, **output, **parts, workers=workers)
    for warning in caught:
        typer.echo(f"warning: {warning.message}", err=True)
    if preview is not None:
        write_sheet(sheet_of(list(generation.iter_tiles(min(n, PREVIEW_TILES), **request))), preview)
    made = ("" if shard is None else f"shard {shard} of ") + counted_tiles(n, len(request["shape"]))
    typer.echo(f"{out if shard is None else path}: {made}, seed {request['seed']}")
    note(f"{time.perf_counter() - began:.1f} s")


@command(
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
    recipe: Annotated[
        str | None,
        typer.Option(autocompletion=names_of("recipe"), help="Recipe of tiles to generate; tissue if left out."),
    ] = None,
    style: Annotated[
        str | None, typer.Option(autocompletion=names_of("style"), help="Style of tiles to generate; epfl if left out.")
    ] = None,
    classes: Annotated[
        str | None,
        typer.Option(metavar="NAME|TOML", help="Classes: a table or a TOML file; without as in the dataset."),
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of tiles to generate; drawn if left out.")] = None,
    scroll: Annotated[
        Path | None,
        typer.Option(help="Also write a film of the sections of the first volume (WebP, GIF or PNG)."),
    ] = None,
) -> None:
    """Write a sheet of tiles, each beside its coloured overlay."""
    from synthem.dataset import Dataset
    from synthem.generation.requests import iter_tiles
    from synthem.tiles.cutting import spread_windows
    from synthem.tiles.volume import Volume
    from synthem.view.sheets import write_sheet
    from synthem.view.volumes import sheet_of

    check_file("output", output, ".png")
    if scroll is not None:
        check_file("scroll", scroll, ".webp", ".gif", ".png")
    if n < 1:
        raise ConfigError(f"`n` must be a whole number of at least 1, got {n}")
    for name, value in (("recipe", recipe), ("style", style), ("seed", seed)):
        if dataset is not None and value is not None:
            raise ConfigError(f"`{name}` must be left out with a dataset, whose tiles are there already, got {value!r}")
    slices = [] if real is None else read("real", real, partial=True, classes=classes)
    if dataset is None:
        compile_first()
        tiles = list(iter_tiles(n, recipe=recipe or "tissue", style=style or "epfl", classes=classes, seed=seed))
    else:
        tiles = list(Dataset.load(dataset, classes=classes)[:n])
    if scroll is not None and not isinstance(tiles[0], Volume):
        raise ConfigError(f"`scroll` must be left out without volumes, got {str(scroll)!r}")
    beside = spread_windows(slices, n=len(tiles), shape=tiles[0].shape[-2:])
    write_sheet(sheet_of(tiles, real=beside, columns=columns, scale=scale), output)
    shown = counted_tiles(len(tiles), len(tiles[0].shape))
    typer.echo(f"{output}: {shown}" + (f", seed {tiles[0].seed}" if dataset is None else ""))
    if scroll is not None and isinstance(tiles[0], Volume):
        typer.echo(f"{tiles[0].scroll(scroll, scale=scale)}: {counted(len(tiles[0]), 'section')}")


@command(epilog="Examples: `synthem warmup` · `synthem warmup --volumes`")
def warmup(
    volumes: Annotated[bool, typer.Option("--volumes", help="Compile the kernels of volumes, too.")] = False,
) -> None:
    """Compile the kernels now, so that the first tile of later runs comes at once."""
    from synthem.generation.requests import iter_tiles
    from synthem.tissue.recipes.recipe import list_recipes

    start = time.perf_counter()
    compile_first()
    for recipe in list_recipes():
        for _ in iter_tiles(1, axons=1, psd=1, vesicles=1, mitochondria=1, recipe=recipe, seed=0):
            pass
    if volumes:
        compile_first(solid=True)
        for _ in iter_tiles(1, shape=(2, 64, 64), seed=0):
            pass
    note(f"kernels are ready, {time.perf_counter() - start:.1f} s")
