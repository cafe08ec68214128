"""The `synthem` command: a module per group of commands."""

from __future__ import annotations

import io
import sys

from synthem._signals import unwind_when_told_to_stop
from synthem.cli import datasets, doctor, runs, slices, studio, styles, tiles
from synthem.cli._app import app

__all__ = ["app", "datasets", "doctor", "run", "runs", "slices", "studio", "styles", "tiles"]


def run() -> None:
    """Run the command: text goes out in what the stream can take, and a signal to stop unwinds what was begun."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    unwind_when_told_to_stop()
    app(prog_name="synthem")
