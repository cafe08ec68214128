"""The command that says whether the installation is well."""

from __future__ import annotations

import typer

from synthem.cli._app import FAILURE, command, compile_first

__all__ = ["doctor"]

MARKS = {True: "ok", False: "WRONG", None: "-"}


@command(epilog="Example: `synthem doctor`, and its output goes into a report of an error")
def doctor() -> None:
    """Say whether the installation is well: versions, kernel cache, cores, extras, and a test with times."""
    from synthem.doctor import Finding, look, test_itself

    def show(finding: Finding) -> bool:
        typer.echo(f"{MARKS[finding.well]:6}{finding.part:18}{finding.text}")
        return finding.well is not False

    well = [show(one) for one in look()]
    compile_first()
    well += [show(one) for one in test_itself()]
    typer.echo("all is well" if all(well) else f"{well.count(False)} of {len(well)} are wrong")
    if not all(well):
        raise typer.Exit(FAILURE)
