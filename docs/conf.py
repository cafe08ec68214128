from __future__ import annotations

import dataclasses
import re
import sys
import warnings
from pathlib import Path

import synthem
from synthem.parameters import Declared

project = "synthem"
author = "The synthem developers"
copyright = "The synthem developers"
version = release = synthem.__version__

sys.path.insert(0, str(Path(__file__).parent / "_ext"))
extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.napoleon",
    "sphinx_gallery.gen_gallery",
    "declared",
]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}  # autosummary writes .rst
templates_path = ["_templates"]
exclude_patterns = ["_build", "_templates", "_ext", "gallery", "sg_execution_times.rst"]

autosummary_generate = True
autodoc_typehints = "none"
autodoc_default_options = {"members": True}
autodoc_member_order = "bysource"
napoleon_google_docstring = False
napoleon_use_param = False  # one entry for parameters that are described together

html_theme = "pydata_sphinx_theme"
html_title = "synthem"
html_show_sourcelink = False
html_sidebars = {"index": []}
html_theme_options = {"show_nav_level": 1, "navigation_depth": 2, "header_links_before_dropdown": 6}

PROGRAMS = [one.name for one in (Path(__file__).parents[1] / "examples").glob("*.py") if "__main__" in one.read_text()]
"""They take options, data or hours, so they are no pages of the gallery."""

sphinx_gallery_conf = {
    "examples_dirs": ["gallery", "../examples"],
    "gallery_dirs": ["auto_gallery", "auto_examples"],
    "filename_pattern": r"\.py$",
    "ignore_pattern": "|".join(map(re.escape, PROGRAMS)) or "^$",
    "within_subsection_order": "FileNameSortKey",
    "matplotlib_animations": (True, "jshtml"),
    "image_srcset": ["2x"],
    "remove_config_comments": True,
    "show_memory": False,
    "show_signature": False,
    "download_all_examples": False,
    "abort_on_example_error": False,
}
"""`-D plot_gallery=0` builds the site without running its examples."""
warnings.filterwarnings("ignore", message="FigureCanvasAgg is non-interactive")
suppress_warnings = ["ref.python"]  # `Tile` is both synthem.Tile and synthem.tiles.tile.Tile


def names_only(app, what, name, obj, options, signature, returns):
    """Leave defaults out of signatures of parameters: they stand in the list below, and those of sections are long."""
    if isinstance(obj, type) and issubclass(obj, Declared) and dataclasses.is_dataclass(obj):
        return f"(*, {', '.join(field.name for field in dataclasses.fields(obj))})", returns
    return None


def setup(app):
    app.connect("autodoc-process-signature", names_only)
