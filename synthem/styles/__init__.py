"""Styles: how a tile looks. Grey levels, widths, texture, blur and noise, each style a TOML file."""

from __future__ import annotations

from pathlib import Path

from synthem.config import find_toml, from_mapping, read_toml, shipped
from synthem.styles.model import (
    AxonLook,
    ClutterLook,
    CytoplasmLook,
    EndomembraneLook,
    LysosomeLook,
    MembraneLook,
    MitochondrionLook,
    OpticsLook,
    PSDLook,
    Style,
    VesicleLook,
    with_pairs,
)

__all__ = [
    "AxonLook",
    "ClutterLook",
    "CytoplasmLook",
    "EndomembraneLook",
    "LysosomeLook",
    "MembraneLook",
    "MitochondrionLook",
    "OpticsLook",
    "PSDLook",
    "Style",
    "VesicleLook",
    "list_styles",
    "load_style",
]

_FOLDER = Path(__file__).parent


def list_styles() -> list[str]:
    """Return the names of the shipped styles.

    Examples
    --------
    >>> from synthem.styles import list_styles
    >>> list_styles()
    ['ac4', 'epfl']
    """
    return shipped(_FOLDER)


def load_style(style: str | Path | Style) -> Style:
    """Load a style.

    Parameters
    ----------
    style : str, Path or Style
        Name of a shipped style, path of a TOML file, or a style, which is returned as it is.

    Returns
    -------
    Style

    Raises
    ------
    ConfigError
        If there is no such style, or the file has an unknown key or a wrong type.

    Examples
    --------
    >>> from synthem.styles import load_style
    >>> load_style("epfl").pixel_size_nm
    5.0
    """
    if isinstance(style, Style):
        return style
    path = find_toml("style", style, _FOLDER, "a TOML file or a Style")
    return from_mapping(Style, with_pairs(read_toml(path)), str(path))
