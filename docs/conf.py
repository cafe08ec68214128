from __future__ import annotations

import dataclasses

import synthem
from synthem.parameters import Declared

project = "synthem"
author = "The synthem developers"
copyright = "The synthem developers"
version = release = synthem.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "sphinx.ext.napoleon"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}  # autosummary writes .rst
templates_path = ["_templates"]
exclude_patterns = ["_build", "_templates"]

autosummary_generate = True
autodoc_typehints = "none"
autodoc_default_options = {"members": True}
autodoc_member_order = "bysource"
napoleon_google_docstring = False

html_theme = "pydata_sphinx_theme"
html_title = "synthem"
html_show_sourcelink = False
suppress_warnings = ["ref.python"]  # `Tile` is both synthem.Tile and synthem.tiles.tile.Tile


def names_only(app, what, name, obj, options, signature, returns):
    """Leave defaults out of signatures of parameters: they stand in the list below, and those of sections are long."""
    if isinstance(obj, type) and issubclass(obj, Declared) and dataclasses.is_dataclass(obj):
        return f"(*, {', '.join(field.name for field in dataclasses.fields(obj))})", returns
    return None


def setup(app):
    app.connect("autodoc-process-signature", names_only)
