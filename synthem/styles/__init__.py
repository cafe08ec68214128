"""Styles: how a tile looks. Grey levels, widths, texture, blur and noise, each style a TOML file."""

from __future__ import annotations

from pathlib import Path

from synthem.config import from_mapping, read_toml
from synthem.errors import ConfigError, did_you_mean
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
    return sorted(path.stem for path in _FOLDER.glob("*.toml"))


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
    name = str(style)
    path = Path(name)
    if path.suffix != ".toml":
        path = _FOLDER / f"{name}.toml"
        if name not in list_styles():
            hint = did_you_mean(name, list_styles())
            known = ", ".join(list_styles())
            raise ConfigError(f"`style` must be one of {known}, a TOML file or a Style, got {name!r}{hint}")
    data = with_pairs(read_toml(path))
    return from_mapping(Style, data, str(path.name if path.parent == _FOLDER else path))
