"""Commands for what runs have made: merge, verify, pack, unpack."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from synthem.cli._app import FAILURE, command

__all__ = ["merge", "pack", "unpack", "verify"]


@command(epilog="Examples: `synthem merge out/tiles` · `synthem merge out/tiles a/tiles.shard-* b/tiles.shard-*`")
def merge(
    out: Annotated[Path, typer.Argument(help="Dataset to make.", show_default=False)],
    shards: Annotated[
        list[Path] | None, typer.Argument(help="Its shards; OUT.shard-* if left out.", show_default=False)
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a dataset of synthem.")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the shards.")] = False,
) -> None:
    """Join the shards of a dataset that `generate --shard` made."""
    from synthem.io import merge_shards

    typer.echo(f"{merge_shards(out, shards or None, overwrite=overwrite, keep=keep)}: joined")


@command(epilog="Examples: `synthem verify out/tiles` · `synthem verify out/tiles --regenerate 10`")
def verify(
    dataset: Annotated[Path, typer.Argument(help="Dataset of synthem.", show_default=False)],
    regenerate: Annotated[
        int, typer.Option(metavar="K", help="Also make K tiles, spread over all, again from the recipe.")
    ] = 0,
) -> None:
    """Compare a dataset with the SHA-256 of its manifest; ends with 1 if something is not as it was written."""
    from synthem import generation

    found = generation.verify(dataset, regenerate=regenerate)
    typer.echo(str(found))
    if not found.ok:
        raise typer.Exit(FAILURE)


@command(epilog="Example: `synthem pack out/tiles -o tiles.synthem`")
def pack(
    dataset: Annotated[Path, typer.Argument(help="Dataset that synthem generated.", show_default=False)],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="File to write; DATASET.synthem if left out.")
    ] = None,
) -> None:
    """Write the recipe of a dataset, a file of a few kilobytes from which `unpack` makes it again."""
    from synthem import generation

    target = generation.pack(dataset, output)
    typer.echo(f"{target}: {target.stat().st_size} bytes")


@command(epilog="Example: `synthem unpack tiles.synthem out/tiles --workers 2`")
def unpack(
    file: Annotated[Path, typer.Argument(help="Recipe that `pack` wrote.", show_default=False)],
    out: Annotated[Path, typer.Argument(help="Folder to make.", show_default=False)],
    workers: Annotated[int, typer.Option(help="Processes; the result does not depend on them.")] = 1,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a dataset of synthem.")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where a run was stopped.")] = False,
) -> None:
    """Make a dataset again from its recipe, and compare its SHA-256; says when versions differ."""
    from synthem import generation

    generation.unpack(file, out, workers=workers, overwrite=overwrite, resume=resume)
    typer.echo(f"{out}: as packed")
