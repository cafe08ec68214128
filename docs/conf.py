from __future__ import annotations

import synthem

project = "synthem"
author = "The synthem developers"
copyright = "The synthem developers"
version = release = synthem.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "sphinx.ext.napoleon"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}  # autosummary writes .rst
exclude_patterns = ["_build"]

autosummary_generate = True
autodoc_typehints = "none"
autodoc_default_options = {"members": True}
autodoc_member_order = "bysource"
napoleon_google_docstring = False

html_theme = "pydata_sphinx_theme"
html_title = "synthem"
html_show_sourcelink = False
suppress_warnings = ["ref.python"]  # `Tile` is both synthem.Tile and synthem.tiles.tile.Tile
