"""Commands for datasets on disk: convert, info."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from synthem._wording import counted_tiles
from synthem.cli._app import command
from synthem.cli.tiles import ClassesName, FormatName
from synthem.errors import ConfigError

__all__ = ["convert", "info"]


@command(
    epilog="Examples: `synthem convert out/tiles out/zarr --format ome-zarr` · "
    "`synthem convert stack.h5 out/tiles --format nnunet --names image=raw --names mitochondria=labels/mito "
    "--pixel-size 8`"
)
def convert(
    source: Annotated[
        Path,
        typer.Argument(help="Dataset, folder in the EPFL6 layout, HDF5, NPZ or (OME-)Zarr.", show_default=False),
    ],
    target: Annotated[Path, typer.Argument(help="Folder to make.", show_default=False)],
    format: FormatName,
    names: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=ARRAY",
            help="Of arrays: which is image, a class, instances or compartments; repeatable.",
        ),
    ] = None,
    classes: ClassesName = None,
    pixel_size_nm: Annotated[
        float | None, typer.Option("--pixel-size", metavar="NM", help="Side of a pixel of data of others.")
    ] = None,
    volume: Annotated[bool, typer.Option("--volume", help="Make one volume of the sections of arrays.")] = False,
    spacing_nm: Annotated[
        float | None, typer.Option("--spacing", metavar="NM", help="Distance of the sections of this volume.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a dataset of synthem.")] = False,
) -> None:
    """Write a dataset, or arrays or a folder of others, in another format."""
    from synthem.io import convert as convert_dataset
    from synthem.io.summary import summarise

    named = None if names is None else dict(map(_name_and_array, names))
    if named is not None and names is not None and len(named) < len(names):
        raise ConfigError(f"`names` must give each name once, got {' '.join(names)}")
    convert_dataset(
        source,
        target,
        format=format,  # type: ignore[arg-type]  # checked there
        names=named,
        classes=classes,
        pixel_size_nm=pixel_size_nm,
        volume=volume,
        spacing_nm=spacing_nm,
        overwrite=overwrite,
    )
    manifest = summarise(target).manifest
    typer.echo(f"{target}: {counted_tiles(len(manifest.names), len(manifest.shape))}")


@command(epilog="Example: `synthem info out/tiles`")
def info(path: Annotated[Path, typer.Argument(help="Dataset.", show_default=False)]) -> None:
    """Say what a dataset holds and whether all its files are there."""
    from synthem.io.summary import summarise

    typer.echo(str(summarise(path)))


def _name_and_array(text: str) -> tuple[str, str]:
    name, found, array = text.partition("=")
    if not (name and found and array):
        raise ConfigError(f"`names` must be like image=raw, got {text!r}")
    return name, array
