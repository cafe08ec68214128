"""Directives that write reference pages from what the code declares."""

from __future__ import annotations

import re

from docutils import nodes
from docutils.parsers.rst import Directive
from typer.testing import CliRunner

from synthem.cli import app as command
from synthem.studio.controls import control_groups

FORMS = {
    "number": "number",
    "pair": "range",
    "choice": "choice",
    "mean": "mean",
    "per_tile": "per tile",
    "switch": "true or false",
    "text": "text",
    "names": "names",
}
HEADS = {"key": 18, "holds": 16, "unit": 6, "limits": 10, "default": 14, "meaning": 46}
"""Columns of a table, and their widths."""

PLAIN = {"COLUMNS": "86", "TERMINAL_WIDTH": "86", "NO_COLOR": "1", "TERM": "dumb"}
"""What makes help a text of 86 columns."""


class Parameters(Directive):
    """Tables of all parameters of a style or a recipe: ``{parameters} style``."""

    required_arguments = 1

    def run(self):
        kind = self.arguments[0]
        return [section_of(kind, group) for group in control_groups(kind)]


class CommandLine(Directive):
    """The help of all commands."""

    def run(self):
        names = sorted(one.name or one.callback.__name__ for one in command.registered_commands)
        return [help_of(), *map(help_of, names)]


def section_of(kind, group):
    """Return the section about the parameters of a group."""
    name = ".".join(group.path)
    title = nodes.literal(text=f"[{name}]") if name else nodes.Text("Before the sections")
    section = nodes.section(ids=[nodes.make_id(f"{kind}-{name or 'top'}")])
    section += nodes.title("", "", title)
    section += nodes.paragraph(text=group.text + (" Without the section no tile has it." if group.optional else ""))
    body = nodes.tbody("", *(row(cells_of(one)) for one in group.controls))
    columns = [nodes.colspec(colwidth=width) for width in HEADS.values()]
    section += nodes.table("", nodes.tgroup("", *columns, nodes.thead("", row(HEADS)), body, cols=len(HEADS)))
    return section


def cells_of(one):
    """Return the cells about a parameter."""
    numbers = "text" not in one.forms and one.low is not None
    limits = "" if not numbers else f"from {one.low:g}" if one.high is None else f"{one.low:g} to {one.high:g}"
    holds = ["whole number" if one.whole and form == "number" else FORMS[form] for form in one.forms]
    return nodes.literal(text=one.name), ", ".join(holds), one.unit, limits, written(one.default), one.text


def row(cells):
    """Return a row of texts and nodes."""
    wrapped = (cell if isinstance(cell, nodes.Node) else nodes.Text(cell) for cell in cells)
    return nodes.row("", *(nodes.entry("", nodes.paragraph("", "", one)) for one in wrapped))


def written(value):
    """Return a default as in a file; a range of no width as a number."""
    if isinstance(value, list):
        ends = value[:1] if len(value) == 2 and value[0] == value[1] else value
        return ", ".join(map(written, ends))
    if isinstance(value, dict):
        return f"mean {value['mean']:g}"
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.6g}" if isinstance(value, float) else "" if value is None else str(value)


def help_of(name=""):
    """Return the section with the help of a command."""
    title = f"synthem {name}".strip()
    shown = CliRunner().invoke(command, [*([name] if name else []), "--help"], prog_name="synthem", env=PLAIN).output
    section = nodes.section(ids=[nodes.make_id(title)])
    section += nodes.title(text=title)
    section += nodes.literal_block(text=re.sub(r" +$", "", shown, flags=re.MULTILINE).strip("\n"), language="text")
    return section


def setup(app):
    """Register the directives."""
    app.add_directive("parameters", Parameters)
    app.add_directive("command-line", CommandLine)
    return {"parallel_read_safe": True}
