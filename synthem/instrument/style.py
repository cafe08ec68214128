"""Styles: how a tile looks. Each shipped style is a TOML file in `styles`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any, ClassVar, get_type_hints

from synthem._toml import find_toml, from_mapping, read_toml, shipped, to_toml
from synthem.instrument.looks import (
    AxonLook,
    ClutterLook,
    CytoplasmLook,
    EndomembraneLook,
    LysosomeLook,
    MembraneLook,
    MitochondrionLook,
    OpticsLook,
    PSDLook,
    VesicleLook,
)
from synthem.parameters import check_scalar

__all__ = ["Style", "list_styles", "load_style", "with_pairs"]


@dataclass(frozen=True, kw_only=True)
class Style:
    """How a tile looks.

    Parameters
    ----------
    name : str
        Name of the style.
    pixel_size_nm : float
        Side of a pixel in nanometres, for the files; it scales nothing, since all lengths are pixels.
    cytoplasm, membrane, axon, mitochondrion, psd, vesicles, clutter, endomembrane, lysosome, optics
        The looks of the parts. Greys are levels 0 to 255 before blur, lengths are pixels.

    Examples
    --------
    >>> from synthem.instrument.style import Style
    >>> Style(name="mine").optics.psf_sigma
    1.0
    """

    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}

    name: str
    pixel_size_nm: float = 5.0
    cytoplasm: CytoplasmLook = field(default_factory=CytoplasmLook)
    membrane: MembraneLook = field(default_factory=MembraneLook)
    axon: AxonLook = field(default_factory=AxonLook)
    mitochondrion: MitochondrionLook = field(default_factory=MitochondrionLook)
    psd: PSDLook = field(default_factory=PSDLook)
    vesicles: VesicleLook = field(default_factory=VesicleLook)
    clutter: ClutterLook = field(default_factory=ClutterLook)
    endomembrane: EndomembraneLook = field(default_factory=EndomembraneLook)
    lysosome: LysosomeLook = field(default_factory=LysosomeLook)
    optics: OpticsLook = field(default_factory=OpticsLook)

    def __post_init__(self) -> None:
        check_scalar("pixel_size_nm", self.pixel_size_nm, low=0.01, high=10_000)

    def to_toml(self) -> str:
        """Return the style as TOML text that `load_style` reads back equal."""
        return to_toml(self)


def with_pairs(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return plain data of a style in which a number stands for a range of no width."""
    looks = {name: kind for name, kind in get_type_hints(Style).items() if is_dataclass(kind)}
    ranges = {name: {item.name for item in fields(kind) if item.type == "Range"} for name, kind in looks.items()}

    def paired(section: str, key: str, value: Any) -> Any:
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return [value, value] if number and key in ranges.get(section, ()) else value

    return {
        name: {key: paired(name, key, value) for key, value in values.items()} if isinstance(values, dict) else values
        for name, values in data.items()
    }


_FOLDER = Path(__file__).parent / "styles"


def list_styles() -> list[str]:
    """Return the names of the shipped styles.

    Examples
    --------
    >>> from synthem.instrument.style import list_styles
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
    >>> from synthem.instrument.style import load_style
    >>> load_style("epfl").pixel_size_nm
    5.0
    """
    if isinstance(style, Style):
        return style
    path = find_toml("style", style, _FOLDER, "a TOML file or a Style")
    return from_mapping(Style, with_pairs(read_toml(path)), str(path))
